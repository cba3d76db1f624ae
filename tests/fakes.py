"""In-memory doubles of the Protocols in ``routes.ports``, held to the store's contract.

They refuse what the database refuses; ``tests/contracts`` runs one suite against both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.claim_places import Box
from data.errors import DuplicateError, StoreError
from geo.localtime import local_day
from routes.checks import CheckAnswer
from routes.errors import PlanError
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
    DutyBasis,
    DutyKind,
    EscortHours,
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

__all__ = ["MemoryCases", "MemoryField", "MemoryPlans", "StandingClock"]

_ZONE = ZoneInfo("Asia/Shanghai")


class StandingClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class MemoryCases:
    """Implements ``CaseStore``."""

    def __init__(
        self,
        cases: Iterable[Case] = (),
        debtors: Iterable[Debtor] = (),
        claims: Iterable[AddressClaim] = (),
        outcomes: Iterable[Outcome] = (),
        leads: Iterable[Lead] = (),
        answers: Iterable[CheckAnswer] = (),
    ) -> None:
        self._answers = tuple(answers)
        self._cases = {case.id: case for case in cases}
        self._debtors = {debtor.id: debtor for debtor in debtors}
        self._claims = {claim.id: claim for claim in claims}
        self._outcomes = {outcome.id: outcome for outcome in outcomes}
        self._leads = {lead.id: lead for lead in leads}
        known = (
            all(d.case_id in self._cases for d in self._debtors.values())
            and all(c.debtor_id in self._debtors for c in self._claims.values())
            and all(o.claim_id in self._claims for o in self._outcomes.values())
            and all(one.debtor_id in self._debtors for one in self._leads.values())
        )
        if not known:
            raise StoreError("所引用的对象不在库中")

    def cases(self) -> Sequence[Case]:
        return tuple(sorted(self._cases.values(), key=lambda case: case.number))

    def case(self, case_id: CaseId) -> Case | None:
        return self._cases.get(case_id)

    def debtors(self, case_id: CaseId | None = None) -> Sequence[Debtor]:
        found = (d for d in self._debtors.values() if case_id in (None, d.case_id))
        return tuple(sorted(found, key=lambda debtor: debtor.id))

    def claims(self, case_id: CaseId | None = None) -> Sequence[AddressClaim]:
        debtors = {debtor.id for debtor in self.debtors(case_id)}
        found = (c for c in self._claims.values() if c.debtor_id in debtors)
        return tuple(sorted(found, key=lambda claim: claim.id))

    def outcomes(self, case_id: CaseId | None = None) -> Sequence[Outcome]:
        claims = {claim.id for claim in self.claims(case_id)}
        found = (o for o in self._outcomes.values() if o.claim_id in claims)
        return tuple(sorted(found, key=lambda outcome: (outcome.at, outcome.id)))

    def leads(self, case_id: CaseId | None = None) -> Sequence[Lead]:
        debtors = {debtor.id for debtor in self.debtors(case_id)}
        found = (one for one in self._leads.values() if one.debtor_id in debtors)
        return tuple(sorted(found, key=lambda lead: (lead.received_at, lead.id)))

    def answers(self, case_id: CaseId | None = None) -> Sequence[CheckAnswer]:
        claims = {claim.id for claim in self.claims(case_id)}
        return tuple(one for one in self._answers if one.claim_id in claims)

    def people(self, debtor_ids: Iterable[str], *, claim_ids: Iterable[str] = ()) -> People:
        debtors = {one: self._debtors[one] for one in set(debtor_ids) & self._debtors.keys()}
        cases = {self._cases[debtor.case_id] for debtor in debtors.values()}
        named = {*claim_ids}
        held = self._claims.values()
        claims = {one.id: one for one in held if one.debtor_id in debtors or one.id in named}
        return People({case.id: case for case in cases}, debtors, claims)

    def case_names(self, debtor_ids: Iterable[str]) -> Mapping[DebtorId, CaseName]:
        return self.people(debtor_ids).case_names()

    def set_places(self, places: Mapping[ClaimId, Place]) -> None:
        if not places.keys() <= self._claims.keys():
            raise StoreError("地址线索不在库中，位置未保存")
        for claim_id, place in places.items():
            self._claims[claim_id] = replace(self._claims[claim_id], place=place)

    def places_in(
        self,
        west_lon: float,
        south_lat: float,
        east_lon: float,
        north_lat: float,
        *,
        limit: int | None = None,
    ) -> Sequence[tuple[ClaimId, Place]]:
        box = Box(west_lon, south_lat, east_lon, north_lat)
        return tuple(
            (claim.id, place)
            for claim in self.claims()
            if (place := claim.place) is not None
            and box.west_lon <= place.point.lon <= box.east_lon
            and box.south_lat <= place.point.lat <= box.north_lat
        )[:limit]


class MemoryField:
    """Implements ``FieldStore``; hours are weekly, by the id of team or checkpoint.

    ``entered`` are the duties of single days.
    """

    def __init__(
        self,
        *,
        teams: Iterable[Team] = (),
        shifts: Mapping[str, Sequence[EscortHours]] | None = None,
        stations: Iterable[Station] = (),
        checkpoints: Iterable[Checkpoint] = (),
        duty_hours: Mapping[str, Sequence[EscortHours]] | None = None,
        duty_basis: Mapping[str, DutyBasis] | None = None,
        liaisons: Iterable[Liaison] = (),
        entered: Iterable[Duty] = (),
    ) -> None:
        self._entered = tuple(sorted(entered, key=lambda duty: (duty.starts_at, duty.id)))
        self._teams = tuple(sorted(teams, key=lambda team: team.id))
        self._stations = tuple(sorted(stations, key=lambda station: station.id))
        self._checkpoints = tuple(sorted(checkpoints, key=lambda one: one.id))
        self._liaisons = tuple(sorted(liaisons, key=lambda liaison: liaison.id))
        self._shifts = dict(shifts or {})
        self._duty_hours = dict(duty_hours or {})
        self._duty_basis = dict(duty_basis or {})

    def teams(self) -> Sequence[Team]:
        return self._teams

    def stations(self) -> Sequence[Station]:
        return self._stations

    def checkpoints(self) -> Sequence[Checkpoint]:
        return self._checkpoints

    def liaisons(self) -> Sequence[Liaison]:
        return self._liaisons

    def shifts(self, day: date) -> Sequence[Shift]:
        return tuple(
            Shift(team.id, *_span(hours, day))
            for team in self._teams
            for hours in _on(self._shifts.get(team.id, ()), day)
        )

    def duties(self, day: date) -> Sequence[Duty]:
        found = [
            Duty(
                f"{one.id}-{day:%Y%m%d}-{hours.start:%H%M}",
                DutyKind.CHECKPOINT,
                one.name,
                one.point,
                *_span(hours, day),
                checkpoint_id=one.id,
                basis=self._duty_basis.get(one.id),
            )
            for one in self._checkpoints
            for hours in _on(self._duty_hours.get(one.id, ()), day)
        ]
        held = tuple(sorted(found, key=lambda duty: (duty.starts_at, duty.checkpoint_id)))
        return held + tuple(one for one in self._entered if local_day(one.starts_at) == day)


class MemoryPlans:
    """Implements ``PlanStore``."""

    def __init__(self) -> None:
        self._kept: dict[ActionId, tuple[Problem, Plan]] = {}

    def save(self, action_id: ActionId, problem: Problem, plan: Plan, *, made_at: datetime) -> None:
        if made_at.tzinfo is None:
            raise StoreError("时间缺少时区，不予保存")
        if plan.problem_id != problem.id:
            raise PlanError("方案与任务不符，未保存")
        if action_id in self._kept:
            raise DuplicateError("行动 %(id)s 已有方案", id=action_id)
        self._kept[action_id] = problem, plan

    def plan(self, action_id: ActionId) -> Plan | None:
        return self._kept[action_id][1] if action_id in self._kept else None

    def problem(self, action_id: ActionId) -> Problem | None:
        return self._kept[action_id][0] if action_id in self._kept else None

    def latest(self) -> ActionId | None:
        return next(reversed(self._kept), None)

    def action_ids(self) -> Sequence[ActionId]:
        return tuple(self._kept)


def _on(hours: Sequence[EscortHours], day: date) -> list[EscortHours]:
    return sorted((h for h in hours if h.weekday == day.weekday()), key=lambda h: h.start)


def _span(hours: EscortHours, day: date) -> tuple[datetime, datetime]:
    return (
        datetime.combine(day, hours.start, tzinfo=_ZONE),
        datetime.combine(day, hours.end, tzinfo=_ZONE),
    )
