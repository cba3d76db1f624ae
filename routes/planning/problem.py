"""The planning problem and the plan: frozen values, the same as their JSON forms.

Times are integer seconds after local midnight of a day (``*_s``), so that a plan is free of
time zones; days are ISO dates in Asia/Shanghai. Matrices are indexed by ``places``.
The JSON forms are described in ``docs/formats/``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np

from geo.localtime import DAY_S
from geo.model import Floats
from routes.errors import ProblemError

__all__ = [
    "LARGEST_SET",
    "PLAN_VERSION",
    "PROBLEM_VERSION",
    "Break",
    "CutOff",
    "EscortMode",
    "EscortSlot",
    "EscortStation",
    "Matrix",
    "Option",
    "Plan",
    "PlanDuty",
    "PlanFinding",
    "PlanPlace",
    "PlanTeam",
    "Prices",
    "Problem",
    "Route",
    "Stop",
    "StopKind",
    "TimeBand",
    "Unassigned",
    "UnassignedReason",
    "VisitSet",
    "WorkShift",
    "bands_on",
    "barred_options",
    "set_values",
]

LARGEST_SET = 3
"""Most options of one debtor in a plan."""

PROBLEM_VERSION = "1.0"
PLAN_VERSION = "1.0"


class EscortMode(StrEnum):
    """How police come along (first version: met at the door in the same minute)."""

    NONE = "none"
    AT_DOOR = "at_door"


class StopKind(StrEnum):
    """What a stop of a route is."""

    VISIT = "visit"
    DUTY = "duty"
    BREAK = "break"


class UnassignedReason(StrEnum):
    """Why a debtor is in no route."""

    BLOCKED = "blocked"  # a rule blocks every option
    NO_HOUR = "no_hour"  # no lawful hour inside any shift
    NO_SKILL = "no_skill"  # no team has the skills, the officers or room in its vehicle
    NO_ESCORT = "no_escort"  # no station hours fit
    TOO_FAR = "too_far"  # cannot be reached and left within any shift
    CLOSED = "closed"  # the same, and roads to it are closed
    OUTBID = "outbid"  # worth less than what took its place


@dataclass(frozen=True, slots=True)
class PlanPlace:
    """A point of the matrices: a door, a base, a station, a checkpoint."""

    id: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class TimeBand:
    """A part of the day: ``[start_s, end_s)``; bands of one name share one travel matrix.

    Travel time is read from the band at departure; the last band holds beyond its end too.
    Where no road leads then, a team waits for the first band in which one does, and the wait
    counts as travel. ``day`` is the day on which the band holds; bands without one hold on
    every day that has none of its own.
    """

    name: str
    start_s: int
    end_s: int
    day: date | None = None


@dataclass(frozen=True, slots=True)
class CutOff:
    """A place that closed roads cut off at some hour of a day, and why they are closed."""

    place: str
    day: date
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Travel between all places for one profile in one band; ``inf`` where no road leads."""

    profile: str
    band: str
    travel_s: Floats
    length_m: Floats

    def __post_init__(self) -> None:
        self.travel_s.flags.writeable = False
        self.length_m.flags.writeable = False


@dataclass(frozen=True, slots=True)
class PlanTeam:
    """A team as the planner sees it: how many officers, which skills, which vehicle."""

    id: str
    officers: int
    skills: frozenset[str]
    profile: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of ``duration_s`` that starts inside the window, wherever the team is.

    It need not be in the route if the team can take it at its base: where it leaves at or
    after ``window_start_s + duration_s``, or is back by ``window_end_s``.
    """

    window_start_s: int
    window_end_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class WorkShift:
    """A team's hours on one day: leaves ``start_place`` at or after, is back before the end.

    ``capacity`` is the room for what its stops load, None for as much as there is.
    """

    id: str
    team: str
    day: date
    start_s: int
    end_s: int
    start_place: str
    end_place: str
    breaks: tuple[Break, ...] = ()
    max_stops: int | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One way to try a debtor: at a place, on a day, within a window, for a value.

    Service starts inside the window. At most one option of a debtor may be in a plan, or several
    that :attr:`Problem.sets` names together.
    ``value`` is the expected gain (weighted P(found) less the cost of a failed attempt).
    ``escort_stations`` lists the stations that may send the escort when ``escort`` is not none.
    ``p_found_low`` and ``p_found_high`` are the limits that what is unsure of the locating
    numbers leaves; None where nobody reckoned them. ``step`` is the stored step of enforcement that
    is taken there; empty for a plain visit. ``load`` is the room that it takes in the vehicle until
    the end of the shift.
    """

    id: str
    debtor: str
    place: str
    day: date
    window_start_s: int
    window_end_s: int
    service_s: int
    value: float
    p_found: float
    band: str = ""
    needed_skills: frozenset[str] = frozenset()
    min_officers: int = 2
    escort: EscortMode = EscortMode.NONE
    escort_stations: tuple[str, ...] = ()
    claim: str = ""
    p_found_low: float | None = None
    p_found_high: float | None = None
    step: str = ""
    load: int = 0


@dataclass(frozen=True, slots=True)
class VisitSet:
    """Two or three options of one debtor that may be in a plan together.

    Parameters
    ----------
    options
        Their ids; of three, each two are named as a set of their own.
    value
        Expected gain of all of them, in place of the sum of their values.
    p_found
        Probability that one of them finds the debtor.
    """

    options: tuple[str, ...]
    value: float
    p_found: float


@dataclass(frozen=True, slots=True)
class PlanDuty:
    """A required task at a place: starts inside the window and lasts ``service_s``."""

    id: str
    kind: str
    place: str
    day: date
    window_start_s: int
    window_end_s: int
    service_s: int
    needed_skills: frozenset[str] = frozenset()
    min_officers: int = 2
    teams: tuple[str, ...] = ()  # empty: any team
    label: str = ""
    load: int = 0


@dataclass(frozen=True, slots=True)
class EscortSlot:
    """Hours on one day in which so many escorts of a station are free at the same time."""

    day: date
    start_s: int
    end_s: int
    officers: int = 1


@dataclass(frozen=True, slots=True)
class EscortStation:
    """A police station that sends escorts, and when."""

    id: str
    place: str
    calendar: tuple[EscortSlot, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of a route. ``start_s`` is when service begins, at or after ``arrival_s``."""

    kind: StopKind
    ref: str  # option id, duty id, or "" for a break
    place: str
    arrival_s: int
    start_s: int
    departure_s: int
    value: float = 0.0
    escort_station: str | None = None
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One shift's stops in order, with leaving and return."""

    shift: str
    team: str
    day: date
    leave_s: int
    return_s: int
    stops: tuple[Stop, ...]
    travel_s: int
    length_m: int


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A debtor (or a duty, when ``is_duty``) that no route serves, with the reason."""

    ref: str
    reason: UnassignedReason
    detail: str = ""
    is_duty: bool = False


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """A finding that goes with a plan: rule id, verdict, what it speaks of, citation.

    ``digest`` is that of :class:`routes.model.Finding`, which a signature answers. It is written
    to no file: who reads a plan asks the rules again.
    """

    rule: str
    verdict: str
    subject: str
    text: str
    citation: str
    digest: str = field(default="", metadata={"written": False})


@dataclass(frozen=True, slots=True)
class Prices:
    """What a plan costs, in the unit of the options' values.

    Parameters
    ----------
    travel_h
        Price of an hour of travel.
    """

    travel_h: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.travel_h) and self.travel_h >= 0.0):
            raise ProblemError("prices.travel_h 须为不小于零的有限数")


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Everything the planner needs, and nothing it must look up.

    ``frozen`` holds routes whose stops are done, under way or promised: a solution keeps
    them, unchanged, as the beginning of the route of the same shift.
    ``blocked`` lists what a rule blocked, with that rule's finding: debtors (``debtor:ID``), and
    addresses or options (``claim:ID``, ``visit:ID``). No option that it bars is planned. A duty
    that is left out for want of a signature (``duty:ID``) is named there and no longer a duty.
    ``cut_off`` tells why places cannot be reached; the matrices say when. ``sets`` names options
    that do not exclude each other.
    """

    id: str
    places: tuple[PlanPlace, ...]
    bands: tuple[TimeBand, ...]
    matrices: tuple[Matrix, ...]
    teams: tuple[PlanTeam, ...]
    shifts: tuple[WorkShift, ...]
    options: tuple[Option, ...]
    duties: tuple[PlanDuty, ...] = ()
    escort_stations: tuple[EscortStation, ...] = ()
    frozen: tuple[Route, ...] = ()
    blocked: tuple[PlanFinding, ...] = ()
    cut_off: tuple[CutOff, ...] = ()
    prices: Prices = Prices()
    sets: tuple[VisitSet, ...] = ()

    def __post_init__(self) -> None:
        check_problem(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner answers.

    ``value`` is the sum of the visited options' values (of several of a debtor, that of their
    set), ``price`` what the routes cost by the problem's prices; a plan is the better, the more
    the one exceeds the other.
    """

    problem_id: str
    engine: str
    seed: int
    iterations: int
    value: float
    routes: tuple[Route, ...]
    unassigned: tuple[Unassigned, ...] = ()
    findings: tuple[PlanFinding, ...] = ()
    price: float = 0.0


def bands_on(bands: Iterable[TimeBand], day: date) -> tuple[TimeBand, ...]:
    """Return the bands that hold on a day, in order: its own, else those of every day."""
    held = tuple(bands)
    own = [band for band in held if band.day == day] or [b for b in held if b.day is None]
    return tuple(sorted(own, key=lambda band: band.start_s))


def barred_options(problem: Problem) -> dict[str, tuple[str, ...]]:
    """Return the options that ``problem.blocked`` bars, each with the ids of the rules."""
    rules: dict[str, list[str]] = {}
    for finding in problem.blocked:
        rules.setdefault(finding.subject, []).append(finding.rule)
    found: dict[str, tuple[str, ...]] = {}
    for option in problem.options:
        subjects = (f"debtor:{option.debtor}", f"claim:{option.claim}", f"visit:{option.id}")
        said = [rule for subject in subjects for rule in rules.get(subject, ())]
        if said:
            found[option.id] = tuple(dict.fromkeys(said))
    return found


def set_values(problem: Problem) -> dict[frozenset[str], float]:
    """Return the value of each option by itself and of each set of options."""
    values = {frozenset([option.id]): option.value for option in problem.options}
    return values | {frozenset(one.options): one.value for one in problem.sets}


def _unique(ids: list[str], field: str) -> None:
    seen: set[str] = set()
    for position, item in enumerate(ids):
        if not item:
            raise ProblemError("%(field)s[%(index)d].id 为空", field=field, index=position)
        if item in seen:
            raise ProblemError(
                "%(field)s[%(index)d].id 重复：%(id)s", field=field, index=position, id=item
            )
        seen.add(item)


def _known(value: str, known: set[str], path: str) -> None:
    if value not in known:
        raise ProblemError("%(path)s 指向不存在的对象：%(id)s", path=path, id=value)


def _window(start_s: int, end_s: int, path: str) -> None:
    if not 0 <= start_s <= end_s <= 2 * DAY_S:
        raise ProblemError(
            "%(path)s 的时间窗 %(start)d–%(end)d 无效（须为当日零点起的秒数，且先后有序）",
            path=path,
            start=start_s,
            end=end_s,
        )


def _not_negative(number: int, path: str) -> None:
    if number < 0:
        raise ProblemError("%(path)s 为负数", path=path)


def _check_sets(problem: Problem) -> None:
    debtor_of = {option.id: option.debtor for option in problem.options}
    named = {frozenset(one.options) for one in problem.sets}
    known, seen = set(debtor_of), set[frozenset[str]]()
    for index, one in enumerate(problem.sets):
        path = f"sets[{index}]"
        for option in one.options:
            _known(option, known, f"{path}.options")
        members = frozenset(one.options)
        if len(members) != len(one.options) or not 2 <= len(members) <= LARGEST_SET:
            raise ProblemError(
                "%(path)s.options 须为二至 %(most)d 个不同的走访方案", path=path, most=LARGEST_SET
            )
        if len({debtor_of[option] for option in members}) > 1:
            raise ProblemError("%(path)s.options 须属于同一被执行人", path=path)
        if members in seen:
            raise ProblemError("%(path)s 与前面的组合重复", path=path)
        if any(members - {option} not in named for option in members if len(members) > 2):
            raise ProblemError("%(path)s 的三个方案须两两列为组合", path=path)
        if not np.isfinite(one.value) or one.value < 0.0:
            raise ProblemError("%(path)s.value 须为不小于零的有限数", path=path)
        if not 0.0 <= one.p_found <= 1.0:
            raise ProblemError("%(path)s.p_found 不在 0 至 1 之间", path=path)
        seen.add(members)


def check_problem(problem: Problem) -> None:
    """Raise :class:`ProblemError` naming the first field that contradicts another."""
    _unique([p.id for p in problem.places], "places")
    _unique([t.id for t in problem.teams], "teams")
    _unique([s.id for s in problem.shifts], "shifts")
    _unique([o.id for o in problem.options], "options")
    _unique([d.id for d in problem.duties], "duties")
    _unique([s.id for s in problem.escort_stations], "escort_stations")
    places = {p.id for p in problem.places}
    teams = {t.id for t in problem.teams}
    shifts = {s.id for s in problem.shifts}
    stations = {s.id for s in problem.escort_stations}
    bands = {b.name for b in problem.bands}
    for index, place in enumerate(problem.places):
        if not (-180.0 <= place.lon <= 180.0 and -90.0 <= place.lat <= 90.0):
            raise ProblemError("places[%(index)d] 的坐标超出范围", index=index)
    n = len(problem.places)
    held: set[tuple[str, str]] = set()
    for index, matrix in enumerate(problem.matrices):
        path = f"matrices[{index}]"
        _known(matrix.band, bands, f"{path}.band")
        held.add((matrix.profile, matrix.band))
        for name, array in (("travel_s", matrix.travel_s), ("length_m", matrix.length_m)):
            if array.shape != (n, n):
                raise ProblemError(
                    "%(path)s.%(name)s 应为 %(n)d×%(n)d 的矩阵", path=path, name=name, n=n
                )
            if np.isnan(array).any() or (array < 0).any():
                raise ProblemError("%(path)s.%(name)s 含负数或非数值", path=path, name=name)
            if array.diagonal().any():
                raise ProblemError("%(path)s.%(name)s 的对角线须为零", path=path, name=name)
    for day in dict.fromkeys(band.day for band in problem.bands):
        covered_s = 0
        ours = [pair for pair in enumerate(problem.bands) if pair[1].day == day]
        for index, band in sorted(ours, key=lambda pair: pair[1].start_s):
            if band.start_s != covered_s or band.end_s <= band.start_s:
                raise ProblemError("bands[%(index)d] 与相邻时段之间有空隙或重叠", index=index)
            covered_s = band.end_s
        if covered_s < DAY_S:
            raise ProblemError("bands 须覆盖 0 至 %(day)d 秒", day=DAY_S)
    team_profile = {t.id: t.profile for t in problem.teams}
    for index, shift in enumerate(problem.shifts):
        path = f"shifts[{index}]"
        _known(shift.team, teams, f"{path}.team")
        _known(shift.start_place, places, f"{path}.start_place")
        _known(shift.end_place, places, f"{path}.end_place")
        _window(shift.start_s, shift.end_s, path)
        today = bands_on(problem.bands, shift.day)
        if not today:
            raise ProblemError("%(path)s 的日期 %(day)s 没有 bands", path=path, day=shift.day)
        for band in today:
            if (team_profile[shift.team], band.name) not in held:
                raise ProblemError(
                    "matrices 缺少交通方式 %(profile)s 在时段 %(band)s 的矩阵",
                    profile=team_profile[shift.team],
                    band=band.name,
                )
        _not_negative(shift.capacity or 0, f"{path}.capacity")
        for k, pause in enumerate(shift.breaks):
            _window(pause.window_start_s, pause.window_end_s, f"{path}.breaks[{k}]")
            _not_negative(pause.duration_s, f"{path}.breaks[{k}].duration_s")
    for index, option in enumerate(problem.options):
        path = f"options[{index}]"
        _known(option.place, places, f"{path}.place")
        _window(option.window_start_s, option.window_end_s, path)
        _not_negative(option.service_s, f"{path}.service_s")
        _not_negative(option.load, f"{path}.load")
        if not np.isfinite(option.value) or option.value < 0.0:
            raise ProblemError("%(path)s.value 须为不小于零的有限数", path=path)
        if not 0.0 <= option.p_found <= 1.0:
            raise ProblemError("%(path)s.p_found 不在 0 至 1 之间", path=path)
        low, high = option.p_found_low, option.p_found_high
        if not (0.0 if low is None else low) <= option.p_found <= (1.0 if high is None else high):
            raise ProblemError("%(path)s.p_found 不在其下限与上限之间", path=path)
        if (low is not None and low < 0.0) or (high is not None and high > 1.0):
            raise ProblemError("%(path)s.p_found 的下限或上限不在 0 至 1 之间", path=path)
        if option.min_officers < 1:
            raise ProblemError("%(path)s.min_officers 须至少为一", path=path)
        for station in option.escort_stations:
            _known(station, stations, f"{path}.escort_stations")
    _check_sets(problem)
    for index, duty in enumerate(problem.duties):
        path = f"duties[{index}]"
        _known(duty.place, places, f"{path}.place")
        _window(duty.window_start_s, duty.window_end_s, path)
        _not_negative(duty.service_s, f"{path}.service_s")
        _not_negative(duty.load, f"{path}.load")
        for team in duty.teams:
            _known(team, teams, f"{path}.teams")
    for index, escort in enumerate(problem.escort_stations):
        path = f"escort_stations[{index}]"
        _known(escort.place, places, f"{path}.place")
        for k, slot in enumerate(escort.calendar):
            _window(slot.start_s, slot.end_s, f"{path}.calendar[{k}]")
            _not_negative(slot.officers, f"{path}.calendar[{k}].officers")
            for other in escort.calendar[:k]:
                if (
                    slot.day == other.day
                    and slot.start_s < other.end_s
                    and other.start_s < slot.end_s
                ):
                    raise ProblemError(
                        "%(path)s.calendar[%(k)d] 与同日另一时段重叠，请合并", path=path, k=k
                    )
    for index, cut in enumerate(problem.cut_off):
        _known(cut.place, places, f"cut_off[{index}].place")
    refs = {o.id for o in problem.options} | {d.id for d in problem.duties} | {""}
    for index, route in enumerate(problem.frozen):
        path = f"frozen[{index}]"
        _known(route.shift, shifts, f"{path}.shift")
        before_s = 0
        for k, stop in enumerate(route.stops):
            _known(stop.ref, refs, f"{path}.stops[{k}].ref")
            _known(stop.place, places, f"{path}.stops[{k}].place")
            if not before_s <= stop.arrival_s <= stop.start_s <= stop.departure_s:
                raise ProblemError(
                    "%(path)s.stops[%(k)d] 的到达、开始、离开时间次序颠倒", path=path, k=k
                )
            before_s = stop.departure_s
