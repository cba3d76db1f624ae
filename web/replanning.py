"""A stored plan made anew after something happened, and taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count

from data.errors import DuplicateError, StoreError
from data.replans import Replan
from data.store import Store
from geo.localtime import local_day, moment_at
from geo.ports import RoadTravel
from routes.errors import ReplanError
from routes.model import ActionId, SupportState, Verdict
from routes.planning import Deadline, StopRule
from routes.planning.changes import Change, changes_between
from routes.planning.disturbances import (
    BarredByHand,
    Disturbance,
    LockedByHand,
    PromiseGone,
    RoadsClosed,
    RuleBars,
    TimeAgreed,
)
from routes.planning.fleet import second_of
from routes.planning.problem import Plan, PlanFinding, Problem, StopKind
from routes.planning.replan import Replanned, replan
from routes.planning.roads_now import roads_now
from routes.planning.support import agreed_times, broken_promises, offered
from routes.planning.undoing import contradictions, same_stops
from web.approval import blocks, current_findings
from web.late_leads import PlanSources, with_leads
from web.step_records import RuleSources
from web.steps.solving import refuse_faulty
from web.subjects import StopSubjects
from web.support_board import refused_stops

__all__ = [
    "STOP_S",
    "Proposal",
    "changes_of",
    "hand_wishes",
    "hour_of",
    "in_rounds",
    "keep",
    "propose",
    "undo",
]

STOP_S = 1.2
"""Seconds from the question to the end of all searches, so that the answer is there within two."""

_ROUNDS = 3  # of asking the rules about what was put in
_SHARE = 0.75  # of the time that is left, for a round that may not be the last


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A plan made anew, kept as a draft under its own number."""

    action_id: ActionId
    replaces: ActionId
    made: Replanned


def hour_of(problem: Problem, at: datetime) -> tuple[date, int]:
    """Return the day of a plan, and its second, at which a moment finds it.

    Before its first day, or between two of its days, that is the beginning of the next one.

    Raises
    ------
    ReplanError
        If its last day is past.
    """
    today = local_day(at)
    ahead = sorted({shift.day for shift in problem.shifts if shift.day >= today})
    if not ahead:
        raise ReplanError("计划的日期已过，不能再调整")
    return (today, second_of(at, today)) if ahead[0] == today else (ahead[0], 0)


def propose(
    sources: PlanSources,
    action_id: ActionId,
    problem: Problem,
    plan: Plan,
    disturbances: Sequence[Disturbance],
    *,
    at: datetime,
    engine: Callable[[], RoadTravel],
    stop: StopRule,
    seed: int = 1,
    by: str = "cli",
) -> Proposal:
    """Make a stored plan anew from a moment on and keep the answer as a draft.

    What stations have confirmed is kept, as is what was locked by hand; what station and court
    agreed to move goes to its new hour; no escort is planned at an hour that a station refused,
    and those that they proposed are offered. What a rule forbids since
    is taken out. The plan before stays released, if it was, until the new one is.

    Parameters
    ----------
    problem, plan
        Those of the action.
    at
        Aware; what the plan before has begun by then stays. An hour before that at which the plan
        itself took over counts as that one.
    engine
        Gives the roads with none closed; asked only where roads changed, or for an urgent lead on
        a debtor whom the problem does not know.
    stop
        Rule of the search. A deadline is one for all rounds of it.

    Raises
    ------
    StoreError
        If the plan is not stored, was undone, or was made anew already.
    ReplanError
        If a disturbance does not fit the plan, or the rules forbid whatever is tried.
    PlanError
        If the independent check finds fault with a plan.
    """
    store = sources.store
    day, now_s = hour_of(problem, at)
    earlier = store.replans.of(action_id)
    if earlier is not None:  # what had begun when this plan took over has begun
        day, now_s = max((day, now_s), (earlier.day, earlier.at_s))
    problem, plan, disturbances = with_leads(
        sources,
        problem,
        plan,
        disturbances,
        day=day,
        at=max(at, moment_at(day, now_s)),
        engine=engine,
    )
    wishes = [] if earlier is None else hand_wishes(earlier)
    requests = store.support_requests.for_action(action_id)
    agreed = agreed_times(problem, plan, requests, day=day, now_s=now_s)
    moved = {one.ref for one in (*disturbances, *agreed) if isinstance(one, TimeAgreed)}
    refused = refused_stops(store, action_id, problem, plan, day=day, now_s=now_s)
    gone = (PromiseGone(ref) for ref in refused if ref not in moved)
    told = list(dict.fromkeys((*disturbances, *agreed, *gone, *wishes)))
    broken = {one.id for one in broken_promises(problem, plan, requests)}
    problem = offered(problem, plan, [one for one in requests if one.ref not in moved])
    happened = [*told, *_barred(sources, problem, plan, happened=told)]
    closed = any(isinstance(one, RoadsClosed) for one in happened)
    closures = store.closures.standing()
    roads = None
    if closed:
        roads = roads_now(problem, engine(), calendar=sources.calendar, closures=closures)
    promised = frozenset(
        one.ref for one in requests if one.state is SupportState.CONFIRMED and one.id not in broken
    )

    def search(happened: Sequence[Disturbance], rule: StopRule) -> Replanned:
        made = replan(
            problem,
            plan,
            happened,
            now_day=day,
            now_s=now_s,
            promised=promised | {one.ref for one in wishes if isinstance(one, LockedByHand)},
            stop=rule,
            seed=seed,
            roads=roads,
        )
        findings = current_findings(sources, made.problem, made.plan)
        return replace(made, plan=replace(made.plan, findings=findings))

    def bars(made: Replanned, happened: Sequence[Disturbance]) -> Sequence[Disturbance]:
        return _bars(sources, made.problem, made.plan, blocks(made.plan.findings), happened)

    made, happened = in_rounds(search, bars, happened, stop=stop)
    refuse_faulty(made.problem, made.plan)
    name = keep(
        sources,
        action_id,
        made.problem,
        made.plan,
        day=day,
        at_s=now_s,
        happened=happened,
        kept=(promised & same_stops(plan, made.plan)) | moved.difference(made.broken),
        by=by,
    )
    named = replace(
        made,
        problem=replace(made.problem, id=name),
        plan=replace(made.plan, problem_id=name),
    )
    return Proposal(name, action_id, named)


def in_rounds(
    search: Callable[[Sequence[Disturbance], StopRule], Replanned],
    bars: Callable[[Replanned, Sequence[Disturbance]], Sequence[Disturbance]],
    happened: Sequence[Disturbance],
    *,
    stop: StopRule,
) -> tuple[Replanned, list[Disturbance]]:
    """Return a plan in which no rule forbids anything, and what happened with what they forbade.

    Parameters
    ----------
    search
        Plans for what happened, by a rule.
    bars
        What the rules forbid of a plan; nothing where it may stand.
    stop
        Of a deadline each round but the last has but a share of what is left.

    Raises
    ------
    ReplanError
        If the rules forbid whatever is tried.
    """
    told = list(happened)
    for left in reversed(range(_ROUNDS)):
        rule = stop.part(_SHARE if left else 1.0) if isinstance(stop, Deadline) else stop
        made = search(told, rule)
        more = bars(made, told)
        if not more:
            return made, told
        told += more
    raise ReplanError("规则不断禁止调整后的走访，未能成案；请重新制定计划")


def keep(
    sources: RuleSources,
    action_id: ActionId,
    problem: Problem,
    plan: Plan,
    *,
    day: date,
    at_s: int,
    happened: Sequence[Disturbance],
    kept: frozenset[str],
    by: str,
) -> ActionId:
    """Keep what came out of a plan as a draft under a number of its own, and return that.

    Parameters
    ----------
    kept
        Options and duties whose confirmed support requests hold for the new plan too.

    Raises
    ------
    StoreError
        If the plan before is not stored, was undone, or was made anew already.
    """
    for name in _free_names(sources.store, action_id):
        try:
            sources.store.replans.save(
                name,
                replace(problem, id=name),
                replace(plan, problem_id=name),
                replaces=action_id,
                day=day,
                at_s=at_s,
                disturbances=happened,
                kept=kept,
                made_at=sources.clock(),
                by=by,
            )
        except DuplicateError:
            continue
        return name
    raise AssertionError("numbers end nowhere")


def hand_wishes(held: Replan) -> list[LockedByHand | BarredByHand]:
    """Return what was locked or barred by hand in a plan."""
    return [one for one in held.disturbances if isinstance(one, LockedByHand | BarredByHand)]


def changes_of(store: Store, held: Replan) -> tuple[Change, ...]:
    """Return what a kept plan changes in the one before; nothing where either was deleted."""
    before = store.problem(held.replaces), store.plan(held.replaces)
    after = store.problem(held.action_id), store.plan(held.action_id)
    if before[0] is None or before[1] is None or after[0] is None or after[1] is None:
        return ()
    return changes_between(
        before[0],
        before[1],
        after[0],
        after[1],
        held.disturbances,
        day=held.day,
        now_s=held.at_s,
    )


def undo(sources: RuleSources, action_id: ActionId, *, at: datetime, by: str = "cli") -> Replan:
    """Let the plan before be the current one again.

    Returns
    -------
    Replan
        What was undone. The plan before is a draft where its release was lost: it is released
        again like any other, with all that this asks for.

    Raises
    ------
    StoreError
        If the plan was not made anew from another, was undone, or was itself made anew since.
    ReplanError
        If something was done since that the plan before does not go on from; says what.
    """
    store = sources.store
    held = store.replans.of(action_id)
    if held is None:
        raise StoreError("计划 %(id)s 不是由别的计划调整而来，无从撤销", id=action_id)
    problem, made = _stored(store, action_id)
    _, before = _stored(store, held.replaces)
    day, now_s = hour_of(problem, at)
    action = store.action(action_id)
    followed = action is not None and action.released_at is not None
    begins = None if action is None else action.made_at
    visited = frozenset() if begins is None else store.visited_since(begins)
    found = contradictions(problem, before, made, day=day, now_s=now_s, visited=visited)
    if followed and found:
        raise ReplanError(
            "计划 %(id)s 不能撤销（%(count)d 处）：%(first)s",
            id=action_id,
            count=len(found),
            first=found[0],
        )
    agreed = {one.ref for one in held.disturbances if isinstance(one, TimeAgreed)}
    store.replans.undo(action_id, kept=same_stops(before, made) | agreed, by=by)
    return held


def _stored(store: Store, action_id: ActionId) -> tuple[Problem, Plan]:
    problem, plan = store.problem(action_id), store.plan(action_id)
    if problem is None or plan is None:
        raise StoreError("行动 %(id)s 不在库中，或已满保存期限而删除", id=action_id)
    return problem, plan


def _barred(
    sources: RuleSources, problem: Problem, plan: Plan, *, happened: Sequence[Disturbance]
) -> list[RuleBars]:
    """Return what the rules forbid now of a plan."""
    return _bars(sources, problem, plan, blocks(current_findings(sources, problem, plan)), happened)


def _bars(
    sources: RuleSources,
    problem: Problem,
    plan: Plan,
    forbidden: Sequence[PlanFinding],
    happened: Sequence[Disturbance],
) -> list[RuleBars]:
    """Return the visits of a plan of which findings speak, each with the first of them."""
    said = {one.subject: one for one in reversed(forbidden) if one.verdict == Verdict.BLOCK}
    if not said:
        return []
    known = {one.ref for one in happened if isinstance(one, RuleBars)}
    subjects = StopSubjects.read(sources.store, problem)
    found: list[RuleBars] = []
    for route in plan.routes:
        for stop in route.stops:
            own = (*subjects.of(stop), f"team:{route.team}")
            finding = next((said[each] for each in own if each in said), None)
            if finding is None or stop.kind is StopKind.BREAK:
                continue
            if stop.kind is not StopKind.VISIT or stop.ref in known:
                raise ReplanError(
                    "规则 %(rule)s 现已禁止 %(id)s：%(text)s；请改正后再调整",
                    rule=finding.rule,
                    id=stop.ref,
                    text=finding.text,
                )
            found.append(RuleBars(stop.ref, finding.rule, finding.text, finding.citation))
    return found


def _free_names(store: Store, action_id: ActionId) -> Iterator[ActionId]:
    """Yield numbers for what comes out of a plan, such as ``A20261126-1-r2``."""
    taken = set(store.action_ids())
    base = re.sub(r"-r\d+$", "", action_id)
    for number in count(1):
        name = ActionId(f"{base}-r{number}")
        if name not in taken:
            yield name
