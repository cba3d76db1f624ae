"""Layers of points into rows of cells: GeoJSON, GeoPackage, Shapefile, KML.

A point becomes the cells of longitude and latitude that the table has columns for; its
coordinate system is converted here, and never guessed.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyogrio
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from data.errors import TableFileError
from data.imports import limits
from data.imports.archives import check_archive, sound
from data.imports.cells import (
    Cell,
    PlaceColumns,
    Table,
    TableRow,
    check_rows,
    check_width,
    header_text,
)
from data.imports.file_kinds import check_counts, damaged_layer, zipped_shapefile
from data.imports.sheet_marks import BadCell
from geo.errors import CoordinateError
from geo.model import Datum, Floats
from geo.projections import datum_of

__all__ = [
    "LAYER_ERRORS",
    "Layer",
    "exact_integers",
    "layer_encodings",
    "read_layers",
    "zipped_layer",
]

_BATCH = 20_000
_NOTHING, _POINT, _MULTIPOINT = -1, 0, 4
_EXACT = 2.0**53  # whole numbers below are exact as floats, in which GDAL's blanks come
_SHAPEFILE_ENCODINGS = ("utf-8", "gb18030")
_BYTES = "iso-8859-1"  # each byte one character: a header cut inside a character is read too
_DBF_NAME_BYTES = 10
_WORDS = {Datum.GCJ02: "GCJ02", Datum.BD09: "BD09"}
LAYER_ERRORS = (shapely.errors.ShapelyError, NameError)
"""What GDAL's binding raises beside Python's usual errors; the second over a broken .prj."""

_Array = np.ndarray[Any, Any]


class Layer(Protocol):
    """Where a layer stands."""

    @property
    def path(self) -> Path: ...
    @property
    def sheet(self) -> str: ...
    @property
    def encoding(self) -> str:
        """Text encoding; empty where the format settles it."""
        ...


@dataclass(frozen=True, slots=True)
class _Layer:
    path: Path
    sheet: str

    encoding = ""


def read_layers(
    path: Path,
    known: Collection[str],
    place: PlaceColumns | None,
    datum: Datum | None,
) -> tuple[Table, ...]:
    """Read every layer that has attributes.

    Parameters
    ----------
    known
        Header texts, without blanks and marks; Shapefiles cut them to ten bytes.
    place
        Headers of the columns that take the points; None where the table has no place.
    datum
        What the caller said of numbers whose coordinate system the file does not state.

    Raises
    ------
    TableFileError
        If the file is broken, states no coordinate system or one that cannot be converted.
    """
    pyogrio.set_gdal_config_options(
        {"OGR_GEOJSON_MAX_OBJ_SIZE": limits.LARGEST_FEATURE_MB, "SHAPE_ENCODING": _BYTES}
    )
    source = path.resolve()
    if path.suffix.lower() == ".zip":
        source = Path(f"/vsizip/{{{source}}}/{zipped_layer(path)}")
    tables = []
    with sound(path, damaged_layer, *LAYER_ERRORS):
        for name, _ in pyogrio.list_layers(source):
            table = _read(path, _Layer(source, str(name)), known, place, datum)
            if table is not None:
                tables.append(table)
    return tuple(tables)


def zipped_layer(path: Path) -> str:
    """Return the member of a zip that is its Shapefile, once the archive was looked through.

    Raises
    ------
    TableFileError
        If it holds no whole Shapefile, or may not be unpacked.
    """
    with sound(path, damaged_layer), zipfile.ZipFile(path) as archive:
        check_archive(archive, path)
        member = zipped_shapefile(archive.namelist(), path)
        parts = {name.lower(): name for name in archive.namelist()}
        stem = member[:-4].lower()
        with archive.open(parts[f"{stem}.dbf"]) as table:
            size = archive.getinfo(parts[f"{stem}.shx"]).file_size
            check_counts(size, table.read(8), path)
        return member


def layer_encodings(path: Path, layer: str) -> tuple[str, ...]:
    """Return the encodings to try; a Shapefile without a code page may hold UTF-8 or GBK."""
    if path.suffix.lower() not in (".shp", ".zip"):
        return ("",)
    stated = pyogrio.read_info(path, layer=layer)["encoding"]
    return (stated,) if stated == "UTF-8" else _SHAPEFILE_ENCODINGS


def _read(
    path: Path,
    layer: Layer,
    known: Collection[str],
    place: PlaceColumns | None,
    datum: Datum | None,
) -> Table | None:
    meta = pyogrio.read_info(layer.path, layer=layer.sheet, force_feature_count=True)
    total, fields = int(meta["features"]), [str(name) for name in meta["fields"]]
    check_width(path, layer.sheet, len(fields))
    check_rows(path, total, total * len(fields))
    words = _Words.of(fields, layer, path, known)
    whole = [str(dtype).startswith(("int", "uint")) for dtype in meta["dtypes"]]
    if meta["geometry_type"] is None:
        place = None
    system = None if place is None else _System.of(meta["crs"], path, layer.sheet, datum)
    texts = list(words.header)
    rows: list[TableRow] = []
    for begin in range(0, total, _BATCH):
        _, fids, shapes, columns = pyogrio.raw.read(
            layer.path,
            layer=layer.sheet,
            skip_features=begin,
            max_features=_BATCH,
            datetime_as_string=True,
            return_fids=True,
        )
        texts = list(words.header)
        cells: list[Sequence[Cell]] = []
        for name, is_whole, array in zip(fields, whole, columns, strict=True):
            widened = is_whole and array.dtype.kind == "f"
            exact = exact_integers(layer, name, array, fids) if widened else array
            cells.append([words.cell(value) for value in exact.tolist()])
        if system is not None and place is not None and shapes is not None:
            texts, cells = _with_points(texts, cells, place, system, shapes)
        rows += _numbered(cells, begin, len(fids))
    if len(rows) != total:
        raise damaged_layer(path)
    if not rows:
        return None
    return Table(path.name, layer.sheet, words.encoding, tuple(texts), tuple(rows))


def _numbered(cells: Sequence[Sequence[Cell]], begin: int, count: int) -> Iterator[TableRow]:
    across = zip(*cells, strict=True) if cells else iter([()] * count)
    for number, row in enumerate(across, start=begin + 1):
        yield TableRow(number, tuple(row))


@dataclass(frozen=True, slots=True)
class _Words:
    """The headers of a layer, and how its texts are read; ``encoding`` is empty but for bytes."""

    path: Path
    header: tuple[str, ...]
    encoding: str

    @classmethod
    def of(cls, fields: Sequence[str], layer: Layer, path: Path, known: Collection[str]) -> _Words:
        """Take the encoding in which most headers are known; nothing else tells it for sure."""
        if layer.path.suffix.lower() != ".shp":
            return cls(path, tuple(map(header_text, fields)), "")
        read = [
            cls(
                path,
                tuple(_uncut(name.encode(_BYTES), encoding, known) for name in fields),
                encoding,
            )
            for encoding in _SHAPEFILE_ENCODINGS
        ]
        return max(read, key=lambda one: sum(text in known for text in one.header))

    def cell(self, value: Any) -> Cell:
        """Return a value as a cell."""
        if value is None or isinstance(value, bytes) or value != value:
            return ""
        if isinstance(value, str) and self.encoding:
            try:
                return value.encode(_BYTES).decode(self.encoding)
            except UnicodeDecodeError as error:
                raise TableFileError(
                    "文件 %(file)s 的属性表编码无法识别，请另存为 UTF-8 或 GBK",
                    file=self.path.name,
                ) from error
        return value if isinstance(value, (str, int, float)) else str(value)


def _uncut(name: bytes, encoding: str, known: Collection[str]) -> str:
    """Return a header; one that was cut to ten bytes is the only one that begins so."""
    text = header_text(name.decode(encoding, "ignore"))
    if text in known or len(name) < _DBF_NAME_BYTES - 2:
        return text
    fitting = [one for one in known if one.startswith(text)]
    return fitting[0] if len(fitting) == 1 and text else text


@dataclass(frozen=True, slots=True)
class _System:
    """How a layer's numbers become degrees, and the word for their datum; empty: as stated."""

    transformer: Transformer | None
    word: str

    @classmethod
    def of(cls, text: str | None, path: Path, sheet: str, datum: Datum | None) -> _System:
        if text is None:
            if datum is None:
                raise TableFileError(
                    "文件 %(file)s 的图层“%(sheet)s”没有说明坐标系；"
                    "请附上 .prj，或用 --datum 写明经纬度的坐标系",
                    file=path.name,
                    sheet=sheet,
                )
            return cls(None, "")
        try:
            crs = CRS.from_user_input(text)
            base = crs.geodetic_crs if crs.is_projected else crs
            found = datum_of(base)
            if not crs.is_projected:
                return cls(None, "" if found is None else _WORDS.get(found, ""))
            return cls(Transformer.from_crs(crs, base, always_xy=True), "")
        except (CoordinateError, CRSError, ProjError) as error:
            raise TableFileError(
                "文件 %(file)s 的图层“%(sheet)s”的坐标系无法换算为经纬度；"
                "请导出为 WGS84（EPSG:4326）或 CGCS2000 后重试",
                file=path.name,
                sheet=sheet,
            ) from error

    def lonlat(self, xy: Floats) -> Floats:
        """Return degrees, shape (n, 2)."""
        if self.transformer is None:
            return xy
        return np.column_stack(self.transformer.transform(xy[:, 0], xy[:, 1]))


def _with_points(
    header: list[str],
    cells: list[Sequence[Cell]],
    place: PlaceColumns,
    system: _System,
    shapes: _Array,
) -> tuple[list[str], list[Sequence[Cell]]]:
    """Put the points into their columns; a feature without a shape keeps what stands there."""
    drawn = shapely.from_wkb(shapes, on_invalid="ignore")
    kinds = shapely.get_type_id(drawn)
    single = (kinds == _MULTIPOINT) & (shapely.get_num_geometries(drawn) == 1)
    is_point = (kinds == _POINT) | single
    points = np.where(single, shapely.get_geometry(drawn, 0), drawn)
    points[~is_point] = None
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    lonlat = system.lonlat(xy)
    blank: Sequence[Cell] = [""] * len(drawn)
    lon, lat, word = (
        list(cells[header.index(text)] if text in header else blank)
        for text in (place.lon, place.lat, place.datum)
    )
    for index, kind in enumerate(kinds.tolist()):
        if is_point[index]:
            if not np.isnan(xy[index]).any():
                lon[index], lat[index] = (float(value) for value in lonlat[index])
                word[index] = system.word or word[index]
        elif kind != _NOTHING or shapes[index] is not None:
            lon[index] = lat[index] = BadCell.SHAPE
    texts, filled = list(header), list(cells)
    for text, column in ((place.lon, lon), (place.lat, lat), (place.datum, word)):
        if text in header:
            filled[header.index(text)] = column
        else:
            texts.append(text)
            filled.append(column)
    return texts, filled


def exact_integers(layer: Layer, name: str, widened: _Array, fids: _Array) -> _Array:
    """Return a column of whole numbers, None where blank, as it stands in the file.

    GDAL's values come as floats where a feature is blank, which alters numbers of more than
    15 digits, such as those of identity cards: these are read again without the blank ones.

    Parameters
    ----------
    widened
        The column as it came, shape (n,).
    fids
        GDAL's numbers of the features, shape (n,).
    """
    held = ~np.isnan(widened)
    whole = np.full(len(widened), None, dtype=object)
    numbers = widened[held]
    if numbers.size and np.abs(numbers).max() >= _EXACT:
        _, _, _, (numbers,) = pyogrio.raw.read(
            layer.path,
            layer=layer.sheet,
            encoding=layer.encoding or None,
            columns=[name],
            read_geometry=False,
            fids=fids[held],
        )
    whole[held] = [int(number) for number in numbers.tolist()]
    return whole
