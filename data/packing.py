"""Files in a row, as one stream that is read while it is made, with a list of them at its end.

What a server's program writes of its database is no file: it comes in pieces as they are made,
after the files, and goes on to whoever reads it without touching the disk. A stream that has such
pieces says so at its head.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Protocol

from data.errors import BackupError

__all__ = ["LIST_NAME", "Dump", "DumpReader", "Packed", "unpack"]

LIST_NAME = "backup.json"
_HEAD_NAME = ".database.json"
_DUMP_NAME = ".database"
"""Names of these begin with a point, as those of no file that is kept."""

_PIECE = 1 << 20
_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Dump:
    """What a server's program writes of its database, and what must be known to read it."""

    head: Mapping[str, Any]
    pieces: Iterable[bytes]


class DumpReader(Protocol):
    """Reads what a server's program wrote."""

    def begin(self, head: Mapping[str, Any] | None) -> None:
        """Take the head, None where the database is a file; called once, before all else."""
        ...

    def take(self, piece: bytes) -> None:
        """Take the next piece."""
        ...


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
    dump
        Of the database, where it is no file.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        facts: Mapping[str, Any],
        told: Callable[[int], None],
        dump: Dump | None = None,
    ) -> None:
        self._pieces = _pieces(files, facts, told, dump)
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
    files: Mapping[str, Path],
    facts: Mapping[str, Any],
    told: Callable[[int], None],
    dump: Dump | None,
) -> Iterator[bytes]:
    held: dict[str, list[Any]] = {}
    if dump is not None:
        yield from _whole(_HEAD_NAME, json.dumps(dict(dump.head)).encode())
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
    if dump is not None:
        digest, size = hashlib.sha256(), 0
        for piece in dump.pieces:
            size += len(piece)
            digest.update(piece)
            told(len(piece))
            yield from _whole(_DUMP_NAME, piece)
        held[_DUMP_NAME] = [size, digest.hexdigest()]
    yield from _whole(LIST_NAME, json.dumps({**facts, "files": held}, ensure_ascii=False).encode())
    yield bytes(2 * tarfile.BLOCKSIZE)


def _whole(name: str, content: bytes) -> Iterator[bytes]:
    yield _head(name, len(content))
    yield content + bytes(-len(content) % tarfile.BLOCKSIZE)


def _head(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, _MODE
    return member.tobuf(tarfile.PAX_FORMAT)


def unpack(
    packed: BinaryIO, folder: Path, told: Callable[[int], None], dump: DumpReader
) -> Mapping[str, Any]:
    """Write the files of a stream below a folder, and return what its list tells.

    Parameters
    ----------
    dump
        Takes what a server's program wrote.

    Raises
    ------
    BackupError
        If a file is missing, is not as the list says, or would lie outside of the folder.
    """
    found: dict[str, list[Any]] = {}
    listed: Mapping[str, Any] | None = None
    dumped, dumped_bytes = hashlib.sha256(), 0
    try:
        with tarfile.open(fileobj=packed, mode="r|") as archive:
            for number, member in enumerate(archive):
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or listed is not None:
                    raise _unfit()
                if number == 0:
                    has_head = member.name == _HEAD_NAME
                    dump.begin(json.loads(content.read()) if has_head else None)
                    if has_head:
                        continue
                if member.name == LIST_NAME:
                    listed = json.loads(content.read())
                elif member.name == _DUMP_NAME and has_head:
                    piece = content.read()
                    dumped.update(piece)
                    dumped_bytes += len(piece)
                    dump.take(piece)
                    told(len(piece))
                    found[_DUMP_NAME] = [dumped_bytes, dumped.hexdigest()]
                else:
                    path = folder / _inside(member.name)
                    found[member.name] = [member.size, _kept(content, path, told)]
    except BackupError:
        raise
    except (tarfile.TarError, ValueError, FileExistsError):
        raise _unfit() from None
    if listed is None or listed.get("files") != found:
        raise _unfit()
    return listed


def _kept(content: IO[bytes], path: Path, told: Callable[[int], None]) -> str:
    """Write a file, and return what it hashes to."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("xb") as file:
        path.chmod(_MODE)
        while piece := content.read(_PIECE):
            file.write(piece)
            digest.update(piece)
            told(len(piece))
    return digest.hexdigest()


def _inside(name: str) -> Path:
    parts: Sequence[str] = PurePosixPath(name).parts
    if not parts or ".." in parts or PurePosixPath(name).is_absolute():
        raise _unfit()
    return Path(*parts)


def _unfit() -> BackupError:
    return BackupError("备份中的文件与清单不符，没有恢复任何内容；请另取一份备份")
