"""Home-care instances of others as planning problems: pairs at one minute or a gap apart, skills.

A patient is a debtor with a place and a window, a caregiver a team with skills; who needs two
caregivers is a visit for two teams. One second of a problem is a hundredth of an instance's
minute. The windows of the published solutions have a price and may be missed; here they are hard,
so that the share of patients who are served tells how well teams are brought together, and what
the published solutions serve within the same windows stands beside it. A second run gives those
patients whom a published solution serves late the window that it needs: there all can be served,
and distances compare.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.planning_files import InstanceError
from benchmarks.planning_run import solved
from benchmarks.report import figure
from geo.localtime import DAY_S
from geo.model import Floats
from routes.planning import Engine
from routes.planning.problem import (
    Matrix,
    Option,
    Plan,
    PlanPlace,
    PlanTeam,
    Prices,
    Problem,
    Route,
    Stop,
    StopKind,
    TimeBand,
    Together,
    WorkShift,
)
from routes.planning.schedule import price_of, value_of

__all__ = [
    "Call",
    "CareInstance",
    "Cared",
    "Patient",
    "Published",
    "care_files",
    "care_problem",
    "cared",
    "opened",
    "print_care",
    "published_plan",
    "published_problem",
    "read_care",
    "read_solution",
    "within",
]

_UNITS = 100  # of a minute
_DAY = date(2026, 3, 2)
_OFFICE = "office"
_TRAVEL_H = 1e-3  # so little that no way is worth a patient
_STEPS = 4  # in which the longest gap of a pair is offered


@dataclass(frozen=True, slots=True)
class Patient:
    """Who is to be served.

    Parameters
    ----------
    window
        When each service may begin, minutes.
    services
        One, or two by different caregivers: skill and minutes.
    gap
        How long after the first the second begins, minutes, at least and at most.
    """

    id: str
    window: tuple[float, float]
    services: tuple[tuple[str, float], ...]
    gap: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class CareInstance:
    """Patients, caregivers with their skills, and minutes between the office (row 0) and all."""

    name: str
    patients: tuple[Patient, ...]
    caregivers: Mapping[str, frozenset[str]]
    minutes: Floats


@dataclass(frozen=True, slots=True)
class Call:
    """A service of a published solution: whose, which, and when it begins, minutes."""

    patient: str
    service: str
    begins: float


def care_files(folder: Path) -> list[Path]:
    """Return the instances of a folder of reference data, by number of patients."""
    found = [path for path in folder.glob("*.json") if not path.stem.endswith(".solution")]
    return sorted(found, key=lambda path: [int(part) for part in path.stem.split("_")[1:]])


def read_care(path: Path) -> CareInstance:
    """Read an instance.

    Raises
    ------
    InstanceError
        If there is no such file, it holds something else, a patient needs more than two
        caregivers, or the table of distances has another size.
    """
    try:
        return _care(path)
    except InstanceError:
        raise
    except OSError as error:
        raise InstanceError(f"{path}: {error.strerror or 'cannot be read'}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InstanceError(f"{path}: no instance of home care") from error


def _care(path: Path) -> CareInstance:
    told = json.loads(path.read_text(encoding="utf-8"))
    patients = tuple(_patient(path, each) for each in told["patients"])
    minutes = np.array(told["distances"], dtype=np.float64)
    if minutes.shape != (len(patients) + 1,) * 2:
        raise InstanceError(f"{path}: distances are not those of the office and all patients")
    skills = {each["id"]: frozenset(each["abilities"]) for each in told["caregivers"]}
    return CareInstance(path.stem, patients, skills, minutes)


def _patient(path: Path, told: Mapping[str, Any]) -> Patient:
    services = tuple((each["service"], each["duration"]) for each in told["required_caregivers"])
    if not 1 <= len(services) <= 2:
        raise InstanceError(f"{path}: {told['id']} needs {len(services)} caregivers")
    together = told.get("synchronization", {})
    low, high = together.get("distance", (0.0, 0.0))
    opens, closes = told["time_window"]
    return Patient(told["id"], (opens, closes), services, (low, high))


def read_solution(path: Path) -> dict[str, list[Call]]:
    """Read the services of each caregiver in their order; who has none may be left out there."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return {
        route["caregiver_id"]: [
            Call(each["patient"], each["service"], each["arrival_time"])
            for each in route.get("locations", ())
        ]
        for route in told["routes"]
    }


def opened(inst: CareInstance, solution: Mapping[str, Sequence[Call]]) -> CareInstance:
    """Return an instance whose windows end no sooner than a solution serves."""
    latest: dict[str, float] = {}
    for call in (call for calls in solution.values() for call in calls):
        latest[call.patient] = max(call.begins, latest.get(call.patient, 0.0))
    patients = tuple(
        replace(p, window=(p.window[0], max(p.window[1], latest.get(p.id, 0.0))))
        for p in inst.patients
    )
    return replace(inst, patients=patients)


def within(inst: CareInstance, solution: Mapping[str, Sequence[Call]]) -> set[str]:
    """Return the patients all of whose services a solution begins within their window."""
    times: dict[str, list[float]] = {}
    for call in (call for calls in solution.values() for call in calls):
        times.setdefault(call.patient, []).append(call.begins)
    return {
        p.id
        for p in inst.patients
        if len(times.get(p.id, ())) == len(p.services)
        and all(p.window[0] <= begins <= p.window[1] for begins in times[p.id])
    }


def care_problem(inst: CareInstance) -> Problem:
    """Return the problem of serving most patients within their windows, then of least way.

    Legs are rounded up, so that a plan holds in the instance too.
    """
    options = [option for patient in inst.patients for option in _options(patient)]
    return _problem(inst, np.ceil(inst.minutes * _UNITS - 1e-6), options)


def published_problem(inst: CareInstance) -> Problem:
    """Return the problem in which a published solution, times cut down to whole units, is a plan.

    Legs are cut down too, and of a pair only the first service has a window: the second has the
    gap.
    """
    options = [_option(patient, patient.window[1], patient.gap[1]) for patient in inst.patients]
    return _problem(inst, np.floor(inst.minutes * _UNITS + 1e-6), options)


def _problem(inst: CareInstance, travel: Floats, options: Sequence[Option]) -> Problem:
    rows = (_OFFICE, *(patient.id for patient in inst.patients))
    return Problem(
        id=inst.name,
        places=tuple(PlanPlace(row, 0.0, 0.0) for row in rows),
        bands=(TimeBand("all", 0, DAY_S),),
        matrices=(Matrix("car", "all", travel, travel.copy()),),
        teams=tuple(PlanTeam(name, 2, held, "car") for name, held in inst.caregivers.items()),
        shifts=tuple(
            WorkShift(f"s-{name}", name, _DAY, 0, 2 * DAY_S, _OFFICE, _OFFICE)
            for name in inst.caregivers
        ),
        options=tuple(options),
        prices=Prices(travel_h=_TRAVEL_H),
    )


def _options(patient: Patient) -> Iterator[Option]:
    """Yield the ways to serve a patient.

    The window also ends the second service of a pair. So the longest gap is offered in steps: the
    longer it may be, the sooner the first service begins at the latest.
    """
    low, high = patient.gap
    for longest in sorted({low + (high - low) * step / _STEPS for step in range(_STEPS + 1)}):
        if patient.window[1] - longest >= patient.window[0]:
            yield _option(patient, patient.window[1] - longest, longest)


def _option(patient: Patient, closes: float, longest: float) -> Option:
    (skill, minutes), *more = patient.services
    together = None
    for other, stays in more:
        gap = round(patient.gap[0] * _UNITS), round(longest * _UNITS)
        together = Together(frozenset({other}), 2, round(stays * _UNITS), *gap)
    return Option(
        f"{patient.id}-{longest:g}",
        patient.id,
        patient.id,
        _DAY,
        round(patient.window[0] * _UNITS),
        round(closes * _UNITS),
        round(minutes * _UNITS),
        1.0,
        1.0,
        needed_skills=frozenset({skill}),
        together=together,
    )


def published_plan(
    inst: CareInstance, problem: Problem, solution: Mapping[str, Sequence[Call]]
) -> Plan:
    """Return a solution as a plan of :func:`published_problem`."""
    row_of = {place.id: row for row, place in enumerate(problem.places)}
    option_of = {option.debtor: option for option in problem.options}
    firsts = {patient.id: patient.services[0][0] for patient in inst.patients}
    travel = problem.matrices[0].travel_s
    routes = []
    for shift in problem.shifts:
        stops = tuple(
            _stop(option_of[call.patient], call, second=call.service != firsts[call.patient])
            for call in solution.get(shift.team, ())
        )
        if not stops:
            continue
        way = (0, *(row_of[stop.place] for stop in stops), 0)
        legs = [int(travel[leg]) for leg in pairwise(way)]
        begins_s, ends_s = stops[0].arrival_s - legs[0], stops[-1].departure_s + legs[-1]
        way_s = sum(legs)
        routes.append(Route(shift.id, shift.team, shift.day, begins_s, ends_s, stops, way_s, way_s))
    made = tuple(routes)
    served = value_of(made)
    return Plan(problem.id, "published", 0, 0, served, made, price=price_of(problem, made))


def _stop(option: Option, call: Call, *, second: bool) -> Stop:
    begins_s = int(call.begins * _UNITS + 1e-6)
    stays_s = option.service_s
    if second and option.together is not None and option.together.service_s is not None:
        stays_s = option.together.service_s
    return Stop(
        StopKind.VISIT,
        option.id,
        option.place,
        begins_s,
        begins_s,
        begins_s + stays_s,
        0.0 if second else option.value,
        second=second,
    )


@dataclass(frozen=True, slots=True)
class Published:
    """A published solution of an instance, and what our engine finds in windows as late as its.

    Parameters
    ----------
    in_time
        Patients whom it serves within their windows.
    late_min
        By how much it is late in all.
    way_min
        Of all caregivers.
    as_late
        Patients whom our plan serves there.
    as_late_way_min
        Of that plan.
    """

    in_time: int
    late_min: float
    way_min: float
    as_late: int
    as_late_way_min: float


@dataclass(frozen=True, slots=True)
class Cared:
    """What came of an instance: how many patients there are, and how many our plan serves."""

    patients: int
    served: int
    published: Published | None


def cared(path: Path, *, stop_s: float, seed: int) -> Cared:
    """Plan an instance, and once more beside its published solution if there is one."""
    inst = read_care(path)
    served, _ = _served(inst, stop_s=stop_s, seed=seed)
    told = path.with_name(f"{path.stem}.solution.json")
    if not told.exists():
        return Cared(len(inst.patients), served, None)
    solution = read_solution(told)
    row_of = {patient.id: row for row, patient in enumerate(inst.patients, start=1)}
    ways = [(0, *(row_of[call.patient] for call in ours), 0) for ours in solution.values()]
    closes = {patient.id: patient.window[1] for patient in inst.patients}
    late = [
        max(0.0, call.begins - closes[call.patient])
        for calls in solution.values()
        for call in calls
    ]
    as_late = _served(opened(inst, solution), stop_s=stop_s, seed=seed)
    published = Published(
        len(within(inst, solution)),
        sum(late),
        float(sum(inst.minutes[leg] for way in ways for leg in pairwise(way))),
        *as_late,
    )
    return Cared(len(inst.patients), served, published)


def _served(inst: CareInstance, *, stop_s: float, seed: int) -> tuple[int, float]:
    """Return how many patients our plan serves, and its way in minutes."""
    plan = solved(care_problem(inst), engine=Engine.ALNS, stop_s=stop_s, seed=seed)
    return round(plan.value), sum(route.travel_s for route in plan.routes) / _UNITS


def print_care(found: Iterable[Cared]) -> None:
    """Print shares over all patients, and how long our ways are beside the published ones."""
    every = list(found)
    figure("hhcrsp_served_share", sum(c.served for c in every) / _patients(every), "share")
    told = [c for c in every if c.published is not None]
    if not told:
        return
    published = [c.published for c in told if c.published is not None]
    n = _patients(told)
    as_late = sum(p.as_late for p in published)
    figure("hhcrsp_served_share_published", sum(p.in_time for p in published) / n, "share")
    figure("hhcrsp_late_published", sum(p.late_min for p in published) / n, "min")
    figure("hhcrsp_served_share_as_late", as_late / n, "share")
    ours = sum(p.as_late_way_min for p in published) / as_late
    theirs = sum(p.way_min for p in published) / n
    figure("hhcrsp_distance_over_published", ours / theirs, "ratio")


def _patients(found: Sequence[Cared]) -> int:
    return sum(each.patients for each in found)
