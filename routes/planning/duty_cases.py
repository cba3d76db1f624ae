"""Whether the case behind a duty still allows it: the debtor whom its paper names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from geo.messages import message
from routes.calendar import WorkCalendar
from routes.model import Case, Debtor, Duty, Finding, Verdict
from routes.rules import RULES, RuleProfile, check_case, check_duty_hours

__all__ = ["check_duty_case", "named_debtor"]


def named_debtor(duty: Duty, debtors: Mapping[str, Debtor]) -> Debtor | None:
    """Return the debtor whom a duty's paper names, None where none is named or stored."""
    named = None if duty.basis is None else duty.basis.debtor_id
    return None if named is None else debtors.get(named)


def check_duty_case(
    duty: Duty,
    debtors: Mapping[str, Debtor],
    cases: Mapping[str, Case],
    *,
    on: date,
    calendar: WorkCalendar,
    profile: RuleProfile,
) -> tuple[Finding, ...]:
    """Say whether the named debtor of a duty may be looked for on a day, and in its hours.

    Of one that names no debtor, but the case for which it is held, only the hours are asked: keys
    are given over after a settlement too, and nobody is looked for.

    A duty whose paper names nobody, or nobody who is stored, is blocked by
    :func:`routes.rules.check_duty`.

    Parameters
    ----------
    debtors, cases
        What the store holds now, by id.

    Returns
    -------
    findings
        Those of the case and the hours; a block ``duty:ID`` where the case is not stored.
    """
    debtor = named_debtor(duty, debtors)
    case_id = duty.case_id if debtor is None else debtor.case_id
    case = None if case_id is None else cases.get(case_id)
    hours = check_duty_hours(duty, case, calendar=calendar, profile=profile)
    if debtor is None:
        return hours
    if case is None:
        text = message("勤务文书指明的案件不在库中，不得安排；请重新导入查控点")
        citation = RULES["P5"].citation
        return (*hours, Finding("P5", Verdict.BLOCK, f"duty:{duty.id}", text, citation))
    return hours + check_case(case, debtor, (), on=on, profile=profile)
