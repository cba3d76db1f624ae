"""Floors for what partners were promised: to leave it out costs more than all else is worth."""

from __future__ import annotations

import math

from routes.planning.problem import Floor, Problem

__all__ = ["is_promise", "more_than_all", "promise_floor"]

_PROMISE = "promise:"


def more_than_all(problem: Problem) -> float:
    """Return a price above what the options and floors of a problem may be worth together."""
    options = math.fsum(option.value for option in problem.options)
    return 1.0 + options + math.fsum(floor.least * floor.price for floor in problem.floors)


def promise_floor(name: str, debtor: str, price: float, label: str = "") -> Floor:
    """Return the floor of one debtor who must be visited; ``name`` tells it from others."""
    return Floor(f"{_PROMISE}{name}", frozenset({debtor}), 1, price, label)


def is_promise(floor: Floor) -> bool:
    """Return whether a floor stands for a promise, not for fairness."""
    return floor.id.startswith(_PROMISE)
