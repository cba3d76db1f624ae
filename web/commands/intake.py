"""Commands that take files in: ``network``, ``import``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from geo.model import Datum
from web.commands.options import FILE, json_option, source_datum_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

__all__ = ["import_", "network"]

_IMPORT_KINDS = (
    "cases",
    "stations",
    "checkpoints",
    "areas",
    "teams",
    "duties",
    "liaisons",
    "outcomes",
    "leads",
    "gazetteer",
    "calendar",
    "property",
)


@click.group(help=marked("道路网络。"))
def network() -> None:
    """Hold the commands of ``fieldwrit network``."""


@network.command(
    "build",
    help=marked(
        "读入道路文件 SOURCE（.osm .osm.gz .osm.pbf .graphml）并建立底图；"
        "SOURCE 也可以是区县名称，须加 --allow-online。"
    ),
)
@click.argument("source")
@click.option(
    "--allow-online",
    is_flag=True,
    help=marked("允许按区县名称从互联网下载道路，只发送该名称（数据目录中不得有案件）"),
)
@click.option("--force", is_flag=True, help=marked("文件未变时也重新读取"))
@json_option
@click.pass_obj
def network_build(
    settings: Settings, source: str, allow_online: bool, force: bool, as_json: bool
) -> None:
    """Run ``fieldwrit network build``."""
    from web.steps import roads

    result = roads.build_network(settings, source, allow_online=allow_online, force=force)
    _show_network(result, as_json=as_json, settings=settings)


@network.command("report", help=marked("再次显示路网的读入报告。"))
@json_option
@click.pass_obj
def network_report(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit network report``."""
    from web.steps import road_report

    _show_network(road_report.network_report(settings), as_json=as_json, settings=settings)


def _show_network(result: dict[str, Any], *, as_json: bool, settings: Settings) -> None:
    from web.steps.road_report import report_lines

    if as_json:
        show(result, as_json=True, settings=settings)
        return
    for line in report_lines(result, translator(settings.language)):
        click.echo(line)


@click.command("import", help=marked("导入一个表格或边界文件。"))
@click.argument("kind", type=click.Choice(_IMPORT_KINDS))
@click.argument("file", type=FILE)
@source_datum_option
@click.option("--quarantine", is_flag=True, help=marked("收下合格的行，把其余的行隔离待改"))
@click.option("--preview", is_flag=True, help=marked("只说会改动什么，不写入任何内容"))
@json_option
@click.pass_obj
def import_(
    settings: Settings,
    kind: str,
    file: Path,
    datum: str | None,
    quarantine: bool,
    preview: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit import``."""
    from web.steps import tables

    if preview:
        seen = tables.preview_lines(settings, kind, file, datum=Datum(datum) if datum else None)
        show(seen, as_json=as_json, settings=settings)
        return
    result = tables.import_file(
        settings, kind, file, datum=Datum(datum) if datum else None, quarantine=quarantine
    )
    show(result, as_json=as_json, settings=settings)
