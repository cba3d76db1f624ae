"""Command of ``plan`` that explains a plan: why."""

from __future__ import annotations

from pathlib import Path

import click

from web.commands.options import json_option, wrong_use
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

__all__ = ["plan_why"]


@click.command(
    "why",
    help=marked(
        "说明计划为何安排某次走访、为何在此时，或为何不安排某被执行人：哪条规则禁止，"
        "或最少放宽什么就排得进（逐项试排得出）。SOURCE 为行动编号（或 latest），"
        "或问题文件与计划文件。"
    ),
)
@click.argument("source", nargs=-1, required=True)
@click.option("--debtor", default="", help=marked("未安排的被执行人编号；存于库中的也可用案号"))
@click.option("--visit", default="", help=marked("走访方案编号"))
@json_option
@click.pass_obj
def plan_why(
    settings: Settings, source: tuple[str, ...], debtor: str, visit: str, as_json: bool
) -> None:
    """Run ``fieldwrit plan why``."""
    if bool(debtor) == bool(visit):
        raise wrong_use(settings, marked("--debtor 与 --visit 须给出其中一个"))
    if len(source) == 1:
        from web.steps import explaining

        result = explaining.why_action(settings, source[0], debtor=debtor, visit=visit)
    elif len(source) == 2:
        from web.steps import solving  # a file needs no store

        problem, plan = (Path(one) for one in source)
        say = translator(settings.language)
        result = solving.explain_file(problem, plan, debtor=debtor, visit=visit, say=say)
    else:
        raise wrong_use(settings, marked("请给出行动编号，或问题文件与计划文件"))
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    for line in (*result["lines"], *result.get("fixes", ())):
        click.echo(line)
