"""Commands over places: ``confirm``."""

from __future__ import annotations

import click

from geo.model import Datum
from web.commands.options import json_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked

__all__ = ["confirm"]


@click.command(
    help=marked("确认地址线索 CLAIM 的实地位置；同一地址下次定位直接用这个位置，写法差异记为别名。")
)
@click.argument("claim")
@click.option("--lon", type=click.FloatRange(-180.0, 180.0), required=True, help=marked("经度"))
@click.option("--lat", type=click.FloatRange(-90.0, 90.0), required=True, help=marked("纬度"))
@click.option(
    "--datum",
    type=click.Choice([datum.value for datum in Datum]),
    default=Datum.WGS84.value,
    show_default=True,
    help=marked("所给经纬度的坐标系"),
)
@json_option
@click.pass_obj
def confirm(
    settings: Settings, claim: str, lon: float, lat: float, datum: str, as_json: bool
) -> None:
    """Run ``fieldwrit confirm``."""
    from web.steps import confirming

    result = confirming.confirm(settings, claim, lon=lon, lat=lat, datum=Datum(datum))
    show(result, as_json=as_json, settings=settings)
