"""A value that takes long to make, kept until what it is made of changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from threading import Lock, Thread
from typing import Generic, TypeVar

__all__ = ["Kept"]

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Kept(Generic[T]):
    """Holds the value of the last key; one thread at a time makes another."""

    def __init__(self) -> None:
        self._held: tuple[Hashable, T] | None = None
        self._failed: tuple[Hashable, Exception] | None = None
        self._making = Lock()

    @property
    def held(self) -> T | None:
        """The value of the last key; None where there was none yet."""
        return None if self._held is None else self._held[1]

    def now(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key; whoever asks waits until it is made."""
        with self._making:
            if self._held is None or self._held[0] != key:
                self._held = key, make()
            return self._held[1]

    def soon(self, key: Hashable, make: Callable[[], T]) -> tuple[T | None, bool]:
        """Return what is held, and whether it is of this key; else it is made beside.

        Raises
        ------
        Exception
            What kept it from being made the last time; the next question tries again.
        """
        held, failed = self._held, self._failed
        if held is not None and held[0] == key:
            return held[1], True
        if failed is not None and failed[0] == key:
            self._failed = None
            raise failed[1]
        if self._making.acquire(blocking=False):
            Thread(target=self._beside, args=(key, make), name="kept", daemon=True).start()
        return None if held is None else held[1], False

    def _beside(self, key: Hashable, make: Callable[[], T]) -> None:
        try:
            self._held = key, make()
            self._failed = None
        except Exception as error:  # told to who asks next
            _log.warning("not made: %s", type(error).__name__)
            self._failed = key, error
        finally:
            self._making.release()
