"""Why this visit, why not that debtor, in words and as JSON, for the page and the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geo.messages import Message
from routes.model import CaseId, DebtorId
from routes.planning.at_hand import Entry
from routes.planning.problem import Plan, Problem, UnassignedReason
from routes.planning.why import Limit, Named, WhyVisit, why_not, why_visit
from routes.planning.why_search import Way
from web.labels import LABELS
from web.lawful import smallest_changes
from web.step_records import RuleSources

__all__ = ["case_numbers", "lawful_changes", "not_planned", "planned"]

Say = Callable[[Message], str]


def not_planned(
    problem: Problem, plan: Plan, ref: str, *, say: Say, option: Named = str
) -> dict[str, Any]:
    """Return why a debtor, a duty or an option is in no route.

    Parameters
    ----------
    option
        Names an option or a duty in the sentences.

    Returns
    -------
    dict
        ``lines`` for people; ``reason``, ``blocked`` by rules, and ``ways`` in which the visit
        would enter, the cheapest first.

    Raises
    ------
    PlanError
        If the plan breaks its problem, or does not leave out whom is asked about.
    """
    why = why_not(problem, plan, ref)
    return {
        "reason": str(why.reason),
        "label": say(LABELS["unassigned_reason"][why.reason]),
        "blocked": [
            {"rule": one.rule, "text": one.text, "citation": one.citation, "subject": one.subject}
            for one in why.blocked
        ],
        "ways": [_way(way) for way in why.ways],
        "lines": [say(one) for one in why.lines(problem, option=option, skill=_skill(say))],
    }


def planned(
    problem: Problem, plan: Plan, option_id: str, *, say: Say, option: Named = str
) -> dict[str, Any]:
    """Return why a visit is planned, and why at its minute.

    Raises
    ------
    PlanError
        If the plan breaks its problem or does not hold the visit.
    """
    why: WhyVisit = why_visit(problem, plan, option_id)
    return {
        "worth": round(why.worth, 6),
        "adds": round(why.adds, 6),
        "instead": list(why.instead),
        "other": None if why.other is None else _entry(why.other),
        "start_s": why.stop.start_s,
        "earliest": _limit(why.earliest),
        "latest": _limit(why.latest),
        "lines": [say(one) for one in why.lines(problem, option=option)],
    }


def lawful_changes(
    sources: RuleSources, problem: Problem, plan: Plan, debtor: str, *, say: Say
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


def _skill(say: Say) -> Named:
    def named(code: str) -> str:
        known = LABELS["skill"].get(code)
        return code if known is None else say(known)

    return named


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "option": entry.ref,
        "shift": entry.shift,
        "team": entry.team,
        "start_s": entry.start_s,
        "out": list(entry.out),
        "gain": round(entry.gain, 6),
        "moved_s": entry.moved_s,
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "relaxations": [
            {
                "lever": str(one.lever),
                "of": one.of,
                "size": one.size,
                "skills": sorted(one.skills),
                **({"option": one.task, "start_s": one.start_s} if one.task else {}),
            }
            for one in way.relaxations
        ],
        **_entry(way.entry),
    }


def _limit(limit: Limit) -> dict[str, Any]:
    return {"at_s": limit.at_s, "bound": str(limit.bound), "of": limit.of}
