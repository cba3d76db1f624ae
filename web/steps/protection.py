"""Data protection at the terminal: the register, what is given out, what is deleted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import shapely

from data.audited_files import audited_paths
from data.erasure import read_certificate
from data.files import staged_path
from data.restriction_values import RestrictionKind
from data.retention import purge
from data.rights import Right
from data.signing import PublicKey, read_signing_key
from data.store import Store
from geo.localtime import local_day
from geo.model import AreaKind
from routes.model import Case, Finding, Verdict
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.erasing import erase_expired
from web.errors import ProtectionRefusedError, WebError
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
    "check_certificate",
    "disclose",
    "end_line",
    "purge_expired",
    "report_to_subject",
    "show_register",
    "write_openness",
    "write_public_map",
]

_OF_SUBJECT = ("name", "id_number")
_FEWEST = 5
"""Visits or cases below which no number is published: a few could be told apart."""

_OPEN_KINDS = (RestrictionKind.ORDER, RestrictionKind.EXEMPTION, RestrictionKind.DISHONEST)
"""What is counted in public while it stands: orders, exemptions, the list of the dishonest."""


def show_register(settings: Settings, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Return what the rules ask of the data now, and the lines of the register without notes."""
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        store, today = court.store, local_day(clock())
        key = read_signing_key(settings.signing_key_path).public
        said = (*visit_history_findings(store, on=today), *audit_findings(store, key))
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
        ``prosecutor`` (民事诉讼法 article 246) and ``compensation`` get the visits, the steps of
        enforcement with their papers, the signatures and the audited acts, ``compensation`` also
        the property that was seized, ``openness`` only the case's course and the number of
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
            *audit_findings(store, read_signing_key(settings.signing_key_path).public, whole=True),
        )
        _refuse(said)
        content = _course(store, found)
        if whole:
            content |= _acts(store, found)
        if purpose == "compensation":
            content |= _property(store, found)
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


def write_openness(
    settings: Settings, output: Path, *, person: Person, clock: Clock = system_clock
) -> dict[str, Any]:
    """Write the bureau's figures for enforcement openness: counts alone, small ones left out.

    Raises
    ------
    ProtectionRefusedError
        If the log does not verify.
    """
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        by = person_who_may(store, person, Right.PROTECTION_WRITE)
        key = read_signing_key(settings.signing_key_path).public
        _refuse(audit_findings(store, key, whole=True))
        cases = store.cases()
        standing = store.restrictions.standing_counts()
        content = {
            "made_at": clock().isoformat(),
            "cases": len(cases),
            "by_kind": _counted(case.kind.value for case in cases),
            "by_status": _counted(case.status.value for case in cases),
            "by_year": _counted(str(case.filed_on.year) for case in cases),
            "visits": sum(not one.withdrawn for one in store.outcomes()),
            "standing": {kind.value: _shown(standing[kind]) for kind in _OPEN_KINDS},
            "fewest": _FEWEST,
        }
        with audited_paths(
            store.audit, output, by=by.id, act="figures.publish", subject="store:-"
        ) as (staged,):
            staged.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return {"output": str(output), "cases": len(cases)}


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


def report_to_subject(
    settings: Settings,
    record: Path,
    output: Path,
    *,
    person: Person,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Write all that is kept about one person, to be handed to that person (PIPL 45).

    Parameters
    ----------
    record
        JSON of ``name`` and ``id_number``: a name alone may be another's.

    Raises
    ------
    WebError
        If nobody of this name and number is stored.
    """
    fields = read_fields(record, _OF_SUBJECT)
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        by = person_who_may(store, person, Right.PROTECTION_WRITE)
        found = store.persons_named(*(fields.get(name, "") for name in _OF_SUBJECT))
        if not found:
            raise WebError("库中没有姓名和证件号码都相符的被执行人；请核对后重试")
        with audited_paths(
            store.audit,
            output,
            by=by.id,
            act="person.report",
            subject=f"debtor:{found[0]}",
            detail={"debtors": len(found)},
        ) as (staged,):
            held = store.held_about(found)
            content = {"made_at": clock().isoformat(), "held": held}
            staged.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return {"output": str(output), "rows": sum(map(len, held.values()))}


def purge_expired(
    settings: Settings,
    *,
    dry_run: bool,
    person: Person,
    certificate: Path | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Delete in a person's name what is past its time, or tell it; see :mod:`data.retention`.

    Parameters
    ----------
    certificate
        Where to write a copy of the certificate; it names ids and counts, no person.
    """
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        by = person_who_may(store, person, Right.PROTECTION_WRITE)
        if dry_run:
            done = purge(store, court.profile, by=by.id, dry_run=True)
        else:
            key = read_signing_key(settings.signing_key_path)
            done, text = erase_expired(
                store, court.profile, key, settings.certificates_dir, by=by.id
            )
            if certificate is not None:
                with staged_path(certificate) as staged:
                    staged.write_text(text, encoding="utf-8")
    return {"dry_run": dry_run, **{kind.value: list(ids) for kind, ids in done.items()}}


def check_certificate(path: Path, key: str | None) -> dict[str, Any]:
    """Check a certificate of erasure by its signature; no data folder is needed.

    Raises
    ------
    AuditError
        If the file is none, was changed, or another key signed it.
    """
    said = read_certificate(path, None if key is None else PublicKey.parse(key))
    return {"made_at": said["made_at"], "deleted": said["deleted"], "public_key": said["key"]}


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


def _counted(codes: Iterable[str]) -> dict[str, int | None]:
    return {code: _shown(count) for code, count in sorted(Counter(codes).items())}


def _shown(count: int) -> int | None:
    """Return a number that may be published; None of one below which a few could be told apart."""
    return count if count == 0 or count >= _FEWEST else None


def _property(store: Store, case: Case) -> dict[str, Any]:
    """Return what was seized in a case, by kind and value, without its description."""
    return {
        "items": [
            {
                "item": number,
                "step": kept.step_id,
                "asset": None if kept.item.asset is None else kept.item.asset.value,
                "seized_on": None
                if kept.item.seized_on is None
                else kept.item.seized_on.isoformat(),
                "documents": [
                    {"kind": one.kind.value, "number": one.number} for one in kept.item.documents
                ],
                "value_yuan": kept.item.value_yuan,
                "withdrawn": kept.withdrawn,
                "revision": kept.revision,
                "at": kept.made_at.isoformat(),
            }
            for number, kept in enumerate(store.measures.items(case.id), start=1)
        ]
    }


def _acts(store: Store, case: Case) -> dict[str, Any]:
    claims = store.claims(case.id)
    numbers = {claim.id: number for number, claim in enumerate(claims, start=1)}
    subjects = {
        f"case:{case.id}",
        *(f"claim:{claim.id}" for claim in claims),
        *(f"debtor:{debtor.id}" for debtor in store.debtors(case.id)),
        *(f"record:{one.id}" for one in store.restrictions.of_case(case.id)),
        *(f"step:{kept.step.id}" for kept in store.measures.steps(case.id)),
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
        "steps": [
            {
                "step": kept.step.id,
                "kind": kept.step.kind.value,
                "state": kept.state.value,
                "starts_at": None if kept.starts_at is None else kept.starts_at.isoformat(),
                "documents": [
                    {"kind": one.kind.value, "number": one.number} for one in kept.step.documents
                ],
                "acts": [
                    {"kind": act.kind.value, "at": act.at.isoformat()} for act in kept.step.acts
                ],
            }
            for kept in store.measures.steps(case.id)
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
