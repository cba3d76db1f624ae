"""All plans as a list: whose day it is, where each stands, what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from data.model import Action
from geo.localtime import local_day
from routes.model import ActionId
from routes.planning.second_tries import turns
from web.services import Services

__all__ = ["PlanLine", "PlanState", "plan_lines"]


class PlanState(StrEnum):
    """Where a plan stands, as the list tells it."""

    RELEASED = "released"
    DRAFT = "draft"
    CHANGED = "changed"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One plan of the list.

    Parameters
    ----------
    days
        None once the plan is past its time of keeping: nothing of it can be opened any more.
    is_today
        Whether it is carried out today: released, and one of its days.
    """

    action: Action
    state: PlanState
    is_today: bool
    days: tuple[date, ...] | None
    visits: int = 0
    expected_found: float = 0.0


def plan_lines(services: Services, *, first: int, count: int) -> tuple[tuple[PlanLine, ...], int]:
    """Return some plans of the list, and how many there are in all.

    What is carried out today comes first, then what is released for later days, the soonest
    first; of the others the one that was made last.
    """
    store, today = services.store, local_day(services.clock())
    first_day = {one: _first_day(services, one) for one in store.released_since(today)}
    released = sorted(first_day, key=lambda one: max(first_day[one], today))
    ids = [*released, *(one for one in reversed(store.action_ids()) if one not in first_day)]
    undone = store.replans.undone()
    lines = [
        _line(
            services,
            action,
            is_today=one in first_day and first_day[one] <= today,
            undone=one in undone,
        )
        for one in ids[first : first + count]
        if (action := store.action(one)) is not None
    ]
    return tuple(lines), len(ids)


def _first_day(services: Services, action_id: ActionId) -> date:
    problem = services.store.problem(action_id)
    return date.max if problem is None else min(shift.day for shift in problem.shifts)


def _line(services: Services, action: Action, *, is_today: bool, undone: bool) -> PlanLine:
    store = services.store
    state = PlanState.RELEASED
    if undone:
        state = PlanState.UNDONE
    elif action.released_at is None:
        state = PlanState.CHANGED if store.replans.later(action.id) else PlanState.DRAFT
    problem, plan = store.problem(action.id), store.plan(action.id)
    if problem is None or plan is None:
        return PlanLine(action, state, is_today, None)
    found = turns(problem, plan)
    return PlanLine(
        action,
        state,
        is_today,
        tuple(sorted({shift.day for shift in problem.shifts})),
        visits=len(found),
        expected_found=sum(one.p_added for one in found.values()),
    )
