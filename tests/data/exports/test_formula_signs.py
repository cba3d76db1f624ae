"""Texts that begin like a formula, in half width or full, stay texts in every table."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from data.exports.workbook import put_text
from data.streams.model import AddedColumn, ColumnKind
from data.streams.targets import TARGETS, Output

STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\n")


@pytest.mark.parametrize("start", STARTS)
def test_an_added_text_carries_a_quote(tmp_path: Path, start: str) -> None:
    output = Output("a.csv", "a", ("编号",), (ColumnKind.TEXT,), (AddedColumn("说明"),), None, 2)
    TARGETS[".csv"](tmp_path / "a.csv", output, [(("1",), (f"{start}1+1",))])
    text = (tmp_path / "a.csv").read_text("utf-8-sig")
    assert f"'{start}1+1" in text


@pytest.mark.parametrize("start", STARTS)
def test_a_cell_of_a_workbook_carries_the_mark(start: str) -> None:
    page = openpyxl.Workbook().active
    assert page is not None
    cell = page.cell(1, 1)
    put_text(cell, f"{start}1+1")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
