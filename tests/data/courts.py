"""Folders of stores, with the database that each has: a file, or one of a PostgreSQL server."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, create_engine

from data.backend import Backend
from data.postgres import Postgres
from data.sqlite import Sqlite
from data.store import DATABASE_NAME, Store
from routes.ports import Clock
from tests.fakes import StandingClock
from tests.postgres import Server

_NOT_OURS = """
SELECT pg_relation_filenode(oid)::bigint FROM pg_class
WHERE oid < 16384 OR relname LIKE 'spatial_ref_sys%%'
"""
"""Files of the server's own tables and of PostGIS's, which is full of coordinates."""

__all__ = [
    "EMPTY",
    "ON_BOTH",
    "ON_POSTGRESQL",
    "ON_SQLITE",
    "CourtFolder",
    "allow",
    "copied",
    "new_court",
    "refuse",
]

EMPTY = "empty"
"""Name of the database that others are copies of."""

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ON_BOTH = pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@dataclass(frozen=True)
class CourtFolder:
    """A folder with a key, and where its tables are."""

    folder: Path
    url: str | None = None
    server: Server | None = None

    def open(self, clock: Clock, *, create: bool = False) -> Store:
        return Store.open(self.folder, clock=clock, url=self.url, create=create)

    def content(self) -> bytes:
        """Return what lies on the disk: all files of the database, one after the other."""
        with self.outside() as connection:
            if self.server is None:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                files = self.folder.glob(f"{DATABASE_NAME}*")
            else:
                connection.exec_driver_sql("CHECKPOINT")
                asked = "SELECT oid FROM pg_database WHERE datname = current_database()"
                oid = connection.exec_driver_sql(asked).scalar()
                others = set(connection.exec_driver_sql(_NOT_OURS).scalars())
                files = (
                    each
                    for each in (self.server.data / "base" / str(oid)).glob("[0-9]*")
                    if int(re.split(r"[._]", each.name)[0]) not in others
                )
            return b"".join(each.read_bytes() for each in files)

    @property
    def backend(self) -> Backend:
        return Sqlite(self.folder / DATABASE_NAME) if self.url is None else Postgres.at(self.url)

    @contextmanager
    def outside(self) -> Iterator[Connection]:
        """Yield a connection of someone with the database but not the key; each step is kept."""
        at = f"sqlite:///{self.folder / DATABASE_NAME}" if self.url is None else self.url
        engine = create_engine(at.replace("postgresql:", "postgresql+psycopg:", 1))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection
        engine.dispose()


def new_court(made: CourtFolder) -> CourtFolder:
    """Make a store without content, to be copied: making tables takes longer than a copy."""
    made.open(StandingClock(), create=True).close()
    return made


@contextmanager
def copied(court: CourtFolder, folder: Path) -> Iterator[CourtFolder]:
    """Yield a copy of a store in a new folder, with a database as good as new."""
    shutil.copytree(court.folder, folder)
    if court.server is None:
        yield CourtFolder(folder)
    else:
        yield CourtFolder(folder, _as_new(court.server), court.server)


def refuse(connection: Connection, act: str) -> None:
    """Let a table refuse an act, such as ``INSERT ON audit_entry``, from now on."""
    if connection.dialect.name == "postgresql":
        says = "$$ BEGIN RAISE EXCEPTION 'refused'; END $$"
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS {says}"
        )
        does = "EXECUTE FUNCTION refused()"
    else:
        does = "BEGIN SELECT RAISE(ABORT, 'refused'); END"
    connection.exec_driver_sql(f"CREATE TRIGGER refused BEFORE {act} {does}")


def allow(connection: Connection, table: str) -> None:
    """Take back what :func:`refuse` did to a table."""
    on = f" ON {table}" if connection.dialect.name == "postgresql" else ""
    connection.exec_driver_sql(f"DROP TRIGGER refused{on}")


_NAME = "court"
_STATE = """
SELECT (SELECT sum(oid::bigint) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
    (SELECT sum(oid::bigint) FROM pg_trigger), (SELECT count(*) FROM pg_attribute)
"""
_EMPTY = """
SET session_replication_role = replica;
SET lock_timeout = 2000;
DO $$
DECLARE each text; held boolean;
BEGIN
    FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
        AND tablename NOT IN ('alembic_version', 'spatial_ref_sys', 'setting')
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', each) INTO held;
        IF held THEN EXECUTE format('TRUNCATE %I RESTART IDENTITY CASCADE', each); END IF;
    END LOOP;
    DELETE FROM setting WHERE name <> 'key_check';
END $$
"""


def _as_new(server: Server) -> str:
    """Return the address of a database without content.

    It is emptied, which takes a tenth of the time of a copy, unless a test changed its tables.
    """
    try:
        with psycopg.connect(server.url(_NAME), autocommit=True) as connection:
            if connection.execute(_STATE).fetchall() == _empty_state(server):
                connection.execute(_EMPTY)
                return server.url(_NAME)
    except psycopg.OperationalError:  # none yet, or somebody still holds on to it
        pass
    server.tell(f"DROP DATABASE IF EXISTS {_NAME} WITH (FORCE)")
    server.tell(f"CREATE DATABASE {_NAME} TEMPLATE {EMPTY} STRATEGY FILE_COPY")
    return server.url(_NAME)


@cache
def _empty_state(server: Server) -> list[tuple[object, ...]]:
    return server.tell(_STATE, database=EMPTY)
