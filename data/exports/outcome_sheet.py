"""A plan's visits as a table to write their outcomes into, on paper or in the file itself.

It has the columns that ``fieldwrit import outcomes`` takes: what is known stands in it, what a
visit brings is empty.
"""

from __future__ import annotations

from datetime import date

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from data.exports.model import PlanSheet, RouteSheet, StopSheet
from data.exports.workbook import add_table, book_bytes, empty_book
from data.imports.columns import CHOICES, TableKind, columns_of
from data.templates import TABLE_NAMES
from routes.planning.problem import StopKind

__all__ = ["render"]

_COLUMNS = columns_of(TableKind.OUTCOMES)
_BY_HAND_WIDTHS = {"at": 12, "outcome": 16, "officers": 18, "note": 40}


def render(sheet: PlanSheet) -> bytes:
    """Return an xlsx workbook with a row for each visit, to be printed on sheets that lie."""
    book = empty_book(sheet)
    visits = [
        _row(route, stop)
        for route in sheet.routes
        for stop in route.stops
        if stop.kind is StopKind.VISIT
    ]
    page = add_table(
        book,
        sheet.mark,
        TABLE_NAMES[TableKind.OUTCOMES],
        [column.header for column in _COLUMNS],
        visits,
    )
    words = DataValidation(
        type="list", formula1=f'"{",".join(CHOICES["outcome"])}"', allow_blank=True
    )
    for index, column in enumerate(_COLUMNS, start=1):
        letter = get_column_letter(index)
        if column.key in _BY_HAND_WIDTHS:
            page.column_dimensions[letter].width = _BY_HAND_WIDTHS[column.key]
            for row in range(page.max_row - len(visits) + 1, page.max_row + 1):
                page[f"{letter}{row}"].number_format = "@"  # what is typed stays as it is typed
        if column.key == "outcome":
            words.add(f"{letter}1:{letter}{page.max_row}")
    page.add_data_validation(words)
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    assert page.oddFooter is not None
    page.oddFooter.left.text = "、".join(CHOICES["outcome"])
    return book_bytes(book)


def _row(route: RouteSheet, stop: StopSheet) -> tuple[str | date, ...]:
    known: dict[str, str | date] = {
        "number": stop.case_number,
        "debtor_name": stop.debtor,
        "address_text": stop.address,
        "claim": stop.claim,
        "team": route.team_name,
        "day": route.day,
    }
    return tuple(known.get(column.key, "") for column in _COLUMNS)
