"""Folders replaced whole, the old one kept until the new is there; and checksums of files."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["file_sha256", "folders_beside", "put_back", "replacing", "sync_tree"]

_LOCK = "lock"
_LONGEST_WAIT_S = 2.0  # for two folders to be renamed


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield a new empty folder that takes the place of ``folder`` when the block ends well.

    It has the same name, lies beside and is open to its owner only. Where the block raises,
    ``folder`` stays as it was; where the process is killed while the two change places,
    :func:`put_back` mends it.

    Raises
    ------
    OSError
        If a folder cannot be made or renamed; ``folder`` then stays as it was.
    """
    from filelock import FileLock  # brings in asyncio, and few starts replace a folder

    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    fresh = beside / "new" / folder.name
    try:
        fresh.mkdir(mode=0o700, parents=True)
        yield fresh
        with FileLock(beside / _LOCK):  # let go where the process is killed
            _change_places(folder, fresh, beside)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _change_places(folder: Path, fresh: Path, beside: Path) -> None:
    old = beside / "old"
    try:
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        if old.exists():
            old.rename(beside / "replaced")  # before it is taken apart: none to be put back
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise


def put_back(folder: Path) -> None:
    """Put back a folder that was moved away by a process killed before it had put in the new.

    Where a process is about to put it in, waits for it.
    """
    if folder.exists():
        return
    from filelock import FileLock

    for beside in folders_beside(folder):
        if (beside / "old").exists():
            # without leave to write, the folder stays missing
            with suppress(OSError), FileLock(beside / _LOCK, timeout=_LONGEST_WAIT_S):
                if folder.exists():
                    shutil.rmtree(beside, ignore_errors=True)
                else:
                    (beside / "old").rename(folder)
            return


def folders_beside(folder: Path) -> list[Path]:
    """Return the folders in which :func:`replacing` is at work, or was when it was killed."""
    return sorted(folder.parent.glob(f".{folder.name}-*"))


def sync_tree(folder: Path) -> None:
    """Let a folder with all that is in it reach the disk.

    Raises
    ------
    OSError
        If something cannot be opened or written.
    """
    for path in (*folder.rglob("*"), folder):
        if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
            continue  # systems without handles of folders do so by themselves
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
