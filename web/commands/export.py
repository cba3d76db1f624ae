"""The command that writes a plan for other programs: ``export``."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from geo.model import Datum
from geo.navigation import NavigationApp
from web.commands.options import OUTPUT, json_option, result_datum_option, wrong_use
from web.commands.results import show
from web.config import Settings
from web.i18n import marked

__all__ = ["export"]

_EXPORT_FORMATS = ("geojson", "gpx", "kml", "ics", "xlsx", "pdf", "html")


@click.command(help=marked("导出计划 ACTION（行动编号，latest 为最近一个）。"))
@click.argument("action")
@click.option(
    "--format", "form", type=click.Choice(_EXPORT_FORMATS), required=True, help=marked("格式")
)
@click.option("--output", type=OUTPUT, help=marked("输出文件，默认 计划编号.格式"))
@result_datum_option("--datum", marked("坐标系"))
@click.option(
    "--app",
    type=click.Choice([app.value for app in NavigationApp]),
    help=marked("导航软件：坐标用它的坐标系，每个停留附打开它的链接（PDF 为二维码）"),
)
@click.option("--draft", is_flag=True, help=marked("未签批或未发布的计划也导出，处处标明草稿"))
@json_option
@click.pass_context
def export(
    ctx: click.Context,
    action: str,
    form: str,
    output: Path | None,
    datum: str,
    app: str | None,
    draft: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit export``."""
    from web.steps import exporting

    settings: Settings = ctx.obj
    chosen = None if app is None else NavigationApp(app)
    given = ctx.get_parameter_source("datum") is ParameterSource.COMMANDLINE
    if chosen is not None and given and chosen.datum is not Datum(datum):
        raise wrong_use(settings, marked("--app 与 --datum 的坐标系不同，只给出一个即可"))
    result = exporting.export_plan(
        settings, action, form, output, datum=Datum(datum), app=chosen, draft=draft
    )
    show(result, as_json=as_json, settings=settings)
