"""The command line: thin commands over the pipeline.

Exit codes: 0 done, 1 refused input, 2 wrong use.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from data.model import Role
from geo.errors import FieldwritError
from geo.model import Datum
from web.config import LANGUAGES, Settings, read_settings
from web.formats import local_day
from web.i18n import translator

__all__ = ["main"]

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

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Group(click.Group):
    """Turns refusals into one clear message and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FieldwritError as error:
            say = translator(ctx.obj.language if ctx.obj else "zh")
            click.echo(f"{say('错误')}：{error.message.render(say)}", err=True)
            for problem in getattr(error, "problems", ())[:_MAX_SHOWN_PROBLEMS]:
                click.echo(f"  {problem.render(say)}", err=True)
            left = len(getattr(error, "problems", ())) - _MAX_SHOWN_PROBLEMS
            if left > 0:
                click.echo("  " + say("另有 %(count)d 处") % {"count": left}, err=True)
            ctx.exit(1)


class _Day(click.ParamType):
    """A day as 2026-12-01, or ``today`` or ``tomorrow`` in the court's zone."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        if value in ("today", "tomorrow"):
            today = local_day(datetime.now(UTC))
            return today + timedelta(days=value == "tomorrow")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail("日期应形如 2026-12-01，或用 today、tomorrow", param, ctx)


def _json_option(command: _Command) -> _Command:
    return click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果")(command)


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
    "accepted": "接受",
    "account": "账户编号",
    "action": "行动编号",
    "address_claims": "地址线索",
    "arcs": "路段",
    "audit_entries": "审计条目",
    "blocked_by_rule": "规则阻止",
    "cases": "案件",
    "corrected": "更正",
    "data_dir": "数据目录",
    "debtors_considered": "参与规划的被执行人",
    "duties": "勤务",
    "encoding": "文件编码",
    "expected_found": "预计找到",
    "geocoded": "已定位地址",
    "kind": "类别",
    "nodes": "节点",
    "output": "输出文件",
    "planned_visits": "计划走访",
    "quarantined": "隔离",
    "rows": "行数",
    "roads_dropped": "孤立而舍去的路",
    "role": "角色",
    "seconds": "用时（秒）",
    "support_requests": "协助请求",
    "templates": "导入模板",
    "unassigned": "未安排",
    "unchanged": "未变",
    "valid": "符合",
    "value": "计划价值",
    "violations": "不符之处",
}


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data-dir", type=click.Path(file_okay=False), help="数据目录，默认 ./fieldwrit-data"
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="界面语言")
@click.version_option(package_name="fieldwrit")
@click.pass_context
def main(ctx: click.Context, data_dir: str | None, lang: str | None) -> None:
    """Fieldwrit：法院执行外勤的定位、规划与地图。"""
    ctx.obj = read_settings(data_dir, lang)


@main.command()
@_json_option
@click.pass_obj
def init(settings: Settings, as_json: bool) -> None:
    """建立数据目录、密钥、数据库和导入模板。"""
    from web import pipeline

    _show(pipeline.initialise(settings), as_json=as_json, settings=settings)


@main.group()
def network() -> None:
    """道路网络。"""


@network.command("build")
@click.argument("source")
@click.option("--allow-online", is_flag=True, help="允许按地名从互联网下载道路（见 P9）")
@_json_option
@click.pass_obj
def network_build(settings: Settings, source: str, allow_online: bool, as_json: bool) -> None:
    """读入道路文件 SOURCE（.osm .osm.gz .osm.pbf .graphml）并建立底图。"""
    from web import pipeline

    result = pipeline.build_network(settings, source, allow_online=allow_online)
    _show(result, as_json=as_json, settings=settings)


@main.command("import")
@click.argument("kind", type=click.Choice(_IMPORT_KINDS))
@click.argument("file", type=_FILE)
@click.option("--datum", type=click.Choice([d.value for d in Datum]), help="坐标系，默认 wgs84")
@click.option("--quarantine", is_flag=True, help="收下合格的行，把其余的行隔离待改")
@_json_option
@click.pass_obj
def import_(
    settings: Settings, kind: str, file: Path, datum: str | None, quarantine: bool, as_json: bool
) -> None:
    """导入一个表格或边界文件。"""
    from web import pipeline

    result = pipeline.import_file(
        settings, kind, file, datum=Datum(datum) if datum else None, quarantine=quarantine
    )
    _show(result, as_json=as_json, settings=settings)


@main.command()
@click.argument("text", required=False)
@click.option("--input", "source", type=_FILE, help="表格，地址列名为“地址”")
@click.option("--output", type=_OUTPUT, help="结果表格（.csv 或 .xlsx）")
@_json_option
@click.pass_obj
def geocode(
    settings: Settings, text: str | None, source: Path | None, output: Path | None, as_json: bool
) -> None:
    """离线定位一条地址 TEXT，或一个表格中的全部地址。"""
    from web import pipeline
    from web.geocode_table import geocode_table

    if (text is None) == (source is None) or (source is None) != (output is None):
        raise click.UsageError("请给出一条地址，或同时给出 --input 与 --output")
    if text is not None:
        result = pipeline.geocode_text(settings, text)
    else:
        assert source is not None
        assert output is not None
        result = geocode_table(settings, source, output)
    _show(result, as_json=as_json, settings=settings)


@main.group()
def plan() -> None:
    """规划。"""


@plan.command("make")
@click.option(
    "--date", "day", type=_Day(), required=True, help="首日：2026-12-01、today 或 tomorrow"
)
@click.option("--days", type=click.IntRange(1, 14), default=1, show_default=True, help="天数")
@click.option("--iterations", type=click.IntRange(min=0), help="迭代次数（结果可重复）")
@click.option("--stop-s", type=click.FloatRange(min=0), help="求解秒数，默认 10")
@click.option("--seed", type=int, default=1, show_default=True, help="随机种子")
@_json_option
@click.pass_obj
def plan_make(
    settings: Settings,
    day: date,
    days: int,
    iterations: int | None,
    stop_s: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """为给定日期制定计划并保存。"""
    from web import pipeline

    if iterations is not None and stop_s is not None:
        raise click.UsageError("--iterations 与 --stop-s 只能给出一个")
    result = pipeline.make_plan(
        settings,
        tuple(day + timedelta(days=n) for n in range(days)),
        iterations=iterations,
        stop_s=stop_s,
        seed=seed,
    )
    _show(result, as_json=as_json, settings=settings)


@plan.command("solve")
@click.argument("problem", type=_FILE)
@click.option("--output", type=_OUTPUT, required=True, help="计划文件")
@click.option("--iterations", type=click.IntRange(min=0), help="迭代次数（结果可重复）")
@click.option("--stop-s", type=click.FloatRange(min=0), help="求解秒数，默认 10")
@click.option("--seed", type=int, default=1, show_default=True, help="随机种子")
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
    """求解规划问题文件 PROBLEM（无需数据目录）。"""
    from web import pipeline

    if iterations is not None and stop_s is not None:
        raise click.UsageError("--iterations 与 --stop-s 只能给出一个")
    result = pipeline.solve_file(problem, output, iterations=iterations, stop_s=stop_s, seed=seed)
    _show(result, as_json=as_json, settings=settings)


@plan.command("check")
@click.argument("problem", type=_FILE)
@click.argument("plan_file", metavar="PLAN", type=_FILE)
@_json_option
@click.pass_context
def plan_check(ctx: click.Context, problem: Path, plan_file: Path, as_json: bool) -> None:
    """独立核对计划 PLAN 是否合乎问题 PROBLEM。"""
    from web import pipeline

    settings: Settings = ctx.obj
    result = pipeline.check_file(problem, plan_file, say=translator(settings.language))
    _show(result, as_json=as_json, settings=settings)
    if result["violations"]:
        ctx.exit(1)


@plan.command("extract")
@click.argument("action")
@click.option("--problem", "problem_path", type=_OUTPUT, required=True, help="问题文件")
@click.option("--plan", "plan_path", type=_OUTPUT, required=True, help="计划文件")
@_json_option
@click.pass_obj
def plan_extract(
    settings: Settings, action: str, problem_path: Path, plan_path: Path, as_json: bool
) -> None:
    """把计划 ACTION（行动编号，或 latest）的问题与计划写成 JSON，不含姓名地址。"""
    from web import administration

    result = administration.extract_plan(
        settings, action, problem_path=problem_path, plan_path=plan_path
    )
    _show(result, as_json=as_json, settings=settings)


@main.command()
@click.argument("action")
@click.option("--format", "form", type=click.Choice(_EXPORT_FORMATS), required=True, help="格式")
@click.option("--output", type=_OUTPUT, help="输出文件，默认 计划编号.格式")
@click.option(
    "--datum",
    type=click.Choice([d.value for d in Datum]),
    default=Datum.WGS84.value,
    show_default=True,
    help="坐标系",
)
@_json_option
@click.pass_obj
def export(
    settings: Settings, action: str, form: str, output: Path | None, datum: str, as_json: bool
) -> None:
    """导出计划 ACTION（行动编号，latest 为最近一个）。"""
    from web import pipeline

    result = pipeline.export_plan(settings, action, form, output, datum=Datum(datum))
    _show(result, as_json=as_json, settings=settings)


@main.group()
def account() -> None:
    """账户。"""


@account.command("add")
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", "display_name", required=True, help="显示的名称")
@click.option("--station", "station_id", help="派出所编号（派出所联络民警）")
@click.option("--grid", "grid_code", help="网格代码（网格联络员）")
@click.option("--password-stdin", is_flag=True, help="从标准输入读密码，不提问")
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
    """添加账户 USERNAME；密码不出现在命令行。"""
    from web import administration

    if password_stdin:
        password = click.get_text_stream("stdin").readline().rstrip("\n")
    else:
        password = click.prompt("密码", hide_input=True, confirmation_prompt=True)
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


@account.command("list")
@_json_option
@click.pass_obj
def account_list(settings: Settings, as_json: bool) -> None:
    """列出账户。"""
    from web import administration

    _show(administration.list_accounts(settings), as_json=as_json, settings=settings)


@main.group()
def audit() -> None:
    """审计。"""


@audit.command("verify")
@_json_option
@click.pass_obj
def audit_verify(settings: Settings, as_json: bool) -> None:
    """核对整条审计链。"""
    from web import administration

    _show(administration.verify_audit(settings), as_json=as_json, settings=settings)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="端口")
@click.option("--secure-cookies", is_flag=True, help="会话只经 HTTPS 传送（在反向代理之后使用）")
@click.pass_obj
def serve(settings: Settings, host: str, port: int, secure_cookies: bool) -> None:
    """启动网页服务。"""
    from web import pipeline

    pipeline.serve(
        settings, host=host, port=port, announce=click.echo, secure_cookies=secure_cookies
    )


@main.command()
@click.option("--no-serve", is_flag=True, help="只生成，不启动网页服务")
@click.option("--small", is_flag=True, help="十分之一大小，用于试用和测试")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="端口")
@click.option("--seed", type=int, default=1, show_default=True, help="随机种子")
@_json_option
@click.pass_obj
def demo(
    settings: Settings, no_serve: bool, small: bool, port: int, seed: int, as_json: bool
) -> None:
    """生成示范区，走完全程，并启动网页服务。"""
    from web import demonstration

    result = demonstration.run(settings, small=small, seed=seed)
    _show(result, as_json=as_json, settings=settings)
    if not no_serve:
        demonstration.serve(settings, port=port, announce=click.echo)
