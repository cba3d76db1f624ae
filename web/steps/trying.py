"""What if, at the terminal: variations of a stored plan's problem, or of a file's."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from geo.messages import message
from routes.planning import Deadline, MaxIterations, StopRule
from routes.planning.formats import read_problem
from routes.planning.problem import Plan, Problem
from routes.planning.what_if import (
    AsPlanned,
    Outcome,
    Variation,
    front_variations,
    outcomes,
    usual_variations,
)
from routes.planning.what_if import front as front_of
from web.config import Settings
from web.i18n import Translate, marked, translator
from web.progress import stage
from web.wiring import Court, using

__all__ = ["TRY_S", "outcome_row", "what_if_table"]

TRY_S = 3.0
"""Seconds of the search for one variation."""


def what_if_table(
    settings: Settings,
    source: str | Path | None,
    variations: Sequence[Variation],
    *,
    front: bool = False,
    iterations: int | None = None,
    stop_s: float | None = None,
    seed: int = 1,
) -> dict[str, Any]:
    """Solve variations, with a bar, and return their figures and differences to the base.

    Whoever interrupts it gets what is solved by then.

    Parameters
    ----------
    source
        A problem file, or the number of a stored action.
    variations
        Besides the problem as it is; none: what is asked most.
    front
        The front of found debtors against hours and kilometres instead.

    Raises
    ------
    WhatIfError
        If a variation names a team or station that there is not.
    """
    if isinstance(source, Path):
        problem = read_problem(source)
        plan = Plan(problem.id, "", 0, 0, 0.0, ())
    else:
        with using(Court(settings)) as court:
            _, problem, plan = court.stored_plan(source or "latest")
    asked = _asked(problem, plan, variations, front=front)
    say = translator(settings.language)
    made: list[Outcome] = []
    notes = []
    try:
        with stage(settings, marked("逐一推演")) as listener:
            for one in outcomes(problem, asked, stop=_rule(iterations, stop_s), seed=seed):
                made.append(one)
                listener(len(made), len(asked))
    except KeyboardInterrupt:
        if not made:
            raise
        stopped = message("已停止：%(done)d/%(all)d 种已推演", done=len(made), all=len(asked))
        notes.append(stopped.render(say))
    base = None if front else made[0]
    shown = front_of(made) if front else made
    return {"variations": [outcome_row(one, base, say) for one in shown], "notes": notes}


def _asked(
    problem: Problem, plan: Plan, variations: Sequence[Variation], *, front: bool
) -> tuple[Variation, ...]:
    if front:
        return front_variations(problem)
    return (AsPlanned(), *variations) if variations else usual_variations(problem, plan)


def _rule(iterations: int | None, stop_s: float | None) -> Callable[[], StopRule]:
    if iterations is not None:
        return partial(MaxIterations, iterations)
    return partial(Deadline.after, time.monotonic, TRY_S if stop_s is None else stop_s)


def outcome_row(one: Outcome, base: Outcome | None, say: Translate) -> dict[str, Any]:
    """Return the figures of a variation and, where a base is given, its differences to that."""
    row: dict[str, Any] = {
        "variation": one.variation.said().render(say),
        "expected_found": round(one.found, 2),
        "hours": round(one.out_h, 1),
        "travel_hours": round(one.travel_h, 1),
        "km": round(one.km),
        "visits": one.visits,
        "value": round(one.plan.value, 2),
        "price": round(one.plan.price, 2),
    }
    if base is not None:
        row |= {
            "more_found": round(one.found - base.found, 2),
            "more_hours": round(one.out_h - base.out_h, 1),
            "more_km": round(one.km - base.km),
            "more_visits": one.visits - base.visits,
        }
    return row
