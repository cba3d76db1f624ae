"""What the store asks of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Engine
from sqlalchemy.exc import DBAPIError, StatementError

from data.errors import DuplicateError, StoreBusyError, StoreError, StoreFullError, WorkerError

__all__ = [
    "BUSY_MS",
    "Backend",
    "another_worker",
    "busy",
    "duplicate",
    "full",
    "missing_reference",
    "translated",
    "unfit",
    "unknown",
    "unwritable",
]

BUSY_MS = 10_000
"""How long a writer waits for another."""


class Backend(Protocol):
    """How one kind of database is opened, written to, searched, and what its errors mean."""

    def has_store(self) -> bool:
        """Whether a store was made in it; nothing is made by asking."""
        ...

    def open(self) -> Engine:
        """Return the engine of the database, which is made where it is missing and may be."""
        ...

    def close(self, engine: Engine) -> None:
        """Let go of the database; what was kept lies in its own files then."""
        ...

    def reading(self, engine: Engine) -> AbstractContextManager[Connection]:
        """Yield a transaction that sees one state throughout, whatever is written meanwhile."""
        ...

    def writing(self, engine: Engine) -> AbstractContextManager[Connection]:
        """Yield a transaction that no other writer runs beside."""
        ...

    def prepare(self, connection: Connection) -> None:
        """Give the database what the tables need, before they are made or brought up to date."""
        ...

    def remember(self, seq: int, digest: str) -> None:
        """Note beside the database, where it is a file, which audit entry was kept last.

        It tells later whether the file went back behind that, as after a damage of the disk.
        """
        ...

    def near_box(self, west: float, south: float, east: float, north: float) -> ColumnElement[bool]:
        """Return what holds of rows of ``place`` in a box, and of a few beside it; by an index."""
        ...

    def worker_lock(self, name: str) -> AbstractContextManager[Callable[[], bool]]:
        """Yield while no other process works on the store's jobs.

        What is yielded tells whether that still holds. ``name`` is told to others who ask
        meanwhile; they get a :class:`WorkerError`.
        """
        ...

    def meaning(self, error: DBAPIError) -> StoreError:
        """Return the store's error for one of the driver."""
        ...


@contextmanager
def translated(backend: Backend) -> Iterator[None]:
    """Turn the errors of a database into the store's.

    The driver's own error is not shown beneath: PostgreSQL repeats the values of a row in it.
    """
    try:
        yield
    except DBAPIError as error:
        raise backend.meaning(error) from None
    except StatementError as error:
        if isinstance(error.orig, StoreError):  # a column type refused a value
            raise error.orig from None
        raise


def another_worker(name: str) -> WorkerError:
    """Return the error of a store whose jobs another process works on."""
    return WorkerError(
        "这个库已有一个任务进程在运行（%(name)s），不必再启动；要换一台机器办理，请先停止它",
        name=name,
    )


def duplicate() -> DuplicateError:
    """Return the error of a key that is taken."""
    return DuplicateError("同一标识的对象已在库中，未重复保存")


def missing_reference() -> StoreError:
    """Return the error of a reference to nothing."""
    return StoreError("所引用的对象不在库中；请先导入被引用的案件、地址或派出所")


def unfit() -> StoreError:
    """Return the error of a row that a table refuses."""
    return StoreError("数据不符合库的约束，未保存；请核对必填项")


def full() -> StoreFullError:
    """Return the error of a full disk."""
    return StoreFullError("磁盘空间不足，本步骤未保存，原有数据保持不变；请清理磁盘后重试")


def busy() -> StoreBusyError:
    """Return the error of a database that another holds for too long."""
    return StoreBusyError("数据库正被另一操作占用，本步骤未保存；请稍后重试")


def unwritable() -> StoreError:
    """Return the error of a file that may not be written."""
    return StoreError("数据库无法写入；请检查数据文件夹的权限")


def unknown(code: str) -> StoreError:
    """Return the error of what has no cure of its own."""
    return StoreError("数据库出错（%(code)s），本步骤未保存；请检查磁盘空间与权限后重试", code=code)
