"""The command ``reach``: how far a vehicle comes from stations within a time."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import click

from geo.model import HourBand, TrafficDay
from web.commands.options import OUTPUT, json_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked

__all__ = ["reach"]

_LONGEST_MIN = 600.0


class _Profiles(click.Choice[str]):
    """The vehicle profiles there are; looked up when first needed, as that takes a second."""

    def __init__(self) -> None:
        self.case_sensitive = True

    @cached_property
    def choices(self) -> tuple[str, ...]:  # type: ignore[override]
        """Return the names of the profiles."""
        from geo.travel import PROFILES

        return tuple(PROFILES)


@click.command(
    help=marked(
        "等时圈：派出所或坐标 PLACE（编号，或“经度,纬度”）在若干分钟内能到的范围；"
        "不给 PLACE 则为库中所有派出所。"
    )
)
@click.argument("place", required=False)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, max=_LONGEST_MIN, min_open=True),
    multiple=True,
    default=(15.0,),
    show_default=True,
    help=marked("时限（分钟），可给出多个"),
)
@click.option(
    "--profile",
    type=_Profiles(),
    default="police_car",
    show_default=True,
    help=marked("出行方式"),
)
@click.option(
    "--band",
    type=click.Choice([each.value for each in HourBand]),
    default=HourBand.MIDDAY.value,
    show_default=True,
    help=marked("时段"),
)
@click.option(
    "--day",
    type=click.Choice([each.value for each in TrafficDay]),
    default=TrafficDay.WORKDAY.value,
    show_default=True,
    help=marked("工作日或休息日"),
)
@click.option("--closed", is_flag=True, help=marked("计入此刻封闭的道路"))
@click.option(
    "--output", type=OUTPUT, required=True, help=marked("结果文件（.geojson 或 .gpkg），WGS84")
)
@json_option
@click.pass_obj
def reach(
    settings: Settings,
    place: str | None,
    minutes: tuple[float, ...],
    profile: str,
    band: str,
    day: str,
    closed: bool,
    output: Path,
    as_json: bool,
) -> None:
    """Run ``fieldwrit reach``."""
    from web.steps import reach as step

    result = step.write_reach(
        settings,
        place,
        output,
        limits_s=[each * 60.0 for each in minutes],
        profile=profile,
        band=HourBand(band),
        day=TrafficDay(day),
        closed=closed,
    )
    show(result, as_json=as_json, settings=settings)
