"""Campaigns as tables for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from unicodedata import east_asian_width

import click

from web.config import Settings
from web.i18n import marked, translator
from web.labels import LABELS

__all__ = ["show_campaigns", "table_lines"]

_WEEK = (
    marked("周（首日）"),
    marked("可用工时"),
    marked("急需工时"),
    marked("已排工时"),
    marked("超负荷工时"),
    marked("未排上人数"),
    marked("季节"),
)
_CAMPAIGN = (
    marked("日期"),
    marked("乡镇"),
    marked("类别"),
    marked("人数"),
    marked("预计找到"),
    marked("工时"),
    marked("等待的损失"),
    marked("最迟"),
)
_NEED = (
    marked("乡镇"),
    marked("类别"),
    marked("人数"),
    marked("预计找到"),
    marked("工时"),
    marked("已排人数"),
)


def show_campaigns(result: dict[str, Any], *, settings: Settings) -> None:
    """Print weeks, campaign days and needs as tables, then the notes."""
    say = translator(settings.language)
    kinds = {code: text.render(say) for code, text in LABELS["campaign_kind"].items()}
    unknown = say(marked("未知乡镇"))
    tables: tuple[tuple[Sequence[str], list[list[object]]], ...] = (
        (
            _WEEK,
            [
                [
                    one["week"],
                    one["capacity_h"],
                    one["pressing_h"],
                    one["planned_h"],
                    one["overload_h"],
                    one["left_waiting"],
                    " ".join(one["seasons"]),
                ]
                for one in result["weeks"]
            ],
        ),
        (
            _CAMPAIGN,
            [
                [
                    one["day"],
                    one["name"] or unknown,
                    kinds[one["kind"]],
                    one["debtors"],
                    one["expected_found"],
                    one["hours"],
                    one["lost_by_waiting"],
                    one["limit"] or "",
                ]
                for one in result["campaigns"]
            ],
        ),
        (
            _NEED,
            [
                [
                    one["name"] or unknown,
                    kinds[one["kind"]],
                    one["debtors"],
                    one["expected_found"],
                    say(marked("不可到达")) if one["hours"] is None else one["hours"],
                    one["planned"],
                ]
                for one in result["needs"]
            ],
        ),
    )
    for heads, rows in tables:
        for line in table_lines([say(head) for head in heads], rows):
            click.echo(line)
        click.echo()
    for note in result["notes"]:
        click.echo(note)


def table_lines(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return a table as lines; a Chinese character is as wide as two others.

    Examples
    --------
    >>> table_lines(["乡镇", "n"], [["a", 12]])
    ['乡镇  n', 'a     12']
    """
    texts = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*texts, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in texts
    ]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)
