"""Plan days: locate, apply the rules, solve, check, store."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count, islice
from typing import Any

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
from web.steps.geocoding import geocode_claims
from web.steps.promises import read_promises
from web.steps.solving import refuse_faulty, solved
from web.steps.supporting import support_branched, support_notes
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
        then. The result speaks of the one with their support. Not with ``approval_by_s``.
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
            return _kept_before(court, ActionId(job.result["action"]))
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
        problem, found, more = promises.problem, None, {}
        if approval_by_s is not None:
            found = branched(
                court,
                problem,
                day=days[0],
                by_s=approval_by_s,
                approved_id=str(other_id),
                answer=answer,
            )
            if found is None:
                notes.append(message("没有等待签批的走访或勤务，只制定一份计划").render(say))
        elif answer_by_s is not None:
            found = support_branched(
                court,
                problem,
                day=days[0],
                by_s=answer_by_s,
                declined_id=str(other_id),
                answer=answer,
                confirmed=promises.confirmed,
            )
            if found is None:
                notes.append(message("没有需要派出所答复的停留，只制定一份计划").render(say))
        if found is None:
            plan = _checked(court, problem, answer(problem))
            action_id = save(court.store, days[0], problem, plan, made_at=now, job=job)
        elif answer_by_s is not None:
            kept = _save_branches(
                court, days[0], answer_by_s, found, made_at=now, branch_on=BranchOn.SUPPORT
            )
            problem, plan = kept.approved.problem, kept.approved.plan
            action_id = ActionId(problem.id)
            more = {"action_if_declined": kept.unapproved.problem.id}
            notes += support_notes(court, kept, days[0], answer_by_s, say)
        else:
            assert approval_by_s is not None
            kept = _save_branches(court, days[0], approval_by_s, found, made_at=now)
            problem, plan = kept.unapproved.problem, kept.unapproved.plan
            action_id = ActionId(problem.id)
            more = {"action_if_approved": kept.approved.problem.id}
            notes += branch_notes(kept.unapproved, kept.approved, approval_by_s, say)
        if found is None:
            promises.carry(court, action_id, problem, plan)
        else:
            for one in (kept.unapproved, kept.approved):
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


def _kept_before(court: Court, action_id: ActionId) -> dict[str, Any]:
    """Do what is left to do for a plan that was kept, and tell of it."""
    started_s = time.perf_counter()
    _, problem, plan = court.stored_plan(action_id)
    read_promises(court, problem).carry(court, action_id, problem, plan)
    return plan_summary(action_id, problem, plan, seconds=time.perf_counter() - started_s)


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
    court: Court,
    day: date,
    by_s: int,
    found: Branches,
    *,
    made_at: datetime,
    branch_on: BranchOn = BranchOn.APPROVAL,
) -> Branches:
    """Check and keep both plans, under the next free numbers where theirs were taken meanwhile."""
    held = [
        (one.problem, _checked(court, one.problem, one.plan))
        for one in (found.unapproved, found.approved)
    ]
    while True:
        try:
            court.store.save_branches(
                *held,
                approval_by=moment_at(day, by_s),
                made_at=made_at,
                branch_on=branch_on,
            )
        except DuplicateError:
            numbers = islice(_free_action_ids(court.store, day), 2)
            held = [
                (replace(problem, id=str(number)), replace(plan, problem_id=str(number)))
                for (problem, plan), number in zip(held, numbers, strict=True)
            ]
        else:
            return Branches(*(Branch(problem, plan) for problem, plan in held))


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
