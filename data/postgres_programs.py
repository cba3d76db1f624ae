"""PostgreSQL's own programs for copies of a database: found, asked their version, run.

The address and the password go to them by the environment, never by their command line, which
every user of the machine can read. What they say of a failure may repeat rows, so none of it is
shown.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

from data.errors import BackupError
from data.postgres import Postgres

__all__ = ["Program", "Run", "find_program", "running"]

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_OURS = "FIELDWRIT_"
_REMEMBERED = 8192
_NO_RIGHT = re.compile(rb"permission denied|must be owner")
_NO_ROOM = re.compile(rb"No space left|could not extend file")


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is installed, with what it needs to reach a database; its first version."""

    name: str
    path: str
    major: int
    environment: Mapping[str, str] = field(repr=False)


def find_program(name: str, backend: Postgres | None = None, *, least: int) -> Program:
    """Return a program on the PATH.

    Parameters
    ----------
    backend
        The database that it is to reach; None for none.
    least
        The version that it must have at least, as the server or whoever wrote what it reads.

    Raises
    ------
    BackupError
        If there is none, or it is older; tells the cure.
    """
    environment = _environment(backend)
    path = shutil.which(name)
    told = "" if path is None else _first_words(path, environment)
    found = _VERSION.search(told)
    if path is None or found is None:
        raise BackupError(
            "找不到 PostgreSQL 的客户端程序 %(program)s；请安装第 %(least)d 版或更新的"
            "（Debian：apt-get install postgresql-client-%(least)d），并使它在 PATH 中，然后重试",
            program=name,
            least=least,
        )
    major = int(found[1])
    if major < least:
        raise BackupError(
            "%(program)s 是第 %(found)d 版，太旧：这个数据库或备份要用第 %(least)d 版或更新的；"
            "请安装它（Debian：apt-get install postgresql-client-%(least)d）后重试",
            program=name,
            found=major,
            least=least,
        )
    return Program(name, path, major, environment)


class Run:
    """A program under way."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        self._program, self._process = program, process
        self._said = b""
        self._listens = threading.Thread(target=self._listen, daemon=True)
        self._listens.start()

    @property
    def output(self) -> IO[bytes]:
        """What it writes."""
        assert self._process.stdout is not None
        return self._process.stdout

    def take(self, piece: bytes) -> None:
        """Let it read some bytes.

        Raises
        ------
        BackupError
            If it ended before it read all.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(piece)
        except BrokenPipeError:
            self._process.wait()
            raise self._failure() from None

    def end(self) -> None:
        """Let it know that no more comes, and await its end.

        Raises
        ------
        BackupError
            If it failed or was killed.
        """
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        if self._process.wait() != 0:
            raise self._failure()

    def kill(self) -> None:
        """End it, whatever it is at."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def let_go(self) -> None:
        """Close all that it had open, once it has ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._listens.join()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as said:
            while piece := said.read(_REMEMBERED):
                self._said = (self._said + piece)[-_REMEMBERED:]

    def _failure(self) -> BackupError:
        self._listens.join()
        name, code = self._program.name, self._process.returncode
        if _NO_RIGHT.search(self._said):
            return BackupError(
                "%(program)s 没有完成：数据库账户的权限不够；请用库的所有者账户重试", program=name
            )
        if _NO_ROOM.search(self._said):
            return BackupError(
                "%(program)s 没有完成：数据库服务器的磁盘已满；请清理后重试", program=name
            )
        return BackupError(
            "%(program)s 中断（%(why)s），没有留下任何内容；请重试，仍不行请查看数据库服务器的日志",
            program=name,
            why=signal.Signals(-code).name if code < 0 else code,
        )


@contextmanager
def running(program: Program, arguments: Sequence[str], *, reads: bool = False) -> Iterator[Run]:
    """Yield a program that was begun; it is ended in the end, whatever happens.

    Parameters
    ----------
    reads
        Whether it is given something to read.
    """
    process = subprocess.Popen(  # noqa: S603 - found on the PATH, options are ours
        [program.path, *arguments],
        stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=program.environment,
    )
    run = Run(program, process)
    try:
        yield run
    finally:
        run.kill()
        run.let_go()


def _first_words(path: str, environment: Mapping[str, str]) -> str:
    try:
        return subprocess.run(  # noqa: S603 - as above
            [path, "--version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        ).stdout
    except OSError:
        return ""


def _environment(backend: Postgres | None) -> dict[str, str]:
    """Return what a program inherits: its own language, nothing of ours, and where to connect."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "LC_ALL": "C", **({} if backend is None else backend.libpq())}
