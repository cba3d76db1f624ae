"""A value that takes long to make, kept until what it is made of changes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable
from threading import Lock, Thread
from typing import Generic, TypeVar

__all__ = ["PATIENCE_S", "Kept", "Tell"]

T = TypeVar("T")

Tell = Callable[[float], None]
"""Takes which share of a work is done; what it raises ends the work."""

PATIENCE_S = 10.0
"""How long a work goes on that nobody asks for any more."""

_log = logging.getLogger(__name__)


class _UnwantedError(Exception):
    """Nobody asks for what is being made."""


class Kept(Generic[T]):
    """Holds the value of the last key; one thread at a time makes another.

    Parameters
    ----------
    clock
        Seconds that only grow.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.share = 0.0
        self._clock = clock
        self._asked_s = 0.0
        self._held: tuple[Hashable, T] | None = None
        self._failed: tuple[Hashable, Exception] | None = None
        self._making = Lock()

    @property
    def held(self) -> T | None:
        """The value of the last key; None where there was none yet."""
        return None if self._held is None else self._held[1]

    def now(self, key: Hashable, make: Callable[[Tell], T]) -> T:
        """Return the value of a key; whoever asks waits until it is made."""
        with self._making:
            if self._held is None or self._held[0] != key:
                self._held = key, make(lambda _share: None)
            return self._held[1]

    def soon(self, key: Hashable, make: Callable[[Tell], T]) -> tuple[T | None, bool]:
        """Return what is held, and whether it is of this key; else it is made beside.

        ``share`` is then how much of it is done. What nobody asks for during
        :data:`PATIENCE_S` is given up; the next question begins anew.

        Raises
        ------
        Exception
            What kept it from being made the last time; the next question tries again.
        """
        return self._soon(key, make, self._clock())

    def warm(self, key: Hashable, make: Callable[[Tell], T]) -> None:
        """Begin to make the value of a key, and end it too if nobody asks."""
        self._soon(key, make, float("inf"))

    def _soon(
        self, key: Hashable, make: Callable[[Tell], T], asked_s: float
    ) -> tuple[T | None, bool]:
        held, failed = self._held, self._failed
        if held is not None and held[0] == key:
            return held[1], True
        if failed is not None and failed[0] == key:
            self._failed = None
            raise failed[1]
        if self._making.acquire(blocking=False):
            self.share, self._asked_s = 0.0, asked_s
            Thread(target=self._beside, args=(key, make), name="kept", daemon=True).start()
        else:
            self._asked_s = max(self._asked_s, asked_s)
        return None if held is None else held[1], False

    def _tell(self, share: float) -> None:
        if self._clock() - self._asked_s > PATIENCE_S:
            raise _UnwantedError
        self.share = share

    def _beside(self, key: Hashable, make: Callable[[Tell], T]) -> None:
        try:
            self._held = key, make(self._tell)
            self._failed = None
        except _UnwantedError:
            pass
        except Exception as error:  # told to who asks next
            _log.warning("not made: %s", type(error).__name__)
            self._failed = key, error
        finally:
            self._making.release()
