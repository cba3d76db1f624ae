"""Why a plan holds a visit or leaves a debtor out, at the terminal."""

from __future__ import annotations

from typing import Any

from routes.errors import CaseNumberError
from routes.planning.problem import Plan, Problem
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import translator
from web.reason_sources import case_numbers, lawful_changes
from web.reasons import not_planned, planned
from web.steps.solving import is_planned
from web.wiring import Court, using

__all__ = ["why_action"]


def why_action(
    settings: Settings, action: str, *, debtor: str, visit: str, clock: Clock = system_clock
) -> dict[str, Any]:
    """Explain a stored plan; ``debtor`` may be a case number, of whose debtors one is left out.

    Raises
    ------
    WebError
        If there is no such action.
    PlanError
        If the plan does not hold, or does not leave out, what is asked about.
    """
    said = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        action_id, problem, plan = court.stored_plan(action)
        option = case_numbers(court, problem)
        ref = visit or _left_out(court, problem, plan, debtor)
        if visit and is_planned(plan, visit):
            told = planned(problem, plan, visit, say=lambda text: text.render(said), option=option)
        else:
            told = not_planned(
                problem, plan, ref, say=lambda text: text.render(said), option=option
            )
            told["fixes"] = lawful_changes(
                court, problem, plan, ref, say=lambda text: text.render(said)
            )
        court.store.audit.append("cli", "plan.why", f"action:{action_id}")
    return told


def _left_out(court: Court, problem: Problem, plan: Plan, debtor: str) -> str:
    """Return the debtor who is meant: by id, or the first left out of the case of a number."""
    listed = [one.ref for one in plan.unassigned]
    if debtor in listed or any(one.debtor == debtor for one in problem.options):
        return debtor
    try:
        cases = court.cases(debtor)
    except (CaseNumberError, WebError):
        return debtor
    owned = [d.id for case in cases for d in court.store.debtors(case.id)]
    return next((str(one) for one in owned if one in listed), debtor)
