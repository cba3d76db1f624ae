"""Whether a time that a station proposes can be kept: by the law, the station and the team.

A time is refused with the hours that are open, so that the station can name another one.
"""

from __future__ import annotations

from datetime import date, datetime

from geo.localtime import hour_text, local_day
from geo.messages import Message, message
from routes.model import ClaimId, SupportRequest
from routes.planning.problem import Plan, Problem
from routes.rules import lawful_windows
from web.formats import second_of_day
from web.services import Services

__all__ = ["wrong_time"]

_Spans = tuple[tuple[int, int], ...]


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
    spans = _shift(problem, plan, asked, day)
    if not _holds(spans, begin_s, end_s):
        return message(
            "%(wanted)s 不在执行小组当天的出勤时段（%(hours)s）之内，请改提其中的时间",
            wanted=wanted,
            hours=_words(spans),
        )
    return None


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
