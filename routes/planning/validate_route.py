"""The check of one route by itself; part of the independent check of a plan."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from geo.messages import Message, message
from routes.planning.problem import (
    Option,
    PlanDuty,
    PlanTeam,
    Problem,
    Route,
    Stop,
    StopKind,
    WorkShift,
)

__all__ = ["Book", "Violation", "check_route", "check_task", "strange"]

_FRACTION_S = 1e-6  # of a second: float noise in a matrix


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing in which a plan breaks its problem.

    Parameters
    ----------
    code
        One of :data:`CODES`.
    path
        Where, as a JSON path into the plan.
    message
        What is wrong, for people.
    """

    code: str
    path: str
    message: Message


@dataclass(frozen=True, slots=True)
class Book:
    """The problem's objects by their ids."""

    problem: Problem
    options: Mapping[str, Option]
    duties: Mapping[str, PlanDuty]
    shifts: Mapping[str, WorkShift]
    teams: Mapping[str, PlanTeam]
    rows: Mapping[str, int]
    frozen: Mapping[str, Route]

    @classmethod
    def open(cls, problem: Problem) -> Book:
        return cls(
            problem,
            {o.id: o for o in problem.options},
            {d.id: d for d in problem.duties},
            {s.id: s for s in problem.shifts},
            {t.id: t for t in problem.teams},
            {p.id: row for row, p in enumerate(problem.places)},
            {r.shift: r for r in problem.frozen if r.stops},
        )

    def kept(self, route: Route) -> int:
        """Return how many stops at the beginning of a route are the frozen ones, unchanged."""
        frozen = self.frozen.get(route.shift)
        if frozen is None or route.stops[: len(frozen.stops)] != frozen.stops:
            return 0
        return len(frozen.stops)

    def load(self, stop: Stop) -> int:
        """Return the room that a stop takes in the vehicle."""
        if stop.kind is StopKind.VISIT:
            return self.options[stop.ref].load
        return self.duties[stop.ref].load if stop.kind is StopKind.DUTY else 0

    def leg(
        self, shift: WorkShift, leaving_s: int, origin: str, target: str
    ) -> tuple[float, float]:
        """Return seconds and metres of a leg, by the first band from then on with a road."""
        profile = self.teams[shift.team].profile
        cell = self.rows[origin], self.rows[target]
        bands = [band for band in self.problem.bands if band.day == shift.day]
        if not bands:
            bands = [band for band in self.problem.bands if band.day is None]
        latest_s = max(band.end_s for band in bands)
        for band in sorted(bands, key=lambda one: one.end_s):
            if band.end_s <= leaving_s and band.end_s < latest_s:
                continue
            for matrix in self.problem.matrices:
                if matrix.profile == profile and matrix.band == band.name:
                    leg_s = float(matrix.travel_s[cell])
                    if math.isfinite(leg_s):
                        wait_s = max(0, band.start_s - leaving_s)
                        return wait_s + leg_s, float(matrix.length_m[cell])
        return math.inf, math.inf


def strange(book: Book, route: Route, path: str) -> Iterator[Violation]:
    """Report stops that speak of nothing in the problem; the rest cannot be checked then."""
    stations = {s.id for s in book.problem.escort_stations}
    for k, stop in enumerate(route.stops):
        here = f"{path}.stops[{k}]"
        refs: Mapping[str, object] = {"": None}
        if stop.kind in (StopKind.VISIT, StopKind.PICK_UP):
            refs = book.options
        elif stop.kind is StopKind.DUTY:
            refs = book.duties
        if stop.ref not in refs:
            yield Violation(
                "unknown_ref", f"{here}.ref", message("停留对象 %(id)s 不存在", id=stop.ref)
            )
        if stop.place not in book.rows:
            yield Violation(
                "unknown_ref", f"{here}.place", message("地点 %(id)s 不存在", id=stop.place)
            )
        if stop.escort_station is not None and stop.escort_station not in stations:
            yield Violation(
                "unknown_station",
                f"{here}.escort_station",
                message("派出所 %(id)s 不存在", id=stop.escort_station),
            )


def check_route(book: Book, shift: WorkShift, route: Route, path: str) -> Iterator[Violation]:
    """Report where a route breaks its shift, its tasks, the roads or its rests."""
    if route.team != shift.team:
        yield Violation(
            "wrong_team", f"{path}.team", message("班次 %(id)s 属于另一小组", id=shift.id)
        )
    if route.day != shift.day:
        yield Violation("wrong_day", f"{path}.day", message("班次 %(id)s 不在这一天", id=shift.id))
    kept = book.kept(route)
    early = route.leave_s < shift.start_s and not kept
    late = route.return_s > shift.end_s + shift.overtime_s and len(route.stops) > kept
    if early or late:
        yield Violation(
            "shift_hours",
            path,
            message("路线 %(id)s 早于班次开始出发，或晚于班次结束返回", id=shift.id),
        )
    team = book.teams[shift.team]
    work = load = 0
    for k, stop in enumerate(route.stops):
        here = f"{path}.stops[{k}]"
        work += stop.is_work
        load += book.load(stop)
        if k < kept:
            continue
        if stop.frozen:
            yield Violation("frozen_flag", here, message("停留并非已固定，却标为已固定"))
        if stop.kind is StopKind.VISIT and book.options[stop.ref].together is None:
            yield from check_task(book.options[stop.ref], shift, team, stop, here)
        elif stop.kind is StopKind.DUTY:
            duty = book.duties[stop.ref]
            if duty.together is None:
                yield from check_task(duty, shift, team, stop, here)
            if duty.teams and team.id not in duty.teams:
                yield Violation(
                    "duty_team", here, message("勤务 %(id)s 须由指定小组承担", id=duty.id)
                )
    if shift.max_stops is not None and work > shift.max_stops and len(route.stops) > kept:
        yield Violation(
            "max_stops",
            path,
            message(
                "路线 %(id)s 有 %(n)d 处停留，超过上限 %(most)d",
                id=shift.id,
                n=work,
                most=shift.max_stops,
            ),
        )
    if shift.capacity is not None and load > shift.capacity and len(route.stops) > kept:
        yield Violation(
            "capacity",
            path,
            message(
                "路线 %(id)s 装载 %(n)d，超过容量 %(most)d",
                id=shift.id,
                n=load,
                most=shift.capacity,
            ),
        )
    yield from _legs(book, shift, route, path)
    yield from _breaks(shift, route, path, kept)


def check_task(
    task: Option | PlanDuty, shift: WorkShift, team: PlanTeam, stop: Stop, path: str
) -> Iterator[Violation]:
    """Report where a stop is not what its option or duty asks of one team."""
    if stop.place != task.place:
        yield Violation("wrong_place", path, message("%(id)s 不在停留的地点", id=task.id))
    if task.day != shift.day:
        yield Violation("wrong_day", path, message("%(id)s 不在班次当天", id=task.id))
    if not task.window_start_s <= stop.start_s <= task.window_end_s:
        yield Violation(
            "window",
            f"{path}.start_s",
            message("%(id)s 在时间窗之外开始（%(at)d 秒）", id=task.id, at=stop.start_s),
        )
    if stop.departure_s - stop.start_s != task.service_s:
        yield Violation(
            "service_time",
            f"{path}.departure_s",
            message("%(id)s 的用时应为 %(s)d 秒", id=task.id, s=task.service_s),
        )
    if not task.needed_skills <= team.skills:
        yield Violation(
            "skills", path, message("小组 %(team)s 缺少 %(id)s 所需技能", team=team.id, id=task.id)
        )
    if team.officers < task.min_officers:
        yield Violation(
            "officers",
            path,
            message("小组 %(team)s 的人数少于 %(id)s 所需", team=team.id, id=task.id),
        )


def _legs(book: Book, shift: WorkShift, route: Route, path: str) -> Iterator[Violation]:
    """Follow a route from leaving to return; frozen stops already happened as they did."""
    at_s, place = route.leave_s, shift.start_place
    kept = book.kept(route)
    total_s = 0
    total_m = 0.0
    whole = True
    for k, stop in enumerate(route.stops):
        here = f"{path}.stops[{k}]"
        if not at_s <= stop.arrival_s <= stop.start_s <= stop.departure_s:
            yield Violation("stop_order", here, message("到达、开始、离开的时间次序颠倒"))
        if stop.kind is StopKind.BREAK and stop.place != place:
            yield Violation("break_place", here, message("休息须在小组所在的地点"))
        leg_s, leg_m = book.leg(shift, at_s, place, stop.place)
        if math.isinf(leg_s):
            whole = False
            if k >= kept:
                yield Violation("unreachable", here, message("没有道路通往这一停留"))
        else:
            if stop.arrival_s - at_s < leg_s - _FRACTION_S and k >= kept:
                yield Violation(
                    "travel_time",
                    f"{here}.arrival_s",
                    message("路程需要 %(s)d 秒，到达时间过早", s=math.ceil(leg_s)),
                )
            total_s += math.ceil(leg_s - _FRACTION_S)
            total_m += leg_m
        at_s, place = stop.departure_s, stop.place
    leg_s, leg_m = book.leg(shift, at_s, place, shift.end_place)
    if math.isinf(leg_s):
        yield Violation("unreachable", f"{path}.return_s", message("没有道路通往收班地点"))
        return
    if route.return_s - at_s < leg_s - _FRACTION_S:
        yield Violation(
            "travel_time",
            f"{path}.return_s",
            message("路程需要 %(s)d 秒，到达时间过早", s=math.ceil(leg_s)),
        )
    total_s += math.ceil(leg_s - _FRACTION_S)
    total_m += leg_m
    legs = len(route.stops) + 1
    if whole and abs(route.travel_s - total_s) > legs:
        yield Violation(
            "travel_sum",
            f"{path}.travel_s",
            message("行驶时间合计应为 %(s)d 秒", s=total_s),
        )
    if whole and abs(route.length_m - total_m) > legs:
        yield Violation(
            "length", f"{path}.length_m", message("里程合计应为 %(m)d 米", m=round(total_m))
        )


def _breaks(shift: WorkShift, route: Route, path: str, kept: int) -> Iterator[Violation]:
    """Match each break with a stop, or with the time before leaving or after return.

    One whose window passed during the frozen stops is past mending.
    """
    passed_s = route.stops[kept - 1].departure_s if kept else -1
    done = route.stops[:kept]
    rests = [stop for stop in route.stops if stop.kind is StopKind.BREAK]
    for pause in sorted(shift.breaks, key=lambda b: b.window_end_s):
        fitting = [
            rest
            for rest in rests
            if pause.window_start_s <= rest.start_s <= pause.window_end_s
            and (rest in done or rest.departure_s - rest.start_s >= pause.duration_s)
        ]
        if fitting:
            rests.remove(min(fitting, key=lambda rest: rest.start_s))
        elif (
            route.leave_s < pause.window_start_s + pause.duration_s
            and route.return_s > pause.window_end_s
            and passed_s <= pause.window_end_s
        ):
            yield Violation(
                "break_missed", path, message("路线 %(id)s 缺少应有的休息", id=shift.id)
            )
