"""Which columns of a table hold coordinates, and the transform that converts their cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from data.imports.cells import header_text
from data.streams import AddedColumn, Cell, ColumnKind, PointColumns, Row, Value, cell_text
from geo import coordinates
from geo.coordinate_text import Axis, parse_degrees, parse_lonlat
from geo.errors import CoordinateError
from geo.messages import Message, message
from geo.model import Datum, Floats
from geo.projections import MetricSystem, crs_of
from web.errors import TableError
from web.i18n import Translate
from web.steps.table_streams import headers_shown, named_column

__all__ = ["HEADERS", "Converting", "CoordinateColumns", "find_columns"]

_LON = ("经度", "东经", "lon", "lng", "long", "longitude")
_LAT = ("纬度", "北纬", "lat", "latitude")
_PAIR = ("坐标", "经纬度", "经纬度坐标", "位置坐标", "lonlat", "lnglat", "latlon", "coordinates")
_EAST = ("东坐标", "横坐标", "东向", "easting", "east")
_NORTH = ("北坐标", "纵坐标", "北向", "northing", "north")
_NAMES = ("名称", "name", "地名")
HEADERS = (*_LON, *_LAT, *_PAIR, *_EAST, *_NORTH, *_NAMES)
"""Headers that this module looks for."""

_DECIMALS = 8  # about 1 mm
_MOST_HEARD = 5_000
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]*)?(?:e[+-]?[0-9]{1,3})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CoordinateColumns:
    """Positions of the columns: two numbers, or one text with both (``pair``)."""

    lon: int
    lat: int
    name: int | None = None

    @property
    def pair(self) -> bool:
        """Whether one column holds both."""
        return self.lon == self.lat


def find_columns(
    header: Sequence[str], *, wanted: Sequence[str], metric: bool, file: str
) -> CoordinateColumns:
    """Return where the coordinates stand.

    Parameters
    ----------
    wanted
        Headers of longitude (or easting) and latitude (or northing), one of a column with both,
        or none: then they are told by their headers.
    metric
        Whether the numbers are metres.

    Raises
    ------
    TableError
        If there is no such column, or several that are equally likely.
    """
    names = [header_text(name).lower() for name in header]
    name = next((names.index(word) for word in _NAMES if word in names), None)
    if wanted:
        lon_column, lat_column = (
            named_column(header, each, file=file) for each in (wanted[0], wanted[-1])
        )
        return CoordinateColumns(lon_column, lat_column, name)
    lon, lat = (_likely(names, words) for words in ((_EAST, _NORTH) if metric else (_LON, _LAT)))
    if len(lon) == len(lat) == 1:
        return CoordinateColumns(lon[0], lat[0], name)
    pair = [] if metric else _likely(names, _PAIR)
    if len(pair) == 1 and not (lon or lat):
        return CoordinateColumns(pair[0], pair[0], name)
    raise TableError(
        "文件 %(file)s 中无法确定经度和纬度所在的列；请用 --lon-column 和 --lat-column 指明，"
        "两者写在一格的用 --column；可选的有：%(known)s",
        file=file,
        known=headers_shown(header),
    )


def _likely(names: Sequence[str], words: Sequence[str]) -> list[int]:
    """Return the columns whose header is the first of these words, else all that hold one."""
    for word in words:
        if word in names:
            return [index for index, name in enumerate(names) if name == word]
    return [i for i, name in enumerate(names) if any(word in name for word in words[:2])]


@dataclass(slots=True)
class Converting:
    """Adds converted coordinates; implements :class:`data.streams.Transform`.

    ``source`` is a datum, or a metric coordinate system. A cell that is no coordinate leaves
    its row without converted ones, and says why.
    """

    source: Datum | MetricSystem
    target: Datum
    wanted: Sequence[str]
    say: Translate
    file: str
    unconverted: int = field(default=0, init=False)
    heard: list[tuple[str, float, float]] = field(default_factory=list, init=False)
    _columns: CoordinateColumns = field(default=CoordinateColumns(0, 0), init=False)

    @property
    def known(self) -> Sequence[str]:
        """Headers of coordinate columns."""
        return (*self.wanted, *HEADERS)

    @property
    def points(self) -> PointColumns:
        """The converted columns, in the coordinate system of the target."""
        lon, lat, _ = self._titles()
        return PointColumns(lon, lat, crs_of(self.target).to_wkt())

    def columns(self, header: Sequence[str]) -> Sequence[AddedColumn]:
        """Find the coordinate columns and return the added ones."""
        metric = isinstance(self.source, MetricSystem)
        self._columns = find_columns(header, wanted=self.wanted, metric=metric, file=self.file)
        lon, lat, why = self._titles()
        return (
            AddedColumn(lon, ColumnKind.REAL),
            AddedColumn(lat, ColumnKind.REAL),
            AddedColumn(why),
        )

    def _titles(self) -> tuple[str, str, str]:
        name = self.target.value.upper()
        return f"{name}经度", f"{name}纬度", "换算说明"

    def __call__(self, rows: Sequence[Row]) -> Sequence[Sequence[Value]]:
        """Convert the cells of each row."""
        read = _metres if isinstance(self.source, MetricSystem) else _degrees
        pairs, reasons = np.full((len(rows), 2), np.nan), [_BLANK] * len(rows)
        for i, row in enumerate(rows):
            try:
                pairs[i], reasons[i] = _pair(row, self._columns, read)
            except CoordinateError as error:
                reasons[i] = error.message
        found = self._converted(pairs)
        self._hear(rows, pairs)
        answers: list[Sequence[Value]] = []
        for (lon, lat), reason in zip(found.round(_DECIMALS).tolist(), reasons, strict=True):
            missing = lon != lon
            self.unconverted += missing
            text = (reason or _FAR) if missing else reason
            cells: list[Value] = [None, None] if missing else [lon, lat]
            answers.append([*cells, text.render(self.say) if text else None])
        return answers

    def _converted(self, pairs: Floats) -> Floats:
        if isinstance(self.source, MetricSystem):
            degrees = self.source.to_degrees(pairs)
            return coordinates.convert(degrees, self.source.datum, self.target)
        return coordinates.convert(pairs, self.source, self.target)

    def _hear(self, rows: Sequence[Row], pairs: Floats) -> None:
        """Keep some positions, with their names, to judge the datum by."""
        name = self._columns.name
        for row, (lon, lat) in zip(rows, pairs.tolist(), strict=True):
            if len(self.heard) < _MOST_HEARD and lon == lon:
                self.heard.append(("" if name is None else cell_text(row[name]), lon, lat))


_BLANK: Message | None = message("没有坐标")
_FAR = message("坐标超出投影的范围；请核对坐标和坐标系")
_ABROAD = message("位置不在中国境内；请核对坐标及坐标系")


def _pair(
    row: Row, columns: CoordinateColumns, read: Callable[[Cell, Axis], float]
) -> tuple[tuple[float, float], Message | None]:
    """Return the two numbers of a row, and a remark; nan where it holds none."""
    lon, lat = row[columns.lon], row[columns.lat]
    blank = [not cell_text(cell).strip() for cell in (lon, lat)]
    if all(blank):
        return (np.nan, np.nan), _BLANK
    if any(blank):
        raise CoordinateError("经度和纬度须同时填写")
    if columns.pair:
        pair = parse_lonlat(cell_text(lon))
    else:
        pair = read(lon, Axis.LON), read(lat, Axis.LAT)
    return pair, None if read is _metres else _remark(*pair)


def _degrees(cell: Cell, axis: Axis) -> float:
    """Return decimal degrees; a plain number is checked with the other one of its row."""
    text = cell_text(cell).strip()
    return float(text) if _PLAIN.fullmatch(text) else parse_degrees(text, axis)


def _metres(cell: Cell, _axis: Axis) -> float:
    try:
        return float(cell_text(cell).replace(",", ""))
    except ValueError as error:
        raise CoordinateError("不是以米为单位的数字；请核对") from error


def _remark(lon: float, lat: float) -> Message | None:
    """Refuse what cannot be, and return a remark on what lies abroad."""
    try:
        coordinates.check_china_lonlat([lon, lat])
    except CoordinateError:
        west, east = coordinates.CHINA_LON
        south, north = coordinates.CHINA_LAT
        if south <= lon <= north and west <= lat <= east:
            raise CoordinateError("经度与纬度写反了；请对调后重新换算") from None
        if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):
            raise CoordinateError("不是经纬度，可能是平面坐标；请用 --from 指明其坐标系") from None
        return _ABROAD
    return None
