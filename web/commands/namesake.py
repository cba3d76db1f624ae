"""Commands on namesakes: ``namesake compare``, ``decide``, ``list``, ``withdraw``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from routes.model import NamesakeVerdict
from web.commands.options import FILE, json_option, person_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator
from web.person import Person

__all__ = ["namesake"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _record(command: _Command) -> _Command:
    """Let a command take a case, the number of an address on its page, and a record."""
    parts = (
        click.argument("case"),
        click.argument("number", type=click.IntRange(min=1)),
        click.argument("record", type=FILE),
    )
    for part in reversed(parts):
        command = part(command)
    return command


_by = person_option(marked("认定人的用户名（执行人员或指挥员）"))


@click.group(help=marked("同名核对：查到的记录是否属于被执行人。"))
def namesake() -> None:
    """Hold the commands of ``fieldwrit namesake``."""


@namesake.command(
    "compare",
    help=marked(
        "把记录 RECORD（JSON 文件）与案件 CASE 第 NUMBER 个地址的被执行人比对；所填内容不保存。"
    ),
)
@_record
@json_option
@click.pass_obj
def namesake_compare(
    settings: Settings, case: str, number: int, record: Path, as_json: bool
) -> None:
    """Run ``fieldwrit namesake compare``."""
    from web.steps import namesake as steps

    result = steps.compare_record(settings, case, number, record)
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    for line in (*result["lines"], *(f"N1  {text}" for text in result["gate"])):
        click.echo(line)


@namesake.command("decide", help=marked("比对后由认定人登记结论；登记的只是各项是否相符。"))
@_record
@click.option(
    "--verdict",
    type=click.Choice([each.value for each in NamesakeVerdict]),
    required=True,
    help=marked("结论：same 同一人，different 不是，unsure 不能确定"),
)
@click.option("--reason-file", type=FILE, required=True, help=marked("写有理由的文本文件"))
@_by
@json_option
@click.pass_obj
def namesake_decide(
    settings: Settings,
    case: str,
    number: int,
    record: Path,
    verdict: str,
    reason_file: Path,
    person: Person,
    as_json: bool,
) -> None:
    """Run ``fieldwrit namesake decide``; the reason is no word of the command line."""
    from web.steps import namesake as steps

    result = steps.decide_record(
        settings,
        case,
        number,
        record,
        NamesakeVerdict(verdict),
        reason_file=reason_file,
        person=person,
    )
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    for line in result["lines"]:
        click.echo(line)
    text = translator(settings.language)(marked("已登记认定：%(decided)s"))
    click.echo(text % result)


@namesake.command("list", help=marked("列出案件 CASE 的认定，已撤销的也在内。"))
@click.argument("case")
@json_option
@click.pass_obj
def namesake_list(settings: Settings, case: str, as_json: bool) -> None:
    """Run ``fieldwrit namesake list``."""
    from web.steps import namesake as steps

    show(steps.list_decisions(settings, case), as_json=as_json, settings=settings)


@namesake.command("withdraw", help=marked("撤销案件 CASE 的认定 DECISION（编号见 list）。"))
@click.argument("case")
@click.argument("decision")
@_by
@json_option
@click.pass_obj
def namesake_withdraw(
    settings: Settings, case: str, decision: str, person: Person, as_json: bool
) -> None:
    """Run ``fieldwrit namesake withdraw``."""
    from web.steps import namesake as steps

    result = steps.withdraw_decision(settings, case, decision, person=person)
    show(result, as_json=as_json, settings=settings)
