"""Why this visit, why now, why not that debtor: each answer tried on the plan at hand.

A debtor who is left out is barred by rules, with their citations, or left out by the routes; then
the answer is what would have to be relaxed (:mod:`routes.planning.why_search`). A planned visit
is explained by what the plan loses without it, and its minute by how far it can move, to the
second, with all other stops kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from geo.localtime import hour_text
from geo.messages import Message, message
from routes.errors import PlanError
from routes.planning.at_hand import AtHand, Entry
from routes.planning.hand_seats import Seats
from routes.planning.problem import (
    Option,
    Plan,
    PlanFinding,
    Problem,
    Route,
    Stop,
    UnassignedReason,
    barred_options,
)
from routes.planning.terms import Task, Terms, by_one_stop
from routes.planning.validate import violations
from routes.planning.ways_in import ways_in
from routes.planning.why_minute import Bound, Limit, limits
from routes.planning.why_search import Way, best, ways

__all__ = ["Named", "WhyNot", "WhyVisit", "why_not", "why_visit"]

_REFILLED = 3  # most visits that take the place of one

Named = Callable[[str], str]
"""Names an option or a skill for whoever reads the answer."""


@dataclass(frozen=True, slots=True, eq=False)
class WhyNot:
    """Why a debtor, or a duty, is in no route.

    Parameters
    ----------
    reason
        As the plan lists it.
    blocked
        What the rules forbid of the debtor, an address or a visit; all of it where the reason is
        ``BLOCKED``.
    ways
        What could be relaxed, the cheapest first; see :func:`routes.planning.why_search.ways`.
    """

    ref: str
    reason: UnassignedReason
    blocked: tuple[PlanFinding, ...]
    ways: tuple[Way, ...]

    def lines(
        self, problem: Problem, *, option: Named = str, skill: Named = str
    ) -> Iterator[Message]:
        """Yield the answer for people."""
        for one in self.blocked:
            yield message(
                "规则 %(rule)s 禁止：%(text)s（%(citation)s）",
                rule=one.rule,
                text=one.text,
                citation=one.citation,
            )
        for way in self.ways:
            yield _way_told(problem, way, option, skill)
        if not self.ways and self.reason is not UnassignedReason.BLOCKED:
            yield message(
                "单独放宽，或工时、时间窗、停留、人员、警力两项一并放宽（时间最多四小时），都排不进现有计划"
            )
        if self.ways and self.ways[-1].relaxations:
            yield message(
                "以上逐项试排得出：其他走访与次序不变，试遍各班次各位置；少放宽一步即排不进"
            )


def _way_told(problem: Problem, way: Way, option: Named, skill: Named) -> Message:
    entry = way.entry
    names = {one.id: one.name or one.id for one in problem.teams}
    new = message("新增的小组")
    team = names.get(entry.team, new)
    if entry.beside:
        team = message("%(first)s与%(second)s", first=team, second=names.get(entry.beside, new))
    day = next(one.day for one in way.problem.shifts if one.id == entry.shift)
    facts = {"team": team, "day": day.isoformat(), "at": hour_text(entry.start_s)}
    out = "、".join(option(ref) for ref in entry.out)
    if not way.relaxations and out:
        return message(
            "排入%(team)s %(day)s %(at)s，换下 %(out)s，计划净值增加 %(gain).3f：重新规划可以改进",
            out=out,
            gain=entry.gain,
            **facts,
        )
    if not way.relaxations:
        return message(
            "现有计划还排得进：%(team)s %(day)s %(at)s，其他走访不变；重新规划即可", **facts
        )
    told = [one.told(problem, skill=skill) for one in way.relaxations]
    what = told[0]
    if len(told) > 1:
        what = message("%(first)s，并且%(second)s", first=told[0], second=told[1])
    if out:
        return message(
            "%(what)s：排入%(team)s %(day)s %(at)s，换下 %(out)s", what=what, out=out, **facts
        )
    return message("%(what)s：排入%(team)s %(day)s %(at)s，其他走访都保留", what=what, **facts)


@dataclass(frozen=True, slots=True, eq=False)
class WhyVisit:
    """Why a visit is in the plan, and why at its minute.

    Parameters
    ----------
    worth
        By how much value less price falls when it is taken out and nobody comes instead. None
        where it cannot be: it is done or under way, or the rest of the route needs it.
    adds
        By how much it falls when those of ``instead`` take its place in the route, or in that of
        either team.
    other
        The debtor's next best visit in its place, anywhere; None where there is none that fits.
    earliest, latest
        Up to which second it can begin, all seconds between included, with all stops kept.
    """

    stop: Stop
    team: str
    day: date
    worth: float | None
    adds: float | None
    instead: tuple[str, ...]
    other: Entry | None
    earliest: Limit
    latest: Limit

    @property
    def other_costs(self) -> float:
        """By how much value less price falls with the next best visit instead."""
        return 0.0 if self.other is None else (self.worth or 0.0) - self.other.gain

    def lines(self, problem: Problem, *, option: Named = str) -> Iterator[Message]:
        """Yield the answer for people."""
        names = {team.id: team.name or team.id for team in problem.teams}
        if self.worth is not None and self.adds is not None:
            yield from self._worth_told(names, self.worth, self.adds, option)
        yield message(
            "%(arrival)s 到达，%(start)s 开始",
            arrival=hour_text(self.stop.arrival_s),
            start=hour_text(self.stop.start_s),
        )
        n, s = divmod(self.stop.start_s - self.earliest.at_s, 60)
        what = _bound_told(self.earliest, True, option)
        if n or s:
            yield message("最多提前 %(n)d 分 %(s)d 秒，受限于%(what)s", n=n, s=s, what=what)
        else:
            yield message("不能提前，受限于%(what)s", what=what)
        n, s = divmod(self.latest.at_s - self.stop.start_s, 60)
        what = _bound_told(self.latest, False, option)
        if n or s:
            yield message("最多推迟 %(n)d 分 %(s)d 秒，受限于%(what)s", n=n, s=s, what=what)
        else:
            yield message("不能推迟，受限于%(what)s", what=what)

    def _worth_told(
        self, names: Mapping[str, str], worth: float, adds: float, option: Named
    ) -> Iterator[Message]:
        yield message(
            "去掉这次走访，计划净值减少 %(worth).3f（这次走访价值 %(value).3f）",
            worth=worth,
            value=self.stop.value,
        )
        listed = "、".join(option(ref) for ref in self.instead)
        if self.instead and adds < 0.0:
            yield message(
                "换成 %(listed)s，计划净值反增 %(more).3f：重新规划可以改进",
                listed=listed,
                more=-adds,
            )
        elif self.instead:
            yield message(
                "空出的时间可由 %(listed)s 补入，补入后仍减少 %(adds).3f",
                listed=listed,
                adds=adds,
            )
        else:
            yield message("空出的时间没有别的走访可以补入")
        if self.other is None:
            yield message("该被执行人没有其他排得进的走访方案")
            return
        team, at = names[self.other.team], hour_text(self.other.start_s)
        if self.other_costs < 0.0:
            yield message(
                "该被执行人改在%(team)s %(at)s，计划净值反增 %(more).3f：重新规划可以改进",
                team=team,
                at=at,
                more=-self.other_costs,
            )
        else:
            yield message(
                "该被执行人的次优方案：%(team)s %(at)s，计划净值减少 %(costs).3f",
                team=team,
                at=at,
                costs=self.other_costs,
            )


def _bound_told(limit: Limit, early: bool, option: Named) -> Message:
    match limit.bound:
        case Bound.WINDOW:
            return message("时间窗的起点") if early else message("时间窗的终点")
        case Bound.ESCORT:
            return message("派出所 %(station)s 的警力时段", station=limit.of)
        case Bound.SHIFT:
            return message("出发时间与路程") if early else message("收班时间与路程")
        case Bound.STOP if early:
            return message("前一站（%(stop)s）与路程", stop=option(limit.of))
        case Bound.STOP:
            return message("后一站（%(stop)s）与路程", stop=option(limit.of))
        case Bound.REST:
            return message("应有的休息")
        case Bound.ROADS:
            return message("分时段的路况")
        case _:
            return message("已锁定或已与他人约定的时刻")


def _checked(problem: Problem, plan: Plan) -> None:
    found = violations(problem, plan)
    if found:
        raise PlanError(
            "计划与问题不符（%(count)d 处，首处：%(first)s），无法说明原因；请先用 plan check 核对",
            count=len(found),
            first=found[0].message,
        )


def why_not(problem: Problem, plan: Plan, ref: str) -> WhyNot:
    """Return why a debtor or a duty is in no route of a plan, and what would change that.

    Parameters
    ----------
    ref
        As ``plan.unassigned`` lists it; or an option, of which alone is asked then.

    Raises
    ------
    PlanError
        If the plan breaks its problem, or does not leave out whom is asked about.
    """
    _checked(problem, plan)
    options = [one for one in problem.options if ref in (one.id, one.debtor)]
    debtor = options[0].debtor if options else ref
    listed = next((one for one in plan.unassigned if one.ref == debtor), None)
    if listed is None:
        raise PlanError("计划没有把 %(id)s 列为未安排", id=ref)
    barred = barred_options(problem)
    free: list[Task] = [one for one in options if one.id not in barred]
    if listed.is_duty:
        free = [one for one in problem.duties if one.id == ref]
    subjects = {f"debtor:{debtor}"}
    subjects |= {
        f"{kind}:{of}" for o in options for kind, of in (("claim", o.claim), ("visit", o.id))
    }
    blocked = dict.fromkeys(one for one in problem.blocked if one.subject in subjects)
    found = ways(AtHand(Terms.of(problem, free), plan)) if free else ()
    return WhyNot(ref, listed.reason, tuple(blocked), found)


def why_visit(problem: Problem, plan: Plan, option_id: str) -> WhyVisit:
    """Return why a planned visit is in the plan, and why at its minute.

    Raises
    ------
    PlanError
        If the plan breaks its problem or does not hold the visit.
    """
    _checked(problem, plan)
    route, stop = next(
        ((r, s) for r in plan.routes for s in r.stops if s.ref == option_id),
        (None, None),
    )
    option = next((one for one in problem.options if one.id == option_id), None)
    if route is None or stop is None or option is None:
        raise PlanError("计划中没有走访 %(id)s", id=option_id)
    at = AtHand(Terms.of(problem, ()), plan)
    lane = at.lane(route.shift)
    index = next((k for k, item in enumerate(lane.items) if item.ref == option_id), None)
    kept = Limit(stop.start_s, Bound.KEPT)
    earliest, latest = kept, kept
    if index is not None and by_one_stop(option):
        earliest, latest = limits(lane, index, option, stop.start_s, route.leave_s)
    held = [r.shift for r in plan.routes if any(s.ref == option_id for s in r.stops)]
    without = None if index is None else _without(at, option_id, held)
    if without is None:
        return WhyVisit(stop, route.team, route.day, None, None, (), None, earliest, latest)
    filled, instead = _refilled(problem, without, held, option.debtor)
    return WhyVisit(
        stop,
        route.team,
        route.day,
        _net(plan) - _net(without),
        _net(plan) - _net(filled),
        instead,
        _other(problem, without, option),
        earliest,
        latest,
    )


def _without(at: AtHand, ref: str, shift_ids: Iterable[str]) -> Plan | None:
    """Return the plan without a visit; None where what is left of a route does not fit."""
    seats = Seats(at)
    routes: dict[str, Route | None] = {}
    for shift_id in shift_ids:
        less = seats.without(shift_id, {ref})
        if less is None:
            return None
        routes[shift_id] = less.route()
    return at.with_routes(routes)


def _net(plan: Plan) -> float:
    return plan.value - plan.price


def _served(problem: Problem, plan: Plan) -> set[str]:
    refs = {stop.ref for route in plan.routes for stop in route.stops}
    return {one.debtor for one in problem.options if one.id in refs}


def _refilled(
    problem: Problem, plan: Plan, shift_ids: Sequence[str], debtor: str
) -> tuple[Plan, tuple[str, ...]]:
    """Return a plan with the best visits of others that fit into some routes, one by one."""
    instead: list[str] = []
    barred = barred_options(problem)
    while len(instead) < _REFILLED:
        served = _served(problem, plan) | {debtor}
        free = [one for one in problem.options if one.debtor not in served and one.id not in barred]
        at = AtHand(Terms.of(problem, ()), plan)
        saved = max(at.saved(shift_id) for shift_id in shift_ids)
        most: Entry | None = None
        for task in sorted(free, key=lambda one: (-one.value, one.id)):
            most_saved = saved if by_one_stop(task) else plan.price
            if most is not None and task.value + most_saved <= most.gain:
                continue
            entry = best(at, ways_in(at, [task], shift_ids), 1e-9)
            if entry is not None and (most is None or entry.gain > most.gain):
                most = entry
        if most is None:
            break
        plan = most.plan
        instead.append(most.ref)
    return plan, tuple(instead)


def _other(problem: Problem, plan: Plan, option: Option) -> Entry | None:
    """Return the debtor's best other visit in a plan without it; None if visited otherwise."""
    if option.debtor in _served(problem, plan):
        return None
    barred = barred_options(problem)
    tasks = [
        one
        for one in problem.options
        if one.debtor == option.debtor and one.id != option.id and one.id not in barred
    ]
    at = AtHand(Terms.of(problem, tasks), plan)
    return best(at, ways_in(at), -math.inf)
