"""What a file is, by its content first and its suffix second."""

from __future__ import annotations

import codecs
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from data.errors import TableFileError
from data.imports import limits
from data.imports.archives import check_markup, sound
from data.imports.sheet_marks import damaged_error

__all__ = [
    "LAYER_KINDS",
    "FileKind",
    "check_counts",
    "damaged_layer",
    "is_workbook",
    "kind_of",
    "may_be_layers",
    "size_of",
    "zipped_shapefile",
]

_HEAD = 1 << 16
_SHAPE_PARTS = (".shp", ".shx", ".dbf")
_LAYER_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".kml")


class FileKind(StrEnum):
    """A way in which a table is written."""

    BOOK = "book"  # xlsx, xlsm, xlsb, xls, ods
    TEXT = "text"  # csv, tsv
    GEOJSON = "geojson"
    GEOPACKAGE = "gpkg"
    SHAPEFILE = "shp"
    ZIPPED_SHAPEFILE = "zip"
    KML = "kml"


LAYER_KINDS = frozenset(FileKind) - {FileKind.BOOK, FileKind.TEXT}
"""Kinds that hold shapes."""

_SUFFIXES = {
    FileKind.GEOJSON: (".geojson", ".json"),
    FileKind.GEOPACKAGE: (".gpkg",),
    FileKind.SHAPEFILE: (".shp",),
    FileKind.ZIPPED_SHAPEFILE: (".zip",),
    FileKind.KML: (".kml",),
}


def size_of(path: Path) -> int:
    """Return the bytes of a file, after it was looked at from outside; nothing of it is read.

    Raises
    ------
    TableFileError
        If it is missing, no plain file, or too large. Names the file and the cure.
    """
    with _opened(path) as file:
        return os.fstat(file.fileno()).st_size


def kind_of(path: Path) -> FileKind:
    """Return what a file is; to be called in a process of its own, as it reads what is foreign.

    Raises
    ------
    TableFileError
        If it is missing, no plain file, empty, too large, or its content is not what its suffix
        says. Names the file and the cure.
    """
    with _opened(path) as file:
        head = file.read(_HEAD)
    if not head.strip(b"\x00 \r\n\t"):
        raise TableFileError("文件 %(file)s 是空的；请重新导出", file=path.name)
    kind = _by_content(head, path)
    suffixes = _SUFFIXES.get(kind)
    if suffixes is not None and path.suffix.lower() not in suffixes:
        raise TableFileError(
            "文件 %(file)s 的内容与后缀不符；请把后缀改为 %(suffix)s 后重试",
            file=path.name,
            suffix=suffixes[0],
        )
    if suffixes is None and path.suffix.lower() in _LAYER_SUFFIXES:
        raise damaged_layer(path)
    if kind is FileKind.SHAPEFILE:
        _check_parts(path)
    if kind is FileKind.KML:
        check_markup(head, path)
    return kind


def is_workbook(head: bytes) -> bool:
    """Tell by its first bytes whether a file is a workbook or claims to be one."""
    return head[:2] == b"PK" or head[:4] == b"\xd0\xcf\x11\xe0"


def may_be_layers(path: Path) -> bool:
    """Tell by its name whether a file may hold shapes."""
    return path.suffix.lower() in (*_LAYER_SUFFIXES, ".zip")


def damaged_layer(path: Path) -> TableFileError:
    """Return the error of a file of layers that is broken or cut short."""
    return TableFileError(
        "文件 %(file)s 不是完整的图层文件（可能未下载完整或已损坏）；"
        "请重新导出为 GPKG、GeoJSON 或 SHP",
        file=path.name,
    )


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        # Not blocking: a pipe that nobody writes to would wait for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise TableFileError(
                    "%(file)s 不是普通文件，无法读取；请给出表格文件的路径",
                    file=path.name or str(path),
                )
            limit = limits.MAX_LAYER_BYTES if may_be_layers(path) else limits.MAX_FILE_BYTES
            if status.st_size > limit:
                raise TableFileError(
                    "文件 %(file)s 超过 %(limit)d MB；请分成几个文件导入",
                    file=path.name,
                    limit=limit // 1_000_000,
                )
            yield file
    except (OSError, ValueError) as error:
        if isinstance(error, TableFileError):
            raise
        raise TableFileError(
            "文件 %(file)s 无法读取（%(why)s）；请核对路径和权限",
            file=path.name,
            why=getattr(error, "strerror", None) or type(error).__name__,
        ) from error


def _by_content(head: bytes, path: Path) -> FileKind:
    suffix = path.suffix.lower()
    if head[:2] == b"PK":
        return FileKind.ZIPPED_SHAPEFILE if _holds_shapes(path) else FileKind.BOOK
    if is_workbook(head):
        return FileKind.BOOK
    if head.startswith(b"SQLite format 3\x00"):
        return FileKind.GEOPACKAGE
    if head[:4] == b"\x00\x00\x27\x0a":
        return FileKind.SHAPEFILE
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start[:1] == b"{" and suffix in _SUFFIXES[FileKind.GEOJSON]:
        return FileKind.GEOJSON
    if start[:1] == b"<" and suffix == ".kml" and b"<kml" in head.lower():
        return FileKind.KML
    return FileKind.TEXT


def _holds_shapes(path: Path) -> bool:
    """Tell an archive of a Shapefile from a workbook."""
    with sound(path, damaged_error), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    book = any(name in ("content.xml", "[Content_Types].xml") for name in names)
    return not book and any(name.lower().endswith(".shp") for name in names)


def zipped_shapefile(names: list[str], path: Path) -> str:
    """Return the member of an archive that is the Shapefile to read.

    Raises
    ------
    TableFileError
        If there is none, more than one, or a part of it is missing.
    """
    shapes = [name for name in names if name.lower().endswith(".shp")]
    if len(shapes) != 1:
        raise TableFileError(
            "压缩包 %(file)s 中须恰好有一个 .shp；请分开压缩后导入", file=path.name
        )
    lower = {name.lower() for name in names}
    stem = shapes[0][:-4].lower()
    for needed in _SHAPE_PARTS:
        if stem + needed not in lower:
            raise _missing_part(path, needed)
    return shapes[0]


def _check_parts(path: Path) -> None:
    """Refuse a Shapefile that lacks a part, or ends before its own header says."""
    parts = {}
    for needed in _SHAPE_PARTS:
        part = next(
            (p for p in (path.with_suffix(needed), path.with_suffix(needed.upper())) if p.exists()),
            path if needed == path.suffix.lower() else None,
        )
        if part is None or not part.is_file():
            raise _missing_part(path, needed)
        parts[needed] = part
    with path.open("rb") as file:
        words = int.from_bytes(file.read(28)[24:], "big")  # 16-bit words, by the ESRI standard
    if 2 * words != path.stat().st_size:
        raise damaged_layer(path)
    with parts[".dbf"].open("rb") as file:
        check_counts(parts[".shx"].stat().st_size, file.read(8), path)


def check_counts(index_bytes: int, table_head: bytes, path: Path) -> None:
    """Refuse a Shapefile whose table has another number of rows than its index has shapes.

    Raises
    ------
    TableFileError
        Names the file and the cure.
    """
    shapes = (index_bytes - 100) // 8  # by the ESRI standard
    if int.from_bytes(table_head[4:8], "little") != shapes:
        raise damaged_layer(path)


def _missing_part(path: Path, needed: str) -> TableFileError:
    return TableFileError(
        "文件 %(file)s 缺少同名的 %(needed)s；请把 .shp、.shx、.dbf 放在一起",
        file=path.name,
        needed=needed,
    )
