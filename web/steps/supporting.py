"""Two plans around the answers of stations, and what a stored plan asks of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from geo.localtime import moment_at
from geo.messages import message
from routes.model import DutyKind
from routes.planning.branches import Branches
from routes.planning.problem import EscortMode, Plan, Problem
from routes.planning.support import Ask, requests_of, support_finding
from routes.planning.support_branches import support_branches
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.formats import clock_text
from web.i18n import Translate, marked, translator
from web.property_checks import check_views
from web.steps.branching import Unsigned, worth_of
from web.support_board import support_views, territories
from web.wiring import Court, using

__all__ = [
    "answer_notes",
    "asked_stops",
    "list_support",
    "open_asks",
    "support_branched",
    "support_notes",
]


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
    found = support_branches(
        problem,
        day=day,
        by_s=by_s,
        declined_id=declined_id,
        solve=answer,
        territory=_territories(court, problem),
        confirmed=confirmed,
    )
    return found if open_asks(court, found, day, by_s) else None


def asked_stops(court: Court, problem: Problem, confirmed: Collection[str]) -> Unsigned:
    """Return the options and duties for which a station would be asked.

    Parameters
    ----------
    confirmed
        Those that are promised already.
    """
    known = {station.id for station in problem.escort_stations}
    at = _territories(court, problem)
    why = message("派出所未确认协助")
    return Unsigned(
        {
            one.id: support_finding(f"visit:{one.id}", why)
            for one in problem.options
            if one.escort is not EscortMode.NONE
            and one.id not in confirmed
            and not known.isdisjoint(one.escort_stations)
        },
        {
            one.id: support_finding(f"duty:{one.id}", why)
            for one in problem.duties
            if one.kind == DutyKind.CHECKPOINT and one.id not in confirmed and one.place in at
        },
    )


def support_notes(court: Court, found: Branches, day: date, by_s: int, say: Translate) -> list[str]:
    """Return a sentence on what is asked for, and one on each plan."""
    return _notes(
        court,
        found,
        day,
        by_s,
        say,
        asked=marked("请派出所协助 %(count)d 处，须在 %(time)s 前答复；共享计划时发出"),
        approved=marked("派出所协助时用 %(id)s：走访 %(visits)d 次，预计找到 %(found)s 人"),
        unapproved=marked("派出所不能协助时用 %(id)s：走访 %(visits)d 次，预计找到 %(found)s 人"),
    )


def answer_notes(court: Court, found: Branches, day: date, by_s: int, say: Translate) -> list[str]:
    """Return sentences on two plans around signatures and answers of stations at once."""
    return _notes(
        court,
        found,
        day,
        by_s,
        say,
        asked=marked("有待签批的停留，并请派出所协助 %(count)d 处，均须在 %(time)s 前得到结果"),
        approved=marked("签批、协助都取得时用 %(id)s：走访 %(visits)d 次，预计找到 %(found)s 人"),
        unapproved=marked(
            "签批或协助没有取得时用 %(id)s：走访 %(visits)d 次，预计找到 %(found)s 人"
        ),
    )


def _notes(
    court: Court,
    found: Branches,
    day: date,
    by_s: int,
    say: Translate,
    *,
    asked: str,
    approved: str,
    unapproved: str,
) -> list[str]:
    count = len(open_asks(court, found, day, by_s))
    texts = (
        message(asked, count=count, time=clock_text(by_s)),
        message(approved, **worth_of(found.approved)),
        message(unapproved, **worth_of(found.unapproved)),
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
        checks = check_views(court.store, court.clock(), action_id, problem)
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
            "property_checks": [
                {
                    "stop": one.request.ref,
                    "station": one.station,
                    "from": one.request.hours[0].isoformat(),
                    "until": one.request.hours[1].isoformat(),
                    "state": one.request.state.value,
                    "answer_by": one.request.expires_at.isoformat(),
                    "answered_on": one.answered_on and one.answered_on.isoformat(),
                }
                for one in checks
            ],
        }


def _territories(court: Court, problem: Problem) -> dict[str, str]:
    return territories(problem, court.areas, [each.id for each in court.store.stations()])


def open_asks(court: Court, found: Branches, day: date, by_s: int) -> list[Ask]:
    """Return what the plan with the support asks of stations after the hour."""
    problem, plan = found.approved.problem, found.approved.plan
    asks = requests_of(problem, plan, territory=_territories(court, problem))
    return [one for one in asks if (one.day, one.start_s) >= (day, by_s)]
