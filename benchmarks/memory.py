"""The most memory that the processes started from here hold together."""

from __future__ import annotations

import os
import resource
import threading
from pathlib import Path
from types import TracebackType

__all__ = ["PeakMemory"]

_EVERY_S = 0.25


class PeakMemory:
    """Watches the child processes while a block runs; ``mib`` is their peak afterwards.

    Linux tells the proportional set size, in which shared pages count once; it is summed over
    all descendants, four times a second. Elsewhere ``mib`` is the largest child's resident set.
    """

    def __init__(self) -> None:
        self.mib = 0.0
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._watch.join()
        if not self.mib:
            self.mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self.mib = max(self.mib, sum(map(_held_mib, _descendants(os.getpid()))))


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in path.read_text(encoding="ascii").split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found


def _held_mib(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:  # it has just ended
        return 0.0
    return next(int(row.split()[1]) for row in text.splitlines() if row.startswith("Pss:")) / 1024
