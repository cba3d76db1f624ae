"""A problem with further places; the roads between those that it has are not asked for again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from geo.localtime import DAY_S
from geo.model import Floats
from geo.ports import RoadTravel
from routes.calendar import WorkCalendar
from routes.planning.journeys import Conditions, conditions_at
from routes.planning.problem import PlanPlace, Problem

if TYPE_CHECKING:
    from geo.travel.closures import Closure

__all__ = ["with_places"]


def with_places(
    problem: Problem,
    fresh: Sequence[PlanPlace],
    travel: RoadTravel,
    *,
    calendar: WorkCalendar,
    closures: Sequence[Closure],
) -> Problem:
    """Return a problem that has these places besides, under the closures that stand now.

    Parameters
    ----------
    fresh
        None of the problem's own.
    travel
        With no road closed.

    Raises
    ------
    CalendarError
        If the calendar does not know a day.
    """
    if not fresh:
        return problem
    old, new = _lonlat(problem.places), _lonlat(fresh)
    both = np.concatenate([old, new])
    conditions = dict(_conditions(problem, calendar, closures))
    matrices = []
    for matrix in problem.matrices:
        held = conditions[matrix.band]
        engine = travel.with_closures(held.closures) if held.closures else travel
        there, back = (
            engine.matrix(begins, ends, profile=matrix.profile, band=held.band, day=held.day)
            for begins, ends in ((old, new), (new, both))
        )
        matrices.append(
            replace(
                matrix,
                travel_s=_grown(matrix.travel_s, np.ceil(there.travel_s), np.ceil(back.travel_s)),
                length_m=_grown(matrix.length_m, np.round(there.length_m), np.round(back.length_m)),
            )
        )
    return replace(problem, places=(*problem.places, *fresh), matrices=tuple(matrices))


def _lonlat(places: Sequence[PlanPlace]) -> Floats:
    return np.array([(p.lon, p.lat) for p in places], dtype=np.float64).reshape(-1, 2)


def _grown(known: Floats, there: Floats, back: Floats) -> Floats:
    grown = np.vstack([np.hstack([known, there]), back])
    np.fill_diagonal(grown, 0.0)
    return grown


def _conditions(
    problem: Problem, calendar: WorkCalendar, closures: Sequence[Closure]
) -> Iterator[tuple[str, Conditions]]:
    """Yield under what conditions the bands of each name are driven, the hours of shifts last."""
    first_s = min(shift.start_s for shift in problem.shifts)
    last_s = max(shift.end_s + shift.overtime_s for shift in problem.shifts) - 1
    some_day = min(shift.day for shift in problem.shifts)

    def is_driven(start_s: int, end_s: int) -> bool:
        return start_s <= last_s and first_s < end_s

    for band in sorted(problem.bands, key=lambda one: is_driven(one.start_s, one.end_s)):
        day, at_s = band.day or some_day, band.start_s
        if is_driven(band.start_s, band.end_s):
            at_s = max(at_s, first_s)
        traffic = calendar.traffic_day(day)
        yield (
            band.name,
            conditions_at(day, min(at_s, DAY_S - 1), traffic=traffic, closures=closures),
        )
