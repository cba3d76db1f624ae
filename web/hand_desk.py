"""A stored plan made ready to be changed by hand, and the changed plan stored as a new one.

All that a try needs is read once and held: the problem from now on, the timetables' roads, what
the rules look at. What the rules look at is read again after a minute, and once more before a plan
is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from threading import Lock

from data.errors import StaleError, StoreError
from data.store import Store
from geo.messages import Message
from routes.model import ActionId, SupportState
from routes.people import People
from routes.planning import MaxIterations
from routes.planning.concerned import debtors_of, steps_of
from routes.planning.disturbances import BarredByHand, ByHand, Disturbance, LockedByHand
from routes.planning.hand_changes import HandPlan
from routes.planning.hand_tries import HandDesk
from routes.planning.problem import Plan, PlanFinding, Problem, Route
from routes.planning.recheck import RuleCheck
from routes.planning.replan import replan
from routes.planning.schedule import price_of
from routes.planning.support import broken_promises, offered
from routes.planning.undoing import same_stops
from routes.planning.validate import violations
from web.approval import blocks, current_findings
from web.errors import BoardError
from web.replanning import hand_wishes, hour_of, keep
from web.step_records import RuleSources, files_of_steps
from web.subjects import StopSubjects

__all__ = ["Desk", "Desks", "open_desk", "refuse_replaced", "save"]

_RULES_LAST = timedelta(minutes=1)
_DESKS_LAST = timedelta(minutes=5)
_MOST_DESKS = 4


@dataclass(slots=True, eq=False)
class Desk:
    """A plan with all that a try on it needs.

    Parameters
    ----------
    stored
        The plan as it is stored.
    begin
        The same from now on: what has begun is frozen.
    day, now_s
        From when on.
    promised
        Options and duties whose support a station confirmed.
    """

    action_id: ActionId
    sources: RuleSources
    stored: Plan
    begin: HandPlan
    tries: HandDesk
    day: date
    now_s: int
    promised: frozenset[str]
    people: People
    subjects: StopSubjects
    made_at: datetime
    station_names: Mapping[str, str]
    lines: dict[Route, list[list[float]]] = field(default_factory=dict)
    _rules: RuleCheck | None = None

    @property
    def problem(self) -> Problem:
        """What is left to plan."""
        return self.begin.problem

    def findings(self, plan: Plan, say: Callable[[Message], str] = str) -> tuple[PlanFinding, ...]:
        """Return what the rules say of a plan, by what was stored within the last minute."""
        sources, now = self.sources, self.sources.clock()
        if self._rules is None or now - self._rules.now > _RULES_LAST:
            self._rules = RuleCheck.read(
                self.problem,
                cases=sources.store,
                field=sources.store,
                calendar=sources.calendar,
                profile=sources.profile,
                now=now,
                areas=sources.areas,
                steps=files_of_steps(sources, steps_of(self.problem)),
            )
        return self._rules.findings(plan, say=say)


class Desks:
    """The desks of one server process, by plan; few are held."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[ActionId, Desk] = {}

    def of(self, sources: RuleSources, action_id: ActionId, problem: Problem, plan: Plan) -> Desk:
        """Return the desk of a plan, made anew where it is not there or some minutes old."""
        now = sources.clock()
        with self._lock:
            desk = self._held.get(action_id)
            if desk is None or now - desk.made_at > _DESKS_LAST:
                desk = self._held[action_id] = open_desk(sources, action_id, problem, plan)
                while len(self._held) > _MOST_DESKS:
                    del self._held[min(self._held, key=lambda one: self._held[one].made_at)]
            return desk


def open_desk(sources: RuleSources, action_id: ActionId, problem: Problem, plan: Plan) -> Desk:
    """Make a stored plan ready to be changed from now on.

    Raises
    ------
    StoreError
        If the plan was undone or made anew already.
    ReplanError
        If its last day is past.
    PlanError
        If it breaks its problem.
    BoardError
        If it cannot be carried out from now on as it stands.
    """
    store, now = sources.store, sources.clock()
    refuse_replaced(store, action_id)
    held = store.replans.of(action_id)
    day, now_s = hour_of(problem, now)
    if held is not None:
        day, now_s = max((day, now_s), (held.day, held.at_s))
    requests = store.support_requests.for_action(action_id)
    broken = {one.id for one in broken_promises(problem, plan, requests)}
    made = replan(
        offered(problem, plan, requests),
        plan,
        (),
        now_day=day,
        now_s=now_s,
        stop=MaxIterations(0),
    )
    if _places(made.plan) != _places(plan):
        raise BoardError("计划从现在起已不能照原样执行，请先用“有变化”调整后再手工改动")
    problem = replace(made.problem, before=())  # what a person wishes costs no price of a change
    wishes = [] if held is None else hand_wishes(held)
    planned = {stop.ref for route in plan.routes for stop in route.stops}
    return Desk(
        action_id,
        sources,
        plan,
        HandPlan(
            problem,
            made.plan,
            locks={
                one.ref: one.minute
                for one in wishes
                if isinstance(one, LockedByHand) and one.ref in planned
            },
            barred=frozenset(one.subject for one in wishes if isinstance(one, BarredByHand)),
        ),
        HandDesk(problem),
        day,
        now_s,
        frozenset(
            one.ref
            for one in requests
            if one.state is SupportState.CONFIRMED and one.id not in broken
        ),
        store.people(debtors_of(problem)),
        StopSubjects.read(store, problem),
        now,
        {one.id: one.name for one in store.stations()},
    )


def refuse_replaced(store: Store, action_id: ActionId) -> None:
    """Raise where a plan is not the one that holds.

    Raises
    ------
    StoreError
        If it was undone or made anew.
    """
    held, later = store.replans.of(action_id), store.replans.later(action_id)
    if later is not None:
        raise StaleError(
            "计划 %(asked)s 已调整为 %(stored)s；请在其上继续，或先撤销它",
            asked=action_id,
            stored=later.action_id,
        )
    if held is not None and held.undone_at is not None:
        raise StaleError(
            "计划 %(asked)s 已被撤销，请在现行计划 %(stored)s 上调整",
            asked=action_id,
            stored=held.replaces,
        )


def save(sources: RuleSources, desk: Desk, hand: HandPlan, *, by: str) -> ActionId:
    """Store a changed plan as a draft that takes the place of the one before; return its number.

    All is asked once more by what is stored now. It is neither signed nor released.

    Raises
    ------
    BoardError
        If a changed stop has begun meanwhile, the plan breaks its problem, or a rule forbids a
        stop.
    StoreError
        If the plan was made anew by somebody else meanwhile.
    """
    store = sources.store
    problem = store.problem(desk.action_id)
    if problem is None:
        raise StoreError("行动 %(id)s 不在库中", id=desk.action_id)
    fresh = open_desk(sources, desk.action_id, problem, desk.stored)
    plan = _begun_as_now(hand.plan, fresh.problem)
    faults = violations(fresh.problem, plan)
    if faults:
        raise BoardError(
            "草稿与现在的安排不符（%(count)d 处，首处：%(first)s），未保存；请放弃后重改",
            count=len(faults),
            first=faults[0].message,
        )
    findings = current_findings(sources, fresh.problem, plan)
    forbidden = blocks(findings)
    if forbidden:
        raise BoardError(
            "草稿有 %(count)d 处现已禁止的走访或勤务（首处：%(rule)s %(text)s），未保存；"
            "请先移出该处",
            count=len(forbidden),
            rule=forbidden[0].rule,
            text=forbidden[0].text,
        )
    return keep(
        sources,
        desk.action_id,
        fresh.problem,
        replace(plan, findings=findings),
        day=fresh.day,
        at_s=fresh.now_s,
        happened=_wishes(hand),
        kept=fresh.promised & same_stops(desk.stored, plan),
        by=by,
    )


def _wishes(hand: HandPlan) -> list[Disturbance]:
    return [
        *(ByHand(subject) for subject in sorted(hand.touched - hand.barred)),
        *(LockedByHand(ref, minute) for ref, minute in sorted(hand.locks.items())),
        *(BarredByHand(subject) for subject in sorted(hand.barred)),
    ]


def _begun_as_now(plan: Plan, problem: Problem) -> Plan:
    """Return a plan whose routes begin as they are frozen by now."""
    frozen = {route.shift: route for route in problem.frozen if route.stops}
    routes = []
    for route in plan.routes:
        begun = frozen.pop(route.shift, None)
        if begun is not None:
            count = len(begun.stops)
            if [(s.ref, s.start_s) for s in begun.stops] != [
                (s.ref, s.start_s) for s in route.stops[:count]
            ]:
                raise BoardError("改动的停留已经开始，未保存；请放弃后按现在的安排重改")
            stops = (*begun.stops, *route.stops[count:])
            route = replace(route, leave_s=begun.leave_s, stops=stops)
        routes.append(route)
    if frozen:
        raise BoardError("改动的停留已经开始，未保存；请放弃后按现在的安排重改")
    return replace(plan, routes=tuple(routes), price=price_of(problem, tuple(routes)))


def _places(plan: Plan) -> frozenset[tuple[str, str, int]]:
    return frozenset(
        (stop.ref, route.shift, stop.start_s)
        for route in plan.routes
        for stop in route.stops
        if stop.is_work
    )
