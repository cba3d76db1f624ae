"""Field work of a made court: plan a week, visit, write down what was found, plan the next.

Between two runs differ the parameters that the locating model is given, or who plans: the
project's own search (:func:`routes.planning.solve`) or a habit of today. Every case is worth the
same, so that the planner and the figure ask for the same: persons found. Who was found leaves the
list, and new cases come in every week.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from benchmarks.locating_visits import WEEK_D, located_at, p_found
from benchmarks.simulated_district import OFFICERS, District, VisitRows, make_district, outcomes_of
from geo.localtime import DAY_S
from geo.model import Floats, Ints
from routes.bands import BAND_HOURS_S, band_at
from routes.locating import Located, LocatingParameters
from routes.model import OutcomeKind, VisitBand
from routes.planning import Engine, MaxIterations, solve
from routes.planning.problem import (
    Matrix,
    Option,
    Plan,
    PlanPlace,
    PlanTeam,
    Problem,
    Route,
    StopKind,
    TimeBand,
    WorkShift,
)

__all__ = ["FieldWork", "Offers", "Week", "begin", "believed", "offered", "work_weeks"]

Flags = npt.NDArray[np.bool_]

START = date(2025, 10, 13)  # a Monday after the National Day holiday
_TEAMS = 3
_WORKDAYS = 5
_SHIFTS_S = ((23_400, 52_200), (32_400, 61_200), (46_800, 75_600))  # early, office hours, late
_SERVICE_S = 1_500
_SPEED_MS = 30.0 / 3.6
_DETOUR = 1.3
_STARTING_S = 120.0  # to leave, park and walk
_DEG_M = 111_195.0
_ITERATIONS = 600
_OFFERED = 48  # most debtors that are offered to the planner in one band of a day
_FIRST_SHARE = 0.7  # of the debtors are there in the first week
_FOUND = list(OutcomeKind).index(OutcomeKind.FOUND)
_BANDS = tuple(VisitBand)
_BEGINS_S, _ENDS_S = zip(*(BAND_HOURS_S[band] for band in _BANDS), strict=True)
_HOURS_S = min(_BEGINS_S), max(_ENDS_S)

Learn = Callable[["FieldWork", int], LocatingParameters]


@dataclass(frozen=True, slots=True)
class Week:
    """What a week of field work came to."""

    found: int
    visits: int
    expected: float
    team_days: int
    hours: float

    @property
    def found_per_team_day(self) -> float:
        """Persons found for each team and day on shift."""
        return self.found / self.team_days


@dataclass(slots=True)
class FieldWork:
    """A court at work: what it has seen so far, and what each week came to.

    Parameters
    ----------
    comes_in
        Week in which each debtor's case comes in.
    parameters
        What the next plan believes.
    engine
        Who plans. Who plans by a habit of today goes through the whole list of a day, by the
        address that was seen last, and knows no chances.
    """

    district: District
    comes_in: Ints
    parameters: LocatingParameters
    found: Flags
    visits: VisitRows
    kinds: Ints
    weeks: list[Week] = field(default_factory=list)
    engine: Engine = Engine.ALNS

    def fork(self, engine: Engine | None = None) -> FieldWork:
        """Return the same court, to go on by itself, or by another planner."""
        return FieldWork(
            self.district,
            self.comes_in,
            self.parameters,
            self.found.copy(),
            self.visits,
            self.kinds,
            list(self.weeks),
            self.engine if engine is None else engine,
        )


def begin(parameters: LocatingParameters, *, seed: int, debtors: int, weeks: int) -> FieldWork:
    """Return a court in a district of this seed, with no visits yet."""
    district = make_district(
        parameters, seed=seed, debtors=debtors, start=START, days=weeks * WEEK_D
    )
    random = np.random.default_rng((seed, 1))
    late = random.random(debtors) >= _FIRST_SHARE
    none = np.zeros(0, dtype=np.int64)
    return FieldWork(
        district=district,
        comes_in=np.where(late, random.integers(1, weeks, debtors), 0),
        parameters=parameters,
        found=np.zeros(debtors, dtype=np.bool_),
        visits=VisitRows(none, none, none, none),
        kinds=none,
    )


def work_weeks(court: FieldWork, weeks: range, *, seed: int, learn: Learn | None = None) -> None:
    """Plan and work so many weeks; ``learn`` gives the parameters on each Monday."""
    for week in weeks:
        if learn is not None:
            court.parameters = learn(court, week)
        _work(court, week, seed=seed)


def believed(court: FieldWork, week: int) -> Located:
    """Return what the court believes on a Monday."""
    known = court.district.known
    outcomes = outcomes_of(known, court.visits, court.kinds)
    return located_at(known, outcomes, week * WEEK_D, court.parameters)


def _work(court: FieldWork, week: int, *, seed: int) -> None:
    located = believed(court, week)
    own = court.engine is Engine.ALNS
    offers = (offered(court, week, located),) if own else _lists(court, week, located)
    routes: list[Route] = []
    made, expected = [], 0.0
    for part in offers:
        problem = _problem(court, week, part)
        plan = solve(problem, stop=MaxIterations(_ITERATIONS), seed=seed, engine=court.engine)
        routes += plan.routes
        made.append(_visits_of(plan, part, week))
        expected += float(part.p_found[sorted(map(int, _refs(plan)))].sum())
    visits = VisitRows(*(np.concatenate(each) for each in zip(*made, strict=True)))
    kinds = court.district.report(visits)
    met = court.district.known.debtor_of[visits.claim[kinds == _FOUND]]
    before = int(court.found.sum())
    court.found[met] = True
    court.visits = VisitRows(
        *(np.concatenate(pair) for pair in zip(court.visits, visits, strict=True))
    )
    court.kinds = np.concatenate((court.kinds, kinds))
    court.weeks.append(
        Week(
            found=int(court.found.sum()) - before,
            visits=len(visits.claim),
            expected=expected,
            team_days=_TEAMS * _WORKDAYS,
            hours=sum(route.return_s - route.leave_s for route in routes) / 3600.0,
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """Options as visits, with their probability; those at any hour are in no band yet."""

    visits: VisitRows
    p_found: Floats
    at_any_hour: bool = False


def offered(court: FieldWork, week: int, located: Located, *, most: int = _OFFERED) -> Offers:
    """Return the best visits of each band of each day; a debtor's are all on one day of the week.

    Early and late hours are the likeliest and the fewest: a list by a debtor's best hour would
    leave the hours between, when most visits are made, to whom it holds for the other ones.

    Parameters
    ----------
    most
        Debtors that are offered in one band of a day, each at the likeliest address.
    """
    possible = _possible(court, week, located)
    claim, day, band, _ = possible.visits
    chance, owner = possible.p_found, court.district.known.debtor_of[claim]
    order = np.lexsort((claim, -chance, band, owner))
    best = order[_place_in_group(owner[order] * len(_BANDS) + band[order]) == 0]
    order = best[np.lexsort((owner[best], -chance[best], band[best], day[best]))]
    kept = order[_place_in_group(day[order] * len(_BANDS) + band[order]) < most]
    return Offers(possible.visits.take(kept), chance[kept])


def _lists(court: FieldWork, week: int, located: Located) -> tuple[Offers, ...]:
    """Return the whole list of each day, each debtor at the address seen last, at any hour."""
    possible = _possible(court, week, located)
    known = court.district.known
    newest: dict[int, int] = {}
    for at in np.unique(possible.visits.claim).tolist():
        owner = int(known.debtor_of[at])
        if owner not in newest or known.claims[newest[owner]].seen_on <= known.claims[at].seen_on:
            newest[owner] = at
    last = np.isin(possible.visits.claim, list(newest.values())) & (possible.visits.band == 0)
    days = (possible.visits.day == week * WEEK_D + k for k in range(_WORKDAYS))
    rows = [np.flatnonzero(last & day) for day in days]
    return tuple(
        Offers(possible.visits.take(row), possible.p_found[row], at_any_hour=True) for row in rows
    )


def _possible(court: FieldWork, week: int, located: Located) -> Offers:
    """Return each address of all who are on the list in each band of their day of the week."""
    known = court.district.known
    listed = (court.comes_in <= week) & ~court.found
    today = known.day(week * WEEK_D)
    claims = np.array(
        [
            at
            for at, claim in enumerate(known.claims)
            if listed[known.debtor_of[at]] and claim.seen_on < today
        ],
        dtype=np.int64,
    )
    claim, band = (axis.ravel() for axis in np.meshgrid(claims, np.arange(len(_BANDS))))
    owner = known.debtor_of[claim]
    day = week * WEEK_D + (owner + week) % _WORKDAYS
    visits = VisitRows(claim, day, band, np.zeros_like(claim))
    chance = p_found(known, located, visits)
    return Offers(visits, chance)


def _place_in_group(key: Ints) -> Ints:
    """Return how many of the same key stand before each; equal keys stand together, rising."""
    place: Ints = np.arange(len(key)) - np.searchsorted(key, key)
    return place


def _problem(court: FieldWork, week: int, options: Offers) -> Problem:
    known = court.district.known
    at_claim, row_of = np.unique(options.visits.claim, return_inverse=True)
    points = [known.claims[at].place for at in at_claim.tolist()]
    lonlat = np.array([(p.point.lon, p.point.lat) for p in points if p is not None])
    lonlat = np.vstack([lonlat.mean(axis=0), lonlat])  # the court stands in the middle
    metres = lonlat * _DEG_M * np.array([np.cos(np.radians(lonlat[0, 1])), 1.0])
    length_m = _DETOUR * np.hypot(*(metres[:, None] - metres[None, :]).transpose(2, 0, 1))
    travel_s = length_m / _SPEED_MS + _STARTING_S
    np.fill_diagonal(travel_s, 0.0)
    names = ["court", *(f"claim:{at}" for at in at_claim.tolist())]
    return Problem(
        id=f"week-{week}",
        places=tuple(
            PlanPlace(name, float(lon), float(lat))
            for name, (lon, lat) in zip(names, lonlat, strict=True)
        ),
        bands=(TimeBand("day", 0, DAY_S),),
        matrices=(Matrix("car", "day", travel_s, length_m),),
        teams=tuple(PlanTeam(f"t{team}", 2, frozenset(), "car") for team in range(_TEAMS)),
        shifts=tuple(_shifts(court, week)),
        options=tuple(
            Option(
                id=str(number),
                debtor=str(known.debtor_of[claim]),
                place=names[row + 1],
                day=known.day(day),
                window_start_s=_HOURS_S[0] if options.at_any_hour else _BEGINS_S[band],
                window_end_s=(_HOURS_S[1] if options.at_any_hour else _ENDS_S[band]) - 1,
                service_s=_SERVICE_S,
                value=chance,
                p_found=chance,
                band=_BANDS[band],
                claim=known.claims[claim].id,
            )
            for number, (claim, day, band, row, chance) in enumerate(
                zip(
                    options.visits.claim.tolist(),
                    options.visits.day.tolist(),
                    options.visits.band.tolist(),
                    row_of.tolist(),
                    options.p_found.tolist(),
                    strict=True,
                )
            )
        ),
    )


def _shifts(court: FieldWork, week: int) -> Sequence[WorkShift]:
    """Return one shift a team and workday; early, office and late hours take turns."""
    known, made = court.district.known, []
    for team in range(_TEAMS):
        for day in range(_WORKDAYS):
            start_s, end_s = _SHIFTS_S[(team + day) % len(_SHIFTS_S)]
            made.append(
                WorkShift(
                    id=f"t{team}-{day}",
                    team=f"t{team}",
                    day=known.day(week * WEEK_D + day),
                    start_s=start_s,
                    end_s=end_s,
                    start_place="court",
                    end_place="court",
                )
            )
    return made


def _refs(plan: Plan) -> set[str]:
    return {stop.ref for route in plan.routes for stop in route.stops}


def _visits_of(plan: Plan, options: Offers, week: int) -> VisitRows:
    """Return the visits of a plan; each team's officer changes from week to week."""
    chosen, officer, band = [], [], []
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.VISIT:
                chosen.append(int(stop.ref))
                officer.append((int(route.team[1:]) + _TEAMS * (week % 2)) % OFFICERS)
                begun = band_at(stop.start_s)
                assert begun is not None
                band.append(_BANDS.index(begun))
    rows = options.visits.take(np.array(chosen, dtype=np.int64))
    return rows._replace(
        officer=np.array(officer, dtype=np.int64), band=np.array(band, dtype=np.int64)
    )
