"""What is wrong with a store, where, and what helps; what is safe is mended where that is asked.

Nothing is mended by guessing: what was lost is told, with the way to the last backup.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    LargeBinary,
    func,
    inspect,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy import table as sql_table
from sqlalchemy.exc import DBAPIError

from data import migrations
from data.audit import check_chain
from data.backend import Backend, translated
from data.backup import TEMPORARY
from data.cases import plain_key
from data.crypto import GIVEN_KEY, FieldCipher, Keys, read_key_file
from data.errors import AuditError, DataError, StoreError
from data.postgres import Postgres
from data.rotation import secret_columns
from data.schema import (
    AddressClaimRow,
    AuditEntryRow,
    DebtorRow,
    Encrypted,
    SecretBytes,
    SettingRow,
)
from data.sqlite import Sqlite, boxes_out_of_step, rebuild_boxes
from data.store import DATABASE_NAME, KEY_CHECK, KEY_NAME
from data.upsert import table_of
from data.work import Database, check_field_key, open_database
from data.workshops import abandoned
from geo.messages import Message, message
from geo.ports import ProgressListener
from routes.ports import Clock

__all__ = ["MODES", "Health", "State", "Trouble", "examine"]

MODES = frozenset({"folder.mode", "file.mode", "key.mode"})
"""Codes of what others may read: nothing of the content is wrong."""

SAMPLE_ROWS = 200
"""Rows of each encrypted column that are looked at, where not all are."""

STALE_S = 3600.0
"""After what time a temporary file is nobody's any more."""

_MOST_LINES = 100
_LEAST_FREE_BYTES = 100 * 1024 * 1024
_BACKUP_LASTS = timedelta(days=7)
_ALL_STEPS = 8


class State(StrEnum):
    """What a trouble asks for."""

    NOTE = "note"  # nothing is wrong yet
    FAULT = "fault"
    MENDED = "mended"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that was found.

    Parameters
    ----------
    code
        Names its kind, for programs.
    text
        What, where, and what helps; also what is lost.
    """

    code: str
    text: Message
    state: State = State.FAULT


@dataclass(frozen=True, slots=True)
class Health:
    """All that was found.

    Parameters
    ----------
    counts
        Rows that can be read, by table; None where a table cannot be read to its end.
    """

    troubles: tuple[Trouble, ...]
    counts: dict[str, int | None] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong that was not mended."""
        return all(one.state is not State.FAULT for one in self.troubles)


def examine(
    data_dir: Path,
    *,
    clock: Clock,
    by: str,
    url: str | None = None,
    keys: Keys | None = None,
    mend: bool = False,
    every_field: bool = False,
    stale_s: float = STALE_S,
    progress: ProgressListener | None = None,
) -> Health:
    """Look at the folder, the key, and the database of a store.

    Parameters
    ----------
    by
        Who is named in the audit for what was mended.
    url
        Address of a PostgreSQL database; its files are the server's own business.
    keys
        Those that stand in the place of the key file.
    mend
        Put right what can be put right without loss.
    every_field
        Decrypt every field, not the first and last of each column only.
    stale_s
        Age from which temporary files are nobody's.
    """
    backend: Backend = Sqlite(data_dir / DATABASE_NAME) if url is None else Postgres.at(url)
    visit = _Visit(data_dir, backend, clock, by, keys, mend, every_field, progress)
    visit.look(stale_s)
    return Health(tuple(visit.troubles), visit.counts)


@dataclass(slots=True)
class _Visit:
    data_dir: Path
    backend: Backend
    clock: Clock
    by: str
    keys: Keys | None
    mend: bool
    every_field: bool
    progress: ProgressListener | None
    troubles: list[Trouble] = field(default_factory=list)
    counts: dict[str, int | None] = field(default_factory=dict)
    steps: int = 0

    def look(self, stale_s: float) -> None:
        if not self.data_dir.is_dir():
            self.add(
                "folder",
                message(
                    "没有数据目录 %(folder)s；请核对 --data-dir，或从备份恢复",
                    folder=self.data_dir.name,
                ),
            )
            return
        self.troubles += _folder(self.data_dir, self.mend)
        self.troubles += _leftovers(self.data_dir, self.mend, stale_s)
        self.troubles += _file_modes(self.data_dir, self.mend)
        self.troubles += _disk(self.data_dir)
        self.step()
        cipher = self.key()
        try:
            if not self.backend.has_store():
                self.add(
                    "database.missing",
                    message("没有库文件；请从备份恢复（fieldwrit backup restore）"),
                )
                return
            engine = self.backend.open()
        except StoreError as error:
            self.troubles.append(Trouble("database.open", error.message))
            return
        try:
            readable = self.database(engine)
        finally:
            self.backend.close(engine)
        if not readable or cipher is None:
            return
        database = open_database(self.backend, cipher, self.clock)
        try:
            self.content(database)
        except DataError as error:
            self.troubles.append(Trouble("database.read", error.message))
        finally:
            database.close()

    def key(self) -> FieldCipher | None:
        if self.keys is not None:
            if len(self.keys.fields) > 1:
                self.note(
                    "key.rotation",
                    message(
                        "环境变量 %(name)s 中有不止一把密钥；请运行 fieldwrit key rotate，"
                        "完成后删去旧的",
                        name=GIVEN_KEY,
                    ),
                )
            return FieldCipher.of(self.keys)
        path = self.data_dir / KEY_NAME
        with suppress(OSError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if os.name == "posix" and mode & 0o077:
                if self.mend:
                    path.chmod(0o600)
                self.add(
                    "key.mode",
                    message(
                        "密钥文件 %(file)s 的权限为 %(mode)s，其他用户可以读取；须为 600，"
                        "并请考虑更换密钥（fieldwrit key rotate）",
                        file=path.name,
                        mode=f"{mode:03o}",
                    ),
                    mended=self.mend,
                )
        try:
            keys = read_key_file(path)
        except DataError as error:
            if not self.troubles or self.troubles[-1].code != "key.mode":
                self.troubles.append(Trouble("key", error.message))
            return None
        if len(keys.fields) > 1:
            self.note(
                "key.rotation", message("更换密钥尚未做完；请再运行一次 fieldwrit key rotate")
            )
        return FieldCipher.of(keys)

    def database(self, engine: Engine) -> bool:
        """Look at what can be seen without the key; return whether the rest can be looked at."""
        try:
            with translated(self.backend), self.backend.reading(engine) as connection:
                self.counts = _readable(connection)
                revision = migrations.current_revision(connection)
        except StoreError as error:
            self.troubles.append(Trouble("database.open", error.message))
            return False
        if isinstance(self.backend, Sqlite):
            wrong = _integrity(self.backend, engine)
            if wrong and self.mend:
                _rebuild_indexes(self.backend, engine)
                left = _integrity(self.backend, engine)
                if not left:
                    self.add(
                        "database.index",
                        message(
                            "库文件的索引有 %(count)d 处不符，已重建，没有丢失内容",
                            count=len(wrong),
                        ),
                        mended=True,
                    )
                wrong = left
            if wrong:
                self.damaged(len(wrong))
                return False
            self.loose(engine)
        self.step()
        if revision is None:
            self.add(
                "database.empty",
                message("库中没有表；请从备份恢复，新建的目录请运行 fieldwrit init"),
            )
            return False
        if revision in migrations.EARLIER:
            self.note(
                "database.revision",
                message("库的版本 %(found)s 较旧，下一个命令会自动更新", found=revision),
            )
            return False
        if revision != migrations.HEAD:
            self.add(
                "database.revision",
                message(
                    "数据库的版本 %(found)s 不为本程序所识；请使用建立它的较新版本", found=revision
                ),
            )
            return False
        return True

    def damaged(self, lines: int) -> None:
        lost = sorted(name for name, count in self.counts.items() if count is None)
        self.add(
            "database.damaged",
            message(
                "库文件已损坏（%(lines)d 处）；能读出 %(rows)d 行，读不完整的表：%(tables)s。"
                "请先另存整个数据目录，再把最近的备份恢复到新目录（fieldwrit backup restore）",
                lines=lines,
                rows=sum(count or 0 for count in self.counts.values()),
                tables="、".join(lost) or "-",
            ),
        )

    def loose(self, engine: Engine) -> None:
        with translated(self.backend), self.backend.reading(engine) as connection:
            found: dict[str, int] = {}
            for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
                found[row[0]] = found.get(row[0], 0) + 1
        for name, count in sorted(found.items()):
            self.add(
                "database.reference",
                message(
                    "表 %(table)s 有 %(count)d 行所指的行已不在；请把最近的备份恢复到新目录核对",
                    table=name,
                    count=count,
                ),
            )

    def content(self, database: Database) -> None:
        cipher = database.cipher
        with database.read() as connection:
            asked = select(SettingRow.value).where(SettingRow.name == KEY_CHECK)
            held = connection.scalar(asked)
            if held is not None and held != cipher.chain_hash("key check"):
                self.add(
                    "key.other",
                    message(
                        "密钥文件 %(file)s 不属于这个数据库；请换回原来的密钥文件", file=KEY_NAME
                    ),
                )
                return
            check_field_key(connection, cipher)
            try:
                check_chain(connection, cipher)
            except AuditError as error:
                self.troubles.append(Trouble("audit", error.message))
            lost = self.gone(connection)
            self.step()
            self.fields(connection, cipher)
            self.step()
            self.backups(connection)
        if lost and self.mend:
            with database.write() as work:  # what is noted from now on is of this state
                self.record(work, "audit.back", lost)
        self.hashes(database)
        self.step()
        if isinstance(self.backend, Sqlite):
            self.boxes(database)
        self.step()

    def gone(self, connection: Connection) -> int:
        """Tell whether the file went back behind what was kept; return how many entries are gone.

        A file put back from a copy, or cut off by the disk, is whole in itself.
        """
        noted = self.backend.remembered() if isinstance(self.backend, Sqlite) else None
        if noted is None:
            return 0
        seq, digest = noted
        asked = select(AuditEntryRow.hash).where(AuditEntryRow.seq == seq)
        if connection.scalar(asked) == digest:
            return 0
        last = connection.scalar(select(func.max(AuditEntryRow.seq))) or 0
        lost = max(1, seq - last)
        self.add(
            "audit.back",
            message(
                "库回到了较早的状态：审计链曾到第 %(seq)d 条，现只到第 %(last)d 条，"
                "其后所做的（至少 %(lost)d 项）已丢失；请从较新的备份恢复，"
                "没有的请按纸面补录，并运行 fieldwrit doctor --mend 认定现状",
                seq=seq,
                last=last,
                lost=lost,
            ),
            mended=self.mend,
        )
        return lost

    def fields(self, connection: Connection, cipher: FieldCipher) -> None:
        for table, key, columns in secret_columns():
            for column in columns:
                assert isinstance(column.type, Encrypted)
                count = 0
                for sealed in self.stored(connection, key, column):
                    if not column.type.hides(sealed):
                        continue
                    try:
                        cipher.unseal(sealed, field=column.type.field)
                    except StoreError:
                        count += 1
                if count:
                    self.add(
                        "field",
                        message(
                            "%(table)s.%(column)s 有 %(count)d 处加密内容无法读出，"
                            "这些内容已丢失；请从备份中找回",
                            table=table.name,
                            column=column.name,
                            count=count,
                        ),
                    )

    def stored(self, connection: Connection, key: Any, column: Any) -> Iterator[bytes]:
        """Yield what a column holds as it lies there; of many bytes one row at a time."""
        raw, held = type_coerce(column, LargeBinary), column.is_not(None)
        if isinstance(column.type, SecretBytes):
            for (one,) in self.rows(connection, select(key).where(held), key):
                yield connection.execute(select(raw).where(key == one)).scalar_one()
            return
        for _, sealed in self.rows(connection, select(key, raw).where(held), key):
            yield sealed

    def rows(self, connection: Connection, query: Any, key: Any) -> Iterator[Any]:
        if self.every_field:
            yield from connection.execute(query.order_by(key))
            return
        seen = set()
        for order in (key, key.desc()):
            for row in connection.execute(query.order_by(order).limit(SAMPLE_ROWS // 2)).all():
                if row[0] not in seen:
                    seen.add(row[0])
                    yield row

    def hashes(self, database: Database) -> None:
        """Hashes by which names, numbers and addresses are found again."""
        debtor, claim = table_of(DebtorRow), table_of(AddressClaimRow)
        for table, column, hash_column, word in (
            (debtor, debtor.c.name, debtor.c.name_hash, "name"),
            (debtor, debtor.c.id_number, debtor.c.id_number_hash, "id_number"),
            (claim, claim.c.text, claim.c.text_hash, "address"),
        ):
            query = select(table.c.id, type_coerce(column, LargeBinary), hash_column).where(
                column.is_not(None),
                hash_column != "",  # blank once the text was purged
            )
            wrong: dict[str, str] = {}
            with database.read() as connection:
                for key, sealed, held in self.rows(connection, query, table.c.id):
                    with suppress(StoreError):  # told by the fields
                        plain = database.cipher.decrypt(sealed, field=f"{table.name}.{column.name}")
                        right = database.cipher.keyed_hash(word, plain_key(plain))
                        if held != right:
                            wrong[key] = right
            if wrong and self.mend:
                with database.write() as work:
                    for key, right in wrong.items():
                        work.connection.execute(
                            update(table).where(table.c.id == key).values({hash_column.name: right})
                        )
                    self.record(work, "hash", len(wrong))
            if wrong:
                self.add(
                    "hash",
                    message(
                        "%(table)s.%(column)s 有 %(count)d 处与内容不符，会查不到；"
                        "fieldwrit doctor --mend --all 可重算",
                        table=table.name,
                        column=hash_column.name,
                        count=len(wrong),
                    ),
                    mended=self.mend,
                )

    def boxes(self, database: Database) -> None:
        try:
            with database.read() as connection:
                wrong = boxes_out_of_step(connection)
        except StoreError:
            wrong = 1
        if not wrong:
            return
        if self.mend:
            with database.write() as work:
                rebuild_boxes(work.connection)
                self.record(work, "boxes", wrong)
        self.add(
            "boxes",
            message(
                "按范围查找位置的索引有 %(count)d 处与位置不符；fieldwrit doctor --mend 可重建",
                count=wrong,
            ),
            mended=self.mend,
        )

    def backups(self, connection: Connection) -> None:
        newest = select(func.max(AuditEntryRow.at)).where(AuditEntryRow.act == "backup.make")
        made_at = connection.scalar(newest)
        if isinstance(self.backend, Postgres):
            return
        if made_at is None:
            self.note("backup", message("还没有做过备份；请运行 fieldwrit backup make"))
        elif self.clock() - made_at > _BACKUP_LASTS:
            self.note(
                "backup",
                message(
                    "最近一次备份是 %(days)d 天前做的；请运行 fieldwrit backup make",
                    days=(self.clock() - made_at).days,
                ),
            )

    def record(self, work: Any, code: str, count: int) -> None:
        work.record(self.by, "doctor.mend", "store:-", {"code": code, "count": count})

    def add(self, code: str, text: Message, *, mended: bool = False) -> None:
        self.troubles.append(Trouble(code, text, State.MENDED if mended else State.FAULT))

    def note(self, code: str, text: Message) -> None:
        self.troubles.append(Trouble(code, text, State.NOTE))

    def step(self) -> None:
        self.steps += 1
        if self.progress is not None:
            self.progress(self.steps, _ALL_STEPS)


def _folder(data_dir: Path, mend: bool) -> Iterator[Trouble]:
    mode = stat.S_IMODE(data_dir.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        if mend:
            data_dir.chmod(0o700)
        yield Trouble(
            "folder.mode",
            message("数据目录的权限为 %(mode)s，其他用户可以进入；须为 700", mode=f"{mode:03o}"),
            State.MENDED if mend else State.FAULT,
        )


def _file_modes(data_dir: Path, mend: bool) -> Iterator[Trouble]:
    """What lies below and others may read, as an earlier version left it or a person put it."""
    found = sorted(_open_to_others(data_dir)) if os.name == "posix" else []
    if not found:
        return
    left = found
    if mend:
        for path in found:
            with suppress(OSError):  # told as left
                path.chmod(0o700 if path.is_dir() else 0o600)
        left = sorted(_open_to_others(data_dir))
    yield Trouble(
        "file.mode",
        message(
            "数据目录中有 %(count)d 个文件或文件夹其他用户可以读取（如 %(name)s）；"
            "须为 600 和 700，fieldwrit doctor --mend 可改正",
            count=len(left or found),
            name=(left or found)[0].relative_to(data_dir).as_posix(),
        ),
        State.FAULT if left else State.MENDED,
    )


def _open_to_others(data_dir: Path) -> Iterator[Path]:
    """Yield files and folders below that others may read; what links name is not looked at."""
    for folder, names, files in os.walk(data_dir):
        for path in (Path(folder, name) for name in (*names, *files)):
            with suppress(FileNotFoundError):
                mode = path.lstat().st_mode
                kept = stat.S_ISREG(mode) or stat.S_ISDIR(mode)
                if kept and mode & 0o077 and path != data_dir / KEY_NAME:
                    yield path


def _leftovers(data_dir: Path, mend: bool, stale_s: float) -> Iterator[Trouble]:
    """Files of work that was cut off before anything of it was in place."""
    now_s = time.time()
    parts = [
        path
        for path in data_dir.rglob(".*.part")
        if path.is_file() and now_s - path.stat().st_mtime >= stale_s
    ]
    parents = (data_dir, data_dir.parent)
    folders = [one for parent in parents for one in abandoned(parent, TEMPORARY)]
    for path in (*parts, *folders):
        if mend:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
        yield Trouble(
            "leftover",
            message(
                "%(name)s 是中断的工作留下的临时文件，其中没有未保存的内容；"
                "fieldwrit doctor --mend 可删除",
                name=path.name,
            ),
            State.MENDED if mend else State.FAULT,
        )


def _disk(data_dir: Path) -> Iterator[Trouble]:
    database = data_dir / DATABASE_NAME
    size = database.stat().st_size if database.exists() else 0
    free = shutil.disk_usage(data_dir).free
    least = _LEAST_FREE_BYTES + 2 * size
    if free < least:
        yield Trouble(
            "disk",
            message(
                "磁盘只剩 %(free)d MiB，备份和更换密钥至少要 %(least)d MiB；请清理磁盘",
                free=free >> 20,
                least=least >> 20,
            ),
        )


def _readable(connection: Connection) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for name in sorted(inspect(connection).get_table_names()):
        if name == "alembic_version" or name.startswith(("place_box", "spatial_ref_sys")):
            continue
        try:
            every = select(func.count()).select_from(sql_table(name))
            found[name] = connection.scalar(every)
            for _ in connection.execute(select(text("*")).select_from(sql_table(name))):
                pass  # to its end
        except DBAPIError:
            found[name] = None
    return found


def _integrity(backend: Sqlite, engine: Engine) -> list[str]:
    try:
        with translated(backend), backend.reading(engine) as connection:
            query = f"PRAGMA integrity_check({_MOST_LINES})"
            lines = [str(row[0]) for row in connection.exec_driver_sql(query)]
    except StoreError:
        return ["unreadable"]
    return [] if lines == ["ok"] else lines


def _rebuild_indexes(backend: Sqlite, engine: Engine) -> None:
    """Make indexes anew; they hold nothing that the tables do not."""
    for act in (rebuild_boxes, _reindex):
        with (
            suppress(StoreError, AssertionError),
            translated(backend),
            backend.writing(engine) as connection,
        ):
            act(connection)


def _reindex(connection: Connection) -> None:
    connection.exec_driver_sql("REINDEX")
