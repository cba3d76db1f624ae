"""The command that writes a plan, or the cases, for other programs: ``export``."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from geo.model import Datum
from geo.navigation import NavigationApp
from web.commands.options import OUTPUT, json_option, person_option, result_datum_option, wrong_use
from web.commands.results import show
from web.config import Settings
from web.i18n import marked
from web.person import Person

__all__ = ["export"]

_CASES = "cases"
_PLAN_FORMATS = ("geojson", "gpx", "kml", "ics", "xlsx", "pdf", "html", "outcomes")
_CASE_FORMATS = ("xlsx", "csv", "gpkg", "json")
_FIELD = ("stations", "teams", "duties")
_FIELD_FORMATS = ("xlsx", "csv")
_OPENAPI = "openapi"
_FORMATS = tuple(dict.fromkeys((*_PLAN_FORMATS, *_CASE_FORMATS)))


@click.command(
    help=marked(
        "导出计划 ACTION（行动编号，latest 为最近一个）；ACTION 为 cases 时导出案件表，"
        "为 stations、teams、duties 时导出派出所表、执行小组表、勤务表，"
        "为 openapi 时导出案件 JSON 格式的说明。"
    )
)
@click.argument("action")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    required=True,
    help=marked("格式；outcomes 为走访结果登记表（xlsx）"),
)
@click.option("--output", type=OUTPUT, help=marked("输出文件，默认 计划编号.格式"))
@result_datum_option("--datum", marked("坐标系"))
@click.option(
    "--app",
    type=click.Choice([app.value for app in NavigationApp]),
    help=marked("导航软件：坐标用它的坐标系，每个停留附打开它的链接（PDF 为二维码）"),
)
@click.option("--draft", is_flag=True, help=marked("未签批或未发布的计划也导出，处处标明草稿"))
@person_option(marked("导出案件表、勤务表的人员的用户名（指挥员）"), required=False)
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
    person: Person | None,
    as_json: bool,
) -> None:
    """Run ``fieldwrit export``."""
    settings: Settings = ctx.obj
    if (action == _OPENAPI) and form == "json":
        from web.steps import exporting_cases

        show(exporting_cases.describe(output), as_json=as_json, settings=settings)
        return
    known = {_CASES: _CASE_FORMATS, **dict.fromkeys(_FIELD, _FIELD_FORMATS)}
    if form not in known.get(action, _PLAN_FORMATS):
        raise wrong_use(
            settings,
            marked(
                "案件表用 xlsx、csv、gpkg、json，派出所、执行小组、勤务表用 xlsx、csv，"
                "计划用 geojson、gpx、kml、ics、xlsx、pdf、html、outcomes"
            ),
        )
    if action in _FIELD:
        from data.imports.columns import TableKind
        from web.steps import exporting_field

        kind = TableKind(action)
        if kind is TableKind.DUTIES and person is None:
            raise wrong_use(settings, marked("导出勤务表须用 --by 写明用户名"))
        written = exporting_field.export_field_table(settings, kind, form, output, person=person)
        show(written, as_json=as_json, settings=settings)
        return
    if action == _CASES:
        if person is None:
            raise wrong_use(settings, marked("导出案件表须用 --by 写明用户名"))
        from web.steps import exporting_cases

        done = exporting_cases.export_cases(settings, form, output, person=person)
        show(done, as_json=as_json, settings=settings)
        return
    from web.steps import exporting

    chosen = None if app is None else NavigationApp(app)
    given = ctx.get_parameter_source("datum") is ParameterSource.COMMANDLINE
    if chosen is not None and given and chosen.datum is not Datum(datum):
        raise wrong_use(settings, marked("--app 与 --datum 的坐标系不同，只给出一个即可"))
    result = exporting.export_plan(
        settings, action, form, output, datum=Datum(datum), app=chosen, draft=draft
    )
    show(result, as_json=as_json, settings=settings)
