"""Where debtors are likely to be and why, what outcomes teach, what to ask next, and fairness.

Nothing here shows a name or an address text: cases by number, debtors and claims by id.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from data.locating_fits import AppliedFit
from geo.localtime import local_day, moment_at
from geo.messages import Message, message
from geo.ports import ProgressListener
from routes.locating import Located, gather, parameters_basis
from routes.locating.fairness import Grouping, contact_rates
from routes.locating.learning import Fit, fit
from routes.locating.questions import NextStep, Question
from routes.model import (
    AddressClaim,
)
from routes.ports import Clock
from web.case_records import locate_records, read_records
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import Translate, translator
from web.labels import LABELS
from web.next_steps import KnownDebtors
from web.wiring import OLDER_FIT, UNREADABLE_FIT, Court, using

__all__ = [
    "Proposal",
    "apply",
    "compare_groups",
    "drop",
    "explain_case",
    "propose",
    "what_next",
]

_WORKDAY = "workday"
_FEW_VISITS = 100
_COMPARED_D = 365


def explain_case(
    settings: Settings, number: str, *, day: date | None = None, clock: Clock = system_clock
) -> dict[str, Any]:
    """Return for each address of a case: P(place), P(found) by band with its range, and why.

    Parameters
    ----------
    day
        Of the visits whose P(found) is explained; None: none is.

    Raises
    ------
    WebError
        If there is no such case.
    CaseNumberError
        If the number has another form.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        (case,) = court.cases(number)
        debtors, claims = court.store.debtors(case.id), court.store.claims(case.id)
        located = court.locate(
            debtors=debtors,
            claims=claims,
            outcomes=court.store.outcomes(case.id),
            leads=court.store.leads(case.id),
            now=clock(),
            answers=court.store.answers(case.id),
        )
        detail = {"persons": len(debtors)}
        court.store.audit.append("cli", "locating.explain", f"case:{case.id}", detail)
        return {
            "case": str(case.number),
            "debtors": [
                {
                    "debtor": debtor.id,
                    "elsewhere": round(located.elsewhere[debtor.id], 4),
                    "addresses": [
                        _address(located, claim, day, say)
                        for claim in claims
                        if claim.debtor_id == debtor.id
                    ],
                }
                for debtor in debtors
            ],
        }


def _address(
    located: Located, claim: AddressClaim, day: date | None, say: Translate
) -> dict[str, Any]:
    estimate = located.claims[claim.id]
    return {
        "claim": claim.id,
        "source": LABELS["claim_source"][claim.source].render(say),
        "kind": LABELS["place_kind"][claim.kind].render(say),
        "p_place": round(estimate.p_place, 4),
        "found": [
            {
                "band": LABELS["visit_band"][band].render(say),
                "p": round(p, 4),
                "low": round(low, 4),
                "high": round(high, 4),
            }
            for band, (p, low, high) in estimate.ranges(_WORKDAY).items()
        ],
        "hours": [each.render(say) for each in estimate.explain(_WORKDAY)],
        "visits": []
        if day is None
        else [each.render(say) for each in estimate.explain_visits(day)],
        "evidence": [each.render(say) for each in estimate.evidence],
    }


@dataclass(frozen=True, slots=True)
class Proposal:
    """What outcomes teach now, and what was learned before; ``basis`` stands for the file."""

    fit: Fit
    in_use: AppliedFit | None
    basis: str

    def notes(self) -> tuple[Message, ...]:
        """Return what should be known before it is put in use."""
        held = self.in_use
        return tuple(
            note
            for wanted, note in (
                (
                    self.fit.visits == 0,
                    message("还没有走访结果；请先用 fieldwrit import outcomes 导入"),
                ),
                (
                    0 < self.fit.visits < _FEW_VISITS,
                    message("只有 %(count)d 次走访结果，所得与原值相差有限", count=self.fit.visits),
                ),
                (held is not None and held.older is not None, OLDER_FIT),
                (held is not None and held.fit is None and held.older is None, UNREADABLE_FIT),
                (not self.fit.settled, message("未达到稳定即停止；请再次学习后比较")),
                (
                    held is not None and held.basis != self.basis,
                    message("在用的学习结果出自另一份定位参数，现已不起作用；请重新学习或停用"),
                ),
            )
            if wanted
        )


def propose(court: Court, *, listener: ProgressListener | None = None) -> Proposal:
    """Learn from all outcomes before today; nothing is put in use.

    The same outcomes teach the same on the same day.
    """
    store, stated = court.store, court.stated_parameters
    evidence = gather(
        debtors=store.debtors(),
        claims=store.claims(),
        outcomes=store.outcomes(),
        leads=store.leads(),
        now=moment_at(local_day(court.clock()), 0),
        parameters=stated,
        calendar=court.calendar,
    )
    learned = fit(evidence, stated, listener=listener)
    store.audit.append("cli", "locating.learn", "store:-", {"visits": learned.visits})
    return Proposal(learned, store.locating_fits.in_use(), parameters_basis(stated))


def apply(court: Court, proposal: Proposal, fingerprint: str, *, by: str = "cli") -> dict[str, Any]:
    """Put in use what was shown under this fingerprint.

    Raises
    ------
    WebError
        If outcomes teach something else by now, or there are none.
    """
    if proposal.fit.visits == 0:
        raise WebError("还没有走访结果；请先用 fieldwrit import outcomes 导入")
    if fingerprint != proposal.fit.fingerprint:
        raise WebError(
            "走访结果或日期已有变化，现在学习所得（%(now)s）不是所看过的 %(seen)s；"
            "请重新查看后再采用",
            now=proposal.fit.fingerprint,
            seen=fingerprint[:12],
        )
    changed = court.store.locating_fits.apply(proposal.fit, basis=proposal.basis, by=by)
    return {"fit": fingerprint, "changed": changed}


def drop(court: Court, *, by: str = "cli") -> dict[str, Any]:
    """Return to the numbers of the file."""
    return {"changed": court.store.locating_fits.drop(by=by)}


def what_next(
    settings: Settings,
    number: str | None = None,
    *,
    limit: int = 20,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Return which check or visit comes first, for one case or for all that are open.

    Visits are those that are lawful on the next workday; a case that a rule keeps from any
    step is left out and counted.

    Raises
    ------
    WebError
        If there is no such case.
    CalendarError
        If the calendar does not know the next days.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        cases = court.cases(number)
        records = read_records(court.store, None if number is None else cases[0].id)
        known = KnownDebtors(court, cases, records)
        steps = known.steps(locate_records(court, records), limit=limit)
        shown = [_told(step, known, say) for step in steps if step.first is not None]
        subject = "store:-" if number is None else f"case:{cases[0].id}"
        court.store.audit.append("cli", "locating.next", subject, {"shown": len(shown)})
        return {
            "day": known.day.isoformat(),
            "debtors": known.considered,
            "forbidden": len(known.barred),
            "steps": shown,
        }


def _told(step: NextStep, known: KnownDebtors, say: Translate) -> dict[str, Any]:
    first = step.first
    assert first is not None
    return {
        "case": str(known.case_of(step.debtor_id).number),
        "debtor": step.debtor_id,
        "step": first.check.value if isinstance(first, Question) else "visit",
        "claim": first.claim_id,
        "worth": round(step.worth, 4),
        "text": first.explain().render(say),
        "others": [each.explain().render(say) for each in step.others],
    }


def compare_groups(
    settings: Settings, *, since: date | None = None, clock: Clock = system_clock
) -> dict[str, Any]:
    """Return how often debtors of each township and case kind were visited and met.

    Parameters
    ----------
    since
        First day of the visits that count; a year ago if None.

    Raises
    ------
    LocatingError
        If no debtor of an open case is there.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        first = since or local_day(clock()) - timedelta(days=_COMPARED_D)
        begin = moment_at(first, 0)
        compare = partial(
            contact_rates,
            cases=store.cases(),
            debtors=store.debtors(),
            claims=store.claims(),
            outcomes=[one for one in store.outcomes() if one.at >= begin],
        )
        rows = [
            {
                **asdict(rate),
                "group": _group(rate.grouping, rate.group, say),
                "others": None if math.isnan(rate.others) else rate.others,
            }
            for grouping in Grouping
            for rate in compare(grouping=grouping)
        ]
        store.audit.append("cli", "locating.fairness", "store:-", {"since": first.isoformat()})
        return {"since": first.isoformat(), "groups": rows}


def _group(grouping: Grouping, group: str, say: Translate) -> str:
    if grouping is Grouping.CASE_KIND:
        return LABELS["case_kind"][group].render(say)
    return group or message("乡镇不明").render(say)
