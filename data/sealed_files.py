"""Files that wait in the data folder, sealed with the store's key in pieces of 64 KiB.

A piece is bound to its place and to whether it is the last, so that none can be left out, put
elsewhere or cut off. The key is of the secret that never changes: the fields may go over to
another key while a file waits.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from cryptography.exceptions import InvalidTag

from data.crypto import FieldCipher
from data.errors import StoreError

__all__ = ["left_open", "seal_file", "unsealed"]

_OPEN = "open-"  # begins the folders in which files lie in the clear while they are worked on
_MAGIC = b"fieldwrit-sealed 1\n"
_PIECE = 64 * 1024
_OVERHEAD = 12 + 16
_PLACE = struct.Struct(">Q?")


def seal_file(cipher: FieldCipher, source: BinaryIO, path: Path) -> None:
    """Write what a file holds to a new one, sealed, readable by its owner only.

    Raises
    ------
    OSError
        If it cannot be written, or is there already.
    """
    aead = cipher.file_aead()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
        kept.write(_MAGIC)
        number, piece = 0, source.read(_PIECE)
        while True:
            following = source.read(_PIECE)
            nonce = os.urandom(12)
            bound = _MAGIC + _PLACE.pack(number, not following)
            kept.write(nonce + aead.encrypt(nonce, piece, bound))
            if not following:
                break
            number, piece = number + 1, following
        kept.flush()
        os.fsync(kept.fileno())


@contextmanager
def unsealed(cipher: FieldCipher, path: Path) -> Iterator[Path]:
    """Yield a copy in the clear beside a sealed file while it is worked on.

    It has the same name in a folder of its own, which goes in the end; if this process is killed,
    :func:`left_open` finds it. A file that is not sealed, as an earlier version left it, is given
    as it is.

    Raises
    ------
    StoreError
        If the file was changed or cut off, or is another store's.
    """
    with path.open("rb") as source:
        if source.read(len(_MAGIC)) != _MAGIC:
            yield path
            return
        with TemporaryDirectory(dir=path.parent, prefix=_OPEN) as folder:  # for its owner only
            copy = Path(folder) / path.name
            with copy.open("wb") as target:
                for piece in _pieces(cipher, source):
                    target.write(piece)
            yield copy


def left_open(folder: Path) -> tuple[Path, ...]:
    """Return the folders beside sealed files in which copies lie in the clear.

    They are of a process that was killed, where none works on such a file now.
    """
    return tuple(sorted(folder.glob(f"{_OPEN}*")))


def _pieces(cipher: FieldCipher, source: BinaryIO) -> Iterator[bytes]:
    aead, number = cipher.file_aead(), 0
    piece = source.read(_PIECE + _OVERHEAD)
    while True:
        following = source.read(_PIECE + _OVERHEAD)
        bound = _MAGIC + _PLACE.pack(number, not following)
        try:
            yield aead.decrypt(piece[:12], piece[12:], bound)
        except (InvalidTag, ValueError):
            raise StoreError("待办理的文件已损坏或不属于本密钥，请重新上传") from None
        if not following:
            return
        number, piece = number + 1, following
