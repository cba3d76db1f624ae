"""An independent check of a plan: shares no code with the search.

It reads the problem as a person would: one stop after another, with the times that the plan
states. Each violation has a code, the place in the plan's JSON form, and a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from geo.messages import message
from routes.planning.problem import (
    RETIMED_S,
    RETIMED_SHARE,
    Option,
    Plan,
    Problem,
    Route,
    StopKind,
    UnassignedReason,
)
from routes.planning.validate_escorts import check_escorts, check_fetched, check_together
from routes.planning.validate_route import Book, Violation, check_route, strange

__all__ = ["CODES", "Violation", "violations"]

_VALUE_TOLERANCE = 1e-6

CODES = (
    "problem_id",
    "unknown_shift",
    "unknown_ref",
    "unknown_station",
    "shift_twice",
    "wrong_team",
    "wrong_day",
    "wrong_place",
    "stop_order",
    "shift_hours",
    "window",
    "service_time",
    "travel_time",
    "unreachable",
    "length",
    "travel_sum",
    "skills",
    "officers",
    "duty_team",
    "max_stops",
    "capacity",
    "break_missed",
    "break_place",
    "escort_missing",
    "escort_hours",
    "escort_capacity",
    "pick_up",
    "together",
    "debtor_twice",
    "duty_twice",
    "duty_unlisted",
    "debtor_unlisted",
    "listed_and_served",
    "listed_twice",
    "unknown_unassigned",
    "blocked_reason",
    "value",
    "price",
    "frozen_lost",
    "frozen_flag",
    "blocked_visit",
)
"""Every code that :func:`violations` may report."""


def violations(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Return everything in which a plan breaks its problem; nothing for a good plan.

    Parameters
    ----------
    problem
        What was to be planned.
    plan
        The answer, from any engine or by hand.

    Returns
    -------
    tuple of Violation
        In the order of the plan. Travel may be stated longer than the matrix says, never
        shorter; values may differ by 1e-6.
    """
    book = Book.open(problem)
    found: list[Violation] = []
    if plan.problem_id != problem.id:
        found.append(
            Violation(
                "problem_id",
                "$.problem_id",
                message("计划属于问题 %(plan)s，不是 %(id)s", plan=plan.problem_id, id=problem.id),
            )
        )
    known: list[tuple[str, Route]] = []
    seen: set[str] = set()
    for index, route in enumerate(plan.routes):
        path = f"$.routes[{index}]"
        shift = book.shifts.get(route.shift)
        if shift is None:
            found.append(
                Violation(
                    "unknown_shift", f"{path}.shift", message("班次 %(id)s 不存在", id=route.shift)
                )
            )
            continue
        if route.shift in seen:
            found.append(
                Violation("shift_twice", path, message("班次 %(id)s 有两条路线", id=route.shift))
            )
        seen.add(route.shift)
        known.append((path, route))
        unknown = list(strange(book, route, path))
        found += unknown
        if not unknown:
            found += check_route(book, shift, route, path)
            found += check_fetched(book, route, path)
    found += _frozen(book, plan)
    found += check_escorts(book, known)
    found += check_together(book, known)
    found += _served_once(book, known)
    found += _blocked(book, plan)
    found += _unassigned(book, plan)
    found += _values(book, plan)
    return tuple(found)


def _frozen(book: Book, plan: Plan) -> Iterator[Violation]:
    routes = {route.shift: (k, route) for k, route in enumerate(plan.routes)}
    for shift, frozen in book.frozen.items():
        index, route = routes.get(shift, (-1, None))
        if route is None or not book.kept(route) or route.leave_s != frozen.leave_s:
            yield Violation(
                "frozen_lost",
                "$.routes" if route is None else f"$.routes[{index}]",
                message("班次 %(id)s 已固定的停留被改动", id=shift),
            )


def _served_once(book: Book, routes: list[tuple[str, Route]]) -> Iterator[Violation]:
    together = {frozenset(one.options) for one in book.problem.sets}
    visits: dict[str, frozenset[str]] = {}
    duties: set[str] = set()
    twice: set[str] = set()
    for path, route in routes:
        for k, stop in enumerate(route.stops):
            here = f"{path}.stops[{k}].ref"
            if stop.kind is StopKind.VISIT and stop.ref in book.options:
                debtor = book.options[stop.ref].debtor
                again = stop.ref in visits.get(debtor, ()) and stop.ref not in twice
                if again and book.options[stop.ref].together:
                    twice.add(stop.ref)
                    continue
                before = visits.get(debtor, frozenset())
                visits[debtor] = before | {stop.ref}
                if before and (stop.ref in before or visits[debtor] not in together):
                    yield Violation(
                        "debtor_twice", here, message("被执行人 %(id)s 被安排两次", id=debtor)
                    )
            elif stop.kind is StopKind.DUTY and stop.ref in book.duties:
                if book.duties[stop.ref].together and stop.ref in duties - twice:
                    twice.add(stop.ref)
                elif stop.ref in duties:
                    yield Violation(
                        "duty_twice", here, message("勤务 %(id)s 被安排两次", id=stop.ref)
                    )
                duties.add(stop.ref)


def _about(option: Option) -> tuple[str, str, str]:
    """Return the subjects under which a finding may speak of an option."""
    return f"debtor:{option.debtor}", f"claim:{option.claim}", f"visit:{option.id}"


def _blocked(book: Book, plan: Plan) -> Iterator[Violation]:
    """Report every visit that a rule forbids, by the problem or by the plan's own findings."""
    rules = {f.subject: f.rule for f in plan.findings if f.verdict == "block"}
    rules |= {f.subject: f.rule for f in book.problem.blocked}
    for index, route in enumerate(plan.routes):
        for k, stop in enumerate(route.stops):
            option = book.options.get(stop.ref) if stop.kind is StopKind.VISIT else None
            if option is None:
                continue
            said = [rules[subject] for subject in _about(option) if subject in rules]
            if said:
                yield Violation(
                    "blocked_visit",
                    f"$.routes[{index}].stops[{k}].ref",
                    message("规则 %(rule)s 禁止走访 %(id)s", rule=said[0], id=option.id),
                )


def _unassigned(book: Book, plan: Plan) -> Iterator[Violation]:
    """Check that everyone is either served or listed with a reason, never both."""
    stops = [stop for route in plan.routes for stop in route.stops]
    served = {
        "debtor": {
            book.options[s.ref].debtor
            for s in stops
            if s.kind is StopKind.VISIT and s.ref in book.options
        },
        "duty": {s.ref for s in stops if s.kind is StopKind.DUTY},
    }
    blocked = {
        finding.subject.removeprefix("debtor:")
        for finding in book.problem.blocked
        if finding.subject.startswith("debtor:")
    }
    with_options = {option.debtor for option in book.problem.options}
    subjects = {finding.subject for finding in book.problem.blocked}
    free = {o.debtor for o in book.problem.options if subjects.isdisjoint(_about(o))}
    barred = (blocked | with_options) - free
    wanted = {"debtor": with_options | blocked, "duty": set(book.duties)}
    listed: dict[str, set[str]] = {"debtor": set(), "duty": set()}
    for index, item in enumerate(plan.unassigned):
        path = f"$.unassigned[{index}]"
        sort = "duty" if item.is_duty else "debtor"
        if item.ref not in wanted[sort]:
            yield Violation(
                "unknown_unassigned", path, message("未安排的 %(id)s 不在问题中", id=item.ref)
            )
        if item.ref in listed[sort]:
            yield Violation("listed_twice", path, message("%(id)s 重复列出", id=item.ref))
        if item.ref in served[sort]:
            yield Violation(
                "listed_and_served", path, message("%(id)s 已有安排，又列为未安排", id=item.ref)
            )
        if (item.reason is UnassignedReason.BLOCKED) != (not item.is_duty and item.ref in barred):
            yield Violation(
                "blocked_reason",
                f"{path}.reason",
                message("%(id)s 的原因与规则提示不符", id=item.ref),
            )
        listed[sort].add(item.ref)
    for debtor in sorted(wanted["debtor"] - served["debtor"] - listed["debtor"]):
        yield Violation(
            "debtor_unlisted",
            "$.unassigned",
            message("被执行人 %(id)s 既未安排，也未列明原因", id=debtor),
        )
    for duty in sorted(wanted["duty"] - served["duty"] - listed["duty"]):
        yield Violation(
            "duty_unlisted",
            "$.unassigned",
            message("勤务 %(id)s 既未安排，也未列明原因", id=duty),
        )


def _dues(book: Book, plan: Plan) -> dict[str, float]:
    """Return what each planned visit adds to the earlier ones of its debtor."""
    worth = {frozenset(one.options): one.value for one in book.problem.sets}
    made = [
        (route.day, stop.start_s, stop.ref)
        for route in plan.routes
        for stop in route.stops
        if stop.kind is StopKind.VISIT and stop.ref in book.options and not stop.second
    ]
    dues: dict[str, float] = {}
    earlier: dict[str, list[str]] = {}
    reached: dict[str, float] = {}
    for _, _, ref in sorted(made):
        option = book.options[ref]
        refs = earlier.setdefault(option.debtor, [])
        if ref in refs:  # told as a second visit already
            continue
        refs.append(ref)
        value = option.value if len(refs) == 1 else worth.get(frozenset(refs), option.value)
        dues[ref] = value - reached.get(option.debtor, 0.0)
        reached[option.debtor] = value
    return dues


def _values(book: Book, plan: Plan) -> Iterator[Violation]:
    dues = _dues(book, plan)
    total = 0.0
    for index, route in enumerate(plan.routes):
        kept = book.kept(route)
        for k, stop in enumerate(route.stops):
            total += stop.value
            option = book.options.get(stop.ref) if stop.kind is StopKind.VISIT else None
            due = dues.get(stop.ref, 0.0) if option is not None and not stop.second else 0.0
            if not (k < kept or math.isclose(stop.value, due, abs_tol=_VALUE_TOLERANCE)):
                yield Violation(
                    "value",
                    f"$.routes[{index}].stops[{k}].value",
                    message("停留的价值应为 %(value)s", value=due),
                )
    if not math.isclose(plan.value, total, rel_tol=1e-9, abs_tol=_VALUE_TOLERANCE):
        yield Violation("value", "$.value", message("计划的价值应为各停留之和 %(v)s", v=total))
    due = _price(book, plan)
    if not math.isclose(plan.price, due, rel_tol=1e-9, abs_tol=_VALUE_TOLERANCE):
        yield Violation("price", "$.price", message("计划的代价应为 %(price)s", price=due))


def _price(book: Book, plan: Plan) -> float:
    """Return what a plan costs, as one would reckon it by hand."""
    prices = book.problem.prices
    price = 0.0
    for route in plan.routes:
        price += prices.travel_h * route.travel_s / 3600.0 + prices.km * route.length_m / 1000.0
        shift = book.shifts.get(route.shift)
        if shift is not None and route.return_s > shift.end_s:
            price += prices.overtime_h * (route.return_s - shift.end_s) / 3600.0
        frozen = book.frozen.get(route.shift)
        for k, stop in enumerate(route.stops):
            if k > 0 and (frozen is None or k >= len(frozen.stops)):
                price += prices.waiting_h * (stop.start_s - stop.arrival_s) / 3600.0
    there = {(r.shift, s.ref) for r in plan.routes for s in r.stops if s.is_work}
    fixed = {s.ref for r in book.problem.frozen for s in r.stops if s.is_work}
    now = {(r.shift, s.ref): s for r in plan.routes for s in r.stops if s.is_work}
    for route in book.problem.before:
        for stop in route.stops:
            if not stop.is_work or stop.ref in fixed:
                continue
            kept = now.get((route.shift, stop.ref))
            if kept is None:
                price += prices.per_change
            elif not -RETIMED_S <= kept.start_s - stop.start_s <= RETIMED_S:
                price += RETIMED_SHARE * prices.per_change
    visited = {book.options[ref].debtor for _, ref in there if ref in book.options}
    for floor in book.problem.floors:
        price += floor.price * max(0, floor.least - len(visited & floor.debtors))
    return price
