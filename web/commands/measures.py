"""Commands over steps of enforcement: ``measures``."""

from __future__ import annotations

from typing import Any

import click

from routes.measures import MeasureKind
from web.commands.options import json_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

__all__ = ["measures"]

_VULNERABLE = ("minor_alone", "elderly", "disabled", "pregnant", "ill")


@click.group(help=marked("执行措施：所需文书和人员、各步骤的状态和期限、规则提示。"))
def measures() -> None:
    """Hold the commands of ``fieldwrit measures``."""


@measures.command(
    "needs", help=marked("列出措施 KIND 所需的文书、人员、安排和时间；措施由轻到重。")
)
@click.argument("kind", type=click.Choice([kind.value for kind in MeasureKind]))
@click.option("--company", is_flag=True, help=marked("被执行人是单位"))
@click.option(
    "--vulnerable",
    multiple=True,
    type=click.Choice(_VULNERABLE),
    help=marked("现场的特殊人员，可多次给出"),
)
@json_option
@click.pass_obj
def measures_needs(
    settings: Settings, kind: str, company: bool, vulnerable: tuple[str, ...], as_json: bool
) -> None:
    """Run ``fieldwrit measures needs``."""
    from web.steps import measures as steps

    result = steps.step_needs(settings, kind, company=company, vulnerable=vulnerable)
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    say = translator(settings.language)
    text = say(
        marked("%(kind)s：%(officers)d 名执行人员，记录设备 %(recorders)d 套，%(minutes)d 分钟")
    )
    click.echo(text % result)
    for paper, office in result["documents"].items():
        click.echo(f"  {paper}" + ("" if office is None else f" · {office}"))
    for line in (*result["skills"], *result["attendees"], *result["arrangements"]):
        click.echo(f"  {line}")


@measures.command(
    "list", help=marked("列出案件 CASE（案号；不给出则为全部）的步骤、状态和剩余期限。")
)
@click.argument("case", required=False)
@json_option
@click.pass_obj
def measures_list(settings: Settings, case: str | None, as_json: bool) -> None:
    """Run ``fieldwrit measures list``."""
    from web.steps import measures as steps

    result = steps.list_steps(settings, case)
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    say = translator(settings.language)
    for row in result["steps"]:
        at = row["starts_at"] or "—"
        click.echo(f"{row['case']}  {row['step']}  {row['kind']}  {row['state']}  {at}")
        for text in row["blocked"]:
            click.echo("  " + say(marked("不得实施：%(text)s")) % {"text": text})
        for one in row["clocks"]:
            click.echo(f"  {one['rule']} {one['text']}  {one['due_at']}  {one['left']}")


@measures.command(
    "check",
    help=marked(
        "核对案件 CASE（案号；不给出则为全部）未结束的步骤能否实施；"
        "给出案号而有禁止事项的，退出码为 1。"
    ),
)
@click.argument("case", required=False)
@json_option
@click.pass_context
def measures_check(ctx: click.Context, case: str | None, as_json: bool) -> None:
    """Run ``fieldwrit measures check``."""
    from web.steps import measures as steps

    settings: Settings = ctx.obj
    result = steps.check_steps(settings, case)
    if as_json:
        show(result, as_json=True, settings=settings)
    else:
        _print(result, settings)
    if case is not None and result["forbidden"]:
        ctx.exit(1)


def _print(result: dict[str, Any], settings: Settings) -> None:
    for one in result["findings"]:
        click.echo(
            f"{one['case']}  {one['step']}  {one['rule']} {one['verdict']}  {one['text']}"
            f"（{one['citation']}）"
        )
    say = translator(settings.language)
    text = say(marked("核对步骤 %(checked)d 个，其中 %(forbidden)d 个有禁止事项"))
    click.echo(text % result)
