"""Files that are either written whole or left as they were."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from data.errors import ExportError, StoreFullError
from geo.errors import DISK_FULL_ERRNOS

__all__ = ["file_error", "staged_path", "write_atomically"]


def file_error(error: OSError, path: Path) -> ExportError | StoreFullError:
    """Return the error for people that fits an operating system's error at ``path``."""
    if error.errno in DISK_FULL_ERRNOS:
        return StoreFullError(
            "磁盘空间不足，文件 %(file)s 未写入，原有内容保持不变；请清理磁盘后重试", file=path.name
        )
    return ExportError(
        "文件 %(file)s 无法写入（%(why)s），原有内容保持不变；请检查文件夹是否存在、是否有写入权限",
        file=path.name,
        why=error.strerror or type(error).__name__,
    )


@contextmanager
def staged_path(path: Path) -> Iterator[Path]:
    """Yield the path of a new empty file that takes the place of ``path`` on success.

    The new file lies in the same folder, is readable by its owner only, reaches the disk
    before it is renamed, and is removed when the block raises: then ``path`` is as it was.
    A symbolic link is followed, so the file it points to is replaced.

    Raises
    ------
    StoreFullError
        If the disk, quota or size limit was reached, in the block or here.
    ExportError
        If the folder is missing or may not be written, or ``path`` is no ordinary file.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            raise ExportError(
                "%(file)s 不是普通文件，无法写入；请改用一个文件名", file=path.name or str(path)
            )
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent
        )
    except OSError as error:
        raise file_error(error, path) from error
    os.close(handle)
    staged = Path(name)
    try:
        yield staged
        _sync_and_replace(staged, target, path)
    except OSError as error:
        if error.errno in DISK_FULL_ERRNOS:
            raise file_error(error, path) from error
        raise
    finally:
        with suppress(FileNotFoundError):
            staged.unlink()


@contextmanager
def write_atomically(path: Path) -> Iterator[BinaryIO]:
    """Yield a binary file whose bytes replace ``path`` when the block ends without error.

    Raises
    ------
    StoreFullError, ExportError
        As :func:`staged_path` does.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> target = Path(folder.name) / "list.txt"
    >>> with write_atomically(target) as file:
    ...     _ = file.write(b"one")
    >>> target.read_bytes()
    b'one'
    >>> folder.cleanup()
    """
    with staged_path(path) as staged, staged.open("wb") as file:
        yield file


def _sync_and_replace(staged: Path, target: Path, shown: Path) -> None:
    try:
        handle = os.open(staged, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        staged.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise file_error(error, shown) from error


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last; systems without folder handles do so by themselves."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
