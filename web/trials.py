"""Variations that a page asks for: one set at a time, watched and stopped by the page.

Results live in memory until the next set or the end of the process; nothing is stored. Work that
must not be lost is a job, see :mod:`data.jobs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

from geo.errors import FieldwritError
from geo.messages import Message, message
from web.errors import BusyError

__all__ = ["Trial", "Trials"]

_R = TypeVar("_R")


@dataclass(eq=False)
class Trial(Generic[_R]):
    """Work under way or ended, and what it has brought so far.

    Parameters
    ----------
    key
        What it is about.
    total
        How many results are to come.
    """

    key: str
    by: str
    total: int
    results: list[_R] = field(default_factory=list)
    failed: Message | None = None
    ended: bool = False
    _stop: Event = field(default_factory=Event)

    @property
    def stopped(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Let it end after the result that it is at."""
        self._stop.set()

    def run(self, work: Iterator[_R]) -> None:
        """Gather the results until there are no more or it is stopped."""
        try:
            for result in work:
                self.results.append(result)
                if self.stopped:
                    break
        except FieldwritError as error:
            self.failed = error.message
        except Exception:
            self.failed = message("推演出错，已停止；请重试")
            raise
        finally:
            self.ended = True


class Trials(Generic[_R]):
    """The work of one server process: one at a time, since each takes a core."""

    def __init__(self, *, start: Callable[[Callable[[], None]], None] | None = None) -> None:
        self._start = _in_thread if start is None else start
        self._lock = Lock()
        self._held: Trial[_R] | None = None

    def begin(self, key: str, work: Iterator[_R], *, total: int, by: str) -> Trial[_R]:
        """Begin work and return at once; what was held of the work before is let go.

        Raises
        ------
        BusyError
            If work is still under way.
        """
        with self._lock:
            if self._held is not None and not self._held.ended:
                raise BusyError("另一项推演正在进行，请等它结束或先停止它")
            trial = self._held = Trial[_R](key, by, total)
        self._start(lambda: trial.run(work))
        return trial

    def about(self, key: str) -> Trial[_R] | None:
        """Return the work that is about something, under way or ended."""
        held = self._held
        return held if held is not None and held.key == key else None


def _in_thread(work: Callable[[], None]) -> None:
    Thread(target=work, name="what-if", daemon=True).start()
