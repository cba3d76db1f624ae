"""A table of addresses in, the same table with positions out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from data.exports.workbook import put_text
from data.files import write_atomically
from data.imports.readers import BadCell, Cell, Table, read_table
from geo.model import Geocode
from web.clock import system_clock
from web.config import Settings
from web.errors import TableError
from web.i18n import Translate, marked, translator
from web.progress import stage
from web.wiring import Court, using

__all__ = ["geocode_table"]

_ADDRESS = "地址"
_ADDED = ("经度", "纬度", "精度", "可信度", "匹配", "说明", "乡镇代码", "网格代码")
_CHUNK = 500


def geocode_table(
    settings: Settings, source: Path, target: Path, *, court: Court | None = None
) -> dict[str, Any]:
    """Locate each address of a table and write the table with positions beside it.

    Every row of the source is in the result, its own columns unchanged. Positions are WGS84;
    a row that was not located has none.

    Parameters
    ----------
    source
        Workbook or text table with a column 地址.
    target
        ``.csv`` (UTF-8 with mark, as spreadsheet programs expect) or ``.xlsx``.

    Raises
    ------
    TableError
        If the column is missing or the target is of another kind; nothing is written.
    """
    if target.suffix.lower() not in (".csv", ".xlsx"):
        raise TableError("结果文件 %(file)s 的类型不支持，请用 .csv 或 .xlsx", file=target.name)
    table = read_table(source, known=(_ADDRESS,))
    if _ADDRESS not in table.header:
        raise TableError(
            "文件 %(file)s 没有“%(column)s”列；请把地址所在列的表头改为“%(column)s”",
            file=table.file,
            column=_ADDRESS,
        )
    column = table.header.index(_ADDRESS)
    texts = [_text(row.cells[column]) if column < len(row.cells) else "" for row in table.rows]
    say = translator(settings.language)
    answers: list[Geocode] = []
    with (
        using(court or Court(settings, clock=system_clock)) as opened,
        stage(settings, marked("定位")) as listener,
    ):
        for begin in range(0, len(texts), _CHUNK):
            answers += opened.geocoder.geocode_many(texts[begin : begin + _CHUNK], limit=1)
            listener(len(answers), len(texts))
        opened.store.audit.append("cli", "table.geocode", "table:-", {"rows": len(texts)})
    rows = [
        [*map(_text, _padded(row.cells, len(table.header))), *_position(answer, say)]
        for row, answer in zip(table.rows, answers, strict=True)
    ]
    content = _csv(table, rows) if target.suffix.lower() == ".csv" else _workbook(table, rows)
    with write_atomically(target) as file:
        file.write(content)
    located = sum(answer.best is not None for answer in answers)
    return {"rows": len(rows), "geocoded": located, "output": str(target)}


def _padded(cells: Sequence[Cell], width: int) -> list[Cell]:
    return [*cells[:width], *[""] * (width - len(cells))]


def _text(cell: Cell) -> str:
    """Return a cell as text; numbers that stand for whole ones lose their point."""
    if isinstance(cell, BadCell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _position(answer: Geocode, say: Translate) -> list[str | float]:
    best = answer.best
    if best is None:
        return ["", "", say(marked("未找到")), "", "", "", "", ""]
    return [
        round(best.point.lon, 6),
        round(best.point.lat, 6),
        best.precision.value,
        round(best.confidence, 3),
        best.label,
        best.reason.render(say),
        best.township_code or "",
        best.grid_code or "",
    ]


def _csv(table: Table, rows: list[list[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([*table.header, *_ADDED])
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")


def _workbook(table: Table, rows: list[list[Any]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for number, row in enumerate([[*table.header, *_ADDED], *rows], start=1):
        for position, value in enumerate(row, start=1):
            cell = sheet.cell(number, position)
            if isinstance(value, str):
                put_text(cell, value)
            else:
                cell.value = value
    sheet.freeze_panes = "A2"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
