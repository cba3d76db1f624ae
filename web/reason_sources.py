"""What an answer takes from the store: the cheapest lawful fix, and names without persons."""

from __future__ import annotations

from collections.abc import Callable

from geo.messages import Message
from routes.model import CaseId, DebtorId
from routes.planning.problem import Plan, Problem, UnassignedReason
from routes.planning.why import Named
from web.lawful import smallest_changes
from web.step_records import RuleSources

__all__ = ["case_numbers", "lawful_changes"]


def lawful_changes(
    sources: RuleSources,
    problem: Problem,
    plan: Plan,
    debtor: str,
    *,
    say: Callable[[Message], str],
) -> list[str]:
    """Return the smallest change that makes a visit of a blocked debtor lawful, by address.

    On the first day of the plan, by what is stored now. Nothing for who is not blocked.
    """
    listed = next((one for one in plan.unassigned if one.ref == debtor), None)
    owner = next((d for d in sources.store.debtors() if d.id == DebtorId(debtor)), None)
    if listed is None or listed.reason is not UnassignedReason.BLOCKED or owner is None:
        return []
    case = next((one for one in sources.store.cases() if one.id == owner.case_id), None)
    claims = [
        one for one in sources.store.claims(CaseId(owner.case_id)) if one.debtor_id == owner.id
    ]
    day = min(shift.day for shift in problem.shifts) if problem.shifts else None
    if case is None or day is None:
        return []
    found = smallest_changes(sources, case, [owner], claims, on=day)
    return list(dict.fromkeys(one.told(say) for one in found))


def case_numbers(sources: RuleSources, problem: Problem) -> Named:
    """Return what names options by the numbers of their cases, duties by their labels."""
    cases = {case.id: str(case.number) for case in sources.store.cases()}
    owners = {str(d.id): cases.get(d.case_id, "") for d in sources.store.debtors()}
    names = {one.id: owners.get(one.debtor) or one.debtor for one in problem.options}
    names |= {duty.id: duty.label or duty.id for duty in problem.duties}
    return lambda ref: names.get(ref, ref)
