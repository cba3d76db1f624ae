"""The form of what has to be asked before a debtor is visited."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.datastructures import MultiDict

from data.case_answers import CaseAnswers
from routes.model import Debtor, DebtorKind, Situation
from web.errors import AnswerFormError
from web.labels import labels_of

__all__ = ["NOBODY", "read_answers"]

NOBODY = "none"
"""What the form sends where somebody asked and found nobody."""

_ANSWERS = {"": None, "yes": True, "no": False}


def read_answers(form: MultiDict[str, str], debtors: Iterable[Debtor]) -> CaseAnswers:
    """Return the answers of a form; what was left open was not asked.

    Raises
    ------
    AnswerFormError
        If people are named and said not to be there, or a word is not known.
    """
    people = form.getlist("vulnerable")
    if NOBODY in people and len(people) > 1:
        raise AnswerFormError("特殊人员既选了“没有”又选了人员，未保存；请只选其一")
    if not set(people) <= {NOBODY, *labels_of("vulnerable")["vulnerable"]}:
        raise AnswerFormError("特殊人员的选项不认识，未保存；请刷新页面后重选")
    try:
        situations = {
            one.id: Situation(said) if (said := form.get(f"situation-{one.id}", "")) else None
            for one in debtors
            if one.kind is DebtorKind.PERSON
        }
        return CaseAnswers(
            major_matter=_ANSWERS[form.get("major_matter", "")],
            objection_pending=_ANSWERS[form.get("objection_pending", "")],
            vulnerable=None if not people else tuple(one for one in people if one != NOBODY),
            situations=situations,
        )
    except (KeyError, ValueError) as error:
        raise AnswerFormError("选项不认识，未保存；请刷新页面后重选") from error
