"""What the rules are, what one rests on, and what they say of a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from geo.localtime import local_day
from geo.messages import Message
from routes.model import AddressClaim, Case, Debtor, Finding, Verdict
from routes.ports import Clock
from routes.rules import RULES, Rule, check_day, check_file, rule_ids
from routes.rules.fixes import LawfulVisit
from routes.rules.floors import FLOORS
from routes.rules.profile import profile_values
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import Translate, translator
from web.labels import LABELS
from web.lawful import ClaimFix, smallest_changes
from web.protection import visit_history_findings
from web.wiring import Court, using

__all__ = ["check_cases", "explain_rule", "list_rules"]


def list_rules(settings: Settings) -> dict[str, Any]:
    """Return every rule with its verdicts and what it rests on, one line each."""
    say = translator(settings.language)
    return {"rules": [_row(RULES[each], say) for each in rule_ids()]}


def explain_rule(settings: Settings, rule_id: str) -> dict[str, Any]:
    """Return all that is known of one rule: texts with version and first day, parameters.

    Raises
    ------
    WebError
        If there is no such rule.
    ProfileError
        If the court's parameters cannot be read.
    """
    say = translator(settings.language)
    rule = RULES.get(rule_id.strip().upper())
    if rule is None:
        raise WebError("没有规则 %(id)s；全部编号见 fieldwrit rules list", id=rule_id)
    values = profile_values(settings.own_rules)
    return {
        **_row(rule, say),
        "instruments": [
            {
                "citation": str(each),
                "version": each.instrument.version,
                "effective_on": each.instrument.effective_on.isoformat(),
                "revised_since": each.instrument.newest_version
                if each.instrument.has_newer
                else None,
                "verified": LABELS["verified"][each.instrument.verified].render(say),
            }
            for each in rule.cites
        ],
        "parameters": {key: values[key] for key in rule.parameters},
        "statutes": {
            key: {"value": _listed(floor.statute), "citation": str(floor.citation)}
            for key in rule.parameters
            if (floor := FLOORS[key]).statute is not None
        },
    }


def _listed(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def check_cases(
    settings: Settings,
    number: str | None = None,
    *,
    on: date | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Return what the rules say of one case, or of all that are open, and of their addresses.

    Parameters
    ----------
    number
        Case number; None for all cases that have not ended.
    on
        Day of the visit; None for today.

    Returns
    -------
    dict
        ``cases`` looked at, ``forbidden`` of them, and ``findings``: rule, verdict, case
        number, subject, text with the cure, citation. For one case also ``fixes``: for each
        address that may not be visited as things stand, the smallest change that makes it
        lawful. ``days``: whether a visit may be set on that day at all (T3). ``records``: what
        the law asks of the visits that are held (P3). No name or address is among them.

    Raises
    ------
    WebError
        If there is no such case.
    CaseNumberError
        If the number has another form.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        cases = court.cases(number)
        day = on or local_day(clock())
        found: list[dict[str, Any]] = []
        fixes: list[dict[str, Any]] = []
        forbidden = 0
        for case in cases:
            debtors, claims = court.store.debtors(case.id), court.store.claims(case.id)
            said = check_file(case, debtors, claims, on=day, profile=court.profile)
            forbidden += any(one.verdict is Verdict.BLOCK for one in said)
            found += [_told(case, one, say) for one in said]
            if number is not None:
                fixes += _fixes(court, case, debtors, claims, day, say)
        days = check_day(day, calendar=court.calendar, profile=court.profile)
        records = [
            _said(one, say) for one in visit_history_findings(court.store, on=local_day(clock()))
        ]
        court.store.audit.append(
            "cli", "rules.check", "store:-" if number is None else f"case:{cases[0].id}"
        )
    return {
        "cases": len(cases),
        "forbidden": forbidden,
        "findings": found,
        "fixes": fixes,
        "days": [_said(one, say) for one in days],
        "records": records,
    }


def _fixes(
    court: Court,
    case: Case,
    debtors: Sequence[Debtor],
    claims: Sequence[AddressClaim],
    day: date,
    say: Translate,
) -> list[dict[str, Any]]:
    def speak(text: Message) -> str:
        return text.render(say)

    def told(one: ClaimFix) -> dict[str, Any]:
        lawful = one.found if isinstance(one.found, LawfulVisit) else None
        return {
            "case": str(case.number),
            "subject": f"claim:{one.claim}",
            "text": one.told(speak),
            "lawful": lawful is not None,
            "starts_at": None if lawful is None else lawful.ask.starts_at.isoformat(),
            "cost_min": None if lawful is None else lawful.cost_min,
            "changes": [
                {
                    "kind": fix.kind.value,
                    "rule": fix.rule,
                    "text": speak(fix.text),
                    "cost_min": fix.cost_min,
                    "presumes": fix.presumes,
                }
                for fix in (() if lawful is None else lawful.fixes)
            ],
        }

    return [told(one) for one in smallest_changes(court, case, debtors, claims, on=day)]


def _row(rule: Rule[Any], say: Translate) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "verdicts": [_word(verdict, say) for verdict in rule.verdicts],
        "title": rule.title.render(say),
        "citation": rule.citation,
    }


def _told(case: Case, finding: Finding, say: Translate) -> dict[str, Any]:
    return {"case": str(case.number), **_said(finding, say)}


def _said(finding: Finding, say: Translate) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "verdict": _word(finding.verdict, say),
        "subject": finding.subject,
        "text": finding.message.render(say),
        "citation": finding.citation,
    }


def _word(verdict: Verdict, say: Translate) -> str:
    return LABELS["verdict"][verdict].render(say)
