"""What two plans must share: the stops that begin before the hour of an answer."""

from __future__ import annotations

from dataclasses import replace

from routes.planning.problem import Plan, Stop

TEN_S = 10 * 3600


def begun(plan: Plan) -> dict[str, list[Stop]]:
    """Return the stops of each shift that begin before ten, frozen or not."""
    found = {
        route.shift: [replace(stop, frozen=False) for stop in route.stops if stop.start_s < TEN_S]
        for route in plan.routes
    }
    return {shift: stops for shift, stops in found.items() if stops}
