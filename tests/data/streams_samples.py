"""Tables and a transform for the tests of streaming."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from data.streams import AddedColumn, ColumnKind, PointColumns, Row, Value, cell_text
from geo.errors import GeoError

ADDRESS = "地址"


@dataclass
class Lengths:
    """Adds the length of the address, a text, and a point for each even length."""

    known: tuple[str, ...] = (ADDRESS,)
    points: PointColumns | None = field(default_factory=lambda: PointColumns("经度", "纬度"))
    rows_seen: int = 0
    stop_after: int | None = None
    column: int = field(default=0, init=False)

    def columns(self, header: Sequence[str]) -> Sequence[AddedColumn]:
        if ADDRESS not in header:
            raise GeoError("没有地址列")
        self.column = header.index(ADDRESS)
        return (
            AddedColumn("长度", ColumnKind.INTEGER),
            AddedColumn("说明"),
            AddedColumn("经度", ColumnKind.REAL),
            AddedColumn("纬度", ColumnKind.REAL),
        )

    def __call__(self, rows: Sequence[Row]) -> Sequence[Sequence[Value]]:
        return [self._row(row) for row in rows]

    def _row(self, row: Row) -> Sequence[Value]:
        if self.stop_after is not None and self.rows_seen >= self.stop_after:
            raise KeyboardInterrupt
        self.rows_seen += 1
        length = len(cell_text(row[self.column]))
        text = f"={length}" if length % 3 == 0 else f"第{length}"
        place = (118.6 + length / 100, 24.8) if length % 2 == 0 else (None, None)
        return (length, text, *place)


def read_csv(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def write_csv(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path
