"""Commands over plans: ``plan``."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import click

from routes.planning import Engine
from web.commands.options import (
    FILE,
    OUTPUT,
    Day,
    Hour,
    Seconds,
    json_option,
    person_option,
    seed_option,
    wrong_use,
)
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator
from web.person import Person

__all__ = ["plan"]


@click.group(help=marked("规划。"))
def plan() -> None:
    """Hold the commands of ``fieldwrit plan``."""


_starts_option = click.option(
    "--starts",
    type=click.IntRange(1, 16),
    default=1,
    show_default=True,
    help=marked("同时求解的进程数（种子依次加一），取最好的一份"),
)


@plan.command("make", help=marked("为给定日期制定计划并保存。"))
@click.option(
    "--date",
    "day",
    type=Day(),
    required=True,
    help=marked("首日：2026-12-01、today、tomorrow 或 next-workday（其后第一个工作日）"),
)
@click.option(
    "--days", type=click.IntRange(1, 14), default=1, show_default=True, help=marked("天数")
)
@click.option(
    "--approval-by",
    "approval_by_s",
    type=Hour(),
    metavar="HH:MM",
    help=marked("首日几时前可知签批结果：按已批准、未批准各制定一份，此前两份相同"),
)
@click.option(
    "--answer-by",
    "answer_by_s",
    type=Hour(),
    metavar="HH:MM",
    help=marked("派出所于首日几时前答复：按能协助、不能协助各制定一份，此前两份相同"),
)
@click.option("--team", "teams", multiple=True, help=marked("出勤的小组编号，可重复；默认全部"))
@click.option("--iterations", type=click.IntRange(min=0), help=marked("迭代次数（结果可重复）"))
@click.option("--stop-s", type=Seconds(), help=marked("求解秒数，默认 10"))
@seed_option
@_starts_option
@json_option
@click.pass_obj
def plan_make(
    settings: Settings,
    day: date | str,
    days: int,
    approval_by_s: int | None,
    answer_by_s: int | None,
    teams: tuple[str, ...],
    iterations: int | None,
    stop_s: float | None,
    seed: int,
    starts: int,
    as_json: bool,
) -> None:
    """Run ``fieldwrit plan make``."""
    from web.steps import planning

    if iterations is not None and stop_s is not None:
        raise wrong_use(settings, marked("--iterations 与 --stop-s 只能给出一个"))
    if None not in (approval_by_s, answer_by_s) and approval_by_s != answer_by_s:
        raise wrong_use(settings, marked("--approval-by 与 --answer-by 同时给出时，须为同一时刻"))
    first = planning.next_workday(settings) if isinstance(day, str) else day
    result = planning.make_plan(
        settings,
        tuple(first + timedelta(days=n) for n in range(days)),
        teams=teams or None,
        approval_by_s=approval_by_s,
        answer_by_s=answer_by_s,
        iterations=iterations,
        stop_s=stop_s,
        seed=seed,
        starts=starts,
    )
    show(result, as_json=as_json, settings=settings)


@plan.command("campaign", help=marked("提出今后数周按乡镇、案由的集中行动日，对照需要与可用工时。"))
@click.option(
    "--weeks", type=click.IntRange(1, 26), default=8, show_default=True, help=marked("周数")
)
@click.option("--first", type=Day(), help=marked("首周第一天，默认下周一"))
@json_option
@click.pass_obj
def plan_campaign(settings: Settings, weeks: int, first: date | str | None, as_json: bool) -> None:
    """Run ``fieldwrit plan campaign``."""
    from web.commands import campaign_tables
    from web.steps import campaigns, planning

    start = planning.next_workday(settings) if isinstance(first, str) else first
    result = campaigns.list_campaigns(settings, first=start, weeks=weeks)
    if as_json:
        show(result, as_json=True, settings=settings)
    else:
        campaign_tables.show_campaigns(result, settings=settings)


@plan.command("solve", help=marked("求解规划问题文件 PROBLEM（无需数据目录）。"))
@click.argument("problem", type=FILE)
@click.option(
    "--output", type=OUTPUT, help=marked("计划文件，默认与问题文件同名，扩展名 .plan.json")
)
@click.option("--iterations", type=click.IntRange(min=0), help=marked("迭代次数（结果可重复）"))
@click.option("--stop-s", type=Seconds(), help=marked("求解秒数，默认 10"))
@click.option(
    "--engine",
    type=click.Choice([engine.value for engine in Engine]),
    default=Engine.ALNS.value,
    help=marked(
        "求解引擎：alns（本系统）、pyvrp（对照）、greedy（仅插入）、"
        "nearest_first（就近走访）、village_by_village（逐村走访）"
    ),
)
@seed_option
@_starts_option
@json_option
@click.pass_obj
def plan_solve(
    settings: Settings,
    problem: Path,
    output: Path | None,
    iterations: int | None,
    stop_s: float | None,
    engine: str,
    seed: int,
    starts: int,
    as_json: bool,
) -> None:
    """Run ``fieldwrit plan solve``."""
    from web.steps import solving

    if iterations is not None and stop_s is not None:
        raise wrong_use(settings, marked("--iterations 与 --stop-s 只能给出一个"))
    result = solving.solve_file(
        settings,
        problem,
        output or problem.with_suffix(".plan.json"),
        iterations=iterations,
        stop_s=stop_s,
        seed=seed,
        starts=starts,
        engine=Engine(engine),
    )
    show(result, as_json=as_json, settings=settings)


@plan.command(
    "bound", help=marked("求问题 PROBLEM 的价值上界，看计划 PLAN 距最好的计划至多差多少。")
)
@click.argument("problem", type=FILE)
@click.argument("plan_file", metavar="PLAN", type=FILE)
@click.option(
    "--stop-s", type=Seconds(), default=20.0, show_default=True, help=marked("求上界的秒数")
)
@json_option
@click.pass_obj
def plan_bound(
    settings: Settings, problem: Path, plan_file: Path, stop_s: float, as_json: bool
) -> None:
    """Run ``fieldwrit plan bound``."""
    from web.steps import solving

    result = solving.bound_file(settings, problem, plan_file, stop_s=stop_s)
    show(result, as_json=as_json, settings=settings)


@plan.command("check", help=marked("独立核对计划 PLAN 是否合乎问题 PROBLEM。"))
@click.argument("problem", type=FILE)
@click.argument("plan_file", metavar="PLAN", type=FILE)
@json_option
@click.pass_context
def plan_check(ctx: click.Context, problem: Path, plan_file: Path, as_json: bool) -> None:
    """Run ``fieldwrit plan check``."""
    from web.steps import solving

    settings: Settings = ctx.obj
    result = solving.check_file(problem, plan_file, say=translator(settings.language))
    show(result, as_json=as_json, settings=settings)
    if result["violations"]:
        ctx.exit(1)


@plan.command(
    "extract",
    help=marked("把计划 ACTION（行动编号，或 latest）的问题与计划写成 JSON，不含姓名地址。"),
)
@click.argument("action")
@click.option("--problem", "problem_path", type=OUTPUT, required=True, help=marked("问题文件"))
@click.option("--plan", "plan_path", type=OUTPUT, required=True, help=marked("计划文件"))
@click.option(
    "--draft", is_flag=True, help=marked("未签批或未发布的计划也写出，两个文件都标明草稿")
)
@json_option
@click.pass_obj
def plan_extract(
    settings: Settings,
    action: str,
    problem_path: Path,
    plan_path: Path,
    draft: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit plan extract``."""
    from web.steps import exporting

    result = exporting.extract_plan(
        settings, action, problem_path=problem_path, plan_path=plan_path, draft=draft
    )
    show(result, as_json=as_json, settings=settings)


@plan.command("shares", help=marked("列出计划 ACTION 共享给哪些派出所、到何时、是否已结束。"))
@click.argument("action")
@json_option
@click.pass_obj
def plan_shares(settings: Settings, action: str, as_json: bool) -> None:
    """Run ``fieldwrit plan shares``."""
    from web.steps import sharing

    show(sharing.list_shares(settings, action), as_json=as_json, settings=settings)


@plan.command(
    "support", help=marked("列出计划 ACTION 请派出所协助的停留、答复情况和不能协助时的安排。")
)
@click.argument("action")
@json_option
@click.pass_obj
def plan_support(settings: Settings, action: str, as_json: bool) -> None:
    """Run ``fieldwrit plan support``."""
    from web.steps import supporting

    show(supporting.list_support(settings, action), as_json=as_json, settings=settings)


@plan.command("unshare", help=marked("结束派出所 STATION 对计划 ACTION 的共享，记入审计。"))
@click.argument("action")
@click.argument("station")
@person_option(marked("办理人的用户名（指挥员）"))
@json_option
@click.pass_obj
def plan_unshare(
    settings: Settings, action: str, station: str, person: Person, as_json: bool
) -> None:
    """Run ``fieldwrit plan unshare``."""
    from web.steps import sharing

    show(
        sharing.end_share(settings, action, station, person=person),
        as_json=as_json,
        settings=settings,
    )
