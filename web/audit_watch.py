"""Checks and signs the audit chain while the pages are served: at the start, then once a day."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread

from data.audit import Verified
from data.audit_checkpoints import Checkpoint
from data.errors import AuditError, StoreError
from data.signing import SigningKey
from data.store import Store

__all__ = ["is_due", "sign_chain", "watch", "watching"]

_log = logging.getLogger(__name__)

_DAY = timedelta(days=1)
_PAUSE_S = 600.0


def is_due(done: Verified, now: datetime) -> bool:
    """Return whether the last check of the whole chain is older than a day.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2026, 11, 25, 8, tzinfo=UTC)
    >>> is_due(Verified(5, "", at, 5, at), at + _DAY)
    False
    """
    return now - done.whole_at > _DAY


def sign_chain(store: Store, key: SigningKey) -> Checkpoint | None:
    """Check the whole chain and sign its last entry; None where there is none.

    Raises
    ------
    AuditError
        If the chain does not hold, or is another than the one that was signed before.
    """
    done = store.audit.verify_whole()
    store.audit_checkpoints.verify(key.public)
    if not done.entries:
        return None
    return store.audit_checkpoints.sign(key, seq=done.entries, digest=done.hash)


def watch(store: Store, key: SigningKey, pause: Callable[[float], bool]) -> None:
    """Check and sign the whole chain now, and again a day after, until stopped.

    What is wrong is told by every page that shows the chain: the next check is of the whole one.

    Parameters
    ----------
    pause
        Waits for some seconds; returns True when the watch is to end.
    """
    whole = True
    while True:
        try:
            if whole or is_due(store.audit.verify_new(), store.clock()):
                sign_chain(store, key)
            whole = False
        except AuditError as error:
            _log.error("audit chain: %s", error)
        except StoreError as error:  # busy, or the disk is full: the next time may do
            _log.warning("audit chain not checked: %s", type(error).__name__)
        if pause(_PAUSE_S):
            return


@contextmanager
def watching(store: Store, key: SigningKey) -> Iterator[None]:
    """Let the chain be watched while the block runs, delaying nothing in it."""
    stop = Event()
    thread = Thread(target=watch, args=(store, key, stop.wait), name="audit-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
