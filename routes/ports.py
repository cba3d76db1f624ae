"""What routes needs from the layers above, as Protocols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from routes.checks import CheckAnswer
from routes.model import (
    ActionId,
    AddressClaim,
    Case,
    CaseId,
    Checkpoint,
    ClaimId,
    Debtor,
    DebtorId,
    Duty,
    Lead,
    Liaison,
    Outcome,
    Place,
    Shift,
    Station,
    Team,
)
from routes.people import CaseName, People
from routes.planning.problem import Plan, Problem

__all__ = ["CaseStore", "Clock", "FieldStore", "PlanStore"]


class Clock(Protocol):
    """Tells the time, aware; a double stands still."""

    def __call__(self) -> datetime: ...


class CaseStore(Protocol):
    """Cases with their debtors, address claims, leads and outcomes."""

    def cases(self) -> Sequence[Case]: ...
    def case(self, case_id: CaseId) -> Case | None: ...
    def debtors(self, case_id: CaseId | None = None) -> Sequence[Debtor]: ...
    def claims(self, case_id: CaseId | None = None) -> Sequence[AddressClaim]: ...
    def outcomes(self, case_id: CaseId | None = None) -> Sequence[Outcome]: ...
    def leads(self, case_id: CaseId | None = None) -> Sequence[Lead]: ...
    def answers(self, case_id: CaseId | None = None) -> Sequence[CheckAnswer]: ...
    def people(self, debtor_ids: Iterable[str], *, claim_ids: Iterable[str] = ()) -> People:
        """Return these debtors, as far as they are stored, with their cases and claims.

        And these claims, whoever's they are now.
        """
        ...

    def case_names(self, debtor_ids: Iterable[str]) -> Mapping[DebtorId, CaseName]:
        """Return the cases of these debtors, as far as they are stored, by debtor."""
        ...

    def set_places(self, places: dict[ClaimId, Place]) -> None:
        """Write geocoded places to their claims."""
        ...

    def places_in(
        self,
        west_lon: float,
        south_lat: float,
        east_lon: float,
        north_lat: float,
        *,
        limit: int | None = None,
    ) -> Sequence[tuple[ClaimId, Place]]:
        """Return claims with their places in a box, edges included, in the order of their ids."""
        ...


class FieldStore(Protocol):
    """Teams, shifts, duties, stations, checkpoints, liaisons."""

    def teams(self) -> Sequence[Team]: ...
    def shifts(self, day: date) -> Sequence[Shift]: ...
    def duties(self, day: date) -> Sequence[Duty]: ...
    def stations(self) -> Sequence[Station]: ...
    def checkpoints(self) -> Sequence[Checkpoint]: ...
    def liaisons(self) -> Sequence[Liaison]: ...


class PlanStore(Protocol):
    """Actions: a problem and the plan that answers it, kept together."""

    def save(self, action_id: ActionId, problem: Problem, plan: Plan, *, made_at: datetime) -> None:
        """Keep a checked plan; the same id again replaces nothing and raises."""
        ...

    def plan(self, action_id: ActionId) -> Plan | None: ...
    def problem(self, action_id: ActionId) -> Problem | None: ...
    def latest(self) -> ActionId | None: ...
    def action_ids(self) -> Sequence[ActionId]: ...
