"""Measured travel times, and the corrections made of them that were put in use.

Of a measured leg only its day, hour band, vehicle profile and seconds are kept: no place, no
team, no case, no time of day. Its id is keyed, so that the same row of a file is known again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, func, select

from data.in_use import put_in_use, row_in_use, take_out_of_use
from data.model import PutCounts
from data.schema import MeasuredLegRow, TravelCorrectionRow
from data.upsert import put_rows, table_of
from data.work import Database, Work
from geo.model import HourBand, TrafficDay

if TYPE_CHECKING:
    from geo.travel.correction import SpeedCorrection
    from geo.travel.observed import LegTimes

__all__ = ["AppliedCorrection", "TravelTimes", "put_measured_legs"]

_TIER_COLUMNS = ("expressway_s", "arterial_s", "local_s", "lane_s")


@dataclass(frozen=True, slots=True)
class AppliedCorrection:
    """A correction with who put it in use and, where it holds no longer, who ended it.

    ``basis`` stands for the table of speeds that it corrects.
    """

    correction: SpeedCorrection
    fingerprint: str
    basis: str
    applied_at: datetime
    applied_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None


class TravelTimes:
    """How long ways took, and the correction in use."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def legs(self, *, basis: str) -> tuple[LegTimes, ...]:
        """Return the measured legs whose foretold times follow from these speeds, by day."""
        from geo.travel.observed import LegTimes  # loads the engine

        table = table_of(MeasuredLegRow)
        query = select(table).where(table.c.basis == basis).order_by(table.c.on, table.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(
            LegTimes(
                id=row.id,
                on=row.on,
                profile=row.profile,
                day=TrafficDay(row.day),
                band=HourBand(row.band),
                measured_s=row.measured_s,
                tier_s=tuple(row._mapping[name] for name in _TIER_COLUMNS),
                fixed_s=row.fixed_s,
            )
            for row in rows
        )

    def count(self) -> int:
        """Return how many measured legs are kept, whatever speeds they follow from."""
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(MeasuredLegRow)) or 0

    def forget(self, before: date, *, by: str) -> int:
        """Delete the legs of the days before this one, and return how many."""
        with self._database.write() as work:
            table = table_of(MeasuredLegRow)
            gone = work.connection.execute(delete(table).where(table.c.on < before)).rowcount
            detail = {"before": before.isoformat(), "legs": gone}
            work.record(by, "travel_times.forget", "store:-", detail)
        return gone

    def apply(self, correction: SpeedCorrection, *, basis: str, by: str) -> bool:
        """Put a correction in use in the place of the one before.

        Returns
        -------
        bool
            False where this very correction was in use already; then nothing changes.
        """
        fingerprint, values = correction.fingerprint, {"correction": correction.to_json()}
        with self._database.write() as work:
            if not put_in_use(
                work, TravelCorrectionRow, values, fingerprint=fingerprint, basis=basis, by=by
            ):
                return False
            detail = {"legs": correction.legs, "bands": len(correction.bands)}
            work.record(by, "travel_correction.apply", f"correction:{fingerprint}", detail)
        return True

    def drop(self, *, by: str) -> bool:
        """Return to the engine's own times; tells whether a correction was in use."""
        with self._database.write() as work:
            fingerprint = take_out_of_use(work, TravelCorrectionRow, by=by)
            if fingerprint is None:
                return False
            work.record(by, "travel_correction.drop", f"correction:{fingerprint}")
        return True

    def in_use(self) -> AppliedCorrection | None:
        """Return the correction that was put in use last, unless it was dropped."""
        with self._database.read() as connection:
            row = row_in_use(connection, TravelCorrectionRow)
        return None if row is None else _applied(row)

    def factors(self, *, basis: str) -> SpeedCorrection | None:
        """Return the correction in use if it corrects this table of speeds, else None."""
        held = self.in_use()
        return held.correction if held is not None and held.basis == basis else None

    def history(self) -> tuple[AppliedCorrection, ...]:
        """Return all corrections that were ever in use, the first one first."""
        query = select(table_of(TravelCorrectionRow)).order_by(TravelCorrectionRow.seq)
        with self._database.read() as connection:
            return tuple(_applied(row) for row in connection.execute(query))


def put_measured_legs(work: Work, legs: Iterable[LegTimes], *, basis: str) -> PutCounts:
    """Add or replace measured legs by their ids."""
    rows = [
        {
            "id": leg.id,
            "on": leg.on,
            "profile": leg.profile,
            "day": leg.day.value,
            "band": leg.band.value,
            "measured_s": leg.measured_s,
            **dict(zip(_TIER_COLUMNS, leg.tier_s, strict=True)),
            "fixed_s": leg.fixed_s,
            "basis": basis,
        }
        for leg in legs
    ]
    return put_rows(work, MeasuredLegRow, rows)


def _applied(row: Row[Any]) -> AppliedCorrection:
    from geo.travel.correction import SpeedCorrection  # loads the engine

    return AppliedCorrection(
        SpeedCorrection.from_json(row.correction),
        row.fingerprint,
        row.basis,
        row.applied_at,
        row.applied_by,
        row.ended_at,
        row.ended_by,
    )
