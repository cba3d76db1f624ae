"""The keys that a running program holds, read anew when the key file was changed.

The fields go over to another key while pages are served (:mod:`data.rotation`). Hashes and ids
stay, so that a cipher in the place of another changes what can be read and nothing else.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from data.crypto import FieldCipher, read_key_file
from data.errors import KeyFileError
from data.schema import bind_cipher

__all__ = ["HeldKeys"]

_Stamp = tuple[int, int, int]


class HeldKeys:
    """The cipher of an engine's encrypted columns.

    Parameters
    ----------
    path
        The key file; None where the cipher is given once and for all.
    """

    def __init__(self, engine: Engine, cipher: FieldCipher, path: Path | None = None) -> None:
        self._engine, self._path = engine, path
        self._stamp = None if path is None else _stamp(path)
        self.cipher = cipher
        bind_cipher(engine, cipher)

    def look(self) -> bool:
        """Read the key file anew if it was changed; returns whether it was.

        A file that is gone changes nothing: what is held goes on to work until this program ends.

        Raises
        ------
        KeyFileError
            If the file cannot be read now, or is another store's. It is read again next time.
        """
        stamp = None if self._path is None else _stamp(self._path)
        if self._path is None or stamp is None or stamp == self._stamp:
            return False
        keys = read_key_file(self._path)
        if keys.secret != self.cipher.secret:
            raise KeyFileError(
                "密钥文件 %(file)s 不属于这个数据库；请换回原来的密钥文件", file=self._path.name
            )
        self.cipher = FieldCipher.of(keys)
        bind_cipher(self._engine, self.cipher)
        self._stamp = stamp
        return True


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
