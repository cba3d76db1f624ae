"""The court's signing key (Ed25519, RFC 8032): what is signed, others can check without it."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from data.errors import KeyFileError
from data.files import write_atomically

__all__ = ["SIGNING_KEY_NAME", "PublicKey", "SigningKey", "read_signing_key"]

SIGNING_KEY_NAME = "signing-key"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half of a key that is given away.

    Parameters
    ----------
    text
        64 hexadecimal digits.
    """

    text: str

    @property
    def id(self) -> str:
        """Sixteen digits by which the key is named."""
        return hashlib.sha256(bytes.fromhex(self.text)).hexdigest()[:16]

    def accepts(self, signature: bytes, *parts: str) -> bool:
        """Whether a signature over these parts is by this key."""
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.text))
        try:
            key.verify(signature, _framed(parts))
        except InvalidSignature:
            return False
        return True

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read a public key.

        Raises
        ------
        KeyFileError
            If it has another form.
        """
        plain = "".join(text.split()).casefold()
        if re.fullmatch(r"[0-9a-f]{64}", plain) is None:
            raise KeyFileError("公钥须是 64 位十六进制数字；fieldwrit audit sign 会显示它")
        return cls(plain)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """The half of a key that stays in the data folder."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """The other half."""
        return PublicKey(self.private.public_key().public_bytes_raw().hex())

    def sign(self, *parts: str) -> bytes:
        """Return the signature over some parts, 64 bytes."""
        return self.private.sign(_framed(parts))


def read_signing_key(path: Path) -> SigningKey:
    """Return the key in a file that its owner only may read; made where there is none.

    Raises
    ------
    KeyFileError
        If the file cannot be read or written, holds no key, or is open to others.
    """
    try:
        mode, held = stat.S_IMODE(path.stat().st_mode), path.read_bytes()
    except FileNotFoundError:
        return _made(path)
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
        found = load_pem_private_key(held, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise KeyFileError("密钥文件 %(file)s 的内容已损坏；请从备份中恢复", file=path.name)
    return SigningKey(found)


def _made(path: Path) -> SigningKey:
    """Make a key; where another process made one meanwhile, that one is the key."""
    key = Ed25519PrivateKey.generate()
    held = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    own = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with write_atomically(own) as file:  # readable by its owner only
            file.write(held)
        with suppress(FileExistsError):
            os.link(own, path)
    except OSError as error:
        raise KeyFileError(
            "密钥文件 %(file)s 无法写入（%(why)s）；请检查数据文件夹的权限与磁盘空间",
            file=path.name,
            why=error.strerror or type(error).__name__,
        ) from error
    finally:
        own.unlink(missing_ok=True)
    return read_signing_key(path)


def _framed(parts: tuple[str, ...]) -> bytes:
    return "\x1f".join(f"{len(part)}:{part}" for part in parts).encode()
