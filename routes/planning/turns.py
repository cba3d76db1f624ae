"""Which of a debtor's visits in a plan each one is, and what it adds to the earlier ones."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from routes.planning.problem import Plan, Problem, StopKind

__all__ = ["Turn", "turns"]


@dataclass(frozen=True, slots=True)
class Turn:
    """Which of a debtor's visits in a plan one is, counted from 1, and what it adds.

    ``p_added`` is the probability that this visit is the first to find the debtor.
    """

    number: int
    p_added: float


def turns(problem: Problem, plan: Plan) -> dict[str, Turn]:
    """Return the turn of each planned visit, by option id; visits of a debtor in time order.

    A visit that two teams make together is one.
    """
    options = {option.id: option for option in problem.options}
    p_found = {frozenset(one.options): one.p_found for one in problem.sets}
    visits = sorted(
        (route.day, stop.start_s, stop.ref)
        for route in plan.routes
        for stop in route.stops
        if stop.kind is StopKind.VISIT and stop.ref in options
    )
    found: dict[str, Turn] = {}
    made: defaultdict[str, list[str]] = defaultdict(list)
    reached: defaultdict[str, float] = defaultdict(float)
    for _, _, ref in visits:
        if ref in found:
            continue
        option = options[ref]
        refs = made[option.debtor]
        refs.append(ref)
        after = p_found.get(frozenset(refs), max(option.p_found, reached[option.debtor]))
        found[ref] = Turn(len(refs), after - reached[option.debtor])
        reached[option.debtor] = after
    return found
