"""What a planning problem may not be: the first contradiction is named by its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from geo.localtime import DAY_S
from routes.errors import ProblemError
from routes.model import DutyKind, Verdict
from routes.planning.problem import (
    LARGEST_SET,
    EscortMode,
    Problem,
    Route,
    Together,
    bands_on,
)

__all__ = ["check_problem"]


_LONGEST = 1e9  # seconds or metres of a leg


def _unique(ids: list[str], field: str) -> None:
    seen: set[str] = set()
    for position, item in enumerate(ids):
        if not item:
            raise ProblemError("%(field)s[%(index)d].id 为空", field=field, index=position)
        if item in seen:
            raise ProblemError(
                "%(field)s[%(index)d].id 重复：%(id)s", field=field, index=position, id=item
            )
        seen.add(item)


def _known(value: str, known: set[str], path: str) -> None:
    if value not in known:
        raise ProblemError("%(path)s 指向不存在的对象：%(id)s", path=path, id=value)


def _window(start_s: int, end_s: int, path: str) -> None:
    if not 0 <= start_s <= end_s <= 2 * DAY_S:
        raise ProblemError(
            "%(path)s 的时间窗 %(start)d–%(end)d 无效（须为当日零点起的秒数，且先后有序）",
            path=path,
            start=start_s,
            end=end_s,
        )


def _not_negative(number: int, path: str) -> None:
    if number < 0:
        raise ProblemError("%(path)s 为负数", path=path)


def _check_sets(problem: Problem) -> None:
    debtor_of = {option.id: option.debtor for option in problem.options}
    named = {frozenset(one.options) for one in problem.sets}
    known, seen = set(debtor_of), set[frozenset[str]]()
    for index, one in enumerate(problem.sets):
        path = f"sets[{index}]"
        for option in one.options:
            _known(option, known, f"{path}.options")
        members = frozenset(one.options)
        if len(members) != len(one.options) or not 2 <= len(members) <= LARGEST_SET:
            raise ProblemError(
                "%(path)s.options 须为二至 %(most)d 个不同的走访方案", path=path, most=LARGEST_SET
            )
        if len({debtor_of[option] for option in members}) > 1:
            raise ProblemError("%(path)s.options 须属于同一被执行人", path=path)
        if members in seen:
            raise ProblemError("%(path)s 与前面的组合重复", path=path)
        if any(members - {option} not in named for option in members if len(members) > 2):
            raise ProblemError("%(path)s 的三个方案须两两列为组合", path=path)
        if not np.isfinite(one.value) or one.value < 0.0:
            raise ProblemError("%(path)s.value 须为不小于零的有限数", path=path)
        if not 0.0 <= one.p_found <= 1.0:
            raise ProblemError("%(path)s.p_found 不在 0 至 1 之间", path=path)
        seen.add(members)


def check_problem(problem: Problem) -> None:
    """Raise :class:`ProblemError` naming the first field that contradicts another."""
    _unique([p.id for p in problem.places], "places")
    _unique([t.id for t in problem.teams], "teams")
    _unique([s.id for s in problem.shifts], "shifts")
    _unique([o.id for o in problem.options], "options")
    _unique([d.id for d in problem.duties], "duties")
    _unique([s.id for s in problem.escort_stations], "escort_stations")
    _unique([f.id for f in problem.floors], "floors")
    places = {p.id for p in problem.places}
    for index, place in enumerate(problem.places):
        if not (-180.0 <= place.lon <= 180.0 and -90.0 <= place.lat <= 90.0):
            raise ProblemError("places[%(index)d] 的坐标超出范围", index=index)
    _check_roads(problem)
    _check_shifts(problem, places)
    _check_options(problem, places)
    _check_sets(problem)
    _check_duties(problem, places)
    _check_stations(problem, places)
    for index, cut in enumerate(problem.cut_off):
        _known(cut.place, places, f"cut_off[{index}].place")
    for name, routes in (("frozen", problem.frozen), ("before", problem.before)):
        _check_routes(problem, routes, name, places)
    _check_floors(problem)
    _check_awaits(problem)


def _check_roads(problem: Problem) -> None:
    bands = {b.name for b in problem.bands}
    n = len(problem.places)
    for index, matrix in enumerate(problem.matrices):
        path = f"matrices[{index}]"
        _known(matrix.band, bands, f"{path}.band")
        for name, array in (("travel_s", matrix.travel_s), ("length_m", matrix.length_m)):
            if array.shape != (n, n):
                raise ProblemError(
                    "%(path)s.%(name)s 应为 %(n)d×%(n)d 的矩阵", path=path, name=name, n=n
                )
            if np.isnan(array).any() or (array < 0).any():
                raise ProblemError("%(path)s.%(name)s 含负数或非数值", path=path, name=name)
            if (np.isfinite(array) & (array > _LONGEST)).any():
                raise ProblemError("%(path)s.%(name)s 含过大的数", path=path, name=name)
            if array.diagonal().any():
                raise ProblemError("%(path)s.%(name)s 的对角线须为零", path=path, name=name)
    for day in dict.fromkeys(band.day for band in problem.bands):
        covered_s = 0
        ours = [pair for pair in enumerate(problem.bands) if pair[1].day == day]
        for index, band in sorted(ours, key=lambda pair: pair[1].start_s):
            if band.start_s != covered_s or band.end_s <= band.start_s:
                raise ProblemError("bands[%(index)d] 与相邻时段之间有空隙或重叠", index=index)
            covered_s = band.end_s
        if covered_s < DAY_S:
            raise ProblemError("bands 须覆盖 0 至 %(day)d 秒", day=DAY_S)


def _check_shifts(problem: Problem, places: set[str]) -> None:
    profile_of = {team.id: team.profile for team in problem.teams}
    teams = set(profile_of)
    for index, shift in enumerate(problem.shifts):
        path = f"shifts[{index}]"
        _known(shift.team, teams, f"{path}.team")
        _known(shift.start_place, places, f"{path}.start_place")
        _known(shift.end_place, places, f"{path}.end_place")
        _window(shift.start_s, shift.end_s, path)
        _covered(problem, profile_of[shift.team], shift.day, path)
        _not_negative(shift.capacity or 0, f"{path}.capacity")
        _not_negative(shift.max_stops or 0, f"{path}.max_stops")
        _not_negative(shift.overtime_s, f"{path}.overtime_s")
        for k, pause in enumerate(shift.breaks):
            _window(pause.window_start_s, pause.window_end_s, f"{path}.breaks[{k}]")
            _not_negative(pause.duration_s, f"{path}.breaks[{k}].duration_s")


def _covered(problem: Problem, profile: str, day: date, path: str) -> None:
    """Refuse a profile that has no matrix in some band of a day."""
    held = {(matrix.profile, matrix.band) for matrix in problem.matrices}
    today = bands_on(problem.bands, day)
    if not today:
        raise ProblemError("%(path)s 的日期 %(day)s 没有 bands", path=path, day=day)
    for band in today:
        if (profile, band.name) not in held:
            raise ProblemError(
                "matrices 缺少交通方式 %(profile)s 在时段 %(band)s 的矩阵",
                profile=profile,
                band=band.name,
            )


def _check_options(problem: Problem, places: set[str]) -> None:
    stations = {station.id for station in problem.escort_stations}
    for index, option in enumerate(problem.options):
        path = f"options[{index}]"
        _known(option.place, places, f"{path}.place")
        _window(option.window_start_s, option.window_end_s, path)
        _not_negative(option.service_s, f"{path}.service_s")
        _not_negative(option.load, f"{path}.load")
        if not np.isfinite(option.value) or option.value < 0.0:
            raise ProblemError("%(path)s.value 须为不小于零的有限数", path=path)
        if not 0.0 <= option.p_found <= 1.0:
            raise ProblemError("%(path)s.p_found 不在 0 至 1 之间", path=path)
        low, high = option.p_found_low, option.p_found_high
        if not (0.0 if low is None else low) <= option.p_found <= (1.0 if high is None else high):
            raise ProblemError("%(path)s.p_found 不在其下限与上限之间", path=path)
        if (low is not None and low < 0.0) or (high is not None and high > 1.0):
            raise ProblemError("%(path)s.p_found 的下限或上限不在 0 至 1 之间", path=path)
        if option.min_officers < 1:
            raise ProblemError("%(path)s.min_officers 须至少为一", path=path)
        for station in option.escort_stations:
            _known(station, stations, f"{path}.escort_stations")
        if option.escort is EscortMode.PICK_UP and len(option.escort_stations) != 1:
            raise ProblemError("%(path)s.escort_stations 须恰为一个派出所", path=path)
        _check_together(option.together, f"{path}.together")


def _check_together(together: Together | None, path: str) -> None:
    if together is None:
        return
    _not_negative(together.service_s or 0, f"{path}.service_s")
    if together.min_officers < 1:
        raise ProblemError("%(path)s.min_officers 须至少为一", path=path)
    if not 0 <= together.gap_low_s <= together.gap_high_s <= DAY_S:
        raise ProblemError("%(path)s 的 gap_low_s、gap_high_s 须不小于零且先后有序", path=path)


def _check_duties(problem: Problem, places: set[str]) -> None:
    teams = {team.id for team in problem.teams}
    for index, duty in enumerate(problem.duties):
        path = f"duties[{index}]"
        _known(duty.place, places, f"{path}.place")
        _window(duty.window_start_s, duty.window_end_s, path)
        _not_negative(duty.service_s, f"{path}.service_s")
        _not_negative(duty.load, f"{path}.load")
        if duty.min_officers < 1:
            raise ProblemError("%(path)s.min_officers 须至少为一", path=path)
        for team in duty.teams:
            _known(team, teams, f"{path}.teams")
        _check_together(duty.together, f"{path}.together")


def _check_awaits(problem: Problem) -> None:
    """Refuse to wait for what is not asked: unknown stops, and what takes no police."""
    awaits = problem.awaits
    if awaits is None:
        return
    if awaits.by_s < 0:
        raise ProblemError("awaits.by_s 不能小于零")
    if not awaits.approvals and not awaits.support:
        raise ProblemError("awaits 没有写明等待什么；请填写 approvals 或 support，或删去 awaits")
    subjects = {f"visit:{one.id}" for one in problem.options}
    subjects |= {f"duty:{one.id}" for one in problem.duties}
    for index, finding in enumerate(awaits.approvals):
        path = f"awaits.approvals[{index}]"
        _known(finding.subject, subjects, f"{path}.subject")
        if finding.verdict != Verdict.SIGN_OFF:
            raise ProblemError(
                "%(path)s.verdict 应为 %(wanted)s", path=path, wanted=Verdict.SIGN_OFF.value
            )
    _unique([finding.subject for finding in awaits.approvals], "awaits.approvals")
    asked = {one.id for one in problem.options if one.escort is not EscortMode.NONE}
    asked |= {one.id for one in problem.duties if one.kind == DutyKind.CHECKPOINT}
    _unique(list(awaits.support), "awaits.support")
    for index, ref in enumerate(awaits.support):
        if ref not in asked:
            raise ProblemError(
                "awaits.support[%(index)d] 的 %(id)s 不是需警力协助的走访或查控勤务",
                index=index,
                id=ref,
            )


def _check_stations(problem: Problem, places: set[str]) -> None:
    for index, escort in enumerate(problem.escort_stations):
        path = f"escort_stations[{index}]"
        _known(escort.place, places, f"{path}.place")
        for day in {slot.day for slot in escort.calendar} if escort.profile else ():
            _covered(problem, escort.profile, day, path)
        for k, slot in enumerate(escort.calendar):
            _window(slot.start_s, slot.end_s, f"{path}.calendar[{k}]")
            _not_negative(slot.officers, f"{path}.calendar[{k}].officers")
            for other in escort.calendar[:k]:
                if (
                    slot.day == other.day
                    and slot.start_s < other.end_s
                    and other.start_s < slot.end_s
                ):
                    raise ProblemError(
                        "%(path)s.calendar[%(k)d] 与同日另一时段重叠，请合并", path=path, k=k
                    )


def _check_routes(problem: Problem, routes: Sequence[Route], name: str, places: set[str]) -> None:
    shifts = {shift.id for shift in problem.shifts}
    team_of = {shift.id: shift.team for shift in problem.shifts}
    twofold = {o.id for o in problem.options if o.together} | {
        d.id for d in problem.duties if d.together
    }
    driven: set[str] = set()
    made: dict[tuple[str, bool], tuple[str, int]] = {}
    refs = {o.id for o in problem.options} | {d.id for d in problem.duties} | {""}
    for index, route in enumerate(routes):
        path = f"{name}[{index}]"
        _known(route.shift, shifts, f"{path}.shift")
        if route.shift in driven:
            raise ProblemError("%(path)s.shift 已有另一条路线：%(id)s", path=path, id=route.shift)
        if route.team != team_of[route.shift]:
            raise ProblemError("%(path)s.team 不是班次 %(id)s 的小组", path=path, id=route.shift)
        driven.add(route.shift)
        before_s = 0
        for k, stop in enumerate(route.stops):
            _known(stop.ref, refs, f"{path}.stops[{k}].ref")
            _known(stop.place, places, f"{path}.stops[{k}].place")
            if not before_s <= stop.arrival_s <= stop.start_s <= stop.departure_s:
                raise ProblemError(
                    "%(path)s.stops[%(k)d] 的到达、开始、离开时间次序颠倒", path=path, k=k
                )
            before_s = stop.departure_s
            if stop.second and stop.ref not in twofold:
                raise ProblemError(
                    "%(path)s.stops[%(k)d].second：%(id)s 无须第二个小组",
                    path=path,
                    k=k,
                    id=stop.ref,
                )
            if stop.is_work and (stop.ref, stop.second) in made:
                raise ProblemError(
                    "%(path)s.stops[%(k)d].ref 已出现过：%(id)s", path=path, k=k, id=stop.ref
                )
            if stop.is_work:
                made[stop.ref, stop.second] = path, k
    if name == "frozen":
        _check_halves(made, twofold)


def _check_halves(made: Mapping[tuple[str, bool], tuple[str, int]], twofold: set[str]) -> None:
    """Refuse what one of two teams has begun where the other is not held to it."""
    for (ref, second), (path, k) in made.items():
        if ref in twofold and (ref, not second) not in made:
            raise ProblemError(
                "%(path)s.stops[%(k)d].ref：%(id)s 须由两个小组共同承担，另一小组的停留也须固定",
                path=path,
                k=k,
                id=ref,
            )


def _check_floors(problem: Problem) -> None:
    for index, floor in enumerate(problem.floors):
        path = f"floors[{index}]"
        _not_negative(floor.least, f"{path}.least")
        if not (np.isfinite(floor.price) and floor.price >= 0.0):
            raise ProblemError("%(path)s.price 须为不小于零的有限数", path=path)
