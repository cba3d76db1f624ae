"""Files that only a passphrase or the holder of a private key opens, written and read in a stream.

After two lines, which say the version and how long the wrapped key is, comes the file's own key,
wrapped with the passphrase, then the content; both in the format of age (age-encryption.org/v1),
which seals pieces of 64 KiB one by one, in their order and to their end. For recipients nothing is
wrapped: the content is for them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from data.errors import BackupError
from data.files import write_atomically

__all__ = [
    "SHORTEST_PASSPHRASE",
    "Opener",
    "Sealer",
    "make_identity",
    "open_sealed",
    "opened",
    "seal",
]

SHORTEST_PASSPHRASE = 12
_MAGIC = b"fieldwrit-backup "
_VERSION = 1
_LONGEST_LINE = 40
_LONGEST_WRAPPED = 4096
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Sealer:
    """For whom a file is sealed: who knows the passphrase, or the recipients.

    Raises
    ------
    BackupError
        If it is for nobody or for both, the passphrase too short, or a recipient unreadable.
    """

    passphrase: str | None = field(default=None, repr=False)
    recipients: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.passphrase is None) == (not self.recipients):
            raise BackupError("备份须用口令或收件人公钥加密，二者选一")
        if self.passphrase is not None and len(self.passphrase) < SHORTEST_PASSPHRASE:
            raise BackupError(
                "备份口令太短，须至少 %(least)d 个字符；建议用几个不相干的词",
                least=SHORTEST_PASSPHRASE,
            )
        self.public_keys()

    @classmethod
    def for_file(cls, path: Path) -> Sealer:
        """Return the sealer for the public keys in a file, one a line."""
        return cls(recipients=tuple(_lines(path)))

    def public_keys(self) -> list[Any]:
        """Return the recipients' public keys."""
        try:
            return [pyrage.x25519.Recipient.from_str(one) for one in self.recipients]
        except pyrage.RecipientError:
            raise BackupError("收件人公钥无法识别；文件中每行须是一个以 age1 开头的公钥") from None


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens a sealed file: the passphrase, or private keys as age writes them."""

    passphrase: str | None = field(default=None, repr=False)
    identities: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def for_file(cls, path: Path) -> Opener:
        """Return the opener of the private keys in a file."""
        return cls(identities=tuple(_lines(path)))


def make_identity(path: Path) -> str:
    """Write a new private key, readable by its owner only, and return its public key.

    Raises
    ------
    BackupError
        If there is a file already.
    StoreFullError, ExportError
        If it cannot be written.
    """
    if path.exists():
        raise BackupError("文件 %(file)s 已存在，不会覆盖；请另选文件名", file=path.name)
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    with write_atomically(path) as file:
        file.write(f"# public key: {public}\n{identity}\n".encode("ascii"))
    return public


def seal(sealer: Sealer, source: BinaryIO, target: BinaryIO) -> Opener:
    """Write a sealed file, and return what opens it, to be used once to check it.

    Raises
    ------
    OSError
        If the source cannot be read or the target not be written.
    """
    own = pyrage.x25519.Identity.generate()
    wrapped = b""
    if sealer.passphrase is not None:
        wrapped = pyrage.passphrase.encrypt(str(own).encode("ascii"), sealer.passphrase)
    target.write(_MAGIC + b"%d\n%d\n" % (_VERSION, len(wrapped)) + wrapped)
    held = _Held()
    try:
        pyrage.encrypt_io(
            held.reading(source), held.writing(target), [own.to_public(), *sealer.public_keys()]
        )
    except pyrage.EncryptError:
        held.raise_first()
        raise
    held.raise_first()
    return Opener(sealer.passphrase) if wrapped else Opener(identities=(str(own),))


def open_sealed(opener: Opener, source: BinaryIO, target: BinaryIO) -> None:
    """Write what a sealed file holds; what was written counts only if this ends without error.

    Raises
    ------
    BackupError
        If it is none, of a newer version, damaged, cut short, or for another passphrase or key.
    OSError
        If the source cannot be read or the target not be written.
    """
    identities = _identities(opener, source)
    held = _Held()
    try:
        pyrage.decrypt_io(held.reading(source), held.writing(target), identities)
    except (pyrage.DecryptError, OSError, ValueError) as error:
        held.raise_first()
        if "No matching keys" in str(error):
            raise _other_key() from None
        raise _damaged() from None
    held.raise_first()


@contextmanager
def opened(opener: Opener, source: BinaryIO) -> Iterator[BinaryIO]:
    """Yield what a sealed file holds as a stream, which lies nowhere in the clear.

    What was read counts only if the block ends without error: then the file was whole.

    Raises
    ------
    BackupError, OSError
        As :func:`open_sealed` does, whatever the block made of what it read before.
    """
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(writing, "wb") as target:
                open_sealed(opener, source, target)
        except BrokenPipeError:  # the block reads no more, and says why itself
            pass
        except BaseException as error:
            failed.append(error)

    opens = threading.Thread(target=run, daemon=True)
    opens.start()
    try:
        with os.fdopen(reading, "rb") as clear:
            yield clear
            while clear.read(_PIECE):
                pass
    except BaseException:
        opens.join()
        if failed:
            raise failed[0] from None
        raise
    opens.join()
    if failed:
        raise failed[0]


def _identities(opener: Opener, source: BinaryIO) -> list[Any]:
    line = source.readline(_LONGEST_LINE)
    if not line.startswith(_MAGIC):
        raise BackupError("这不是 Fieldwrit 的备份文件，或其开头已损坏；请核对文件名或另取一份备份")
    try:
        version = int(line.removeprefix(_MAGIC))
        length = int(source.readline(_LONGEST_LINE))
    except ValueError:
        raise _damaged() from None
    if version > _VERSION:
        raise BackupError(
            "备份的格式（第 %(found)s 版）比本程序新；请用制作它的或更新的版本恢复", found=version
        )
    if not (0 <= length <= _LONGEST_WRAPPED) or version < 1:
        raise _damaged()
    wrapped = source.read(length)
    if len(wrapped) < length:
        raise _damaged()
    if not length:
        if not opener.identities:
            raise BackupError("这份备份是给收件人公钥的；请用 --identity 指明私钥文件")
        try:
            return [pyrage.x25519.Identity.from_str(one) for one in opener.identities]
        except pyrage.IdentityError:
            raise BackupError("私钥文件无法识别；须是以 AGE-SECRET-KEY- 开头的一行") from None
    if opener.passphrase is None:
        raise BackupError("这份备份是用口令加密的；请给出口令")
    try:
        own = pyrage.passphrase.decrypt(wrapped, opener.passphrase).decode("ascii")
        return [pyrage.x25519.Identity.from_str(own)]
    except (pyrage.DecryptError, pyrage.IdentityError, ValueError):
        raise BackupError(
            "口令不对，或备份的开头已损坏；请核对口令（大小写、输入法），仍不行请另取一份备份"
        ) from None


class _Held:
    """Keeps what a file raises beneath the library, which would tell its text only."""

    def __init__(self) -> None:
        self._first: BaseException | None = None

    def reading(self, file: BinaryIO) -> Any:
        return _Watched(read=self._keeping(file.read))

    def writing(self, file: BinaryIO) -> Any:
        return _Watched(write=self._keeping(file.write), flush=self._keeping(file.flush))

    def raise_first(self) -> None:
        if self._first is not None:
            raise self._first

    def _keeping(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any) -> Any:
            try:
                return act(*args)
            except BaseException as error:
                self._first = self._first or error
                raise

        return watched


class _Watched:
    """The methods of a file that the library calls, and no others."""

    def __init__(self, **methods: Callable[..., Any]) -> None:
        self.__dict__.update(methods)


def _lines(path: Path) -> Sequence[str]:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise BackupError(
            "密钥文件 %(file)s 无法读取；请核对文件名和权限", file=path.name
        ) from error
    found = [line.strip() for line in text.splitlines()]
    return [line for line in found if line and not line.startswith("#")]


def _damaged() -> BackupError:
    return BackupError("备份文件已损坏、被截断或被改动，没有恢复任何内容；请另取一份备份")


def _other_key() -> BackupError:
    return BackupError("这份备份不是给这个私钥的；请换用制作备份时所列公钥对应的私钥文件")
