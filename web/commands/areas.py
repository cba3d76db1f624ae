"""Commands over boundaries: ``areas``."""

from __future__ import annotations

from pathlib import Path

import click

from geo.model import Datum
from web.commands.options import FILE, OUTPUT, json_option, source_datum_option, wrong_use
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

__all__ = ["areas"]


@click.group(help=marked("边界：法院辖区、乡镇、网格、派出所辖区、查控点范围、邻近区县。"))
def areas() -> None:
    """Hold the commands of ``fieldwrit areas``."""


@areas.command("check", help=marked("核对边界文件 FILE（或库中的边界），不改动库中数据。"))
@click.argument("file", type=FILE, required=False)
@click.option("--stored", is_flag=True, help=marked("核对库中的边界"))
@source_datum_option
@click.option("--output", type=OUTPUT, help=marked("带图形的问题清单（.gpkg 或 .geojson）"))
@click.option(
    "--sliver-m",
    type=click.FloatRange(min=0, max=1000),
    default=5.0,
    show_default=True,
    help=marked("平均宽度不足这么多米的重叠和空隙只计数"),
)
@json_option
@click.pass_context
def areas_check(
    ctx: click.Context,
    file: Path | None,
    stored: bool,
    datum: str | None,
    output: Path | None,
    sliver_m: float,
    as_json: bool,
) -> None:
    """Run ``fieldwrit areas check``."""
    from web.steps import areas as step

    settings: Settings = ctx.obj
    if (file is None) != stored or (stored and datum is not None):
        raise wrong_use(settings, marked("请给出一个边界文件，或只用 --stored"))
    result = step.check_boundaries(
        settings, file, datum=Datum(datum or "wgs84"), output=output, sliver_m=sliver_m
    )
    if as_json:
        show(result, as_json=True, settings=settings)
    else:
        for line in step.boundary_lines(result, translator(settings.language)):
            click.echo(line)
    if result["faults"]:
        ctx.exit(1)


@areas.command("who", help=marked("一点或一条地址由哪个法院、乡镇、网格、派出所负责。"))
@click.option("--point", help=marked("经度,纬度（十进制度）"))
@click.option("--address", help=marked("地址文字"))
@source_datum_option
@json_option
@click.pass_obj
def areas_who(
    settings: Settings, point: str | None, address: str | None, datum: str | None, as_json: bool
) -> None:
    """Run ``fieldwrit areas who``."""
    from web.steps import areas as step

    if (point is None) == (address is None) or (address is not None and datum is not None):
        raise wrong_use(settings, marked("请用 --point 给出一点，或用 --address 给出一条地址"))
    spot = None if point is None else step.point_of(point, Datum(datum or "wgs84"))
    result = step.responsible(settings, point=spot, address=address)
    if as_json:
        show(result, as_json=True, settings=settings)
    else:
        for line in step.responsible_lines(result, translator(settings.language)):
            click.echo(line)
