"""Many address texts at once, by one process or by several."""

from __future__ import annotations

import gc
import math
import multiprocessing
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Protocol, Self

from geo.model import Geocode

__all__ = ["Answering", "Workers"]

_PART = 200
_LARGE_PART = 1_000
_FIRST = ("1号",)
_FEW = 4_000  # so many texts are done before other processes have started


class Answering(Protocol):
    """Answers address texts."""

    def answers(self, texts: Sequence[str], limit: int) -> list[Geocode]:
        """Return up to ``limit`` candidates of each text."""
        ...


class Workers:
    """Processes that share the answering of texts; they end with the block.

    The geocoder is handed to each once: by forking as the block begins, where that is safe (on
    Linux, with one thread), else by copying it to fresh processes once so many texts came, in
    one call or in several, that starting them pays. If one of them dies, this process goes on
    alone.

    Parameters
    ----------
    geocoder
        Answers.
    count
        How many processes; with one, none is started.
    """

    def __init__(self, geocoder: Answering, count: int) -> None:
        self._geocoder = geocoder
        self._count = count
        self._seen = 0
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        alone = threading.active_count() == 1
        if self._count > 1 and alone and "fork" in multiprocessing.get_all_start_methods():
            self._geocoder.answers(_FIRST, 1)  # what is read only once is shared by all
            self._pool = self._started("fork")
            gc.freeze()  # else the collector writes to the memory that is shared, which copies it
            self._pool.submit(_answers, (), 0)  # forks now: a bar that moves later is a thread
            gc.unfreeze()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def answers(self, texts: Sequence[str], limit: int) -> Iterator[list[Geocode]]:
        """Yield answers in order, part by part."""
        self._seen += len(texts)
        done = 0
        if self._count > 1 and self._seen >= _FEW:
            size = min(_LARGE_PART, max(1, math.ceil(len(texts) / self._count)))
            parts = [texts[begin : begin + size] for begin in range(0, len(texts), size)]
            pool = self._pool = self._pool or self._started("spawn")
            try:
                for answered in pool.map(_answers, parts, [limit] * len(parts)):
                    yield answered
                    done += len(answered)
            except BrokenProcessPool:
                self._count = 1
                self._end()
        for begin in range(done, len(texts), _PART):
            yield self._geocoder.answers(texts[begin : begin + _PART], limit)

    def _started(self, way: str) -> ProcessPoolExecutor:
        context = multiprocessing.get_context(way)
        return ProcessPoolExecutor(self._count, context, _begin, (self._geocoder,))

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


_HELD: list[Answering] = []  # of a worker process, set as it starts


def _begin(geocoder: Answering) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it, and ends this one
    _HELD[:] = [geocoder]


def _answers(texts: Sequence[str], limit: int) -> list[Geocode]:
    (geocoder,) = _HELD
    return geocoder.answers(texts, limit)
