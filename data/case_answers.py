"""What people answered of a case before a visit: asked and found, asked and not, or not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from data.cases import put_all, read_cases, read_debtors
from data.errors import StoreError
from data.work import Work
from routes.model import CaseId, DebtorId, Situation

__all__ = ["CaseAnswers", "keep_answers"]


@dataclass(frozen=True, slots=True)
class CaseAnswers:
    """Answers as :class:`routes.model.Case` and ``Debtor`` have them; None is "not asked"."""

    major_matter: bool | None
    objection_pending: bool | None
    vulnerable: tuple[str, ...] | None
    situations: Mapping[DebtorId, Situation | None]


def keep_answers(work: Work, case_id: CaseId, answers: CaseAnswers, *, by: str) -> tuple[str, ...]:
    """Keep answers of a case and return the names of those that are new.

    Of which was answered an audit entry tells, and never what.

    Raises
    ------
    StoreError
        If the case is not stored.
    """
    held = next(iter(read_cases(work.connection, case_id)), None)
    if held is None:
        raise StoreError("案件 %(id)s 不在库中；请刷新页面后核对", id=case_id)
    case = replace(
        held,
        major_matter=answers.major_matter,
        objection_pending=answers.objection_pending,
        vulnerable=answers.vulnerable,
    )
    debtors = read_debtors(work.connection, case_id)
    asked = [
        replace(one, situation=answers.situations.get(one.id, one.situation)) for one in debtors
    ]
    changed = [
        name
        for name in ("major_matter", "objection_pending", "vulnerable")
        if getattr(held, name) != getattr(case, name)
    ]
    if asked != list(debtors):
        changed.append("situation")
    if changed:
        put_all(work, (case,), asked)
        work.record(by, "case.answer", f"case:{case_id}", dict.fromkeys(changed, True))
    return tuple(changed)
