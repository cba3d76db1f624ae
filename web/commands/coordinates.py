"""Commands over coordinates: ``coordinates``."""

from __future__ import annotations

from pathlib import Path

import click

from geo.model import Datum
from web.commands.options import FILE, OUTPUT, json_option, result_datum_option, wrong_use
from web.commands.results import show
from web.config import Settings
from web.i18n import marked

__all__ = ["coordinates"]


@click.group(help=marked("坐标：WGS84、GCJ-02、BD-09、CGCS2000。"))
def coordinates() -> None:
    """Hold the commands of ``fieldwrit coordinates``."""


@coordinates.command(
    "convert", help=marked("换算 FILE（表格或图层）的坐标，结果写入另一文件；原有各列不变。")
)
@click.argument("file", type=FILE)
@click.option(
    "--from",
    "stated",
    help=marked("原坐标系：wgs84、gcj02、bd09、cgcs2000、bd09mc，或 EPSG 代码；图层已写明的可省略"),
)
@result_datum_option("--to", marked("结果的坐标系"))
@click.option(
    "--output", type=OUTPUT, required=True, help=marked("结果（.csv、.xlsx、.gpkg 或 .geojson）")
)
@click.option("--column", help=marked("经纬度写在一格的列"))
@click.option("--lon-column", help=marked("经度（或东坐标）列的表头，默认按表头辨认"))
@click.option("--lat-column", help=marked("纬度（或北坐标）列的表头"))
@click.option("--sheet", help=marked("工作表或图层，默认第一个有内容的"))
@click.option("--check-datum", is_flag=True, help=marked("用已建立的道路网络核对原坐标系"))
@json_option
@click.pass_obj
def coordinates_convert(
    settings: Settings,
    file: Path,
    stated: str | None,
    datum: str,
    output: Path,
    column: str | None,
    lon_column: str | None,
    lat_column: str | None,
    sheet: str | None,
    check_datum: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit coordinates convert``."""
    from web.steps import coordinates as step

    if (lon_column is None) != (lat_column is None) or (column and lon_column):
        raise wrong_use(
            settings, marked("请同时给出 --lon-column 和 --lat-column，或只给出 --column")
        )
    result = step.convert_file(
        settings,
        file,
        output,
        stated=stated,
        wanted=Datum(datum),
        columns=tuple(filter(None, (column, lon_column, lat_column))),
        sheet=sheet,
        check_datum=check_datum,
    )
    show(result, as_json=as_json, settings=settings)
