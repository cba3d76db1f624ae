"""Options, and kinds of values, that several commands take."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from geo.localtime import LOCAL_ZONE, local_day
from geo.model import Datum
from routes.model import SecretText
from web.clock import system_clock
from web.config import Settings
from web.i18n import marked, translator
from web.person import Person

__all__ = [
    "FILE",
    "OUTPUT",
    "SEED",
    "Day",
    "Hour",
    "Moment",
    "Seconds",
    "json_option",
    "person_option",
    "result_datum_option",
    "seed_option",
    "source_datum_option",
    "table_options",
    "wrong_use",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
"""A file that is there."""

OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)
"""A file to be written."""

SEED = click.IntRange(min=0)
"""A seed of random numbers."""

_LONGEST_S = 86_400.0
_LAST_YEAR = 2100
_NEXT_WORKDAY = "next-workday"


class Seconds(click.FloatRange):
    """A finite number of seconds, at most a day."""

    def __init__(self) -> None:
        super().__init__(min=0, max=_LONGEST_S)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds; what is no number is wrong use."""
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(str(value), param, ctx)
        return seconds


class Day(click.ParamType[date | str]):
    """A day as 2026-12-01, or ``today``, ``tomorrow``, ``next-workday`` in the court's zone."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date | str:
        """Return the day; ``next-workday`` stays a word, since it takes the court's calendar."""
        if isinstance(value, date) or value == _NEXT_WORKDAY:
            return cast(date | str, value)
        if value in ("today", "tomorrow"):
            return local_day(system_clock()) + timedelta(days=value == "tomorrow")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.max
        if day.year > _LAST_YEAR:
            say = translator(ctx.obj.language if ctx and ctx.obj else "zh")
            self.fail(
                say(marked("日期应形如 2026-12-01，或用 today、tomorrow、next-workday")), param, ctx
            )
        return day


class Moment(click.ParamType[datetime]):
    """A moment as ``2026-12-01 06:00``, in the court's zone where it names none."""

    name = "datetime"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the aware moment; a day without an hour is wrong use."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.year > _LAST_YEAR or ":" not in value:
            say = translator(ctx.obj.language if ctx and ctx.obj else "zh")
            self.fail(say(marked('时间应形如 "2026-12-01 06:00"（北京时间）')), param, ctx)
        return moment.replace(tzinfo=LOCAL_ZONE) if moment.tzinfo is None else moment


class Hour(click.ParamType[int]):
    """A time of day as ``10:00``, in seconds after midnight in the court's zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the seconds; what has no minutes, or a zone, is wrong use."""
        if isinstance(value, int):
            return value
        try:
            hour = time.fromisoformat(value)
        except ValueError:
            hour = None
        if hour is None or hour.tzinfo is not None or ":" not in value:
            say = translator(ctx.obj.language if ctx and ctx.obj else "zh")
            self.fail(say(marked("时间应形如 10:00（北京时间）")), param, ctx)
        return hour.hour * 3600 + hour.minute * 60 + hour.second


def json_option(command: _Command) -> _Command:
    """Let the result be asked for as one JSON object."""
    return click.option("--json", "as_json", is_flag=True, help=marked("以 JSON 输出结果"))(command)


def seed_option(command: _Command) -> _Command:
    """Let the seed be chosen."""
    return click.option("--seed", type=SEED, default=1, show_default=True, help=marked("随机种子"))(
        command
    )


def source_datum_option(command: _Command) -> _Command:
    """Let the datum of what is read be stated."""
    return click.option(
        "--datum", type=click.Choice([d.value for d in Datum]), help=marked("坐标系，默认 wgs84")
    )(command)


def person_option(meaning: str, *, required: bool = True) -> Callable[[_Command], _Command]:
    """Let a command act in a person's name: it takes ``person``, once the password was asked for.

    ``meaning`` is the help text of the user name; where it is not required, ``person`` may be
    None. The password is no word of the command line and no variable: both are read by others.
    """

    def decorate(command: _Command) -> _Command:
        @wraps(command)
        def ask(*args: Any, username: str | None, password_stdin: bool, **words: Any) -> Any:
            if username is None:
                return command(*args, person=None, **words)
            language = click.get_current_context().obj.language

            def secret(msgid: str) -> str:
                if password_stdin:
                    return sys.stdin.readline().rstrip("\n")
                typed: str = click.prompt(translator(language)(msgid), hide_input=True, err=True)
                return typed

            password = SecretText(secret(marked("密码")))
            code = partial(secret, marked("两步验证的验证码"))
            return command(*args, person=Person(username, password, code), **words)

        asked = click.option(
            "--password-stdin",
            is_flag=True,
            help=marked("从标准输入读密码，不提问；有两步验证的，第二行是验证码"),
        )(ask)
        return cast(
            _Command, click.option("--by", "username", required=required, help=meaning)(asked)
        )

    return decorate


def result_datum_option(name: str, meaning: str) -> Callable[[_Command], _Command]:
    """Let the datum of what is written be chosen by an option; ``meaning`` is its help text."""

    def decorate(command: _Command) -> _Command:
        return click.option(
            name,
            "datum",
            type=click.Choice([d.value for d in Datum]),
            default=Datum.WGS84.value,
            show_default=True,
            help=meaning,
        )(command)

    return decorate


def table_options(command: _Command) -> _Command:
    """Let a command take one TEXT, or a table with a column of addresses."""
    parts = (
        click.argument("text", required=False),
        click.option(
            "--input", "source", type=FILE, help=marked("表格：csv、xlsx、xls、ods、gpkg 等")
        ),
        click.option("--output", type=OUTPUT, help=marked("结果（.csv、.xlsx 或 .gpkg）")),
        click.option("--column", help=marked("地址列的表头，默认按表头辨认")),
        click.option("--sheet", help=marked("工作表或图层，默认第一个有内容的")),
    )
    for part in reversed(parts):
        command = part(command)
    return command


def wrong_use(settings: Settings, msgid: str) -> click.UsageError:
    """Return what ends a command with exit code 2; ``msgid`` is Chinese source text."""
    return click.UsageError(translator(settings.language)(msgid))
