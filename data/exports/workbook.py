"""A plan as a workbook: a sheet of stops, one of what was left out, one of findings."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from data.exports.describe import finding_line
from data.exports.model import PlanSheet, RouteSheet, StopSheet
from data.formula_signs import FORMULA_STARTS

__all__ = ["add_table", "book_bytes", "empty_book", "put_text", "render"]

_MAX_CELL_LENGTH = 32_767
_ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # Excel takes _x0041_ for an A
_MIN_WIDTH, _MAX_WIDTH = 8, 48

_Value = str | int | float | date | time


def render(sheet: PlanSheet) -> bytes:
    """Return an xlsx workbook in which every text stays text."""
    book = empty_book(sheet)
    add_table(
        book,
        sheet.mark,
        sheet.word("stops"),
        [sheet.word(key) for key in _STOP_COLUMNS] + [sheet.datum_text],
        (_stop_row(route, stop) for route in sheet.routes for stop in route.stops),
    )
    add_table(
        book,
        sheet.mark,
        sheet.word("unassigned"),
        [sheet.word(key) for key in ("ref", "reason", "detail")],
        ((item.ref, item.reason, item.detail) for item in sheet.unassigned),
    )
    add_table(
        book,
        sheet.mark,
        sheet.word("findings"),
        [sheet.word(key) for key in ("rule", "verdict", "text", "citation")],
        ((f.rule, f.verdict, f.text, f.citation) for f in sheet.findings),
    )
    return book_bytes(book)


def empty_book(sheet: PlanSheet) -> Workbook:
    """Return a workbook without pages that says what it is of, and when that was made."""
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    book.properties.title = sheet.title
    book.properties.creator = "Fieldwrit"
    book.properties.created = sheet.made_at.replace(tzinfo=None)
    book.properties.modified = sheet.made_at.replace(tzinfo=None)
    return book


def book_bytes(book: Workbook) -> bytes:
    """Return the file of a workbook."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_STOP_COLUMNS = (
    "day",
    "team",
    "number",
    "kind",
    "arrival",
    "start",
    "departure",
    "title",
    "case_number",
    "debtor",
    "address",
    "escort",
    "documents",
    "hazards",
    "findings",
    "ref",
    "lon",
    "lat",
    "navigation",
)


class _Link(str):
    """A text that opens what it names."""

    __slots__ = ()


def _stop_row(route: RouteSheet, stop: StopSheet) -> tuple[_Value, ...]:
    return (
        route.day,
        route.team_name,
        "" if stop.number is None else stop.number,
        stop.kind_text,
        _naive(stop.arrival),
        _naive(stop.start),
        _naive(stop.departure),
        stop.title,
        stop.case_number,
        stop.debtor,
        stop.address,
        stop.escort_station,
        "、".join(stop.documents),
        "；".join(stop.hazards),
        "\n".join(map(finding_line, stop.findings)),
        stop.ref,
        stop.lon,
        stop.lat,
        _Link(stop.link),
    )


def _naive(moment: datetime) -> datetime:
    """Drop the zone, which a workbook cannot hold; the hours stay those of Asia/Shanghai."""
    return moment.replace(tzinfo=None)


def add_table(
    book: Workbook,
    mark: str,
    name: str,
    header: Sequence[str],
    rows: Iterable[Sequence[_Value]],
) -> Worksheet:
    """Add a sheet; a mark stands in a row of its own above the header, and on printed pages."""
    page: Worksheet = book.create_sheet(name)
    top = 1
    if mark:
        put_text(page.cell(1, 1), mark)
        page.cell(1, 1).font = Font(bold=True, color="9B1C1C")
        assert page.oddHeader is not None
        page.oddHeader.center.text = mark.replace("&", "&&")
        top = 2
    widths = [_shown_width(text) for text in header]
    for column, text in enumerate(header, start=1):
        cell = page.cell(top, column)
        put_text(cell, text)
        cell.font = Font(bold=True)
    for number, row in enumerate(rows, start=top + 1):
        for column, value in enumerate(row, start=1):
            cell = page.cell(number, column)
            if value == "":
                continue
            if isinstance(value, str):
                put_text(cell, value)
                if isinstance(value, _Link):
                    cell.hyperlink = str(value)
                widths[column - 1] = max(widths[column - 1], _shown_width(value))
            else:
                cell.value = value
                if isinstance(value, datetime):
                    cell.number_format = "yyyy-mm-dd hh:mm"
                    widths[column - 1] = max(widths[column - 1], 17)
                elif isinstance(value, date):
                    cell.number_format = "yyyy-mm-dd"
                    widths[column - 1] = max(widths[column - 1], 11)
    for column, width in enumerate(widths, start=1):
        letter = get_column_letter(column)
        page.column_dimensions[letter].width = min(max(width + 2, _MIN_WIDTH), _MAX_WIDTH)
    page.freeze_panes = f"A{top + 1}"
    page.auto_filter.ref = f"A{top}:{get_column_letter(len(header))}{page.max_row}"
    return page


def _shown_width(text: str) -> int:
    """Return the width in Latin characters of the longest line; a Chinese one counts twice."""
    return max(
        (sum(2 if c > "\u2e7f" else 1 for c in line) for line in text.split("\n")), default=0
    )


def put_text(cell: Cell | MergedCell, text: str) -> None:
    """Put ``text`` into a cell as text, whatever it begins with.

    The cell's type is string, never formula, and one that begins like a formula carries the
    quote prefix, so that it stays text when someone edits the cell or saves it elsewhere.
    """
    plain = ILLEGAL_CHARACTERS_RE.sub("", text)[:_MAX_CELL_LENGTH]
    cell.value = _ESCAPE_LIKE.sub("_x005F_", plain)
    cell.data_type = "s"
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    if "\n" in text:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
