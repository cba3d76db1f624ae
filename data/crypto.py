"""Encryption of single fields, keyed hashes for exact search, and the key file.

One secret of 32 bytes lies in ``DATA_DIR/key``, readable by its owner only. Three keys are
derived from it (RFC 5869): for field encryption (AES-256-GCM), for search hashes and ids, and
for the audit chain. A lost key file makes the encrypted fields unreadable for good.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data.errors import KeyFileError, StoreError

__all__ = ["FieldCipher", "create_key_file", "new_id", "read_key_file"]

_SECRET_BYTES = 32
_NONCE_BYTES = 12
_SEPARATOR = "\x1f"


def create_key_file(path: Path) -> bytes:
    """Write a new secret to ``path`` with mode 600 and return it.

    Raises
    ------
    KeyFileError
        If a file is there already, or the folder cannot be written.
    """
    secret = secrets.token_bytes(_SECRET_BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secret.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise KeyFileError("密钥文件 %(file)s 已存在，不会覆盖", file=path.name) from error
    except OSError as error:
        path.unlink(missing_ok=True)
        raise KeyFileError(
            "密钥文件 %(file)s 无法写入（%(why)s）；请检查数据文件夹的权限与磁盘空间",
            file=path.name,
            why=error.strerror or type(error).__name__,
        ) from error
    return secret


def read_key_file(path: Path) -> bytes:
    """Return the secret in ``path``.

    Raises
    ------
    KeyFileError
        If the file is missing, readable by others, or holds no secret.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise KeyFileError(
            "找不到密钥文件 %(file)s；没有它，已加密的数据无法读取，请从备份中恢复",
            file=path.name,
        ) from error
    except UnicodeDecodeError as error:
        raise _damaged(path) from error
    except OSError as error:
        raise KeyFileError(
            "密钥文件 %(file)s 无法读取（%(why)s）；请检查文件权限",
            file=path.name,
            why=error.strerror or type(error).__name__,
        ) from error
    if os.name == "posix" and mode & 0o077:
        raise KeyFileError(
            "密钥文件 %(file)s 的权限为 %(mode)s，其他用户可以读取；请运行 chmod 600 后重试",
            file=path.name,
            mode=f"{mode:03o}",
        )
    try:
        secret = bytes.fromhex(text)
    except ValueError as error:
        raise _damaged(path) from error
    if len(secret) != _SECRET_BYTES:
        raise _damaged(path)
    return secret


def new_id(prefix: str) -> str:
    """Return an identifier that nobody can guess, for objects without a natural key."""
    return f"{prefix}{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True, repr=False)
class FieldCipher:
    """Encrypts fields and derives keyed hashes from one secret.

    Examples
    --------
    >>> cipher = FieldCipher(bytes(32))
    >>> cipher.decrypt(cipher.encrypt("示例", field="debtor.name"), field="debtor.name")
    '示例'
    >>> cipher.keyed_hash("a", "b") == cipher.keyed_hash("ab")
    False
    """

    secret: bytes
    _aead: AESGCM = field(init=False)
    _hash_key: bytes = field(init=False)
    _chain_key: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_aead", AESGCM(self._derive(b"field")))
        object.__setattr__(self, "_hash_key", self._derive(b"hash"))
        object.__setattr__(self, "_chain_key", self._derive(b"audit"))

    def encrypt(self, text: str, *, field: str) -> bytes:
        """Return nonce and ciphertext of ``text``, bound to the name of its field."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, text.encode(), field.encode())

    def decrypt(self, data: bytes, *, field: str) -> str:
        """Return the text that :meth:`encrypt` took.

        Raises
        ------
        StoreError
            If the bytes were changed, belong to another field or to another key.
        """
        try:
            plain = self._aead.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], field.encode())
        except (InvalidTag, ValueError) as error:
            raise StoreError(
                "字段 %(field)s 的加密内容已损坏或不属于本密钥；请核对密钥文件或从备份恢复",
                field=field,
            ) from error
        return plain.decode()

    def keyed_hash(self, *parts: str) -> str:
        """Return 32 hexadecimal digits that stand for ``parts``; equal parts, equal digits."""
        return _hmac(self._hash_key, parts).hex()[:32]

    def chain_hash(self, *parts: str) -> str:
        """Return the 64 digits that seal an audit entry."""
        return _hmac(self._chain_key, parts).hex()

    def stable_id(self, prefix: str, *parts: str) -> str:
        """Return the identifier of the object whose natural key is ``parts``."""
        return prefix + _hmac(self._hash_key, (prefix, *parts)).hex()[:20]

    def _derive(self, purpose: bytes) -> bytes:
        info = b"fieldwrit " + purpose
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self.secret)


def _hmac(key: bytes, parts: tuple[str, ...]) -> bytes:
    framed = _SEPARATOR.join([f"{len(part)}:{part}" for part in parts])
    return hmac.digest(key, framed.encode("utf-8", "surrogatepass"), "sha256")


def _damaged(path: Path) -> KeyFileError:
    return KeyFileError("密钥文件 %(file)s 的内容已损坏；请从备份中恢复", file=path.name)
