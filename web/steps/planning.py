"""Plan days: locate, apply the rules, solve, check, store."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count, islice
from typing import Any, NamedTuple

from data.errors import DuplicateError
from data.jobs import Job
from data.model import BranchOn
from data.store import Store
from geo.localtime import local_day, moment_at
from geo.messages import message
from routes.calendar import DayKind
from routes.errors import PlanError
from routes.model import ActionId, TeamId
from routes.planning.branches import Branch, Branches
from routes.planning.prepare import build_problem
from routes.planning.problem import Plan, Problem
from routes.planning.turns import turns
from routes.ports import Clock
from web.approval import blocks, current_findings
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import Translate, marked, translator
from web.labels import LABELS
from web.progress import stage
from web.step_records import step_files
from web.steps.branching import branch_notes, branched
from web.steps.closures import unknown_roads
from web.steps.geocoding import geocode_claims, geocode_duties
from web.steps.promises import Promises, read_promises
from web.steps.solving import refuse_faulty, solved
from web.steps.supporting import (
    answer_notes,
    asked_stops,
    open_asks,
    support_branched,
    support_notes,
)
from web.wiring import Court, using

__all__ = ["make_plan", "next_workday", "plan_summary", "save", "unassigned_notes"]


def next_workday(settings: Settings, *, clock: Clock = system_clock) -> date:
    """Return the first workday after today by the court's calendar."""
    with using(Court(settings, clock=clock)) as court:
        day = local_day(clock()) + timedelta(days=1)
        while court.calendar.day_kind(day) is not DayKind.WORKDAY:
            day += timedelta(days=1)
        return day


def make_plan(
    settings: Settings,
    days: tuple[date, ...],
    *,
    teams: Collection[str] | None = None,
    approval_by_s: int | None = None,
    answer_by_s: int | None = None,
    iterations: int | None = None,
    stop_s: float | None = None,
    seed: int = 1,
    starts: int = 1,
    job: Job | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Plan these days: locate, apply the rules, solve, check, store.

    Parameters
    ----------
    teams
        Ids of the teams that are to go out; None: all.
    approval_by_s
        Second of the first day by which it is known whether open sign-offs are signed: two plans
        are made, the same until then. The result speaks of the one without the signatures.
    answer_by_s
        Second of the first day by which stations answer: two plans are made, the same until
        then. The result speaks of the one with their support. With ``approval_by_s``, which is
        the same second then, one plan has what is to be signed and the support, the other neither;
        where only one of both waits for an answer, they are as if that alone was named.
    job
        What asks for the plan; one that it kept before it was cut off is found again.

    Raises
    ------
    WebError
        If a day or the hour of the approval is past, a team is not known, or there is no road
        network.
    CalendarError
        If the calendar does not know a day.
    PlanError
        If the independent check finds fault; nothing is stored then.
    """
    with using(Court(settings, clock=clock)) as court:
        now = court.clock()
        if job is not None and "action" in job.result:
            return _kept_before(court, job.result)
        if days[0] < local_day(now):
            raise WebError(
                "计划日期 %(day)s 已过，请选择今天（%(today)s）或以后的日期",
                day=days[0],
                today=local_day(now),
            )
        store = court.store
        court.need_network()
        _known_teams(store, teams)
        started_s = time.perf_counter()
        geocode_claims(court)
        geocode_duties(court, since=days[0])
        action_id, other_id = islice(_free_action_ids(store, days[0]), 2)
        closures = store.closures.standing()
        say = translator(settings.language)
        notes = unknown_roads(court, closures, say)
        with stage(settings, marked("估计所在、适用规则、计算行车时间")) as listener:
            prepared = build_problem(
                problem_id=str(action_id),
                days=days,
                now=now,
                cases=store,
                field=store,
                travel=court.engine,
                calendar=court.calendar,
                parameters=court.parameters,
                profile=court.profile,
                fairness=court.fairness,
                policy=court.policy,
                areas=court.areas,
                closures=closures,
                steps=step_files(court),
                only_teams=None if teams is None else {TeamId(each) for each in teams},
                progress=listener,
            )
        answer = partial(
            solved, settings, iterations=iterations, stop_s=stop_s, seed=seed, starts=starts
        )
        promises = read_promises(court, prepared.problem)
        problem, more = promises.problem, {}
        found = _two_plans(
            court,
            promises,
            answer,
            day=days[0],
            approval_by_s=approval_by_s,
            answer_by_s=answer_by_s,
            other_id=str(other_id),
        )
        if found is None:
            notes += _one_plan_notes(approval_by_s, answer_by_s, say)
            plan = _checked(court, problem, answer(problem))
            action_id = save(court.store, days[0], problem, plan, made_at=now, job=job)
            promises.carry(court, action_id, problem, plan)
        else:
            kept = _save_branches(court, days[0], found, made_at=now, job=job)
            here, there = kept.plans.unapproved, kept.plans.approved
            if kept.branch_on.on_stations:
                here, there = there, here
            problem, plan = here.problem, here.plan
            action_id = ActionId(problem.id)
            more = {_OTHER[kept.branch_on]: there.problem.id}
            notes += _two_plans_notes(court, kept, days[0], say)
            for one in (here, there):
                promises.carry(court, ActionId(one.problem.id), one.problem, one.plan)
        notes += [note.render(say) for note in promises.notes(problem, plan)]
        seconds = time.perf_counter() - started_s
        return {
            **plan_summary(action_id, problem, plan, seconds=seconds),
            **more,
            "unlocated": prepared.unlocated,
            "without_hour": prepared.without_hour,
            "left_out": prepared.left_out,
            "notes": [
                *notes,
                *_duty_notes(court, problem, days, say),
                *_severed_stations(problem, say),
                *unassigned_notes(plan, say),
            ],
        }


def _known_teams(store: Store, teams: Collection[str] | None) -> None:
    """Refuse a team that the court does not have."""
    known = sorted(each.id for each in store.teams())
    for one in sorted(set(teams or ()) - set(known)):
        raise WebError(
            "没有编号为 %(id)s 的执行小组；现有 %(known)s", id=one, known="、".join(known) or "–"
        )


class _Two(NamedTuple):
    """Two plans, what they wait for, and the second by which it is known."""

    plans: Branches
    branch_on: BranchOn
    by_s: int


_OTHER = {
    BranchOn.APPROVAL: "action_if_approved",
    BranchOn.SUPPORT: "action_if_declined",
    BranchOn.ANSWERS: "action_if_declined",
}


def _two_plans(
    court: Court,
    promises: Promises,
    answer: Callable[[Problem], Plan],
    *,
    day: date,
    approval_by_s: int | None,
    answer_by_s: int | None,
    other_id: str,
) -> _Two | None:
    """Return two plans around the answers that are named; None where nothing waits for one."""
    problem = promises.problem
    if approval_by_s is not None:
        both = answer_by_s is not None
        asked = asked_stops(court, problem, promises.confirmed) if both else None
        found = branched(
            court,
            problem,
            day=day,
            by_s=approval_by_s,
            approved_id=other_id,
            answer=answer,
            asked=asked,
        )
        if found is not None:
            held = both and bool(open_asks(court, found, day, approval_by_s))
            on = BranchOn.ANSWERS if held else BranchOn.APPROVAL
            return _Two(found, on, approval_by_s)
    if answer_by_s is not None:
        found = support_branched(
            court,
            problem,
            day=day,
            by_s=answer_by_s,
            declined_id=other_id,
            answer=answer,
            confirmed=promises.confirmed,
        )
        if found is not None:
            return _Two(found, BranchOn.SUPPORT, answer_by_s)
    return None


def _one_plan_notes(
    approval_by_s: int | None, answer_by_s: int | None, say: Translate
) -> list[str]:
    """Return why one plan was made though two were asked for."""
    texts = {
        (True, False): message("没有等待签批的走访或勤务，只制定一份计划"),
        (False, True): message("没有需要派出所答复的停留，只制定一份计划"),
        (True, True): message("没有等待签批或派出所答复的停留，只制定一份计划"),
    }
    text = texts.get((approval_by_s is not None, answer_by_s is not None))
    return [] if text is None else [text.render(say)]


def _two_plans_notes(court: Court, kept: _Two, day: date, say: Translate) -> list[str]:
    plans, by_s = kept.plans, kept.by_s
    if kept.branch_on is BranchOn.APPROVAL:
        return branch_notes(plans.unapproved, plans.approved, by_s, say)
    if kept.branch_on is BranchOn.SUPPORT:
        return support_notes(court, plans, day, by_s, say)
    return answer_notes(court, plans, day, by_s, say)


def _kept_before(court: Court, result: Mapping[str, Any]) -> dict[str, Any]:
    """Do what is left to do for a plan, or two, that were kept, and tell of the first."""
    started_s = time.perf_counter()
    names = [ActionId(result[key]) for key in ("action", "other") if key in result]
    held = [court.stored_plan(name) for name in names]
    for action_id, problem, plan in held:
        read_promises(court, problem).carry(court, action_id, problem, plan)
    return plan_summary(*held[0], seconds=time.perf_counter() - started_s)


def _checked(court: Court, problem: Problem, plan: Plan) -> Plan:
    """Return a plan with what the rules say of it; refuse one that breaks rules or problem."""
    findings = current_findings(court, problem, plan)
    forbidden = blocks(findings)
    if forbidden:
        raise PlanError(
            "计划有规则禁止的安排（%(count)d 处，首处 %(rule)s：%(text)s），未保存，请重新规划",
            count=len(forbidden),
            rule=forbidden[0].rule,
            text=forbidden[0].text,
        )
    plan = replace(plan, findings=findings)
    refuse_faulty(problem, plan)
    return plan


def _save_branches(
    court: Court, day: date, found: _Two, *, made_at: datetime, job: Job | None
) -> _Two:
    """Check and keep both plans, under the next free numbers where theirs were taken meanwhile."""
    held = [
        (one.problem, _checked(court, one.problem, one.plan))
        for one in (found.plans.unapproved, found.plans.approved)
    ]
    while True:
        try:
            court.store.save_branches(
                *held,
                approval_by=moment_at(day, found.by_s),
                made_at=made_at,
                branch_on=found.branch_on,
                job=job,
            )
        except DuplicateError:
            numbers = islice(_free_action_ids(court.store, day), 2)
            held = [
                (replace(problem, id=str(number)), replace(plan, problem_id=str(number)))
                for (problem, plan), number in zip(held, numbers, strict=True)
            ]
        else:
            plans = Branches(*(Branch(problem, plan) for problem, plan in held))
            return found._replace(plans=plans)


def _duty_notes(
    court: Court, problem: Problem, days: Collection[date], say: Translate
) -> list[str]:
    """Return a sentence for each duty of the court's table that the problem does not hold."""
    held = {duty.id for duty in problem.duties}
    held |= {one.subject.removeprefix("duty:") for one in problem.blocked}
    unplaced = {one.id for one in court.store.unplaced_duties(since=min(days))}
    texts = [
        message(
            "勤务 %(id)s 的地点没有定位到门牌或单位，未列入计划；请在勤务表中补填经度、纬度",
            id=one.id,
        )
        if one.id in unplaced
        else message(
            "勤务 %(id)s 按规则不得安排，未列入计划；请核对日期、时段和所涉案件", id=one.id
        )
        for one in court.store.entered_duties(days)
        if not one.withdrawn and one.duty_id not in held
    ]
    return [text.render(say) for text in texts]


def _severed_stations(problem: Problem, say: Translate) -> list[str]:
    """Return a sentence for each station and day on which closed roads keep teams from it."""
    return [
        message(
            "%(day)s 小组与派出所 %(id)s 之间的道路封闭（%(why)s）",
            day=cut.day,
            id=station.id,
            why=cut.reason,
        ).render(say)
        for station in problem.escort_stations
        for cut in problem.cut_off
        if cut.place == station.place
    ]


def unassigned_notes(plan: Plan, say: Translate) -> list[str]:
    """Return a sentence for each duty that no team does, and for each reason to leave debtors."""
    words = LABELS["unassigned_reason"]
    duties = [
        message(
            "勤务 %(id)s 未安排：%(reason)s%(detail)s",
            id=one.ref,
            reason=words[one.reason],
            detail=f"（{one.detail}）" if one.detail else "",
        )
        for one in plan.unassigned
        if one.is_duty
    ]
    reasons = Counter(one.reason for one in plan.unassigned if not one.is_duty)
    debtors = [
        message("未安排的被执行人：%(reason)s，共 %(count)d 个", reason=words[reason], count=count)
        for reason, count in reasons.most_common()
    ]
    return [each.render(say) for each in (*duties, *debtors)]


def save(
    store: Store,
    day: date,
    problem: Problem,
    plan: Plan,
    *,
    made_at: datetime,
    job: Job | None = None,
) -> ActionId:
    """Keep a plan; where another process took its number meanwhile, under the next one."""
    while True:
        action_id = ActionId(problem.id)
        try:
            store.save(action_id, problem, plan, made_at=made_at, job=job)
        except DuplicateError:
            number = str(next(_free_action_ids(store, day)))
            problem, plan = replace(problem, id=number), replace(plan, problem_id=number)
        else:
            return action_id


def _free_action_ids(store: Store, day: date) -> Iterator[ActionId]:
    """Yield the numbers of a day that no action has, the lowest first."""
    taken = set(store.action_ids())
    for number in count(1):
        made = ActionId(f"A{day:%Y%m%d}-{number}")
        if made not in taken:
            yield made


def plan_summary(
    action_id: ActionId, problem: Problem, plan: Plan, *, seconds: float
) -> dict[str, Any]:
    """Return what a plan amounts to, as the command line prints it; duties are those done."""
    undone = sum(one.is_duty for one in plan.unassigned)
    visits = turns(problem, plan).values()
    return {
        "action": str(action_id),
        "debtors_considered": len({option.debtor for option in problem.options}),
        "planned_visits": len(visits),
        "expected_found": round(sum(visit.p_added for visit in visits), 2),
        "value": round(plan.value, 2),
        "duties": len(problem.duties) - undone,
        "unassigned": len(plan.unassigned),
        "blocked_by_rule": len({finding.subject for finding in problem.blocked}),
        "seconds": round(seconds, 1),
    }
