"""Cases, debtors and address claims by their ids, of those whom a page or an export is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from routes.model import AddressClaim, Case, CaseId, CaseNumber, ClaimId, Debtor, DebtorId

__all__ = ["CaseName", "People"]


@dataclass(frozen=True, slots=True)
class CaseName:
    """What a case is called; of its persons nothing."""

    id: CaseId
    number: CaseNumber


@dataclass(frozen=True, slots=True)
class People:
    """Debtors with their cases and addresses, as a store holds them now."""

    cases: Mapping[CaseId, Case] = field(default_factory=dict)
    debtors: Mapping[DebtorId, Debtor] = field(default_factory=dict)
    claims: Mapping[ClaimId, AddressClaim] = field(default_factory=dict)

    def case_names(self) -> dict[DebtorId, CaseName]:
        """Return what the case of each debtor is called, as far as it is stored."""
        held = ((one.id, self.cases.get(one.case_id)) for one in self.debtors.values())
        return {one: CaseName(case.id, case.number) for one, case in held if case is not None}

    def case_of(self, debtor_id: str) -> Case | None:
        """Return the case of a debtor, or None where either is not stored."""
        debtor = self.debtors.get(DebtorId(debtor_id))
        return None if debtor is None else self.cases.get(debtor.case_id)
