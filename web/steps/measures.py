"""Steps of enforcement at the terminal: what a kind needs, how steps stand, what rules say."""

from __future__ import annotations

from typing import Any

from data.measures import KeptStep
from geo.messages import Message
from routes.measures import Measure, MeasureKind, StepId
from routes.model import CaseId, DebtorId, DebtorKind, Verdict
from routes.needs import measure_needs
from routes.ports import Clock
from routes.step_files import StepFile, running_clocks
from web.clock import system_clock
from web.config import Settings
from web.formats import moment_text
from web.i18n import Translate, translator
from web.labels import LABELS
from web.measure_board import time_left
from web.step_records import read_files
from web.step_standing import is_barred, standing
from web.wiring import Court, using

__all__ = ["check_steps", "list_steps", "step_needs"]


def step_needs(
    settings: Settings, kind: str, *, company: bool = False, vulnerable: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the papers, people, arrangements and minutes that a kind of step needs.

    Parameters
    ----------
    kind
        A value of :class:`routes.measures.MeasureKind`.
    company
        Whether the debtor is one.
    vulnerable
        Codes of :class:`routes.model.Case`.
    """
    say = translator(settings.language)
    step = Measure(StepId("-"), MeasureKind(kind), CaseId("-"), DebtorId("-"))
    debtor = DebtorKind.COMPANY if company else DebtorKind.PERSON
    needs = measure_needs(step, debtor, vulnerable=vulnerable)
    documents = {}
    for paper, office in needs.documents:
        documents[paper.label.render(say)] = None if office is None else office.label.render(say)
    return {
        "kind": _word("measure_kind", kind, say),
        "documents": documents,
        "officers": needs.officers,
        "recorders": needs.recorders,
        "skills": [_word("skill", each, say) for each in sorted(needs.skills)],
        "attendees": [each.label.render(say) for each in sorted(needs.attendees)],
        "arrangements": [each.label.render(say) for each in sorted(needs.arrangements)],
        "minutes": needs.service_s // 60,
    }


def list_steps(
    settings: Settings, number: str | None = None, *, clock: Clock = system_clock
) -> dict[str, Any]:
    """Return the steps of a case, or of all, with their limits; withdrawn ones left out.

    A scheduled one that a rule forbids by now is listed with what forbids it, ``blocked``.

    Raises
    ------
    WebError
        If there is no such case.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        numbers = {case.id: str(case.number) for case in court.store.cases()}
        rows = [
            {
                "blocked": _blocked(court, kept, file, say),
                "step": kept.step.id,
                "case": numbers[kept.step.case_id],
                "kind": _word("measure_kind", kept.step.kind, say),
                "state": _word("step_state", kept.state, say),
                "starts_at": None if kept.starts_at is None else moment_text(kept.starts_at),
                "clocks": [
                    {
                        "rule": one.rule,
                        "text": one.label.render(say),
                        "due_at": moment_text(one.due_at),
                        "left": time_left(one, clock()).render(say),
                    }
                    for one in running_clocks(
                        file, now=clock(), calendar=court.calendar, profile=court.profile
                    )
                ],
            }
            for kept, file in _steps(court, number)
        ]
        court.store.audit.append("cli", "step.list", "store:-", {"steps": len(rows)})
    return {"steps": rows}


def check_steps(
    settings: Settings, number: str | None = None, *, clock: Clock = system_clock
) -> dict[str, Any]:
    """Return what the rules say of the open steps of a case, or of all.

    Returns
    -------
    dict
        ``checked`` steps, ``forbidden`` of them, and ``findings``: step, case number, subject,
        rule, verdict, text with the cure, citation, and whether it waits for a signature.

    Raises
    ------
    WebError
        If there is no such case.
    """
    say = translator(settings.language)
    found: list[dict[str, Any]] = []
    checked = forbidden = 0
    with using(Court(settings, clock=clock)) as court:
        numbers = {case.id: str(case.number) for case in court.store.cases()}
        for kept, file in _steps(court, number):
            if not kept.open:
                continue
            now = standing(court, kept, file=file)
            waiting = {one.digest for one in now.waiting}
            checked += 1
            forbidden += bool(now.blocks)
            found += [
                {
                    "step": kept.step.id,
                    "case": numbers[kept.step.case_id],
                    "subject": one.subject,
                    "rule": one.rule,
                    "verdict": LABELS["verdict"][one.verdict].render(say),
                    "text": one.message.render(say),
                    "citation": one.citation,
                    "waits": one.verdict is Verdict.SIGN_OFF and one.digest in waiting,
                }
                for one in now.findings
            ]
        court.store.audit.append("cli", "step.check", "store:-", {"steps": checked})
    return {"checked": checked, "forbidden": forbidden, "findings": found}


def _steps(court: Court, number: str | None) -> tuple[tuple[KeptStep, StepFile], ...]:
    return read_files(court, *(() if number is None else (court.cases(number)[0].id,)))


def _blocked(court: Court, kept: KeptStep, file: StepFile, say: Translate) -> list[str]:
    now = standing(court, kept, file=file) if kept.open else None
    if now is None or not is_barred(court, now, kept):
        return []
    return [f"{one.rule} {one.message.render(say)}" for one in now.blocks]


def _word(vocabulary: str, code: str, say: Translate) -> str:
    found: Message | None = LABELS[vocabulary].get(str(code))
    return str(code) if found is None else found.render(say)
