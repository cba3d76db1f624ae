"""Spreadsheets in the columns that the importers know."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from data.files import write_atomically
from data.imports.columns import TableKind, columns_of

__all__ = ["Cell", "write_table"]

Cell = str | float | int | date | datetime | None

_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def write_table(
    path: Path,
    kind: TableKind,
    rows: Iterable[Mapping[str, Cell]],
    *,
    as_of: date,
    addresses: int = 1,
) -> None:
    """Write one workbook; keys of a row are those of the table's columns.

    The bytes depend on the rows and on ``as_of`` only.

    Parameters
    ----------
    path
        File to write.
    kind
        Table whose headers are written.
    rows
        One mapping a row; a missing key leaves the cell empty.
    as_of
        Day that the workbook says it was made on.
    addresses
        Sets of address columns of a case table.

    Raises
    ------
    StoreFullError, ExportError
        If the file cannot be written; an older one stays as it was.
    """
    columns = columns_of(kind, addresses=addresses)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        wide = 32 if column.key.startswith("address_text") else 14
        sheet.column_dimensions[get_column_letter(number)].width = wide
    head = []
    for column in columns:
        cell = WriteOnlyCell(sheet, column.header)
        cell.font = Font(bold=True)
        head.append(cell)
    sheet.append(head)
    for row in rows:
        sheet.append([row.get(column.key) for column in columns])
    made = io.BytesIO()
    book.save(made)
    with write_atomically(path) as file:
        file.write(_repacked(made, datetime(as_of.year, as_of.month, as_of.day)))  # noqa: DTZ001


def _repacked(made: io.BytesIO, moment: datetime) -> bytes:
    """Give every part of the package the same date, so that equal rows are equal bytes."""
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + stamp, content)
            part = zipfile.ZipInfo(name, moment.timetuple()[:6])
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, content, compresslevel=4)
    return packed.getvalue()
