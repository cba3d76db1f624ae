"""The numbers of stops."""

from __future__ import annotations

from datetime import date

from routes.planning.problem import Route, Stop, StopKind
from routes.planning.stop_numbers import stop_numbers


def test_visits_and_duties_alone_are_counted() -> None:
    kinds = [StopKind.PICK_UP, StopKind.VISIT, StopKind.BREAK, StopKind.DUTY, StopKind.VISIT]
    stops = tuple(Stop(kind, "r", "p", 0, 0, 0) for kind in kinds)
    route = Route("s", "t", date(2026, 1, 5), 0, 0, stops, 0, 0)
    assert stop_numbers(route) == (None, 1, None, 2, 3)
