from __future__ import annotations

import stat
from pathlib import Path

import pytest
from openpyxl import load_workbook

from data.errors import ImportRefusedError
from data.imports import import_file
from data.imports.columns import CHOICES, TableKind, columns_of
from data.imports.readers import read_tables
from data.store import Store
from data.templates import TABLE_NAMES, write_templates
from tests.data.samples import GOOD_ROWS, write_csv

FORMATS = Path(__file__).parents[2] / "docs" / "formats" / "tables.md"


def test_there_is_one_for_each_kind_and_none_is_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "templates"
    written = write_templates(folder)
    assert sorted(path.name for path in written) == sorted(f"{kind}.xlsx" for kind in TableKind)
    assert stat.S_IMODE(written[0].stat().st_mode) & 0o077 == 0
    (folder / "cases.xlsx").write_bytes(b"filled in")
    (folder / "teams.xlsx").unlink()
    assert [path.name for path in write_templates(folder)] == ["teams.xlsx"]
    assert (folder / "cases.xlsx").read_bytes() == b"filled in"


@pytest.mark.parametrize("kind", list(TableKind))
def test_an_empty_one_asks_to_be_filled_and_a_filled_one_is_taken(
    store: Store, tmp_path: Path, kind: TableKind
) -> None:
    if kind in (TableKind.OUTCOMES, TableKind.LEADS, TableKind.PROPERTY):
        import_file(store, "cases", write_csv(tmp_path / "ready.csv", [GOOD_ROWS["cases"]]))
    write_templates(tmp_path)
    path = tmp_path / f"{kind}.xlsx"
    with pytest.raises(ImportRefusedError, match="没有数据行"):
        import_file(store, kind, path)
    book = load_workbook(path)
    sheet = book[TABLE_NAMES[kind]]
    headers = [cell.value for cell in sheet[1]]
    sheet.append([GOOD_ROWS[kind].get(str(header)) for header in headers])
    book.save(path)
    report = import_file(store, kind, path)
    assert report.accepted == 1
    assert "填写说明" in str(report.notes[0])


@pytest.mark.parametrize("kind", list(TableKind))
def test_the_explanation_names_every_column_and_word(tmp_path: Path, kind: TableKind) -> None:
    write_templates(tmp_path)
    explained = read_tables(tmp_path / f"{kind}.xlsx")[1]
    told = {str(row.cells[0]): row for row in explained.rows}
    for column in columns_of(kind, addresses=3):
        row = told[column.header]
        assert (row.cells[1] == "是") == column.required
        assert ("表头须保留" in str(row.cells[1])) == column.header_required
        assert all(word in str(row.cells[2]) for word in CHOICES.get(column.choices, ()))


def test_the_document_of_the_formats_names_every_column_and_word() -> None:
    text = FORMATS.read_text(encoding="utf-8")
    for kind in TableKind:
        section = text.split(f"`{kind}`", 1)[1]
        for column in columns_of(kind, addresses=1):
            header = column.header.replace("地址1", "地址n")
            need = "是" if column.required else "表头" if column.header_required else ""
            assert f"| {header} | {need} |" in section, (kind, header)
            assert all(alias in section for alias in column.aliases), (kind, header)
    for words in CHOICES.values():
        assert all(word in text for word in words)
