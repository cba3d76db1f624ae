"""Rows made ready by a process of their own, while those before them are stored."""

from __future__ import annotations

import gc
import multiprocessing
import pickle
from collections.abc import Generator, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from data.imports.apart import memory_error

__all__ = ["made_ahead"]

_T = TypeVar("_T")
_MADE, _FAILED, _ENDED = range(3)


def made_ahead(path: Path, items: Iterator[_T]) -> Generator[_T, None, None]:
    """Yield what ``items`` yields, in its order; at most two of them wait to be taken.

    Parameters
    ----------
    path
        The file that they come from, for messages.
    items
        Gone through in another process: what it changes there is not seen here. What it yields
        and raises must be picklable.

    Raises
    ------
    TableFileError
        If the other process ends before its time.
    """
    context = multiprocessing.get_context("fork")  # what the items are made from is held already
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_make, args=(theirs, items), daemon=True)
    worker.start()
    theirs.close()
    try:
        with ours:
            while True:
                what, value = _received(ours, path)
                if what == _ENDED:
                    return
                if what == _FAILED:
                    raise value
                yield value
    finally:
        worker.kill()
        worker.join()


def _received(ours: Connection, path: Path) -> tuple[int, Any]:
    try:
        what, value = pickle.loads(ours.recv_bytes())  # noqa: S301 - by our own process
    except (EOFError, OSError):
        raise memory_error(path) from None
    return what, value


def _make(theirs: Connection, items: Iterator[object]) -> None:
    gc.freeze()  # what the first process holds is not ours to close
    gc.disable()
    try:
        for item in items:
            theirs.send_bytes(pickle.dumps((_MADE, item), pickle.HIGHEST_PROTOCOL))
        last: tuple[int, object] = _ENDED, None
    except MemoryError:
        return
    except Exception as error:
        last = _FAILED, error
    theirs.send_bytes(pickle.dumps(last))
