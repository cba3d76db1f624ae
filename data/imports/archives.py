"""Archives as files of the office suites are: looked through before any reader unpacks them."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import TableFileError
from data.imports import limits
from geo.errors import FieldwritError

__all__ = ["check_archive", "check_markup", "sound"]

_BROKEN: tuple[type[Exception], ...] = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, LookupError, OverflowError),
)
_MARKUP = (".xml", ".rels", ".kml", ".vml")
_DECLARATIONS = (b"<!doctype", b"<!entity")
_HEAD = 1 << 16
_CHUNK = 1 << 20
_LINK = 0o120000


@contextmanager
def sound(
    path: Path, damaged: Callable[[Path], TableFileError], *errors: type[Exception]
) -> Iterator[None]:
    """Turn what libraries raise over a broken file into the one error for people.

    Parameters
    ----------
    damaged
        Makes the error, which says what to do.
    errors
        What the library raises beside the usual errors of Python's own.
    """
    try:
        yield
    except FieldwritError:
        raise
    except (*_BROKEN, *errors) as error:
        raise damaged(path) from error


def check_archive(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse what no office program writes: bombs, links, ways out, members that lie.

    Parameters
    ----------
    archive
        The open archive; every member is unpacked once, piece by piece, to be sure of its size.
    path
        Its path, for messages.

    Raises
    ------
    TableFileError
        If it may not be unpacked. Names the file and the cure.
    zipfile.BadZipFile
        If a member is damaged, or larger or smaller than its entry says.
    """
    members = archive.infolist()
    if len(members) > limits.MAX_MEMBERS or len({one.filename for one in members}) < len(members):
        raise _odd(path)
    if sum(one.file_size for one in members) > limits.MAX_UNPACKED_BYTES:
        raise TableFileError("文件 %(file)s 展开后过大；请分成几个文件", file=path.name)
    for one in members:
        parts = one.filename.replace("\\", "/").split("/")
        is_link = stat.S_IFMT(one.external_attr >> 16) == _LINK
        if is_link or ".." in parts or not parts[0] or ":" in parts[0]:
            raise _odd(path)
        if (
            one.file_size > limits.RATIO_FROM_BYTES
            and one.file_size > limits.MAX_RATIO * one.compress_size
        ):
            raise TableFileError(
                "文件 %(file)s 展开后是原来的几百倍，不是正常的表格；"
                "请在 Excel、WPS 或 QGIS 中打开，删去表格以外的内容后另存",
                file=path.name,
            )
        _unpack(archive, one, path)


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    head = b""
    with archive.open(member) as content:
        while chunk := content.read(_CHUNK):
            head = head or chunk[:_HEAD]
    if member.filename.lower().endswith(_MARKUP):
        check_markup(head, path)


def check_markup(head: bytes, path: Path) -> None:
    """Refuse XML that declares a document type or entities; tables and maps need none.

    Raises
    ------
    TableFileError
        If the beginning of the text, in any encoding of ASCII letters, holds one.
    """
    plain = head[:_HEAD].replace(b"\x00", b"").lower()
    if any(word in plain for word in _DECLARATIONS):
        raise TableFileError(
            "文件 %(file)s 含有文档类型或实体声明，可能会引入别处的内容，未读取；"
            "请在 Excel、WPS 或 QGIS 中打开并另存",
            file=path.name,
        )


def _odd(path: Path) -> TableFileError:
    return TableFileError(
        "文件 %(file)s 的压缩包内有链接、重名或指向别处的成员，未读取；"
        "请在 Excel、WPS 或 QGIS 中重新导出",
        file=path.name,
    )
