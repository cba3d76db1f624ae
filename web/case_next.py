"""What comes next in a case: the check or visit that is worth most, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from data.check_answers import KeptCheckAnswer
from geo.messages import Message, message
from routes.errors import CalendarError
from routes.locating import Located
from routes.locating.questions import NamesClaim, NextStep, Question
from routes.model import Case, ClaimId, DebtorId
from web.case_records import CaseRecords
from web.labels import say
from web.next_steps import KnownDebtors, WeighingSources

__all__ = ["AnswerView", "NextPage", "NextView", "build_next"]


@dataclass(frozen=True, slots=True)
class NextView:
    """What to do first about a debtor, and what else is worth its cost.

    ``first`` is blank where nothing is worth its cost, or a rule forbids it (``barred``).
    ``is_question`` tells a check that is to be made before a team is sent.
    """

    debtor: DebtorId
    first: str = ""
    others: tuple[str, ...] = ()
    is_question: bool = False
    barred: bool = False


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What was answered to a check of an address, by its number on the page, and who entered it."""

    number: int
    kept: KeptCheckAnswer
    by: str


@dataclass(frozen=True, slots=True)
class NextPage:
    """The next steps of a case's debtors; ``day`` is the next workday, None where none is known.

    ``answers`` are those to checks, the latest first.
    """

    day: date | None = None
    steps: tuple[NextView, ...] = ()
    answers: tuple[AnswerView, ...] = ()


def build_next(
    sources: WeighingSources,
    case: Case,
    records: CaseRecords,
    located: Located,
    numbers: Mapping[ClaimId, int],
) -> NextPage:
    """Weigh what may lawfully be asked or tried on the next workday.

    Parameters
    ----------
    records, located
        Of the case.
    numbers
        Of the case's address claims on the page.
    """
    accounts = sources.store.accounts
    answers = tuple(
        AnswerView(
            numbers[one.told.claim_id],
            one,
            one.entered_by if (who := accounts.get(one.entered_by)) is None else who.display_name,
        )
        for one in reversed(sources.store.check_answers.of_case(case.id))
    )
    try:
        known = KnownDebtors(sources, (case,), records)
    except CalendarError:
        return NextPage(answers=answers)

    def named(claim: ClaimId) -> Message:
        return message("地址 %(number)d", number=numbers[claim])

    weighed = tuple(_view(step, named) for step in known.steps(located))
    barred = tuple(NextView(debtor, barred=True) for debtor in sorted(known.barred))
    return NextPage(known.day, weighed + barred, answers)


def _view(step: NextStep, named: NamesClaim) -> NextView:
    first = step.first
    if first is None:
        return NextView(step.debtor_id)
    return NextView(
        step.debtor_id,
        say(first.explain(named)),
        tuple(say(each.explain(named)) for each in step.others),
        is_question=isinstance(first, Question),
    )
