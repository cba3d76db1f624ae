"""Who may be visited where and when: rules and locating model are asked about every debtor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from geo.model import Point, Precision
from routes.bands import BAND_HOURS_S
from routes.calendar import WorkCalendar
from routes.locating import LocatingParameters, case_weight, visits_value
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    CaseStatus,
    ClaimId,
    Debtor,
    DebtorId,
    Finding,
    PlaceKind,
    VisitBand,
)
from routes.planning import fleet, step_stops
from routes.planning.findings import plan_finding
from routes.planning.problem import PlanFinding, WorkShift
from routes.ports import CaseStore
from routes.rules import RuleProfile, check_case, check_claim, has_block, lawful_windows
from routes.rules.clocks import Clock, case_urgency
from routes.step_files import StepFile

__all__ = ["NO_DOOR", "Candidate", "Sifter", "Tally", "Try", "sift"]

NO_DOOR = frozenset({Precision.TOWNSHIP, Precision.COUNTY, Precision.NONE})
"""Precisions of places that no team could drive to."""

_SERVICE_S = {
    PlaceKind.HOME: 1800,
    PlaceKind.WORK: 1500,
    PlaceKind.BUSINESS: 2400,
    PlaceKind.REGISTERED: 1200,
}


@dataclass(frozen=True, slots=True)
class Try:
    """One claim in one band of one day, before it becomes an option.

    It starts at ``start_s`` to ``end_s`` and is over, ``service_s`` later, by the lawful end.
    ``step`` is the stored step that is taken, None for a plain visit.
    """

    claim: AddressClaim
    point: Point
    day: date
    band: str
    start_s: int
    end_s: int
    service_s: int
    value: float
    p_found: float
    step: StepFile | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A debtor who may be visited, the best try first; ``weight`` is the worth of a find."""

    case: Case
    debtor: Debtor
    tries: tuple[Try, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What rules and locating model say of a debtor; ``barred``: rules leave no try."""

    tries: tuple[Try, ...]
    findings: tuple[Finding, ...]
    barred: bool
    placed: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of the debtors: candidates, or the findings that block them."""

    candidates: tuple[Candidate, ...]
    blocked: tuple[PlanFinding, ...]
    considered: int
    n_blocked: int
    unlocated: int
    without_hour: int


@dataclass(frozen=True, slots=True)
class Sifter:
    """Asks rules and locating model about one debtor at a time.

    ``chances`` are P(found) by claim, then day and band in their order. ``evictions`` are the
    stored ones by debtor, ``clocks`` those that steps have started, by case.
    """

    days: Sequence[date]
    shifts: Mapping[date, Sequence[WorkShift]]
    chances: Mapping[ClaimId, Sequence[Sequence[float]]]
    now: datetime
    calendar: WorkCalendar
    parameters: LocatingParameters
    profile: RuleProfile
    most_options: int
    evictions: Mapping[DebtorId, StepFile]
    clocks: Mapping[CaseId, tuple[Clock, ...]]

    def ask(self, case: Case, debtor: Debtor, claims: Sequence[AddressClaim]) -> Answer:
        """Return what may be tried, what the rules say, and why there may be nothing."""
        tries: list[Try] = []
        findings: list[Finding] = []
        barred = True
        placed = [c for c in claims if c.place and c.place.precision not in NO_DOOR]
        urgency = case_urgency(
            case, self.clocks.get(case.id, ()), now=self.now, profile=self.profile
        )
        weight = case_weight(case, now=self.now, parameters=self.parameters, urgency=urgency)
        eviction = self.evictions.get(debtor.id)
        taken: list[Try] = []
        for day in self.days:
            said = check_case(case, debtor, claims, on=day, profile=self.profile)
            findings += said
            if has_block(said):
                continue
            for claim in placed:
                said = check_claim(case, debtor, claim, on=day, profile=self.profile)
                findings += said
                if not has_block(said):
                    barred = False
                    tries += self._of_claim(case, claim, day, weight)
                    if eviction is not None and eviction.step.claim_id == claim.id:
                        taken += self._of_claim(case, claim, day, weight, eviction)
            barred = barred and bool(placed)
        return Answer(tuple(taken or tries), tuple(findings), barred, bool(placed), weight)

    def _of_claim(
        self,
        case: Case,
        claim: AddressClaim,
        day: date,
        weight: float,
        step: StepFile | None = None,
    ) -> Iterable[Try]:
        """Yield the tries of a plain visit, or of a step where one is given."""
        assert claim.place is not None
        chances = self.chances[claim.id][self.days.index(day)]
        windows = lawful_windows(case, claim, day, calendar=self.calendar, profile=self.profile)
        service_s = _SERVICE_S[claim.kind] if step is None else step.needs.service_s
        for band, p_found in zip(VisitBand, chances, strict=True):
            begin_s, until_s = BAND_HOURS_S[band]
            value = visits_value(weight, (p_found,), parameters=self.parameters)
            if value <= 0.0:
                continue
            for open_s, close_s in windows:
                start_s, end_s = max(begin_s, open_s), min(until_s - 1, close_s - service_s)
                if step is not None and step.starts_at is not None:
                    at_s = fleet.second_of(step.starts_at, day)
                    start_s, end_s = max(start_s, at_s), min(end_s, at_s)
                if start_s <= end_s and (step is None or self._allows(step, day, start_s)):
                    yield Try(
                        claim,
                        claim.place.point,
                        day,
                        band.value,
                        start_s,
                        end_s,
                        service_s,
                        value,
                        p_found,
                        step,
                    )

    def _allows(self, step: StepFile, day: date, start_s: int) -> bool:
        return step_stops.may_be_taken(
            step, day, start_s, now=self.now, calendar=self.calendar, profile=self.profile
        )

    def best(self, tries: Sequence[Try]) -> tuple[Try, ...]:
        """Return the most valuable tries that fall into a shift; else the single best.

        Of several claims of one place one stands for the place in a band of a day.
        """
        ranked = sorted(tries, key=lambda t: (-t.value, t.day, t.start_s, t.claim.id))
        standing: dict[tuple[Point, date, str], ClaimId] = {}
        for one in ranked:
            standing.setdefault((one.point, one.day, one.band), one.claim.id)
        ranked = [t for t in ranked if standing[t.point, t.day, t.band] == t.claim.id]
        timely = [
            one
            for one in ranked
            if any(
                one.start_s < shift.end_s + shift.overtime_s and shift.start_s <= one.end_s
                for shift in self.shifts.get(one.day, ())
            )
        ]
        return tuple(timely[: self.most_options] or ranked[:1])


def sift(cases: CaseStore, sifter: Sifter, only_case: CaseId | None = None) -> Tally:
    """Ask about every debtor, or every one of a case, whose case has not ended."""
    held = cases.cases() if only_case is None else (cases.case(only_case),)
    case_of = {case.id: case for case in held if case is not None}
    claims_of: defaultdict[str, list[AddressClaim]] = defaultdict(list)
    for claim in cases.claims(only_case):
        claims_of[claim.debtor_id].append(claim)
    candidates: list[Candidate] = []
    blocked: list[PlanFinding] = []
    considered = n_blocked = unlocated = without_hour = 0
    for debtor in cases.debtors(only_case):
        case = case_of.get(debtor.case_id)
        if case is None or case.status is CaseStatus.ENDED:
            continue
        considered += 1
        answer = sifter.ask(case, debtor, claims_of[debtor.id])
        if answer.tries:
            best = sifter.best(answer.tries)
            candidates.append(Candidate(case, debtor, best, answer.weight))
        elif answer.barred:
            n_blocked += 1
            subject = f"debtor:{debtor.id}"
            blocks = (plan_finding(f, subject) for f in answer.findings if has_block((f,)))
            blocked += dict.fromkeys(blocks)
        elif answer.placed:
            without_hour += 1
        else:
            unlocated += 1
    candidates.sort(key=lambda c: (-c.tries[0].value, c.debtor.id))
    return Tally(tuple(candidates), tuple(blocked), considered, n_blocked, unlocated, without_hour)
