"""How the places of a plan lie to each other, asked anew of the travel engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geo.ports import RoadTravel
from routes.calendar import WorkCalendar
from routes.planning.cutoff import cut_off_places
from routes.planning.disturbances import Roads
from routes.planning.journeys import travel_bands, travel_matrices
from routes.planning.problem import Problem

if TYPE_CHECKING:
    from geo.travel.closures import Closure

__all__ = ["roads_now"]


def roads_now(
    problem: Problem,
    travel: RoadTravel,
    *,
    calendar: WorkCalendar,
    closures: Sequence[Closure],
) -> Roads:
    """Return bands, matrices and cut-off places of a problem under these closures.

    Parameters
    ----------
    travel
        With no road closed.
    closures
        Those that nobody lifted, at whatever time they are in force.

    Raises
    ------
    CalendarError
        If the calendar does not know a day.
    """
    traffic = {day: calendar.traffic_day(day) for day in sorted({s.day for s in problem.shifts})}
    bands, conditions = travel_bands(problem.shifts, traffic, closures)
    used = {shift.team for shift in problem.shifts}
    teams = [team for team in problem.teams if team.id in used]
    matrices = travel_matrices(
        travel,
        problem.places,
        conditions,
        teams,
        stations=problem.escort_stations,
        advance=lambda: None,
    )
    cut_off = cut_off_places(
        travel, problem.places, bands, conditions, matrices, problem.shifts, teams
    )
    return Roads(bands, matrices, cut_off)
