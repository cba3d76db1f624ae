from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.imports.cells import Cell
from data.imports.columns import CHOICES, Column
from data.imports.sheet_marks import BadCell
from data.imports.values import CellError, read_value, split_list
from geo.localtime import LOCAL_ZONE

DAY = date(2026, 3, 12)
MOMENT = datetime(2026, 5, 6, 7, 20, tzinfo=LOCAL_ZONE)


def read(cell: Cell, kind: str, choices: str = "") -> Any:
    return read_value(cell, Column("x", "列", kind, choices=choices))


@pytest.mark.parametrize(
    "cell",
    [
        DAY,
        datetime(2026, 3, 12),  # noqa: DTZ001 - as a workbook gives it
        "2026-03-12",
        "2026/3/12",
        "2026.3.12",
        "2026年3月12日",
        "2026 年 3 月 12 日",
        "２０２６－０３－１２",
        "20260312",
        20260312,
        20260312.0,
        "2026-03-12 00:00:00",
        "2026/3/12 0:00",
        "2026-03-12T00:00:00",
        46093,
        46093.0,
    ],
)
def test_dates(cell: Cell) -> None:
    assert read(cell, "date") == DAY


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("2026-02-30", "没有这一天"),
        ("2026-13-01", "没有这一天"),
        ("26-3-12", "无法识别"),
        ("3月12日", "无法识别"),
        ("昨天", "无法识别"),
        ("2026-03-12 08:30", "无法识别"),
        ("46093", "无法识别"),
        (1, "无法识别"),
        (90000, "无法识别"),
        ("0026-03-12", "1900"),
        (date(1800, 1, 1), "1900"),
        (True, "无法识别"),
    ],
)
def test_bad_dates(cell: Cell, told: str) -> None:
    with pytest.raises(CellError, match=told):
        read(cell, "date")


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_date_in_every_form(day: date) -> None:
    for text in (
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
    ):
        assert read(text, "date") == day


@pytest.mark.parametrize(
    "cell",
    [
        datetime(2026, 5, 6, 7, 19, 59, 999_990),  # noqa: DTZ001 - what a serial number becomes
        "2026-05-06 07:20",
        "2026/5/6 7:20:00",
        "2026年5月6日 7时20分",
        "2026年5月6日7点20分",
        "20260506 07:20",
        "2026-05-06T07:20:00",
        "2026-05-05T23:20:00Z",
        "2026-05-06T08:20+09:00",
        "2026-05-06T08:20:00+0900",
        datetime(2026, 5, 5, 23, 20, tzinfo=UTC),
    ],
)
def test_moments(cell: Cell) -> None:
    assert read(cell, "datetime") == MOMENT


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (DAY, "没有时刻"),
        ("2026-05-06", "没有时刻"),
        ("2026-05-06 25:00", "不是一天中的时刻"),
        ("2026-02-30 08:00", "没有这一天"),
        ("2026-05-06 早上", "无法识别"),
        ("07:20", "无法识别"),
    ],
)
def test_bad_moments(cell: Cell, told: str) -> None:
    with pytest.raises(CellError, match=told):
        read(cell, "datetime")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (5, 5.0),
        ("56,000.50", 56000.5),
        ("￥５６０００", 56000.0),
        ("5.6万", 56000.0),
        ("0.07万元", 700.0),
        ("1.2亿", 1.2e8),
        ("100元", 100.0),
        ("-3", -3.0),
        ("1e3", 1000.0),
    ],
)
def test_numbers(cell: Cell, value: float) -> None:
    assert read(cell, "number") == value


@pytest.mark.parametrize("cell", ["", "x", "1-2", "118°40′", float("inf"), "1e999", "万", DAY])
def test_no_numbers(cell: Cell) -> None:
    with pytest.raises(CellError):
        read(cell, "number")


def test_whole_numbers() -> None:
    assert read("3人", "integer") == 3
    assert read(3.0, "integer") == 3
    with pytest.raises(CellError, match="整数"):
        read(2.5, "integer")


@pytest.mark.parametrize(
    ("cell", "value"), [("是", True), ("√", True), (False, False), ("无", False)]
)
def test_yes_and_no(cell: Cell, value: bool) -> None:
    assert read(cell, "yesno") is value


def test_neither_yes_nor_no() -> None:
    with pytest.raises(CellError, match=r"是.*否"):
        read("也许", "yesno")


@pytest.mark.parametrize("choices", sorted(CHOICES))
def test_every_word_of_a_list_is_known_in_each_spelling(choices: str) -> None:
    for word, code in CHOICES[choices].items():
        for text in (word, f" {word} ", word.lower(), str(code)):
            assert read(text, "choice", choices) == code
    assert read("、".join(CHOICES[choices]), "choices", choices) == tuple(
        dict.fromkeys(str(code) for code in CHOICES[choices].values())
    )


def test_datums_are_known_with_hyphens() -> None:
    assert read("GCJ-02", "choice", "datum") == "gcj02"


def test_an_unknown_word_tells_the_known_ones_and_not_itself() -> None:
    with pytest.raises(CellError, match=r"火车站.*高速出口") as caught:
        read("林示例", "choice", "checkpoint_kind")
    assert "林示例" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("  中山路\n128号\t ", "中山路 128号"),
        (13.0, "13"),
        (1.5, "1.5"),
        (True, "是"),
        ("\ufeff甲\u200b乙", "甲乙"),
        ("=A1+1", "=A1+1"),
        ("-5", "-5"),
        ("@甲", "@甲"),
    ],
)
def test_texts(cell: Cell, value: str) -> None:
    assert read(cell, "text") == value


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (3.50504199001011e17, "长数字"),
        ("3.50504E+17", "科学计数"),
        (date(2026, 3, 12), "转成了日期"),
        (time(3, 12), "转成了日期"),
        (timedelta(hours=30), "转成了日期"),
        (BadCell.SHAPE, "不是一个点"),
        (BadCell.FORMULA, "没有计算结果"),
        (BadCell.ERROR, "公式错误"),
        ("甲" * 1001, "1000"),
    ],
)
def test_texts_that_are_no_texts(cell: Cell, told: str) -> None:
    with pytest.raises(CellError, match=told):
        read(cell, "text")


def test_lists_are_split_at_any_usual_mark() -> None:
    assert split_list("甲、乙，丙; 丁/戊|己,") == ("甲", "乙", "丙", "丁", "戊", "己")


@given(
    st.text(max_size=30),
    st.sampled_from(["text", "date", "datetime", "number", "integer", "yesno"]),
)
def test_any_text_is_a_value_or_a_cell_error(text: str, kind: str) -> None:
    with suppress(CellError):
        read(text, kind)
