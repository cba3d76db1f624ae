"""Work on parts of a file by processes of their own, which may ask back while they work."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Callable, Generator, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

from data.imports.apart import begin_apart, memory_error

__all__ = ["made_ahead"]

_T = TypeVar("_T")
_R = TypeVar("_R")
_MADE, _ASKED, _FAILED, _ENDED = range(4)
_MOST = 4


def made_ahead(
    path: Path,
    items: Sequence[_T],
    make: Callable[[_T, Callable[[Any], Any]], _R],
    answer: Callable[[Any], object],
    *,
    workers: int | None = None,
) -> Generator[_R, None, None]:
    """Yield what ``make`` makes of each item, in the order in which it is done.

    Each process works at one item, and has at most one more that waits to be taken.

    Parameters
    ----------
    path
        The file that they come from, for messages.
    make
        Called in another process with an item, and with what asks ``answer`` there. What it
        changes is not seen here; what it returns and raises must be picklable.
    answer
        Called here with what was asked, while this generator runs.
    workers
        How many processes; as many as there are processors, but four at most.

    Raises
    ------
    TableFileError
        If another process ends before its time.
    """
    context = multiprocessing.get_context("fork")  # what the items are made from is held already
    count = min(len(items), workers or min(os.cpu_count() or 1, _MOST))
    started = []
    talks: list[Any] = []
    try:
        for number in range(count):
            ours, theirs = context.Pipe()
            worker = context.Process(
                target=_work,
                args=(os.getpid(), theirs, (*talks, ours), items[number::count], make),
                daemon=True,
            )
            worker.start()
            started.append(worker)
            theirs.close()
            talks.append(ours)
        left = list(talks)
        while left:
            for ours in cast("list[Any]", wait(left)):
                what, value = _received(ours, path)
                if what == _ENDED:
                    left.remove(ours)
                elif what == _FAILED:
                    raise value
                elif what == _ASKED:
                    _send(ours, path, answer(value))
                else:
                    yield value
    finally:
        for worker in started:
            worker.kill()
        for worker in started:
            worker.join()
        for ours in talks:
            ours.close()


def _received(ours: Any, path: Path) -> tuple[int, Any]:
    try:
        what, value = pickle.loads(ours.recv_bytes())  # noqa: S301 - by our own process
    except (EOFError, OSError):
        raise memory_error(path) from None
    return what, value


def _send(ours: Any, path: Path, value: object) -> None:
    try:
        ours.send_bytes(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    except OSError:
        raise memory_error(path) from None


def _work(
    parent: int,
    theirs: Any,
    others: Sequence[Any],
    items: Sequence[Any],
    make: Callable[[Any, Callable[[Any], Any]], object],
) -> NoReturn:
    begin_apart(parent)
    for one in others:
        one.close()  # so that the end of the first process is seen

    def ask(question: object) -> Any:
        theirs.send_bytes(pickle.dumps((_ASKED, question), pickle.HIGHEST_PROTOCOL))
        return pickle.loads(theirs.recv_bytes())  # noqa: S301 - by the first process

    try:
        for item in items:
            theirs.send_bytes(pickle.dumps((_MADE, make(item, ask)), pickle.HIGHEST_PROTOCOL))
        last: tuple[int, object] = _ENDED, None
    except (MemoryError, EOFError, OSError):
        os._exit(1)
    except Exception as error:
        last = _FAILED, error
    theirs.send_bytes(pickle.dumps(last))
    os._exit(0)  # connections of the first process are not ended
