"""What is stored of the debtors of a case, or of all, read once for all that ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from data.store import Store
from routes.checks import CheckAnswer
from routes.locating import Located
from routes.model import AddressClaim, CaseId, Debtor, Lead, Outcome
from routes.ports import Clock
from routes.rules import RuleProfile, check_lead, has_block
from web.services import Locate

__all__ = ["CaseRecords", "LocatingSources", "locate_records", "read_records"]


class LocatingSources(Protocol):
    """What debtors are located with."""

    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def profile(self) -> RuleProfile: ...
    @property
    def locate(self) -> Locate: ...


@dataclass(frozen=True, slots=True)
class CaseRecords:
    """Debtors with their claims, visits, leads and answers to checks, as they are stored."""

    debtors: Sequence[Debtor]
    claims: Sequence[AddressClaim]
    outcomes: Sequence[Outcome]
    leads: Sequence[Lead]
    answers: Sequence[CheckAnswer] = ()


def read_records(store: Store, case_id: CaseId | None = None) -> CaseRecords:
    """Read the records of a case, or of all."""
    return CaseRecords(
        store.debtors(case_id),
        store.claims(case_id),
        store.outcomes(case_id),
        store.leads(case_id),
        store.answers(case_id),
    )


def locate_records(sources: LocatingSources, records: CaseRecords) -> Located:
    """Return where debtors may be now, by the leads too that may be used."""
    now = sources.clock()
    usable = [
        lead
        for lead in records.leads
        if not has_block(check_lead(lead, at=now, profile=sources.profile))
    ]
    return sources.locate(
        debtors=records.debtors,
        claims=records.claims,
        outcomes=records.outcomes,
        leads=usable,
        now=now,
        answers=records.answers,
    )
