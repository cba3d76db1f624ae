"""What is wrong with a court's data folder: the store, and what lies around it."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

from data.doctor import MODES, STALE_S, Health, State, Trouble, examine
from data.errors import DataError
from data.jobs import JobKind
from data.sealed_files import OPEN
from data.workshops import abandoned
from geo.errors import GeoError
from geo.files import folders_beside, put_back
from geo.messages import message
from geo.network import load_network
from routes.ports import Clock
from web.clock import system_clock
from web.config import PLACES_FILE, Settings, secret_key
from web.errors import WebError
from web.i18n import marked
from web.progress import stage
from web.queueing import loose_tables, make_strict
from web.stores import open_store

__all__ = ["examine_court", "shown"]

_JOBS_LOOKED_AT = 10_000
_TAKE_FILES = (JobKind.IMPORT, JobKind.PREVIEW)


def examine_court(
    settings: Settings,
    *,
    mend: bool = False,
    every_field: bool = False,
    stale_s: float = STALE_S,
    clock: Clock = system_clock,
) -> Health:
    """Look at a court's store, files, queue and roads; see :func:`data.doctor.examine`."""
    with stage(settings, marked("检查数据目录")) as listener:
        health = examine(
            settings.data_dir,
            clock=clock,
            by=settings.operator,
            url=settings.database_url,
            keys=settings.keys,
            mend=mend,
            every_field=every_field,
            stale_s=stale_s,
            progress=listener,
        )
    if not settings.data_dir.is_dir():
        return health
    found = [*_session_key(settings, mend), *_queue(settings, mend), *_network(settings)]
    if all(one.state is not State.FAULT or one.code in MODES for one in health.troubles):
        with suppress(DataError):
            found += _uploads(settings, mend, stale_s, clock)
    return Health((*health.troubles, *found), health.counts)


def shown(health: Health) -> dict[str, Any]:
    """Return what was found, for people and programs."""
    return {
        "sound": health.is_sound,
        "faults": sum(one.state is State.FAULT for one in health.troubles),
        "mended": sum(one.state is State.MENDED for one in health.troubles),
        "notes": sum(one.state is State.NOTE for one in health.troubles),
        "table_rows": sum(count or 0 for count in health.counts.values()),
    }


def _session_key(settings: Settings, mend: bool) -> Iterator[Trouble]:
    path = settings.secret_path
    if not path.exists():
        return
    try:
        secret_key(settings)
    except WebError as error:
        if mend:
            path.unlink()
        yield Trouble("session_key", error.message, State.MENDED if mend else State.FAULT)


def _queue(settings: Settings, mend: bool) -> Iterator[Trouble]:
    """The queue only carries ids: the worker takes them from the store when it starts."""
    path = settings.queue_path
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path)) as connection:
            sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except sqlite3.Error:
        sound = False
    if not sound:
        if mend:
            for end in ("", "-wal", "-shm", "-journal"):
                path.with_name(path.name + end).unlink(missing_ok=True)
        yield Trouble(
            "queue",
            message("任务队列文件已损坏；任务都在库中，删除后处理程序启动时会重新排队"),
            State.MENDED if mend else State.FAULT,
        )
        return
    loose = loose_tables(path)
    if loose:
        state = State.NOTE
        if mend:
            with suppress(sqlite3.Error):  # it is as it was, and told again
                make_strict(path)
                state = State.MENDED
        yield Trouble(
            "queue.tables",
            message(
                "任务队列文件有 %(count)d 张表是旧版本建立的，不核对所存的类型；"
                "fieldwrit doctor --mend 会重建，等候的任务不变",
                count=len(loose),
            ),
            state,
        )


def _network(settings: Settings) -> Iterator[Trouble]:
    folder = settings.network_dir
    put_back(folder)
    if not folder.exists():
        yield Trouble("network", message("还没有道路；请运行 fieldwrit network build"), State.NOTE)
        return
    try:
        load_network(folder)
    except GeoError as error:
        yield Trouble("network", error.message)
    else:
        if not (folder / PLACES_FILE).exists():
            yield Trouble("network", message("道路没有建完；请重新运行 fieldwrit network build"))
    for beside in folders_beside(folder):
        yield Trouble(
            "network.leftover",
            message(
                "%(name)s 是正在建立或中断的道路；没有命令在建立道路时可以删除", name=beside.name
            ),
            State.NOTE,
        )


def _uploads(settings: Settings, mend: bool, stale_s: float, clock: Clock) -> Iterator[Trouble]:
    """Files that wait for an import, against the jobs that import them."""
    folder = settings.uploads_dir
    with closing(open_store(settings, clock)) as store:
        jobs = [one for one in store.jobs.latest(_JOBS_LOOKED_AT) if one.kind in _TAKE_FILES]
    copies = abandoned(folder, OPEN)
    if copies:
        if mend:
            for path in copies:
                shutil.rmtree(path)
        yield Trouble(
            "upload.open",
            message(
                "有 %(count)d 个文件夹是中断的任务留下的明文副本；原件仍加密保存，"
                "任务进程启动后会接着办理；fieldwrit doctor --mend 会删除副本",
                count=len(copies),
            ),
            State.MENDED if mend else State.FAULT,
        )
    wanted = {name: one for one in jobs for name in one.file_names}
    lying = set(folder.iterdir() if folder.is_dir() else ()).difference(folder.glob(f"{OPEN}*"))
    held = {path.name: path for path in lying}
    for name, job in wanted.items():
        if not job.state.ended and name == job.wanted.get("file") and name not in held:
            yield Trouble(
                "upload.missing",
                message("任务 %(id)s 待导入的文件已不在，内容没有入库；请重新上传", id=job.id),
            )
    now_s = time.time()
    orphans = [
        path
        for name, path in sorted(held.items())
        if name not in wanted and now_s - path.stat().st_mtime >= stale_s
    ]
    if orphans:
        if mend:
            for path in orphans:
                if path.is_dir():  # of a comparison that was killed
                    shutil.rmtree(path)
                else:
                    path.unlink()
        yield Trouble(
            "upload.orphan",
            message(
                "有 %(count)d 个上传的文件不属于任何任务，内容没有入库；"
                "fieldwrit doctor --mend 会删除它们，需要时请重新上传",
                count=len(orphans),
            ),
            State.MENDED if mend else State.FAULT,
        )
