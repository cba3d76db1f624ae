"""Server-sent events of the live room, for a server that has threads to spare.

An open stream holds a thread of the server. The events say that there is something new, never
what: the page then asks as it does by itself, and whether it may is looked at anew. A stream ends
after a minute, so that an account that was ended or signed out elsewhere is told no more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

__all__ = ["LiveEvents"]

_LASTS_S = 60.0
_LOOKS_EVERY_S = 1.0
_SPEAKS_EVERY_S = 15.0  # proxies cut a line on which nothing is said
_AGAIN_MS = 500


class LiveEvents:
    """At most so many streams at once.

    Parameters
    ----------
    most
        Streams at once; with 0 every page asks again and again.
    now_s, sleep
        A clock in seconds that never goes back, and what waits so many seconds.
    """

    def __init__(
        self,
        most: int,
        *,
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.most = most
        self._now_s, self._sleep = now_s, sleep
        self._lock = threading.Lock()
        self._open = 0

    def begin(self, version: Callable[[], str]) -> Iterator[bytes] | None:
        """Return the events of a stream, one whenever the version changes.

        The stream is given back once the events are closed or at their end. None where all are
        taken.
        """
        with self._lock:
            if self._open >= self.most:
                return None
            self._open += 1
        return _Held(self._events(version), self._end)

    def _events(self, version: Callable[[], str]) -> Iterator[bytes]:
        begun_s = spoke_s = self._now_s()
        known = version()
        yield f"retry: {_AGAIN_MS}\nevent: change\ndata: -\n\n".encode()
        while self._now_s() - begun_s < _LASTS_S:
            self._sleep(_LOOKS_EVERY_S)
            now = version()
            if now != known:
                known, spoke_s = now, self._now_s()
                yield b"event: change\ndata: -\n\n"
            elif self._now_s() - spoke_s >= _SPEAKS_EVERY_S:
                spoke_s = self._now_s()
                yield b": still here\n\n"

    def _end(self) -> None:
        with self._lock:
            self._open -= 1


class _Held(Iterator[bytes]):
    """Events that give their stream back when the server closes them, begun or not."""

    def __init__(self, events: Iterator[bytes], end: Callable[[], None]) -> None:
        self._events, self._end = events, end
        self._ended = False

    def __next__(self) -> bytes:
        try:
            return next(self._events)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if not self._ended:
            self._ended = True
            self._end()
