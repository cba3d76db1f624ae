"""What a plan asks of stations, what their answers leave, and the two plans until they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.localtime import moment_at
from routes.model import ActionId, SupportKind, SupportRequest, SupportState
from routes.planning import MaxIterations, solve
from routes.planning.branches import duties_held
from routes.planning.disturbances import TimeAgreed
from routes.planning.problem import EscortMode, EscortSlot, Plan, Problem, Route, Stop, StopKind
from routes.planning.schedule import price_of
from routes.planning.support import (
    Ask,
    agreed_times,
    answered,
    broken_promises,
    offered,
    requests_of,
)
from routes.planning.support_branches import support_branches
from routes.planning.validate import violations
from tests.routes.planning.samples import DAY, NEXT, district, district_plan
from tests.routes.strategies import company_problems, problems, rich_problems

_CALM = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
CHECKPOINT_AT = {"p12": "e2"}


def planned(problem: Problem) -> Plan:
    return solve(problem, stop=MaxIterations(40), seed=1)


def request(ask: Ask, state: SupportState, *, proposed_s: int | None = None) -> SupportRequest:
    assert ask.station is not None
    return SupportRequest(
        id=f"q-{ask.ref}",
        action_id=ActionId("A1"),
        station_id=ask.station,
        kind=ask.kind,
        ref=ask.ref,
        starts_at=ask.starts_at,
        ends_at=ask.ends_at,
        state=state,
        created_at=ask.starts_at - timedelta(days=1),
        created_by="u1",
        expires_at=ask.starts_at,
        is_duty=ask.is_duty,
        document="协助函1号",
        proposed_starts_at=None if proposed_s is None else moment_at(ask.day, proposed_s),
    )


def stops(plan: Plan) -> dict[str, tuple[date, Stop]]:
    return {stop.ref: (route.day, stop) for route in plan.routes for stop in route.stops}


def escorts(problem: Problem, plan: Plan) -> list[Ask]:
    return [one for one in requests_of(problem, plan) if one.kind is SupportKind.ESCORT]


def test_each_escorted_visit_and_each_checkpoint_is_asked_for() -> None:
    problem, plan = district(), district_plan()
    asks = requests_of(problem, plan, territory=CHECKPOINT_AT)
    made = stops(plan)
    assert {one.ref for one in asks if not one.is_duty} == {
        ref for ref, (_, stop) in made.items() if stop.escort_station is not None
    }
    for one in asks:
        day, stop = made[one.ref]
        assert (one.day, one.start_s, one.end_s) == (day, stop.start_s, stop.departure_s)
        assert one.station == ("e2" if one.is_duty else stop.escort_station)
    assert [(one.ref, one.kind) for one in asks if one.is_duty] == [("q1", SupportKind.CHECKPOINT)]
    assert [one.station for one in requests_of(problem, plan) if one.is_duty] == [None]


def test_officers_who_are_fetched_are_asked_for_from_the_station_on() -> None:
    problem = district()
    option = replace(
        problem.options[4], escort=EscortMode.PICK_UP, escort_stations=("e1",), day=DAY
    )
    way = (
        Stop(StopKind.PICK_UP, option.id, "p6", 50400, 50400, 50700, escort_station="e1"),
        Stop(StopKind.VISIT, option.id, option.place, 51000, 51000, 52500, 14.0),
    )
    changed = replace(
        problem, options=tuple(option if o.id == option.id else o for o in problem.options)
    )
    plan = Plan(problem.id, "", 0, 0, 0.0, (Route("s1", "t1", DAY, 50000, 53000, way, 0, 0),))
    assert requests_of(changed, plan) == (
        Ask("e1", SupportKind.ESCORT, option.id, False, DAY, 50400, 52500),
    )


def test_without_an_answer_nothing_changes() -> None:
    problem, plan = district(), district_plan()
    asks = escorts(problem, plan)
    for state in (SupportState.DRAFT, SupportState.SENT, SupportState.WITHDRAWN):
        found = answered(problem, plan, [request(one, state) for one in asks])
        assert found.problem.options == problem.options
        assert found.problem.escort_stations == problem.escort_stations
        assert (found.promised, found.lost) == ((), ())


def test_a_confirmed_visit_keeps_station_and_minute() -> None:
    problem, plan = district(), district_plan()
    asked = escorts(problem, plan)[-1]
    found = answered(problem, plan, [request(asked, SupportState.CONFIRMED)])
    assert found.promised == (f"q-{asked.ref}",)
    option = next(one for one in found.problem.options if one.id == asked.ref)
    assert (option.window_start_s, option.window_end_s) == (asked.start_s, asked.start_s)
    assert option.escort_stations == (asked.station,)
    others = [
        f"visit:{one.id}"
        for one in problem.options
        if one.debtor == option.debtor and one.id != option.id
    ]
    assert set(others) <= {one.subject for one in found.problem.blocked}
    assert [floor.debtors for floor in found.problem.floors] == [frozenset({option.debtor})]
    assert found.problem.floors[0].price > sum(one.value for one in problem.options)
    assert broken_promises(problem, plan, [request(asked, SupportState.CONFIRMED)]) == ()
    without = replace(plan, routes=tuple(r for r in plan.routes if r.day != asked.day))
    broken = broken_promises(problem, without, [request(asked, SupportState.CONFIRMED)])
    assert [one.ref for one in broken] == [asked.ref]


@pytest.mark.parametrize("state", [SupportState.DECLINED, SupportState.EXPIRED])
def test_a_refused_hour_is_cut_and_the_option_keeps_its_others(state: SupportState) -> None:
    problem, plan = district(), district_plan()
    asked = escorts(problem, plan)[-1]
    found = answered(problem, plan, [request(asked, state)])
    assert found.problem.options == problem.options
    station = next(one for one in found.problem.escort_stations if one.id == asked.station)
    for slot in station.calendar:
        assert slot.day != asked.day or not (
            slot.start_s < asked.end_s and asked.start_s < slot.end_s
        )
    before = next(one for one in problem.escort_stations if one.id == asked.station)
    assert _hours(before.calendar) - _hours(station.calendar) == asked.end_s - asked.start_s


def _hours(calendar: tuple[EscortSlot, ...]) -> int:
    return sum(slot.end_s - slot.start_s for slot in calendar)


def test_a_proposal_is_an_option_at_its_hour() -> None:
    problem, plan = district(), district_plan()
    asked = escorts(problem, plan)[-1]
    option = next(one for one in problem.options if one.id == asked.ref)
    at_s = option.window_start_s + 600
    found = answered(
        problem, plan, [request(asked, SupportState.OTHER_TIME_PROPOSED, proposed_s=at_s)]
    )
    (added,) = (one for one in found.problem.options if one not in problem.options)
    assert (added.debtor, added.place, added.value) == (option.debtor, option.place, option.value)
    assert (added.window_start_s, added.window_end_s) == (at_s, at_s)
    assert added.escort_stations == (asked.station,)
    assert (found.promised, found.lost) == ((), ())


def test_a_proposal_at_an_hour_that_no_option_holds_is_left_to_people() -> None:
    problem, plan = district(), district_plan()
    asked = escorts(problem, plan)[-1]
    for state in (SupportState.OTHER_TIME_PROPOSED, SupportState.CONFIRMED):
        found = answered(problem, plan, [request(asked, state, proposed_s=75600)])
        assert found.problem.options == problem.options
        assert found.lost == (f"q-{asked.ref}",)


def test_an_offered_hour_takes_nothing_away() -> None:
    problem, plan = district(), district_plan()
    asked = escorts(problem, plan)[-1]
    option = next(one for one in problem.options if one.id == asked.ref)
    at_s = option.window_start_s + 600
    for state in (SupportState.OTHER_TIME_PROPOSED, SupportState.CONFIRMED):
        held = offered(problem, plan, [request(asked, state, proposed_s=at_s)])
        assert held.options[: len(problem.options)] == problem.options
        assert [one.window_start_s for one in held.options[len(problem.options) :]] == [at_s]
        assert violations(held, plan) == ()
    declined = request(asked, SupportState.DECLINED, proposed_s=at_s)
    assert offered(problem, plan, [declined]).options == problem.options


def test_an_agreed_hour_outside_the_calendar_is_free_then() -> None:
    problem, plan = district(), district_plan()
    asked = escorts(problem, plan)[-1]
    narrow = tuple(
        replace(one, calendar=(EscortSlot(asked.day, 50400, asked.start_s + 60, 2),))
        if one.id == asked.station
        else one
        for one in problem.escort_stations
    )
    held = replace(problem, escort_stations=narrow)
    found = answered(held, plan, [request(asked, SupportState.CONFIRMED)])
    station = next(one for one in found.problem.escort_stations if one.id == asked.station)
    assert set(station.calendar) == {
        EscortSlot(asked.day, 50400, asked.start_s, 2),
        EscortSlot(asked.day, asked.start_s, asked.end_s, 1),
    }


def test_a_checkpoint_that_is_refused_is_named_as_left_out() -> None:
    problem, plan = district(), district_plan()
    asked = next(one for one in requests_of(problem, plan, territory=CHECKPOINT_AT) if one.is_duty)
    refused = answered(problem, plan, [request(asked, SupportState.DECLINED)])
    assert "q1" not in {duty.id for duty in refused.problem.duties}
    assert "duty:q1" in {one.subject for one in refused.problem.blocked}
    agreed = answered(problem, plan, [request(asked, SupportState.CONFIRMED)])
    assert agreed.promised == ("q-q1",)
    assert broken_promises(problem, plan, [request(asked, SupportState.CONFIRMED)]) == ()
    moved_s = asked.start_s + 3600
    moved = request(asked, SupportState.CONFIRMED, proposed_s=moved_s)
    at_agreed = answered(problem, plan, [moved])
    assert at_agreed.promised == ("q-q1",)
    (duty,) = (duty for duty in at_agreed.problem.duties if duty.id == "q1")
    assert (duty.window_start_s, duty.window_end_s) == (moved_s, moved_s)
    later = tuple(
        replace(duty, window_start_s=moved_s, window_end_s=moved_s) if duty.id == "q1" else duty
        for duty in problem.duties
    )
    table = answered(replace(problem, duties=later), plan, [request(asked, SupportState.CONFIRMED)])
    assert table.lost == ("q-q1",)
    assert "q1" not in {duty.id for duty in table.problem.duties}


def test_a_plan_is_told_of_agreed_times_that_it_does_not_hold() -> None:
    problem, plan = district(), district_plan()
    asked = escorts(problem, plan)[-1]
    duty = next(one for one in requests_of(problem, plan, territory=CHECKPOINT_AT) if one.is_duty)
    option = next(one for one in problem.options if one.id == asked.ref)
    at_s = option.window_start_s + 600
    agreed = [
        request(asked, SupportState.CONFIRMED, proposed_s=at_s),
        request(duty, SupportState.CONFIRMED, proposed_s=duty.start_s + 1800),
    ]

    def lagging(*requests: SupportRequest, day: date = DAY, now_s: int = 0) -> set[TimeAgreed]:
        return set(agreed_times(problem, plan, requests, day=day, now_s=now_s))

    assert lagging(*agreed) == {
        TimeAgreed(asked.ref, at_s),
        TimeAgreed(duty.ref, duty.start_s + 1800),
    }
    assert lagging(agreed[0], day=asked.day, now_s=min(at_s, asked.start_s)) == set()
    assert lagging(request(asked, SupportState.CONFIRMED)) == set()
    assert lagging(request(asked, SupportState.OTHER_TIME_PROPOSED, proposed_s=at_s)) == set()
    assert lagging(request(asked, SupportState.CONFIRMED, proposed_s=75600)) == set()
    assert lagging(replace(agreed[0], station_id="elsewhere")) == set()


def begun(plan: Plan, day: date, by_s: int) -> dict[str, list[Stop]]:
    """Read, by shift, the stops that were begun before the hour."""
    found = {}
    for route in plan.routes:
        early = [
            replace(stop, frozen=False)
            for stop in route.stops
            if route.day < day or (route.day == day and stop.start_s < by_s)
        ]
        if early:
            found[route.shift] = early
    return found


def assert_same_until(yes: Plan, no: Plan, day: date, by_s: int) -> None:
    """Only who turns from a refused visit leaves later where he was last."""
    asked, refused = begun(yes, day, by_s), begun(no, day, by_s)
    for shift, stops in refused.items():
        *_, last = met = asked[shift]
        if stops[-1].departure_s != last.departure_s:
            assert stops[-1].departure_s >= by_s
            route = next(one for one in yes.routes if one.shift == shift)
            assert route.stops[len(met)] not in begun(no, day, 24 * 3600).get(shift, [])
            refused[shift] = [*stops[:-1], replace(stops[-1], departure_s=last.departure_s)]
    assert asked == refused


@_CALM
@given(problems(), st.data())
def test_both_plans_are_good_and_the_same_until_the_term(
    problem: Problem, data: st.DataObject
) -> None:
    day = data.draw(st.sampled_from(sorted({shift.day for shift in problem.shifts})))
    by_s = data.draw(st.integers(0, 24 * 3600))
    found = support_branches(problem, day=day, by_s=by_s, declined_id="no", solve=planned)
    yes, no = found.approved, found.unapproved
    for each in (yes, no):
        assert violations(each.problem, each.plan) == ()
    assert_same_until(yes.plan, no.plan, day, by_s)
    kept = {stop.ref for route in problem.frozen for stop in route.stops}
    asked = [one for one in escorts(yes.problem, yes.plan) if one.ref not in kept]
    assert all((one.day, one.start_s) >= (day, by_s) for one in asked)
    for one in asked:
        assert not any(
            (other.station, other.day) == (one.station, one.day)
            and other.start_s < one.end_s
            and one.start_s < other.end_s
            for other in escorts(no.problem, no.plan)
        )
    held = [duties_held(each.plan) for each in (yes, no)]
    assert held[0] >= held[1]
    assert held[0] > held[1] or (
        yes.plan.value - yes.plan.price >= no.plan.value - no.plan.price - 1e-9
    )


@pytest.mark.parametrize("kind", [rich_problems, company_problems])
@_CALM
@given(st.data())
def test_both_plans_are_good_where_all_has_a_price_and_teams_go_together(
    kind: Callable[[], st.SearchStrategy[Problem]], data: st.DataObject
) -> None:
    problem = data.draw(kind())
    day = data.draw(st.sampled_from(sorted({shift.day for shift in problem.shifts})))
    by_s = data.draw(st.integers(8 * 3600, 16 * 3600))
    found = support_branches(problem, day=day, by_s=by_s, declined_id="no", solve=planned)
    yes, no = found.approved, found.unapproved
    for each in (yes, no):
        assert violations(each.problem, each.plan) == ()
    assert_same_until(yes.plan, no.plan, day, by_s)
    if duties_held(yes.plan) == duties_held(no.plan):
        price = price_of(yes.problem, no.plan.routes)
        assert yes.plan.value - yes.plan.price >= no.plan.value - price - 1e-9


def test_what_is_promised_is_in_both_plans_of_a_district() -> None:
    problem = replace(district(), frozen=())
    first = planned(problem)
    asked = escorts(problem, first)
    assert len(asked) >= 2
    promised = asked[0]
    held = answered(problem, first, [request(promised, SupportState.CONFIRMED)]).problem
    found = support_branches(
        held,
        day=min(DAY, NEXT),
        by_s=8 * 3600,
        declined_id="no",
        solve=planned,
        confirmed={promised.ref},
    )
    for each in (found.approved, found.unapproved):
        _day, stop = stops(each.plan)[promised.ref]
        assert (stop.start_s, stop.escort_station) == (promised.start_s, promised.station)
