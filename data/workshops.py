"""Folders for work under way: for their owner only, gone in the end, and told from those left.

What a killed process left is removed as soon as another one looks for it.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.files import file_error
from geo.errors import DISK_FULL_ERRNOS

__all__ = ["WORKSHOP_LOCK", "abandoned", "workshop"]

WORKSHOP_LOCK = "lock"
"""File in such a folder that is locked while somebody works there."""

_UNLOCKED_S = 60.0


def abandoned(parent: Path, prefix: str) -> tuple[Path, ...]:
    """Return the folders of a kind below another whose process is gone; they may be removed."""
    from filelock import FileLock, Timeout

    found = []
    for folder in sorted(parent.glob(f"{prefix}*")):
        lock = folder / WORKSHOP_LOCK
        try:
            if not lock.exists() and time.time() - folder.stat().st_mtime < _UNLOCKED_S:
                continue  # just made
            with FileLock(lock, timeout=0, mode=0o600):
                found.append(folder)
        except (Timeout, OSError):  # somebody works there, or it is another user's
            continue
    return tuple(found)


@contextmanager
def workshop(parent: Path | None, prefix: str) -> Iterator[Path]:
    """Yield a new folder whose name begins with ``prefix``, locked till it is removed in the end.

    Parameters
    ----------
    parent
        Where it lies; None for where the system has its temporary files.

    Raises
    ------
    StoreFullError, ExportError
        If it cannot be made, or the disk is full in the block.
    """
    from filelock import FileLock

    for left in abandoned(Path(tempfile.gettempdir() if parent is None else parent), prefix):
        shutil.rmtree(left, ignore_errors=True)
    try:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    except OSError as error:
        raise file_error(error, Path(prefix)) from error
    try:
        with FileLock(folder / WORKSHOP_LOCK, mode=0o600):
            yield folder
    except OSError as error:
        if error.errno in DISK_FULL_ERRNOS:
            raise file_error(error, folder) from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
