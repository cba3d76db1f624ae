"""Commands over the rules: ``rules``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import click

from web.commands.options import Day, json_option
from web.commands.results import show
from web.config import Settings
from web.i18n import Translate, marked, translator

__all__ = ["rules"]

_AND = marked("、")
_IN_BRACKETS = marked("（%s）")


@click.group(help=marked("规则：依据、参数，以及对案件的提示。"))
def rules() -> None:
    """Hold the commands of ``fieldwrit rules``."""


@rules.command("list", help=marked("列出全部规则的编号、处理方式和依据。"))
@json_option
@click.pass_obj
def rules_list(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit rules list``."""
    from web.steps import rules as steps

    result = steps.list_rules(settings)
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    say = translator(settings.language)
    for row in result["rules"]:
        click.echo(f"{_head(row, say)}{say(_IN_BRACKETS) % row['citation']}")


@rules.command(
    "explain", help=marked("说明规则 RULE（如 A1）：依据的文本版本、施行日期和本院参数。")
)
@click.argument("rule")
@json_option
@click.pass_obj
def rules_explain(settings: Settings, rule: str, as_json: bool) -> None:
    """Run ``fieldwrit rules explain``."""
    from web.steps import rules as steps

    result = steps.explain_rule(settings, rule)
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    say = translator(settings.language)
    click.echo(_head(result, say))
    text = say(marked("%(citation)s（%(version)s，%(effective_on)s 起施行；%(verified)s）"))
    revised = say(marked("此后已修订：%(revised_since)s"))
    for each in result["instruments"]:
        click.echo("  " + text % each)
        if each["revised_since"] is not None:
            click.echo("    " + revised % each)
    statute = say(marked("（界限 %(value)s，%(citation)s；只能更严）"))
    for key, value in result["parameters"].items():
        fixed = result["statutes"].get(key)
        told = "" if fixed is None else statute % {**fixed, "value": _value(fixed["value"], say)}
        click.echo(f"  {key} = {_value(value, say)}{told}")


def _head(row: Mapping[str, Any], say: Translate) -> str:
    return f"{row['rule']}  {say(_AND).join(row['verdicts']) or '—'}  {row['title']}"


def _value(value: Any, say: Translate) -> str:
    """Return a parameter as the file has it, its lists and hours without the marks of a program."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return say(_AND).join(_value(one, say) for one in value)
    return str(value)


@rules.command(
    "check",
    help=marked(
        "核对案件 CASE（案号；不给出则为全部未结案件）能否走访、地址能否使用；"
        "给出案号而有禁止事项的，退出码为 1。"
    ),
)
@click.argument("case", required=False)
@click.option("--date", "day", type=Day(), help=marked("走访日期，默认今天"))
@json_option
@click.pass_context
def rules_check(
    ctx: click.Context, case: str | None, day: date | str | None, as_json: bool
) -> None:
    """Run ``fieldwrit rules check``."""
    from web.steps import planning
    from web.steps import rules as steps

    settings: Settings = ctx.obj
    on = planning.next_workday(settings) if isinstance(day, str) else day
    result = steps.check_cases(settings, case, on=on)
    if as_json:
        show(result, as_json=True, settings=settings)
    else:
        _print(result, settings)
    if case is not None and (result["forbidden"] or result["days"]):
        ctx.exit(1)


def _print(result: dict[str, Any], settings: Settings) -> None:
    say = translator(settings.language)
    cited = say(_IN_BRACKETS)
    for one in result["findings"]:
        click.echo(
            f"{one['case']}  {one['rule']} {one['verdict']}  {one['subject']}  "
            f"{one['text']}{cited % one['citation']}"
        )
    for one in result["fixes"]:
        click.echo(f"{one['case']}  {one['subject']}  {one['text']}")
    for one in (*result["days"], *result["records"]):
        click.echo(f"{one['rule']} {one['verdict']}  {one['text']}{cited % one['citation']}")
    text = say(marked("核对案件 %(cases)d 件，其中 %(forbidden)d 件有禁止事项"))
    click.echo(text % result)
