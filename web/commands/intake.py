"""Commands that take files in: ``network build``, ``import``."""

from __future__ import annotations

from pathlib import Path

import click

from geo.model import Datum
from web.commands.options import FILE, json_option, source_datum_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked

__all__ = ["import_", "network"]

_IMPORT_KINDS = (
    "cases",
    "stations",
    "checkpoints",
    "areas",
    "teams",
    "liaisons",
    "outcomes",
    "leads",
    "gazetteer",
    "calendar",
)


@click.group(help=marked("道路网络。"))
def network() -> None:
    """Hold the commands of ``fieldwrit network``."""


@network.command(
    "build", help=marked("读入道路文件 SOURCE（.osm .osm.gz .osm.pbf .graphml）并建立底图。")
)
@click.argument("source")
@click.option("--allow-online", is_flag=True, help=marked("允许按地名从互联网下载道路（见 P9）"))
@json_option
@click.pass_obj
def network_build(settings: Settings, source: str, allow_online: bool, as_json: bool) -> None:
    """Run ``fieldwrit network build``."""
    from web.steps import roads

    result = roads.build_network(settings, source, allow_online=allow_online)
    show(result, as_json=as_json, settings=settings)


@click.command("import", help=marked("导入一个表格或边界文件。"))
@click.argument("kind", type=click.Choice(_IMPORT_KINDS))
@click.argument("file", type=FILE)
@source_datum_option
@click.option("--quarantine", is_flag=True, help=marked("收下合格的行，把其余的行隔离待改"))
@json_option
@click.pass_obj
def import_(
    settings: Settings, kind: str, file: Path, datum: str | None, quarantine: bool, as_json: bool
) -> None:
    """Run ``fieldwrit import``."""
    from web.steps import tables

    result = tables.import_file(
        settings, kind, file, datum=Datum(datum) if datum else None, quarantine=quarantine
    )
    show(result, as_json=as_json, settings=settings)
