"""A table of any size in, the same table with added columns out; stopped runs go on."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pyogrio
from filelock import FileLock, Timeout

from data.errors import ExportError, StoreFullError, TableFileError
from data.files import file_error, staged_path
from data.streams.journal import Journal
from data.streams.model import Row, StreamReport, TableSource, Transform
from data.streams.sources import checksum, open_table, stamp
from data.streams.targets import MAX_SHEET_ROWS, TARGETS, FullRow, Output
from geo.errors import DISK_FULL_ERRNOS, FieldwritError
from geo.messages import Message, message
from geo.ports import ProgressListener

__all__ = ["transform_table"]

_BATCH_ROWS = 1000


def _no_progress(done: int, total: int) -> None:
    """Listen to nothing."""


def _no_placing(rows: int) -> None:
    """Let the result go to its place."""


def _no_notice(text: Message) -> None:
    """Listen to nothing."""


def transform_table(
    source: Path,
    target: Path,
    *,
    transform: Transform,
    fingerprint: str,
    sheet: str | None = None,
    batch_rows: int = _BATCH_ROWS,
    resume: bool = True,
    progress: ProgressListener = _no_progress,
    writing: ProgressListener = _no_progress,
    notice: Callable[[Message], None] = _no_notice,
    placing: Callable[[int], None] = _no_placing,
) -> StreamReport:
    """Write a table again with the columns that a transform adds, in bounded memory.

    Every row of the source is in the result, in order, its own cells unchanged. The target
    appears when it is complete. A run that was stopped, however hard, leaves a hidden folder
    beside the target; the same call goes on where it was and the result is the same. A source
    or settings that changed meanwhile start anew.

    Parameters
    ----------
    source
        Any table that :func:`data.streams.open_table` reads.
    target
        ``.csv`` (UTF-8 with mark), ``.xlsx`` or ``.gpkg``.
    transform
        What adds the columns.
    fingerprint
        Text that differs whenever the transform's answers may: its settings and its knowledge.
    sheet
        Sheet or layer of the source.
    batch_rows
        Rows given to the transform, and made safe on the disk, at a time.
    resume
        False forgets a stopped run.
    progress
        Told rows done and all rows, while the transform works.
    writing
        The same while the result is written.
    notice
        Told at the start that a run goes on, or why it does not.
    placing
        Told the number of rows when the result is written, right before it takes the target's
        place; what it raises leaves the target as it was.

    Raises
    ------
    TableFileError
        If the source cannot be read to its end, or changes meanwhile. Found before any work.
    ExportError
        If the target is of another kind, cannot hold the rows, or is being written by another
        run.
    StoreFullError
        If the disk is full; what was done is kept.
    """
    writer = TARGETS.get(target.suffix.lower())
    if writer is None:
        raise ExportError(
            "结果文件 %(file)s 的类型不支持，请用 %(known)s",
            file=target.name,
            known="、".join(TARGETS),
        )
    notices: list[Message] = []

    def tell(text: Message) -> None:
        notices.append(text)
        notice(text)

    with (
        open_table(source, sheet=sheet, known=transform.known) as table,
        _work_folder(source, target) as folder,
    ):
        _check_room(table, target)
        output = Output(
            target.name,
            target.stem,
            table.header,
            table.kinds,
            tuple(transform.columns(table.header)),
            transform.points,
            table.first_row,
        )
        before = stamp(source)
        about = {
            "source": checksum(source),
            "sheet": table.sheet,
            "settings": fingerprint,
            "columns": "\t".join(output.titles),
        }
        answers = folder / "answers"
        if not resume:
            answers.unlink(missing_ok=True)
        with _room_for(target), Journal(answers, about) as journal:
            resumed = journal.rows_done
            if journal.changed:
                tell(_why(journal.changed, source))
            elif resumed:
                tell(
                    message(
                        "上次做到第 %(done)d 行，共 %(total)d 行，从那里继续",
                        done=resumed,
                        total=table.total,
                    )
                )
            for batch in _batches(table.rows(resumed), batch_rows):
                added = [tuple(cells) for cells in transform(batch)]
                if [*map(len, added)] != [len(output.added)] * len(batch):
                    raise ValueError("the transform must answer each row with each column")
                journal.append(added)
                progress(journal.rows_done, table.total)
            result = folder / f"result{target.suffix.lower()}"
            result.unlink(missing_ok=True)
            filled = [0] * len(output.added)
            pairs = zip(table.rows(), journal.answers(), strict=True)
            writer(result, output, _counted(pairs, table.total, writing, filled))
            if stamp(source) != before:
                raise TableFileError(
                    "文件 %(file)s 在处理过程中被改动；请关闭打开它的程序后重新运行",
                    file=source.name,
                )
            result.chmod(0o600)
            placing(table.total)
            with staged_path(target) as staged:
                result.replace(staged)
        return StreamReport(
            target,
            table.total,
            resumed,
            table.sheet,
            table.other_sheets,
            table.encoding,
            table.unread_cells,
            dict(zip((column.name for column in output.added), filled, strict=True)),
            tuple(notices),
        )


@contextmanager
def _work_folder(source: Path, target: Path) -> Iterator[Path]:
    """Yield the hidden folder beside the target; it goes away when the block ends well.

    Its name leaves out the target's suffix: what was done for a workbook that proved too small
    serves a text file of the same name.
    """
    real = target.resolve()
    if real == source.resolve():
        raise ExportError("结果文件 %(file)s 就是源文件；请另取一个名称", file=target.name)
    short = hashlib.sha256(real.stem.encode()).hexdigest()[:8]
    folder = real.parent / f".{real.stem[:40]}.{short}.unfinished"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise file_error(error, target) from error
    lock = FileLock(folder / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ExportError(
            "结果文件 %(file)s 正由另一个进程写入；请等它结束，或另取一个名称", file=target.name
        ) from error
    try:
        yield folder
    except BaseException:
        lock.release()
        if not (folder / "answers").exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _room_for(target: Path) -> Iterator[None]:
    """Turn a full disk, however a library words it, into one error that says how to go on."""
    try:
        yield
    except FieldwritError:
        raise
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        full = "full" in str(error) or "No space" in str(error)
        if full or (isinstance(error, OSError) and error.errno in DISK_FULL_ERRNOS):
            raise StoreFullError(
                "磁盘空间不足，结果文件 %(file)s 未写入；已完成的部分已保存，"
                "清理磁盘后用同样的命令继续",
                file=target.name,
            ) from error
        if isinstance(error, OSError):
            raise file_error(error, target) from error
        raise ExportError(
            "结果文件 %(file)s 无法写成 GeoPackage；请改用 .csv 或 .xlsx", file=target.name
        ) from error


def _check_room(table: TableSource, target: Path) -> None:
    if target.suffix.lower() == ".xlsx" and table.total + 1 > MAX_SHEET_ROWS:
        raise ExportError(
            "表格有 %(rows)d 行，一个工作表最多放 %(most)d 行；请把结果文件改为 .csv 或 .gpkg",
            rows=table.total,
            most=MAX_SHEET_ROWS - 1,
        )


def _why(changed: Iterable[str], source: Path) -> Message:
    if "source" in changed or "sheet" in changed:
        return message("源文件 %(file)s 与上次中断时不同，从头开始", file=source.name)
    return message("设置或地名资料与上次中断时不同，从头开始")


def _batches(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while batch := list(islice(rows, size)):
        yield batch


def _counted(
    rows: Iterable[FullRow], total: int, listener: ProgressListener, filled: list[int]
) -> Iterator[FullRow]:
    for done, row in enumerate(rows, start=1):
        yield row
        for column, value in enumerate(row[1]):
            filled[column] += value is not None and value != ""
        if done % _BATCH_ROWS == 0 or done == total:
            listener(done, total)
