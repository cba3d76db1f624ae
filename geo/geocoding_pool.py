"""Many address texts at once, by one process or by several."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

from geo.model import Geocode

__all__ = ["Answering", "in_parts"]

_PART = 200
_LARGE_PART = 1_000
_FEW = 4_000  # so many texts are done before other processes have started


class Answering(Protocol):
    """Answers address texts."""

    def answers(self, texts: Sequence[str], limit: int) -> list[Geocode]:
        """Return up to ``limit`` candidates of each text."""
        ...


def in_parts(
    geocoder: Answering, texts: Sequence[str], *, limit: int, workers: int
) -> Iterator[list[Geocode]]:
    """Yield answers in order, part by part.

    With several workers the geocoder is handed to each once: by forking where that is safe (one
    thread, on Linux), else by copying it to fresh processes. The processes end with the last
    part, or when the caller stops asking.
    """
    if workers <= 1 or len(texts) < _FEW:
        for begin in range(0, len(texts), _PART):
            yield geocoder.answers(texts[begin : begin + _PART], limit)
        return
    alone = threading.active_count() == 1 and "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if alone else "spawn")
    parts = [texts[begin : begin + _LARGE_PART] for begin in range(0, len(texts), _LARGE_PART)]
    with context.Pool(workers, initializer=_begin, initargs=(geocoder, limit)) as pool:
        yield from pool.imap(_answers, parts)


_HELD: list[tuple[Answering, int]] = []  # of a worker process, set as it starts


def _begin(geocoder: Answering, limit: int) -> None:
    _HELD[:] = [(geocoder, limit)]


def _answers(texts: Sequence[str]) -> list[Geocode]:
    ((geocoder, limit),) = _HELD
    return geocoder.answers(texts, limit)
