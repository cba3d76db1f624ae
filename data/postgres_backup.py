"""Backups of a PostgreSQL database by its own programs: one moment, and every row added up.

``pg_dump`` sees the state that this program holds still, so that what is told of the rows is true
of what is dumped. What a table holds is told by the number of its rows and the sum of their
hashes, whatever their order; it is the same of the rows in a dump, and of the database that was
restored from it.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

from sqlalchemy import Connection, inspect

from data.backend import translated
from data.errors import BackupError
from data.packing import Dump
from data.postgres import Postgres, copied_rows
from data.postgres_programs import Run, find_program, running
from data.schema import Base

__all__ = ["DumpCheck", "Restorer", "State", "Sums", "dump_of", "held_still"]

Sums: TypeAlias = Mapping[str, list[Any]]
"""By table, how many rows it has, and the sum of their hashes."""

State: TypeAlias = tuple[Connection, str]
"""A transaction that sees one state, and the name by which others are let see the same."""

_PIECE = 1 << 20
_EXTENSION = "postgis"
_VERSIONS = "alembic_version"
_MODULUS = 1 << 256
_COPIED = re.compile(rb'COPY (?:"?\w+"?\.)?"?(\w+)"? \(.*\) FROM stdin;\n')
_END = b"\\.\n"
_LOCKED_MS = 60_000
_AS_DUMPED = (
    "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL extra_float_digits = 3;"
    " SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres';"
    " SET LOCAL bytea_output = 'hex'"
)
"""How the server writes values, as its program has it, and that it waits for that to end."""

_MAJOR = "SELECT current_setting('server_version_num')::integer / 10000"
_OWN = """
    n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (
        SELECT 1 FROM pg_depend e
        WHERE e.deptype = 'e' AND e.objid = o.oid AND e.classid = o.tableoid
    )
"""
"""What is neither the server's own nor an extension's."""

_RELATIONS = f"""
    SELECT n.nspname, o.relname, o.relkind, coalesce(t.relname, '') AS of_table
    FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
    LEFT JOIN pg_depend d ON o.relkind = 'S' AND d.objid = o.oid AND d.deptype IN ('a', 'i')
        AND d.classid = o.tableoid AND d.refclassid = o.tableoid
    LEFT JOIN pg_class t ON t.oid = d.refobjid
    WHERE o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {_OWN}
"""  # noqa: S608 - constants
_FUNCTIONS = f"""
    SELECT o.oid::regprocedure::text FROM pg_proc o JOIN pg_namespace n ON n.oid = o.pronamespace
    WHERE {_OWN}
"""  # noqa: S608
_OF_EXTENSIONS = """
    SELECT n.nspname, o.relname FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
    WHERE o.oid IN (SELECT unnest(extconfig) FROM pg_extension)
"""
"""Tables of extensions whose rows would be dumped, as PostGIS's of the projections it knows."""

_COLUMNS = """
    SELECT quote_ident(attname) FROM pg_attribute
    WHERE attrelid = to_regclass(%(table)s) AND attnum > 0
    AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


@contextmanager
def held_still(backend: Postgres) -> Iterator[State]:
    """Yield a transaction that sees one state, however many write meanwhile."""
    engine = backend.open()
    try:
        with translated(backend), backend.reading(engine) as connection:
            connection.exec_driver_sql(_AS_DUMPED)
            name = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar()
            yield connection, str(name)
    finally:
        backend.close(engine)


@contextmanager
def dump_of(backend: Postgres, state: State) -> Iterator[tuple[Dump, Sums, int]]:
    """Yield what ``pg_dump`` writes of the store's tables, their sums, and their size in bytes.

    Raises
    ------
    BackupError
        If the program is missing or older than the server; by what is read, if it breaks off.
    """
    connection, name = state
    server = connection.exec_driver_sql(_MAJOR).scalar() or 0
    program = find_program("pg_dump", backend, least=server)
    tables, others = _tables(connection)
    sizes = connection.exec_driver_sql(
        "SELECT sum(pg_table_size(to_regclass(name))) FROM unnest(%(names)s::text[]) AS name",
        {"names": [_quoted(one) for one in tables]},
    )
    arguments = [
        "--format=custom",
        "--no-password",
        f"--snapshot={name}",
        f"--lock-wait-timeout={_LOCKED_MS}",
        f"--extension={_EXTENSION}",
        *(f"--exclude-table={one}" for one in others),
    ]
    with running(program, arguments) as run:
        head = {"server": server, "program": program.major}
        yield Dump(head, _written(run)), _sums(connection, tables), int(sizes.scalar() or 0)


def _written(run: Run) -> Iterator[bytes]:
    while piece := run.output.read(_PIECE):
        yield piece
    run.end()


class DumpCheck:
    """Adds up the rows in a dump as ``pg_restore`` reads it, without a server.

    Implements :class:`data.packing.DumpReader`.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._run: Run | None = None
        self._sums: dict[str, list[Any]] = {}
        self._adds: threading.Thread | None = None

    def __enter__(self) -> DumpCheck:
        return self

    def __exit__(self, *_: object) -> None:
        if self._run is not None and self._adds is not None:
            self._run.kill()
            self._adds.join()
        self._open.close()

    def begin(self, head: Mapping[str, Any] | None) -> None:
        """Let the program begin, where there is a dump."""
        if head is None:
            return
        program = find_program("pg_restore", least=int(head["program"]))
        self._run = self._open.enter_context(
            running(program, ["--data-only", "--file=-"], reads=True)
        )
        self._adds = threading.Thread(target=self._add, args=(self._run,), daemon=True)
        self._adds.start()

    def take(self, piece: bytes) -> None:
        """Take the next piece."""
        assert self._run is not None
        self._run.take(piece)

    def sums(self) -> Sums | None:
        """Return the sums of all tables, None where there was no dump.

        Raises
        ------
        BackupError
            If the program could not read it to its end.
        """
        if self._run is None or self._adds is None:
            return None
        self._run.end()
        self._adds.join()
        return self._sums

    def _add(self, run: Run) -> None:
        lines = iter(run.output)
        for line in lines:
            if found := _COPIED.fullmatch(line):
                rows = iter(lines.__next__, _END)
                self._sums[found[1].decode()] = _sum(rows)


class Restorer:
    """Restores a dump into an empty database, in one transaction.

    Implements :class:`data.packing.DumpReader`. Where the block that it opens fails afterwards,
    the database is emptied again.

    Parameters
    ----------
    backend
        The database; None where a file is to be restored, and a dump is refused.
    """

    def __init__(self, backend: Postgres | None) -> None:
        self._backend = backend
        self._open = ExitStack()
        self._run: Run | None = None
        self._has_restored = False

    def __enter__(self) -> Restorer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._open.close()
        if kind is not None and self._has_restored:
            _empty(self._server)

    def begin(self, head: Mapping[str, Any] | None) -> None:
        """Make the database ready, and let ``pg_restore`` begin.

        Raises
        ------
        BackupError
            If the backup is of the other kind of database, that which is to take it not empty or of
            an older server, or the program missing or older.
        """
        if self._backend is None:
            if head is None:
                return
            raise BackupError(
                "这份备份来自 PostgreSQL；请建一个空库，把它的地址放进环境变量 "
                "FIELDWRIT_DATABASE_URL，再运行同一条命令"
            )
        if head is None:
            raise BackupError(
                "备份恢复成数据目录里的 SQLite 库，而 FIELDWRIT_DATABASE_URL 指向 PostgreSQL；"
                "请先取消这个变量"
            )
        program = find_program("pg_restore", self._backend, least=int(head["program"]))
        self._backend.has_store()  # its encoding
        engine = self._backend.open()
        try:
            with translated(self._backend), self._backend.writing(engine) as connection:
                _refuse_unfit(connection, self._backend, server=int(head["server"]))
                self._backend.prepare(connection)
        finally:
            self._backend.close(engine)
        arguments = [
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            "--no-comments",
            "--no-password",
            f"--dbname=dbname='{_escaped(self._backend)}'",
        ]
        self._run = self._open.enter_context(running(program, arguments, reads=True))

    def take(self, piece: bytes) -> None:
        """Take the next piece."""
        assert self._run is not None
        self._run.take(piece)

    @contextmanager
    def restored(self, names: Iterable[str]) -> Iterator[tuple[Connection, Sums]]:
        """Yield the database as it was restored, with the sums of tables.

        Raises
        ------
        BackupError
            If the program failed; then nothing was restored.
        """
        if self._run is not None:
            self._run.end()
            self._has_restored = True
        with held_still(self._server) as (connection, _):
            yield connection, _sums(connection, names)

    @property
    def _server(self) -> Postgres:
        assert self._backend is not None
        return self._backend


def _refuse_unfit(connection: Connection, backend: Postgres, *, server: int) -> None:
    found = connection.exec_driver_sql(_MAJOR).scalar() or 0
    if found < server:
        raise BackupError(
            "备份来自第 %(server)d 版的 PostgreSQL，而这台服务器是第 %(found)d 版；"
            "请恢复到同版或更新的服务器",
            server=server,
            found=found,
        )
    if any(connection.exec_driver_sql(held).first() for held in (_RELATIONS, _FUNCTIONS)):
        raise BackupError(
            "数据库 %(name)s 不是空的，不会覆盖；请由管理员以 createdb 另建一个空库",
            name=backend.url.database,
        )


def _empty(backend: Postgres) -> None:
    """Take away what was restored; nothing else was there."""
    engine = backend.open()
    try:
        with translated(backend), backend.writing(engine) as connection:
            for schema, name, kind, _ in connection.exec_driver_sql(_RELATIONS).all():
                if kind in ("r", "p"):
                    table = f"{_quoted(schema)}.{_quoted(name)}"
                    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table} CASCADE")
            for signature in connection.exec_driver_sql(_FUNCTIONS).scalars().all():
                connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {signature} CASCADE")
    finally:
        backend.close(engine)


def _tables(connection: Connection) -> tuple[list[str], list[str]]:
    """Return the store's tables, and all else whose rows would be dumped, as patterns."""
    ours = {*Base.metadata.tables, _VERSIONS}
    schema = inspect(connection).default_schema_name
    tables, others = [], []
    for of_schema, name, _kind, of_table in connection.exec_driver_sql(_RELATIONS):
        if of_schema == schema and (of_table or name) in ours:
            tables += [] if of_table else [name]
        else:
            others.append((of_schema, name))
    others += [(of, name) for of, name in connection.exec_driver_sql(_OF_EXTENSIONS)]
    return sorted(tables), sorted(f"{_quoted(one)}.{_quoted(name)}" for one, name in others)


def _sums(connection: Connection, tables: Iterable[str]) -> Sums:
    found = {}
    for table in tables:
        name = _quoted(table)
        columns = connection.exec_driver_sql(_COLUMNS, {"table": name}).scalars()
        found[table] = _sum(_lines(copied_rows(connection, f"{name} ({', '.join(columns)})")))
    return found


def _sum(rows: Iterable[bytes]) -> list[Any]:
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256(row).digest(), "big")
    return [count, f"{total % _MODULUS:064x}"]


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines with their ends; a row's own breaks are escaped."""
    left = b""
    for piece in pieces:
        *lines, left = (left + piece).split(b"\n")
        for line in lines:
            yield line + b"\n"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escaped(backend: Postgres) -> str:
    """Return the name of the database as a string of libpq's."""
    return str(backend.url.database).replace("\\", "\\\\").replace("'", "\\'")
