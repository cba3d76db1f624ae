"""Commands of ``plan`` over plans under way and over variations: replan, undo, what-if."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from routes.planning.disturbances import Disturbance, RoadsClosed
from web.commands.disturbance_options import Span, disturbance_options
from web.commands.options import (
    FILE,
    OUTPUT,
    Day,
    Hour,
    Seconds,
    json_option,
    seed_option,
    wrong_use,
)
from web.commands.results import show
from web.config import Settings
from web.i18n import Translate, marked, translator

__all__ = ["plan_replan", "plan_replan_file", "plan_undo", "plan_what_if"]

_iterations_option = click.option(
    "--iterations", type=click.IntRange(min=0), help=marked("迭代次数（结果可重复）")
)
_BOTH_STOPS = marked("--iterations 与 --stop-s 只能给出一个")


@click.command(
    "replan",
    help=marked(
        "情况有变时调整计划 ACTION（行动编号，或 latest）：已开始和已承诺的停留不动，其余少改；"
        "结果存为待审批的新计划。"
    ),
)
@click.argument("action")
@disturbance_options
@click.option("--at", "at_s", type=Hour(), metavar="HH:MM", help=marked("从几时起调整，默认现在"))
@_iterations_option
@click.option("--stop-s", type=Seconds(), help=marked("求解秒数，默认 1.0"))
@seed_option
@json_option
@click.pass_obj
def plan_replan(
    settings: Settings,
    action: str,
    disturbances: tuple[Disturbance, ...],
    at_s: int | None,
    iterations: int | None,
    stop_s: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Run ``fieldwrit plan replan``."""
    from web.steps import replanning

    if iterations is not None and stop_s is not None:
        raise wrong_use(settings, _BOTH_STOPS)
    result = replanning.replan_action(
        settings,
        action,
        disturbances,
        at_s=at_s,
        iterations=iterations,
        stop_s=stop_s,
        seed=seed,
    )
    _show_changes(result, as_json=as_json, settings=settings)


@click.command(
    "replan-file",
    help=marked("按计划文件 PLAN 和问题文件 PROBLEM 调整（无需数据目录），写出新的问题与计划。"),
)
@click.argument("problem", type=FILE)
@click.argument("plan_file", metavar="PLAN", type=FILE)
@disturbance_options
@click.option(
    "--at", "at_s", type=Hour(), metavar="HH:MM", required=True, help=marked("从几时起调整")
)
@click.option("--date", "day", type=Day(), help=marked("哪一天，默认问题中唯一的一天"))
@click.option("--promised", multiple=True, help=marked("已承诺、不得改动的走访或勤务编号"))
@click.option("--roads", type=FILE, help=marked("问题文件，取其行车时间；与 --roads-changed 同用"))
@click.option("--output", type=OUTPUT, required=True, help=marked("计划文件"))
@click.option("--problem-output", type=OUTPUT, required=True, help=marked("问题文件"))
@_iterations_option
@click.option("--stop-s", type=Seconds(), help=marked("求解秒数，默认 1.0"))
@seed_option
@json_option
@click.pass_obj
def plan_replan_file(
    settings: Settings,
    problem: Path,
    plan_file: Path,
    disturbances: tuple[Disturbance, ...],
    at_s: int,
    day: date | str | None,
    promised: tuple[str, ...],
    roads: Path | None,
    output: Path,
    problem_output: Path,
    iterations: int | None,
    stop_s: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Run ``fieldwrit plan replan-file``."""
    from web.steps import replanning

    if iterations is not None and stop_s is not None:
        raise wrong_use(settings, _BOTH_STOPS)
    if (roads is not None) != any(isinstance(one, RoadsClosed) for one in disturbances):
        raise wrong_use(settings, marked("--roads-changed 与 --roads 须一并给出"))
    if isinstance(day, str):
        raise wrong_use(settings, marked("--date 须为问题中的日期，如 2026-12-01"))
    result = replanning.replan_files(
        settings,
        problem,
        plan_file,
        disturbances,
        at_s=at_s,
        day=day,
        promised=promised,
        roads=roads,
        output=output,
        problem_output=problem_output,
        iterations=iterations,
        stop_s=stop_s,
        seed=seed,
    )
    _show_changes(result, as_json=as_json, settings=settings)


@click.command("undo", help=marked("撤销调整而来的计划 ACTION，恢复上一份计划，记入审计。"))
@click.argument("action")
@json_option
@click.pass_obj
def plan_undo(settings: Settings, action: str, as_json: bool) -> None:
    """Run ``fieldwrit plan undo``."""
    from web.steps import replanning

    show(replanning.undo_action(settings, action), as_json=as_json, settings=settings)


@click.command(
    "what-if",
    help=marked(
        "推演：计划 ACTION（行动编号，或 latest）若多一组、早出发、少一个派出所会怎样；"
        "不写任何选项时推演常用的几种。"
    ),
)
@click.argument("action", required=False)
@click.option("--problem", "problem_path", type=FILE, help=marked("问题文件，代替 ACTION"))
@click.option("--more-teams", multiple=True, help=marked("增加一个与此相同的小组（编号）"))
@click.option("--fewer-teams", multiple=True, help=marked("减少这个小组（编号）"))
@click.option("--earlier", type=Span(), multiple=True, help=marked("各组提前出发，如 1h"))
@click.option("--later", type=Span(), multiple=True, help=marked("各组推迟收班，如 1h"))
@click.option("--without-station", multiple=True, help=marked("这个派出所不派警力（编号）"))
@click.option("--front", is_flag=True, help=marked("改为列出找到人数与用时、里程的取舍"))
@_iterations_option
@click.option("--stop-s", type=Seconds(), help=marked("每种情形的求解秒数，默认 3"))
@seed_option
@json_option
@click.pass_obj
def plan_what_if(
    settings: Settings,
    action: str | None,
    problem_path: Path | None,
    more_teams: tuple[str, ...],
    fewer_teams: tuple[str, ...],
    earlier: tuple[int, ...],
    later: tuple[int, ...],
    without_station: tuple[str, ...],
    front: bool,
    iterations: int | None,
    stop_s: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Run ``fieldwrit plan what-if``."""
    from routes.planning import what_if
    from web.steps import trying

    if iterations is not None and stop_s is not None:
        raise wrong_use(settings, _BOTH_STOPS)
    if (action is None) == (problem_path is None):
        raise wrong_use(settings, marked("请给出 ACTION 或 --problem 其中之一"))
    chosen: list[what_if.Variation] = [
        *map(what_if.MoreTeams, more_teams),
        *map(what_if.FewerTeams, fewer_teams),
        *map(what_if.StartEarlier, earlier),
        *map(what_if.EndLater, later),
        *map(what_if.WithoutStation, without_station),
    ]
    if front and chosen:
        raise wrong_use(settings, marked("--front 不能与其他情形同用"))
    result = trying.what_if_table(
        settings,
        problem_path if action is None else action,
        chosen,
        front=front,
        iterations=iterations,
        stop_s=stop_s,
        seed=seed,
    )
    if not as_json:
        _show_table(result.pop("variations"), translator(settings.language))
    show(result, as_json=as_json, settings=settings)


_LABEL_WIDTH = 22
_COLUMNS = (
    ("variation", "", marked("情形")),
    ("expected_found", "more_found", marked("预计找到")),
    ("hours", "more_hours", marked("外勤小时")),
    ("km", "more_km", marked("公里")),
    ("visits", "more_visits", marked("走访")),
    ("price", "", marked("代价")),
)


def _show_table(rows: Sequence[dict[str, Any]], say: Translate) -> None:
    """Print one line a variation; its differences to the first stand in brackets."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for name, _, title in _COLUMNS:
        left = name == "variation"
        table.add_column(
            say(title),
            justify="left" if left else "right",
            no_wrap=not left,
            min_width=_LABEL_WIDTH if left else None,
        )
    for row in rows:
        table.add_row(
            *(
                f"{row[name]} ({row[more]:+g})" if more in row else str(row[name])
                for name, more, _ in _COLUMNS
            )
        )
    Console().print(table)


def _show_changes(result: dict[str, Any], *, as_json: bool, settings: Settings) -> None:
    """Print a result whose changes are lines for people, or objects in JSON."""
    if not as_json:
        lines = [
            f"{one['change']} {one.get('duty') or one.get('debtor')} "
            f"{one['from'] or '—'} → {one['to'] or '—'}：{one['why']}"
            for one in result["changes"]
        ]
        result = {**result, "changes": lines}
    show(result, as_json=as_json, settings=settings)
