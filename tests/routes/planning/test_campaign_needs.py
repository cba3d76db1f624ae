"""From stores to campaigns: closed days, seasons, limits, rules and ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest

from data.demo.people import id_number
from geo.localtime import LOCAL_ZONE, moment_at
from geo.messages import message
from geo.model import Floats, HourBand, Point, Precision, TrafficDay, TravelMatrix
from routes.calendar import DayKind, DayOverride, WorkCalendar
from routes.errors import ProblemError
from routes.locating import default_parameters, locate
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    CaseKind,
    CaseNumber,
    CaseStatus,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    Grade,
    Identifier,
    Place,
    PlaceKind,
    SecretText,
    Shift,
    Team,
    TeamId,
)
from routes.planning.campaign_needs import (
    Campaigns,
    build_campaigns,
    open_days,
    township_ways,
)
from routes.planning.campaigns import CampaignKind, Way
from routes.planning.policy import default_policy
from routes.rules import load_profile
from routes.rules.clocks import Clock
from routes.seasons import default_seasons

RESTS = default_policy().rests
FIRST = date(2026, 1, 12)  # a Monday, five weeks before the Spring Festival of 17 February
NOW = datetime(2026, 1, 10, 1, tzinfo=UTC)
PROFILE, CALENDAR, SEASONS = load_profile(), WorkCalendar(), default_seasons()
BASE = Point(118.60, 24.93)


@dataclass
class Stores:
    """Cases and teams in memory; the team works on weekdays."""

    held_cases: list[Case] = field(default_factory=list)
    held_debtors: list[Debtor] = field(default_factory=list)
    held_claims: list[AddressClaim] = field(default_factory=list)
    held_teams: list[Team] = field(
        default_factory=lambda: [
            Team(TeamId("T1"), "第一组", 2, frozenset({"licence", "recorder"}), "car", BASE)
        ]
    )

    def add(
        self,
        number: int,
        kind: CaseKind = CaseKind.LOAN,
        *,
        place: PlaceKind = PlaceKind.HOME,
        township: str = "A",
        precision: Precision = Precision.DOOR,
        **changed: object,
    ) -> CaseId:
        case_id, debtor_id = CaseId(f"c{number}"), DebtorId(f"d{number}")
        case = Case(
            case_id,
            CaseNumber(2025, "闽0504", "执", number),
            kind,
            CaseStatus.ACTIVE,
            50_000.0,
            date(2025, 3, 1),
            basis_document="（2025）闽0504民初1号",
            basis_served_on=date(2025, 1, 5),
            performance_due_on=date(2025, 2, 1),
            notice_sent_on=date(2025, 3, 3),
            major_matter=False,
            vulnerable=(),
            objection_pending=False,
        )
        self.held_cases.append(replace(case, **changed))
        both = frozenset({Identifier.ID_NUMBER, Identifier.KIN})
        self.held_debtors.append(
            Debtor(
                debtor_id,
                case_id,
                DebtorKind.PERSON,
                SecretText("某"),
                SecretText(id_number(date(1980, 5, 1), number)),
                both,
            )
        )
        point = Point(118.60 + 0.001 * number, 24.95)
        self.held_claims.append(
            AddressClaim(
                ClaimId(f"a{number}"),
                debtor_id,
                SecretText("某地"),
                ClaimSource.RESIDENCE_PERMIT,
                place,
                date(2025, 12, 1),
                basis="查询函 1 号",
                identifiers=both,
                place=Place(point, precision, 0.9, township),
            )
        )
        return case_id

    def cases(self) -> Sequence[Case]:
        return self.held_cases

    def case(self, case_id: CaseId) -> Case | None:
        return next((one for one in self.held_cases if one.id == case_id), None)

    def debtors(self, case_id: CaseId | None = None) -> Sequence[Debtor]:
        return [one for one in self.held_debtors if case_id in (None, one.case_id)]

    def claims(self, _case_id: CaseId | None = None) -> Sequence[AddressClaim]:
        return self.held_claims

    def outcomes(self, _case_id: CaseId | None = None) -> Sequence[object]:
        return ()

    def leads(self, _case_id: CaseId | None = None) -> Sequence[object]:
        return ()

    def answers(self, _case_id: CaseId | None = None) -> Sequence[object]:
        return ()

    def teams(self) -> Sequence[Team]:
        return self.held_teams

    def shifts(self, day: date) -> Sequence[Shift]:
        if day.weekday() >= 5:
            return ()
        start, end = (datetime.combine(day, at, tzinfo=LOCAL_ZONE) for at in (time(8), time(17)))
        return [Shift(team.id, start, end) for team in self.held_teams]


def built(
    stores: Stores,
    *,
    first: date = FIRST,
    weeks: int = 8,
    clocks: dict[CaseId, Sequence[Clock]] | None = None,
) -> Campaigns:
    located = locate(
        debtors=stores.held_debtors,
        claims=stores.held_claims,
        outcomes=(),
        leads=(),
        now=NOW,
        parameters=default_parameters(),
        calendar=CALENDAR,
    )
    return build_campaigns(
        first=first,
        weeks=weeks,
        cases=stores,  # type: ignore[arg-type]
        field=stores,  # type: ignore[arg-type]
        located=located,
        calendar=CALENDAR,
        parameters=default_parameters(),
        profile=PROFILE,
        seasons=SEASONS,
        clocks=clocks or {},
        rests=RESTS,
    )


def lapse(case: CaseId, due: date) -> Clock:
    due_at = moment_at(due + timedelta(days=1), 0)
    start = due_at - timedelta(days=700)
    return Clock("Z8:item:i1", "Z8", "item:i1", start, due_at, start, message("查封届满"))


def test_days_without_a_shift_or_of_a_statutory_holiday_are_not_open() -> None:
    days = open_days(Stores(), CALENDAR, PROFILE, first=date(2026, 2, 9), weeks=2, rests=RESTS)  # type: ignore[arg-type]
    found = {one.day for one in days}
    assert date(2026, 2, 17) not in found  # the festival
    assert all(day.weekday() < 5 for day in found)
    assert all(CALENDAR.day_kind(day) is not DayKind.HOLIDAY for day in found)
    assert {one.shifts_s for one in days} == {(9 * 3600 - 3600,)}  # lunch is off
    assert not any(one.assumed for one in days)


def test_a_year_that_nobody_published_is_assumed_and_named_so() -> None:
    first = date(2027, 1, 1)
    days = open_days(Stores(), CALENDAR, PROFILE, first=first, weeks=1, rests=RESTS)  # type: ignore[arg-type]
    assert first not in {one.day for one in days}
    assert all(one.assumed for one in days)
    signed = WorkCalendar([DayOverride(date(2027, 1, 4), DayKind.WORKDAY, "院长", first)])
    known = open_days(Stores(), signed, PROFILE, first=first, weeks=1, rests=RESTS)  # type: ignore[arg-type]
    assert [one.day for one in known if not one.assumed] == [date(2027, 1, 4)]


def test_who_comes_home_for_the_festival_is_visited_in_the_season() -> None:
    stores = Stores()
    stores.add(1)
    stores.add(2, place=PlaceKind.WORK)
    found = built(stores)
    by_kind = {one.kind: one for one in found.plan.campaigns}
    assert "春节返乡" in found.seasons[(by_kind[CampaignKind.RETURNING].day - FIRST).days // 7]
    assert by_kind[CampaignKind.OTHER].debtors == ("d2",)
    assert "春节返乡" not in found.seasons[(by_kind[CampaignKind.OTHER].day - FIRST).days // 7]


def test_wages_are_sought_before_the_festival() -> None:
    stores = Stores()
    stores.add(1, CaseKind.WAGES)
    (early,) = built(stores).plan.campaigns
    assert early.kind is CampaignKind.WAGES
    assert early.day <= date(2026, 2, 16) == early.limit
    assert early.lost == 0.0  # there was time yet
    (late,) = built(stores, first=date(2026, 2, 9), weeks=2).plan.campaigns
    assert late.day <= date(2026, 2, 16)
    assert 0.3 * late.value < late.lost < 0.7 * late.value  # about half is gone afterwards


def test_what_lapses_first_is_sought_before_it_lapses() -> None:
    stores = Stores()
    case_id = stores.add(1, place=PlaceKind.WORK)
    limit = date(2026, 1, 21)
    for first, pressing in ((FIRST, False), (date(2026, 1, 19), True)):
        found = built(stores, first=first, clocks={case_id: [lapse(case_id, limit)]})
        (campaign,) = found.plan.campaigns
        assert campaign.day <= limit == campaign.limit
        assert str(campaign.why) == "查封届满"
        assert (found.plan.weeks[0].pressing_s > 0) is pressing


def test_whom_a_rule_keeps_or_who_has_no_door_is_counted_apart() -> None:
    stores = Stores()
    stores.add(1, grade=Grade.RED)
    stores.add(2, precision=Precision.TOWNSHIP)
    stores.add(3, status=CaseStatus.ENDED)
    stores.add(4, CaseKind.LEASE)
    found = built(stores)
    assert (found.blocked, found.unlocated) == (1, 1)
    assert [(one.kind, one.debtors) for one in found.plan.needs] == [(CampaignKind.LEASES, 1)]


def test_without_any_shift_there_is_an_error() -> None:
    stores = Stores(held_teams=[])
    stores.add(1)
    with pytest.raises(ProblemError, match="没有可用班次"):
        built(stores)


class Roads:
    """Travel times that are ten seconds a thousandth of a degree; an island has no road."""

    profiles = ("car",)

    def matrix(
        self,
        origins_lonlat: Floats,
        targets_lonlat: Floats,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelMatrix:
        apart = np.abs(origins_lonlat[:, None, :] - targets_lonlat[None, :, :]).sum(axis=2)
        seconds = np.round(apart * 10_000.0)
        seconds[:, targets_lonlat[:, 0] > 119.0] = np.inf
        return TravelMatrix(seconds, seconds * 10.0)


def test_ways_are_from_the_base_and_from_door_to_door() -> None:
    doors = {
        "A": [Point(118.61, 24.93), Point(118.62, 24.93), Point(118.64, 24.93)],
        "B": [Point(118.60, 24.95)],
        "island": [Point(119.5, 24.93)],
    }
    ways = township_ways(doors, [BASE], Roads(), profile="car")  # type: ignore[arg-type]
    assert ways == {"A": Way(200, 134), "B": Way(200, 600)}
    by_crow = township_ways(doors, [BASE], None, profile="car")
    assert by_crow.keys() == doors.keys()
    assert by_crow["B"].base_s == pytest.approx(0.02 * 111_320 / 7.0, abs=1.0)
