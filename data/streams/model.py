"""Values that pass between the reader, the transform and the writer of a streamed table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from data.imports.cells import Cell
from data.imports.sheet_marks import BadCell
from geo.messages import Message

__all__ = [
    "AddedColumn",
    "Cell",
    "ColumnKind",
    "PointColumns",
    "Row",
    "StreamReport",
    "TableSource",
    "Transform",
    "Value",
    "cell_text",
]

Row = tuple[Cell, ...]
Value = str | int | float | None
"""A cell that a transform adds; None is an empty cell."""


class ColumnKind(StrEnum):
    """What a column holds, where the result's format wants to know."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"


@dataclass(frozen=True, slots=True)
class AddedColumn:
    """A column that a transform adds, with its header."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT


@dataclass(frozen=True, slots=True)
class PointColumns:
    """Names of the added columns that a GeoPackage takes its points from.

    ``crs`` is their coordinate system as an authority's code or WKT, such as those of
    :func:`geo.projections.crs_of`.
    """

    lon: str
    lat: str
    crs: str = "EPSG:4326"


class Transform(Protocol):
    """Adds columns to the rows of a table, some rows at a time.

    The answer for a row must not depend on the rows beside it: a run that was stopped goes on
    with other neighbours.
    """

    @property
    def known(self) -> Collection[str]:
        """Header texts to look for; they tell the header row and the text encoding."""
        ...

    @property
    def points(self) -> PointColumns | None:
        """Where a GeoPackage finds the points; None where there are none."""
        ...

    def columns(self, header: Sequence[str]) -> Sequence[AddedColumn]:
        """Return the columns added to a table with this header.

        Called once, before any row. Raises a :class:`geo.errors.FieldwritError` if the table
        lacks a column that is needed.
        """
        ...

    def __call__(self, rows: Sequence[Row]) -> Sequence[Sequence[Value]]:
        """Return the added cells of each row; rows are as long as the header."""
        ...


class TableSource(Protocol):
    """A table that was looked through once and can be read again from any row."""

    @property
    def path(self) -> Path: ...
    @property
    def sheet(self) -> str:
        """Sheet or layer; empty for text files."""
        ...

    @property
    def other_sheets(self) -> tuple[str, ...]:
        """Sheets or layers that also hold something and are not read."""
        ...

    @property
    def encoding(self) -> str:
        """Text encoding; empty where the format settles it."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """Header texts as written; empty ones where rows are longer than the header row."""
        ...

    @property
    def kinds(self) -> tuple[ColumnKind, ...]:
        """What each column holds."""
        ...

    @property
    def first_row(self) -> int:
        """Number of the first row below the header, from 1 as spreadsheet programs count."""
        ...

    @property
    def total(self) -> int:
        """Number of rows below the header, blank ones between them included."""
        ...

    @property
    def unread_cells(self) -> int:
        """Cells that show something but hold no value: errors, formulas never calculated."""
        ...

    def rows(self, start: int = 0) -> Iterator[Row]:
        """Yield the rows below the header from the one at ``start``, as long as the header."""
        ...


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What was done: rows written, rows taken over from a run that had been stopped.

    ``filled`` counts the cells of each added column that hold something.
    """

    target: Path
    rows: int
    resumed_rows: int
    sheet: str
    other_sheets: tuple[str, ...]
    encoding: str
    unread_cells: int
    filled: Mapping[str, int]
    notices: tuple[Message, ...] = ()


def cell_text(cell: Cell) -> str:
    """Return a cell as text: whole numbers without a point, days as 2026-01-31.

    Examples
    --------
    >>> cell_text(12.0), cell_text(True), cell_text(BadCell.ERROR), cell_text("12.0")
    ('12', 'TRUE', '', '12.0')
    """
    if isinstance(cell, BadCell):
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell)
