"""Rows of measured legs: foretold on the road network, and kept without their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from data.imports.columns import MEASURED_LEG_COLUMNS
from data.imports.context import Context, Put
from data.imports.importers import import_rows
from data.imports.report import ImportReport
from data.imports.rows import Row, locate_rows
from data.store import Store
from data.travel_times import put_measured_legs
from geo.localtime import LOCAL_ZONE, local_day
from geo.model import Datum, Point, TrafficDay
from geo.ports import ProgressListener
from geo.travel.observed import LONGEST_LEG_S, LegTimes, ObservedLeg, doubt
from routes.errors import CalendarError
from routes.model import travel_band

if TYPE_CHECKING:
    from geo.datum_evidence import KnownPlaces

__all__ = ["MEASURED_LEGS", "import_measured_legs"]

MEASURED_LEGS = "measured_legs"
"""Name of this kind of table in reports and audit."""

_DAY = timedelta(days=1)
_Moments = tuple[datetime, datetime]


def import_measured_legs(
    store: Store,
    path: Path,
    *,
    foretell: Callable[[ObservedLeg], LegTimes | None],
    traffic_day: Callable[[date], TrafficDay],
    basis: str,
    datum: Datum | None = None,
    quarantine: bool = False,
    actor: str = "cli",
    known: Callable[[], KnownPlaces] | None = None,
    progress: ProgressListener | None = None,
) -> ImportReport:
    """Import measured legs in one transaction; the same file again changes nothing.

    Parameters
    ----------
    path
        A workbook or text table with :data:`data.imports.columns.MEASURED_LEG_COLUMNS`.
    foretell
        Splits the engine's time for a leg by tier of road; None where no road leads.
    traffic_day
        Tells workdays from days of rest; raises :class:`routes.errors.CalendarError`.
    basis
        Stands for the speeds that ``foretell`` goes by, see
        :func:`geo.travel.observed.speeds_basis`.
    datum, quarantine, actor, known, progress
        As for :func:`data.imports.import_file`.

    Raises
    ------
    TableFileError, ImportRefusedError, StoreError
        As :func:`data.imports.import_file` does.
    """

    def check(context: Context, rows: Sequence[Row]) -> Put:
        checks = _Checks(context, foretell, traffic_day, basis, progress)
        return checks.check(rows)

    return import_rows(
        store,
        MEASURED_LEGS,
        path,
        MEASURED_LEG_COLUMNS,
        check,
        datum=datum,
        quarantine=quarantine,
        actor=actor,
        known=known,
    )


class _Checks:
    """The checks of one file."""

    def __init__(
        self,
        context: Context,
        foretell: Callable[[ObservedLeg], LegTimes | None],
        traffic_day: Callable[[date], TrafficDay],
        basis: str,
        progress: ProgressListener | None,
    ) -> None:
        self._context = context
        self._foretell = foretell
        self._traffic_day = traffic_day
        self._basis = basis
        self._tell = progress or (lambda _done, _total: None)

    def check(self, rows: Sequence[Row]) -> Put:
        """Note problems on rows, and return the step that stores the others."""
        ends = [self._located(rows, prefix) for prefix in ("from_", "to_")]
        legs: dict[str, tuple[LegTimes, Row]] = {}
        for done, row in enumerate(rows, start=1):
            leg = self._leg(row, ends[0].get(id(row)), ends[1].get(id(row)))
            self._tell(done, len(rows))
            if leg is None:
                continue
            if leg.id in legs:
                row.refuse(
                    "与第 %(first)d 行是同一段行程；请删去其中一行，不同小组的请填写小组",
                    first=legs[leg.id][1].place.row,
                )
                continue
            times = self._foretell(leg)
            if times is None:
                row.refuse("两地之间没有这种出行方式可走的道路；请核对坐标、坐标系和出行方式")
                continue
            legs[leg.id] = times, row
            row.keys.add(leg.id)
        return partial(
            put_measured_legs,
            self._context.work,
            [times for times, _ in legs.values()],
            basis=self._basis,
        )

    def _located(self, rows: Sequence[Row], prefix: str) -> dict[int, Point]:
        """Return the points of one end; one column states the datum of both."""
        for row in rows:
            if "datum" in row.values:
                row.values[f"{prefix}datum"] = row.values["datum"]
            if "datum" in row.unread:
                row.unread.add(f"{prefix}datum")
        heard = self._context.positions
        return locate_rows(rows, datum=self._context.datum, heard=heard, prefix=prefix)

    def _leg(self, row: Row, origin: Point | None, target: Point | None) -> ObservedLeg | None:
        moments = self._moments(row)
        if row.problems or moments is None or origin is None or target is None:
            return None
        departed, arrived = moments
        on = local_day(departed)
        try:
            day = self._traffic_day(on)
        except CalendarError as error:
            row.refuse_with(error.message, "on")
            return None
        travel_s = (arrived - departed).total_seconds()
        if (why := doubt(origin, target, travel_s)) is not None:
            row.refuse_with(why, "arrived")
            return None
        local = departed.astimezone(LOCAL_ZONE)
        profile = row.values["profile"]
        return ObservedLeg(
            id=self._context.work.cipher.stable_id(
                "v", departed.isoformat(), arrived.isoformat(), profile, row.get("team", "")
            ),
            on=on,
            profile=profile,
            day=day,
            band=travel_band(local.hour * 3600 + local.minute * 60 + local.second),
            origin=origin,
            target=target,
            travel_s=travel_s,
        )

    def _moments(self, row: Row) -> _Moments | None:
        """Return departure and arrival; an arrival just after midnight is on the next day."""
        on, departed, arrived = (row.get(key) for key in ("on", "departed", "arrived"))
        if departed is None or arrived is None or "on" in row.unread:
            return None
        begin = self._moment(row, on, departed, "departed")
        if begin is None:
            return None
        end = self._moment(row, local_day(begin), arrived, "arrived")
        if end is None:
            return None
        over_midnight = isinstance(arrived, time) and end < begin
        if over_midnight and (end + _DAY - begin).total_seconds() <= LONGEST_LEG_S:
            end += _DAY
        if end > self._context.work.clock():
            row.refuse("时间在将来；请核对", column="arrived")
            return None
        return begin, end

    @staticmethod
    def _moment(row: Row, on: date | None, at: time | datetime, column: str) -> datetime | None:
        if isinstance(at, time):
            if on is None:
                row.refuse("为空；请补填，或在出发时间中写明日期", column="on")
                return None
            return datetime.combine(on, at, tzinfo=LOCAL_ZONE)
        if column == "departed" and on is not None and local_day(at) != on:
            row.refuse("与“日期”列不是同一天；请核对", column=column)
            return None
        return at
