"""A real PostgreSQL server for tests and figures: made in a temporary folder, gone in the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.ports import free_port

__all__ = [
    "PASSWORD",
    "NoServerError",
    "Server",
    "as_owner",
    "database",
    "make",
    "own_folder",
    "programs_folder",
    "running",
    "started",
]

PASSWORD = "loopback-only-7Kq"
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_OTHERS = {"autovacuum": "off", "shared_buffers": "32MB", "log_min_messages": "fatal"}
_WAITS_S = 60


class NoServerError(RuntimeError):
    """There is no server, or none with PostGIS."""


@dataclass(frozen=True)
class Server:
    """A running server; ``trusted`` connections come over its socket, others by password."""

    programs: Path
    folder: Path
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}&port={self.port}"

    def by_password(self, database: str, *, account: str = "postgres", word: str = PASSWORD) -> str:
        return f"postgresql://{account}:{word}@127.0.0.1:{self.port}/{database}"

    def tell(self, statement: str, *, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement outside of any transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def kill(self) -> None:
        """End it at once, as a loss of power does."""
        pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            os.kill(each, signal.SIGKILL)

    def environment(self) -> dict[str, str]:
        """What the server's own programs need to find it, as its superuser."""
        found = {"PGHOST": str(self.folder), "PGPORT": str(self.port), "PGUSER": "postgres"}
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, **found, "PATH": path}


def programs_folder() -> Path:
    """Return the folder of the server's programs.

    Raises
    ------
    NoServerError
        If none is installed, or no account is there that it could run as.
    """
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: one.parent.name)
    found = shutil.which("postgres")
    programs = folders[-1] if folders else Path(found).parent if found else None
    if programs is None:
        raise NoServerError("no PostgreSQL server is installed")
    as_owner()
    return programs


def as_owner() -> dict[str, Any]:
    """Return whom a server runs as: PostgreSQL refuses the superuser of the machine."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise NoServerError("no account is there that a PostgreSQL server could run as")


@contextmanager
def own_folder() -> Iterator[Path]:
    """Yield a folder that the server's account owns; its path is short, as sockets need it."""
    folder = Path(tempfile.mkdtemp(prefix="fieldwrit-pg-", dir="/tmp"))
    owner = as_owner()
    if owner:
        os.chown(folder, owner["user"], owner["group"])
        folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make(programs: Path, folder: Path) -> None:
    """Make the files of a server; accounts come in over the socket, or by password."""
    words = folder / "password"
    words.write_text(PASSWORD)
    words.chmod(0o644)
    subprocess.run(
        [
            *(programs / "initdb", "--no-sync", "--no-instructions", "--encoding=UTF8"),
            *("--locale=C.UTF-8", "--username=postgres", f"--pwfile={words}"),
            *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pgdata={folder / 'data'}"),
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **as_owner(),
    )


@contextmanager
def started(
    programs: Path, folder: Path, options: Mapping[str, str], *, data: Path | None = None
) -> Iterator[Server]:
    """Yield a server over files that were made; it is stopped in the end, whatever happens."""
    server = Server(programs, folder, free_port())
    set_to = {
        **_OTHERS,
        "listen_addresses": "127.0.0.1",
        "port": str(server.port),
        "unix_socket_directories": str(folder),
        **options,
    }
    (data or server.data).joinpath("postmaster.pid").unlink(missing_ok=True)  # of one killed
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(
            [
                *(programs / "postgres", "-D", data or server.data),
                *(word for name, value in set_to.items() for word in ("-c", f"{name}={value}")),
            ],
            cwd=folder,
            stdout=log,
            stderr=log,
            **as_owner(),
        )
    try:
        _await(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # lets nobody finish
        try:
            process.wait(_WAITS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running(**options: str) -> Iterator[Server]:
    """Yield a fast server with PostGIS; what it holds is lost with the machine's power."""
    programs = programs_folder()
    with own_folder() as folder:
        make(programs, folder)
        with started(
            programs, folder, {**_FAST, "wal_level": "minimal", "max_wal_senders": "0", **options}
        ) as server:
            try:
                server.tell("CREATE EXTENSION postgis", database="template1")
            except psycopg.Error as error:
                raise NoServerError(f"the PostgreSQL server has no PostGIS: {error}") from error
            yield server


@contextmanager
def database(server: Server, name: str, *, template: str = "template1") -> Iterator[str]:
    """Yield the address of a new database, a copy of another; it is dropped in the end."""
    server.tell(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield server.url(name)
    finally:
        server.tell(f"DROP DATABASE {name} WITH (FORCE)")


def _await(server: Server, process: subprocess.Popen[bytes]) -> None:
    end_s = time.monotonic() + _WAITS_S
    while time.monotonic() < end_s:
        try:
            server.tell("SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise RuntimeError((server.folder / "log").read_text())
