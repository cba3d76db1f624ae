"""Any table file as one source of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import TableFileError
from data.imports.file_kinds import is_workbook
from data.streams.books import open_book
from data.streams.layers import LAYER_SUFFIXES, open_layer
from data.streams.model import TableSource
from data.streams.texts import open_text

__all__ = ["checksum", "files_of", "open_table", "stamp"]

_SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")


@contextmanager
def open_table(
    path: Path, *, sheet: str | None = None, known: Collection[str] = ()
) -> Iterator[TableSource]:
    """Open a table of any size after looking through it to its end.

    Parameters
    ----------
    path
        A workbook (xlsx, xlsm, xls, ods), text (csv, tsv, txt in UTF-8, UTF-16, GBK, GB18030
        or Big5), or a layer (gpkg, geojson, shp).
    sheet
        Sheet or layer; by default the first one that holds something.
    known
        Header texts to look for; the header is the row among the first ten that holds most.

    Raises
    ------
    TableFileError
        If the file is missing, empty, damaged, cut short or of another kind. Nothing was done
        yet then: a file that ends in the middle is found before the first row is used.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise TableFileError(
            "文件 %(file)s 无法读取（%(why)s）；请核对路径和权限",
            file=path.name,
            why=error.strerror or type(error).__name__,
        ) from error
    if not head:
        raise TableFileError("文件 %(file)s 是空的；请重新导出", file=path.name)
    if path.suffix.lower() in LAYER_SUFFIXES:
        yield open_layer(path, layer=sheet)
    elif is_workbook(head):
        with open_book(path, sheet=sheet, known=known) as book:
            yield book
    elif sheet is not None:
        raise TableFileError("文件 %(file)s 是文本表格，没有工作表；请去掉工作表名", file=path.name)
    else:
        yield open_text(path, known=known)


def files_of(path: Path) -> list[Path]:
    """Return the files that make up a table: several for a Shapefile."""
    if path.suffix.lower() != ".shp":
        return [path]
    return [part for part in map(path.with_suffix, _SHAPEFILE_PARTS) if part.exists()]


def checksum(path: Path) -> str:
    """Return the SHA-256 of a table's bytes."""
    total = hashlib.sha256()
    for part in files_of(path):
        with part.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def stamp(path: Path) -> tuple[tuple[int, int], ...]:
    """Return size and time of change of a table's files; cheap to ask again."""
    return tuple((s.st_size, s.st_mtime_ns) for s in (part.stat() for part in files_of(path)))
