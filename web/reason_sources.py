"""What an answer takes from the store: the cheapest lawful fix, and names without persons."""

from __future__ import annotations

from collections.abc import Callable

from geo.messages import Message
from routes.model import ClaimId, DebtorId, VisitBand
from routes.planning.concerned import debtors_of
from routes.planning.problem import Plan, Problem, UnassignedReason
from routes.planning.why import Named
from web.case_records import LocatingSources, locate_records, read_records
from web.lawful import smallest_changes
from web.step_records import RuleSources

__all__ = ["case_numbers", "chance_of", "lawful_changes"]


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
    people = sources.store.people([debtor])
    owner = people.debtors.get(DebtorId(debtor))
    if listed is None or listed.reason is not UnassignedReason.BLOCKED or owner is None:
        return []
    case, claims = people.case_of(debtor), [*people.claims.values()]
    day = min(shift.day for shift in problem.shifts) if problem.shifts else None
    if case is None or day is None:
        return []
    found = smallest_changes(sources, case, [owner], claims, on=day)
    return list(dict.fromkeys(one.told(say) for one in found))


def chance_of(
    sources: LocatingSources, problem: Problem, visit: str, *, say: Callable[[Message], str]
) -> list[str]:
    """Return how likely a planned visit finds the debtor, and why, by what is stored now.

    Nothing for an option whose address is stored no more, or that has no band.
    """
    option = next((one for one in problem.options if one.id == visit), None)
    if option is None or not option.band:
        return []
    case = sources.store.people([option.debtor]).case_of(option.debtor)
    if case is None:
        return []
    located = locate_records(sources, read_records(sources.store, case.id))
    estimate = located.claims.get(ClaimId(option.claim))
    if estimate is None:
        return []
    told = estimate.explain_visits(option.day, [VisitBand(option.band)])
    return [say(line) for line in told]


def case_numbers(sources: RuleSources, problem: Problem) -> Named:
    """Return what names options by the numbers of their cases, duties by their labels."""
    cases = sources.store.case_names(debtors_of(problem))
    owners: dict[str, str] = {debtor: str(case.number) for debtor, case in cases.items()}
    names = {one.id: owners.get(one.debtor, one.debtor) for one in problem.options}
    names |= {duty.id: duty.label or duty.id for duty in problem.duties}
    return lambda ref: names.get(ref, ref)
