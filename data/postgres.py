"""PostgreSQL with PostGIS, a server: for a large court, and for several machines on one store.

Writers queue up on one advisory lock, so that the audit chain has no gap and no fork; readers
see one state and never wait. The password of an address appears nowhere: not in an error, not
in a representation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    create_engine,
    func,
    inspect,
    literal_column,
    make_url,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from data.backend import (
    BUSY_MS,
    another_worker,
    busy,
    duplicate,
    full,
    missing_reference,
    translated,
    unfit,
    unknown,
)
from data.errors import StoreError

__all__ = ["Postgres", "add_new_rows", "copied_rows", "copy_rows"]

_CONNECT_S = 10
_DRIVER = "postgresql+psycopg"
_SCHEMES = frozenset(("postgres", "postgresql", _DRIVER))
_WRITER = 0x4669656C64777269
"""Key of the lock that writers hold; others who use the database must not take it."""

_WORKER = 0x4669656C64777270
"""Key of the lock that the one worker of a database holds for as long as its connection lasts."""

_WORKER_IS = "fieldwrit worker "
_LONGEST_NAME = 63  # of what a connection may call itself, in bytes
_HOLDS = (
    "FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"  # noqa: S608 - constants
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    f" AND classid = {_WORKER >> 32} AND objid = {_WORKER & 0xFFFFFFFF}"
)
_STILL = f"SELECT count(*) {_HOLDS} AND pid = pg_backend_pid()"
_WHO = f"SELECT application_name FROM pg_stat_activity WHERE pid IN (SELECT pid {_HOLDS})"  # noqa: S608
_SOON_LOST = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_SOON_LET_GO = (
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"
)
"""Both ends notice within seconds that the other is gone, and the server lets the lock go."""

_QUEUE_UP = f"SET LOCAL lock_timeout = {BUSY_MS}; SELECT pg_advisory_xact_lock({_WRITER})"

_NO_DATABASE = re.compile(r'database ".*" does not exist|数据库 ".*" 不存在')
_NO_ENTRY = re.compile(
    r"authentication failed|no password supplied|role \".*\" does not exist|no pg_hba.conf entry"
    r"|认证失败|没有提供密码|角色 \".*\" 不存在|没有用于主机"
)
"""What a server says that refuses to connect: no code comes with it."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A database of a server, by its address.

    Parameters
    ----------
    url
        ``postgresql://account:password@host:port/database``; what it leaves out, libpq looks
        up where it always does, such as in the file of passwords.
    """

    url: URL = field(repr=False)

    @classmethod
    def at(cls, text: str) -> Postgres:
        """Return the database at an address.

        Raises
        ------
        StoreError
            If the address cannot be read; its text is not repeated.
        """
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):  # of a port that is no number
            raise _unreadable() from None
        if url.drivername not in _SCHEMES or not url.database:
            raise _unreadable()
        return cls(url.set(drivername=_DRIVER))

    def has_store(self) -> bool:
        """Whether the database has the store's tables.

        Raises
        ------
        StoreError
            If it cannot be reached, or keeps texts in another encoding than UTF-8.
        """
        engine = self.open()
        try:
            with translated(self), self.reading(engine) as connection:
                encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
                if encoding != "UTF8":
                    raise StoreError(
                        "数据库的编码是 %(encoding)s，须为 UTF8；请另建数据库"
                        "（createdb --template=template0 --encoding=UTF8）",
                        encoding=encoding,
                    )
                return inspect(connection).has_table("alembic_version")
        finally:
            engine.dispose()

    def open(self) -> Engine:
        """Return the engine; it connects when it is first used.

        Raises
        ------
        StoreError
            If the driver is not installed.
        """
        return self._engine("fieldwrit", pool_pre_ping=True, isolation_level="READ COMMITTED")

    def libpq(self) -> dict[str, str]:
        """Return the variables by which libpq's programs reach the database; of a password, too."""
        from psycopg.pq import Conninfo

        _, given = self.url.get_dialect()().create_connect_args(self.url)
        known = {one.keyword.decode(): one.envvar for one in Conninfo.get_defaults()}
        told = {"connect_timeout": _CONNECT_S, **given}
        return {
            variable.decode(): str(value)
            for name, value in told.items()
            if (variable := known.get(name)) is not None
        }

    def _engine(
        self, name: str, connect_args: Mapping[str, object] = MappingProxyType({}), **options: Any
    ) -> Engine:
        try:
            return create_engine(
                self.url,
                hide_parameters=True,
                connect_args={
                    "connect_timeout": _CONNECT_S,
                    "application_name": name,
                    "client_encoding": "utf8",
                    **connect_args,
                },
                **options,
            )
        except ImportError as error:
            raise StoreError(
                "未安装 PostgreSQL 的驱动程序；请运行 pip install 'fieldwrit[postgresql]' 后重试"
            ) from error

    def close(self, engine: Engine) -> None:
        """End the connections."""
        engine.dispose()

    @contextmanager
    def reading(self, engine: Engine) -> Iterator[Connection]:
        """Yield a transaction that sees the state at its first question."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, engine: Engine) -> Iterator[Connection]:
        """Yield a transaction that holds the writers' lock from its beginning to its end.

        Each statement sees what was kept before it, as it must: a state that was taken before
        the lock was had would miss what the writer before wrote.
        """
        with engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(_QUEUE_UP)
            yield connection

    def prepare(self, connection: Connection) -> None:
        """Let the database know PostGIS.

        Raises
        ------
        StoreError
            If the server has no PostGIS, or the account may not switch it on.
        """
        known = connection.exec_driver_sql("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")
        if known.scalar() is not None:
            return
        try:
            connection.exec_driver_sql("CREATE EXTENSION postgis")
        except DBAPIError as error:
            raise _no_postgis(getattr(error.orig, "sqlstate", None)) from None

    def remember(self, seq: int, digest: str) -> None:
        """The server answers for what it kept."""

    def near_box(self, west: float, south: float, east: float, north: float) -> ColumnElement[bool]:
        """Return what holds of places in a box, by PostGIS's index; it rounds outwards."""
        box = func.ST_MakeEnvelope(west, south, east, north, 4326)
        return literal_column("place_point.point").bool_op("&&")(box)

    @contextmanager
    def worker_lock(self, name: str) -> Iterator[Callable[[], bool]]:
        """Yield while a connection of its own holds the worker's lock, which ends with it."""
        shown = f"{_WORKER_IS}{name}".encode()[:_LONGEST_NAME].decode(errors="ignore")
        engine = self._engine(shown, _SOON_LOST, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with translated(self):
            connection = engine.connect()
        try:
            with translated(self):
                connection.exec_driver_sql(_SOON_LET_GO)
                asked = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_WORKER})")
                if not asked.scalar():
                    who = connection.exec_driver_sql(_WHO).scalar() or ""
                    raise another_worker(who.removeprefix(_WORKER_IS))

            def still() -> bool:
                try:
                    return connection.exec_driver_sql(_STILL).scalar() == 1
                except SQLAlchemyError:  # of the driver, or that this connection ended before
                    return False

            yield still
        finally:
            with suppress(SQLAlchemyError):
                connection.close()
            engine.dispose()

    def meaning(self, error: DBAPIError) -> StoreError:
        """Return the store's error by the server's code, or by its words where none comes."""
        state: str | None = getattr(error.orig, "sqlstate", None)
        if state is None:
            said = str(error.orig)
            if isinstance(error, OperationalError):
                return self._not_connected(said, lost=error.connection_invalidated)
            return _unkept_character() if "NUL" in said else unknown(type(error.orig).__name__)
        known = _MEANINGS.get(state) or _MEANINGS.get(state[:2])
        return unknown(state) if known is None else known()

    def _not_connected(self, said: str, *, lost: bool) -> StoreError:
        if lost:
            return _away()
        if _NO_DATABASE.search(said):
            return StoreError(
                "服务器上没有数据库 %(name)s；请由管理员以 createdb 建立，或核对数据库地址",
                name=self.url.database,
            )
        if _NO_ENTRY.search(said):
            return _no_entry()
        return StoreError(
            "连接不上数据库服务器 %(host)s；请检查服务器是否运行、地址与端口是否正确、网络是否通",
            host=self.url.host or "localhost",
        )


def copy_rows(connection: Connection, into: str, rows: Iterable[Sequence[object]]) -> None:
    """Add rows by COPY, which takes a fraction of the time of as many insertions.

    Parameters
    ----------
    into
        The table with the columns, as a statement names them.
    rows
        Values in the order of the columns, as the driver takes them.

    Raises
    ------
    DBAPIError
        As of any other statement.
    """
    with _copying(connection, f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def copied_rows(connection: Connection, of: str) -> Iterator[bytes]:
    """Yield the rows of a table as COPY writes them, in pieces that may end within a row.

    Parameters
    ----------
    of
        The table with the columns, as a statement names them.

    Raises
    ------
    DBAPIError
        As of any other statement.
    """
    with _copying(connection, f"COPY {of} TO STDOUT") as copy:
        yield from map(bytes, copy)


@contextmanager
def _copying(connection: Connection, statement: str) -> Iterator[Any]:
    """Yield what the driver copies by, with its errors as those of any other statement."""
    dialect, driven = connection.dialect, connection.connection.driver_connection
    driver: Any = dialect.loaded_dbapi
    assert driven is not None
    try:
        with driven.cursor() as cursor, cursor.copy(statement) as copy:
            yield copy
    except driver.Error as error:
        lost = dialect.is_disconnect(error, driven, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=True, connection_invalidated=lost
        ) from None


def add_new_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Add those rows whose key is not held, by COPY into a table that is gone at the end."""
    names, new = ", ".join(columns), f"new_{table}"
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {new} AS SELECT {names} FROM {table} WITH NO DATA"  # noqa: S608
    )
    copy_rows(connection, f"{new} ({names})", rows)
    connection.exec_driver_sql(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {new} ON CONFLICT DO NOTHING"  # noqa: S608
    )
    connection.exec_driver_sql(f"DROP TABLE {new}")


def _unreadable() -> StoreError:
    return StoreError(
        "数据库地址无法识别；请写作 postgresql://账户:密码@主机:端口/数据库，"
        "其中的特殊字符须按网址规则转义"
    )


def _no_entry() -> StoreError:
    return StoreError("数据库服务器拒绝登录；请核对数据库地址中的账户与密码，以及 pg_hba.conf")


def _no_postgis(state: str | None) -> StoreError:
    if state == "42501":
        return StoreError(
            "数据库尚未启用 PostGIS，而本账户无权启用；"
            "请由数据库管理员在该库中运行 CREATE EXTENSION postgis"
        )
    return StoreError(
        "数据库服务器没有安装 PostGIS；请安装它（Debian：apt-get install postgresql-15-postgis-3，"
        "数字为服务器的版本）后重试"
    )


def _away() -> StoreError:
    return StoreError("与数据库服务器的连接断开，本步骤未保存；请确认服务器已运行后重试")


def _read_only() -> StoreError:
    return StoreError("数据库服务器只读（备用或恢复中），本步骤未保存；请连接可写的主服务器")


def _no_right() -> StoreError:
    return StoreError("数据库账户无权读写；请由数据库管理员把库和表的权限授予该账户")


def _unkept_character() -> StoreError:
    return StoreError("文字含有数据库不能保存的字符（空字符），未保存；请删去后重试")


def _too_large() -> StoreError:
    return StoreError("数值超出库所能保存的范围，未保存；请核对")


def _crowded() -> StoreError:
    return StoreError(
        "数据库服务器的连接或内存已用尽，本步骤未保存；请稍后重试，或请管理员放宽限额"
    )


_MEANINGS: dict[str, Callable[[], StoreError]] = {
    "23505": duplicate,
    "23503": missing_reference,
    "23": unfit,
    "53100": full,
    "53": _crowded,
    "55P03": busy,
    "40": busy,
    "25006": _read_only,
    "42501": _no_right,
    "28": _no_entry,
    "22003": _too_large,
    "22021": _unkept_character,
    "08": _away,
    "57": busy,
    "57P01": _away,
    "57P02": _away,
    "57P03": _away,
    "57P05": _away,
    "XX001": partial(StoreError, "数据库文件已损坏；请从备份中恢复"),
    "XX002": partial(StoreError, "数据库文件已损坏；请从备份中恢复"),
}
"""What codes of PostgreSQL mean, or their classes of two letters."""
