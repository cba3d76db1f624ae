"""The base map of the file that is there now: another one in its place is read without a new start.

A network that is built anew takes the place of the former one while pages are served.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from data.basemap import Basemap
from geo.errors import FieldwritError

__all__ = ["FollowedFile", "LatestTiles"]

_log = logging.getLogger(__name__)

_Read = TypeVar("_Read")
_Identity = tuple[int, int, int, int]


class FollowedFile(Generic[_Read]):
    """What is read of a file, always of the one that is there now; for any number of threads.

    Where the file is gone for a moment, or the new one cannot be read, the former reading stays.

    Parameters
    ----------
    read
        Reads the file; what it raises the first time is raised here.
    """

    def __init__(self, path: Path, read: Callable[[Path], _Read]) -> None:
        self._path = path
        self._read = read
        self._turn = Lock()
        self._identity = _identity(path)
        self._latest = read(path)

    def latest(self) -> _Read:
        """Return what is read of the file that is there now."""
        try:
            identity = _identity(self._path)
        except OSError:  # one folder is being put in place of another
            return self._latest
        if identity != self._identity:
            with self._turn:
                if identity != self._identity:
                    self._follow(identity)
        return self._latest

    def _follow(self, identity: _Identity) -> None:
        try:
            self._latest = self._read(self._path)
        except FieldwritError:
            _log.warning("a new base map cannot be read; the former one stays", exc_info=True)
        self._identity = identity


class LatestTiles:
    """The vector tiles of the file that is there now; see :class:`data.tiles.TileFile`."""

    def __init__(self, path: Path) -> None:
        self._file = FollowedFile(path, Basemap.open)

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return one vector tile, not compressed, or None where the map is empty."""
        return self._file.latest().tile(z, x, y)


def _identity(path: Path) -> _Identity:
    """Return what tells a file from one that stood in its place; it is not opened."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
