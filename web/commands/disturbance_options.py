"""Options that say what happened to a plan, and the values that they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import click

from routes.planning.disturbances import (
    Disturbance,
    EscortCut,
    HomeNow,
    OfficersAway,
    Paid,
    PromiseGone,
    RoadsClosed,
    TeamLate,
    TeamOut,
    TimeAgreed,
)
from web.i18n import marked, translator

__all__ = ["SPAN_FORM", "Span", "disturbance_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])

_DAY_END_S = 86_400
_LIKELY = 0.8  # P(found) of an urgent lead for which nobody states one; assumed
_SPAN = re.compile(r"(?:(?P<h>\d{1,2})h)?(?:(?P<m>\d{1,4})m)?(?:(?P<s>\d{1,5})s)?")
SPAN_FORM = marked("时长应形如 40m、1h20m 或 90s")


def _fail(param: click.Parameter | None, ctx: click.Context | None, msgid: str) -> click.UsageError:
    say = translator(ctx.obj.language if ctx is not None and ctx.obj else "zh")
    return click.BadParameter(say(msgid), ctx=ctx, param=param)


def _span_s(text: str) -> int | None:
    found = _SPAN.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _clock_s(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if found is None or int(found[1]) > 24 or int(found[2]) > 59:
        return None
    return int(found[1]) * 3600 + int(found[2]) * 60


class Span(click.ParamType[int]):
    """A length of time as ``40m``, in seconds."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the seconds."""
        seconds = value if isinstance(value, int) else _span_s(value)
        if seconds is None:
            raise _fail(param, ctx, SPAN_FORM)
        return seconds


class _Late(click.ParamType[Disturbance]):
    """``TEAM=40m``."""

    name = "team=span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Disturbance:
        team, _, span = str(value).partition("=")
        late_s = _span_s(span)
        if not team or not late_s:
            raise _fail(param, ctx, marked("应形如 T1=40m（小组编号=晚点时长）"))
        return TeamLate(team, late_s)


class _Away(click.ParamType[Disturbance]):
    """``TEAM`` or ``TEAM=2``; with skills ``TEAM=1,locksmith``."""

    name = "team"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Disturbance:
        team, _, rest = str(value).partition("=")
        number, *skills = rest.split(",") if rest else ["1"]
        if not team or not number.isdecimal():
            raise _fail(param, ctx, marked("应形如 T1、T1=2 或 T1=1,locksmith（人数，失去的技能）"))
        return OfficersAway(team, int(number), frozenset(skills))


class _Cut(click.ParamType[Disturbance]):
    """``STATION`` for the rest of the day, or ``STATION=09:00-12:00``."""

    name = "station"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Disturbance:
        station, _, hours = str(value).partition("=")
        begin, _, end = hours.partition("-")
        start_s = _clock_s(begin) if hours else 0
        end_s = _clock_s(end) if hours else _DAY_END_S
        if not station or start_s is None or end_s is None or start_s >= end_s:
            raise _fail(param, ctx, marked("应形如 PS01（当天）或 PS01=09:00-12:00"))
        return EscortCut(station, start_s, end_s)


class _Home(click.ParamType[Disturbance]):
    """``DEBTOR=11:00`` or ``DEBTOR=11:00,0.7``."""

    name = "debtor=until"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Disturbance:
        debtor, _, rest = str(value).partition("=")
        until, _, chance = rest.partition(",")
        until_s = _clock_s(until)
        try:
            p_found = float(chance) if chance else _LIKELY
        except ValueError:
            p_found = 0.0
        if not debtor or not until_s or not 0.0 < p_found <= 1.0:
            raise _fail(param, ctx, marked("应形如 D12=11:00 或 D12=11:00,0.7（截止时间，把握）"))
        return HomeNow(debtor, until_s, p_found)


class _Agreed(click.ParamType[Disturbance]):
    """``VISIT=10:30``; the duty at a checkpoint likewise."""

    name = "stop=time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Disturbance:
        ref, _, time = str(value).rpartition("=")
        start_s = _clock_s(time)
        if not ref or start_s is None or start_s >= _DAY_END_S:
            raise _fail(param, ctx, marked("应形如 V12=10:30（走访或查控勤务的编号=约定的时间）"))
        return TimeAgreed(ref, start_s)


class _Plain(click.ParamType[Disturbance]):
    """One word, made into a value."""

    def __init__(self, name: str, made: Callable[[str], Disturbance]) -> None:
        self.name, self._made = name, made

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,  # noqa: ARG002
    ) -> Disturbance:
        return self._made(str(value))


_OPTIONS: tuple[tuple[str, click.ParamType[Disturbance], str], ...] = (
    ("--team-late", _Late(), marked("小组晚点，如 T1=40m")),
    ("--team-out", _Plain("team", TeamOut), marked("小组今天不能继续出勤")),
    ("--officer-ill", _Away(), marked("小组减员，如 T1、T1=2；失去技能如 T1=1,locksmith")),
    ("--escort-withdrawn", _Cut(), marked("派出所撤回警力，如 PS01 或 PS01=09:00-12:00")),
    ("--promise-withdrawn", _Plain("visit", PromiseGone), marked("某次走访的协助撤回（走访编号）")),
    ("--time-agreed", _Agreed(), marked("与派出所约定了另一时间（停留编号=时间），如 V12=10:30")),
    ("--roads-changed", _Plain("reason", RoadsClosed), marked("道路封闭或开通（写明原因）")),
    ("--home-now", _Home(), marked("紧急线索：被执行人现在家，如 D12=11:00 或 D12=11:00,0.7")),
    ("--paid", _Plain("debtor", Paid), marked("被执行人已履行（编号）")),
)


def disturbance_options(command: _Command) -> _Command:
    """Let a command be told what happened; it takes ``disturbances``."""

    @wraps(command)
    def gather(*args: Any, **words: Any) -> Any:
        names = [name.lstrip("-").replace("-", "_") for name, _, _ in _OPTIONS]
        happened = tuple(one for name in names for one in words.pop(name))
        return command(*args, disturbances=happened, **words)

    made: Any = gather
    for name, kind, meaning in reversed(_OPTIONS):
        made = click.option(name, type=kind, multiple=True, help=meaning)(made)
    return cast(_Command, made)
