"""Map layers from one file into another, shapes changed on the way, piece by piece."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from data.errors import ExportError, TableFileError
from data.files import staged_path
from data.imports.file_kinds import damaged_layer
from data.imports.layer_tables import exact_integers, layer_encodings
from data.streams.layers import ends_early
from geo.ports import ProgressListener

__all__ = ["LAYER_TARGETS", "change_layers", "holds_shapes", "staged_layer"]

LAYER_TARGETS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
"""Kinds of file that :func:`change_layers` writes."""

_BATCH = 20_000
_GDAL_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
)


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer that was looked through; ``encoding`` is empty where the format settles it."""

    path: Path
    sheet: str
    count: int
    encoding: str
    integers: tuple[str, ...]


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
        raise damaged_layer(path) from error


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
        layers = [_looked_through(source, name) for name in _layers(source)]
    except _GDAL_ERRORS as error:
        raise damaged_layer(source) from error
    if driver == "GeoJSON" and len(layers) > 1:
        raise ExportError(
            "源文件有 %(count)d 个图层，GeoJSON 只能放一个；请把结果文件改为 .gpkg",
            count=len(layers),
        )
    total, done = sum(layer.count for layer in layers), 0
    with staged_layer(target) as written:
        for layer in layers:
            size = max(layer.count, 1) if driver == "GeoJSON" else _BATCH
            for begin, frame in _pieces(layer, size):
                pyogrio.write_dataframe(
                    change(frame), written, layer=layer.sheet, driver=driver, append=begin > 0
                )
                done += len(frame)
                progress(done, total)
    return done


@contextmanager
def staged_layer(target: Path) -> Iterator[Path]:
    """Yield where GDAL may write a file of layers, by its suffix; whole, it replaces ``target``.

    Readable by its owner only, as :func:`data.files.staged_path` has it.

    Raises
    ------
    StoreFullError, ExportError
        As :func:`data.files.staged_path` does, and if GDAL could not write to the end, which it
        does not always say by itself.
    """
    with (
        staged_path(target) as staged,
        tempfile.TemporaryDirectory(dir=staged.parent, prefix=".") as folder,
    ):
        written = Path(folder) / target.with_suffix(target.suffix.lower()).name
        try:
            yield written
        except _GDAL_ERRORS as error:
            raise _cut_short(target) from error
        if ends_early(written):
            raise _cut_short(target)
        written.chmod(0o600)
        written.replace(staged)


def _cut_short(target: Path) -> ExportError:
    return ExportError(
        "结果文件 %(file)s 未能写完，原有内容保持不变；请检查磁盘空间后重新运行", file=target.name
    )


def _layers(path: Path) -> list[str]:
    return [str(name) for name, geometry in pyogrio.list_layers(path) if geometry]


def _looked_through(path: Path, name: str) -> _Layer:
    """Find the number of features, and the text encoding that all of them can be read in."""
    if ends_early(path):
        raise damaged_layer(path)
    for encoding in layer_encodings(path, name):
        try:
            info = pyogrio.read_info(
                path, layer=name, encoding=encoding or None, force_feature_count=True
            )
            fields = zip(info["fields"], info["dtypes"], strict=True)
            whole = tuple(str(field) for field, dtype in fields if "int" in str(dtype))
            layer = _Layer(path, name, int(info["features"]), encoding, whole)
            if encoding:
                for _ in _pieces(layer, _BATCH):
                    pass
        except UnicodeDecodeError:
            continue
        return layer
    raise TableFileError(
        "文件 %(file)s 的属性表编码无法识别，请另存为 UTF-8 或 GBK", file=path.name
    )


def _pieces(layer: _Layer, size: int) -> Iterator[tuple[int, gpd.GeoDataFrame]]:
    for begin in range(0, max(layer.count, 1), size):
        try:
            frame = pyogrio.read_dataframe(
                layer.path,
                layer=layer.sheet,
                encoding=layer.encoding or None,
                skip_features=begin,
                max_features=size,
                fid_as_index=True,
            )
            _narrow(frame, layer)
        except _GDAL_ERRORS as error:
            raise damaged_layer(layer.path) from error
        if len(frame) != min(size, layer.count - begin):
            raise damaged_layer(layer.path)
        yield begin, frame.reset_index(drop=True)


def _narrow(frame: gpd.GeoDataFrame, layer: _Layer) -> None:
    """Turn whole numbers that came as floats, because some are blank, into what they are."""
    fids = frame.index.to_numpy()
    for name in layer.integers:
        if frame[name].dtype.kind == "f":
            exact = exact_integers(layer, name, frame[name].to_numpy(), fids)
            frame[name] = pd.array(exact, dtype="Int64")
