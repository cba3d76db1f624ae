"""The command line: thin commands over the pipeline.

Exit codes: 0 done, 1 refused input, 2 wrong use.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from data.model import Role
from geo.errors import FieldwritError
from geo.localtime import local_day
from geo.model import Datum
from web.clock import system_clock
from web.config import LANGUAGES, Settings, read_settings
from web.i18n import Translate, marked, translator

__all__ = ["main", "run"]

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
_EXPORT_FORMATS = ("geojson", "gpx", "kml", "ics", "xlsx", "pdf", "html")
_MAX_SHOWN_PROBLEMS = 20
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)

_SEED = click.IntRange(min=0)
_LONGEST_S = 86_400.0
_LAST_YEAR = 2100

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Group(click.Group):
    """Turns refusals into one clear message and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FieldwritError as error:
            say = translator(ctx.obj.language if ctx.obj else "zh")
            click.echo(
                say(marked("错误：%(text)s")) % {"text": error.message.render(say)}, err=True
            )
            for problem in getattr(error, "problems", ())[:_MAX_SHOWN_PROBLEMS]:
                click.echo(f"  {problem.render(say)}", err=True)
            left = len(getattr(error, "problems", ())) - _MAX_SHOWN_PROBLEMS
            if left > 0:
                click.echo("  " + say(marked("另有 %(count)d 处")) % {"count": left}, err=True)
            ctx.exit(1)


class _Seconds(click.FloatRange):
    """A finite number of seconds, at most a day."""

    def __init__(self) -> None:
        super().__init__(min=0, max=_LONGEST_S)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(str(value), param, ctx)
        return seconds


_NEXT_WORKDAY = "next-workday"


class _Day(click.ParamType[date | str]):
    """A day as 2026-12-01, or ``today``, ``tomorrow``, ``next-workday`` in the court's zone."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date | str:
        if isinstance(value, date) or value == _NEXT_WORKDAY:
            return cast(date | str, value)
        if value in ("today", "tomorrow"):
            return local_day(system_clock()) + timedelta(days=value == "tomorrow")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.max
        if day.year > _LAST_YEAR:
            say = translator(ctx.obj.language if ctx and ctx.obj else "zh")
            self.fail(
                say(marked("日期应形如 2026-12-01，或用 today、tomorrow、next-workday")), param, ctx
            )
        return day


def _usage(settings: Settings, msgid: str) -> click.UsageError:
    return click.UsageError(translator(settings.language)(msgid))


def _json_option(command: _Command) -> _Command:
    return click.option("--json", "as_json", is_flag=True, help=marked("以 JSON 输出结果"))(command)


def _show(result: dict[str, Any], *, as_json: bool, settings: Settings) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, default=str))
        return
    say = translator(settings.language)
    for name, value in result.items():
        if isinstance(value, list):
            for item in value:
                click.echo(item if isinstance(item, str) else json.dumps(item, ensure_ascii=False))
        else:
            click.echo(f"{say(_LABELS.get(name, name))}：{value}")


_LABELS = {
    "accepted": marked("接受"),
    "account": marked("账户编号"),
    "action": marked("行动编号"),
    "address_claims": marked("地址线索"),
    "arcs": marked("路段"),
    "audit_entries": marked("审计条目"),
    "blocked_by_rule": marked("规则阻止"),
    "cases": marked("案件"),
    "corrected": marked("更正"),
    "data_dir": marked("数据目录"),
    "datum_check": marked("坐标系核对"),
    "debtors_considered": marked("参与规划的被执行人"),
    "duties": marked("勤务"),
    "encoding": marked("文件编码"),
    "expected_found": marked("预计找到"),
    "geocoded": marked("已定位地址"),
    "kind": marked("类别"),
    "left_out": marked("价值较低而未参与"),
    "nodes": marked("节点"),
    "other_sheets": marked("另有内容而未读的工作表"),
    "output": marked("输出文件"),
    "planned_visits": marked("计划走访"),
    "quarantined": marked("隔离"),
    "recognised": marked("已识别地址"),
    "resumed_rows": marked("接续上次的行数"),
    "rows": marked("行数"),
    "roads_dropped": marked("孤立而舍去的路"),
    "role": marked("角色"),
    "seconds": marked("用时（秒）"),
    "sheet": marked("工作表"),
    "support_requests": marked("协助请求"),
    "templates": marked("导入模板"),
    "unassigned": marked("未安排"),
    "unchanged": marked("未变"),
    "unconverted": marked("未能换算的行"),
    "unread_cells": marked("没有值的公式或错误单元格"),
    "unlocated": marked("没有可到达的地址"),
    "valid": marked("符合"),
    "value": marked("计划价值"),
    "without_hour": marked("没有合法时段或不值得走访"),
    "violations": marked("不符之处"),
}


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=marked("Fieldwrit：法院执行外勤的定位、规划与地图。"),
)
@click.option(
    "--data-dir", type=click.Path(file_okay=False), help=marked("数据目录，默认 ./fieldwrit-data")
)
@click.option("--lang", type=click.Choice(LANGUAGES), help=marked("界面语言"))
@click.version_option(package_name="fieldwrit")
@click.pass_context
def main(ctx: click.Context, data_dir: str | None, lang: str | None) -> None:
    """Read the settings that every command shares."""
    ctx.obj = read_settings(data_dir, lang)


@main.command(help=marked("建立数据目录、密钥、数据库和导入模板。"))
@_json_option
@click.pass_obj
def init(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit init``."""
    from web.steps import setup

    _show(setup.initialise(settings), as_json=as_json, settings=settings)


@main.group(help=marked("道路网络。"))
def network() -> None:
    """Hold the commands of ``fieldwrit network``."""


@network.command(
    "build", help=marked("读入道路文件 SOURCE（.osm .osm.gz .osm.pbf .graphml）并建立底图。")
)
@click.argument("source")
@click.option("--allow-online", is_flag=True, help=marked("允许按地名从互联网下载道路（见 P9）"))
@_json_option
@click.pass_obj
def network_build(settings: Settings, source: str, allow_online: bool, as_json: bool) -> None:
    """Run ``fieldwrit network build``."""
    from web.steps import roads

    result = roads.build_network(settings, source, allow_online=allow_online)
    _show(result, as_json=as_json, settings=settings)


@main.command("import", help=marked("导入一个表格或边界文件。"))
@click.argument("kind", type=click.Choice(_IMPORT_KINDS))
@click.argument("file", type=_FILE)
@click.option(
    "--datum", type=click.Choice([d.value for d in Datum]), help=marked("坐标系，默认 wgs84")
)
@click.option("--quarantine", is_flag=True, help=marked("收下合格的行，把其余的行隔离待改"))
@_json_option
@click.pass_obj
def import_(
    settings: Settings, kind: str, file: Path, datum: str | None, quarantine: bool, as_json: bool
) -> None:
    """Run ``fieldwrit import``."""
    from web.steps import tables

    result = tables.import_file(
        settings, kind, file, datum=Datum(datum) if datum else None, quarantine=quarantine
    )
    _show(result, as_json=as_json, settings=settings)


@main.command(help=marked("离线定位一条地址 TEXT，或一个表格中的全部地址。"))
@click.argument("text", required=False)
@click.option("--input", "source", type=_FILE, help=marked("表格：csv、xlsx、xls、ods、gpkg 等"))
@click.option("--output", type=_OUTPUT, help=marked("结果（.csv、.xlsx 或 .gpkg）"))
@click.option("--column", help=marked("地址列的表头，默认按表头辨认"))
@click.option("--sheet", help=marked("工作表或图层，默认第一个有内容的"))
@click.option(
    "--candidates",
    type=click.IntRange(0, 10),
    default=0,
    show_default=True,
    help=marked("拿不准的行列出几个候选"),
)
@click.option(
    "--datum",
    type=click.Choice([d.value for d in Datum]),
    default=Datum.WGS84.value,
    show_default=True,
    help=marked("结果表格的坐标系"),
)
@_json_option
@click.pass_obj
def geocode(
    settings: Settings,
    text: str | None,
    source: Path | None,
    output: Path | None,
    column: str | None,
    sheet: str | None,
    candidates: int,
    datum: str,
    as_json: bool,
) -> None:
    """Run ``fieldwrit geocode``."""
    if (text is None) == (source is None) or (source is None) != (output is None):
        raise _usage(settings, marked("请给出一条地址，或同时给出 --input 与 --output"))
    if text is not None:
        from web.steps import geocoding

        result = geocoding.geocode_text(settings, text)
        if not result["candidates"] and not as_json:
            click.echo(translator(settings.language)(marked("未找到")))
    else:
        from web.steps import address_table

        assert source is not None
        assert output is not None
        result = address_table.geocode_table(
            settings,
            source,
            output,
            column=column,
            sheet=sheet,
            candidates=candidates,
            datum=Datum(datum),
        )
    _show(result, as_json=as_json, settings=settings)


@main.group(help=marked("地址文字。"))
def addresses() -> None:
    """Hold the commands of ``fieldwrit addresses``."""


@addresses.command("parse", help=marked("把一条地址 TEXT，或一个表格中的地址拆成各级。"))
@click.argument("text", required=False)
@click.option("--input", "source", type=_FILE, help=marked("表格：csv、xlsx、xls、ods、gpkg 等"))
@click.option("--output", type=_OUTPUT, help=marked("结果（.csv、.xlsx 或 .gpkg）"))
@click.option("--column", help=marked("地址列的表头，默认按表头辨认"))
@click.option("--sheet", help=marked("工作表或图层，默认第一个有内容的"))
@_json_option
@click.pass_obj
def addresses_parse(
    settings: Settings,
    text: str | None,
    source: Path | None,
    output: Path | None,
    column: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    """Run ``fieldwrit addresses parse``."""
    from web.steps import address_parsing

    if (text is None) == (source is None) or (source is None) != (output is None):
        raise _usage(settings, marked("请给出一条地址，或同时给出 --input 与 --output"))
    if text is not None:
        result = address_parsing.parse_text(settings, text)
        if as_json:
            _show(result, as_json=True, settings=settings)
        else:
            for line in address_parsing.parse_lines(result, translator(settings.language)):
                click.echo(line)
        return
    assert source is not None
    assert output is not None
    result = address_parsing.parse_table(settings, source, output, column=column, sheet=sheet)
    _show(result, as_json=as_json, settings=settings)


@main.group(help=marked("边界：法院辖区、乡镇、网格、派出所辖区、查控点范围、邻近区县。"))
def areas() -> None:
    """Hold the commands of ``fieldwrit areas``."""


@areas.command("check", help=marked("核对边界文件 FILE（或库中的边界），不改动库中数据。"))
@click.argument("file", type=_FILE, required=False)
@click.option("--stored", is_flag=True, help=marked("核对库中的边界"))
@click.option(
    "--datum", type=click.Choice([d.value for d in Datum]), help=marked("坐标系，默认 wgs84")
)
@click.option("--output", type=_OUTPUT, help=marked("带图形的问题清单（.gpkg 或 .geojson）"))
@click.option(
    "--sliver-m",
    type=click.FloatRange(min=0, max=1000),
    default=5.0,
    show_default=True,
    help=marked("平均宽度不足这么多米的重叠和空隙只计数"),
)
@_json_option
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
        raise _usage(settings, marked("请给出一个边界文件，或只用 --stored"))
    result = step.check_boundaries(
        settings, file, datum=Datum(datum or "wgs84"), output=output, sliver_m=sliver_m
    )
    if as_json:
        _show(result, as_json=True, settings=settings)
    else:
        for line in step.boundary_lines(result, translator(settings.language)):
            click.echo(line)
    if result["faults"]:
        ctx.exit(1)


@areas.command("who", help=marked("一点或一条地址由哪个法院、乡镇、网格、派出所负责。"))
@click.option("--point", help=marked("经度,纬度（十进制度）"))
@click.option("--address", help=marked("地址文字"))
@click.option(
    "--datum", type=click.Choice([d.value for d in Datum]), help=marked("坐标系，默认 wgs84")
)
@_json_option
@click.pass_obj
def areas_who(
    settings: Settings, point: str | None, address: str | None, datum: str | None, as_json: bool
) -> None:
    """Run ``fieldwrit areas who``."""
    from web.steps import areas as step

    if (point is None) == (address is None) or (address is not None and datum is not None):
        raise _usage(settings, marked("请用 --point 给出一点，或用 --address 给出一条地址"))
    spot = None if point is None else step.point_of(point, Datum(datum or "wgs84"))
    result = step.responsible(settings, point=spot, address=address)
    if as_json:
        _show(result, as_json=True, settings=settings)
    else:
        for line in step.responsible_lines(result, translator(settings.language)):
            click.echo(line)


@main.group(help=marked("坐标：WGS84、GCJ-02、BD-09、CGCS2000。"))
def coordinates() -> None:
    """Hold the commands of ``fieldwrit coordinates``."""


@coordinates.command(
    "convert", help=marked("换算 FILE（表格或图层）的坐标，结果写入另一文件；原有各列不变。")
)
@click.argument("file", type=_FILE)
@click.option(
    "--from",
    "stated",
    help=marked("原坐标系：wgs84、gcj02、bd09、cgcs2000、bd09mc，或 EPSG 代码；图层已写明的可省略"),
)
@click.option(
    "--to",
    "wanted",
    type=click.Choice([d.value for d in Datum]),
    default=Datum.WGS84.value,
    show_default=True,
    help=marked("结果的坐标系"),
)
@click.option(
    "--output", type=_OUTPUT, required=True, help=marked("结果（.csv、.xlsx、.gpkg 或 .geojson）")
)
@click.option("--column", help=marked("经纬度写在一格的列"))
@click.option("--lon-column", help=marked("经度（或东坐标）列的表头，默认按表头辨认"))
@click.option("--lat-column", help=marked("纬度（或北坐标）列的表头"))
@click.option("--sheet", help=marked("工作表或图层，默认第一个有内容的"))
@click.option("--check-datum", is_flag=True, help=marked("用已建立的道路网络核对原坐标系"))
@_json_option
@click.pass_obj
def coordinates_convert(
    settings: Settings,
    file: Path,
    stated: str | None,
    wanted: str,
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
        raise _usage(settings, marked("请同时给出 --lon-column 和 --lat-column，或只给出 --column"))
    result = step.convert_file(
        settings,
        file,
        output,
        stated=stated,
        wanted=Datum(wanted),
        columns=tuple(filter(None, (column, lon_column, lat_column))),
        sheet=sheet,
        check_datum=check_datum,
    )
    _show(result, as_json=as_json, settings=settings)


@main.group(help=marked("规划。"))
def plan() -> None:
    """Hold the commands of ``fieldwrit plan``."""


@plan.command("make", help=marked("为给定日期制定计划并保存。"))
@click.option(
    "--date",
    "day",
    type=_Day(),
    required=True,
    help=marked("首日：2026-12-01、today、tomorrow 或 next-workday（其后第一个工作日）"),
)
@click.option(
    "--days", type=click.IntRange(1, 14), default=1, show_default=True, help=marked("天数")
)
@click.option("--iterations", type=click.IntRange(min=0), help=marked("迭代次数（结果可重复）"))
@click.option("--stop-s", type=_Seconds(), help=marked("求解秒数，默认 10"))
@click.option("--seed", type=_SEED, default=1, show_default=True, help=marked("随机种子"))
@_json_option
@click.pass_obj
def plan_make(
    settings: Settings,
    day: date | str,
    days: int,
    iterations: int | None,
    stop_s: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Run ``fieldwrit plan make``."""
    from web.steps import planning

    if iterations is not None and stop_s is not None:
        raise _usage(settings, marked("--iterations 与 --stop-s 只能给出一个"))
    first = planning.next_workday(settings) if isinstance(day, str) else day
    result = planning.make_plan(
        settings,
        tuple(first + timedelta(days=n) for n in range(days)),
        iterations=iterations,
        stop_s=stop_s,
        seed=seed,
    )
    _show(result, as_json=as_json, settings=settings)


@plan.command("solve", help=marked("求解规划问题文件 PROBLEM（无需数据目录）。"))
@click.argument("problem", type=_FILE)
@click.option("--output", type=_OUTPUT, required=True, help=marked("计划文件"))
@click.option("--iterations", type=click.IntRange(min=0), help=marked("迭代次数（结果可重复）"))
@click.option("--stop-s", type=_Seconds(), help=marked("求解秒数，默认 10"))
@click.option("--seed", type=_SEED, default=1, show_default=True, help=marked("随机种子"))
@_json_option
@click.pass_obj
def plan_solve(
    settings: Settings,
    problem: Path,
    output: Path,
    iterations: int | None,
    stop_s: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Run ``fieldwrit plan solve``."""
    from web.steps import solving

    if iterations is not None and stop_s is not None:
        raise _usage(settings, marked("--iterations 与 --stop-s 只能给出一个"))
    result = solving.solve_file(
        settings, problem, output, iterations=iterations, stop_s=stop_s, seed=seed
    )
    _show(result, as_json=as_json, settings=settings)


@plan.command("check", help=marked("独立核对计划 PLAN 是否合乎问题 PROBLEM。"))
@click.argument("problem", type=_FILE)
@click.argument("plan_file", metavar="PLAN", type=_FILE)
@_json_option
@click.pass_context
def plan_check(ctx: click.Context, problem: Path, plan_file: Path, as_json: bool) -> None:
    """Run ``fieldwrit plan check``."""
    from web.steps import solving

    settings: Settings = ctx.obj
    result = solving.check_file(problem, plan_file, say=translator(settings.language))
    _show(result, as_json=as_json, settings=settings)
    if result["violations"]:
        ctx.exit(1)


@plan.command(
    "extract",
    help=marked("把计划 ACTION（行动编号，或 latest）的问题与计划写成 JSON，不含姓名地址。"),
)
@click.argument("action")
@click.option("--problem", "problem_path", type=_OUTPUT, required=True, help=marked("问题文件"))
@click.option("--plan", "plan_path", type=_OUTPUT, required=True, help=marked("计划文件"))
@_json_option
@click.pass_obj
def plan_extract(
    settings: Settings, action: str, problem_path: Path, plan_path: Path, as_json: bool
) -> None:
    """Run ``fieldwrit plan extract``."""
    from web.steps import exporting

    result = exporting.extract_plan(
        settings, action, problem_path=problem_path, plan_path=plan_path
    )
    _show(result, as_json=as_json, settings=settings)


@main.command(help=marked("导出计划 ACTION（行动编号，latest 为最近一个）。"))
@click.argument("action")
@click.option(
    "--format", "form", type=click.Choice(_EXPORT_FORMATS), required=True, help=marked("格式")
)
@click.option("--output", type=_OUTPUT, help=marked("输出文件，默认 计划编号.格式"))
@click.option(
    "--datum",
    type=click.Choice([d.value for d in Datum]),
    default=Datum.WGS84.value,
    show_default=True,
    help=marked("坐标系"),
)
@_json_option
@click.pass_obj
def export(
    settings: Settings, action: str, form: str, output: Path | None, datum: str, as_json: bool
) -> None:
    """Run ``fieldwrit export``."""
    from web.steps import exporting

    result = exporting.export_plan(settings, action, form, output, datum=Datum(datum))
    _show(result, as_json=as_json, settings=settings)


@main.group(help=marked("账户。"))
def account() -> None:
    """Hold the commands of ``fieldwrit account``."""


@account.command("add", help=marked("添加账户 USERNAME；密码不出现在命令行。"))
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", "display_name", required=True, help=marked("显示的名称"))
@click.option("--station", "station_id", help=marked("派出所编号（派出所联络民警）"))
@click.option("--grid", "grid_code", help=marked("网格代码（网格联络员）"))
@click.option("--password-stdin", is_flag=True, help=marked("从标准输入读密码，不提问"))
@_json_option
@click.pass_obj
def account_add(
    settings: Settings,
    username: str,
    role: str,
    display_name: str,
    station_id: str | None,
    grid_code: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit account add``."""
    from web.steps import administration

    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt(
            translator(settings.language)(marked("密码")), hide_input=True, confirmation_prompt=True
        )
    result = administration.add_account(
        settings,
        username,
        password,
        Role(role),
        display_name,
        station_id=station_id,
        grid_code=grid_code,
    )
    _show(result, as_json=as_json, settings=settings)


@account.command("list", help=marked("列出账户。"))
@_json_option
@click.pass_obj
def account_list(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit account list``."""
    from web.steps import administration

    _show(administration.list_accounts(settings), as_json=as_json, settings=settings)


@main.group(help=marked("审计。"))
def audit() -> None:
    """Hold the commands of ``fieldwrit audit``."""


@audit.command("verify", help=marked("核对整条审计链。"))
@_json_option
@click.pass_obj
def audit_verify(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit audit verify``."""
    from web.steps import administration

    _show(administration.verify_audit(settings), as_json=as_json, settings=settings)


@main.command(help=marked("启动网页服务。"))
@click.option("--host", default="127.0.0.1", show_default=True, help=marked("监听地址"))
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help=marked("端口")
)
@click.option(
    "--secure-cookies", is_flag=True, help=marked("会话只经 HTTPS 传送（在反向代理之后使用）")
)
@click.pass_obj
def serve(settings: Settings, host: str, port: int, secure_cookies: bool) -> None:
    """Run ``fieldwrit serve``."""
    from web.steps import serving

    serving.serve(
        settings, host=host, port=port, announce=click.echo, secure_cookies=secure_cookies
    )


@main.command(help=marked("生成示范区，走完全程，并启动网页服务。"))
@click.option("--no-serve", is_flag=True, help=marked("只生成，不启动网页服务"))
@click.option("--small", is_flag=True, help=marked("十分之一大小，用于试用和测试"))
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help=marked("端口")
)
@click.option("--seed", type=_SEED, default=1, show_default=True, help=marked("随机种子"))
@_json_option
@click.pass_obj
def demo(
    settings: Settings, no_serve: bool, small: bool, port: int, seed: int, as_json: bool
) -> None:
    """Run ``fieldwrit demo``."""
    from web import demonstration

    result = demonstration.run(settings, small=small, seed=seed)
    _show(result, as_json=as_json, settings=settings)
    if not no_serve:
        # standard output stays one JSON object where that was asked for
        demonstration.serve(settings, port=port, announce=partial(click.echo, err=as_json))


def run() -> None:
    """Start the command in the language of the reader, help texts included."""
    words = sys.argv[1:]
    asked = words[words.index("--lang") + 1 :][:1] if "--lang" in words else []
    language = read_settings(None, asked[0] if asked else None).language
    _speak(main, translator(language))
    main()


def _speak(command: click.Command, say: Translate) -> None:
    """Turn the help texts of a command and of those below it into the reader's language."""
    command.help = say(command.help) if command.help else None
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = say(option.help)
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        _speak(below, say)
