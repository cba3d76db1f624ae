"""Road files opened: names and types checked, objects streamed, complaints translated."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import osmium

from geo.errors import NetworkFileError

__all__ = [
    "check_suffix",
    "has_nodes_after_ways",
    "is_graphml",
    "scratch_folder",
    "sort_file",
    "stream",
    "translated",
    "writing",
]

_OSM_SUFFIXES = (".osm", ".osm.gz", ".osm.pbf")
_GRAPHML_SUFFIXES = (".graphml", ".graphml.gz")
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_graphml(source: Path) -> bool:
    """Tell whether the name is that of a GraphML file."""
    return source.name.lower().endswith(_GRAPHML_SUFFIXES)


def check_suffix(source: Path) -> None:
    """Check that a road file is there, is not empty, and has a name that we know.

    Raises
    ------
    NetworkFileError
        If one of these fails.
    """
    if not source.name.lower().endswith(_OSM_SUFFIXES + _GRAPHML_SUFFIXES):
        raise NetworkFileError(
            "路网文件 %(file)s 的类型无法识别，请提供 .osm、.osm.gz、.osm.pbf 或 .graphml 文件",
            file=source.name,
        )
    if not source.is_file():
        raise NetworkFileError("路网文件 %(file)s 不存在，请核对路径", file=source.name)
    if source.stat().st_size == 0:
        raise NetworkFileError("路网文件 %(file)s 是空文件，请重新下载", file=source.name)


@contextmanager
def translated(source: Path) -> Iterator[None]:
    """Turn the reader's complaints into our own."""
    try:
        yield
    except (RuntimeError, OSError, ValueError) as error:
        if isinstance(error, NetworkFileError):
            raise
        raise NetworkFileError(
            "路网文件 %(file)s 无法读取或不完整（%(detail)s），请重新下载或重新导出",
            file=source.name,
            detail=str(error).replace(str(source), source.name),
        ) from error


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder for files between two steps, which is removed afterwards.

    Raises
    ------
    NetworkFileError
        If it cannot be made, for instance on a full disk.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="fieldwrit-")
    except OSError as error:
        raise _scratch_error(error) from error
    with folder as name:
        yield Path(name)


@contextmanager
def writing(target: Path) -> Iterator[Any]:
    """Yield a writer of OpenStreetMap objects into a file of the scratch folder; untyped.

    Raises
    ------
    NetworkFileError
        If the file cannot be written to its end, for instance on a full disk.
    """
    try:
        with osmium.SimpleWriter(str(target), overwrite=True) as writer:
            yield writer
    except (RuntimeError, OSError) as error:
        raise _scratch_error(error) from error


def _scratch_error(error: Exception) -> NetworkFileError:
    text = str(error)  # osmium tells an error of the operating system by its text alone
    if any(os.strerror(code) in text for code in _DISK_FULL):
        return NetworkFileError(
            "磁盘空间不足，临时文件夹无法写入，路网未读取，原有内容保持不变；"
            "请清理磁盘，或用环境变量 TMPDIR 指定空间足够的临时文件夹后重试"
        )
    return NetworkFileError(
        "临时文件夹无法写入（%(why)s），路网未读取，原有内容保持不变；请检查磁盘空间与权限",
        why=os.strerror(error.errno or 0) if isinstance(error, OSError) else text.split(": ")[-1],
    )


def stream(source: Path, entities: osmium.osm.osm_entity_bits) -> Any:
    """Return the objects of these kinds, in the file's order; untyped, as kinds mix."""
    return osmium.FileProcessor(source, entities)


def has_nodes_after_ways(source: Path) -> bool:
    """Tell whether some node stands after a way, so that lines cannot be drawn in one pass."""
    way_seen = False
    for item in stream(source, osmium.osm.NODE | osmium.osm.WAY):
        if item.is_way():
            way_seen = True
        elif way_seen:
            return True
    return False


def sort_file(source: Path, target: Path) -> None:
    """Write the objects of a file in the usual order: nodes, ways, relations."""
    merged = osmium.MergeInputReader()
    merged.add_file(str(source))
    with writing(target) as writer:
        merged.apply(writer)
