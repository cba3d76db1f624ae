"""Stores in, problem out: windows, needs, escorts, duties, blocks, and the limits of size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pytest
import shapely

from geo.errors import TravelError
from geo.localtime import moment_at
from geo.model import (
    Area,
    AreaKind,
    Floats,
    HourBand,
    Ints,
    Point,
    Precision,
    TrafficDay,
    TravelMatrix,
    TravelPath,
)
from geo.travel.closures import Closure
from geo.travel.parts import RoadParts
from routes.calendar import WorkCalendar
from routes.errors import CalendarError, ProblemError
from routes.locating import default_parameters
from routes.model import (
    Case,
    CaseId,
    CaseKind,
    CaseStatus,
    Checkpoint,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    EscortHours,
    Grade,
    Place,
    PlaceKind,
    Station,
    TeamId,
)
from routes.planning import MaxIterations, solve
from routes.planning.fairness import default_fairness
from routes.planning.journeys import travel_bands
from routes.planning.policy import PlanningPolicy, default_policy
from routes.planning.prepare import Prepared, build_problem
from routes.planning.problem import (
    Break,
    EscortMode,
    EscortSlot,
    Prices,
    StopKind,
    UnassignedReason,
)
from routes.planning.validate import violations
from tests.fakes import MemoryCases, MemoryField
from tests.routes.rules.samples import CASE, CHECKPOINT, CLAIM, DEBTOR, LOCAL, PROFILE, TEAM

DAY = date(2026, 11, 26)  # a Thursday
SATURDAY = date(2026, 11, 28)
NEW_YEAR = date(2026, 1, 1)
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=LOCAL)
CREW = replace(TEAM, officers=3, skills=frozenset({"licence", "recorder", "female_officer"}))


class Plain:
    """Travel in a straight line at 10 m/s; east of 119 degrees no road leads.

    A closure bars every way into its area from outside and back.
    """

    profiles: tuple[str, ...] = ("car",)

    def __init__(self, closures: Sequence[Closure] = ()) -> None:
        self.asked: list[tuple[int, HourBand, TrafficDay, int]] = []
        self.closures = closures

    def with_closures(self, closures: Sequence[Closure]) -> Plain:
        other = Plain(closures)
        other.asked = self.asked
        return other

    def nearest(self, *_: object, **__: object) -> tuple[Ints, Floats]:
        raise NotImplementedError

    def reach(self, *_: object, **__: object) -> RoadParts:
        raise NotImplementedError

    def matrix(
        self,
        origins_lonlat: Floats,
        targets_lonlat: Floats,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelMatrix:
        if profile not in self.profiles:
            raise TravelError("未知的交通方式")
        self.asked.append((len(origins_lonlat), band, day, len(self.closures)))
        step = origins_lonlat[:, None, :] - targets_lonlat[None, :, :]
        length_m = np.sqrt((step**2).sum(axis=2)) * 100_000.0
        length_m[origins_lonlat[:, 0] > 119.0, :] = np.inf
        length_m[:, targets_lonlat[:, 0] > 119.0] = np.inf
        for closure in self.closures:
            leaves = shapely.contains_xy(closure.area, *origins_lonlat.T)
            enters = shapely.contains_xy(closure.area, *targets_lonlat.T)
            length_m[leaves[:, None] != enters[None, :]] = np.inf
        return TravelMatrix(length_m / 10.0, length_m)

    def path(self, origin: Point, target: Point, **_: object) -> TravelPath | None:
        return None


class Halves:
    """Station P1 and township TW hold the west, P2 and TE the east of 118.65 degrees."""

    def areas(self, kind: AreaKind) -> Sequence[Area]:
        return ()

    def code_at(self, points_lonlat: Floats, *, kind: AreaKind) -> list[str | None]:
        west, east = ("P1", "P2") if kind is AreaKind.STATION_TERRITORY else ("TW", "TE")
        return [west if lon < 118.65 else east for lon in points_lonlat[:, 0]]


def _weekly(start: int, end: int, days: Sequence[int] = range(7), officers: int = 1) -> Any:
    return tuple(EscortHours(day, time(start), time(end), officers) for day in days)


def _field(**changes: Any) -> MemoryField:
    parts: dict[str, Any] = {
        "teams": (CREW,),
        "shifts": {"T1": _weekly(8, 18)},
        "stations": (
            Station("P1", "甲所", Point(118.62, 24.96), _weekly(9, 12) + _weekly(11, 17)),
            Station("P2", "乙所", Point(118.67, 24.96)),
        ),
        "checkpoints": (Checkpoint("K1", "东站", "rail", Point(118.63, 24.97)),),
        "duty_hours": {"K1": _weekly(15, 16, (3,))},
        "duty_basis": {"K1": CHECKPOINT.basis},
    }
    return MemoryField(**{**parts, **changes})


def _case(n: int, **changes: Any) -> tuple[Case, Debtor]:
    number = replace(CASE.number, seq=n)
    case = replace(CASE, id=CaseId(f"C{n}"), number=number, **changes)
    return case, replace(DEBTOR, id=DebtorId(f"D{n}"), case_id=case.id)


def _claim(n: int, lon: float = 118.62, **changes: Any) -> Any:
    place = Place(Point(lon, 24.95 + n / 1000), Precision.DOOR, 0.9)
    return replace(
        CLAIM, id=ClaimId(f"A{n}"), debtor_id=DebtorId(f"D{n}"), **{"place": place, **changes}
    )


def _store(*made: tuple[tuple[Case, Debtor], tuple[Any, ...]]) -> MemoryCases:
    return MemoryCases(
        [case for (case, _), _ in made],
        [debtor for (_, debtor), _ in made],
        [claim for _, claims in made for claim in claims],
    )


def _build(store: MemoryCases, **changes: Any) -> Prepared:
    asked: dict[str, Any] = {
        "problem_id": "P",
        "days": (DAY,),
        "now": NOW,
        "cases": store,
        "field": _field(),
        "travel": Plain(),
        "calendar": WorkCalendar(),
        "parameters": default_parameters(),
        "profile": PROFILE,
        "fairness": None,
        "policy": default_policy(),
        "areas": Halves(),
    }
    return build_problem(**{**asked, **changes})


ONE = ((_case(1)), (_claim(1),))


def test_windows_are_the_bands_inside_lawful_hours() -> None:
    field = _field(shifts={"T1": _weekly(7, 18)})
    options = {o.band: o for o in _build(_store(ONE), field=field).problem.options}
    assert set(options) == {"dawn", "morning", "midday", "afternoon"}  # no shift in the evening
    assert (options["dawn"].window_start_s, options["dawn"].window_end_s) == (25200, 28799)
    assert (options["morning"].window_start_s, options["morning"].window_end_s) == (28800, 41399)
    for option in options.values():
        assert option.needed_skills == {"licence", "recorder"}
        assert option.min_officers == 2
        assert (option.debtor, option.claim, option.day) == ("D1", "A1", DAY)
        assert option.service_s > 0
        assert option.p_found_low is not None
        assert option.p_found_high is not None
        assert 0.0 <= option.p_found_low <= option.p_found <= option.p_found_high <= 1.0
        assert option.p_found_low < option.p_found_high
        assert option.value > 0.0


def test_needs_follow_from_the_debtor() -> None:
    case, debtor = _case(1)
    asked = replace(debtor, needs_female_officer=True)
    problem = _build(_store(((case, asked), (_claim(1),)))).problem
    assert all("female_officer" in option.needed_skills for option in problem.options)


def test_languages_of_the_debtor_are_skills_of_the_team() -> None:
    case, debtor = _case(1)
    asked = replace(debtor, languages=frozenset({"dialect"}))
    store = _store(((case, asked), (_claim(1),)), (_case(2), (_claim(2),)))
    speaks = replace(CREW, id=TeamId("T2"), skills=CREW.skills | {"dialect"})
    hours = {"T1": _weekly(8, 18), "T2": _weekly(8, 18)}
    for teams, reason in (((CREW,), UnassignedReason.NO_SKILL), ((CREW, speaks), None)):
        problem = _build(store, field=_field(teams=teams, shifts=hours)).problem
        needed = {o.debtor: "dialect" in o.needed_skills for o in problem.options}
        assert needed == {"D1": True, "D2": False}
        plan = solve(problem, stop=MaxIterations(20))
        assert violations(problem, plan) == ()
        assert {u.ref: u.reason for u in plan.unassigned}.get("D1") is reason
        options = {o.id: o.debtor for o in problem.options}
        went = {options[s.ref]: r.team for r in plan.routes for s in r.stops if s.ref in options}
        assert went.get("D1") == (None if reason else "T2")


def test_a_team_makes_no_more_stops_and_works_no_longer_than_its_entry_says() -> None:
    store = _store(*((_case(n), (_claim(n),)) for n in range(1, 9)))
    free = {"duty_hours": {}, "shifts": {"T1": _weekly(14, 16)}}
    made = {}
    for name, team, price in (
        ("plain", CREW, 0.0),
        ("longer", replace(CREW, overtime_min=60), 0.0),
        ("dear", replace(CREW, overtime_min=60), 100.0),
        ("few", replace(CREW, overtime_min=60, max_stops=1), 0.0),
    ):
        policy = default_policy()
        policy = replace(policy, prices=replace(policy.prices, overtime_h=price))
        problem = _build(store, field=_field(teams=(team,), **free), policy=policy).problem
        (shift,) = problem.shifts
        assert (shift.overtime_s, shift.max_stops) == (60 * team.overtime_min, team.max_stops)
        plan = solve(problem, stop=MaxIterations(40))
        assert violations(problem, plan) == ()
        (route,) = plan.routes
        made[name] = len(route.stops), route.return_s > shift.end_s, problem.prices.overtime_h
    assert made["longer"][0] > made["plain"][0]
    assert [late for _, late, _ in made.values()][:3] == [False, True, False]
    assert made["few"][0] == 1
    best = max(o.value for o in _build(store).problem.options)
    assert 0.5 * best < made["dear"][2] / 100.0 <= best  # in what one of the best visits is worth


def test_overtime_ends_with_the_day() -> None:
    team = replace(CREW, overtime_min=120)
    field = _field(teams=(team,), shifts={"T1": _weekly(15, 23)}, duty_hours={})
    assert _build(_store(ONE), field=field).problem.shifts[0].overtime_s == 3600


def test_officers_without_a_car_are_fetched_at_their_station() -> None:
    first, second = _field().stations()
    store = _store(
        (_case(1, grade=Grade.BLACK), (_claim(1, 118.62),)),
        (_case(2, grade=Grade.BLACK), (_claim(2, 118.67),)),
    )
    second = replace(second, escort_hours=first.escort_hours)
    problem = _build(store, field=_field(stations=(replace(first, fetched=True), second))).problem
    assert {o.debtor: o.escort for o in problem.options} == {
        "D1": EscortMode.PICK_UP,
        "D2": EscortMode.AT_DOOR,
    }
    plan = solve(problem, stop=MaxIterations(30))
    assert violations(problem, plan) == ()
    pairs = [
        (a, b)
        for route in plan.routes
        for a, b in zip(route.stops, route.stops[1:], strict=False)
        if a.kind is StopKind.PICK_UP
    ]
    assert pairs
    assert {(fetch.escort_station, fetch.ref) for fetch, _ in pairs} == {
        ("P1", visit.ref) for _, visit in pairs
    }


def test_the_way_of_officers_with_their_own_car_counts() -> None:
    far = Station("P1", "甲所", Point(118.80, 24.96), _weekly(9, 10))
    store = _store((_case(1, grade=Grade.BLACK), (_claim(1, 118.62),)))
    for profile, served in (("", 1), ("car", 0)):  # half an hour there, half an hour back
        field = _field(stations=(replace(far, profile=profile),), duty_hours={})
        problem = _build(store, field=field).problem
        assert [one.profile for one in problem.escort_stations] == [profile]
        plan = solve(problem, stop=MaxIterations(20))
        assert violations(problem, plan) == ()
        assert sum(len(route.stops) for route in plan.routes) == served
    with pytest.raises(ProblemError, match="P1 的出警交通方式 boat 不在路网之内"):
        _build(store, field=_field(stations=(replace(far, profile="boat"),)))


def test_prices_and_rests_are_those_of_the_court() -> None:
    rest = Break(36000, 36000, 1800)
    policy = PlanningPolicy(Prices(travel_h=0.5, waiting_h=0.25, change=0.1), (rest,))
    problem = _build(_store(ONE), policy=policy).problem
    best = max(option.value for option in problem.options)
    assert problem.prices == Prices(0.5 * best, 0.25 * best, 0.0, 0.1 * best)
    assert problem.shifts[0].breaks == (rest,)


def test_black_list_takes_an_escort_of_the_territory() -> None:
    held = replace(_claim(3).place, station_id="P1")
    problem = _build(
        _store(
            (_case(1, grade=Grade.BLACK), (_claim(1, 118.62),)),
            (_case(2, grade=Grade.BLACK), (_claim(2, 118.67),)),
            (_case(3, grade=Grade.BLACK), (_claim(3, place=held),)),
            (_case(4), (_claim(4),)),
        )
    ).problem
    sent = {o.debtor: (o.escort, o.escort_stations) for o in problem.options}
    assert sent == {
        "D1": (EscortMode.AT_DOOR, ("P1",)),
        "D2": (EscortMode.AT_DOOR, ("P2",)),
        "D3": (EscortMode.AT_DOOR, ("P1",)),
        "D4": (EscortMode.NONE, ()),
    }


def test_overlapping_escort_hours_add_up() -> None:
    station = _build(_store(ONE)).problem.escort_stations[0]
    assert station.calendar == (
        EscortSlot(DAY, 32400, 39600, 1),
        EscortSlot(DAY, 39600, 43200, 2),
        EscortSlot(DAY, 43200, 61200, 1),
    )


def test_what_a_rule_blocks_is_listed_and_never_planned() -> None:
    prepared = _build(
        _store(
            ONE,
            (_case(2, grade=Grade.RED), (_claim(2),)),
            (_case(3), (_claim(3, basis=None),)),
            (_case(4, status=CaseStatus.ENDED), (_claim(4),)),
            (_case(5), (_claim(5, place=None),)),
            (_case(6), (_claim(6, place=Place(Point(118.6, 24.9), Precision.TOWNSHIP, 0.9)),)),
        )
    )
    assert prepared.debtors_considered == 5
    assert prepared.blocked == 2
    assert prepared.unlocated == 2
    assert {f.subject for f in prepared.problem.blocked} == {"debtor:D2", "debtor:D3"}
    assert {f.rule for f in prepared.problem.blocked} >= {"N2", "N7"}
    assert {o.debtor for o in prepared.problem.options} == {"D1"}
    plan = solve(prepared.problem, stop=MaxIterations(20))
    reasons = {item.ref: item.reason for item in plan.unassigned}
    assert reasons["D2"] is UnassignedReason.BLOCKED
    assert violations(prepared.problem, plan) == ()


def test_a_blocked_address_leaves_the_others() -> None:
    other = replace(_claim(1, 118.63, basis=None), id=ClaimId("A1b"))
    problem = _build(_store((_case(1), (_claim(1), other)))).problem
    assert {o.claim for o in problem.options} == {"A1"}


def test_two_sources_of_one_place_make_one_option_a_band() -> None:
    plain = _claim(1)
    second = replace(plain, id=ClaimId("A1b"), source=ClaimSource.UTILITY)
    weekend = (DAY, SATURDAY)
    one = _build(_store((_case(1), (plain,))), days=weekend).problem.options
    both = _build(_store((_case(1), (plain, second))), days=weekend).problem.options
    assert [(o.day, o.band) for o in both] == [(o.day, o.band) for o in one]
    assert len({(o.place, o.day, o.band) for o in both}) == len(both)
    assert sum(o.p_found for o in both) > sum(o.p_found for o in one)
    for blocked in (replace(plain, basis=None), replace(second, basis=None)):
        left = second if blocked.id == plain.id else plain
        problem = _build(_store((_case(1), (blocked, left)))).problem
        assert {o.claim for o in problem.options} == {left.id}


def test_a_holiday_has_no_lawful_hour() -> None:
    due = _case(1, filed_on=date(2025, 3, 2), performance_due_on=date(2025, 1, 2))
    prepared = _build(
        _store((due, (_claim(1, seen_on=date(2025, 3, 1)),))),
        days=(NEW_YEAR,),
        now=datetime(2025, 12, 20, tzinfo=LOCAL),
    )
    assert prepared.problem.options == ()
    assert (prepared.without_hour, prepared.blocked) == (1, 0)


def test_a_night_shift_ends_every_visit_by_the_lawful_end() -> None:
    made = [(_case(n), (_claim(n, kind=list(PlaceKind)[n % 4]),)) for n in range(1, 30)]
    evicted = (_case(30, kind=CaseKind.EVICTION, major_matter=True), (_claim(30),))
    prepared = _build(_store(*made, evicted), field=_field(shifts={"T1": _weekly(17, 23)}))
    options = prepared.problem.options
    assert max(o.window_end_s + o.service_s for o in options) == 21 * 3600
    plan = solve(prepared.problem, stop=MaxIterations(50))
    ends = [s.departure_s for r in plan.routes for s in r.stops if s.kind == "visit"]
    assert ends
    assert max(ends) <= 21 * 3600
    late = datetime(2026, 11, 26, 20, 45, tzinfo=LOCAL)
    assert _timely(_build(_store(ONE), now=late, field=_field(shifts={"T1": _weekly(17, 23)}))) == 0


def _timely(prepared: Prepared) -> int:
    shift = prepared.problem.shifts[0]
    return sum(o.window_end_s >= shift.start_s for o in prepared.problem.options)


def test_presence_differs_on_days_of_rest() -> None:
    problem = _build(_store(ONE), days=(SATURDAY, DAY)).problem
    p_found = {(o.day, o.band): o.p_found for o in problem.options}
    assert p_found[SATURDAY, "morning"] != p_found[DAY, "morning"]


def test_shifts_have_lunch_and_lose_what_has_passed() -> None:
    shift = _build(_store(ONE)).problem.shifts[0]
    assert (shift.start_s, shift.end_s) == (28800, 64800)
    assert [b.window_start_s for b in shift.breaks] == [41400]
    now = datetime(2026, 11, 26, 13, 30, tzinfo=LOCAL)
    cut = _build(_store(ONE), now=now).problem.shifts[0]
    assert (cut.start_s, cut.end_s, cut.breaks) == (48600, 64800, ())


def test_a_duty_for_nobody_or_for_a_debtor_who_settled_is_not_planned() -> None:
    assert _build(_store(ONE), field=_field(duty_basis={})).problem.duties == ()
    settled = (_case(1, status=CaseStatus.SETTLED), (_claim(1),))
    assert _build(_store(settled)).problem.duties == ()
    assert _build(_store((_case(2), (_claim(2),)))).problem.duties == ()


def test_a_duty_of_an_administrative_case_at_night_is_not_planned() -> None:
    field = _field(duty_hours={"K1": _weekly(22, 23, (3,))})
    (duty,) = _build(_store(ONE), field=field).problem.duties  # the director signs
    assert duty.window_start_s == 79_200
    administrative = (_case(1, kind=CaseKind.ADMINISTRATIVE), (_claim(1),))
    assert _build(_store(administrative), field=field).problem.duties == ()


def test_duties_come_with_their_rules() -> None:
    prepared = _build(_store(ONE))
    (duty,) = prepared.problem.duties
    assert (duty.window_start_s, duty.window_end_s, duty.service_s) == (54000, 54000, 3600)
    assert duty.label == "东站"
    plan = solve(prepared.problem, stop=MaxIterations(20))
    assert [s.ref for r in plan.routes for s in r.stops if s.kind == "duty"] == [duty.id]


def test_the_most_valuable_debtors_are_taken_while_there_is_room() -> None:
    made = [(_case(n, claim_yuan=1000.0 * n), (_claim(n),)) for n in range(1, 9)]
    prepared = _build(_store(*made), max_debtors=3)
    assert {o.debtor for o in prepared.problem.options} == {"D8", "D7", "D6"}
    assert prepared.left_out == 5
    few = _build(_store(*made), max_options_per_debtor=1).problem
    assert len(few.options) == 8


def test_livelihood_cases_and_far_townships_have_room_where_a_court_asks_for_it() -> None:
    worthy = [(_case(n, claim_yuan=900_000.0), (_claim(n),)) for n in range(1, 12)]
    wages = (_case(40, kind=CaseKind.WAGES, claim_yuan=100.0), (_claim(40, lon=118.66),))
    store = _store(*worthy, wages)
    plain = _build(store, max_debtors=8).problem
    assert "D40" not in {option.debtor for option in plain.options}
    assert plain.floors == ()
    fair = _build(store, max_debtors=8, fairness=default_fairness()).problem
    floors = {floor.id: floor for floor in fair.floors}
    assert floors["livelihood"].debtors == {"D40"}
    assert floors["township:TE"].debtors == {"D40"}
    assert floors["township:TW"].least == 1
    plan = solve(fair, stop=MaxIterations(50), seed=1)
    served = {stop.ref for route in plan.routes for stop in route.stops}
    assert any(option.id in served for option in fair.options if option.debtor == "D40")


def test_a_notice_that_is_overdue_makes_a_visit_worth_more() -> None:
    best = {}
    for name, sent_on in (("sent", CASE.notice_sent_on), ("due", None)):
        problem = _build(_store((_case(1, notice_sent_on=sent_on), (_claim(1),)))).problem
        best[name] = {option.id: option.value for option in problem.options}
    assert best["due"].keys() == best["sent"].keys()
    assert all(value > best["sent"][name] for name, value in best["due"].items())


def test_matrices_are_asked_only_for_bands_in_which_somebody_is_out() -> None:
    travel, heard = Plain(), []
    problem = _build(
        _store(ONE), travel=travel, progress=lambda done, total: heard.append((done, total))
    ).problem
    assert [asked[1] for asked in travel.asked] == ["morning_peak", "midday", "evening_peak"]
    assert {asked[2:] for asked in travel.asked} == {(TrafficDay.WORKDAY, 0)}
    assert problem.bands[0].start_s == 0
    assert problem.bands[-1].end_s == 86400
    assert heard[-1][0] == heard[-1][1]
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_the_plan_of_a_district_is_valid_and_far_debtors_say_so() -> None:
    made = [
        (
            _case(n, grade=Grade.BLACK if n % 5 == 0 else Grade.NONE),
            (_claim(n, 118.6 + n / 800, kind=list(PlaceKind)[n % 4]),),
        )
        for n in range(1, 60)
    ]
    far = (_case(99), (_claim(99, 119.5),))
    prepared = _build(_store(*made, far), days=(DAY, SATURDAY))
    plan = solve(prepared.problem, stop=MaxIterations(200), seed=1)
    assert violations(prepared.problem, plan) == ()
    assert sum(len(r.stops) for r in plan.routes) > 20
    reasons = {item.ref: item.reason for item in plan.unassigned}
    assert reasons["D99"] is UnassignedReason.TOO_FAR


def _shut(begin_h: float, end_h: float, west: float = 118.64, day: date = DAY) -> Closure:
    """Close the ways into the east from one hour to another."""
    return Closure(
        f"c{begin_h}",
        "桥梁维修",
        moment_at(day, int(begin_h * 3600)),
        moment_at(day, int(end_h * 3600)),
        area=shapely.box(west, 24.0, 118.9, 26.0),
    )


WEST_AND_EAST = (((_case(1)), (_claim(1),)), ((_case(2)), (_claim(2, 118.67),)))


def test_a_closure_costs_a_matrix_only_for_the_hours_in_which_it_is_in_force() -> None:
    travel = Plain()
    problem = _build(_store(ONE), travel=travel, closures=[_shut(10, 12)]).problem
    assert [asked[1:] for asked in travel.asked[:4]] == [
        ("morning_peak", "workday", 0),
        ("midday", "workday", 0),
        ("midday", "workday", 1),
        ("evening_peak", "workday", 0),
    ]
    assert [(b.name, b.start_s, b.end_s) for b in problem.bands] == [
        ("morning_peak", 0, 32400),
        ("midday", 32400, 34200),
        ("midday closed-1", 34200, 43200),  # half an hour ahead: who leaves then would meet it
        ("midday", 43200, 61200),
        ("evening_peak", 61200, 86400),
    ]
    assert {band.day for band in problem.bands} == {None}


def test_closures_outside_the_shifts_cost_nothing() -> None:
    travel, plain = Plain(), Plain()
    others = [_shut(0, 8), _shut(19, 20), _shut(9, 12, day=SATURDAY)]
    problem = _build(_store(ONE), travel=travel, closures=others).problem
    assert problem.bands == _build(_store(ONE), travel=plain).problem.bands
    assert travel.asked == plain.asked


def test_closures_that_overlap_make_a_band_for_each_set_of_them() -> None:
    problem = _build(_store(ONE), closures=[_shut(10, 12), _shut(11, 14, 118.66)]).problem
    assert [(b.name, b.start_s) for b in problem.bands] == [
        ("morning_peak", 0),
        ("midday", 32400),
        ("midday closed-1", 34200),
        ("midday closed-2", 37800),
        ("midday closed-3", 43200),
        ("midday", 50400),
        ("evening_peak", 61200),
    ]


def test_days_differ_by_their_kind_and_their_closures() -> None:
    friday = date(2026, 11, 27)
    travel = Plain()
    problem = _build(
        _store(ONE), travel=travel, days=(DAY, friday, SATURDAY), closures=[_shut(10, 12)]
    ).problem
    names = {day: [b.name for b in problem.bands if b.day == day] for day in (DAY, friday)}
    assert "midday closed-1" in names[DAY]
    assert "midday closed-1" not in names[friday]
    rest = [b.name for b in problem.bands if b.day == SATURDAY]
    assert rest == ["morning_peak rest_day", "midday rest_day", "evening_peak rest_day"]
    assert len({asked[1:] for asked in travel.asked}) == 7
    plan = solve(problem, stop=MaxIterations(20))
    assert violations(problem, plan) == ()


def test_a_night_shift_heeds_what_is_closed_after_midnight() -> None:
    store = MemoryField(teams=(CREW,), shifts={"T1": _weekly(17, 23)})
    shifts = [replace(s, end_s=93600) for s in _build(_store(ONE), field=store).problem.shifts]
    bands, _ = travel_bands(shifts, {DAY: TrafficDay.WORKDAY}, [_shut(24.5, 25)])
    assert [(b.name, b.start_s, b.end_s) for b in bands[-3:]] == [
        ("night", 75600, 86400),
        ("night closed-1", 86400, 90000),
        ("night", 90000, 93600),
    ]


def test_a_plan_crosses_after_the_closure_and_not_within() -> None:
    prepared = _build(_store(*WEST_AND_EAST), closures=[_shut(6, 14)])
    problem = prepared.problem
    plan = solve(problem, stop=MaxIterations(300), seed=1)
    assert violations(problem, plan) == ()
    place = {p.id: p for p in problem.places}
    stops = [stop for route in plan.routes for stop in route.stops]
    east = [stop for stop in stops if place[stop.place].lon > 118.64]
    assert east
    assert all(stop.arrival_s > 14 * 3600 for stop in east)
    assert any(stop.start_s < 14 * 3600 for stop in stops if place[stop.place].lon < 118.64)
    open_roads = _build(_store(*WEST_AND_EAST)).problem
    free = solve(open_roads, stop=MaxIterations(300), seed=1)
    debtor_of = {option.id: option.debtor for option in open_roads.options}
    visits = [s.ref for route in free.routes for s in route.stops if s.kind is StopKind.VISIT]
    assert len({debtor_of[ref] for ref in visits}) == 2


def test_who_is_cut_off_all_day_is_told_with_the_reason() -> None:
    shut = [replace(_shut(6, 20), reason="洪水"), _shut(9, 10, 118.66)]
    far = (_case(99), (_claim(99, 119.5),))
    problem = _build(_store(*WEST_AND_EAST, far), closures=shut).problem
    told = {cut.place: cut.reason for cut in problem.cut_off}
    assert told["claim:A2"] == "洪水；桥梁维修"
    assert "claim:A1" not in told
    assert "claim:A99" not in told  # no road leads there on any day
    assert {cut.day for cut in problem.cut_off} == {DAY}
    plan = solve(problem, stop=MaxIterations(50), seed=1)
    said = {item.ref: (item.reason, item.detail) for item in plan.unassigned}
    assert said["D2"] == (UnassignedReason.CLOSED, "洪水；桥梁维修")
    assert said["D99"] == (UnassignedReason.TOO_FAR, "")
    assert violations(problem, plan) == ()


def test_a_base_that_is_cut_off_waits_for_the_road() -> None:
    base = replace(CREW, base=Point(118.68, 24.96))
    field = _field(teams=(base,), checkpoints=(), duty_hours={})
    problem = _build(_store(ONE), field=field, closures=[_shut(6, 9.5)]).problem
    plan = solve(problem, stop=MaxIterations(50), seed=1)
    (route,) = plan.routes
    assert route.leave_s >= 9.5 * 3600
    assert violations(problem, plan) == ()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"days": ()}, ProblemError),
        ({"days": (date(2026, 11, 24),)}, ProblemError),
        ({"field": _field(shifts={})}, ProblemError),
        ({"field": _field(teams=(replace(CREW, profile="boat"),))}, ProblemError),
        ({"days": (date(2031, 1, 6),)}, CalendarError),
    ],
    ids=["no-day", "past", "no-shift", "vehicle", "calendar"],
)
def test_what_cannot_be_planned_is_refused(changes: dict[str, Any], error: type) -> None:
    with pytest.raises(error) as caught:
        _build(_store(ONE), **changes)
    assert "%(" not in str(caught.value)


def test_unknown_teams_have_no_shift() -> None:
    field = _field(teams=(CREW, replace(CREW, id=TeamId("T2"))))
    assert [s.team for s in _build(_store(ONE), field=field).problem.shifts] == ["T1"]
