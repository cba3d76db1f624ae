"""Files in a row, as one stream that is read while it is made, with a list of them at its end."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from data.errors import BackupError

__all__ = ["LIST_NAME", "Packed", "unpack"]

LIST_NAME = "backup.json"
_PIECE = 1 << 20
_MODE = 0o600


class Packed:
    """The stream, in the format of tar.

    Parameters
    ----------
    files
        Where each lies by the name that it gets, in their order.
    facts
        What the list tells besides.
    told
        Called with the bytes that were read since.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        facts: Mapping[str, Any],
        told: Callable[[int], None],
    ) -> None:
        self._pieces = _pieces(files, facts, told)
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = piece
        end = len(self._left) if size < 0 else size
        found, self._left = self._left[:end], self._left[end:]
        return found


def _pieces(
    files: Mapping[str, Path], facts: Mapping[str, Any], told: Callable[[int], None]
) -> Iterator[bytes]:
    held: dict[str, list[Any]] = {}
    for name, path in files.items():
        digest, size, left = hashlib.sha256(), path.stat().st_size, path.stat().st_size
        yield _head(name, size)
        with path.open("rb") as file:
            while left:
                piece = file.read(min(_PIECE, left))
                if not piece:
                    raise BackupError(
                        "文件 %(file)s 在备份时变短，备份未完成；请重试", file=path.name
                    )
                left -= len(piece)
                digest.update(piece)
                told(len(piece))
                yield piece
        yield bytes(-size % tarfile.BLOCKSIZE)
        held[name] = [size, digest.hexdigest()]
    text = json.dumps({**facts, "files": held}, ensure_ascii=False).encode()
    yield _head(LIST_NAME, len(text))
    yield text + bytes(-len(text) % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _head(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, _MODE
    return member.tobuf(tarfile.PAX_FORMAT)


def unpack(packed: BinaryIO, folder: Path, told: Callable[[int], None]) -> Mapping[str, Any]:
    """Write the files of a stream below a folder, and return what its list tells.

    Raises
    ------
    BackupError
        If a file is missing, is not as the list says, or would lie outside of the folder.
    """
    found: dict[str, list[Any]] = {}
    listed: Mapping[str, Any] | None = None
    try:
        with tarfile.open(fileobj=packed, mode="r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or listed is not None:
                    raise _unfit()
                if member.name == LIST_NAME:
                    listed = json.loads(content.read())
                    continue
                path = folder / _inside(member.name)
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                digest = hashlib.sha256()
                with path.open("xb") as file:
                    path.chmod(_MODE)
                    while piece := content.read(_PIECE):
                        file.write(piece)
                        digest.update(piece)
                        told(len(piece))
                found[member.name] = [member.size, digest.hexdigest()]
    except (tarfile.TarError, ValueError, FileExistsError):
        raise _unfit() from None
    if listed is None or listed.get("files") != found:
        raise _unfit()
    return listed


def _inside(name: str) -> Path:
    parts: Sequence[str] = PurePosixPath(name).parts
    if not parts or ".." in parts or PurePosixPath(name).is_absolute():
        raise _unfit()
    return Path(*parts)


def _unfit() -> BackupError:
    return BackupError("备份中的文件与清单不符，没有恢复任何内容；请另取一份备份")
