"""Looks that a station takes at the property at a debtor's place, apart from the court's visit.

An officer drafts the request for the place of a planned visit, a commander sends it. It takes the
way of every support request, on the page that the station has of the plan anyhow. What came of it
is an answer on paper: once the table of property answers holds one of the station about the debtor,
the request is settled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from data.cases import plain_key
from data.store import Store
from geo.localtime import hour_text, local_day, moment_at
from routes.errors import SupportError
from routes.model import ActionId, DebtorId, SupportKind, SupportRequest, SupportState
from routes.planning.concerned import debtors_of
from routes.planning.problem import Option, Plan, Problem, StopKind
from web.approval import blocks, current_findings
from web.errors import ApprovalError
from web.proposed_times import wrong_time
from web.services import Services
from web.signatures import last_moment, read_signatures
from web.subjects import StopSubjects
from web.support_board import territories

__all__ = ["CheckView", "check_views", "draft_check", "send_check", "visits_to_check"]


@dataclass(frozen=True, slots=True)
class CheckView:
    """One request for a property check, as the court reads it.

    Parameters
    ----------
    title
        Number of the case.
    station
        Name.
    answered_on
        Day of the station's newest answer about the debtor since it was sent; None without one.
    """

    request: SupportRequest
    title: str
    case_id: str
    station: str
    answered_on: date | None
    may_send: bool
    may_agree: bool
    may_withdraw: bool


def check_views(
    store: Store, now: datetime, action_id: ActionId, problem: Problem
) -> tuple[CheckView, ...]:
    """Return the property checks that were drafted or asked for beside a plan, by their times.

    Parameters
    ----------
    now
        Aware.
    """
    requests = store.support_requests.property_checks(action_id)
    if not requests:
        return ()
    debtor_of = {option.id: DebtorId(option.debtor) for option in problem.options}
    cases = store.case_names({debtor_of[one.ref] for one in requests if one.ref in debtor_of})
    stations = {station.id: station.name for station in store.stations()}
    views = []
    for one in requests:
        debtor = debtor_of.get(one.ref)
        case = None if debtor is None else cases.get(debtor)
        station = stations.get(one.station_id, one.station_id)
        answered_on = None
        if debtor is not None and case is not None and one.sent_at is not None:
            since = local_day(one.sent_at)
            held = store.property_answers(case.id)  # the newest first
            answered_on = next(
                (
                    answer.answered_on
                    for answer in held
                    if answer.debtor_id == debtor
                    and answer.answered_on >= since
                    and plain_key(answer.holder.reveal()) == plain_key(station)
                ),
                None,
            )
        open_ = answered_on is None
        views.append(
            CheckView(
                one,
                "" if case is None else str(case.number),
                "" if case is None else str(case.id),
                station,
                answered_on,
                may_send=one.state is SupportState.DRAFT and now < one.expires_at,
                may_agree=open_ and one.state is SupportState.OTHER_TIME_PROPOSED,
                may_withdraw=one.state is SupportState.DRAFT
                or (
                    open_
                    and (one.state.is_open or one.state is SupportState.CONFIRMED)
                    and now < one.hours[1]
                ),
            )
        )
    return tuple(views)


def visits_to_check(store: Store, problem: Problem, plan: Plan) -> tuple[tuple[str, str], ...]:
    """Return the visits of a plan, each with its day, hour and case number."""
    cases = store.case_names(debtors_of(problem, plan))
    options = {option.id: option for option in problem.options}
    found = []
    for day, start_s, option in _visits(plan, options):
        case = cases.get(DebtorId(option.debtor))
        number = "" if case is None else str(case.number)
        found.append((day, start_s, option.id, f"{day:%m-%d} {hour_text(start_s)} {number}"))
    return tuple((ref, text) for _day, _start_s, ref, text in sorted(found))


def _visits(plan: Plan, options: dict[str, Option]) -> Iterator[tuple[date, int, Option]]:
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.VISIT and not stop.second and stop.ref in options:
                yield route.day, stop.start_s, options[stop.ref]


def draft_check(
    sources: Services,
    action_id: ActionId,
    problem: Problem,
    plan: Plan,
    *,
    ref: str,
    day: date,
    start_s: int,
    end_s: int,
    document: str,
    by: str,
) -> SupportRequest:
    """Draft a request to look at the property at the place of a planned visit.

    Parameters
    ----------
    ref
        The visit.
    start_s, end_s
        When the station is to look, seconds after midnight of the day.

    Raises
    ------
    ApprovalError
        If a rule forbids the visit or asks for a signature that it lacks, no station's territory
        holds the place, or the hours are past, lawless or not the station's.
    """
    option = _planned(problem, plan, ref)
    _refuse_forbidden(sources, action_id, problem, plan, option)
    store, now = sources.store, sources.clock()
    station = territories(problem, sources.areas, [one.id for one in store.stations()]).get(
        option.place
    )
    if station is None:
        raise ApprovalError("该处不在任何派出所的辖区之内，不能请派出所核查")
    starts_at, ends_at = moment_at(day, start_s), moment_at(day, end_s)
    try:
        asked = SupportRequest(
            id="",
            action_id=action_id,
            station_id=station,
            kind=SupportKind.PROPERTY_CHECK,
            ref=ref,
            starts_at=starts_at,
            ends_at=ends_at,
            state=SupportState.DRAFT,
            created_at=now,
            created_by=by,
            expires_at=starts_at,
        )
    except SupportError as error:
        raise ApprovalError(error.message.msgid, **dict(error.message.facts)) from error
    wrong = wrong_time(sources, problem, plan, asked, starts_at)
    if wrong is not None:
        raise ApprovalError(wrong.msgid, **dict(wrong.facts))
    if ends_at > last_moment(problem, plan):
        raise ApprovalError("核查须在计划的最后一天结束以前；派出所到那时为止可以看到请求")
    return store.support_requests.create(
        action_id,
        station,
        SupportKind.PROPERTY_CHECK,
        ref,
        starts_at,
        ends_at,
        by,
        document=document.strip() or None,
    )


def send_check(
    sources: Services,
    action_id: ActionId,
    problem: Problem,
    plan: Plan,
    request: SupportRequest,
    *,
    document: str,
    by: str,
) -> SupportRequest:
    """Send a draft, and let the station see its part of the plan where it does not yet.

    Parameters
    ----------
    document
        Number of the paper that it rests on; empty for that of the draft.

    Raises
    ------
    ApprovalError
        If the plan is not released, its visit is gone, forbidden or not signed for.
    StoreError
        If it is no draft any more, past its term, or has no paper (LAW.md L6).
    """
    store, now = sources.store, sources.clock()
    action = store.action(action_id)
    if action is None or action.released_at is None:
        raise ApprovalError("计划 %(id)s 尚未发布，不能共享", id=action_id)
    _refuse_forbidden(sources, action_id, problem, plan, _planned(problem, plan, request.ref))
    sent = store.support_requests.send(request.id, by, document=document)
    if all(one.action_id != action_id for one in store.shares.for_station(sent.station_id, now)):
        store.shares.create(action_id, sent.station_id, last_moment(problem, plan), by)
    return sent


def _planned(problem: Problem, plan: Plan, ref: str) -> Option:
    options = {option.id: option for option in problem.options}
    found = next((option for _, _, option in _visits(plan, options) if option.id == ref), None)
    if found is None:
        raise ApprovalError("走访 %(id)s 不在这份计划之中，不能请派出所核查", id=ref)
    return found


def _refuse_forbidden(
    sources: Services, action_id: ActionId, problem: Problem, plan: Plan, option: Option
) -> None:
    """Raise where the visit may not be made: a property hit has the same gate (LAW.md N1)."""
    findings = current_findings(sources, problem, plan)
    waiting = read_signatures(sources.store, problem, plan, findings, at=sources.clock()).waiting
    own = StopSubjects.read(sources.store, problem).of_visit(option)
    found = next((one for one in (*blocks(findings), *waiting) if one.subject in own), None)
    if found is not None:
        raise ApprovalError(
            "计划 %(id)s 的这次走访现被规则 %(rule)s 禁止或待签批（%(text)s），不能请派出所核查",
            id=action_id,
            rule=found.rule,
            text=found.text,
        )
