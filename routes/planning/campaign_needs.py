"""From the stores to campaigns: who may be visited on which days, for what, and how far it is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from geo.localtime import local_day, moment_at
from geo.messages import Message, message
from geo.model import Floats, Point
from geo.ports import TravelEngine
from routes.bands import BAND_HOURS_S
from routes.calendar import DayKind, WorkCalendar, is_statutory
from routes.errors import CalendarError, ProblemError
from routes.locating import DayType, Located, LocatingParameters, case_weight
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    CaseKind,
    CaseStatus,
    ClaimId,
    Debtor,
    DebtorId,
    PlaceKind,
    VisitBand,
)
from routes.planning import fleet
from routes.planning.campaigns import CampaignKind, CampaignPlan, OpenDay, Prospect, Way, propose
from routes.planning.journeys import Places
from routes.planning.problem import Break
from routes.planning.sifting import NO_DOOR
from routes.ports import CaseStore, FieldStore
from routes.rules import RuleProfile, check_case, check_claim, has_block
from routes.rules.clocks import Clock, case_urgency
from routes.seasons import Seasons, festival_eve

__all__ = ["SERVICE_S", "Campaigns", "build_campaigns", "open_days", "township_ways"]

SERVICE_S = 1800  # at a door, as a plain visit to a home; assumed
_GAIN = 1.1  # P(found) in a season over that of other days, from which it is worth waiting; assumed
_SAMPLE = 60  # doors of a township whose way is asked for
_ALONE_S = 600  # from door to door where a township has one; assumed
_CROW_MPS = 7.0  # as the crow flies where there is no road network; assumed
_BEYOND_D = 28  # for so long after the last day somebody may still wait; assumed
_LEASES = frozenset({CaseKind.LEASE, CaseKind.EVICTION})
_SEIZURE = "Z8"


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Campaigns with the days they were chosen from, and who was left aside.

    Parameters
    ----------
    blocked
        Debtors whom a rule keeps from any visit on all days.
    unlocated
        Debtors without an address to drive to.
    by_crow
        Whether ways were taken as the crow flies, for want of a road network.
    seasons
        Names of the seasons on each first day of a week and after, by week.
    """

    plan: CampaignPlan
    days: tuple[OpenDay, ...]
    blocked: int
    unlocated: int
    by_crow: bool
    seasons: tuple[tuple[str, ...], ...]


def build_campaigns(
    *,
    first: date,
    weeks: int,
    cases: CaseStore,
    field: FieldStore,
    located: Located,
    calendar: WorkCalendar,
    parameters: LocatingParameters,
    profile: RuleProfile,
    seasons: Seasons,
    travel: TravelEngine | None = None,
    clocks: Mapping[CaseId, Sequence[Clock]],
    rests: Sequence[Break],
) -> Campaigns:
    """Return campaign days for some weeks from the open cases.

    Parameters
    ----------
    first
        First day of the first week.
    located
        What is believed of the debtors of these cases.
    travel
        None: ways as the crow flies.
    clocks
        Those that steps and seized property have started, by case.
    rests
        Of the teams.

    Raises
    ------
    ProblemError
        If nobody is on shift in these weeks.
    """
    days = open_days(field, calendar, profile, first=first, weeks=weeks, rests=rests)
    if not days:
        raise ProblemError(
            "%(first)s 至 %(last)s 没有可用班次，请先导入执行小组及其班次，或改选日期",
            first=first.isoformat(),
            last=(first + timedelta(days=7 * weeks - 1)).isoformat(),
        )
    end = first + timedelta(days=7 * weeks)
    adviser = _Adviser(days, first, end, located, calendar, parameters, profile, seasons)
    case_of = {case.id: case for case in cases.cases() if case.status is not CaseStatus.ENDED}
    claims_of: defaultdict[DebtorId, list[AddressClaim]] = defaultdict(list)
    for claim in cases.claims():
        claims_of[claim.debtor_id].append(claim)
    prospects: list[Prospect] = []
    doors: defaultdict[str, list[Point]] = defaultdict(list)
    blocked = unlocated = 0
    for debtor in cases.debtors():
        case = case_of.get(debtor.case_id)
        if case is None:
            continue
        placed = [
            claim
            for claim in claims_of[debtor.id]
            if claim.place is not None
            and claim.place.precision not in NO_DOOR
            and claim.id in located.claim_at
        ]
        if not placed:
            unlocated += 1
            continue
        found = adviser.prospect(case, debtor, placed, clocks.get(case.id, ()))
        if found is None:
            blocked += 1
            continue
        prospect, point = found
        prospects.append(prospect)
        doors[prospect.township].append(point)
    teams = field.teams()
    ways = township_ways(doors, [team.base for team in teams], travel, profile=teams[0].profile)
    plan = propose(prospects, days, ways, first=first, weeks=weeks, service_s=SERVICE_S)
    return Campaigns(
        plan, tuple(days), blocked, unlocated, travel is None, _by_week(seasons, first, weeks)
    )


def open_days(
    field: FieldStore,
    calendar: WorkCalendar,
    profile: RuleProfile,
    *,
    first: date,
    weeks: int,
    rests: Sequence[Break],
) -> list[OpenDay]:
    """Return the days on which somebody is on shift and civil visits need no signature (T1).

    A weekday that was made one of rest is not open: weekly shifts do not speak of it. A day that no
    calendar knows is open unless it is a statutory holiday of fixed date, and is
    named as assumed.
    """
    teams = field.teams()
    found = []
    for n in range(7 * weeks):
        day = first + timedelta(days=n)
        kind, assumed = _kind(calendar, day)
        if kind in profile.closed_days or (kind is DayKind.REST_DAY and day.weekday() < 5):
            continue
        shifts = fleet.work_shifts(
            field.shifts(day), teams, day, now=moment_at(day, 0), places=Places(), rests=rests
        )
        hours_s = tuple(
            one.end_s - one.start_s - sum(rest.duration_s for rest in one.breaks) for one in shifts
        )
        if hours_s:
            found.append(OpenDay(day, hours_s, assumed))
    return found


def _kind(calendar: WorkCalendar, day: date) -> tuple[DayKind, bool]:
    """Return what a day is, and whether that is only assumed."""
    try:
        return calendar.day_kind(day), False
    except CalendarError:
        if is_statutory(day):
            return DayKind.HOLIDAY, True
        return (DayKind.WORKDAY if day.weekday() < 5 else DayKind.REST_DAY), True


def township_ways(
    doors: Mapping[str, Sequence[Point]],
    bases: Iterable[Point],
    travel: TravelEngine | None,
    *,
    profile: str,
) -> dict[str, Way]:
    """Return how far each township is; one that no road reaches is left out.

    From the bases, the median of the doors' mean; from door to door, the mean way to the next
    door. Of many doors every so manyth is asked for.
    """
    starts = np.array([(p.lon, p.lat) for p in dict.fromkeys(bases)], dtype=np.float64)
    found = {}
    for township, points in sorted(doors.items()):
        step = math.ceil(len(points) / _SAMPLE)
        lonlat = np.array([(p.lon, p.lat) for p in points[::step]], dtype=np.float64)
        out_s = _seconds(starts, lonlat, travel, profile).mean(axis=0)
        if not np.isfinite(out_s).any():
            continue
        between_s = _seconds(lonlat, lonlat, travel, profile)
        np.fill_diagonal(between_s, np.inf)
        nearest_s = between_s.min(axis=1)
        nearest_s = nearest_s[np.isfinite(nearest_s)]
        found[township] = Way(
            math.ceil(float(np.median(out_s[np.isfinite(out_s)]))),
            math.ceil(float(nearest_s.mean())) if len(nearest_s) else _ALONE_S,
        )
    return found


def _seconds(origins: Floats, targets: Floats, travel: TravelEngine | None, profile: str) -> Floats:
    if travel is not None:
        return np.array(travel.matrix(origins, targets, profile=profile).travel_s)
    scale = np.array([np.cos(np.radians(origins[:, 1].mean())), 1.0]) * 111_320.0
    apart_m = (origins[:, None, :] - targets[None, :, :]) * scale
    return np.hypot(apart_m[..., 0], apart_m[..., 1]) / _CROW_MPS


def _by_week(seasons: Seasons, first: date, weeks: int) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(
            dict.fromkeys(
                one.name
                for n in range(7)
                for one in seasons.on(first + timedelta(days=7 * week + n))
                if one.odds_home != 1.0
            )
        )
        for week in range(weeks)
    )


class _Adviser:
    """Says of one debtor what a visit is worth on each open day.

    The worth of a find is taken on the first day throughout: that a case grows older is no reason
    to wait. What differs from day to day is the chance, and what is lost after a limit.
    """

    def __init__(
        self,
        days: Sequence[OpenDay],
        first: date,
        end: date,
        located: Located,
        calendar: WorkCalendar,
        parameters: LocatingParameters,
        profile: RuleProfile,
        seasons: Seasons,
    ) -> None:
        self.days = [one.day for one in days]
        self.first = first
        self.end = end
        self.located = located
        self.parameters = parameters
        self.profile = profile
        self.seasons = seasons
        self.eve = festival_eve(first)
        self.mondays = sorted({self._monday(day) for day in self.days})
        self.week_at = np.array(
            [self.mondays.index(self._monday(day)) for day in self.days], dtype=np.int64
        )
        kinds = [_kind(calendar, day)[0] for day in self.days]
        self.closed = np.array([k in profile.administrative_closed_days for k in kinds], dtype=bool)
        festive = [located.day_types(day) is DayType.FESTIVAL for day in self.days]
        self.odds = {
            kind: np.array(
                [
                    1.0 if off else seasons.odds(kind, day)
                    for day, off in zip(self.days, festive, strict=True)
                ]
            )
            for kind in PlaceKind
        }
        after = [end + timedelta(days=n) for n in range(_BEYOND_D)]
        self.odds_after = {
            kind: max(seasons.odds(kind, day) for day in after) for kind in PlaceKind
        }
        self.bands = {
            kind: np.array(
                [
                    max(start_s, low_s) + SERVICE_S <= min(end_s, high_s)
                    for start_s, end_s in (BAND_HOURS_S[band] for band in VisitBand)
                ]
            )
            for kind, (low_s, high_s) in profile.hours_s.items()
        }
        claims = located.evidence.claims
        chances = located.found_on(claims, self.days)
        self.chances: Mapping[ClaimId, Floats] = dict(zip(claims, chances, strict=True))

    def _monday(self, day: date) -> date:
        return self.first + timedelta(days=7 * ((day - self.first).days // 7))

    def prospect(
        self,
        case: Case,
        debtor: Debtor,
        claims: Sequence[AddressClaim],
        clocks: Sequence[Clock],
    ) -> tuple[Prospect, Point] | None:
        """Return what visits to a debtor are worth, and the door that is best; None if barred."""
        allowed = np.array(
            [self._allowed(case, debtor, claims, day) for day in self.mondays], dtype=bool
        ).reshape(len(self.mondays), len(claims))
        if not allowed.any():
            return None
        plain = np.zeros((len(claims), len(self.days)))
        for row, claim in enumerate(claims):
            by_band = self.chances[claim.id] * self.bands[claim.kind]
            plain[row] = by_band.max(axis=1) * allowed[self.week_at, row]
        if case.kind is CaseKind.ADMINISTRATIVE:
            plain[:, self.closed] = 0.0
        odds = np.array([self.odds[claim.kind] for claim in claims])
        by_claim = _multiplied(plain, odds)
        best = int(by_claim.max(axis=1).argmax())
        chances, usual = by_claim.max(axis=0), plain.max(axis=0)
        last = plain[:, self.week_at == self.week_at[-1]].max(axis=1)
        after = np.array([self.odds_after[claim.kind] for claim in claims])
        limit, why, kept = self._limit(case, clocks)
        shares = np.array([kept if limit is not None and day > limit else 1.0 for day in self.days])
        now = moment_at(self.first, 0)
        weight = case_weight(
            case,
            now=now,
            parameters=self.parameters,
            urgency=case_urgency(case, clocks, now=now, profile=self.profile),
        )
        worth = self._worth(chances, weight) * shares
        later = float(self._worth(_multiplied(last, after), weight).max())
        if limit is not None and limit < self.end:
            later *= kept
        place = claims[best].place
        assert place is not None  # only placed claims are asked about
        prospect = Prospect(
            debtor=debtor.id,
            township=place.township_code or "",
            kind=_campaign_kind(case, chances, usual),
            values=tuple(worth.tolist()),
            chances=tuple(chances.tolist()),
            later=later,
            limit=limit,
            why=why,
        )
        return prospect, place.point

    def _allowed(
        self, case: Case, debtor: Debtor, claims: Sequence[AddressClaim], day: date
    ) -> list[bool]:
        """Return for each claim whether no rule forbids it on the first day of a week."""
        if has_block(check_case(case, debtor, claims, on=day, profile=self.profile)):
            return [False] * len(claims)
        return [
            not has_block(check_claim(case, debtor, claim, on=day, profile=self.profile))
            for claim in claims
        ]

    def _worth(self, chances: Floats, weight: float) -> Floats:
        """Return the expected gain of one visit, as :func:`routes.locating.visits_value` does."""
        cost = self.parameters.value.failed_cost
        return np.maximum(chances * weight - (1.0 - chances) * cost, 0.0)

    def _limit(
        self, case: Case, clocks: Sequence[Clock]
    ) -> tuple[date | None, Message | None, float]:
        """Return the soonest day after which something is lost, what it is, and what is kept."""
        found: list[tuple[date, Message, float]] = [
            (
                local_day(clock.due_at) - timedelta(days=1),
                message("查封届满"),
                self.seasons.after_expiry,
            )
            for clock in clocks
            if clock.rule == _SEIZURE and local_day(clock.due_at) > self.first
        ]
        if case.kind is CaseKind.WAGES and self.eve is not None:
            found.append((self.eve, message("春节前兑现工资"), self.seasons.wages_after_festival))
        if not found:
            return None, None, 1.0
        return min(found, key=lambda one: one[0])


def _multiplied(chances: Floats, odds: Floats) -> Floats:
    """Return probabilities whose odds are so many times those given."""
    return odds * chances / (1.0 + (odds - 1.0) * chances)


def _campaign_kind(case: Case, chances: Floats, usual: Floats) -> CampaignKind:
    if case.kind is CaseKind.WAGES:
        return CampaignKind.WAGES
    if case.kind in _LEASES:
        return CampaignKind.LEASES
    if chances.max() > 0.0 and chances.max() >= _GAIN * usual.max():
        return CampaignKind.RETURNING
    return CampaignKind.OTHER
