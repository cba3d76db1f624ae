"""Writers of a finished table: CSV, workbook, GeoPackage; each in bounded memory."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from data.errors import ExportError
from data.formula_signs import FORMULA_STARTS
from data.imports.sheet_marks import BadCell
from data.streams.model import AddedColumn, Cell, ColumnKind, PointColumns, Row, Value, cell_text

__all__ = ["MAX_SHEET_ROWS", "TARGETS", "Output", "distinct_names"]

MAX_SHEET_ROWS = 1_048_576
_MAX_CELL_LENGTH = 32_767
_LAYER_BATCH = 20_000
_EXACT = 2**53  # whole numbers up to here are exact in a workbook


@dataclass(frozen=True, slots=True)
class Output:
    """A table to write: the source's columns, then the added ones.

    ``file`` is the target's name for messages; ``first_row`` the source's first row below the
    header.
    """

    file: str
    name: str
    header: tuple[str, ...]
    kinds: tuple[ColumnKind, ...]
    added: tuple[AddedColumn, ...]
    points: PointColumns | None
    first_row: int

    @property
    def titles(self) -> list[str]:
        """All headers; an added one that the source has too carries a number."""
        taken = [*self.header]
        for column in self.added:
            taken.append(_free(column.name, taken))
        return taken


FullRow = tuple[Row, Sequence[Value]]
Writer = Callable[[Path, Output, Iterable[FullRow]], None]


def distinct_names(names: Sequence[str]) -> list[str]:
    """Return names for a format that wants each only once, in any case, and none empty."""
    taken: list[str] = []
    for number, name in enumerate(names, start=1):
        taken.append(_free(name.strip() or f"列{number}", taken))
    return taken


def _free(name: str, taken: Sequence[str]) -> str:
    lower = {each.lower() for each in taken}
    free, number = name, 1
    while free.lower() in lower:
        number += 1
        free = f"{name}_{number}"
    return free


def _write_csv(path: Path, output: Output, rows: Iterable[FullRow]) -> None:
    """Write UTF-8 with mark; added texts that look like formulas carry a quote before them."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(output.titles)
        writer.writerows([*map(cell_text, cells), *map(_harmless, added)] for cells, added in rows)


def _harmless(value: Value) -> str | int | float:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return "" if value is None else value


def _write_book(path: Path, output: Output, rows: Iterable[FullRow]) -> None:
    """Write one sheet, in which every text stays text; half-written parts lie beside it."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder})
        try:
            _fill(_Sheet(book), output, rows)
        finally:
            try:
                book.close()
            except XlsxWriterException as error:
                if isinstance(error.__context__, OSError):
                    raise error.__context__ from error
                raise


def _fill(sheet: _Sheet, output: Output, rows: Iterable[FullRow]) -> None:
    for column, title in enumerate(output.titles):
        sheet.put(0, column, title)
    for number, (cells, added) in enumerate(rows, start=1):
        for column, cell in enumerate((*cells, *added)):
            if not sheet.put(number, column, cell):
                raise ExportError(
                    "源文件第 %(row)d 行第 %(column)d 列超过 %(most)d 个字符，工作簿 %(file)s "
                    "放不下；请把结果文件改为 .csv",
                    file=output.file,
                    row=output.first_row + number - 1,
                    column=column + 1,
                    most=_MAX_CELL_LENGTH,
                )


class _Sheet:
    """One sheet and the formats of its cells."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._page: Worksheet = book.add_worksheet()
        self._page.freeze_panes(1, 0)
        self._quoted = book.add_format({"quote_prefix": True})
        formats = {
            datetime: "yyyy-mm-dd hh:mm:ss",
            date: "yyyy-mm-dd",
            time: "hh:mm:ss",
            timedelta: "[h]:mm:ss",
        }
        self._moments = {
            kind: book.add_format({"num_format": text}) for kind, text in formats.items()
        }

    def put(self, row: int, column: int, cell: Cell | None) -> bool:
        """Write one cell; False if its text is too long for a workbook."""
        if cell is None or cell == "" or isinstance(cell, BadCell):
            return True
        if isinstance(cell, str):
            return self._put_text(row, column, cell)
        if isinstance(cell, bool):
            self._page.write_boolean(row, column, cell)
        elif isinstance(cell, (int, float)):
            if abs(cell) > _EXACT:
                return self._put_text(row, column, cell_text(cell))
            self._page.write_number(row, column, cell)
        elif isinstance(cell, date) and cell.year < 1900:
            return self._put_text(row, column, cell_text(cell))
        else:
            self._page.write_datetime(row, column, cell, self._moments[type(cell)])
        return True

    def _put_text(self, row: int, column: int, text: str) -> bool:
        style = self._quoted if text.startswith(FORMULA_STARTS) else None
        return bool(self._page.write_string(row, column, text, style) == 0)


def _write_layer(path: Path, output: Output, rows: Iterable[FullRow]) -> None:
    """Write a GeoPackage layer, points from the added columns; 20,000 rows at a time."""
    fields = distinct_names(output.titles)
    kinds = [*output.kinds, *(column.kind for column in output.added)]
    options = {"FID": _free("fid", fields), "GEOMETRY_NAME": _free("geom", fields)}
    every = iter(rows)
    written = False
    while (batch := list(islice(every, _LAYER_BATCH))) or not written:
        columns = list(zip(*((*cells, *added) for cells, added in batch), strict=True))
        arrays = [_array(c, k) for c, k in zip(columns or [()] * len(kinds), kinds, strict=True)]
        pyogrio.raw.write(
            path,
            geometry=_points(batch, output),
            field_data=[values for values, _ in arrays],
            fields=fields,
            field_mask=[mask for _, mask in arrays],
            layer=output.name,
            driver="GPKG",
            geometry_type="Point" if output.points else None,
            crs=output.points.crs if output.points else None,
            append=written,
            layer_options=None if written else options,
        )
        written = True


def _array(cells: Sequence[Cell | None], kind: ColumnKind) -> tuple[Any, Any]:
    """Return a column and which of its cells are empty."""
    empty = np.array([cell is None or cell == "" or isinstance(cell, BadCell) for cell in cells])
    empty = empty.astype(bool)
    if kind is ColumnKind.TEXT:
        texts = [None if none else cell_text(c) for c, none in zip(cells, empty, strict=True)]  # type: ignore[arg-type]
        return np.array(texts, dtype=object), empty
    dtype = np.int64 if kind is ColumnKind.INTEGER else np.float64
    numbers = [0 if none else cell for cell, none in zip(cells, empty, strict=True)]
    return np.array(numbers, dtype=dtype), empty


def _points(batch: Sequence[FullRow], output: Output) -> Any:
    """Return WKB points, None where a row has no position; None without point columns."""
    if output.points is None:
        return None
    names = [column.name for column in output.added]
    lon, lat = names.index(output.points.lon), names.index(output.points.lat)
    pairs = [(added[lon], added[lat]) for _, added in batch]
    lonlat = np.array(pairs, dtype=float).reshape(-1, 2)  # None turns into nan
    points = np.asarray(shapely.points(lonlat), dtype=object)
    points[~np.isfinite(lonlat).all(axis=1)] = None
    return shapely.to_wkb(points)


TARGETS: dict[str, Writer] = {".csv": _write_csv, ".xlsx": _write_book, ".gpkg": _write_layer}
"""Writer of each suffix."""
