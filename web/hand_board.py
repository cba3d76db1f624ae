"""The plan board as JSON: lanes of teams and days, who is left out, and what a try comes to.

Nobody is named: debtors by the numbers of their cases, all else by ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, get_args

from flask_babel import gettext as _

from geo.daylight import daylight
from geo.localtime import hour_text
from geo.messages import Message
from geo.model import Point
from routes.model import Case, DebtorId
from routes.people import CaseName
from routes.planning.changes import Slot
from routes.planning.figures import Comparison, Figures, compare
from routes.planning.hand_changes import HandChange, HandPlan
from routes.planning.hand_tries import Elsewhere, Tried
from routes.planning.hour_roads import Spans, joined
from routes.planning.problem import (
    EscortMode,
    Option,
    PlanFinding,
    PlanPlace,
    Problem,
    Route,
    Stop,
    UnassignedReason,
    WorkShift,
)
from routes.planning.stop_numbers import stop_numbers
from routes.planning.terms import Task, able, half_of, is_fetched
from routes.planning.turns import turns
from routes.rules import court_hours
from web.errors import BoardError
from web.hand_desk import Desk
from web.hand_drafts import Draft
from web.labels import LABELS, label
from web.plan_board import TEAM_COLOURS, duty_title, range_of, rounded_range

__all__ = [
    "board_json",
    "change_of",
    "comparison_json",
    "figures_json",
    "room_json",
    "slot_json",
    "title_of",
    "title_of_subject",
    "try_json",
]

Say = Callable[[Message], str]
_LISTED = 400  # who is left out, those worth most first

_KINDS: Mapping[str, Any] = {each.__name__.lower(): each for each in get_args(HandChange)}


def change_of(body: Mapping[str, Any]) -> HandChange:
    """Return the change that a page sends.

    Raises
    ------
    BoardError
        If it is not one of ours.
    HandChangeError
        If it makes no sense in itself.
    """
    made = _KINDS.get(str(body.get("kind")))
    if made is None:
        raise BoardError("提交的内容不是计划的改动，请刷新页面后重试")
    types = {"start_s": int, "at": int, "minute": bool, "second": bool, "other_second": bool}
    given: dict[str, Any] = {}
    for each in fields(made):
        value, wanted = body.get(each.name), types.get(each.name, str)
        if value is None and each.default is not MISSING:
            continue
        if type(value) is not wanted or (isinstance(value, str) and len(value) > 200):
            raise BoardError("提交的内容不是计划的改动，请刷新页面后重试")
        given[each.name] = value
    change: HandChange = made(**given)
    return change


def board_json(draft: Draft, escort_states: Mapping[str, str], say: Say) -> dict[str, Any]:
    """Return the whole board as the draft has it now."""
    desk, hand = draft.desk, draft.hand
    findings = desk.findings(hand.plan, say)
    told = compare(desk.problem, desk.begin.plan, desk.problem, hand.plan)
    return {
        "number": draft.number,
        "can_undo": draft.at > 0,
        "can_redo": draft.can_redo,
        "changed": draft.changed,
        "figures": figures_json(told.after),
        "change": figures_json(told.change),
        "lanes": _Lanes(desk, hand, findings, escort_states).made(),
        "left_out": _left_out(desk, hand),
        "findings": [_finding(one) for one in findings],
        "differences": comparison_json(desk.people.case_names(), desk.problem, told)["differences"],
    }


def try_json(
    desk: Desk,
    hand: HandPlan,
    tried: Tried,
    say: Say,
    *,
    elsewhere: Iterable[Elsewhere] | None = None,
) -> dict[str, Any]:
    """Return what a change comes to, beside the draft without it.

    Parameters
    ----------
    elsewhere
        Where else it would be lawful; None where that was not looked for.
    """
    others = None
    if elsewhere is not None:
        others = [{"shift": one.shift, "start_s": one.start_s} for one in elsewhere]
    made = tried.made
    before, after = desk.findings(hand.plan, say), desk.findings(made.plan, say)
    new, gone = _less(after, before), _less(before, after)
    routes = {route.shift: route for route in hand.plan.routes}
    return {
        "lawful": tried.lawful and not any(one.verdict == "block" for one in new),
        "ref": tried.ref,
        "shift": tried.shift,
        "beside": tried.beside,
        "start_s": tried.start_s,
        "nearest_s": tried.nearest_s,
        "elsewhere": others,
        "moved_s": tried.moved_s,
        "figures": figures_json(tried.after),
        "change": figures_json(tried.after - tried.before),
        "faults": _faults(desk, tried),
        "new_findings": [_finding(one) for one in new],
        "gone_findings": [_finding(one) for one in gone],
        "support": sorted(_support_lost(desk, hand, made)),
        "stops": [
            {
                "ref": stop.ref,
                "kind": str(stop.kind),
                "shift": route.shift,
                "start_s": stop.start_s,
                "departure_s": stop.departure_s,
            }
            for route in made.plan.routes
            if route is not routes.get(route.shift)
            for stop in route.stops
            if stop.ref
        ],
    }


def room_json(
    desk: Desk, rooms: Mapping[str, Spans], tasks: Iterable[Task], *, second: bool
) -> dict[str, Any]:
    """Return when something may begin by shift, and by its windows and stations by day."""
    windows: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    escorts: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    stations = {one.id: one for one in desk.problem.escort_stations}
    for task in tasks:
        half, day = half_of(task, second=second), task.day.isoformat()
        windows[day].append((half.window_start_s, half.window_end_s))
        if isinstance(half, Option) and half.escort is not EscortMode.NONE:
            escorts[day] += [
                (slot.start_s, slot.end_s)
                for station in half.escort_stations
                for slot in stations[station].calendar
                if slot.day == half.day and slot.officers > 0
            ]
    return {
        "room": rooms,
        "windows": {day: joined(spans) for day, spans in windows.items()},
        "escorts": {day: joined(spans) for day, spans in escorts.items()},
    }


def comparison_json(
    cases: Mapping[DebtorId, CaseName], problem: Problem, told: Comparison
) -> dict[str, Any]:
    """Return how two plans differ, a line a stop."""
    names = {team.id: team.name or team.id for team in problem.teams}

    return {
        "before": figures_json(told.before),
        "after": figures_json(told.after),
        "change": figures_json(told.change),
        "differences": [
            {
                "kind": str(pair.kind),
                "label": label("plan_change", pair.kind),
                "title": title_of_subject(cases.get(DebtorId(pair.subject)), problem, pair.subject),
                "was": slot_json(names, pair.was),
                "now": slot_json(names, pair.now),
            }
            for pair in told.pairs
        ],
    }


def slot_json(names: Mapping[str, str], one: Slot | None) -> dict[str, Any] | None:
    """Return where a stop stands, with the name of its team."""
    if one is None:
        return None
    return {
        "team": names.get(one.team, one.team),
        "day": one.day.isoformat(),
        "start_s": one.start_s,
        "ref": one.ref,
    }


def title_of(desk: Desk, subject: str) -> str:
    """Return the number of a debtor's case, or what a duty is called."""
    return title_of_subject(desk.people.case_of(subject), desk.problem, subject)


def title_of_subject(case: Case | CaseName | None, problem: Problem, subject: str) -> str:
    """Return the number of a case, or what a duty of a problem is called."""
    if case is not None:
        return str(case.number)
    duty = next((one for one in problem.duties if one.id == subject), None)
    if duty is None:
        return subject
    return duty_title(duty)


def figures_json(one: Figures) -> dict[str, float]:
    """Return the figures of a plan, rounded."""
    return {
        "visits": one.visits,
        "found": round(one.found, 4),
        "value": round(one.value, 4),
        "price": round(one.price, 4),
        "travel_s": one.travel_s,
        "length_m": one.length_m,
    }


def _finding(one: PlanFinding) -> dict[str, str]:
    return {
        "rule": one.rule,
        "verdict": one.verdict,
        "label": label("verdict", one.verdict),
        "text": one.text,
        "citation": one.citation,
    }


def _less(some: Iterable[PlanFinding], others: Iterable[PlanFinding]) -> list[PlanFinding]:
    known = {(one.rule, one.subject, one.verdict, one.text) for one in others}
    return [one for one in some if (one.rule, one.subject, one.verdict, one.text) not in known]


def _faults(desk: Desk, tried: Tried) -> list[dict[str, str]]:
    """Return each sort of fault once, with what would have to be for it to go away."""
    found: dict[str, dict[str, str]] = {}
    for one in tried.violations:
        text = label("hand_fault", one.code)
        if text == one.code:
            text = one.message.render(lambda msgid: msgid)
        needed = _needed(desk, tried, one.code)
        text = f"{text}（{needed}）" if needed else text
        found.setdefault(one.code, {"rule": one.code, "text": text})
    return list(found.values())


def _needed(desk: Desk, tried: Tried, code: str) -> str:
    """Return which hours, teams or stations would do, where a fault is of such a kind."""
    task, shift = desk.tries.tasks.get(tried.ref), desk.tries.shifts.get(tried.shift)
    if task is None or shift is None:
        return ""
    match code:
        case "window" | "wrong_day":
            return _hours(desk, task, shift, any_day=code == "wrong_day")
        case "shift_hours":
            return f"{hour_text(shift.start_s)}–{hour_text(shift.end_s + shift.overtime_s)}"
        case "break_missed" | "break_place":
            return "、".join(
                f"{hour_text(one.window_start_s)}–{hour_text(one.window_end_s + one.duration_s)}"
                for one in shift.breaks
            )
        case "skills" | "officers" | "duty_team" | "together":
            return _teams(desk, task, shift)
        case "escort_hours" | "escort_capacity" | "escort_missing" | "pick_up":
            return _station_hours(desk, task, shift)
    return ""


def _hours(desk: Desk, task: Task, shift: WorkShift, *, any_day: bool) -> str:
    spans = sorted(
        (one.day, one.window_start_s, one.window_end_s)
        for one in desk.tries.choices(desk.tries.subject(task))
        if (any_day or one.day == shift.day) and one.place == task.place
    )
    texts = [
        f"{f'{day:%m-%d} ' if any_day else ''}{hour_text(a)}–{hour_text(b)}" for day, a, b in spans
    ]
    return "、".join(dict.fromkeys(texts))


def _teams(desk: Desk, task: Task, shift: WorkShift) -> str:
    """Return the teams on duty that day that have what each part of a task asks for."""
    teams = {team.id: team for team in desk.problem.teams}
    parts = []
    for second in (False, True) if task.together is not None else (False,):
        half = half_of(task, second=second)
        fitting = [
            teams[one.team].name or one.team
            for one in desk.problem.shifts
            if one.day == shift.day and able(one, teams[one.team], half)
        ]
        known = sorted(half.needed_skills & LABELS["skill"].keys())
        what = [label("skill", name) for name in known]
        what.append(_("至少 %(count)d 人", count=half.min_officers))
        names = "、".join(dict.fromkeys(fitting)) or _("无")
        parts.append(_("须%(what)s；可派：%(teams)s", what="、".join(what), teams=names))
    return " / ".join(dict.fromkeys(parts))


def _station_hours(desk: Desk, task: Task, shift: WorkShift) -> str:
    if not isinstance(task, Option):
        return ""
    stations = {one.id: one for one in desk.problem.escort_stations}
    told = []
    for station in task.escort_stations:
        hours = [
            f"{hour_text(slot.start_s)}–{hour_text(slot.end_s)}"
            for slot in stations[station].calendar
            if slot.day == shift.day and slot.officers > 0
        ]
        told.append(
            f"{desk.station_names.get(station, station)} {'、'.join(hours) or _('当天不派警力')}"
        )
    return "；".join(told)


def _support_lost(desk: Desk, hand: HandPlan, made: HandPlan) -> set[str]:
    """Return the confirmed escorts of the draft that would have to be asked for again."""

    def held(plan: HandPlan) -> set[tuple[str, str, int]]:
        return {
            (stop.ref, str(stop.escort_station), stop.start_s)
            for route in plan.plan.routes
            for stop in route.stops
            if stop.ref in desk.promised
        }

    return {title_of(desk, _subject(desk, ref)) for ref, _, _ in held(hand) - held(made)}


def _subject(desk: Desk, ref: str) -> str:
    task = desk.tries.tasks.get(ref)
    return ref if task is None else desk.tries.subject(task)


@dataclass(frozen=True, slots=True)
class _Lanes:
    desk: Desk
    hand: HandPlan
    findings: tuple[PlanFinding, ...]
    escort_states: Mapping[str, str]

    def made(self) -> list[dict[str, Any]]:
        """Return a lane for each shift, also those without a route."""
        problem, sources = self.desk.problem, self.desk.sources
        colours = {
            team.id: (team.name or team.id, TEAM_COLOURS[n % len(TEAM_COLOURS)])
            for n, team in enumerate(problem.teams)
        }
        routes = {route.shift: route for route in self.hand.plan.routes}
        places = {place.id: place for place in problem.places}
        said: defaultdict[str, list[int]] = defaultdict(list)
        for index, one in enumerate(self.findings):
            said[one.subject].append(index)
        added = turns(problem, self.hand.plan)
        return [
            {
                "shift": shift.id,
                "team": shift.team,
                "name": colours[shift.team][0],
                "colour": colours[shift.team][1],
                "day": shift.day.isoformat(),
                "start_s": shift.start_s,
                "end_s": shift.end_s,
                "overtime_s": shift.overtime_s,
                "breaks": [
                    [one.window_start_s, one.window_end_s + one.duration_s] for one in shift.breaks
                ],
                "base": [places[shift.start_place].lon, places[shift.start_place].lat],
                "light": daylight(_point(places[shift.start_place]), shift.day),
                "open": court_hours(shift.day, calendar=sources.calendar, profile=sources.profile),
                **self._route(shift, routes.get(shift.id), said, added),
            }
            for shift in sorted(problem.shifts, key=lambda one: (one.day, one.team, one.start_s))
        ]

    def _route(
        self,
        shift: WorkShift,
        route: Route | None,
        said: Mapping[str, list[int]],
        added: Mapping[str, Any],
    ) -> dict[str, Any]:
        if route is None:
            return {"leave_s": None, "return_s": None, "travel_s": 0, "stops": []}
        return {
            "leave_s": route.leave_s,
            "return_s": route.return_s,
            "travel_s": route.travel_s,
            "stops": [
                self._stop(f"{shift.id} {n}", stop, said, added) | {"number": number}
                for n, (stop, number) in enumerate(
                    zip(route.stops, stop_numbers(route), strict=True)
                )
            ],
        }

    def _stop(
        self, key: str, stop: Stop, said: Mapping[str, list[int]], added: Mapping[str, Any]
    ) -> dict[str, Any]:
        desk = self.desk
        task = desk.tries.tasks.get(stop.ref)
        place = next(one for one in desk.problem.places if one.id == stop.place)
        made: dict[str, Any] = {
            "key": key,
            "ref": stop.ref,
            "kind": str(stop.kind),
            "arrival_s": stop.arrival_s,
            "start_s": stop.start_s,
            "departure_s": stop.departure_s,
            "lon": place.lon,
            "lat": place.lat,
            "frozen": stop.frozen,
            "title": label("stop_kind", stop.kind),
        }
        if task is None or not stop.is_work:
            return made
        subject = desk.tries.subject(task)
        escort = self.escort_states.get(stop.ref)
        if escort is None and stop.escort_station is not None:
            escort = "draft"
        lock = self.hand.locks.get(stop.ref)
        subjects = desk.subjects.of(stop)
        made |= {
            "subject": subject,
            "title": title_of(desk, subject),
            "value": round(stop.value, 3),
            "escort": escort,
            "escort_label": None if escort is None else label("support_state", escort),
            "station": stop.escort_station,
            "joint": task.together is not None,
            "fetched": is_fetched(task, stop.second),
            "second": stop.second,
            "lock": None if lock is None else ("minute" if lock else "shift"),
            "touched": subject in self.hand.touched,
            "findings": [index for name in subjects for index in said.get(name, ())],
        }
        if isinstance(task, Option):
            turn = added.get(stop.ref)
            made |= {
                "p_found": round(task.p_found, 3),
                "p_range": rounded_range(range_of(task)),
                "p_added": round(turn.p_added, 3) if turn is not None and not stop.second else 0.0,
            }
        return made


def _by_worth(tasks: Iterable[Task]) -> list[str]:
    """Return the places of tasks, that of the most valuable first."""
    worth = sorted(tasks, key=lambda one: -one.value if isinstance(one, Option) else 0.0)
    return [one.place for one in worth]


def _point(place: PlanPlace) -> Point:
    return Point(place.lon, place.lat)


def _left_out(desk: Desk, hand: HandPlan) -> list[dict[str, Any]]:
    """Return who is in no route and might be, with the best of what may be tried."""
    lines: list[dict[str, Any]] = []
    spots = {place.id: [place.lon, place.lat] for place in desk.problem.places}
    reasons = {one.ref: one.reason for one in hand.plan.unassigned}
    by_subject: defaultdict[str, list[Task]] = defaultdict(list)
    for task in desk.tries.tasks.values():
        by_subject[desk.tries.subject(task)].append(task)
    for subject in {*reasons, *hand.barred}:
        reason, barred = reasons.get(subject), subject in hand.barred
        if reason is UnassignedReason.BLOCKED or not by_subject.get(subject):
            continue
        tasks = by_subject[subject]
        options = [one for one in tasks if isinstance(one, Option)]
        likely = max(options, key=lambda one: one.p_found, default=None)
        lines.append(
            {
                "subject": subject,
                "title": title_of(desk, subject),
                "barred": barred,
                "reason": "" if reason is None else label("unassigned_reason", reason),
                "days": sorted({one.day.isoformat() for one in tasks}),
                "p_found": 0.0 if likely is None else round(likely.p_found, 3),
                "p_range": None if likely is None else rounded_range(range_of(likely)),
                "value": round(max((one.value for one in options), default=0.0), 3),
                "is_duty": not options,
                "joint": any(one.together is not None for one in tasks),
                "places": [spots[one] for one in dict.fromkeys(_by_worth(tasks))],
            }
        )
    lines.sort(key=lambda one: (not one["barred"], not one["is_duty"], -one["value"], one["title"]))
    return lines[:_LISTED]
