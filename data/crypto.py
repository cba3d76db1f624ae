"""Encryption of single fields, keyed hashes for exact search, and the key file.

One secret of 32 bytes lies in ``DATA_DIR/key``, readable by its owner only, or is given by
whoever starts the program. Three keys are derived from it (RFC 5869): for field encryption
(AES-256-GCM), for search hashes and ids, and for the audit chain. A lost key makes the encrypted
fields unreadable for good.

The key of the fields can be changed by itself (:mod:`data.rotation`); those of the hashes stay,
since ids and the audit chain are made of them. The file then has a line for each key of the fields
after the first line: one, or two while the fields go over from one to the other.
"""

from __future__ import annotations

import os
import secrets
import stat
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data.errors import KeyFileError, UnreadableFieldError
from data.files import write_atomically

__all__ = [
    "GIVEN_KEY",
    "FieldCipher",
    "FieldKey",
    "Keys",
    "create_key_file",
    "framed",
    "given_keys",
    "new_id",
    "parse_keys",
    "read_key_file",
    "replace_key_file",
]

GIVEN_KEY = "FIELDWRIT_KEY"
"""What holds the content of a key file where there is none; see :func:`given_keys`."""

_SECRET_BYTES = 32
_NONCE_BYTES = 12
_SEPARATOR = "\x1f"
_FIELD = "field"
_BREAK = ";"


@dataclass(frozen=True, slots=True, repr=False)
class FieldKey:
    """The secret of one key of the fields, and which in a row of them it is, from 1 on."""

    number: int
    secret: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What a key file holds.

    Parameters
    ----------
    secret
        Of the hashes and the audit chain; it never changes.
    fields
        Keys of the fields, the newest last: one, or more while the fields go over.
    """

    secret: bytes
    fields: tuple[FieldKey, ...]

    @classmethod
    def fresh(cls) -> Keys:
        """Return the keys of a new store."""
        return cls.first(secrets.token_bytes(_SECRET_BYTES))

    @classmethod
    def first(cls, secret: bytes) -> Keys:
        """Return the keys of a new store, all of one secret."""
        return cls(secret, (FieldKey(1, secret),))

    @property
    def newest(self) -> FieldKey:
        """The key by which fields are encrypted."""
        return self.fields[-1]

    def with_new(self) -> Keys:
        """Return these keys and a new one of the fields."""
        new = FieldKey(self.newest.number + 1, secrets.token_bytes(_SECRET_BYTES))
        return Keys(self.secret, (*self.fields, new))

    def only_newest(self) -> Keys:
        """Return these keys without those that the fields had before."""
        return Keys(self.secret, (self.newest,))

    def value(self) -> str:
        """Return the content of the key file as one line, from which :func:`given_keys` reads."""
        return _BREAK.join(self.text().splitlines())

    def text(self) -> str:
        """Return the content of the key file; of one secret, as earlier versions wrote it."""
        if self.fields == (FieldKey(1, self.secret),):
            return f"{self.secret.hex()}\n"
        lines = (f"{_FIELD} {one.number} {one.secret.hex()}\n" for one in self.fields)
        return f"{self.secret.hex()}\n{''.join(lines)}"


def create_key_file(path: Path) -> Keys:
    """Write a new secret to ``path`` with mode 600 and return the keys of it.

    Raises
    ------
    KeyFileError
        If a file is there already, or the folder cannot be written.
    """
    secret = secrets.token_bytes(_SECRET_BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(Keys.first(secret).text())
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
    return Keys.first(secret)


def replace_key_file(path: Path, keys: Keys) -> None:
    """Put other keys in the place of those in ``path``, whole or not at all.

    Raises
    ------
    StoreFullError, ExportError
        If the file cannot be written; it is as it was.
    """
    with write_atomically(path) as file:
        file.write(keys.text().encode("ascii"))


def read_key_file(path: Path) -> Keys:
    """Return the keys in ``path``.

    Raises
    ------
    KeyFileError
        If the file is missing, readable by others, or holds no secret.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise KeyFileError(
            "找不到密钥文件 %(file)s；没有它，已加密的数据无法读取，请从备份中恢复",
            file=path.name,
        ) from error
    except UnicodeDecodeError as error:
        raise _damaged(path.name) from error
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
    return parse_keys(text, file=path.name)


def parse_keys(text: str, *, file: str) -> Keys:
    """Return the keys in the text of a key file, of this or an earlier version.

    Raises
    ------
    KeyFileError
        If it holds none; names ``file``.
    """
    first, *more = text.strip().split("\n")
    secret = _secret(first, file)
    fields = tuple(_field_key(line, file) for line in more)
    numbers = [one.number for one in fields]
    if numbers != sorted(set(numbers)):
        raise _damaged(file)
    return Keys(secret, fields) if fields else Keys.first(secret)


def _field_key(line: str, file: str) -> FieldKey:
    word, _, rest = line.partition(" ")
    number, _, text = rest.partition(" ")
    if word != _FIELD or not number.isdecimal():
        raise _damaged(file)
    return FieldKey(int(number), _secret(text, file))


def _secret(text: str, file: str) -> bytes:
    try:
        secret = bytes.fromhex(text)
    except ValueError as error:
        raise _damaged(file) from error
    if len(secret) != _SECRET_BYTES:
        raise _damaged(file)
    return secret


def given_keys(value: str) -> Keys:
    """Return the keys in what was given in the place of a key file: its lines, parted by ``;``.

    Raises
    ------
    KeyFileError
        If it holds none; the value is not repeated.

    Examples
    --------
    >>> given_keys(Keys.first(bytes(32)).with_new().value()).newest.number
    2
    """
    try:
        return parse_keys("\n".join(part.strip() for part in value.split(_BREAK)), file=GIVEN_KEY)
    except KeyFileError:
        raise KeyFileError(
            "环境变量 %(name)s 中没有有效的密钥；须为密钥文件的各行，以分号相隔", name=GIVEN_KEY
        ) from None


def new_id(prefix: str) -> str:
    """Return an identifier that nobody can guess, for objects without a natural key."""
    return f"{prefix}{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True, repr=False)
class FieldCipher:
    """Encrypts fields and derives keyed hashes from one secret.

    Parameters
    ----------
    secret
        Of the hashes and the audit chain.
    fields
        Keys of the fields, the newest last; where there are none, the secret gives it.

    Examples
    --------
    >>> cipher = FieldCipher(bytes(32))
    >>> cipher.decrypt(cipher.encrypt("示例", field="debtor.name"), field="debtor.name")
    '示例'
    >>> cipher.keyed_hash("a", "b") == cipher.keyed_hash("ab")
    False
    """

    secret: bytes
    fields: tuple[FieldKey, ...] = ()
    _aeads: tuple[AESGCM, ...] = field(init=False)
    _hash: HMAC = field(init=False)
    _chain: HMAC = field(init=False)

    def __post_init__(self) -> None:
        if not self.fields:
            object.__setattr__(self, "fields", Keys.first(self.secret).fields)
        aeads = tuple(AESGCM(_derive(one.secret, b"field")) for one in reversed(self.fields))
        object.__setattr__(self, "_aeads", aeads)
        object.__setattr__(self, "_hash", HMAC(_derive(self.secret, b"hash"), SHA256()))
        object.__setattr__(self, "_chain", HMAC(_derive(self.secret, b"audit"), SHA256()))

    @classmethod
    def of(cls, keys: Keys) -> FieldCipher:
        """Return the cipher of what a key file holds."""
        return cls(keys.secret, keys.fields)

    @property
    def field_keys(self) -> tuple[str, ...]:
        """Number of each key of the fields, with digits that stand for it; the newest last."""
        return tuple(
            f"{one.number} {_derive(one.secret, b'field check').hex()[:32]}" for one in self.fields
        )

    def file_aead(self) -> AESGCM:
        """Return what seals files that wait; it stays when the key of the fields changes."""
        return AESGCM(_derive(self.secret, b"file"))

    def newest_only(self) -> FieldCipher:
        """Return a cipher that reads nothing that an earlier key of the fields encrypted."""
        return FieldCipher(self.secret, self.fields[-1:])

    def encrypt(self, text: str, *, field: str) -> bytes:
        """Return nonce and ciphertext of ``text``, bound to the name of its field."""
        return self.seal(text.encode(), field=field)

    def seal(self, content: bytes, *, field: str) -> bytes:
        """Return nonce and ciphertext of ``content``, as :meth:`encrypt` does of a text."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aeads[0].encrypt(nonce, content, field.encode())

    def encrypt_all(self, texts: Sequence[str | None], *, field: str) -> list[bytes | None]:
        """Return what :meth:`encrypt` returns of each text, and None where there is none."""
        nonces = os.urandom(_NONCE_BYTES * len(texts))
        seal, bound = self._aeads[0].encrypt, field.encode()
        return [
            None if text is None else nonce + seal(nonce, text.encode(), bound)
            for (nonce,), text in zip(
                struct.iter_unpack(f"{_NONCE_BYTES}s", nonces), texts, strict=True
            )
        ]

    def decrypt(self, data: bytes, *, field: str) -> str:
        """Return the text that :meth:`encrypt` took.

        Raises
        ------
        UnreadableFieldError
            If the bytes were changed, belong to another field or to another key.
        """
        return self.unseal(data, field=field).decode()

    def unseal(self, data: bytes, *, field: str) -> bytes:
        """Return the content that :meth:`seal` took.

        Raises
        ------
        UnreadableFieldError
            As :meth:`decrypt`.
        """
        nonce, sealed = data[:_NONCE_BYTES], memoryview(data)[_NONCE_BYTES:]  # no copy of a plan
        for aead in self._aeads:
            with suppress(InvalidTag, ValueError):
                return aead.decrypt(nonce, sealed, field.encode())
        raise UnreadableFieldError(
            "字段 %(field)s 的加密内容已损坏或不属于本密钥；请核对密钥文件或从备份恢复",
            field=field,
        )

    def keyed_hash(self, *parts: str) -> str:
        """Return 32 hexadecimal digits that stand for ``parts``; equal parts, equal digits."""
        return _hmac(self._hash, parts).hex()[:32]

    def keyed_hashes(self, first: str, texts: Sequence[str]) -> list[str]:
        """Return :meth:`keyed_hash` of ``first`` and each text."""
        return [digest.hex()[:32] for digest in self._digests((texts,), first)]

    def hashes_of_framed(self, columns: Sequence[Sequence[str]]) -> list[str]:
        """Return :meth:`keyed_hash` of each row of columns whose parts are :func:`framed`."""
        return [digest.hex()[:32] for digest in self._sealed_rows(columns)]

    def keyed_number(self, *parts: str) -> int:
        """Return a whole number of 64 bits with a sign, the first of :meth:`keyed_hash`."""
        first, *others = parts
        (number,) = self.keyed_numbers(first, [(part,) for part in others])
        return number

    def keyed_numbers(self, first: str, columns: Sequence[Sequence[str]]) -> list[int]:
        """Return :meth:`keyed_number` of ``first`` and each row of columns of the same length."""
        digests = self._digests(columns, first)
        return [int.from_bytes(digest[:8], "big", signed=True) for digest in digests]

    def chain_hash(self, *parts: str) -> str:
        """Return the 64 digits that seal an audit entry."""
        return _hmac(self._chain, parts).hex()

    def stable_id(self, prefix: str, *parts: str) -> str:
        """Return the identifier of the object whose natural key is ``parts``."""
        return prefix + _hmac(self._hash, (prefix, *parts)).hex()[:20]

    def stable_ids(self, prefix: str, columns: Sequence[Sequence[str]]) -> list[str]:
        """Return :meth:`stable_id` of each row of columns of the same length."""
        return [prefix + digest.hex()[:20] for digest in self._digests(columns, prefix)]

    def _digests(self, columns: Sequence[Sequence[str]], first: str) -> list[bytes]:
        parts = [[f"{len(part)}:{part}" for part in column] for column in columns]
        return self._sealed_rows([repeat(framed(first), len(parts[0])), *parts])

    def _sealed_rows(self, columns: Sequence[Iterable[str]]) -> list[bytes]:
        begun, found = self._hash.copy, []
        for data in _encoded(list(map(_SEPARATOR.join, zip(*columns, strict=True)))):
            own = begun()
            own.update(data)
            found.append(own.finalize())
        return found


def _encoded(texts: Sequence[str]) -> list[bytes]:
    try:
        return list(map(str.encode, texts))
    except UnicodeEncodeError:  # half of a pair of signs
        return [text.encode("utf-8", "surrogatepass") for text in texts]


def _derive(secret: bytes, purpose: bytes) -> bytes:
    info = b"fieldwrit " + purpose
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def _hmac(keyed: HMAC, parts: tuple[str, ...]) -> bytes:
    return _sealed(keyed, list(map(framed, parts)))


def framed(part: str) -> str:
    """Return a part as it is hashed among others: where it ends is told by its length."""
    return f"{len(part)}:{part}"


def _sealed(keyed: HMAC, framed: Sequence[str]) -> bytes:
    own = keyed.copy()  # the key is taken in once, which costs more than a short text
    own.update(_SEPARATOR.join(framed).encode("utf-8", "surrogatepass"))
    return own.finalize()


def _damaged(file: str) -> KeyFileError:
    return KeyFileError("密钥文件 %(file)s 的内容已损坏；请从备份中恢复", file=file)
