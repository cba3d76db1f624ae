"""Answers to checks at the terminal: listed, entered, taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

from geo.localtime import local_day
from routes.checks import Answer, Check
from routes.model import Case
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import translator
from web.wiring import Court, using

__all__ = ["add", "listed", "withdraw"]


def add(
    settings: Settings,
    number: str,
    address: int,
    check: str,
    answer: str,
    *,
    day: date | None,
    clock: Clock = system_clock,
) -> None:
    """Keep what was answered about an address of a case, by its number on the case page.

    Raises
    ------
    WebError
        If there is no such case or address.
    StoreError
        If the day lies in the future.
    """
    with using(Court(settings, clock=clock)) as court:
        case = _case(court, number)
        claims = court.store.claims(case.id)
        if address > len(claims):
            raise WebError(
                "案件只有 %(count)d 个地址，没有第 %(number)d 个；请按案件页的序号给出",
                count=len(claims),
                number=address,
            )
        court.store.check_answers.add(
            claims[address - 1].id,
            Check(check),
            Answer(answer),
            of=case.id,
            answered_on=day or local_day(clock()),
            by="cli",
        )


def withdraw(
    settings: Settings, number: str, answer_id: str, *, clock: Clock = system_clock
) -> None:
    """Let an answer of a case count no longer.

    Raises
    ------
    WebError, StoreError
        If there is no such case, or no such answer in it.
    """
    with using(Court(settings, clock=clock)) as court:
        court.store.check_answers.withdraw(answer_id, of=_case(court, number).id, by="cli")


def listed(settings: Settings, number: str, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Return the answers of a case, withdrawn ones too, the first entered first.

    Raises
    ------
    WebError
        If there is no such case.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        case = _case(court, number)
        numbers = {claim.id: at for at, claim in enumerate(court.store.claims(case.id), start=1)}
        kept = court.store.check_answers.of_case(case.id)
        return {
            "case": str(case.number),
            "answers": [
                {
                    "answer_id": one.told.id,
                    "address": numbers[one.told.claim_id],
                    "check": one.told.check.label.render(say),
                    "answer": one.told.answer.label.render(say),
                    "day": one.told.answered_on.isoformat(),
                    "withdrawn": one.withdrawn_at is not None,
                }
                for one in kept
            ],
        }


def _case(court: Court, number: str) -> Case:
    (case,) = court.cases(number)
    return case
