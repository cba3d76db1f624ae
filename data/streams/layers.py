"""Attribute tables of map layers: GeoPackage, GeoJSON, Shapefile, read in batches by GDAL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyogrio

from data.errors import TableFileError
from data.imports.file_kinds import damaged_layer
from data.imports.layer_tables import exact_integers, layer_encodings
from data.streams.model import Cell, ColumnKind, Row

__all__ = [
    "LAYER_SUFFIXES",
    "LayerSource",
    "ends_early",
    "open_layer",
]

LAYER_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".zip")
_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class LayerSource:
    """A layer without its shapes; implements :class:`data.streams.model.TableSource`.

    Times are ISO texts, as they may carry a zone.
    """

    path: Path
    sheet: str
    other_sheets: tuple[str, ...]
    encoding: str
    header: tuple[str, ...]
    kinds: tuple[ColumnKind, ...]
    total: int

    first_row = 1
    unread_cells = 0

    def rows(self, start: int = 0) -> Iterator[Row]:
        """Yield the features from the one at ``start``."""
        for begin in range(start, self.total, _BATCH):
            yield from _read(self, begin)


def open_layer(path: Path, *, layer: str | None) -> LayerSource:
    """Look through the named layer of a file, or the first one.

    Raises
    ------
    TableFileError
        If the file is broken or cut short, its text encoding unknown, or the layer missing.
    """
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
        if layer is not None and layer not in names:
            raise TableFileError(
                "文件 %(file)s 没有图层“%(sheet)s”；可选的有：%(known)s",
                file=path.name,
                sheet=layer,
                known="、".join(names),
            )
        chosen = layer or names[0]
        others = () if layer else tuple(names[1:])
        for encoding in layer_encodings(path, chosen):
            try:
                return _look_through(path, chosen, others, encoding)
            except UnicodeDecodeError:
                continue
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, IndexError) as error:
        raise damaged_layer(path) from error
    raise TableFileError(
        "文件 %(file)s 的属性表编码无法识别，请另存为 UTF-8 或 GBK", file=path.name
    )


def _look_through(path: Path, layer: str, others: tuple[str, ...], encoding: str) -> LayerSource:
    info = pyogrio.read_info(path, layer=layer, encoding=encoding or None, force_feature_count=True)
    source = LayerSource(
        path,
        layer,
        others,
        encoding,
        tuple(map(str, info["fields"])),
        tuple(_kind(str(dtype)) for dtype in info["dtypes"]),
        int(info["features"]),
    )
    if not source.header:
        raise TableFileError(
            "文件 %(file)s 的图层“%(sheet)s”没有属性列；请导出带属性的图层",
            file=path.name,
            sheet=layer,
        )
    found = sum(1 for _ in source.rows())
    if found != source.total or ends_early(path):
        raise damaged_layer(path)
    return source


def _kind(dtype: str) -> ColumnKind:
    if dtype.startswith(("int", "uint")):
        return ColumnKind.INTEGER
    return ColumnKind.REAL if dtype.startswith("float") else ColumnKind.TEXT


def ends_early(path: Path) -> bool:
    """Tell whether a GeoJSON text does not end with its closing bracket."""
    if path.suffix.lower() not in (".geojson", ".json"):
        return False
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 4000, 0))
        return not file.read().rstrip().endswith(b"}")


def _read(source: LayerSource, begin: int) -> Iterator[Row]:
    try:
        _, fids, _, columns = pyogrio.raw.read(
            source.path,
            layer=source.sheet,
            encoding=source.encoding or None,
            read_geometry=False,
            skip_features=begin,
            max_features=_BATCH,
            datetime_as_string=True,
            return_fids=True,
        )
        plain = []
        for name, array, kind in zip(source.header, columns, source.kinds, strict=True):
            whole = kind is ColumnKind.INTEGER and array.dtype.kind == "f"
            exact = exact_integers(source, name, array, fids) if whole else array
            plain.append([_cell(value) for value in exact.tolist()])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise damaged_layer(source.path) from error
    return zip(*plain, strict=True)


def _cell(value: Any) -> Cell:
    if value is None or value != value or isinstance(value, bytes):
        return ""
    return value if isinstance(value, (str, int, float)) else str(value)
