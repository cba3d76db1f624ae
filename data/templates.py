"""Empty workbooks, one for each kind of table, with the columns that the importers take."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from data.files import staged_path
from data.imports.columns import CHOICES, NONE_FOUND, NOT_ASKED, Column, TableKind, columns_of

__all__ = ["TABLE_NAMES", "template", "write_templates"]

TABLE_NAMES: dict[TableKind, str] = {
    TableKind.CASES: "案件",
    TableKind.STATIONS: "派出所",
    TableKind.CHECKPOINTS: "查控点",
    TableKind.TEAMS: "执行小组",
    TableKind.DUTIES: "勤务",
    TableKind.LIAISONS: "联络员",
    TableKind.OUTCOMES: "走访结果",
    TableKind.LEADS: "线索",
    TableKind.GAZETTEER: "地名",
    TableKind.CALENDAR: "日历",
    TableKind.PROPERTY: "查控反馈",
}
"""Names of the tables, as the sheets of the templates carry them."""

_ADDRESSES = 3
_LAST_ROW = 5000
_MAX_LIST = 255  # characters that a list of a data validation may have
_REQUIRED = PatternFill("solid", fgColor="FFF2CC")
_OPTIONAL = PatternFill("solid", fgColor="E7EEF7")
_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "number": "General"}
_WIDTHS = {
    "date": 14,
    "datetime": 18,
    "clock": 18,
    "number": 13,
    "integer": 9,
    "yesno": 12,
    "weekly": 40,
    "instalments": 40,
}
_HINTS = {
    "text": "文字",
    "date": "日期，如 2026-03-12",
    "datetime": "日期和时刻，如 2026-05-06 07:20",
    "clock": "时刻，如 07:20（另填日期），或 2026-05-06 07:20",
    "number": "数字",
    "integer": "整数",
    "longitude": "十进制度，如 118.6758；也可写 118°40′32.9″E",
    "latitude": "十进制度，如 24.8739；也可写 24°52′26.0″N",
    "yesno": "是或否",
    "choice": "填写其一：",
    "choices": "可填几项，用顿号分开：",
    "weekly": "每周时段，如“周一至周五 08:30-17:30 2人；周六 09:00-11:00”",
    "instalments": "各期到期日，已收的注明收到日，如“2026-10-31已收2026-10-30、2026-11-30”",
}


def write_templates(folder: Path) -> tuple[Path, ...]:
    """Write the template workbooks that are not there yet.

    Parameters
    ----------
    folder
        Made if it is missing. A workbook that is there is kept: someone may have filled it in.

    Returns
    -------
    tuple of Path
        The workbooks that were written, named after their kind, such as ``cases.xlsx``.

    Raises
    ------
    StoreFullError, ExportError
        If a file cannot be written; it is then whole or missing.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for kind in TableKind:
        path = folder / f"{kind.value}.xlsx"
        if not path.exists():
            with staged_path(path) as staged:
                template(kind).save(staged)
            written.append(path)
    return tuple(written)


def template(kind: TableKind) -> Workbook:
    """Return an empty workbook for a kind of table: a sheet to fill in, and one that explains."""
    book = Workbook()
    columns = columns_of(kind, addresses=_ADDRESSES)
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = TABLE_NAMES[kind]
    sheet.freeze_panes = "A2"
    for index, column in enumerate(columns, start=1):
        _add_column(sheet, index, column)
    _explain(book.create_sheet("填写说明"), columns)
    return book


def _add_column(sheet: Worksheet, index: int, column: Column) -> None:
    letter = get_column_letter(index)
    head = sheet.cell(1, index, column.header)
    head.font = Font(bold=True)
    head.fill = _REQUIRED if column.required or column.header_required else _OPTIONAL
    head.alignment = Alignment(wrap_text=True, vertical="center")
    # Text format keeps long numbers and house numbers such as 3-12 as they are typed.
    style = sheet.column_dimensions[letter]
    style.number_format = _FORMATS.get(column.kind, "@")
    style.width = _WIDTHS.get(column.kind, max(12, 2 * len(column.header) + 4))
    words = ["是", "否"] if column.kind == "yesno" else list(CHOICES.get(column.choices, ()))
    words += _besides(column)
    listed = ",".join(words)
    if words and column.kind != "choices" and len(listed) <= _MAX_LIST:
        rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
        rule.add(f"{letter}2:{letter}{_LAST_ROW}")
        sheet.add_data_validation(rule)


def _besides(column: Column) -> list[str]:
    """Return what the cells of a column may say besides its own words."""
    if not column.asked:
        return []
    return [NONE_FOUND, NOT_ASKED] if column.kind == "choices" else [NOT_ASKED]


def _explain(sheet: Worksheet, columns: tuple[Column, ...]) -> None:
    sheet.append(["表头", "必填", "填写要求", "示例"])
    for column in columns:
        hint = _HINTS[column.kind] + "、".join(CHOICES.get(column.choices, ()))
        if besides := _besides(column):
            hint += f"；也可填{'或'.join(besides)}，空着同“{NOT_ASKED}”"
        sheet.append([column.header, _need(column), hint, column.example])
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCD", (18, 8, 70, 36), strict=True):
        sheet.column_dimensions[letter].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)


def _need(column: Column) -> str:
    """Return how far a column must be there and be filled in."""
    if column.required:
        return "是"
    return "表头须保留，可留空" if column.header_required else ""
