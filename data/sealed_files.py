"""Files that wait in the data folder, sealed with the store's key in pieces of 64 KiB.

A piece is bound to its place and to whether it is the last, so that none can be left out, put
elsewhere or cut off, and each can be read by itself. The key is of the secret that never changes:
the fields may go over to another key while a file waits.
"""

from __future__ import annotations

import io
import os
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from data.crypto import FieldCipher
from data.errors import StoreError
from data.files import write_atomically
from data.workshops import workshop

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

__all__ = ["OPEN", "reading_sealed", "seal_file", "unsealed", "writing_sealed"]

OPEN = "open-"
"""How the folders begin in which files lie in the clear while they are worked on."""

_MAGIC = b"fieldwrit-sealed 1\n"
_PIECE = 64 * 1024
_NONCE_BYTES = 12
_OVERHEAD = _NONCE_BYTES + 16
_PLACE = struct.Struct(">Q?")


@contextmanager
def writing_sealed(cipher: FieldCipher, path: Path) -> Iterator[BinaryIO]:
    """Yield what seals all that is written to it; the file is at ``path`` on success only.

    Raises
    ------
    StoreFullError, ExportError
        As :func:`data.files.write_atomically` does.
    """
    with write_atomically(path) as target:
        sealing = _Sealing(cipher.file_aead(), target)
        yield cast("BinaryIO", sealing)
        sealing.end()


def seal_file(cipher: FieldCipher, source: BinaryIO, path: Path) -> None:
    """Write what a file holds to ``path``, sealed; see :func:`writing_sealed`."""
    with writing_sealed(cipher, path) as target:
        shutil.copyfileobj(source, target, _PIECE)


def reading_sealed(cipher: FieldCipher, path: Path) -> BinaryIO:
    """Open a sealed file to be read from any place; nothing of it lies in the clear.

    A file that is not sealed, as an earlier version left it, is given as it is.

    Raises
    ------
    StoreError
        If the file was changed or cut off, or is another store's; also by what is returned.
    OSError
        If it cannot be read.
    """
    source = path.open("rb")
    if source.read(len(_MAGIC)) != _MAGIC:
        source.seek(0)
        return source
    return io.BufferedReader(_Unsealing(cipher.file_aead(), source), buffer_size=_PIECE)


@contextmanager
def unsealed(cipher: FieldCipher, path: Path) -> Iterator[Path]:
    """Yield a copy in the clear beside a sealed file, for readers that want a path.

    It has the same name in a folder of its own, which goes in the end, or as soon as another
    looks for such if this process is killed. A file that is not sealed, as an earlier version left
    it, is copied too.

    Raises
    ------
    StoreError
        If the file was changed or cut off, or is another store's.
    """
    with workshop(path.parent, OPEN) as folder:
        copy = folder / path.name
        with reading_sealed(cipher, path) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, _PIECE)
        yield copy


class _Sealing(io.RawIOBase):
    """Seals what is written; the last piece is kept back until the end, which it tells."""

    def __init__(self, aead: AESGCM, target: BinaryIO) -> None:
        self._aead, self._target = aead, target
        self._held, self._number = bytearray(), 0
        target.write(_MAGIC)

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        before = len(self._held)
        self._held += data
        written, done = len(self._held) - before, 0
        while len(self._held) - done > _PIECE:
            self._put(self._held[done : done + _PIECE], last=False)
            done += _PIECE
        del self._held[:done]
        return written

    def end(self) -> None:
        self._put(self._held, last=True)

    def _put(self, piece: bytes | bytearray, *, last: bool) -> None:
        nonce = os.urandom(_NONCE_BYTES)
        bound = _MAGIC + _PLACE.pack(self._number, last)
        self._target.write(nonce + self._aead.encrypt(nonce, bytes(piece), bound))
        self._number += 1


class _Unsealing(io.RawIOBase):
    """Unseals one piece at a time, that in which it is read."""

    def __init__(self, aead: AESGCM, source: BinaryIO) -> None:
        self._aead, self._source = aead, source
        sealed = os.fstat(source.fileno()).st_size - len(_MAGIC)
        self._pieces = max(1, -(-sealed // (_PIECE + _OVERHEAD)))
        self._size = sealed - self._pieces * _OVERHEAD
        self._at, self._number, self._piece = 0, -1, b""
        self._turn_to(self._pieces - 1)  # whether it was cut off shows at its end

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        number, begin = divmod(self._at, _PIECE)
        if self._at >= self._size:
            return 0
        self._turn_to(number)
        view = memoryview(buffer).cast("B")
        found = self._piece[begin : begin + len(view)]
        view[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        self._source.close()
        super().close()

    def _turn_to(self, number: int) -> None:
        if number == self._number:
            return
        self._source.seek(len(_MAGIC) + number * (_PIECE + _OVERHEAD))
        sealed = self._source.read(_PIECE + _OVERHEAD)
        nonce, bound = sealed[:_NONCE_BYTES], _PLACE.pack(number, number == self._pieces - 1)
        try:
            self._piece = self._aead.decrypt(nonce, sealed[_NONCE_BYTES:], _MAGIC + bound)
        except (InvalidTag, ValueError):
            raise StoreError("待办理的文件已损坏或不属于本密钥，请重新上传") from None
        self._number = number
