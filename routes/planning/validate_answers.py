"""An independent check of two plans around an answer: shares no code with their making.

Until the hour nobody knows which of both will be used, so no team may do other than in the other
plan, and nothing may begin that waits for the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from geo.messages import message
from routes.planning.problem import Awaits, Plan, Route
from routes.planning.validate_route import Violation

__all__ = ["ANSWER_CODES", "parted_early"]

ANSWER_CODES = ("other_missing", "other_needless", "before_answer", "on_a_no", "parted_early")
"""What is reported of two plans besides the faults of each."""

_Begun = tuple[str, str, str, int]


def parted_early(awaits: Awaits, standing: Plan, other: Plan) -> Iterator[Violation]:
    """Yield where two plans differ before the hour, and what begins without its answer.

    Parameters
    ----------
    standing
        The plan that holds until the answers come: without approvals, or with the support that
        alone is waited for.
    other
        The plan for the other answer.
    """
    waiting = {one.subject.partition(":")[2] for one in awaits.approvals} | set(awaits.support)
    for path, plan in (("$", standing), ("$.other", other)):
        for index, route in enumerate(plan.routes):
            for k, stop in enumerate(route.stops):
                too_early = (route.day, stop.start_s) < (awaits.day, awaits.by_s)
                if too_early and stop.ref in waiting and not stop.frozen:
                    yield Violation(
                        "before_answer",
                        f"{path}.routes[{index}].stops[{k}]",
                        message("%(id)s 在得到答复以前开始", id=stop.ref),
                    )
    if awaits.approvals:
        for index, route in enumerate(standing.routes):
            for k, stop in enumerate(route.stops):
                if stop.is_work and stop.ref in waiting and not stop.frozen:
                    yield Violation(
                        "on_a_no",
                        f"$.routes[{index}].stops[{k}]",
                        message("%(id)s 等待答复，不得列入没有取得时用的计划", id=stop.ref),
                    )
    routes = {route.shift: route for route in other.routes}
    shifts = dict.fromkeys((*(route.shift for route in standing.routes), *routes))
    first = {route.shift: route for route in standing.routes}
    may_turn = frozenset() if awaits.approvals else frozenset(awaits.support)
    for shift in shifts:
        here = _until(awaits, first.get(shift))
        there = _until(awaits, routes.get(shift))
        if not _alike(here, there, may_turn):
            yield Violation(
                "parted_early",
                "$.other",
                message("班次 %(id)s 的两份计划在得到答复以前就不同", id=shift),
            )


def _until(awaits: Awaits, route: Route | None) -> list[_Begun]:
    """Return to what a team sets out before the hour, with the second at which it does."""
    if route is None or route.day > awaits.day:
        return []
    found: list[_Begun] = []
    left_s = route.leave_s
    for stop in route.stops:
        if route.day == awaits.day and left_s >= awaits.by_s:
            break
        found.append((str(stop.kind), stop.ref, stop.place, stop.start_s))
        left_s = stop.departure_s
    return found


def _alike(here: list[_Begun], there: list[_Begun], may_turn: Collection[str]) -> bool:
    """Whether two teams set out to the same, but for a last one whose visit may be refused."""
    for k, one in enumerate(here):
        if k < len(there) and there[k] == one:
            continue
        return one[1] in may_turn and k >= len(there)
    return len(there) == len(here)
