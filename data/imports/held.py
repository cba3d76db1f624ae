"""What the checks of case rows ask of the store, from the process that holds it or from another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from data.cases import HeldClaim, held_claims, read_cases, read_debtors
from data.reference import read_areas
from data.schema import EnforcementCaseRow
from data.upsert import held_keys
from geo.model import Area
from routes.model import Case, CaseId, ClaimId, Debtor, DebtorId

__all__ = ["AskedStore", "Held", "OpenStore", "Question"]

Question = tuple[str, tuple[Any, ...]]
"""Name of a method of :class:`Held`, and its arguments."""


class Held(Protocol):
    """Reads of the store as it is in the open transaction."""

    def known(self, case_ids: Sequence[CaseId]) -> frozenset[CaseId]:
        """Return which of these cases are stored."""
        ...

    def cases(self, case_ids: Sequence[CaseId]) -> tuple[Case, ...]:
        """Return those of these cases that are stored."""
        ...

    def debtors(self, case_ids: Sequence[CaseId]) -> tuple[Debtor, ...]:
        """Return the stored debtors of these cases."""
        ...

    def claims(self, debtor_ids: Sequence[DebtorId]) -> Mapping[ClaimId, HeldClaim]:
        """Return what is stored of the claims of these debtors."""
        ...

    def areas(self) -> tuple[Area, ...]:
        """Return all areas."""
        ...


@dataclass(frozen=True, slots=True)
class OpenStore:
    """The store by its own connection."""

    connection: Connection

    def known(self, case_ids: Sequence[CaseId]) -> frozenset[CaseId]:
        return frozenset(held_keys(self.connection, EnforcementCaseRow.id, case_ids))

    def cases(self, case_ids: Sequence[CaseId]) -> tuple[Case, ...]:
        return read_cases(self.connection, *case_ids) if case_ids else ()

    def debtors(self, case_ids: Sequence[CaseId]) -> tuple[Debtor, ...]:
        return read_debtors(self.connection, *case_ids) if case_ids else ()

    def claims(self, debtor_ids: Sequence[DebtorId]) -> Mapping[ClaimId, HeldClaim]:
        return held_claims(self.connection, debtor_ids)

    def areas(self) -> tuple[Area, ...]:
        return read_areas(self.connection)

    def answer(self, question: Question) -> object:
        """Return what a method returns that another process named."""
        name, arguments = question
        return getattr(self, name)(*arguments)


@dataclass(frozen=True, slots=True)
class AskedStore:
    """The store by way of the process that holds it."""

    ask: Callable[[Question], Any]

    def known(self, case_ids: Sequence[CaseId]) -> frozenset[CaseId]:
        return self.ask(("known", (case_ids,)))  # type: ignore[no-any-return]

    def cases(self, case_ids: Sequence[CaseId]) -> tuple[Case, ...]:
        return self.ask(("cases", (case_ids,)))  # type: ignore[no-any-return]

    def debtors(self, case_ids: Sequence[CaseId]) -> tuple[Debtor, ...]:
        return self.ask(("debtors", (case_ids,)))  # type: ignore[no-any-return]

    def claims(self, debtor_ids: Sequence[DebtorId]) -> Mapping[ClaimId, HeldClaim]:
        return self.ask(("claims", (debtor_ids,)))  # type: ignore[no-any-return]

    def areas(self) -> tuple[Area, ...]:
        return self.ask(("areas", ()))  # type: ignore[no-any-return]
