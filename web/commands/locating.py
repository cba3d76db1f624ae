"""Commands over the locating model, ``fieldwrit locating``: what is believed, learned and asked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from web.commands.options import Day, json_option, wrong_use
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

if TYPE_CHECKING:
    from web.steps.locating import Proposal

__all__ = ["locating"]

_CHECKS = ("liaison", "lease_register", "telephone")
_ANSWERS = ("yes", "no", "unknown")
_FILE_WIDTH = 140  # where a table does not go to a terminal


@click.group(help=marked("被执行人可能在何处、何时，以及由走访结果学习。"))
def locating() -> None:
    """Hold the commands of ``fieldwrit locating``."""


@locating.command(
    "explain", help=marked("说明案件 CASE（案号）各地址的概率、各时段找到的概率及其依据。")
)
@click.argument("case")
@click.option("--day", type=Day(), help=marked("另说明这一天走访一次找到的概率"))
@json_option
@click.pass_obj
def locating_explain(settings: Settings, case: str, day: date | str | None, as_json: bool) -> None:
    """Run ``fieldwrit locating explain``."""
    from web.steps import locating as steps

    if isinstance(day, str):
        raise wrong_use(settings, marked("请给出日期，如 2026-12-01"))
    result = steps.explain_case(settings, case, day=day)
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    say = translator(settings.language)
    head = say(marked("被执行人 %(debtor)s：不在任何已知地址的概率 %(elsewhere).2f"))
    line = say(marked("%(claim)s（%(source)s，%(kind)s）：属实的概率 %(p_place).2f"))
    found = say(marked("工作日找到的概率（区间）：%(bands)s"))
    one = "%(band)s %(p).2f (%(low).2f–%(high).2f)"
    for debtor in result["debtors"]:
        click.echo(head % debtor)
        for address in debtor["addresses"]:
            click.echo("  " + line % address)
            bands = "  ".join(one % each for each in address["found"])
            click.echo("    " + found % {"bands": bands})
            for sentence in (*address["evidence"], *address["hours"], *address["visits"]):
                click.echo(f"    {sentence}")


@locating.command(
    "learn", help=marked("由走访结果学习定位参数并列出变化；--apply 采用，--drop 停用。")
)
@click.option("--apply", "wanted", is_flag=True, help=marked("看过之后采用，须确认"))
@click.option("--yes", "fingerprint", help=marked("不提问；给出所看过的学习结果的编号"))
@click.option("--drop", is_flag=True, help=marked("停用在用的学习结果"))
@click.option("--all", "everything", is_flag=True, help=marked("也列出变化很小的参数"))
@json_option
@click.pass_obj
def locating_learn(
    settings: Settings,
    wanted: bool,
    fingerprint: str | None,
    drop: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit locating learn``."""
    from web.progress import stage
    from web.steps import locating as steps
    from web.wiring import Court, using

    if (drop and wanted) or (fingerprint is not None and not wanted):
        raise wrong_use(settings, marked("--yes 须与 --apply 同用；--apply 与 --drop 不能同用"))
    with using(Court(settings)) as court:
        if drop:
            show(steps.drop(court), as_json=as_json, settings=settings)
            return
        with stage(settings, marked("由走访结果学习")) as listener:
            proposal = steps.propose(court, listener=listener)
        if fingerprint is None:
            _print(proposal, settings, as_json=as_json, everything=everything)
            if not wanted or proposal.fit.visits == 0:
                return
            question = translator(settings.language)(marked("采用学习所得的参数？"))
            click.confirm(question, abort=True, err=True)
            fingerprint = proposal.fit.fingerprint
        result = steps.apply(court, proposal, fingerprint)
    show(result, as_json=as_json, settings=settings)


@locating.command(
    "history",
    help=marked("列出采用过的学习结果；给出编号 FIT 则列出它所改的参数，旧版本的模型学得的亦同。"),
)
@click.argument("fit", required=False)
@json_option
@click.pass_obj
def locating_history(settings: Settings, fit: str | None, as_json: bool) -> None:
    """Run ``fieldwrit locating history``."""
    from web.steps.learned_numbers import CHANGE_HEADS, change_lines
    from web.steps.locating_history import HISTORY_HEADS, fits_in_use
    from web.wiring import Court, using

    say = translator(settings.language)
    with using(Court(settings)) as court:
        held = fits_in_use(court, fit)
    if as_json:
        heads = ("fit", "state", "applied_at", "ended_at", "visits")
        facts = {
            "fits": [dict(zip(heads, line, strict=True)) for line in held.lines(say)],
            "changes": [asdict(change) for change in held.changes],
        }
        show(facts, as_json=True, settings=settings)
        return
    _table([head.render(say) for head in HISTORY_HEADS], held.lines(say))
    if held.changes:
        _table([head.render(say) for head in CHANGE_HEADS], change_lines(held.changes, say))


@locating.command(
    "answer",
    help=marked(
        "登记对案件 CASE（案号）一个地址的核实答复，或撤回一条；不给出选项则列出已登记的答复。"
    ),
)
@click.argument("case")
@click.option("--address", type=click.IntRange(1), help=marked("地址的序号，同案件页"))
@click.option("--check", "asked", type=click.Choice(_CHECKS), help=marked("核实方式"))
@click.option("--answer", "told", type=click.Choice(_ANSWERS), help=marked("是否在此"))
@click.option("--day", type=Day(), help=marked("答复的日期；不给出则为今天"))
@click.option("--withdraw", "answer_id", help=marked("撤回这一编号的答复"))
@json_option
@click.pass_obj
def locating_answer(
    settings: Settings,
    case: str,
    address: int | None,
    asked: str | None,
    told: str | None,
    day: date | str | None,
    answer_id: str | None,
    as_json: bool,
) -> None:
    """Run ``fieldwrit locating answer``."""
    from web.steps import check_answers as steps

    if isinstance(day, str):
        raise wrong_use(settings, marked("请给出日期，如 2026-12-01"))
    given = [one for one in (address, asked, told) if one is not None]
    if answer_id is not None and not given:
        steps.withdraw(settings, case, answer_id)
    elif address is not None and asked is not None and told is not None and answer_id is None:
        steps.add(settings, case, address, asked, told, day=day)
    elif given or answer_id is not None:
        raise wrong_use(
            settings, marked("--address、--check、--answer 须一并给出，不与 --withdraw 同用")
        )
    result = steps.listed(settings, case)
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    say = translator(settings.language)
    line = say(marked("%(answer_id)s  地址 %(address)d，%(check)s：%(answer)s（%(day)s）"))
    for one in result["answers"]:
        click.echo(line % one + (f"  {say(marked('已撤回'))}" if one["withdrawn"] else ""))


@locating.command(
    "next",
    help=marked("先核实什么、先走访谁：案件 CASE（案号；不给出则为全部未结案件），最值得的在前。"),
)
@click.argument("case", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help=marked("最多列出的被执行人"),
)
@json_option
@click.pass_obj
def locating_next(settings: Settings, case: str | None, limit: int, as_json: bool) -> None:
    """Run ``fieldwrit locating next``."""
    from web.steps import locating as steps

    result = steps.what_next(settings, case, limit=limit)
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    say = translator(settings.language)
    for number, step in enumerate(result["steps"], start=1):
        click.echo(f"{number}. {step['case']}  {step['text']}")
        for other in step["others"]:
            click.echo(f"     {other}")
    text = say(
        marked("按 %(day)s 的合法时段；考虑 %(debtors)d 名，另有 %(forbidden)d 名依规则不得走访")
    )
    click.echo(text % result)


@locating.command(
    "check", help=marked("以本院的走访结果检验找到概率是否可靠：每次走访只用此前已知的情况预测。")
)
@click.option("--since", type=Day(), help=marked("走访的起始日期，默认全部"))
@click.option("--by-township", is_flag=True, help=marked("另按乡镇列出"))
@json_option
@click.pass_obj
def locating_check(
    settings: Settings, since: date | str | None, by_township: bool, as_json: bool
) -> None:
    """Run ``fieldwrit locating check``."""
    from web.progress import stage
    from web.steps.reliability import check_reliability

    if isinstance(since, str):
        raise wrong_use(settings, marked("请给出日期，如 2026-12-01"))
    with stage(settings, marked("逐次预测走访结果")) as listener:
        result = check_reliability(
            settings, since=since, by_township=by_township, listener=listener
        )
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    _print_scores(result["groups"], settings)
    for note in result["notes"]:
        click.echo(note)


@locating.command("fairness", help=marked("比较各乡镇、各类案件的走访率和找到率，供人审阅。"))
@click.option("--since", type=Day(), help=marked("走访的起始日期，默认一年前"))
@json_option
@click.pass_obj
def locating_fairness(settings: Settings, since: date | str | None, as_json: bool) -> None:
    """Run ``fieldwrit locating fairness``."""
    from web.steps import locating as steps

    if isinstance(since, str):
        raise wrong_use(settings, marked("请给出日期，如 2026-12-01"))
    result = steps.compare_groups(settings, since=since)
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    say = translator(settings.language)
    heads = [
        marked("组别"),
        marked("被执行人"),
        marked("走访过"),
        marked("找到过"),
        marked("走访次数"),
        marked("走访率"),
        marked("可信区间"),
        marked("其余的走访率"),
        marked("有别"),
    ]
    lines = [
        [
            row["group"],
            *(str(row[name]) for name in ("debtors", "visited", "met", "visits")),
            f"{row['rate']:.0%}",
            f"{row['low']:.0%}–{row['high']:.0%}",
            "—" if row["others"] is None else f"{row['others']:.0%}",
            say(marked("是")) if row["apart"] else "",
        ]
        for row in result["groups"]
    ]
    _table([say(head) for head in heads], lines)
    click.echo(say(marked("%(since)s 以来的走访。“有别”只表示值得查看，不是结论。")) % result)


def _print(proposal: Proposal, settings: Settings, *, as_json: bool, everything: bool) -> None:
    """Show what would change, on standard output."""
    from web.steps.learned_numbers import CHANGE_HEADS, change_lines, is_notable

    say = translator(settings.language)
    learned, held = proposal.fit, proposal.in_use
    changes = learned.changes()
    facts: dict[str, Any] = {
        "fit": learned.fingerprint,
        "fit_in_use": held.fingerprint if held else None,
        "learned_visits": learned.visits,
        "learned_debtors": learned.debtors,
        "notes": [note.render(say) for note in proposal.notes()],
    }
    if as_json:
        rows = [asdict(change) for change in changes]
        show({**facts, "changes": rows}, as_json=True, settings=settings)
        return
    shown = [change for change in changes if everything or is_notable(change)]
    if shown:
        _table([head.render(say) for head in CHANGE_HEADS], change_lines(shown, say))
    if len(shown) < len(changes):
        rest = say(marked("另有 %(count)d 项参数变化很小；用 --all 全部列出"))
        click.echo(rest % {"count": len(changes) - len(shown)})
    facts["fit_in_use"] = facts["fit_in_use"] or say(marked("无"))
    show(facts, as_json=False, settings=settings)


def _print_scores(groups: list[dict[str, Any]], settings: Settings) -> None:
    """Show the scores of each group, then the reliability tables."""
    say = translator(settings.language)
    few = say(marked("结果太少"))
    heads = [
        marked("组别"),
        marked("走访次数"),
        marked("平均预测"),
        marked("找到的比例"),
        marked("布里尔评分"),
        marked("只按比例预测"),
        marked("对数损失"),
        marked("校准误差"),
    ]
    names = ("brier", "brier_of_share", "log_loss", "calibration_error")
    lines, bins = [], []
    for group in groups:
        line, scores = [group["group"], str(group["count"])], group["scores"]
        if scores is None:
            lines.append([*line, few, *("" for _ in heads[3:])])
            continue
        shares = (f"{scores[name]:.1%}" for name in ("mean", "share"))
        lines.append([*line, *shares, *(f"{scores[name]:.4f}" for name in names)])
        bins += [
            [
                group["group"],
                str(one["count"]),
                f"{one['mean']:.1%}",
                f"{one['share']:.1%}",
                f"{one['low']:.1%}–{one['high']:.1%}",
            ]
            for one in scores["bins"]
        ]
    _table([say(head) for head in heads], lines)
    if bins:
        _table([say(head) for head in (*heads[:4], marked("可信区间"))], bins)


def _table(heads: list[str], lines: list[list[str]]) -> None:
    """Print a table; the first column is words, the others numbers."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", overflow="fold")
    for line in lines:
        table.add_row(*line)
    console = Console()
    if not console.is_terminal:
        console.width = _FILE_WIDTH
    console.print(table)
