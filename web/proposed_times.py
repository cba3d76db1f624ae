"""Whether a time that a station proposes can be kept: by law, station, team and the stop itself.

A time is refused with the hours that are open, so that the station can name another one. The
window of a duty at a checkpoint is the station's own to set, within the day of the paper that the
duty rests on; a hearing, a handover and a step that is set have windows that no station moves.
"""

from __future__ import annotations

from datetime import date, datetime

from geo.localtime import hour_text, local_day, moment_at
from geo.messages import Message, message
from routes.model import ClaimId, DutyKind, SupportKind, SupportRequest
from routes.planning.hour_roads import joined
from routes.planning.problem import Option, Plan, PlanDuty, Problem, StopKind
from routes.planning.support import option_at, requests_of
from routes.rules import lawful_windows
from web.formats import second_of_day
from web.services import Services

__all__ = ["wrong_time"]

_Span = tuple[int, int]
_Spans = tuple[_Span, ...]


def wrong_time(
    services: Services, problem: Problem, plan: Plan, asked: SupportRequest, starts_at: datetime
) -> Message | None:
    """Return why a time cannot stand in the place of the one that was asked for; None if it can.

    Parameters
    ----------
    problem, plan
        Of the request.
    starts_at
        Aware; on the day of the request. It is to last as long as was asked for.
    """
    if starts_at <= services.clock():
        return message("建议的时间已过，请提出以后的时间")
    day = local_day(asked.starts_at)
    begin_s = second_of_day(starts_at)
    end_s = begin_s + round((asked.ends_at - asked.starts_at).total_seconds())
    wanted = f"{hour_text(begin_s)}–{hour_text(end_s)}"
    spans = _lawful(services, problem, asked, day)
    if not _holds(spans, begin_s, end_s):
        return message(
            "%(wanted)s 不在可以走访的时段（%(hours)s）之内，请改提其中的时间",
            wanted=wanted,
            hours=_words(spans),
        )
    spans = _duty(services, problem, asked, day)
    if not _holds(spans, begin_s, end_s):
        return message(
            "%(wanted)s 不在本所当天的协助时段（%(hours)s）之内，请改提其中的时间",
            wanted=wanted,
            hours=_words(spans),
        )
    if asked.kind is SupportKind.PROPERTY_CHECK:  # the station goes by itself
        return None
    spans = _shift(problem, plan, asked, day)
    if not _holds(spans, begin_s, end_s):
        return message(
            "%(wanted)s 不在执行小组当天的出勤时段（%(hours)s）之内，请改提其中的时间",
            wanted=wanted,
            hours=_words(spans),
        )
    if asked.is_duty:
        return _wrong_of_duty(services, problem, plan, asked, (begin_s, end_s))
    return _wrong_of_visit(problem, plan, asked, (begin_s, end_s))


def _wrong_of_visit(
    problem: Problem, plan: Plan, asked: SupportRequest, wanted: _Span
) -> Message | None:
    """Return what of the visit itself speaks against a time: it has options at some hours only."""
    ask = next((one for one in requests_of(problem, plan) if one.ref == asked.ref), None)
    if ask is None or option_at(problem, plan, ask, wanted[0]) is not None:
        return _wrong_beside(problem, plan, asked, wanted)
    own = next(option for option in problem.options if option.id == asked.ref)
    spans = (
        (one.window_start_s, one.window_end_s + own.service_s)
        for one in problem.options
        if (one.debtor, one.claim, one.place, one.day, one.step)
        == (own.debtor, own.claim, own.place, own.day, own.step)
    )
    return message(
        "%(wanted)s 不在这次走访自己的时段（%(hours)s）之内，请改提其中的时间",
        wanted=_words((wanted,)),
        hours=_words(joined(spans)),
    )


def _wrong_of_duty(
    services: Services, problem: Problem, plan: Plan, asked: SupportRequest, wanted: _Span
) -> Message | None:
    """Return what of the duty itself speaks against a time."""
    duty = next((one for one in problem.duties if one.id == asked.ref), None)
    if duty is None:
        return None
    if duty.kind != DutyKind.CHECKPOINT:
        own = (duty.window_start_s, duty.window_end_s + duty.service_s)
        if _holds((own,), *wanted):
            return None
        return message(
            "%(wanted)s 不在这项勤务自己的时段（%(hours)s）之内；只有查控勤务的时段由派出所确定",
            wanted=_words((wanted,)),
            hours=_words((own,)),
        )
    held = next((one for one in services.store.duties(duty.day) if one.id == duty.id), None)
    last = None if held is None or held.basis is None else held.basis.ends_on
    if last is not None and local_day(moment_at(duty.day, wanted[1])) > last:
        return message(
            "%(wanted)s 超出勤务依据的截止日期 %(day)s，请改提到期以前的时间",
            wanted=_words((wanted,)),
            day=last.isoformat(),
        )
    return _wrong_beside(problem, plan, asked, wanted)


def _wrong_beside(
    problem: Problem, plan: Plan, asked: SupportRequest, wanted: _Span
) -> Message | None:
    """Return that each team that could go has a hearing, or what else no station moves, then."""
    day = local_day(asked.starts_at)
    tasks: dict[str, Option | PlanDuty] = {one.id: one for one in problem.options}
    tasks |= {one.id: one for one in problem.duties}
    task = tasks.get(asked.ref)
    able = set() if task is None else _able(problem, task, day, wanted)
    kinds = {duty.id: duty.kind for duty in problem.duties}
    bound = {
        route.team
        for route in plan.routes
        for stop in route.stops
        if (route.day, stop.kind) == (day, StopKind.DUTY)
        and kinds.get(stop.ref) != DutyKind.CHECKPOINT
        and stop.start_s < wanted[1]
        and wanted[0] < stop.departure_s
    }
    if not able or able - bound:
        return None
    return message("能去的小组在 %(wanted)s 都另有不能改期的勤务，请避开", wanted=_words((wanted,)))


def _able(problem: Problem, task: Option | PlanDuty, day: date, wanted: _Span) -> set[str]:
    """Return the teams on duty then that a stop may have."""
    fit = {
        team.id
        for team in problem.teams
        if task.needed_skills <= team.skills and team.officers >= task.min_officers
    }
    if isinstance(task, PlanDuty) and task.teams:
        fit &= set(task.teams)
    return {
        one.team
        for one in problem.shifts
        if one.team in fit
        and one.day == day
        and one.start_s <= wanted[0]
        and wanted[1] <= one.end_s + one.overtime_s
    }


def _holds(spans: _Spans, begin_s: int, end_s: int) -> bool:
    """Whether one of the spans holds the time; where there is none nothing is known against it."""
    return not spans or any(low <= begin_s and end_s <= high for low, high in spans)


def _words(spans: _Spans) -> str:
    return " / ".join(f"{hour_text(low)}–{hour_text(high)}" for low, high in spans)


def _lawful(services: Services, problem: Problem, asked: SupportRequest, day: date) -> _Spans:
    """Return when the visit may be held; nothing of a duty, or of a day that was signed for."""
    option = next((one for one in problem.options if one.id == asked.ref), None)
    if asked.is_duty or option is None or not services.calendar.knows(day):
        return ()
    people = services.store.people([option.debtor])
    case, claim = people.case_of(option.debtor), people.claims.get(ClaimId(option.claim))
    if case is None or claim is None:
        return ()
    return lawful_windows(case, claim, day, calendar=services.calendar, profile=services.profile)


def _duty(services: Services, problem: Problem, asked: SupportRequest, day: date) -> _Spans:
    """Return when the station has officers, by the court's register of its hours."""
    known = next((one for one in services.store.stations() if one.id == asked.station_id), None)
    if known is not None and known.escort_hours:
        return tuple(
            (_second(one.start.hour, one.start.minute), _second(one.end.hour, one.end.minute))
            for one in known.escort_hours
            if one.weekday == day.weekday()
        )
    return tuple(
        (slot.start_s, slot.end_s)
        for one in problem.escort_stations
        if one.id == asked.station_id
        for slot in one.calendar
        if slot.day == day
    )


def _second(hour: int, minute: int) -> int:
    return hour * 3600 + minute * 60


def _shift(problem: Problem, plan: Plan, asked: SupportRequest, day: date) -> _Spans:
    """Return the hours of the team that the plan sends."""
    held = {
        route.shift
        for route in plan.routes
        if route.day == day and any(stop.ref == asked.ref for stop in route.stops)
    }
    return tuple(
        (one.start_s, one.end_s + one.overtime_s) for one in problem.shifts if one.id in held
    )
