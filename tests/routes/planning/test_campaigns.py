"""Campaign days by hand and by property: hours add up, room is kept, who loses most goes first."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.messages import message
from routes.errors import ProblemError
from routes.planning.campaigns import (
    Campaign,
    CampaignKind,
    CampaignPlan,
    OpenDay,
    Prospect,
    Way,
    propose,
    team_s,
)

MONDAY = date(2026, 11, 30)
SERVICE_S = 1800
NEAR, FAR = Way(600, 300), Way(3600, 600)
WAYS = {"near": NEAR, "far": FAR}


def days(count: int, *shifts_s: int, first: date = MONDAY) -> list[OpenDay]:
    return [OpenDay(first + timedelta(days=n), shifts_s) for n in range(count)]


def prospect(
    debtor: str,
    values: list[float],
    *,
    later: float = 0.0,
    township: str = "near",
    kind: CampaignKind = CampaignKind.OTHER,
    limit: date | None = None,
) -> Prospect:
    why = None if limit is None else message("查封届满")
    chances = tuple(value / 10.0 for value in values)
    return Prospect(debtor, township, kind, tuple(values), chances, later, limit, why)


def plan(prospects: list[Prospect], open_days: list[OpenDay], *, weeks: int = 1) -> CampaignPlan:
    return propose(prospects, open_days, WAYS, first=MONDAY, weeks=weeks, service_s=SERVICE_S)


def test_hours_are_the_way_there_the_doors_and_the_way_back() -> None:
    assert team_s(3, NEAR, SERVICE_S) == 2 * 600 + 3 * 1800 + 2 * 300
    assert team_s(1, FAR, SERVICE_S) == 2 * 3600 + 1800
    assert team_s(0, FAR, SERVICE_S) == 0


def test_a_campaign_takes_its_best_day_and_says_what_it_comes_to() -> None:
    found = plan([prospect("d1", [2.0, 4.0]), prospect("d2", [3.0, 5.0])], days(2, 28800))
    assert found.campaigns == (
        Campaign(
            day=MONDAY + timedelta(days=1),
            township="near",
            kind=CampaignKind.OTHER,
            debtors=("d2", "d1"),
            expected_found=0.9,
            value=9.0,
            lost=9.0,
            team_s=1200 + 3600 + 300,
            limit=None,
            why=None,
        ),
    )
    (week,) = found.weeks
    assert (week.capacity_s, week.pressing_s, week.planned_s) == (57600, 5100, 5100)
    assert (week.overload_s, week.left_waiting) == (0, 0)


def test_who_loses_most_by_waiting_goes_first_and_the_rest_is_overload() -> None:
    room_s = team_s(1, NEAR, SERVICE_S)
    mild, sharp = prospect("d1", [9.0], later=8.5), prospect("d2", [4.0], later=1.0)
    found = plan([mild, sharp], days(1, room_s))
    assert [one.debtors for one in found.campaigns] == [("d2",)]
    assert found.campaigns[0].lost == pytest.approx(3.0)
    (week,) = found.weeks
    assert week.pressing_s == 2 * room_s  # the shift has room for one
    assert (week.overload_s, week.left_waiting) == (room_s, 1)


def test_who_is_home_later_waits_for_it() -> None:
    open_days = [*days(1, 28800), *days(1, 28800, first=MONDAY + timedelta(days=7))]
    found = plan([prospect("d1", [1.0, 3.0], later=1.0)], open_days, weeks=2)
    assert [(one.day, one.lost) for one in found.campaigns] == [(MONDAY + timedelta(days=7), 2.0)]
    assert [week.pressing_s > 0 for week in found.weeks] == [False, True]


def test_who_loses_nothing_fills_the_room_that_is_left() -> None:
    room_s = team_s(1, NEAR, SERVICE_S) + team_s(1, FAR, SERVICE_S)
    patient = prospect("d1", [5.0], later=5.0, township="far")
    pressed = prospect("d2", [2.0], later=1.9)
    found = plan([patient, pressed], days(1, room_s))
    assert {one.debtors for one in found.campaigns} == {("d1",), ("d2",)}
    small = plan([patient, pressed], days(1, team_s(1, FAR, SERVICE_S)))
    assert [one.debtors for one in small.campaigns] == [("d2",)]
    assert small.weeks[0].overload_s == 0  # who can wait is no overload


def test_who_finds_no_room_at_the_best_time_takes_another() -> None:
    room_s = team_s(1, NEAR, SERVICE_S)
    open_days = [*days(1, room_s), *days(1, room_s, first=MONDAY + timedelta(days=7))]
    found = plan(
        [prospect("d1", [1.0, 3.0], later=1.0), prospect("d2", [2.0, 5.0], later=1.0)],
        open_days,
        weeks=2,
    )
    assert [(one.day, one.debtors) for one in found.campaigns] == [
        (MONDAY, ("d1",)),
        (MONDAY + timedelta(days=7), ("d2",)),
    ]
    assert [week.planned_s for week in found.weeks] == [room_s, room_s]
    assert [week.left_waiting for week in found.weeks] == [0, 1]


def test_the_soonest_limit_is_named() -> None:
    limits = [MONDAY + timedelta(days=4), MONDAY + timedelta(days=2)]
    found = plan(
        [prospect(f"d{k}", [3.0], limit=limit) for k, limit in enumerate(limits)],
        days(1, 28800),
    )
    assert found.campaigns[0].limit == limits[1]
    assert str(found.campaigns[0].why) == "查封届满"


def test_a_township_beyond_a_shift_or_a_road_has_a_need_and_no_campaign() -> None:
    lost = prospect("d1", [3.0], township="island")
    far = prospect("d2", [3.0], township="far")
    found = plan([lost, far], days(1, 7200))
    assert found.campaigns == ()
    assert [(one.township, one.debtors, one.reachable) for one in found.needs] == [
        ("far", 1, False),
        ("island", 1, False),
    ]


def test_kinds_and_townships_are_not_mixed_and_needs_add_up() -> None:
    wages = CampaignKind.WAGES
    people = [
        prospect("d1", [3.0]),
        prospect("d2", [3.0], kind=wages),
        prospect("d3", [4.0], kind=wages),
        prospect("d4", [3.0], kind=wages, township="far"),
    ]
    found = plan(people, days(1, 28800, 28800))
    assert len(found.campaigns) == 3
    need = {(one.township, one.kind): one for one in found.needs}
    assert need["near", wages].debtors == need["near", wages].planned == 2
    assert need["near", wages].expected_found == pytest.approx(0.7)
    assert need["near", wages].team_s == team_s(2, NEAR, SERVICE_S)
    assert sum(one.debtors for one in found.needs) == len(people)


@pytest.mark.parametrize("open_days", [[], days(2), days(2, 0)])
def test_without_a_shift_nothing_is_planned(open_days: list[OpenDay]) -> None:
    values = [3.0] * len(open_days)
    found = plan([prospect("d1", values)], open_days)
    assert found.campaigns == ()
    assert found.weeks[0].capacity_s == 0
    assert plan([], open_days).needs == ()


def test_values_that_do_not_fit_the_days_are_refused() -> None:
    with pytest.raises(ProblemError):
        plan([prospect("d1", [1.0])], days(2, 28800))


@st.composite
def courts(draw: st.DrawFn) -> tuple[list[Prospect], list[OpenDay]]:
    open_days = [
        OpenDay(
            MONDAY + timedelta(days=n), tuple(draw(st.lists(st.integers(0, 30000), max_size=2)))
        )
        for n in sorted(draw(st.sets(st.integers(0, 13), max_size=5)))
    ]
    worth = st.integers(0, 6).map(float)
    people = [
        prospect(
            f"d{k}",
            [draw(worth) for _ in open_days],
            later=draw(worth),
            township=draw(st.sampled_from(["near", "far", "island"])),
            kind=draw(st.sampled_from([CampaignKind.WAGES, CampaignKind.OTHER])),
        )
        for k in range(draw(st.integers(0, 9)))
    ]
    return people, open_days


@settings(max_examples=80, deadline=None)
@given(courts())
def test_room_is_kept_nobody_comes_twice_and_nobody_goes_on_a_worse_day(
    court: tuple[list[Prospect], list[OpenDay]],
) -> None:
    people, open_days = court
    found = plan(people, open_days, weeks=2)
    visited = Counter(debtor for one in found.campaigns for debtor in one.debtors)
    assert set(visited.values()) <= {1}
    used: defaultdict[date, int] = defaultdict(int)
    at = {one.day: k for k, one in enumerate(open_days)}
    by_id = {one.debtor: one for one in people}
    for one in found.campaigns:
        members = [by_id[debtor] for debtor in one.debtors]
        assert {(each.township, each.kind) for each in members} == {(one.township, one.kind)}
        assert one.team_s == team_s(len(members), WAYS[one.township], SERVICE_S)
        assert one.value == pytest.approx(sum(each.values[at[one.day]] for each in members))
        used[one.day] += one.team_s
    for each in open_days:
        assert used[each.day] <= sum(each.shifts_s)
    for week in found.weeks:
        inside = [one for one in found.campaigns if 0 <= (one.day - week.first).days < 7]
        assert week.planned_s == sum(one.team_s for one in inside) <= week.capacity_s
    assert plan(list(reversed(people)), open_days, weeks=2) == found


@settings(max_examples=40, deadline=None)
@given(courts())
def test_longer_shifts_never_leave_more_waiting_in_the_first_week(
    court: tuple[list[Prospect], list[OpenDay]],
) -> None:
    people, open_days = court
    longer = [replace(one, shifts_s=tuple(200_000 for _ in one.shifts_s)) for one in open_days]
    before, after = plan(people, open_days, weeks=2), plan(people, longer, weeks=2)
    assert after.weeks[0].left_waiting <= before.weeks[0].left_waiting or any(
        not one.reachable for one in before.needs
    )
