"""Tables as files that an import takes back: csv, and workbooks in which every text stays text."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from data.formula_signs import FORMULA_LIKE

__all__ = ["TableValue", "plain_text", "write_book", "write_csv"]

TableValue = str | float | date
"""What a cell may hold."""

_FIRST_SERIAL = date(1900, 3, 1)  # spreadsheets believe in 29 February 1900


def plain_text(value: TableValue) -> str:
    """Return the text of a cell."""
    return value.isoformat() if isinstance(value, date) else str(value)


def write_csv(path: Path, headers: Sequence[str], rows: Sequence[Mapping[str, TableValue]]) -> None:
    """Write UTF-8 with mark; what begins like a formula carries a quote, which imports take off."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        for row in rows:
            texts = [plain_text(row.get(header, "")) for header in headers]
            writer.writerow([f"'{one}" if FORMULA_LIKE.match(one) else one for one in texts])


def write_book(
    path: Path, title: str, headers: Sequence[str], rows: Sequence[Mapping[str, TableValue]]
) -> None:
    """Write one sheet in which every text stays text; half-written parts lie beside it."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder})
        page = book.add_worksheet(title)
        page.freeze_panes(1, 0)
        text, day = (
            book.add_format({"num_format": "@"}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        for number, row in enumerate([dict(zip(headers, headers, strict=True)), *rows]):
            for column, header in enumerate(headers):
                value = row.get(header, "")
                if value == "":
                    continue
                if isinstance(value, float) and float(f"{value:.16G}") == value:
                    page.write_number(number, column, value)
                elif isinstance(value, date) and value >= _FIRST_SERIAL:
                    page.write_datetime(number, column, value, day)
                else:
                    plain = plain_text(value)
                    style = quoted if FORMULA_LIKE.match(plain) else text
                    page.write_string(number, column, plain, style)
        try:
            book.close()
        except XlsxWriterException as error:
            if isinstance(error.__context__, OSError):
                raise error.__context__ from error
            raise
