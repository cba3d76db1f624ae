"""Answers of a run that may be stopped at any instant, kept beside the target.

One file: its first line says what the run is about, each further line holds the answers of some
rows in order. Every line begins with a checksum, so that one that was torn by a kill or a power
cut is recognised; it and what follows is cut off, and the run goes on from there.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from io import FileIO
from pathlib import Path
from typing import Any

from data.streams.model import Value

__all__ = ["Journal"]

_CRC_LENGTH = 9  # eight digits and a blank


class Journal:
    """Answers by row, appended and read back in order. Use as a context manager.

    Parameters
    ----------
    path
        The file; made if it does not exist.
    about
        What the answers depend on, by name. A file about something else is emptied, and
        ``changed`` names what differs; it is empty for a new file.
    """

    def __init__(self, path: Path, about: Mapping[str, str]) -> None:
        self._path = path
        self.rows_done = 0
        self.changed: tuple[str, ...] = ()
        good_bytes = 0
        if path.exists():
            for number, (value, end) in enumerate(_lines(path)):
                if number == 0:
                    self.changed = tuple(
                        key for key in {**about, **value} if about.get(key) != value.get(key)
                    )
                    if self.changed:
                        break
                else:
                    self.rows_done += len(value)
                good_bytes = end
        self._file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        self._file.truncate(good_bytes)
        self._file.seek(good_bytes)
        if not good_bytes:
            self._write(dict(about))

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, answers: Sequence[Sequence[Value]]) -> None:
        """Keep the answers of the next rows; they are on the disk when this returns.

        Raises
        ------
        OSError
            If the disk is full; what was kept before is not harmed.
        """
        self._write(answers)
        self.rows_done += len(answers)

    def answers(self) -> Iterator[Sequence[Value]]:
        """Yield the answers of all rows in order."""
        lines = _lines(self._path)
        next(lines)
        for value, _ in lines:
            yield from value

    def _write(self, value: Any) -> None:
        body = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()
        left = memoryview(b"%08x %b\n" % (zlib.crc32(body), body))
        while left:
            left = left[self._file.write(left) or 0 :]
        os.fsync(self._file.fileno())


def _lines(path: Path) -> Iterator[tuple[Any, int]]:
    """Yield the value of each sound line and the position of its end, up to the first torn one."""
    end = 0
    with path.open("rb") as file:
        for line in file:
            body = line[_CRC_LENGTH:-1]
            if not line.endswith(b"\n") or line[:_CRC_LENGTH] != b"%08x " % zlib.crc32(body):
                return
            end += len(line)
            yield json.loads(body), end
