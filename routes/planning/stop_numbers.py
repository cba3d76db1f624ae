"""The number of each stop of a route, the same on every page, paper and file."""

from __future__ import annotations

from routes.planning.problem import Route

__all__ = ["stop_numbers"]


def stop_numbers(route: Route) -> tuple[int | None, ...]:
    """Return a number for each stop, in order: visits and duties count from 1.

    Rests, and stops at which an officer is fetched, have none: something is done at the next.
    """
    numbers: list[int | None] = []
    count = 0
    for stop in route.stops:
        count += stop.is_work
        numbers.append(count if stop.is_work else None)
    return tuple(numbers)
