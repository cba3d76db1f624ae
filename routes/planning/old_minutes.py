"""A plan made anew at the minutes of the one before, wherever that makes it no worse.

A search begins each stop as soon as it can, so that one that falls away moves all that follow. Who
was told another minute is better served by a team that waits, or sets out later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from routes.planning.at_hand import AtHand
from routes.planning.problem import Plan, Problem, StopKind
from routes.planning.terms import Terms
from routes.planning.timetable import Item
from routes.planning.validate import violations

__all__ = ["at_old_minutes"]

_DIGITS = 9  # of what one plan is worth more than another

_Minutes = Mapping[tuple[str, str], int]


def at_old_minutes(problem: Problem, plan: Plan, before: Plan, *, held: Set[str]) -> Plan:
    """Return a plan whose stops begin as near to their old minutes as their routes let them.

    Parameters
    ----------
    problem, plan
        The new plan and what it answers.
    before
        The plan that holds until now.
    held
        Options and duties that stay at their minute of the new plan.

    Returns
    -------
    Plan
        The same stops of the same teams; those of the plan before in the order of then, where
        that costs less, or moves them less on no longer a way. A route stays as it is where its old
        minutes would cost more, as in waits or overtime, than they save in prices of changes.
    """
    was_s = {
        (route.shift, stop.ref): stop.start_s
        for route in before.routes
        for stop in route.stops
        if stop.is_work
    }
    at_hand = AtHand(Terms.of(problem, ()), plan, minutes=frozenset(held))
    for shift in problem.shifts:
        lane = at_hand.lane(shift.id)
        for items in _wishing(lane.items, shift.id, was_s):
            wished = lane.of_items(items)
            if wished.holds:
                tried = at_hand.with_routes({shift.id: wished.route()})
                if _beats(tried, at_hand.plan, was_s, in_order=_refs(items) == _refs(lane.items)):
                    at_hand = at_hand.with_plan(tried, at_hand.minutes)
    return plan if violations(problem, at_hand.plan) else at_hand.plan


def _beats(plan: Plan, other: Plan, was_s: _Minutes, *, in_order: bool) -> bool:
    """Return whether a plan is worth more, or moves its stops less and drives no further.

    On the same way it drives no further, though its hours may be slower ones.
    """
    gain = round(plan.value - plan.price - other.value + other.price, _DIGITS)
    if gain or not (in_order or _travel_s(plan) <= _travel_s(other)):
        return gain > 0.0
    return _moved_s(plan, was_s) < _moved_s(other, was_s)


def _refs(items: Sequence[Item]) -> list[str]:
    return [item.ref for item in items]


def _travel_s(plan: Plan) -> int:
    return sum(route.travel_s for route in plan.routes)


def _moved_s(plan: Plan, was_s: _Minutes) -> int:
    return sum(
        abs(stop.start_s - was_s.get((route.shift, stop.ref), stop.start_s))
        for route in plan.routes
        for stop in route.stops
        if stop.is_work
    )


def _wishing(items: Sequence[Item], shift: str, was_s: _Minutes) -> Iterator[tuple[Item, ...]]:
    """Yield the stops of a route with their old minutes, as they stand and in their old order."""
    wishes = [
        None if one.kind is StopKind.PICK_UP else was_s.get((shift, one.ref)) for one in items
    ]
    wishing = tuple(
        one if wish_s is None else replace(one, wish_s=wish_s)
        for one, wish_s in zip(items, wishes, strict=True)
    )
    if wishing == tuple(items):
        return
    yield wishing
    kept = [k for k, wish_s in enumerate(wishes) if wish_s is not None]
    ordered = sorted(kept, key=lambda k: wishing[k].wish_s)
    if ordered != kept and not any(one.bound for one in items):
        row = list(wishing)
        for k, old in zip(kept, ordered, strict=True):
            row[k] = wishing[old]
        yield tuple(row)
