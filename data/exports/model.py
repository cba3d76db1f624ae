"""What the writers share: labels of stops, and a plan laid out as sheets.

A :class:`PlanSheet` is a plan read once: clock times with their zone, team names, and
positions in the datum that was asked for. Each writer turns it into one kind of file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np

from data.errors import ExportError
from data.exports.words import DATUM_WORDS, REASON_WORDS, STOP_KIND_WORDS, VERDICT_WORDS, WORDS
from geo import coordinates
from geo.localtime import LOCAL_ZONE, moment_at
from geo.messages import Message
from geo.model import Datum, Floats
from geo.navigation import NavigationApp, navigation_link
from routes.planning.problem import (
    Plan,
    PlanFinding,
    Problem,
    Route,
    Stop,
    StopKind,
    UnassignedReason,
)
from routes.planning.stop_numbers import stop_numbers
from routes.planning.turns import turns

__all__ = [
    "FindingSheet",
    "PlanSheet",
    "RouteSheet",
    "StopLabel",
    "StopSheet",
    "UnassignedSheet",
    "lay_out",
    "plain_text",
]


# What XML 1.0 cannot hold, and so neither KML, GPX nor a workbook: controls other than tab
# and line feed, lone surrogates, and the two non-characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class StopLabel:
    """What people read about one stop. Personal parts stay out of ``repr``.

    Parameters
    ----------
    title
        Short name of the stop.
    documents
        Papers to carry, such as a summons or a seizure inventory, with their numbers.
    findings
        What the rules say of this visit, each with its citation.
    claim
        Id of the address claim that is visited; empty for duties.
    """

    title: str = field(repr=False)
    case_number: str = ""
    address: str = field(default="", repr=False)
    debtor: str = field(default="", repr=False)
    hazards: tuple[str, ...] = field(default=(), repr=False)
    documents: tuple[str, ...] = field(default=(), repr=False)
    findings: tuple[PlanFinding, ...] = ()
    claim: str = ""


@dataclass(frozen=True, slots=True)
class FindingSheet:
    """A finding in words."""

    rule: str
    verdict: str
    text: str
    citation: str


@dataclass(frozen=True, slots=True)
class StopSheet:
    """One stop, ready to be written. ``lon`` and ``lat`` are in the sheet's datum.

    ``number`` is that of :func:`routes.planning.stop_numbers.stop_numbers`; rests and fetches have
    none. ``link`` opens a navigation app there; empty where none was asked for.
    """

    number: int | None
    kind: StopKind
    kind_text: str
    ref: str
    lon: float
    lat: float
    arrival: datetime
    start: datetime
    departure: datetime
    escort_station: str
    frozen: bool
    title: str = field(repr=False)
    case_number: str
    address: str = field(repr=False)
    debtor: str = field(repr=False)
    hazards: tuple[str, ...] = field(repr=False)
    documents: tuple[str, ...] = field(repr=False)
    findings: tuple[FindingSheet, ...]
    link: str = ""
    claim: str = ""

    @property
    def number_text(self) -> str:
        """Its number, a dash where it has none."""
        return "–" if self.number is None else str(self.number)

    @property
    def heading(self) -> str:
        """Its number where it has one, and what it is called."""
        return self.title if self.number is None else f"{self.number} {self.title}"


@dataclass(frozen=True, slots=True, eq=False)
class RouteSheet:
    """One team's day. ``path_lonlat`` has shape (n, 2), or is None where no path was given."""

    shift: str
    team: str
    team_name: str
    day: date
    leaves: datetime
    returns: datetime
    travel_s: int
    length_m: int
    stops: tuple[StopSheet, ...]
    path_lonlat: Floats | None = None


@dataclass(frozen=True, slots=True)
class UnassignedSheet:
    """A debtor or duty that no route serves, with the reason in words."""

    ref: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, eq=False)
class PlanSheet:
    """A whole plan, ready to be written. ``mark`` stands on every page, sheet and stop, if any."""

    title: str
    made_at: datetime
    datum: Datum
    datum_text: str
    problem_id: str
    routes: tuple[RouteSheet, ...]
    unassigned: tuple[UnassignedSheet, ...]
    findings: tuple[FindingSheet, ...]
    translate: Translate = str
    mark: str = ""

    def word(self, key: str) -> str:
        """Return one of the fixed words of :mod:`data.exports.words` for the reader."""
        return WORDS[key].render(self.translate)


def plain_text(text: str) -> str:
    r"""Return ``text`` with line ends made ``\n`` and unprintable characters removed.

    Examples
    --------
    >>> plain_text("a\x00b\r\nc")
    'ab\nc'
    """
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def lay_out(
    plan: Plan,
    problem: Problem,
    labels: Mapping[str, StopLabel],
    *,
    datum: Datum,
    title: str,
    made_at: datetime,
    paths: Mapping[str, Floats] | None = None,
    translate: Translate = str,
    mark: str = "",
    app: NavigationApp | None = None,
) -> PlanSheet:
    """Read a plan once for all writers.

    Parameters
    ----------
    labels
        By option or duty id; a stop without a label shows its id.
    made_at
        With a zone; shown in Asia/Shanghai.
    paths
        Route geometry in WGS84, shape (n, 2), by shift id.
    mark
        What a plan that is no order yet is marked with; goes before the title too.
    app
        Stops get a link to it; ``datum`` must be its own.

    Raises
    ------
    ExportError
        If the datum is not that of the app, the plan belongs to another problem, or names a
        place or team that it lacks.
    """
    if plan.problem_id != problem.id:
        raise ExportError(
            "方案属于任务 %(plan)s，与任务 %(problem)s 不符；请选用同一次排班的方案与任务",
            plan=plan.problem_id,
            problem=problem.id,
        )
    if made_at.tzinfo is None:
        raise ExportError("导出时间缺少时区；请给出带时区的时间")
    if app is not None and app.datum is not datum:
        raise ExportError(
            "导航软件 %(app)s 使用 %(own)s 坐标，与所选的 %(datum)s 不符；请不要同时指定坐标系",
            app=app.value,
            own=app.datum.value,
            datum=datum.value,
        )
    names = {team.id: team.name or team.id for team in problem.teams}
    points = _Points(problem, datum, app)
    again = {ref for ref, turn in turns(problem, plan).items() if turn.number > 1}
    again_text = WORDS["again"].render(translate)
    labels = {
        ref: replace(label, hazards=(again_text, *label.hazards)) if ref in again else label
        for ref, label in labels.items()
    }
    return PlanSheet(
        title=plain_text(f"{mark} {title}" if mark else title),
        made_at=made_at.astimezone(LOCAL_ZONE),
        datum=datum,
        datum_text=DATUM_WORDS[datum].render(translate),
        problem_id=plain_text(problem.id),
        routes=tuple(
            _route_sheet(route, names, points, labels, (paths or {}).get(route.shift), translate)
            for route in sorted(plan.routes, key=lambda r: (r.day, names.get(r.team, r.team)))
        ),
        unassigned=tuple(
            UnassignedSheet(
                plain_text(item.ref),
                REASON_WORDS[UnassignedReason(item.reason)].render(translate),
                plain_text(item.detail),
            )
            for item in plan.unassigned
        ),
        findings=_finding_sheets(plan.findings, translate),
        translate=translate,
        mark=plain_text(mark),
    )


class _Points:
    """Positions of a problem's places in the datum asked for, converted in one call."""

    def __init__(self, problem: Problem, datum: Datum, app: NavigationApp | None) -> None:
        self._datum = datum
        self._app = app
        lonlat = np.array([(p.lon, p.lat) for p in problem.places], dtype=np.float64)
        shown = self.convert(lonlat.reshape(-1, 2))
        self._by_id = {p.id: pair for p, pair in zip(problem.places, shown, strict=True)}

    def convert(self, lonlat: Floats) -> Floats:
        if self._datum is Datum.WGS84 or not len(lonlat):
            return lonlat
        return coordinates.from_wgs84(lonlat, self._datum)

    def at(self, place: str) -> tuple[float, float]:
        try:
            lon, lat = self._by_id[place]
        except KeyError:
            raise ExportError("方案中的地点 %(place)s 不在任务的 places 中", place=place) from None
        return round(float(lon), 7), round(float(lat), 7)

    def link(self, lon: float, lat: float) -> str:
        return "" if self._app is None else navigation_link(self._app, lon=lon, lat=lat)


def _route_sheet(
    route: Route,
    names: Mapping[str, str],
    points: _Points,
    labels: Mapping[str, StopLabel],
    path_lonlat: Floats | None,
    translate: Translate,
) -> RouteSheet:
    if route.team not in names:
        raise ExportError("方案中的小组 %(team)s 不在任务的 teams 中", team=route.team)
    if path_lonlat is not None:
        path_lonlat = points.convert(np.asarray(path_lonlat, dtype=np.float64).reshape(-1, 2))
        if not np.isfinite(path_lonlat).all():
            raise ExportError("班次 %(shift)s 的路线含非数值坐标", shift=route.shift)
    return RouteSheet(
        shift=plain_text(route.shift),
        team=plain_text(route.team),
        team_name=plain_text(names[route.team]),
        day=route.day,
        leaves=moment_at(route.day, route.leave_s),
        returns=moment_at(route.day, route.return_s),
        travel_s=route.travel_s,
        length_m=route.length_m,
        stops=tuple(
            _stop_sheet(number, stop, route.day, points, labels.get(stop.ref), translate)
            for number, stop in zip(stop_numbers(route), route.stops, strict=True)
        ),
        path_lonlat=path_lonlat,
    )


def _stop_sheet(
    number: int | None,
    stop: Stop,
    day: date,
    points: _Points,
    label: StopLabel | None,
    translate: Translate,
) -> StopSheet:
    lon, lat = points.at(stop.place)
    kind_text = STOP_KIND_WORDS[stop.kind].render(translate)
    shown = label or StopLabel(stop.ref or kind_text)
    return StopSheet(
        number=number,
        kind=stop.kind,
        kind_text=kind_text,
        ref=plain_text(stop.ref),
        lon=lon,
        lat=lat,
        arrival=moment_at(day, stop.arrival_s),
        start=moment_at(day, stop.start_s),
        departure=moment_at(day, stop.departure_s),
        escort_station=plain_text(stop.escort_station or ""),
        frozen=stop.frozen,
        title=plain_text(shown.title),
        case_number=plain_text(shown.case_number),
        address=plain_text(shown.address),
        debtor=plain_text(shown.debtor),
        hazards=tuple(map(plain_text, shown.hazards)),
        documents=tuple(map(plain_text, shown.documents)),
        findings=_finding_sheets(shown.findings, translate),
        link="" if stop.kind is StopKind.BREAK else points.link(lon, lat),
        claim=shown.claim,
    )


def _finding_sheets(
    findings: tuple[PlanFinding, ...], translate: Translate
) -> tuple[FindingSheet, ...]:
    return tuple(
        FindingSheet(
            plain_text(item.rule),
            _verdict_text(item.verdict).render(translate),
            plain_text(item.text),
            plain_text(item.citation),
        )
        for item in findings
    )


def _verdict_text(verdict: str) -> Message:
    return VERDICT_WORDS.get(verdict, Message(plain_text(verdict)))
