"""Data protection at the terminal: the register, what is given out, what is deleted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import shapely

from data.audited_files import audited_paths
from data.retention import purge
from data.rights import Right
from data.store import Store
from geo.localtime import local_day
from geo.model import AreaKind
from routes.model import Case, Finding, Verdict
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import ProtectionRefusedError
from web.i18n import Translate, translator
from web.labels import LABELS
from web.person import Person
from web.protection import (
    LINE_FIELDS,
    audit_findings,
    enter_line,
    public_map_findings,
    visit_history_findings,
)
from web.record_files import read_fields
from web.steps.accounts import person_who_may
from web.typed_text import refuse_free_text
from web.wiring import Court, using

__all__ = [
    "add_line",
    "disclose",
    "end_line",
    "purge_expired",
    "show_register",
    "write_public_map",
]

_FEWEST = 5
"""Visits of a township below which no number is published: a few could be told apart."""


def show_register(settings: Settings, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Return what the rules ask of the data now, and the lines of the register without notes."""
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        store, today = court.store, local_day(clock())
        said = (*visit_history_findings(store, on=today), *audit_findings(store))
        entries = store.register.entries()
        store.audit.append("cli", "register.read", "store:-", {"lines": len(entries)})
        return {
            "findings": _told(said, say),
            "lines": [
                {
                    "id": one.id,
                    "kind": one.kind.value,
                    "code": one.code,
                    "document": one.document,
                    "on": one.on.isoformat(),
                    "ended": one.ended_at is not None,
                }
                for one in entries
            ],
        }


def add_line(
    settings: Settings, kind: str, record: Path, *, person: Person, clock: Clock = system_clock
) -> dict[str, Any]:
    """Enter a line; see :func:`web.protection.enter_line`. ``record`` is JSON of its fields."""
    fields = read_fields(record, LINE_FIELDS)
    refuse_free_text(fields.items(), on=local_day(clock()), of_data=True)
    with using(Court(settings, clock=clock)) as court:
        by = person_who_may(court.store, person, Right.PROTECTION_WRITE)
        return {"record": enter_line(court.store, kind, fields, by=by.id), "kind": kind}


def end_line(
    settings: Settings, line: str, *, person: Person, clock: Clock = system_clock
) -> dict[str, Any]:
    """End a line in the name of a person; it is kept."""
    with using(Court(settings, clock=clock)) as court:
        by = person_who_may(court.store, person, Right.PROTECTION_WRITE)
        court.store.register.end(line, by=by.id)
    return {"record": line, "ended": True}


def disclose(
    settings: Settings,
    purpose: str,
    case: str,
    output: Path,
    *,
    person: Person,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Write what an office may see of a case; never a name, number or address.

    Parameters
    ----------
    purpose
        ``prosecutor`` (民事诉讼法 article 246) and ``compensation`` get the visits, the
        signatures and the audited acts, ``openness`` only the case's course and the number of
        visits.

    Raises
    ------
    ProtectionRefusedError
        If visits would be given out without an impact assessment, or the log does not verify.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        store, today = court.store, local_day(clock())
        by = person_who_may(store, person, Right.PROTECTION_WRITE)
        found = court.cases(case)[0]
        whole = purpose != "openness"
        said = (
            *(visit_history_findings(store, on=today) if whole else ()),
            *audit_findings(store, whole=True),
        )
        _refuse(said)
        content = _course(store, found)
        if whole:
            content |= _acts(store, found)
        content |= {
            "purpose": purpose,
            "made_at": clock().isoformat(),
            "findings": _told(said, say),
        }
        with audited_paths(
            store.audit,
            output,
            by=by.id,
            act="case.disclose",
            subject=f"case:{found.id}",
            detail={"purpose": purpose},
        ) as (staged,):
            staged.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return {"output": str(output), "purpose": purpose}


def write_public_map(
    settings: Settings, review: str, output: Path, *, person: Person, clock: Clock = system_clock
) -> dict[str, Any]:
    """Write the townships with their numbers of visits, under a review that is on record.

    Raises
    ------
    ProtectionRefusedError
        If the map's review is not in the register (LAW.md P10).
    """
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        by = person_who_may(store, person, Right.PROTECTION_WRITE)
        _refuse(public_map_findings(store, review=review))
        places = {claim.id: claim.place for claim in store.claims()}
        visits = Counter(
            place.township_code
            for outcome in store.outcomes()
            if not outcome.withdrawn and (place := places.get(outcome.claim_id)) is not None
        )
        features = [
            {
                "type": "Feature",
                "geometry": shapely.geometry.mapping(area.geometry),
                "properties": {
                    "name": area.name,
                    "visits": visits[area.code] if visits[area.code] >= _FEWEST else None,
                },
            }
            for area in store.areas()
            if area.kind is AreaKind.TOWNSHIP
        ]
        content = {"type": "FeatureCollection", "review": review.strip(), "features": features}
        with audited_paths(
            store.audit,
            output,
            by=by.id,
            act="map.publish",
            subject="store:-",
            detail={"townships": len(features)},
        ) as (staged,):
            staged.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return {"output": str(output), "townships": len(features)}


def purge_expired(
    settings: Settings, *, dry_run: bool, clock: Clock = system_clock
) -> dict[str, Any]:
    """Delete what is past its time, or tell what would be; see :mod:`data.retention`."""
    with using(Court(settings, clock=clock)) as court:
        done = purge(court.store, court.profile, by="cli", dry_run=dry_run)
    return {"dry_run": dry_run, **{kind.value: list(ids) for kind, ids in done.items()}}


def _refuse(said: Iterable[Finding]) -> None:
    """Raise on what is forbidden or not signed for; a log that does not verify forbids too."""
    for one in said:
        broken = one.rule == "P12" and one.verdict is Verdict.WARN
        if broken or one.verdict in (Verdict.BLOCK, Verdict.SIGN_OFF):
            raise ProtectionRefusedError(
                "未予导出（%(rule)s）：%(text)s（%(citation)s）",
                rule=one.rule,
                text=one.message,
                citation=one.citation,
            )


def _course(store: Store, case: Case) -> dict[str, Any]:
    return {
        "case": str(case.number),
        "kind": case.kind.value,
        "status": case.status.value,
        "filed_on": case.filed_on.isoformat(),
        "notice_sent_on": None if case.notice_sent_on is None else case.notice_sent_on.isoformat(),
        "visits": sum(not one.withdrawn for one in store.outcomes(case.id)),
    }


def _acts(store: Store, case: Case) -> dict[str, Any]:
    claims = store.claims(case.id)
    numbers = {claim.id: number for number, claim in enumerate(claims, start=1)}
    subjects = {
        f"case:{case.id}",
        *(f"claim:{claim.id}" for claim in claims),
        *(f"debtor:{debtor.id}" for debtor in store.debtors(case.id)),
        *(f"record:{one.id}" for one in store.restrictions.of_case(case.id)),
    }
    return {
        "outcomes": [
            {
                "address": numbers[one.claim_id],
                "at": one.at.isoformat(),
                "kind": one.kind.value,
                "withdrawn": one.withdrawn,
            }
            for one in store.outcomes(case.id)
        ],
        "signatures": [
            {
                "rule": one.sign_off.rule,
                "role": one.sign_off.role.value,
                "document": one.sign_off.document_no,
                "signed_at": one.sign_off.signed_at.isoformat(),
            }
            for one in store.sign_offs.standing(subjects, store.clock())
        ],
        "audit": [
            {"seq": one.seq, "at": one.at.isoformat(), "act": one.act, "hash": one.hash}
            for one in reversed(store.audit.entries(_ALL))
            if one.subject in subjects
        ],
    }


_ALL = 10_000_000


def _told(said: Iterable[Finding], say: Translate) -> list[dict[str, str]]:
    return [
        {
            "rule": one.rule,
            "verdict": LABELS["verdict"][one.verdict].render(say),
            "text": one.message.render(say),
            "citation": one.citation,
        }
        for one in said
    ]
