"""Weekly hours as a clerk writes them: 周一至周五 08:30-17:30 2人；周六 09:00-11:00."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import time
from itertools import pairwise

from geo.errors import FieldwritError
from geo.messages import Message, message
from routes.model import EscortHours

__all__ = ["WeeklyHoursError", "parse_weekly", "weekly_text"]

_DAYS = {name: index for index, name in enumerate("一二三四五六日")} | {"天": 6}
_DAY = r"(?:周|星期|礼拜)[一二三四五六日天]"
_TO = r"(?:至|到|~|-)"
_GROUP = re.compile(
    rf"(?P<days>每天|每日|工作日|周末|{_DAY}(?:{_TO}(?:周|星期|礼拜)?[一二三四五六日天])?"
    rf"(?:[、,](?:{_DAY}|[一二三四五六日天])(?:{_TO}(?:周|星期|礼拜)?[一二三四五六日天])?)*)"
    r"(?P<rest>.*)",
    re.DOTALL,
)
_HOURS = re.compile(rf"(\d{{1,2}}):(\d{{2}}){_TO}(\d{{1,2}}):(\d{{2}})(?:(\d{{1,3}})[人名])?[、,]?")
_WHOLE = {"每天": range(7), "每日": range(7), "工作日": range(5), "周末": range(5, 7)}


class WeeklyHoursError(FieldwritError, ValueError):
    """Weekly hours that do not parse, overlap, or run past midnight."""


def parse_weekly(text: str) -> tuple[EscortHours, ...]:
    """Read weekly hours.

    Groups are parted by ``；`` or a line break. A group names days (周一, 周一至周五,
    周二、周四, 每天, 工作日 for Monday to Friday, 周末), then one or more hours
    ``HH:MM-HH:MM``, each with an optional number of people (2人).

    Parameters
    ----------
    text
        The cell; full or half width, blanks do not matter. Empty means no hours.

    Returns
    -------
    tuple of EscortHours
        In the order of weekday and start.

    Raises
    ------
    WeeklyHoursError
        If a part does not parse, hours run past midnight, or hours of one day overlap.

    Examples
    --------
    >>> [(h.weekday, h.start.hour, h.officers) for h in parse_weekly("周五至周六 16:00-18:00 2人")]
    [(4, 16, 2), (5, 16, 2)]
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[—–－―‐−~～]+", "-", plain)
    groups = [re.sub(r"\s+", "", group) for group in re.split(r"[;；\n。]", plain)]
    hours = [one for group in groups if group for one in _group(group)]
    hours.sort(key=lambda one: (one.weekday, one.start))
    for before, after in pairwise(hours):
        if before.weekday == after.weekday and after.start < before.end:
            raise WeeklyHoursError(
                "%(day)s %(first)s 与 %(second)s 两段时间重叠，请合并或改正",
                day=_day_word(after.weekday),
                first=_span(before),
                second=_span(after),
            )
    return tuple(hours)


def weekly_text(hours: Iterable[EscortHours]) -> str:
    """Write weekly hours as :func:`parse_weekly` reads them; days of the same hours together.

    Examples
    --------
    >>> weekly_text(parse_weekly("周六 9:00-11:00; 周二至周四 8:30-12:00 2人"))
    '周二至周四 08:30-12:00 2人；周六 09:00-11:00'
    """
    by_day: dict[int, list[str]] = {}
    for one in sorted(hours, key=lambda one: (one.weekday, one.start)):
        officers = f" {one.officers}人" if one.officers != 1 else ""
        by_day.setdefault(one.weekday, []).append(f"{_span(one)}{officers}")
    groups: list[tuple[list[int], list[str]]] = []
    for day, spans in by_day.items():
        if groups and groups[-1][1] == spans and groups[-1][0][-1] == day - 1:
            groups[-1][0].append(day)
        else:
            groups.append(([day], spans))
    return "；".join(f"{_days_word(days)} {'、'.join(spans)}" for days, spans in groups)


def _days_word(days: Sequence[int]) -> str:
    first, last = _day_word(days[0]), _day_word(days[-1])
    return first if first == last else f"{first}至{last}"


def _group(text: str) -> Iterator[EscortHours]:
    match = _GROUP.fullmatch(text)
    if match is None:
        raise WeeklyHoursError("没有写明星期，%(cure)s", cure=_CURE)
    days = _days(match["days"])
    rest, position = match["rest"].lstrip(":"), 0
    while position < len(rest):
        hours = _HOURS.match(rest, position)
        if hours is None:
            raise WeeklyHoursError("时间无法识别，%(cure)s", cure=_CURE)
        position = hours.end()
        start, end = _clock(hours[1], hours[2]), _clock(hours[3], hours[4])
        if start >= end:
            raise WeeklyHoursError(
                "%(start)s-%(end)s 的开始不早于结束；跨夜的时段请分成两天填写",
                start=f"{start:%H:%M}",
                end=f"{end:%H:%M}",
            )
        people = int(hours[5] or 1)
        if people < 1:
            raise WeeklyHoursError("人数须至少一人")
        for day in days:
            yield EscortHours(day, start, end, people)
    if not position:
        raise WeeklyHoursError("只有星期而没有时间，%(cure)s", cure=_CURE)


def _days(text: str) -> list[int]:
    if text in _WHOLE:
        return list(_WHOLE[text])
    days: list[int] = []
    for part in re.split(r"[、,]", text):
        ends = [_DAYS[character] for character in re.sub(r"周|星期|礼拜|至|到|-", "", part)]
        if ends[0] > ends[-1]:
            raise WeeklyHoursError(
                "%(first)s至%(last)s 的次序颠倒，请从周一写到周日",
                first=_day_word(ends[0]),
                last=_day_word(ends[-1]),
            )
        days += range(ends[0], ends[-1] + 1)
    return sorted(set(days))


def _clock(hour: str, minute: str) -> time:
    if int(hour) > 23 or int(minute) > 59:
        raise WeeklyHoursError("%(hour)s:%(minute)s 不是一天中的时刻", hour=hour, minute=minute)
    return time(int(hour), int(minute))


def _span(hours: EscortHours) -> str:
    return f"{hours.start:%H:%M}-{hours.end:%H:%M}"


def _day_word(day: int) -> str:
    return "周" + "一二三四五六日"[day]


_CURE: Message = message("应形如“周一至周五 08:30-17:30 2人；周六 09:00-11:00”")
