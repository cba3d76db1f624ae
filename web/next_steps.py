"""Which lawful check or visit comes next: what the store and the rules know of debtors, weighed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from geo.localtime import local_day
from geo.model import Precision
from routes.bands import BAND_HOURS_S
from routes.calendar import DayKind, WorkCalendar
from routes.checks import CHECK_SOURCES, Check
from routes.locating import Located, case_weight
from routes.locating.numbers import answer_half_life_d
from routes.locating.questions import NextStep, next_steps
from routes.model import (
    AddressClaim,
    Case,
    ClaimId,
    Debtor,
    DebtorId,
    Identifier,
    PlaceKind,
    VisitBand,
)
from routes.planning.step_stops import clocks_by_case
from routes.rules import check_case, check_claim, has_block, lawful_windows
from routes.rules.clocks import case_urgency
from web.case_records import CaseRecords, LocatingSources
from web.step_records import RuleSources, step_files

__all__ = ["KnownDebtors", "WeighingSources", "next_workday"]

_LET = frozenset({PlaceKind.HOME, PlaceKind.BUSINESS})
_NO_DOOR = frozenset({Precision.TOWNSHIP, Precision.COUNTY, Precision.NONE})


class WeighingSources(RuleSources, LocatingSources, Protocol):
    """What debtors are located and weighed with."""


def next_workday(calendar: WorkCalendar, now: datetime) -> date:
    """Return the first workday after today.

    Raises
    ------
    CalendarError
        If the calendar does not know the next days.
    """
    day = local_day(now) + timedelta(days=1)
    while calendar.day_kind(day) is not DayKind.WORKDAY:
        day += timedelta(days=1)
    return day


class KnownDebtors:
    """What the store and the rules say of the debtors of some cases.

    Parameters
    ----------
    cases
        One, or all that are open.
    records
        Of that case, or of all.

    Raises
    ------
    CalendarError
        If the calendar does not know the next days.
    """

    def __init__(
        self, sources: WeighingSources, cases: Sequence[Case], records: CaseRecords
    ) -> None:
        self._sources, self._now = sources, sources.clock()
        self.day = next_workday(sources.calendar, self._now)
        one = cases[0].id if len(cases) == 1 else None
        self._case_of = {case.id: case for case in cases}
        debtors = [each for each in records.debtors if each.case_id in self._case_of]
        grouped: dict[DebtorId, list[AddressClaim]] = {}
        for claim in records.claims:
            grouped.setdefault(claim.debtor_id, []).append(claim)
        self._of = {debtor.id: debtor.case_id for debtor in debtors}
        self._own = {debtor.id: tuple(grouped.get(debtor.id, ())) for debtor in debtors}
        self.barred = {debtor.id for debtor in debtors if self._is_barred(debtor)}
        self._debtors = [debtor for debtor in debtors if debtor.id not in self.barred]
        self._clocks = clocks_by_case(
            step_files(sources, *(() if one is None else (one,))),
            now=self._now,
            calendar=sources.calendar,
            profile=sources.profile,
        )
        self._answers = records.answers
        self._grids = {liaison.grid_code for liaison in sources.store.liaisons()}

    def case_of(self, debtor: DebtorId) -> Case:
        """Return whose case it is."""
        return self._case_of[self._of[debtor]]

    @property
    def considered(self) -> int:
        """How many debtors are weighed."""
        return len(self._debtors)

    def steps(self, located: Located, *, limit: int | None = None) -> tuple[NextStep, ...]:
        """Weigh checks against visits.

        Parameters
        ----------
        located
            Of all debtors in the records, or of more.
        limit
            How many debtors are told at most; None: all.
        """
        parameters = located.parameters
        weights, visits, checks = {}, {}, {}
        for debtor in self._debtors:
            case = self._case_of[debtor.case_id]
            weights[debtor.id] = case_weight(
                case,
                now=self._now,
                parameters=parameters,
                urgency=case_urgency(
                    case,
                    self._clocks.get(case.id, ()),
                    now=self._now,
                    profile=self._sources.profile,
                ),
            )
            for claim in self._own[debtor.id]:
                visits[claim.id] = self._bands(case, debtor, claim)
                checks[claim.id] = self._checks(debtor, claim, located)
        return next_steps(
            located,
            weights=weights,
            day=self.day,
            visits=visits,
            checks=checks,
            limit=limit,
        )

    def _is_barred(self, debtor: Debtor) -> bool:
        case, own = self._case_of[debtor.case_id], self._own[debtor.id]
        profile = self._sources.profile
        return has_block(check_case(case, debtor, own, on=self.day, profile=profile))

    def _bands(self, case: Case, debtor: Debtor, claim: AddressClaim) -> Collection[VisitBand]:
        """Return the bands of the day in which a visit may begin lawfully."""
        if claim.place is None or claim.place.precision in _NO_DOOR:
            return ()
        sources, day = self._sources, self.day
        if has_block(check_claim(case, debtor, claim, on=day, profile=sources.profile)):
            return ()
        windows = lawful_windows(
            case, claim, day, calendar=sources.calendar, profile=sources.profile
        )
        return [
            band
            for band, (begin_s, until_s) in BAND_HOURS_S.items()
            if any(max(begin_s, open_s) < min(until_s, close_s) for open_s, close_s in windows)
        ]

    def _checks(self, debtor: Debtor, claim: AddressClaim, located: Located) -> Collection[Check]:
        """Return what may be asked of a claim's place and was not answered yet."""
        if claim.place is None:
            return ()
        possible = {
            Check.LIAISON: claim.place.grid_code in self._grids,
            Check.LEASE_REGISTER: claim.kind in _LET and claim.place.precision not in _NO_DOOR,
            Check.TELEPHONE: Identifier.PHONE_TAIL in debtor.identifiers,
        }
        told = self._told_of(claim, located)
        return [check for check, may in possible.items() if may and check not in told]

    def _told_of(self, claim: AddressClaim, located: Located) -> set[Check]:
        """Return the checks that need not be made: their source spoke within its half-life."""
        same: set[ClaimId] = {claim.id, *located.claims[claim.id].same_place}
        today = local_day(self._now)
        spoken = [
            (check, each.seen_on)
            for each in self._own[claim.debtor_id]
            for check, source in CHECK_SOURCES.items()
            if each.id in same and each.source is source
        ]
        spoken += [(one.check, one.answered_on) for one in self._answers if one.claim_id in same]
        return {
            check
            for check, day in spoken
            if (today - day).days <= answer_half_life_d(located.parameters, check)
        }
