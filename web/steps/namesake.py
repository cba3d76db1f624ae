"""Comparing records with debtors at the terminal, and the decisions of named persons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.rights import Right
from geo.localtime import local_day
from routes.model import NamesakeVerdict
from routes.namesake import Comparison, verdict_label
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.i18n import Translate, translator
from web.namesakes import FIELDS, Hit, Hits, decisions_by_number, read_hit
from web.person import Person
from web.record_files import read_fields, read_text
from web.steps.accounts import person_who_may
from web.typed_text import refuse_free_text
from web.wiring import Court, using

__all__ = ["compare_record", "decide_record", "list_decisions", "withdraw_decision"]


def compare_record(
    settings: Settings, case: str, number: int, record: Path, *, clock: Clock = system_clock
) -> dict[str, Any]:
    """Compare a record with the debtor of an address of a case; nothing of it is kept.

    Parameters
    ----------
    number
        Of the address on the case page, from 1.
    record
        JSON with texts by :data:`web.namesakes.FIELDS`.

    Returns
    -------
    dict
        ``verdict`` proposed, ``likelihood_ratio``, ``independent``, ``results`` by identifier,
        ``lines`` for people, and ``gate``: what N1 would say if the two were found the same.

    Raises
    ------
    TableError
        If the file cannot be read.
    NamesakeFormError
        If a field is wrong, or there is no such address.
    WebError, CaseNumberError
        If there is no such case.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        hits = _hits(court, case)
        of = hits.address(number)
        found = hits.compare(of, _record(record), by="cli")
        said = [each.render(say) for each in hits.said_if_same(of, found)]
        return {**_told(found, say), "gate": said}


def decide_record(
    settings: Settings,
    case: str,
    number: int,
    record: Path,
    verdict: NamesakeVerdict,
    *,
    reason_file: Path,
    person: Person,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Compare a record and keep what this person decides on it.

    Parameters
    ----------
    reason_file
        Text in UTF-8; the reason may be personal and so is no word of a command line.

    Raises
    ------
    NamesakeError
        If the address is to be the debtor's though the gate does not let it be.
    ValueRangeError
        If the reason is blank.
    TableError, NamesakeFormError, WebError, CaseNumberError
        As for :func:`compare_record`; also if the password is another, or the person may not.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        by = person_who_may(court.store, person, Right.NAMESAKE_WRITE)
        hits = _hits(court, case)
        of = hits.address(number)
        found = hits.compare(of, _record(record), by=by.id)
        reason = read_text(reason_file)
        refuse_free_text([("reason", reason)], on=local_day(clock()))
        made = hits.decide(of, found, verdict, reason=reason, by=by.id)
        return {
            **_told(found, say),
            "decided": verdict_label(made.verdict).render(say),
            "override": made.decision.override,
        }


def list_decisions(settings: Settings, case: str, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Return a case's decisions with the numbers of their addresses; no reason is among them."""
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        found = court.cases(case)[0]
        claims = court.store.claims(found.id)
        court.store.audit.append("cli", "namesake.list", f"case:{found.id}")
        return {
            "decisions": [
                {
                    "id": one.id,
                    "address": number,
                    "decided": verdict_label(one.verdict).render(say),
                    "independent": one.independent,
                    "override": one.override,
                    "outdated": one.outdated,
                    "withdrawn": one.withdrawn_at is not None,
                    "by": one.decided_by,
                    "at": one.decided_at.isoformat(timespec="minutes"),
                }
                for number, one in decisions_by_number(court.store, found.id, claims)
            ]
        }


def withdraw_decision(
    settings: Settings, case: str, decision: str, *, person: Person, clock: Clock = system_clock
) -> dict[str, Any]:
    """End a decision of a case in the name of a person.

    Raises
    ------
    StoreError
        If the case has no such decision.
    WebError, CaseNumberError
        If there is no such case, the person's password is another, or the person may not.
    """
    with using(Court(settings, clock=clock)) as court:
        by = person_who_may(court.store, person, Right.NAMESAKE_WRITE)
        found = court.cases(case)[0]
        court.store.namesake_decisions.withdraw(decision, of=found.id, by=by.id)
    return {"decision": decision, "withdrawn": True}


def _hits(court: Court, case: str) -> Hits:
    return Hits(court.store, court.profile, court.cases(case)[0])


def _record(path: Path) -> Hit:
    return read_hit(read_fields(path, FIELDS))


def _told(found: Comparison, say: Translate) -> dict[str, Any]:
    return {
        "verdict": verdict_label(found.verdict).render(say),
        "likelihood_ratio": round(found.ratio, 6),
        "independent": found.independent,
        "results": {each.value: got.value for each, got in found.results.items()},
        "lines": [each.render(say) for each in found.explain()],
    }
