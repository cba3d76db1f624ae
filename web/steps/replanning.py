"""Make a plan anew at the terminal after something happened, and undo that."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from geo.localtime import moment_at
from geo.messages import message
from routes.errors import CaseNumberError
from routes.planning import Deadline, MaxIterations, StopRule
from routes.planning.changes import Change, Slot
from routes.planning.disturbances import Disturbance, HomeNow, Paid, Roads
from routes.planning.formats import read_plan, read_problem, write_plan, write_problem
from routes.planning.problem import Problem
from routes.planning.replan import Replanned, replan
from routes.planning.turns import turns
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.formats import clock_text
from web.i18n import Translate, translator
from web.labels import LABELS
from web.late_leads import with_leads
from web.replanning import STOP_S, hour_of, propose, undo
from web.steps.solving import refuse_faulty
from web.wiring import Court, using

__all__ = ["replan_action", "replan_files", "undo_action"]


def _rule(iterations: int | None, stop_s: float | None) -> StopRule:
    if iterations is not None:
        return MaxIterations(iterations)
    return Deadline.after(time.monotonic, STOP_S if stop_s is None else stop_s)


def replan_action(
    settings: Settings,
    action: str,
    disturbances: Sequence[Disturbance],
    *,
    at_s: int | None = None,
    iterations: int | None = None,
    stop_s: float | None = None,
    seed: int = 1,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Make a stored plan anew and keep the answer as a draft.

    Parameters
    ----------
    at_s
        Second of the plan's day from which it is made anew; now by default.

    Raises
    ------
    ReplanError
        If the plan's days are past, or a disturbance does not fit it.
    StoreError
        If the plan was undone, or made anew already.
    """
    started_s = time.perf_counter()
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        action_id, problem, plan = court.stored_plan(action)
        at = court.clock()
        day, _ = hour_of(problem, at)
        if at_s is not None:
            at = moment_at(day, at_s)
        named = [one for each in disturbances for one in _by_case(court, problem, each)]
        problem, plan, named = with_leads(  # before the time of the search begins to run
            court, problem, plan, named, day=day, at=at, engine=lambda: court.engine
        )
        proposal = propose(
            court,
            action_id,
            problem,
            plan,
            named,
            at=at,
            engine=lambda: court.engine,
            stop=_rule(iterations, stop_s),
            seed=seed,
        )
    return {
        "action": str(proposal.action_id),
        "replaces": str(action_id),
        **_told(proposal.made, say),
        "seconds": round(time.perf_counter() - started_s, 1),
    }


def _by_case(court: Court, problem: Problem, one: Disturbance) -> tuple[Disturbance, ...]:
    """Return what a disturbance says of the debtors of a case, where it names one by its number.

    An urgent lead on a case that the problem does not know is one on all of its debtors.
    """
    if not isinstance(one, Paid | HomeNow):
        return (one,)
    known = {option.debtor for option in problem.options}
    if one.debtor in known:
        return (one,)
    try:
        cases = court.cases(one.debtor)
    except CaseNumberError:
        return (one,)
    stored = [debtor.id for case in cases for debtor in court.store.debtors(case.id)]
    found = [debtor for debtor in stored if debtor in known]
    if not found and isinstance(one, HomeNow):
        found = stored
    return tuple(replace(one, debtor=debtor) for debtor in found) or (one,)


def undo_action(settings: Settings, action: str, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Undo a plan that was made anew: the one before is the current one again.

    Raises
    ------
    StoreError
        If the plan was not made anew from another, was undone, or was itself made anew since.
    ReplanError
        If something was done since that contradicts the plan before.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        action_id, _, _ = court.stored_plan(action)
        held = undo(court, action_id, at=court.clock())
        current = court.store.action(held.replaces)
        released = current is not None and current.released_at is not None
    notes = []
    if held.was_released and not released:
        notes.append(message("计划 %(id)s 须重新发布后方可执行", id=held.replaces).render(say))
    return {
        "undone": str(action_id),
        "action": str(held.replaces),
        "released": released,
        "notes": notes,
    }


def replan_files(
    settings: Settings,
    problem_path: Path,
    plan_path: Path,
    disturbances: Sequence[Disturbance],
    *,
    at_s: int,
    day: date | None = None,
    promised: Iterable[str] = (),
    roads: Path | None = None,
    output: Path,
    problem_output: Path,
    iterations: int | None = None,
    stop_s: float | None = None,
    seed: int = 1,
) -> dict[str, Any]:
    """Make a plan of files anew, and write what is left to plan and the new plan.

    Parameters
    ----------
    day
        Of the hour; the problem's only day by default.
    roads
        A problem file of the same places, as they lie to each other from now on.

    Raises
    ------
    WebError
        If the problem has several days and none is named.
    """
    problem, plan = read_problem(problem_path), read_plan(plan_path)
    days = sorted({shift.day for shift in problem.shifts})
    if day is None:
        if len(days) != 1:
            raise WebError("问题文件有 %(count)d 天，请用 --date 指明是哪一天", count=len(days))
        day = days[0]
    made = replan(
        problem,
        plan,
        disturbances,
        now_day=day,
        now_s=at_s,
        promised=frozenset(promised),
        stop=_rule(iterations, stop_s),
        seed=seed,
        roads=None if roads is None else Roads.of(read_problem(roads), problem.places),
    )
    refuse_faulty(made.problem, made.plan)
    write_problem(made.problem, problem_output)
    write_plan(made.plan, output)
    return {"output": str(output), **_told(made, translator(settings.language))}


def _told(made: Replanned, say: Translate) -> dict[str, Any]:
    visits = turns(made.problem, made.plan).values()
    notes = [message("已承诺的停留 %(id)s 无法保留", id=ref).render(say) for ref in made.broken]
    names = {team.id: team.name or team.id for team in made.problem.teams}
    return {
        "planned_visits": len(visits),
        "expected_found": round(sum(visit.p_added for visit in visits), 2),
        "value": round(made.plan.value, 2),
        "changes": [_change(one, names, say) for one in made.changes],
        "notes": notes,
    }


def _change(one: Change, names: dict[str, str], say: Translate) -> dict[str, Any]:
    def at(slot: Slot | None) -> str | None:
        if slot is None:
            return None
        return f"{slot.day:%m-%d} {clock_text(slot.start_s)} {names.get(slot.team, slot.team)}"

    return {
        "change": LABELS["plan_change"][one.kind].render(say),
        "duty" if one.is_duty else "debtor": one.subject,
        "from": at(one.was),
        "to": at(one.now),
        "why": one.why.render(say),
        "others": list(one.others),
    }
