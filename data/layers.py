"""Map layers from one file into another, shapes changed on the way, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pyogrio

from data.errors import ExportError, TableFileError
from data.files import staged_path
from geo.ports import ProgressListener

__all__ = ["LAYER_TARGETS", "change_layers", "holds_shapes"]

LAYER_TARGETS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
"""Kinds of file that :func:`change_layers` writes."""

_BATCH = 20_000
_GDAL_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    UnicodeDecodeError,
)


def holds_shapes(path: Path) -> bool:
    """Say whether a file of layers has one with shapes.

    Raises
    ------
    TableFileError
        If it cannot be read.
    """
    try:
        return bool(_layers(path))
    except _GDAL_ERRORS as error:
        raise _damaged(path) from error


def change_layers(
    source: Path,
    target: Path,
    *,
    change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame],
    progress: ProgressListener,
) -> int:
    """Write every layer with shapes again after ``change``; attributes and order stay.

    Parameters
    ----------
    source
        GeoPackage, GeoJSON, Shapefile or KML.
    target
        ``.gpkg`` with any number of layers in bounded memory, or ``.geojson`` with one. It
        appears when it is complete.
    change
        Gets some features at a time, in their coordinate system.

    Returns
    -------
    int
        Number of features.

    Raises
    ------
    TableFileError
        If the source cannot be read to its end.
    ExportError
        If the target is of another kind or cannot hold the layers.
    """
    driver = LAYER_TARGETS.get(target.suffix.lower())
    if driver is None:
        raise ExportError(
            "结果文件 %(file)s 的类型不支持，请用 %(known)s",
            file=target.name,
            known="、".join(LAYER_TARGETS),
        )
    if target.resolve() == source.resolve():
        raise ExportError("结果文件 %(file)s 就是源文件；请另取一个名称", file=target.name)
    try:
        totals = {name: _count(source, name) for name in _layers(source)}
    except _GDAL_ERRORS as error:
        raise _damaged(source) from error
    if driver == "GeoJSON" and len(totals) > 1:
        raise ExportError(
            "源文件有 %(count)d 个图层，GeoJSON 只能放一个；请把结果文件改为 .gpkg",
            count=len(totals),
        )
    total, done = sum(totals.values()), 0
    with staged_path(target) as staged:
        written = staged.with_suffix(target.suffix.lower())
        try:
            for name, count in totals.items():
                size = max(count, 1) if driver == "GeoJSON" else _BATCH
                for begin, frame in _pieces(source, name, count, size):
                    pyogrio.write_dataframe(
                        change(frame), written, layer=name, driver=driver, append=begin > 0
                    )
                    done += len(frame)
                    progress(done, total)
            written.replace(staged)
        finally:
            written.unlink(missing_ok=True)
    return done


def _layers(path: Path) -> list[str]:
    return [str(name) for name, geometry in pyogrio.list_layers(path) if geometry]


def _count(path: Path, layer: str) -> int:
    return int(pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"])


def _pieces(
    path: Path, layer: str, count: int, size: int
) -> Iterator[tuple[int, gpd.GeoDataFrame]]:
    for begin in range(0, max(count, 1), size):
        try:
            frame = pyogrio.read_dataframe(
                path, layer=layer, skip_features=begin, max_features=size
            )
        except _GDAL_ERRORS as error:
            raise _damaged(path) from error
        if len(frame) != min(size, count - begin):
            raise _damaged(path)
        yield begin, frame


def _damaged(path: Path) -> TableFileError:
    return TableFileError(
        "文件 %(file)s 不是完整的图层文件（可能未下载完整或已损坏）；"
        "请重新导出为 GPKG、GeoJSON 或 SHP",
        file=path.name,
    )
