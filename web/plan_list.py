"""All plans as a list: whose day it is, where each stands, what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from data.model import Action, PlanBrief
from geo.localtime import local_day
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
    is_today
        Whether it is carried out today: released, and one of its days.
    brief
        None once the plan is past its time of keeping: nothing of it can be opened any more.
    """

    action: Action
    state: PlanState
    is_today: bool
    brief: PlanBrief | None


def plan_lines(services: Services, *, first: int, count: int) -> tuple[tuple[PlanLine, ...], int]:
    """Return some plans of the list, and how many there are in all.

    What is carried out today comes first, then what is released for later days, the soonest
    first; of the others the one that was made last.
    """
    store, today = services.store, local_day(services.clock())
    running = store.plan_briefs(store.released_since(today))
    first_day = {one: min(brief.days) for one, brief in running.items()}
    released = sorted(first_day, key=lambda one: max(first_day[one], today))
    ids = [*released, *(one for one in reversed(store.action_ids()) if one not in first_day)]
    undone, shown = store.replans.undone(), ids[first : first + count]
    briefs = store.plan_briefs(shown)
    lines = [
        PlanLine(
            action,
            _state(services, action, undone=one in undone),
            one in first_day and first_day[one] <= today,
            briefs.get(one),
        )
        for one in shown
        if (action := store.action(one)) is not None
    ]
    return tuple(lines), len(ids)


def _state(services: Services, action: Action, *, undone: bool) -> PlanState:
    if undone:
        return PlanState.UNDONE
    if action.released_at is not None:
        return PlanState.RELEASED
    return PlanState.CHANGED if services.store.replans.later(action.id) else PlanState.DRAFT
