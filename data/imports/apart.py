"""Foreign files read in a process of their own, which may fail in any way.

The readers are compiled libraries that a hostile or broken file can bring to abort, to hang, or
to ask for all memory. There they are cut off from everything: little memory, little time, no
file of theirs, no word to the terminal. Whatever happens becomes an error for people.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from data.errors import TableFileError
from data.imports import limits
from data.imports.file_kinds import size_of
from data.imports.sheet_marks import damaged_error

__all__ = ["Beside", "begin_apart", "beside", "memory_error", "read_apart"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Read:
    value: Any


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


_LEAVE_S = 1.0
_WALL = 10  # times the processor time: the machine may be busy
_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>
_DATA_FIELD = 5  # of /proc/self/statm: data and stack, in pages


def read_apart(path: Path, read: Callable[_P, _T], /, *args: _P.args, **options: _P.kwargs) -> _T:
    """Return what ``read`` makes of a file, or its error, from a process of its own.

    Parameters
    ----------
    path
        The file, for messages and for the limits, which grow with its size.
    read
        Called with the other arguments; its result and its errors must be picklable.

    Raises
    ------
    FieldwritError
        What ``read`` raises.
    TableFileError
        If the file is missing, no plain file, or too large, which is seen from outside; or the
        reading takes too much time or memory, or ends in any other way.
    """
    size = size_of(path)
    context = multiprocessing.get_context("fork")  # everything is loaded already
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(
        target=_work, args=(theirs, os.getpid(), path, size, read, args, options), daemon=True
    )
    worker.start()
    theirs.close()
    try:
        with ours:
            in_time = ours.poll(_WALL * limits.seconds(size))
            answer = _received(ours.fileno()) if in_time else None
        if in_time:
            worker.join(_LEAVE_S)
    finally:
        if worker.is_alive():
            worker.kill()
        worker.join()
    if isinstance(answer, _Failed):
        raise answer.error
    if answer is not None:
        return cast(_T, answer.value)
    if not in_time or worker.exitcode == -signal.SIGXCPU:
        raise TableFileError(
            "文件 %(file)s 读了 %(limit)d 秒仍未读完，内容过多或已损坏；"
            "请在 Excel、WPS 或 QGIS 中打开并另存，或分成几个文件",
            file=path.name,
            limit=limits.seconds(size),
        )
    raise memory_error(path)


def memory_error(path: Path) -> TableFileError:
    """Return the error for a file whose reading took more memory than there is."""
    return TableFileError(
        "文件 %(file)s 读入时占用内存过多，内容过多或已损坏；"
        "请在 Excel、WPS 或 QGIS 中打开，删去表格以外的内容后另存，或分成几个文件",
        file=path.name,
    )


def _received(ours: int) -> Any:
    """Return what comes through a pipe; it is taken up while it is sent, and never held twice."""
    try:
        with os.fdopen(ours, "rb", closefd=False) as pipe:
            return pickle.load(pipe)  # noqa: S301 - by our own process
    except (EOFError, OSError, pickle.UnpicklingError):  # it ended before its time
        return None


def _work(
    theirs: Connection,
    parent: int,
    path: Path,
    size: int,
    read: Callable[..., object],
    args: tuple[object, ...],
    options: dict[str, object],
) -> None:
    begin_apart(parent)
    _confine(size)
    answer = _answer(path, partial(read, *args, **options))
    try:
        with os.fdopen(theirs.fileno(), "wb", closefd=False) as pipe:
            pickle.dump(answer, pipe, pickle.HIGHEST_PROTOCOL)
    except (MemoryError, OSError):
        os._exit(1)
    os._exit(0)  # without giving back cell by cell what was read


def _answer(path: Path, make: Callable[[], object]) -> _Read | _Failed:
    """Return what is made, or why it cannot be; without memory this process ends."""
    try:
        return _Read(make())
    except (MemoryError, KeyboardInterrupt):
        os._exit(1)
    except Exception as error:
        error.__cause__ = error.__context__ = None
        return _Failed(error)
    except BaseException as error:
        # A compiled reader that panics raises what is no Exception, under a name of its own.
        if type(error).__name__ != "PanicException":
            raise
        return _Failed(damaged_error(path))


@dataclass(frozen=True, slots=True)
class Beside:
    """What a process beside this one makes. It is taken up by the process that this is sent to."""

    pid: int
    pipe: int

    def __reduce__(self) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
        with os.fdopen(self.pipe, "rb") as made:
            data = made.read()
        os.waitpid(self.pid, 0)
        return _taken_up, (data,)


def beside(path: Path, make: Callable[[], object]) -> Beside:
    """Begin what another processor may make of what this process has read of a file.

    Called by what :func:`read_apart` calls. There the result stands in the place of what this
    returns, and its error is raised.
    """
    parent = os.getpid()
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return Beside(pid, ours)
    try:
        begin_apart(parent)
        made = pickle.dumps(_answer(path, make), pickle.HIGHEST_PROTOCOL)
        with os.fdopen(theirs, "wb") as pipe:
            pipe.write(made)
    finally:
        os._exit(0)  # whatever happened: what is missing is noticed by who takes it up


def _taken_up(data: bytes) -> Any:
    answer = pickle.loads(data)  # noqa: S301 - by our own process
    if isinstance(answer, _Failed):
        raise answer.error
    return answer.value


def begin_apart(parent: int) -> None:
    """Part this process from the one that it was forked from, which waits for it.

    It ends with that one where the system can do that, and at a signal by itself; what the other
    holds it neither closes nor looks through.
    """
    for signum in (signal.SIGTERM, signal.SIGINT):  # what the first process does is not ours
        signal.signal(signum, signal.SIG_DFL)
    gc.freeze()
    gc.disable()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _confine(size: int) -> None:
    """Limit this process to what reading needs."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)  # a panic repeats what it read
    with open("/proc/self/statm", encoding="ascii") as pages:
        held = int(pages.read().split()[_DATA_FIELD]) * os.sysconf("SC_PAGE_SIZE")
    memory = held + limits.memory_bytes(size)
    time_s = limits.seconds(size)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (time_s, time_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
