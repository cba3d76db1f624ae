"""Commands on what limits a debtor: ``restrictions add``, ``list``, ``end``."""

from __future__ import annotations

from pathlib import Path

import click

from data.restriction_values import RestrictionKind
from web.commands.options import FILE, json_option, person_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked
from web.person import Person

__all__ = ["restrictions"]


@click.group(help=marked("限制与名单：限制消费令、失信名单、违反记录和车辆预警。"))
def restrictions() -> None:
    """Hold the commands of ``fieldwrit restrictions``."""


@restrictions.command(
    "add",
    help=marked(
        "按 RECORD（JSON 文件）为案件 CASE 登记 KIND；规则禁止的不登记，须签批的由指挥员登记。"
    ),
)
@click.argument("kind", type=click.Choice([each.value for each in RestrictionKind]))
@click.argument("case")
@click.argument("record", type=FILE)
@click.option(
    "--debtor",
    "number",
    type=click.IntRange(min=1),
    default=1,
    help=marked("案件页上的第几名被执行人，默认 1"),
)
@person_option(marked("登记人的用户名（执行人员或指挥员）"))
@json_option
@click.pass_obj
def restrictions_add(
    settings: Settings,
    kind: str,
    case: str,
    record: Path,
    number: int,
    person: Person,
    as_json: bool,
) -> None:
    """Run ``fieldwrit restrictions add``."""
    from web.steps import restrictions as steps

    result = steps.add_record(
        settings, RestrictionKind(kind), case, record, number=number, person=person
    )
    show(result, as_json=as_json, settings=settings)


@restrictions.command("list", help=marked("列出案件 CASE 的登记；号牌和地点不显示。"))
@click.argument("case")
@json_option
@click.pass_obj
def restrictions_list(settings: Settings, case: str, as_json: bool) -> None:
    """Run ``fieldwrit restrictions list``."""
    from web.steps import restrictions as steps

    show(steps.list_records(settings, case), as_json=as_json, settings=settings)


@restrictions.command("end", help=marked("解除或撤销案件 CASE 的登记 RECORD（编号）。"))
@click.argument("case")
@click.argument("record")
@person_option(marked("登记人的用户名（执行人员或指挥员）"))
@json_option
@click.pass_obj
def restrictions_end(
    settings: Settings, case: str, record: str, person: Person, as_json: bool
) -> None:
    """Run ``fieldwrit restrictions end``."""
    from web.steps import restrictions as steps

    result = steps.end_record(settings, case, record, person=person)
    show(result, as_json=as_json, settings=settings)
