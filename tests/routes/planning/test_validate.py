"""For each way to damage a good plan, the check says that way's code."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from routes.planning import MaxIterations, solve, validate
from routes.planning.problem import (
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    Route,
    Stop,
    StopKind,
    Unassigned,
    UnassignedReason,
)
from routes.planning.validate import CODES, violations
from tests.routes.planning.samples import NEXT, district, district_plan

Damage = Callable[[Plan], Plan]
_OPTIONS: dict[str, Option] = {o.id: o for o in district().options}
_DUTIES: dict[str, PlanDuty] = {d.id: d for d in district().duties}


def _at(plan: Plan, test: Callable[[Stop], bool], skip: int = 1) -> tuple[int, int]:
    """Return route and stop of the last stop that fits; ``skip`` passes the frozen one."""
    return [
        (i, k)
        for i, route in enumerate(plan.routes)
        for k, stop in enumerate(route.stops)
        if test(stop) and (i or k >= skip)
    ][-1]


def _visit(stop: Stop) -> bool:
    return stop.kind is StopKind.VISIT


def _with_route(plan: Plan, index: int, route: Route) -> Plan:
    return replace(plan, routes=(*plan.routes[:index], route, *plan.routes[index + 1 :]))


def _with_stop(plan: Plan, at: tuple[int, int], stop: Stop | None) -> Plan:
    i, k = at
    stops = plan.routes[i].stops
    middle = () if stop is None else (stop,)
    return _with_route(
        plan, i, replace(plan.routes[i], stops=(*stops[:k], *middle, *stops[k + 1 :]))
    )


def _edit(test: Callable[[Stop], bool], **changes: object) -> Damage:
    def damage(plan: Plan) -> Plan:
        i, k = _at(plan, test)
        return _with_stop(plan, (i, k), replace(plan.routes[i].stops[k], **changes))  # type: ignore[arg-type]

    return damage


def _move(test: Callable[[Stop], bool], later_s: int, *, also_departure: bool = True) -> Damage:
    def damage(plan: Plan) -> Plan:
        i, k = _at(plan, test)
        stop = plan.routes[i].stops[k]
        gone_s = stop.departure_s + (later_s if also_departure else 0)
        moved = replace(stop, start_s=stop.start_s + later_s, departure_s=gone_s)
        return _with_stop(plan, (i, k), moved)

    return damage


def _drop(test: Callable[[Stop], bool]) -> Damage:
    return lambda plan: _with_stop(plan, _at(plan, test), None)


def _route_edit(index: int, **changes: object) -> Damage:
    return lambda plan: _with_route(
        plan,
        index,
        replace(plan.routes[index], **changes),  # type: ignore[arg-type]
    )


def _escorted_together(plan: Plan) -> Plan:
    """Give every escorted afternoon stop of the first day the same station and minute."""
    stops = [
        (i, k)
        for i, route in enumerate(plan.routes)
        for k, stop in enumerate(route.stops)
        if stop.escort_station is not None and route.day != NEXT
    ]
    for i, k in stops:
        stop = plan.routes[i].stops[k]
        plan = _with_stop(
            plan,
            (i, k),
            replace(stop, start_s=51000, departure_s=52500, escort_station="e1"),
        )
    assert len(stops) > 1
    return plan


def _swapped(plan: Plan) -> Plan:
    i, k = _at(plan, _visit, skip=2)
    stops = list(plan.routes[i].stops)
    stops[k - 1], stops[k] = stops[k], stops[k - 1]
    return _with_route(plan, i, replace(plan.routes[i], stops=tuple(stops)))


def _as_option(of: Callable[[Option], bool]) -> Damage:
    """Let a visit name an option that nobody asked for."""

    def damage(plan: Plan) -> Plan:
        i, k = _at(plan, _visit)
        ref = next(o.id for o in district().options if of(o))
        return _with_stop(plan, (i, k), replace(plan.routes[i].stops[k], ref=ref))

    return damage


def _route_to(team: str) -> Damage:
    """Let another team's shift drive the last route."""

    def damage(plan: Plan) -> Plan:
        shift = next(s for s in district().shifts if s.team == team and s.day == NEXT)
        index = next(i for i, r in enumerate(plan.routes) if r.shift == "s3")
        route = replace(plan.routes[index], shift=shift.id, team=team)
        return _with_route(plan, index, route)

    return damage


def _listed(item: Unassigned) -> Damage:
    return lambda plan: replace(plan, unassigned=(*plan.unassigned, item))


def _served_debtor(plan: Plan) -> str:
    i, k = _at(plan, _visit)
    return _OPTIONS[plan.routes[i].stops[k].ref].debtor


def _is_duty(stop: Stop) -> bool:
    return stop.kind is StopKind.DUTY


def _is_break(stop: Stop) -> bool:
    return stop.kind is StopKind.BREAK


def _is_q1(stop: Stop) -> bool:
    return stop.ref == "q1"


def _escorted(stop: Stop) -> bool:
    return stop.escort_station is not None


def _twice(plan: Plan) -> Plan:
    i, k = _at(plan, _visit)
    stop = plan.routes[i].stops[k]
    return _with_route(plan, i, replace(plan.routes[i], stops=(*plan.routes[i].stops, stop)))


def _duty_twice(plan: Plan) -> Plan:
    i, k = _at(plan, _is_duty)
    route = plan.routes[i]
    return _with_route(plan, i, replace(route, stops=(*route.stops, route.stops[k])))


def _thrice(shift: str) -> Damage:
    """Let a shift make all its stops three times."""

    def damage(plan: Plan) -> Plan:
        index = next(i for i, r in enumerate(plan.routes) if r.shift == shift)
        route = plan.routes[index]
        return _with_route(plan, index, replace(route, stops=route.stops * 3))

    return damage


def _q1_elsewhere(plan: Plan) -> Plan:
    i, k = _at(plan, _is_q1)
    stop = plan.routes[i].stops[k]
    other = next(n for n, r in enumerate(plan.routes) if r.shift == "s1")
    plan = _with_stop(plan, (i, k), None)
    route = plan.routes[other]
    return _with_route(plan, other, replace(route, stops=(*route.stops, stop)))


def _last_option(plan: Plan) -> Option:
    i, k = _at(plan, _visit)
    return _OPTIONS[plan.routes[i].stops[k].ref]


def _found(subject: Callable[[Option], str]) -> Damage:
    """Let a rule forbid what the plan visits."""
    return lambda plan: replace(
        plan,
        findings=(PlanFinding("A3", "block", subject(_last_option(plan)), "不得走访", "本院"),),
    )


_OUT = Unassigned("d0", UnassignedReason.OUTBID)
DAMAGES: list[tuple[str, Damage]] = [
    ("problem_id", lambda plan: replace(plan, problem_id="other")),
    ("unknown_shift", _route_edit(-1, shift="s9")),
    ("unknown_ref", _edit(_visit, ref="o999")),
    ("unknown_ref", _edit(_visit, place="p999")),
    ("unknown_station", _edit(_visit, escort_station="e9")),
    ("shift_twice", lambda plan: replace(plan, routes=(*plan.routes, plan.routes[0]))),
    ("wrong_team", _route_edit(0, team="t2")),
    ("wrong_day", _route_edit(0, day=NEXT)),
    ("wrong_day", _as_option(lambda o: o.day != NEXT)),
    ("wrong_place", _edit(_visit, place="p23")),
    ("stop_order", _swapped),
    ("stop_order", _edit(_visit, arrival_s=80000)),
    ("shift_hours", _route_edit(1, leave_s=30599)),
    ("shift_hours", _route_edit(1, return_s=63001)),
    ("window", _move(_visit, 10000)),
    ("window", _move(_is_q1, -60)),
    ("service_time", _move(_visit, -60, also_departure=False)),
    ("service_time", _move(_visit, 60, also_departure=False)),
    ("travel_time", _edit(_visit, arrival_s=0)),
    ("unreachable", _edit(_visit, place="p24")),
    ("length", _route_edit(0, length_m=1)),
    ("travel_sum", _route_edit(0, travel_s=1)),
    ("skills", _route_to("t3")),
    ("officers", _route_to("t3")),
    ("duty_team", _q1_elsewhere),
    ("max_stops", _thrice("s2")),
    ("capacity", _thrice("s3")),
    ("break_missed", _drop(_is_break)),
    ("break_place", _edit(_is_break, place="p23")),
    ("escort_missing", _edit(_escorted, escort_station=None)),
    ("escort_hours", _move(_escorted, 40000)),
    ("escort_capacity", _escorted_together),
    ("debtor_twice", _twice),
    ("duty_twice", _duty_twice),
    ("duty_unlisted", _drop(_is_duty)),
    ("debtor_unlisted", _drop(_visit)),
    (
        "listed_and_served",
        lambda plan: _listed(Unassigned(_served_debtor(plan), UnassignedReason.OUTBID))(plan),
    ),
    ("listed_twice", lambda plan: replace(plan, unassigned=plan.unassigned * 2)),
    ("unknown_unassigned", _listed(Unassigned("nobody", UnassignedReason.OUTBID))),
    ("blocked_reason", _listed(Unassigned("d0", UnassignedReason.BLOCKED))),
    (
        "blocked_reason",
        lambda plan: replace(
            plan,
            unassigned=tuple(
                replace(item, reason=UnassignedReason.OUTBID) for item in plan.unassigned
            ),
        ),
    ),
    ("value", _edit(_visit, value=99.0)),
    ("value", lambda plan: replace(plan, value=plan.value + 0.01)),
    ("price", lambda plan: replace(plan, price=plan.price + 0.01)),
    ("frozen_lost", lambda plan: _with_stop(plan, (0, 0), None)),
    ("frozen_lost", lambda plan: replace(plan, routes=plan.routes[1:])),
    ("frozen_flag", _edit(_visit, frozen=True)),
    ("blocked_visit", _found(lambda option: f"debtor:{option.debtor}")),
    ("blocked_visit", _found(lambda option: f"claim:{option.claim}")),
    ("blocked_visit", _found(lambda option: f"visit:{option.id}")),
]


def test_a_good_plan_has_no_violation() -> None:
    assert violations(district(), district_plan()) == ()


@pytest.mark.parametrize(
    ("code", "damage"), DAMAGES, ids=[f"{n}-{code}" for n, (code, _) in enumerate(DAMAGES)]
)
def test_each_damage_is_named(code: str, damage: Damage) -> None:
    plan = damage(district_plan())
    found = violations(district(), plan)
    assert code in {violation.code for violation in found}
    for violation in found:
        assert violation.path.startswith("$")
        assert "%(" not in str(violation.message)


@pytest.mark.parametrize("verdict", ["sign_off", "warn", "timer", "checklist"])
def test_findings_that_forbid_nothing_leave_a_plan_good(verdict: str) -> None:
    plan = district_plan()
    said = PlanFinding("N3", verdict, f"debtor:{_last_option(plan).debtor}", "须签批", "本院")
    assert violations(district(), replace(plan, findings=(said,))) == ()


@pytest.mark.parametrize("sort", ["debtor", "claim", "visit"])
def test_what_the_problem_blocks_is_neither_accepted_nor_planned(sort: str) -> None:
    plan = district_plan()
    option = _last_option(plan)
    subject = {"debtor": option.debtor, "claim": option.claim, "visit": option.id}[sort]
    said = PlanFinding("N2", "block", f"{sort}:{subject}", "不得走访", "本院")
    problem = replace(district(), blocked=(*district().blocked, said))
    assert "blocked_visit" in {violation.code for violation in violations(problem, plan)}
    again = solve(problem, stop=MaxIterations(50))
    assert violations(problem, again) == ()
    assert option.id not in {stop.ref for route in again.routes for stop in route.stops}
    reasons = {item.ref: (item.reason, item.detail) for item in again.unassigned}
    if sort == "debtor":
        assert reasons[option.debtor] == (UnassignedReason.BLOCKED, "N2")


def test_every_code_has_its_damage() -> None:
    in_company = {"pick_up", "together"}  # of a problem of their own, in test_company.py
    assert {code for code, _ in DAMAGES} == set(CODES) - in_company
    assert len(set(CODES)) == len(CODES)


def test_the_check_shares_no_code_with_the_search() -> None:
    parts = ("validate", "validate_route", "validate_escorts")
    allowed = {"routes.planning.problem", *(f"routes.planning.{part}" for part in parts)}
    folder = Path(validate.__file__).parent
    for name in (f"{part}.py" for part in parts):
        tree = ast.parse((folder / name).read_text(encoding="utf-8"))
        modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {m for m in modules if m and m.startswith("routes")} <= allowed
