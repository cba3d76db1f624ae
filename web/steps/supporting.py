"""Two plans around the answers of stations, and what a stored plan asks of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from geo.localtime import moment_at
from geo.messages import message
from routes.planning.branches import Branches
from routes.planning.problem import Plan, Problem
from routes.planning.support import Ask, requests_of
from routes.planning.support_branches import support_branches
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.formats import clock_text
from web.i18n import Translate, translator
from web.steps.branching import worth_of
from web.support_board import support_views, territories
from web.wiring import Court, using

__all__ = ["list_support", "support_branched", "support_notes"]


def support_branched(
    court: Court,
    problem: Problem,
    *,
    day: date,
    by_s: int,
    declined_id: str,
    answer: Callable[[Problem], Plan],
    confirmed: Collection[str] = frozenset(),
) -> Branches | None:
    """Return a plan with the support that it asks for, and one for when it is refused.

    Parameters
    ----------
    confirmed
        Options and duties that are promised already.

    Returns
    -------
    Branches or None
        None where the plan asks nothing of a station after the hour.

    Raises
    ------
    WebError
        If the hour is past.
    """
    if moment_at(day, by_s) <= court.clock():
        raise WebError(
            "答复时间 %(day)s %(time)s 已过，请给出以后的时间",
            day=day.isoformat(),
            time=clock_text(by_s),
        )
    at = _territories(court, problem)
    found = support_branches(
        problem,
        day=day,
        by_s=by_s,
        declined_id=declined_id,
        solve=answer,
        territory=at,
        confirmed=confirmed,
    )
    return found if _open(found, at, day, by_s) else None


def support_notes(court: Court, found: Branches, day: date, by_s: int, say: Translate) -> list[str]:
    """Return a sentence on what is asked for, and one on each plan."""
    asked = _open(found, _territories(court, found.approved.problem), day, by_s)
    time = clock_text(by_s)
    texts = (
        message(
            "请派出所协助 %(count)d 处，须在 %(time)s 前答复；共享计划时发出",
            count=len(asked),
            time=time,
        ),
        message(
            "派出所协助时用 %(id)s：走访 %(visits)d 次，预计找到 %(found)s 人",
            **worth_of(found.approved),
        ),
        message(
            "派出所不能协助时用 %(id)s：走访 %(visits)d 次，预计找到 %(found)s 人",
            **worth_of(found.unapproved),
        ),
    )
    return [text.render(say) for text in texts]


def list_support(settings: Settings, action: str, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Return what a plan asks of stations, where each request stands, and what is done on a no."""
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        action_id, problem, plan = court.stored_plan(action)
        held = court.store.action(action_id)
        assert held is not None  # it has a plan
        court.store.audit.append("cli", "support_request.list", f"action:{action_id}")
        views = support_views(court.store, court.areas, court.clock, held, problem, plan)
        return {
            "action": str(action_id),
            "requests": [
                {
                    "stop": one.ref,
                    "kind": one.kind,
                    "station": one.station,
                    "day": one.day.isoformat(),
                    "from": clock_text(one.start_s),
                    "until": clock_text(one.end_s),
                    "state": "unsent" if one.request is None else one.state.value,
                    "answer_by": None
                    if one.request is None
                    else one.request.expires_at.isoformat(),
                    "on_no": "; ".join(text.render(say) for text in one.on_no) or None,
                }
                for one in views
            ],
        }


def _territories(court: Court, problem: Problem) -> dict[str, str]:
    return territories(problem, court.areas, [each.id for each in court.store.stations()])


def _open(found: Branches, at: dict[str, str], day: date, by_s: int) -> list[Ask]:
    asks = requests_of(found.approved.problem, found.approved.plan, territory=at)
    return [one for one in asks if (one.day, one.start_s) >= (day, by_s)]
