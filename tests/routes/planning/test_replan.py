"""Plans made anew under way: what is begun or promised stays, and each change has its cause."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routes.errors import PlanError, ReplanError
from routes.model import DutyKind
from routes.planning import MaxIterations, solve
from routes.planning.changes import ChangeKind
from routes.planning.disturbance_forms import disturbances_from_json, disturbances_to_json
from routes.planning.disturbances import (
    Disturbance,
    EscortCut,
    HomeNow,
    OfficersAway,
    Paid,
    PromiseGone,
    Roads,
    RoadsClosed,
    RuleBars,
    TeamLate,
    TeamOut,
    TimeAgreed,
)
from routes.planning.problem import (
    CutOff,
    EscortMode,
    EscortSlot,
    EscortStation,
    Matrix,
    Option,
    Plan,
    PlanPlace,
    PlanTeam,
    Prices,
    Problem,
    Stop,
    StopKind,
    TimeBand,
    WorkShift,
)
from routes.planning.replan import Replanned, default_price_of_change, replan
from routes.planning.validate import violations
from tests.routes.planning.line import at_door, line
from tests.routes.planning.samples import DAY, NEXT, district, district_plan
from tests.routes.strategies import company_problems, problems, rich_problems

_CALM = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
TEN_S = 10 * 3600
LEG_S = 600


def row(*, teams: int = 1, escorts: int = 0, doors: int = 3) -> Problem:
    """Return doors in a row, ten minutes apart, each for one debtor in the morning.

    The first ``escorts`` doors need the one officer of a station.
    """
    n = doors + 1
    along = np.abs(np.subtract.outer(np.arange(n), np.arange(n))).astype(np.float64)
    return Problem(
        id="row",
        places=tuple(PlanPlace(f"p{k}", 118.5 + k / 100, 24.9) for k in range(n)),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", along * LEG_S, along * 5000.0),),
        teams=tuple(
            PlanTeam(f"t{k}", 2, frozenset({"licence"}), "car", f"第{k}组")
            for k in range(1, teams + 1)
        ),
        shifts=tuple(
            WorkShift(f"s{k}", f"t{k}", DAY, 32400, 46800, "p0", "p0")
            for k in range(1, teams + 1)
        ),
        options=tuple(
            Option(
                f"o{k}", f"d{k}", f"p{k}", DAY, 32400, 43200, 1800, 10.0, 0.5, "morning",
                frozenset({"licence"}), 2,
                EscortMode.AT_DOOR if k <= escorts else EscortMode.NONE,
                ("e1",) if k <= escorts else (),
                f"c{k}",
            )
            for k in range(1, n)
        ),
        escort_stations=(EscortStation("e1", "p0", (EscortSlot(DAY, 28800, 46800),)),),
    )  # fmt: skip


def planned(problem: Problem, iterations: int = 60) -> Plan:
    return solve(problem, stop=MaxIterations(iterations), seed=1)


def again(
    problem: Problem,
    plan: Plan,
    *disturbances: Disturbance,
    now_s: int = TEN_S,
    day: date = DAY,
    promised: frozenset[str] = frozenset(),
    iterations: int = 60,
    roads: Roads | None = None,
) -> Replanned:
    made = replan(
        problem,
        plan,
        disturbances,
        now_day=day,
        now_s=now_s,
        promised=promised,
        stop=MaxIterations(iterations),
        seed=1,
        roads=roads,
    )
    assert violations(made.problem, made.plan) == ()
    return made


def stops(plan: Plan) -> dict[str, tuple[str, Stop]]:
    return {s.ref: (r.shift, s) for r in plan.routes for s in r.stops if s.ref}


def said(made: Replanned) -> dict[str, tuple[ChangeKind, str]]:
    return {one.subject: (one.kind, str(one.why)) for one in made.changes}


def begun(plan: Plan, day: date, now_s: int) -> dict[str, list[str]]:
    """Read, by shift, what was begun before now."""
    found: dict[str, list[str]] = {}
    for route in plan.routes:
        refs = [
            stop.ref
            for stop in route.stops
            if (route.day, stop.start_s) <= (day, now_s) and (route.day < day or now_s > 0)
        ]
        if refs:
            found[route.shift] = refs
    return found


@st.composite
def mishaps(draw: st.DrawFn, problem: Problem, plan: Plan, day: date, now_s: int) -> Disturbance:
    """Draw something that may happen to a plan."""
    teams = sorted({shift.team for shift in problem.shifts if shift.day == day})
    team = draw(st.sampled_from(teams))
    kinds: list[Disturbance] = [
        TeamLate(team, draw(st.integers(1, 7200))),
        TeamOut(team),
        OfficersAway(team, draw(st.integers(1, 2))),
    ]
    officers = draw(st.sampled_from([None, 1]))
    kinds += [EscortCut(one.id, now_s, 86400, officers) for one in problem.escort_stations]
    kinds += [Paid(debtor) for debtor in sorted({option.debtor for option in problem.options})]
    escorted = sorted(
        stop.ref for route in plan.routes for stop in route.stops if stop.escort_station
    )
    kinds += [PromiseGone(ref) for ref in escorted]
    begun_by = {
        stop.ref for r in plan.routes for stop in r.stops if (r.day, stop.start_s) <= (day, now_s)
    }
    kinds += [
        TimeAgreed(option.id, at_s)
        for option in problem.options
        if option.id in escorted
        and option.id not in begun_by
        and option.escort is EscortMode.AT_DOOR
        for at_s in {option.window_start_s, option.window_end_s}
        if (option.day, at_s) > (day, now_s)
    ]
    return draw(st.sampled_from(kinds))


@pytest.mark.parametrize("kind", [problems, rich_problems, company_problems])
@_CALM
@given(st.integers(32000, 60000), st.data())
def test_whatever_happens_the_validator_accepts_and_what_is_begun_stays(
    kind: Callable[[], st.SearchStrategy[Problem]], now_s: int, data: st.DataObject
) -> None:
    problem = data.draw(kind())
    plan = planned(problem, 20)
    days = sorted({shift.day for shift in problem.shifts})
    day = data.draw(st.sampled_from(days))
    assume(any(s.day == day and s.end_s >= now_s for s in problem.shifts))
    alive = {s.team for s in problem.shifts if s.day == day and s.end_s >= now_s}
    happened = [
        one
        for one in data.draw(st.lists(mishaps(problem, plan, day, now_s), max_size=3))
        if getattr(one, "team", None) in {None, *alive}
    ]
    made = again(problem, plan, *happened, now_s=now_s, day=day, iterations=20)
    new = {route.shift: [stop.ref for stop in route.stops] for route in made.plan.routes}
    for shift, refs in begun(plan, day, now_s).items():
        assert new[shift][: len(refs)] == refs
    for route in made.plan.routes:
        assert all(stop.start_s >= now_s or stop.frozen for stop in route.stops if route.day == day)


@_CALM
@given(problems(), st.integers(32000, 60000))
def test_with_nothing_happening_and_no_time_nothing_changes(problem: Problem, now_s: int) -> None:
    plan = planned(problem, 20)
    day = problem.shifts[0].day
    assume(any(s.day == day and s.end_s >= now_s for s in problem.shifts))
    made = again(problem, plan, now_s=now_s, day=day, iterations=0)
    assert made.changes == ()
    for old, new in zip(plan.routes, made.plan.routes, strict=True):
        assert tuple(replace(s, frozen=False) for s in new.stops) == tuple(
            replace(s, frozen=False) for s in old.stops
        )


@pytest.mark.parametrize("now_s", [TEN_S, 14 * 3600])
def test_promised_stops_keep_team_minute_and_station(now_s: int) -> None:
    problem, plan = district(), district_plan()
    promised = frozenset(
        stop.ref
        for route in plan.routes
        for stop in route.stops
        if stop.kind is StopKind.DUTY or stop.escort_station
    )
    assert len(promised) >= 4
    loser = next(
        option.debtor
        for option in problem.options
        if option.id in stops(plan) and option.id not in promised and option.day == NEXT
    )
    made = again(problem, plan, Paid(loser), now_s=now_s, promised=promised)
    assert made.broken == ()
    old, new = stops(plan), stops(made.plan)
    for ref in promised:
        assert new[ref][0] == old[ref][0]
        assert new[ref][1].start_s == old[ref][1].start_s
        assert new[ref][1].escort_station == old[ref][1].escort_station


def test_a_debtor_who_paid_is_dropped_and_the_time_is_used() -> None:
    problem = row(doors=6)
    plan = planned(problem)
    old = stops(plan)
    absent = {f"d{k}" for k in range(1, 7)} - {f"d{ref[1:]}" for ref in old}
    last = max(old, key=lambda ref: old[ref][1].start_s)
    made = again(problem, plan, Paid(f"d{last[1:]}"))
    kind, why = said(made)[f"d{last[1:]}"]
    assert (kind, why) == (ChangeKind.DROPPED, "被执行人已履行")
    added = [one for one in made.changes if one.kind is ChangeKind.ADDED]
    assert {one.subject for one in added} <= absent
    assert all("空出的时间" in str(one.why) for one in added)


def test_one_who_paid_at_the_door_keeps_the_visit_and_loses_the_next() -> None:
    problem = row()
    plan = planned(problem)
    first = min(stops(plan).items(), key=lambda item: item[1][1].start_s)
    made = again(problem, plan, Paid(f"d{first[0][1:]}"), now_s=first[1][1].departure_s)
    assert first[0] in stops(made.plan)
    assert said(made) == {}


def test_a_late_team_loses_what_no_longer_fits_and_says_so() -> None:
    problem = row(doors=5)
    plan = planned(problem)
    made = again(problem, plan, TeamLate("t1", 5400), now_s=32400)
    told = said(made)
    assert told
    dropped = [why for kind, why in told.values() if kind is ChangeKind.DROPPED]
    assert dropped
    assert all("晚点 90 分钟" in why for why in dropped)
    kinds = {kind for kind, _ in told.values()}
    assert kinds == {ChangeKind.DROPPED, ChangeKind.RETIMED}


def test_a_team_that_waits_at_a_door_makes_up_for_a_delay() -> None:
    problem = row(doors=1)
    late_door = replace(problem.options[0], window_start_s=TEN_S)
    problem = replace(problem, options=(late_door,))
    plan = planned(problem)
    leave_s = plan.routes[0].leave_s
    early = replace(plan.routes[0], leave_s=leave_s - 900, stops=tuple(
        replace(stop, arrival_s=stop.arrival_s - 900) for stop in plan.routes[0].stops
    ))  # fmt: skip
    plan = replace(plan, routes=(early,))
    assert violations(problem, plan) == ()
    made = again(problem, plan, TeamLate("t1", 600), now_s=leave_s - 600, iterations=0)
    assert made.changes == ()
    assert made.plan.routes[0].stops[0].start_s == TEN_S


def test_another_team_takes_over_from_one_that_is_out() -> None:
    problem = row(teams=2, doors=4)
    plan = planned(problem)
    made = again(problem, plan, TeamOut("t1"), now_s=32400)
    told = said(made)
    assert {route.team for route in made.plan.routes} == {"t2"}
    assert "第1组 今天不能继续出勤" in {why for _, why in told.values()}


def test_a_team_that_lacks_an_officer_visits_nobody_who_needs_two() -> None:
    problem = row(teams=2)
    plan = planned(problem)
    made = again(problem, plan, OfficersAway("t2"), now_s=32400)
    assert all(route.team == "t1" for route in made.plan.routes)


def test_an_escort_that_is_withdrawn_takes_its_visits_along() -> None:
    problem = row(escorts=2)
    plan = planned(problem)
    assert {"o1", "o2"} <= stops(plan).keys()
    made = again(problem, plan, EscortCut("e1", 28800, 46800), now_s=32400)
    assert said(made)["d1"][1] == said(made)["d2"][1] == "派出所 e1 在 08:00–13:00 撤回警力"
    assert {"o1", "o2"}.isdisjoint(stops(made.plan))


def test_a_promise_that_is_gone_frees_nothing_of_the_others() -> None:
    problem = row(escorts=2)
    plan = planned(problem)
    old = stops(plan)
    later = max(("o1", "o2"), key=lambda ref: old[ref][1].start_s)
    earlier = "o1" if later == "o2" else "o2"
    made = again(problem, plan, PromiseGone(later), now_s=32400, promised=frozenset({"o1", "o2"}))
    new = stops(made.plan)
    assert new[earlier][1].start_s == old[earlier][1].start_s
    assert (
        later not in new
        or new[later][1].departure_s <= old[later][1].start_s
        or new[later][1].start_s >= old[later][1].departure_s
    )
    assert made.broken == (later,)


def test_a_checkpoint_without_its_officers_is_left_out_unless_it_is_begun() -> None:
    problem, plan = district(), district_plan()
    duty = next(one for one in problem.duties if one.kind == DutyKind.CHECKPOINT)
    at_s = stops(plan)[duty.id][1].start_s
    made = again(problem, plan, PromiseGone(duty.id), day=DAY, now_s=at_s - 3600)
    assert duty.id not in stops(made.plan)
    assert duty.id not in {one.id for one in made.problem.duties}
    assert said(made)[duty.id] == ("dropped", "派出所不能协助这项勤务")
    assert f"duty:{duty.id}" in {one.subject for one in made.problem.blocked}
    begun = again(problem, plan, PromiseGone(duty.id), day=DAY, now_s=at_s + 60)
    assert stops(begun.plan)[duty.id][1].start_s == at_s
    hearing = replace(duty, kind=DutyKind.HEARING)
    held = replace(problem, duties=tuple(hearing if d.id == duty.id else d for d in problem.duties))
    with pytest.raises(ReplanError, match="需警力协助的走访或勤务"):
        again(held, plan, PromiseGone(duty.id), day=DAY, now_s=at_s - 3600)


def test_a_visit_is_made_at_the_time_that_was_agreed_and_stays_there() -> None:
    problem = row(teams=2, escorts=2)
    plan = planned(problem)
    at_s = 11 * 3600 + 1200
    assert stops(plan)["o1"][1].start_s != at_s
    made = again(problem, plan, TimeAgreed("o1", at_s), now_s=30000, promised=frozenset({"o2"}))
    assert made.broken == ()
    new = stops(made.plan)
    assert (new["o1"][1].start_s, new["o1"][1].escort_station) == (at_s, "e1")
    assert new["o2"][1].start_s == stops(plan)["o2"][1].start_s
    assert said(made)["d1"][1] == "派出所另提时间，本院已同意：11:20"
    (change,) = (one for one in made.changes if one.subject == "d1")
    assert (change.was, change.now) != (None, None)
    later = again(
        made.problem, made.plan, TeamLate("t1", 1200), now_s=32400, promised=frozenset({"o1"})
    )
    assert later.broken == ()
    assert stops(later.plan)["o1"][1].start_s == at_s


def test_an_agreed_time_outweighs_all_else() -> None:
    problem = row(escorts=1, doors=4)
    dear = tuple(replace(o, value=0.1 if o.id == "o1" else 50.0) for o in problem.options)
    problem = replace(problem, options=dear)
    plan = planned(problem)
    assert "o1" in stops(plan)
    made = again(problem, plan, TimeAgreed("o1", 36000), now_s=30000)
    assert stops(made.plan)["o1"][1].start_s == 36000
    assert made.broken == ()


def test_a_visit_takes_the_worth_of_the_hours_that_were_agreed() -> None:
    problem = row(escorts=1)
    first = problem.options[0]
    later = replace(
        first, id="o1b", value=4.0, p_found=0.2, band="noon",
        window_start_s=43260, window_end_s=46000,
    )  # fmt: skip
    problem = replace(problem, options=(*problem.options, later))
    plan = planned(problem)
    assert "o1" in stops(plan)
    made = again(problem, plan, TimeAgreed("o1", 43500), now_s=30000)
    stop = stops(made.plan)["o1"][1]
    assert (stop.start_s, stop.value) == (43500, 4.0)
    assert "o1b" not in stops(made.plan)


def test_the_station_has_nobody_at_the_hour_that_it_would_not_take() -> None:
    problem = row(escorts=2)
    plan = planned(problem)
    old = stops(plan)["o1"][1]
    made = again(problem, plan, TimeAgreed("o1", 42000), now_s=30000)
    new = stops(made.plan)
    assert new["o1"][1].start_s == 42000
    assert "o2" not in new or not (
        new["o2"][1].start_s < old.departure_s and old.start_s < new["o2"][1].departure_s
    )


def test_a_checkpoint_moves_to_the_agreed_time_and_a_hearing_does_not() -> None:
    problem, plan = district(), district_plan()
    duty = next(one for one in problem.duties if one.kind == DutyKind.CHECKPOINT)
    at_s = duty.window_start_s + 1800
    made = again(problem, plan, TimeAgreed(duty.id, at_s), day=DAY, now_s=30000)
    assert made.broken == ()
    assert stops(made.plan)[duty.id][1].start_s == at_s
    hearing = replace(duty, kind=DutyKind.HEARING)
    held = replace(problem, duties=tuple(hearing if d.id == duty.id else d for d in problem.duties))
    with pytest.raises(ReplanError, match="不由派出所确定"):
        again(held, plan, TimeAgreed(duty.id, at_s), day=DAY, now_s=30000)


def test_closed_roads_cut_a_door_off() -> None:
    problem = row()
    plan = planned(problem)
    shut = np.array(problem.matrices[0].travel_s)
    shut[3, :3] = shut[:3, 3] = np.inf
    roads = Roads(
        problem.bands,
        (Matrix("car", "all", shut, np.array(problem.matrices[0].length_m)),),
        (CutOff("p3", DAY, "桥梁检修"),),
    )
    made = again(problem, plan, RoadsClosed("桥梁检修"), now_s=32400, roads=roads)
    assert said(made)["d3"] == (ChangeKind.DROPPED, "道路封闭（桥梁检修），到不了")


def test_an_urgent_lead_is_followed_while_it_lasts() -> None:
    problem = row(doors=8)
    plan = planned(problem)
    out = next(f"d{k}" for k in range(1, 9) if f"o{k}" not in stops(plan))
    until_s = TEN_S + 3600
    made = again(problem, plan, HomeNow(out, until_s, 1.0))
    kind, why = said(made)[out]
    assert kind is ChangeKind.ADDED
    assert why == "紧急线索：11:00 前可找到"
    (ref,) = (one.now.ref for one in made.changes if one.subject == out and one.now)
    stop = stops(made.plan)[ref][1]
    assert TEN_S <= stop.start_s <= until_s
    assert stop.value == pytest.approx(20.0)
    assert made.problem.options[: len(problem.options)] == problem.options


def test_a_change_costs_a_tenth_of_a_visit_where_nobody_names_a_price() -> None:
    problem = row()
    plan = planned(problem)
    assert default_price_of_change(plan) == pytest.approx(1.0)
    assert default_price_of_change(replace(plan, routes=())) == 0.0
    assert again(problem, plan).problem.prices.change == pytest.approx(1.0)
    for price in (0.0, 0.5):
        priced = replace(problem, prices=Prices(change=price))
        assert again(priced, plan).problem.prices.change == price


def test_a_dear_change_leaves_more_as_it_was() -> None:
    """Two kinds of stops are counted: dropped, and given to another team."""
    plan = planned(district(), 0)
    changed = []
    for price in (0.0, 1000.0):
        problem = replace(district(), prices=replace(district().prices, change=price))
        made = again(problem, plan, TeamLate("t2", 1800), now_s=TEN_S, iterations=200)
        kinds = [one.kind for one in made.changes]
        changed.append(sum(kind in (ChangeKind.DROPPED, ChangeKind.MOVED) for kind in kinds))
    cheap, dear = changed
    assert dear < cheap


def test_of_two_places_for_a_new_stop_the_one_that_moves_nobody_is_taken() -> None:
    options = [at_door(name, place) for name, place in (("x", "p1"), ("a", "p2"), ("b", "p3"))]
    problem = line(*options, at_door("y", "p1", service_s=600, value=1.0))
    problem = replace(
        problem,
        shifts=(replace(problem.shifts[0], max_stops=3),),
        prices=Prices(travel_h=0.1),
    )
    plan = planned(problem)
    assert set(stops(plan)) == {"x", "a", "b"}
    made = again(problem, plan, Paid("d-x"), now_s=28800)
    assert {one.subject: one.kind for one in made.changes} == {
        "d-x": ChangeKind.DROPPED,
        "d-y": ChangeKind.ADDED,
    }


@pytest.mark.parametrize(("waiting_h", "stays"), [(0.0, True), (0.2, True), (20.0, False)])
def test_stops_keep_their_minutes_where_waits_are_cheap(waiting_h: float, stays: bool) -> None:
    """A short visit in the place of a long one leaves time in which the next would come sooner."""
    long, short = (
        at_door(name, "p1", window_end_s=29700, service_s=service_s, value=value)
        for name, service_s, value in (("x", 2700, 10.0), ("y", 600, 1.0))
    )
    problem = line(long, at_door("a", "p2"), at_door("b", "p3"), short)
    problem = replace(
        problem,
        shifts=(replace(problem.shifts[0], max_stops=3),),
        prices=Prices(travel_h=0.1, waiting_h=waiting_h),
    )
    plan = planned(problem)
    assert set(stops(plan)) == {"x", "a", "b"}
    made = again(problem, plan, Paid("d-x"), now_s=28800)
    kinds = {one.subject: one.kind for one in made.changes}
    assert (kinds.pop("d-x"), kinds.pop("d-y")) == (ChangeKind.DROPPED, ChangeKind.ADDED)
    assert set(kinds.values()) == (set() if stays else {ChangeKind.RETIMED})


@pytest.mark.parametrize(
    ("happened", "word"),
    [
        ([TeamLate("t9", 60)], "小组 t9"),
        ([EscortCut("e9", TEN_S, 86400)], "派出所 e9"),
        ([EscortCut("e1", 28800, TEN_S)], "已过"),
        ([Paid("d99")], "被执行人 d99"),
        ([PromiseGone("o1")], "需警力协助的走访或勤务 o1"),
        ([TimeAgreed("o9", 42000)], "需警力协助的走访 o9"),
        ([TimeAgreed("o1", 42000)], "需警力协助的走访 o1"),
        ([HomeNow("d1", TEN_S - 1, 0.5)], "已失效"),
        ([HomeNow("d1", 86400, 0.5, claim="c9")], "没有合法可走访的时段"),
        ([RoadsClosed("施工")], "行车时间"),
    ],
)
def test_what_the_plan_knows_nothing_of_is_refused(
    happened: Sequence[Disturbance], word: str
) -> None:
    problem = row()
    with pytest.raises(ReplanError, match=word):
        again(problem, planned(problem, 0), *happened)


@pytest.mark.parametrize(
    ("at_s", "now_s", "word"),
    [
        (42000, 46000, "o1 约定的时间 11:40 已过"),
        (42000, 41000, "已经开始"),
        (45000, 30000, "12:30 没有可走访的时段"),
    ],
)
def test_a_time_that_cannot_be_kept_any_more_is_refused(at_s: int, now_s: int, word: str) -> None:
    problem = row(escorts=1)
    with pytest.raises(ReplanError, match=word):
        again(problem, planned(problem), TimeAgreed("o1", at_s), now_s=now_s)


def test_a_visit_that_is_not_planned_has_no_time_to_move() -> None:
    nobody = (EscortStation("e1", "p0", ()),)
    problem = replace(row(escorts=1), escort_stations=nobody)
    plan = planned(problem)
    with pytest.raises(ReplanError, match="不在这份计划之中"):
        again(problem, plan, TimeAgreed("o1", 42000))


@pytest.mark.parametrize(
    ("day", "now_s", "word"),
    [
        (DAY + timedelta(days=9), TEN_S, "不在计划的日期之内"),
        (DAY, 86000, "23:53 不在当天的班次之内"),
        (DAY, -1, "班次之内"),
    ],
)
def test_an_hour_outside_the_plan_is_refused(day: date, now_s: int, word: str) -> None:
    problem = row()
    with pytest.raises(ReplanError, match=word):
        again(problem, planned(problem, 0), day=day, now_s=now_s)


def test_a_plan_that_makes_a_stop_twice_is_refused() -> None:
    problem = row()
    plan = planned(problem)
    route = plan.routes[0]
    twice = replace(plan, routes=(replace(route, stops=(*route.stops, route.stops[0])),))
    with pytest.raises(PlanError, match="不能据以调整"):
        again(problem, twice)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TeamLate("t1", 0),
        lambda: OfficersAway("t1", 0),
        lambda: EscortCut("e1", 10, 10),
        lambda: EscortCut("e1", 0, 10, 0),
        lambda: TimeAgreed("o1", 86400),
        lambda: HomeNow("d1", 40000, 0.0),
        lambda: HomeNow("d1", -1, 0.5),
    ],
)
def test_a_disturbance_without_sense_is_not_made(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ReplanError):
        wrong()


@pytest.mark.parametrize(
    "happened",
    [
        TeamLate("t1", 60),
        OfficersAway("t1", 0, frozenset({"licence", "female_officer"})),
        TeamOut("t1"),
        EscortCut("e1", 0, 10, 2),
        PromiseGone("o1"),
        TimeAgreed("o1", 40000),
        RoadsClosed("施工"),
        HomeNow("d1", 40000, 0.5),
        Paid("d1"),
        RuleBars("o1", "A3", "已中止", "民事诉讼法第267条"),
    ],
)
def test_disturbances_come_back_from_their_form(happened: Disturbance) -> None:
    form = json.loads(json.dumps(disturbances_to_json([happened])))
    assert disturbances_from_json(form) == (happened,)


@pytest.mark.parametrize(
    "form",
    [{}, [1], [{}], [{"kind": "flood"}], [{"kind": "paid"}], [{"kind": "paid", "to": "x"}],
     [{"kind": "team_late", "team": "t1", "late_s": "soon"}], [{"kind": ["paid"]}]],
)  # fmt: skip
def test_a_form_of_another_kind_is_refused(form: object) -> None:
    with pytest.raises(ReplanError):
        disturbances_from_json(form)


def test_a_visit_that_a_rule_bars_meanwhile_is_dropped_with_the_rule() -> None:
    problem = row()
    bar = RuleBars("o3", "A3", "执行已中止", "民事诉讼法第267条")
    made = again(problem, planned(problem), bar, now_s=32400)
    assert said(made)["d3"] == (ChangeKind.DROPPED, "规则 A3 现已禁止：执行已中止")
