"""Cases, debtors and address claims by their ids, read once for a page or an export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from routes.model import AddressClaim, Case, CaseId, ClaimId, Debtor, DebtorId
from routes.ports import CaseStore

__all__ = ["People"]


@dataclass(frozen=True, slots=True)
class People:
    """Whom a plan concerns, as the store holds them now."""

    cases: Mapping[CaseId, Case]
    debtors: Mapping[DebtorId, Debtor]
    claims: Mapping[ClaimId, AddressClaim]

    @classmethod
    def read(cls, store: CaseStore) -> People:
        """Read everybody."""
        return cls(
            {case.id: case for case in store.cases()},
            {debtor.id: debtor for debtor in store.debtors()},
            {claim.id: claim for claim in store.claims()},
        )

    def case_of(self, debtor_id: str) -> Case | None:
        """Return the case of a debtor, or None where either is not stored."""
        debtor = self.debtors.get(DebtorId(debtor_id))
        return None if debtor is None else self.cases.get(debtor.case_id)
