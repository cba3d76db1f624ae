"""The planning problem and the plan: frozen values, the same as their JSON forms.

Times are integer seconds after local midnight of a day (``*_s``), so that a plan is free of
time zones; days are ISO dates in Asia/Shanghai. Matrices are indexed by ``places``.
The JSON forms are described in ``docs/formats/``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum

import numpy as np

from geo.model import Floats
from routes.errors import ProblemError

__all__ = [
    "LARGEST_SET",
    "PICK_UP_S",
    "PLAN_VERSION",
    "PROBLEM_VERSION",
    "RETIMED_S",
    "RETIMED_SHARE",
    "Awaits",
    "Break",
    "CutOff",
    "EscortMode",
    "EscortSlot",
    "EscortStation",
    "Floor",
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
    "Together",
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

PICK_UP_S = 300
"""How long a team stops at a station to fetch an officer."""

RETIMED_S = 900
"""By how much a stop that keeps its team may begin earlier or later at no price."""

RETIMED_SHARE = 0.2
"""What one that moves further costs, in prices of a change."""

PROBLEM_VERSION = "1.0"
PLAN_VERSION = "1.0"


class EscortMode(StrEnum):
    """How police come along: met at the door in the same minute, or fetched at the station."""

    NONE = "none"
    AT_DOOR = "at_door"
    PICK_UP = "pick_up"


class StopKind(StrEnum):
    """What a stop of a route is."""

    VISIT = "visit"
    DUTY = "duty"
    BREAK = "break"
    PICK_UP = "pick_up"  # of an officer at the station, before a visit


class UnassignedReason(StrEnum):
    """Why a debtor is in no route."""

    BLOCKED = "blocked"  # a rule blocks every option
    NO_HOUR = "no_hour"  # no lawful hour inside any shift
    NO_SKILL = "no_skill"  # no team, or no two, has the skills, the officers or room for a stop
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

    ``capacity`` is the room for what its stops load, None for as much as there is. It may last
    ``overtime_s`` beyond its end, at the price of overtime.
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
    overtime_s: int = 0


@dataclass(frozen=True, slots=True)
class Together:
    """A second team that a task needs, from another shift of the same day.

    Parameters
    ----------
    service_s
        How long it stays; None for as long as the first.
    gap_low_s, gap_high_s
        How long after the first it begins; 0 and 0: in the same minute.
    """

    needed_skills: frozenset[str] = frozenset()
    min_officers: int = 2
    service_s: int | None = None
    gap_low_s: int = 0
    gap_high_s: int = 0


@dataclass(frozen=True, slots=True)
class Option:
    """One way to try a debtor: at a place, on a day, within a window, for a value.

    Service starts inside the window. At most one option of a debtor may be in a plan, or several
    that :attr:`Problem.sets` names together.
    ``value`` is the expected gain (weighted P(found) less the cost of a failed attempt).
    ``escort_stations`` lists the stations that may send the escort when ``escort`` is not none; one
    alone where it is fetched there. ``together`` names the second team of a visit that needs two.
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
    together: Together | None = None


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
    together: Together | None = None


@dataclass(frozen=True, slots=True)
class EscortSlot:
    """Hours on one day in which so many escorts of a station are free at the same time."""

    day: date
    start_s: int
    end_s: int
    officers: int = 1


@dataclass(frozen=True, slots=True)
class EscortStation:
    """A police station that sends escorts, and when.

    ``profile`` is the vehicle by which they come to a door, go on to the next and return within
    their hours; where it is empty their way is not counted.
    """

    id: str
    place: str
    calendar: tuple[EscortSlot, ...] = ()
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of a route. ``start_s`` is when service begins, at or after ``arrival_s``.

    ``second`` marks the team that comes along to a visit or duty of two; its stop is worth 0.
    """

    kind: StopKind
    ref: str  # option id, duty id, or "" for a break
    place: str
    arrival_s: int
    start_s: int
    departure_s: int
    value: float = 0.0
    escort_station: str | None = None
    frozen: bool = False
    second: bool = False

    @property
    def is_work(self) -> bool:
        """Whether something is done here: no rest, and no stop on the way to something."""
        return self.kind in (StopKind.VISIT, StopKind.DUTY)


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
    waiting_h
        Of an hour of waiting before a stop; waits before the first are taken at the base and
        cost nothing.
    overtime_h
        Of an hour beyond the end of a shift.
    change
        Of each stop of :attr:`Problem.before` that is dropped or goes to another shift;
        ``RETIMED_SHARE`` of it where one begins more than ``RETIMED_S`` earlier or later. None
        where nobody names it: nothing, but for a plan that is made anew, of which it is
        :func:`routes.planning.replan.default_price_of_change`.
    km
        Of a kilometre of travel.
    """

    travel_h: float = 0.0
    waiting_h: float = 0.0
    overtime_h: float = 0.0
    change: float | None = None
    km: float = 0.0

    def __post_init__(self) -> None:
        for each in fields(self):
            price = getattr(self, each.name)
            if price is not None and not (np.isfinite(price) and price >= 0.0):
                raise ProblemError("prices.%(name)s 须为不小于零的有限数", name=each.name)

    @property
    def per_change(self) -> float:
        """Price of a change, nothing where nobody names it."""
        return 0.0 if self.change is None else self.change


@dataclass(frozen=True, slots=True)
class Floor:
    """So many of some debtors should be visited: livelihood cases, a township, the oldest.

    Parameters
    ----------
    debtors
        Ids; blocked ones do not count and those who have no option may be among them.
    least
        How many of them.
    price
        What each missing one costs, in the unit of the options' values.
    """

    id: str
    debtors: frozenset[str]
    least: int
    price: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Awaits:
    """What waits for an answer until some hour, so that two plans are made, the same until then.

    Parameters
    ----------
    day, by_s
        When it will be known, seconds after midnight of a day in Asia/Shanghai.
    approvals
        Findings that ask for a signature, subject ``visit:ID`` or ``duty:ID``.
    support
        Ids of escorted options and of duties at checkpoints whose station has not answered. All
        others are promised.
    """

    day: date
    by_s: int
    approvals: tuple[PlanFinding, ...] = ()
    support: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Everything the planner needs, and nothing it must look up.

    ``frozen`` holds routes whose stops are done, under way or promised: a solution keeps
    them, unchanged, as the beginning of the route of the same shift.
    ``blocked`` lists what a rule blocked, with that rule's finding: debtors (``debtor:ID``), and
    addresses or options (``claim:ID``, ``visit:ID``). No option that it bars is planned. A duty
    that is left out for want of a signature (``duty:ID``) is named there and no longer a duty.
    ``cut_off`` tells why places cannot be reached; the matrices say when. ``sets`` names options
    that do not exclude each other. ``before`` is the plan that holds until now; ``floors`` say
    for whom there must be room. ``awaits`` asks for two plans, which
    :mod:`routes.planning.awaited` makes; whoever solves the problem as it is takes no note of it.
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
    before: tuple[Route, ...] = ()
    floors: tuple[Floor, ...] = ()
    awaits: Awaits | None = None

    def __post_init__(self) -> None:
        from routes.planning.problem_checks import check_problem  # it reads what is defined here

        check_problem(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner answers.

    ``value`` is the sum of the visited options' values (of several of a debtor, that of their
    set), ``price`` what travel, waits, overtime, changes and missed floors cost by the problem's
    prices; a plan is the better, the more the one exceeds the other.
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
