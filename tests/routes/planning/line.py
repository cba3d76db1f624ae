"""A court, a station and doors on one line, for what ties teams and officers together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from routes.planning import MaxIterations, solve
from routes.planning.problem import (
    Break,
    EscortMode,
    EscortSlot,
    EscortStation,
    Matrix,
    Option,
    Plan,
    PlanPlace,
    PlanTeam,
    Problem,
    TimeBand,
    WorkShift,
)
from routes.planning.validate import violations

__all__ = [
    "DAY",
    "EIGHT_S",
    "FIVE_S",
    "MINUTE_S",
    "NINE_S",
    "TEN_S",
    "at_door",
    "fetched_for",
    "line",
    "solved",
]

DAY = date(2026, 1, 5)
EIGHT_S, NINE_S, TEN_S, FIVE_S = 28800, 32400, 36000, 61200
MINUTE_S = 60
_LUNCH = Break(41400, 46800, 3600)


def line(
    *options: Option,
    teams: int = 1,
    at_m: tuple[float, ...] = (0.0, 10.0, 20.0, 40.0),
    officers: int = 1,
    profile: str = "",
    slot: tuple[int, int] = (EIGHT_S, FIVE_S),
    rests: bool = False,
    **more: object,
) -> Problem:
    """Return places on a line, so many minutes from the court; p1 is the station."""
    place_m = np.array(at_m)
    travel_s = np.abs(place_m[:, None] - place_m[None, :]) * MINUTE_S
    lunch = (_LUNCH,) if rests else ()
    problem = Problem(
        id="line",
        places=tuple(PlanPlace(f"p{k}", 118.5, 24.9) for k in range(len(at_m))),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", travel_s, travel_s * 10.0),),
        teams=tuple(PlanTeam(f"t{k}", 2, frozenset({"licence"}), "car") for k in range(teams)),
        shifts=tuple(
            WorkShift(f"s{k}", f"t{k}", DAY, EIGHT_S, FIVE_S, "p0", "p0", lunch)
            for k in range(teams)
        ),
        options=options,
        escort_stations=(EscortStation("e", "p1", (EscortSlot(DAY, *slot, officers),), profile),),
    )
    return replace(problem, **more)  # type: ignore[arg-type]


def at_door(name: str, place: str, **more: object) -> Option:
    """Return a visit of half an hour at any time of the day."""
    plain = Option(name, f"d-{name}", place, DAY, EIGHT_S, FIVE_S, 1800, 10.0, 0.5, claim=name)
    return replace(plain, **more)  # type: ignore[arg-type]


def fetched_for(name: str, place: str, **more: object) -> Option:
    """Return a visit with an officer who is fetched at the station."""
    return at_door(name, place, escort=EscortMode.PICK_UP, escort_stations=("e",), **more)


def solved(problem: Problem, iterations: int = 200) -> Plan:
    """Return a plan that the independent check accepts."""
    plan = solve(problem, stop=MaxIterations(iterations), seed=1)
    assert violations(problem, plan) == ()
    return plan
