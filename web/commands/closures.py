"""Commands over closures of roads: ``closures``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.model import Datum
from web.commands.options import FILE, Moment, json_option, source_datum_option, wrong_use
from web.commands.results import show
from web.config import Settings
from web.errors import WebError
from web.i18n import marked, translator

if TYPE_CHECKING:
    from web.closure_board import Effect

__all__ = ["closures"]

_DIRECTIONS = ("both", "along", "against")


@click.group(help=marked("道路封闭。"))
def closures() -> None:
    """Hold the commands of ``fieldwrit closures``."""


@closures.command(
    "add",
    help=marked("封闭 GeoJSON 文件 FILE 中的范围，或 --way 所指的道路，并说明影响。"),
)
@click.argument("source", metavar="FILE", type=FILE, required=False)
@click.option(
    "--way", "ways", type=int, multiple=True, help=marked("道路在 OpenStreetMap 的编号，可重复")
)
@click.option(
    "--direction",
    type=click.Choice(_DIRECTIONS),
    default="both",
    show_default=True,
    help=marked("--way 的封闭方向：双向、沿线、逆线"),
)
@click.option("--reason", required=True, help=marked("原因，如“桥梁维修”；请勿写入个人信息"))
@click.option(
    "--from", "begin", type=Moment(), help=marked('开始时间，如 "2026-12-01 06:00"，默认现在')
)
@click.option("--to", "end", type=Moment(), help=marked("结束时间，默认直到解除"))
@source_datum_option
@click.option(
    "--yes",
    "meant",
    is_flag=True,
    help=marked("不提问；封闭全区四分之一以上的道路时，脚本中必须给出"),
)
@json_option
@click.pass_obj
def closures_add(
    settings: Settings,
    source: Path | None,
    ways: tuple[int, ...],
    direction: str,
    reason: str,
    begin: datetime | None,
    end: datetime | None,
    datum: str | None,
    meant: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit closures add``."""
    from web.steps import closures as steps

    def approve(effect: Effect, notes: Sequence[str]) -> None:
        if not meant:
            _ask(settings, effect, notes)

    if source is None and not ways:
        raise wrong_use(settings, marked("请给出 GeoJSON 文件，或用 --way 指出道路"))
    result = steps.add_closure(
        settings,
        source,
        ways,
        reason=reason,
        begin=begin,
        end=end,
        direction=direction,
        datum=Datum(datum) if datum else Datum.WGS84,
        approve=approve,
    )
    show(result, as_json=as_json, settings=settings)


def _ask(settings: Settings, effect: Effect, notes: Sequence[str]) -> None:
    """Ask before much is closed or a place is cut off.

    Where nobody can answer, much is refused, and a place cut off is told with the result.

    Raises
    ------
    WebError
        If nobody can answer.
    click.Abort
        If the answer is no.
    """
    if not (effect.is_large or effect.cut_off):
        return
    if not sys.stdin.isatty():
        if effect.is_large:
            raise WebError(
                "这次封闭涉及全区 %(share).0f%% 的道路，未保存；核对范围后加 --yes 重新运行",
                share=100.0 * effect.share,
            )
        return
    for note in notes:
        click.echo(note, err=True)
    question = translator(settings.language)(marked("确认封闭？"))
    click.confirm(question, abort=True, err=True)


@closures.command("list", help=marked("列出生效中与将生效的封闭。"))
@click.option("--all", "every", is_flag=True, help=marked("连同已结束和已解除的"))
@json_option
@click.pass_obj
def closures_list(settings: Settings, every: bool, as_json: bool) -> None:
    """Run ``fieldwrit closures list``."""
    from web.steps import closures as steps

    show(steps.list_closures(settings, every=every), as_json=as_json, settings=settings)


@closures.command("lift", help=marked("解除封闭 CLOSURE（编号见 closures list）。"))
@click.argument("closure")
@json_option
@click.pass_obj
def closures_lift(settings: Settings, closure: str, as_json: bool) -> None:
    """Run ``fieldwrit closures lift``."""
    from web.steps import closures as steps

    show(steps.lift_closure(settings, closure), as_json=as_json, settings=settings)
