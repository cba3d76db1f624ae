"""Tables into rows of checked values, and positions into WGS84."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby, zip_longest
from math import isfinite
from typing import Any, cast

import numpy as np

from data.errors import ImportRefusedError
from data.imports.cells import Cell, PlaceColumns, Table, TableRow
from data.imports.columns import Column
from data.imports.report import CellPlace
from data.imports.sheet_marks import BadCell
from data.imports.values import CellError, read_value, text_of_all
from data.imports.weekly import WeeklyHoursError
from geo import coordinates
from geo.messages import Message, message
from geo.model import Datum, Point
from routes.free_text import cut_numbers, journey_in, kind_in, kinds_in
from routes.rules import refuse_text

__all__ = ["Row", "Rows", "StatedPosition", "headers_of", "locate_rows", "place_of", "read_rows"]

_POSITION_KEYS = ("lon", "lat", "datum")
_PART_ROWS = 2_000
_FEW_VALUES = frozenset(("choice", "choices", "date", "yesno"))
_REMEMBERED = 10_000
_REMEMBERED_TYPES = frozenset((str, date, datetime))
"""A cell of these types whose column knows few values is read once; others may be equal though
they are of another type, as 1 and yes are."""


@dataclass(slots=True, eq=False)
class Row:
    """One row on its way into the store.

    ``order`` is its place among the rows of the file, from 0.

    ``values`` holds the cells that could be read, ``unread`` the columns of those that could
    not or are blank though required, ``keys`` the identifiers of what the row speaks of.
    ``columns`` are the keys of the columns that the row's sheet has, with their positions,
    ``barred`` those whose cell holds what may not be kept. ``passed_over`` says what of the row
    the store knows better.
    """

    place: CellPlace
    order: int
    cells: tuple[Cell, ...]
    values: dict[str, Any]
    headers: Mapping[str, str]
    problems: list[Message] = field(default_factory=list)
    mends: list[Message] = field(default_factory=list)
    passed_over: list[Message] = field(default_factory=list)
    keys: set[Any] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    columns: Mapping[str, int] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)

    @property
    def kept_cells(self) -> tuple[tuple[str, str], ...]:
        """Return what may wait in quarantine: headers and cells of known columns, cut as stored.

        What has no column, or may not come in, is not kept anywhere.
        """
        kept = []
        for key, position in sorted(self.columns.items(), key=lambda item: item[1]):
            cell = self.cells[position] if position < len(self.cells) else ""
            cut = str(self.values.get(key, ""))
            kept.append((self.headers.get(key, key), cut if key in self.barred else _shown(cell)))
        return tuple(kept)

    def refuse(self, msgid: str, /, *, column: str = "", **facts: Any) -> None:
        """Note what is wrong; ``column`` is the key of the column."""
        self.refuse_with(Message(msgid, tuple(facts.items())), column)

    def refuse_with(self, what: Message, column: str = "") -> None:
        """Note what is wrong in a sentence that was made elsewhere."""
        self.problems.append(self.place.problem(what, self.headers.get(column, column)))

    def check_free(self, column: Column, *, on: date) -> None:
        """Cut numbers of people out of a text; refuse one with data that may not come in.

        Those are what LAW.md L5, L7 and P2 name; in an address only a journey by rail is told
        from the name of a place.
        """
        text = self.get(column.key)
        if text is None:
            return
        found = None
        if column.free == "words" or journey_in(text):
            found = refuse_text(text, subject="record:import", on=on)
        left, numbers = cut_numbers(text)
        if found is not None or (numbers and not left):
            self.barred.add(column.key)
            self.unread.add(column.key)
            del self.values[column.key]
            if found is not None:
                self.refuse_with(found.message, column.key)
            else:
                self.refuse("只有号码而没有文字；请改填文字", column=column.key)
        elif numbers:
            self.barred.add(column.key)
            self.values[column.key] = left
            self.mend(
                message("文字中有 %(count)d 个身份证或手机号码，已删去", count=numbers), column.key
            )

    def is_filled(self, key: str) -> bool:
        """Tell whether the cell of a column holds anything, readable or not."""
        position = self.columns.get(key)
        return position is not None and any(map(_filled, self.cells[position : position + 1]))

    def set_aside(self) -> None:
        """Let nothing be wrong with the row, of which nothing is taken."""
        self.problems.clear()

    def mend(self, what: Message, column: str = "") -> None:
        """Note that the row is taken after a mend."""
        self.mends.append(self.place.problem(what, self.headers.get(column, column)))

    def pass_over(self, what: Message, column: str = "") -> None:
        """Note that the store knows a part of the row better; the rest is taken."""
        self.passed_over.append(self.place.problem(what, self.headers.get(column, column)))

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a column, or the default where its cell was blank."""
        return self.values.get(key, default)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of all sheets of a file, and what was left out.

    Cells become values when their rows are asked for, so that only some are held as such.
    ``unknown`` names the columns that hold something and are left out, for their header is not
    known; to each header what is to be said where nobody agreed to that.
    """

    notes: tuple[Message, ...]
    unknown: Mapping[str, Message]
    encoding: str
    _sources: Sequence[tuple[_Sheet, TableRow]]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self._sources)

    def refuse_unknown(self, *, agreed: Collection[str]) -> None:
        """Refuse the file for each unknown column that nobody agreed to leave out.

        Raises
        ------
        ImportRefusedError
            With one sentence a column.
        """
        faults = tuple(said for text, said in self.unknown.items() if text not in agreed)
        if faults:
            raise _refused(faults)

    def parts(
        self, together: tuple[str, Callable[[str], Hashable]] | None = None
    ) -> list[tuple[int, ...]]:
        """Return the places of all rows, those that belong together in one part.

        Parameters
        ----------
        together
            The column that says which rows belong together, and what its text means; all rows
            belong together without it.
        """
        if together is None:
            return [tuple(range(self.count))]
        parts: list[tuple[int, ...]] = []
        part: list[int] = []
        for group in self._groups(*together):
            part += group
            if len(part) >= _PART_ROWS:
                parts.append(tuple(sorted(part)))
                part = []
        return [*parts, tuple(sorted(part))] if part else parts

    def made(self, part: Sequence[int]) -> list[Row]:
        """Return rows by their places in the file; a row repeats another one of its part only."""
        rows: list[Row] = []
        for sheet, orders in groupby(part, key=lambda order: self._sources[order][0]):
            rows += _rows(sheet, [(order, self._sources[order][1]) for order in orders])
        for row, earlier in _repeats(rows):
            row.refuse("与第 %(earlier)d 行完全相同；请删去其中一行", earlier=earlier.place.row)
        return rows

    def _groups(self, key: str, meaning: Callable[[str], Hashable]) -> Iterable[tuple[int, ...]]:
        groups: dict[Hashable, tuple[int, ...]] = {}
        for order, (sheet, source) in enumerate(self._sources):
            position = sheet.positions[key]
            cell = source.cells[position] if position < len(source.cells) else ""
            group = meaning(_shown(cell))
            groups[group] = (*groups.get(group, ()), order)
        return groups.values()


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """A table with the columns that it has: each with its position and the values known of it."""

    table: Table
    where: Sequence[tuple[Column, int, dict[Cell, object]]]
    positions: Mapping[str, int]
    headers: Mapping[str, str]
    on: date


@dataclass(frozen=True, slots=True)
class StatedPosition:
    """A usable position as its row states it, before it is brought to WGS84."""

    datum: Datum
    name: str
    lon: float
    lat: float


def headers_of(columns: Iterable[Column]) -> frozenset[str]:
    """Return all header texts that these columns answer to."""
    return frozenset(text for c in columns for text in (c.header, *c.aliases))


def place_of(columns: Iterable[Column]) -> PlaceColumns | None:
    """Return the columns that take the points of a layer; those of the first place of a row."""
    headers = {column.key: column.header for column in columns}
    for prefix, suffix in (("", ""), ("address_", "_1")):
        keys = [f"{prefix}{key}{suffix}" for key in _POSITION_KEYS]
        if all(key in headers for key in keys):
            return PlaceColumns(*(headers[key] for key in keys))
    return None


_TWICE = message("文件 %(file)s“%(sheet)s”中列“%(column)s”出现两次；请删去一列")
_LACKS = message("文件 %(file)s“%(sheet)s”缺少列“%(column)s”；请按模板补上这一列")
_LACKS_HEADER = message(
    "文件 %(file)s“%(sheet)s”缺少列“%(column)s”；请按模板补上这一列，"
    "写成了别的表头的请改回，没有内容的格可以留空"
)
_UNKNOWN = message(
    "文件 %(file)s“%(sheet)s”第 %(index)d 列“%(column)s”的表头不认识；"
    "请先看改动，说明这一列是什么或不导入"
)
_OF_COLUMNS = frozenset(one.msgid for one in (_TWICE, _LACKS, _LACKS_HEADER, _UNKNOWN))


def told_of_columns(refusal: Message) -> bool:
    """Whether a file was refused for its columns, so that it helps to tell which is which."""
    first = dict(refusal.facts).get("first")
    return isinstance(first, Message) and first.msgid in _OF_COLUMNS


def read_rows(tables: Sequence[Table], columns: Sequence[Column], *, on: date) -> Rows:
    """Read the sheets that hold these columns.

    A sheet with fewer than half of the required columns is left out with a note, unless no
    other has more; so is a column that is not known. A row that repeats an earlier one is
    refused.

    Parameters
    ----------
    on
        Day of the import, for the rules on kinds of data.

    Raises
    ------
    ImportRefusedError
        If a required column is missing, one whose header must stand though its cells may be
        empty is missing, a column stands twice, one holds data that may not come in (LAW.md
        L5, L7, P2), or no row holds anything.
    """
    required = [headers_of((column,)) for column in columns if column.required]

    def held(table: Table) -> int:
        return sum(1 for texts in required if not texts.isdisjoint(table.header))

    used = [t for t in tables if 2 * held(t) >= len(required)] or [max(tables, key=held)]
    notes = [
        message("文件 %(file)s 工作表“%(sheet)s”没有所需的列，未导入", file=t.file, sheet=t.sheet)
        for t in tables
        if t not in used
    ]
    faults: list[Message] = []
    sources: list[tuple[_Sheet, TableRow]] = []
    headers = {column.key: column.header for column in columns}
    for table in used:
        faults += _refused_types(table, columns, on)
        where = _positions(table, columns, faults, notes)
        if not faults:
            positions = {column.key: position for column, position, _ in where}
            sheet = _Sheet(table, where, positions, headers, on)
            sources += [(sheet, source) for source in table.rows]
    file = tables[0].file
    if faults:
        raise _refused(tuple(faults))
    if not sources:
        nothing = message("文件 %(file)s 只有表头而没有数据行；请填写后再导入", file=file)
        raise ImportRefusedError(nothing.msgid, file=file, problems=(nothing,))
    unknown = {text: said for table in used for text, said in _unknown(table, columns)}
    return Rows(tuple(notes), unknown, used[0].encoding, sources)


def _refused(faults: tuple[Message, ...]) -> ImportRefusedError:
    return ImportRefusedError(
        "%(first)s（共 %(count)d 处），未导入任何内容",
        first=faults[0],
        count=len(faults),
        problems=faults,
    )


def _unknown(table: Table, columns: Sequence[Column]) -> Iterator[tuple[str, Message]]:
    """Yield the headers that are not known of columns that hold something."""
    known = headers_of(columns)
    for index, text in enumerate(table.header):
        if text and text not in known:
            cells = (row.cells[index] for row in table.rows if index < len(row.cells))
            if any(map(_filled, cells)):
                yield (
                    text,
                    message(
                        _UNKNOWN.msgid,
                        file=table.file,
                        sheet=table.sheet or table.file,
                        index=index + 1,
                        column=text,
                    ),
                )


def _refused_types(table: Table, columns: Sequence[Column], on: date) -> Iterator[Message]:
    """Say which columns hold data that may not come in, not even into quarantine."""
    known = headers_of(columns)
    for index, text in enumerate(table.header):
        found = None if text in known else refuse_text(text, subject="record:import", on=on)
        if found is not None:
            yield message(
                "文件 %(file)s“%(sheet)s”第 %(index)d 列：%(what)s",
                file=table.file,
                sheet=table.sheet or table.file,
                index=index + 1,
                what=found.message,
            )


def _positions(
    table: Table, columns: Sequence[Column], faults: list[Message], notes: list[Message]
) -> list[tuple[Column, int, dict[Cell, object]]]:
    """Return the columns that the table has, with their positions, and no values as yet."""
    by_text = {text: c for c in columns for text in (c.header, *c.aliases)}
    found: dict[str, int] = {}
    facts = {"file": table.file, "sheet": table.sheet or table.file}
    for index, text in enumerate(table.header):
        column = by_text.get(text)
        if column is None:
            if text:
                notes.append(
                    message(
                        "文件 %(file)s“%(sheet)s”第 %(index)d 列的表头不认识，未导入",
                        index=index + 1,
                        **facts,
                    )
                )
        elif column.key in found:
            faults.append(message(_TWICE.msgid, column=column.header, **facts))
        else:
            found[column.key] = index
    faults.extend(
        message(_LACKS.msgid, column=column.header, **facts)
        for column in columns
        if column.required and column.key not in found
    )
    faults.extend(
        message(_LACKS_HEADER.msgid, column=column.header, **facts)
        for column in columns
        if column.header_required
        and column.key not in found
        and (not column.beside or column.beside in found)
    )
    return [(column, found[column.key], {}) for column in columns if column.key in found]


def _rows(sheet: _Sheet, sources: Sequence[tuple[int, TableRow]]) -> list[Row]:
    """Return rows of one sheet, read column by column."""
    table, width = sheet.table, len(sheet.table.header)
    rows = [
        Row(
            CellPlace(table.file, table.sheet, source.number),
            order,
            source.cells,
            {},
            sheet.headers,
            columns=sheet.positions,
        )
        for order, source in sources
    ]
    for row in rows:
        if len(row.cells) > width and any(map(_filled, row.cells[width:])):
            row.refuse("内容比表头多出几格；请核对是否有未加引号的分隔符")
    columns = list(zip_longest(*(row.cells for row in rows), fillvalue=""))
    full: dict[str, Sequence[object]] = {}
    for column, position, known in sheet.where:
        cells = columns[position] if position < len(columns) else ("",) * len(rows)
        key, required = column.key, column.required
        if not required and cells.count("") == len(cells):
            continue
        values = _known_values(cells, column, known)
        if None not in values:
            full[key] = values
            continue
        for row, cell, told in zip(rows, cells, values, strict=True):
            value = known.get(cell) if told is None and type(cell) in _REMEMBERED_TYPES else told
            if value is not None:
                row.values[key] = value
            elif required or cell != "":
                _read(row, cell, column, known, sheet.on)
    for row, values in zip(rows, zip(*full.values(), strict=True), strict=False):
        row.values.update(zip(full, values, strict=True))
    return rows


def _known_values(
    cells: Sequence[Cell], column: Column, known: Mapping[Cell, object]
) -> Sequence[object]:
    """Return the values of a column that are told without reading a cell, None for the others."""
    types = set(map(type, cells))
    if column.kind == "text":
        if not _stand(cells, column):
            return [None] * len(cells)
        if column.free == "words" and kinds_in(cast("Sequence[str]", cells)):
            return [None if cell == "" or kind_in(str(cell)) else cell for cell in cells]
        return cells if "" not in cells else [None if cell == "" else cell for cell in cells]
    if column.kind == "number" and types == {float}:
        return [cell if isfinite(cast("float", cell)) else None for cell in cells]
    if types <= _REMEMBERED_TYPES:
        return list(map(known.get, cells))
    return [known.get(cell) if type(cell) in _REMEMBERED_TYPES else None for cell in cells]


def _stand(cells: Sequence[Cell], column: Column) -> bool:
    """Return whether nothing of a column's texts would be changed or cut, as they are one text."""
    joined = text_of_all(cells)
    if joined is None:
        return False
    return not column.free or not (journey_in(joined) or cut_numbers(joined).numbers)


def _read(row: Row, cell: Cell, column: Column, known: dict[Cell, object], on: date) -> None:
    """Give a row the value of a cell, or note what is wrong with it."""
    if not _filled(cell):
        if column.required:
            row.unread.add(column.key)
            row.refuse("为空；请补填", column=column.key)
        return
    try:
        value = read_value(cell, column)
    except (CellError, WeeklyHoursError) as error:
        row.unread.add(column.key)
        row.refuse_with(error.message, column.key)
    else:
        if value is None:  # nobody was asked: the cell says nothing
            return
        if value != "":
            row.values[column.key] = value
            if column.kind in _FEW_VALUES and type(cell) in _REMEMBERED_TYPES:
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[cell] = value
        elif column.required:  # nothing but marks that nobody sees
            row.unread.add(column.key)
            row.refuse("为空；请补填", column=column.key)
    if column.free:
        row.check_free(column, on=on)


def _filled(cell: Cell) -> bool:
    return not isinstance(cell, str) or isinstance(cell, BadCell) or bool(cell.strip())


def _shown(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)


def _repeats(rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """Yield each row that repeats an earlier one, with that one."""
    beginnings: dict[str, list[Row]] = {}  # a row is looked at whole where another begins so
    for row in rows:
        beginnings.setdefault(_shown(row.cells[0]).strip(), []).append(row)
    for alike in beginnings.values():
        first: dict[tuple[str, ...], Row] = {}
        for row in alike if len(alike) > 1 else ():
            earlier = first.setdefault(_all_shown(row.cells), row)
            if earlier is not row:
                yield row, earlier


def _all_shown(row: Sequence[Cell]) -> tuple[str, ...]:
    cells = [cell if type(cell) is str else _shown(cell) for cell in row]
    while cells and not cells[-1].strip():
        cells.pop()
    return tuple(cells)


def locate_rows(
    rows: Iterable[Row],
    *,
    datum: Datum,
    heard: list[StatedPosition],
    prefix: str = "",
    suffix: str = "",
) -> dict[int, Point]:
    """Return the WGS84 points of the rows that state a position, by ``id(row)``.

    A row's own datum wins over ``datum``. A position that is half given, swapped or outside
    the country is noted as the row's problem.

    Parameters
    ----------
    heard
        Gets each usable position as it was stated, with the row's name where it has one.
    prefix, suffix
        What stands around ``lon``, ``lat`` and ``datum`` in the column keys.
    """
    lon_key, lat_key, datum_key = (f"{prefix}{key}{suffix}" for key in _POSITION_KEYS)
    by_datum: dict[Datum, list[tuple[Row, float, float]]] = {}
    for row in [row for row in rows if lon_key in row.values or lat_key in row.values]:
        lon, lat = row.get(lon_key), row.get(lat_key)
        if (lon is None and lat is None) or row.unread & {lon_key, lat_key, datum_key}:
            continue
        if lon is None or lat is None:
            row.refuse("经度和纬度须同时填写", column=lon_key if lon is None else lat_key)
        elif _is_usable(row, lon, lat, lon_key, lat_key):
            stated = Datum(row.get(datum_key, datum))
            by_datum.setdefault(stated, []).append((row, lon, lat))
            heard.append(StatedPosition(stated, row.get("name", ""), lon, lat))
    points: dict[int, Point] = {}
    for stated, group in by_datum.items():
        lonlat = np.array([(lon, lat) for _, lon, lat in group], dtype=np.float64)
        for (row, _, _), (lon, lat) in zip(
            group, coordinates.to_wgs84(lonlat, stated), strict=True
        ):
            points[id(row)] = Point(float(lon), float(lat))
    return points


def _is_usable(row: Row, lon: float, lat: float, lon_key: str, lat_key: str) -> bool:
    def within(value: float, bounds: tuple[float, float]) -> bool:
        return bounds[0] <= value <= bounds[1]

    if within(lon, coordinates.CHINA_LON) and within(lat, coordinates.CHINA_LAT):
        return True
    bounds = {
        "west": coordinates.CHINA_LON[0],
        "east": coordinates.CHINA_LON[1],
        "south": coordinates.CHINA_LAT[0],
        "north": coordinates.CHINA_LAT[1],
    }
    if within(lon, coordinates.CHINA_LAT) and within(lat, coordinates.CHINA_LON):
        row.refuse(
            "经度与纬度写反了；请对调（经度 %(west)d 至 %(east)d，纬度 %(south)d 至 %(north)d）",
            column=lon_key,
            **bounds,
        )
    elif abs(lon) > 180.0 or abs(lat) > 180.0:
        row.refuse("不是经纬度，可能是平面坐标；请换算为十进制度", column=lon_key)
    else:
        row.refuse(
            "位置不在中国境内（经度 %(west)d 至 %(east)d，纬度 %(south)d 至 %(north)d）；"
            "请核对坐标及坐标系",
            column=lon_key if not within(lon, coordinates.CHINA_LON) else lat_key,
            **bounds,
        )
    return False
