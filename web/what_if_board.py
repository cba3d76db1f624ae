"""Variations of a plan as the what-if page asks for them and shows them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from geo.messages import Message
from routes.planning import Deadline
from routes.planning.problem import Plan, Problem
from routes.planning.what_if import Outcome, front, front_variations, outcomes, usual_variations
from web.trials import Trial

__all__ = ["TRY_S", "RowView", "Work", "rows", "work_of"]

TRY_S = 3.0
"""Seconds of the search for one variation."""


@dataclass(frozen=True, slots=True)
class Work:
    """The searches of one request, and how many they are."""

    results: Iterator[Outcome]
    total: int


@dataclass(frozen=True, slots=True)
class RowView:
    """A line of the table; differences are to the plan as it is, None in a front.

    ``number`` is the place of the variation in the order of the searches.
    """

    number: int
    title: Message
    found: float
    hours: float
    km: float
    visits: int
    price: float
    more_found: float | None
    more_hours: float | None
    more_km: float | None
    more_visits: int | None


def work_of(
    problem: Problem,
    plan: Plan,
    *,
    as_front: bool,
    clock: Callable[[], float] = time.monotonic,
    try_s: float = TRY_S,
) -> Work:
    """Return the searches for the usual variations of a plan, or for the front."""
    asked = front_variations(problem) if as_front else usual_variations(problem, plan)
    stop = partial(Deadline.after, clock, try_s)
    return Work(outcomes(problem, asked, stop=stop, seed=1), len(asked))


def rows(trial: Trial[Outcome], *, as_front: bool) -> tuple[RowView, ...]:
    """Return the lines of what was solved so far; of a front, what nothing else beats."""
    made = tuple(trial.results)
    numbers = {id(one): number for number, one in enumerate(made)}
    shown: Sequence[Outcome] = front(made) if as_front else made
    base = None if as_front or not made else made[0]
    return tuple(
        RowView(
            numbers[id(one)],
            one.variation.said(),
            one.found,
            one.out_h,
            one.km,
            one.visits,
            one.plan.price,
            None if base is None else one.found - base.found,
            None if base is None else one.out_h - base.out_h,
            None if base is None else one.km - base.km,
            None if base is None else one.visits - base.visits,
        )
        for one in shown
    )
