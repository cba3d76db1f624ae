"""The audit chain checked from its first entry on, with progress; what was found is recorded."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from data.errors import AuditError
from data.signing import PublicKey, read_signing_key
from data.store import Store
from geo.ports import ProgressListener
from routes.ports import Clock
from web.config import Settings
from web.i18n import marked
from web.progress import stage
from web.stores import open_store

__all__ = ["check_whole", "verify_whole"]


def check_whole(
    store: Store, key: PublicKey | None, *, by: str, progress: ProgressListener | None = None
) -> dict[str, Any]:
    """Check the whole chain and its signed checkpoints in an account's name.

    Raises
    ------
    AuditError
        If the chain does not hold; that is recorded too.
    """
    entries = 0
    try:
        entries = store.audit.verify_whole(progress).entries
        signed = 0 if key is None else store.audit_checkpoints.verify(key)
    except AuditError:
        store.audit.append(by, "audit.verify", "store:-", {"entries": 0, "intact": False})
        raise
    store.audit.append(by, "audit.verify", "store:-", {"entries": entries, "intact": True})
    return {"entries": entries, "checkpoints": signed}


def verify_whole(settings: Settings, *, by: str, clock: Clock) -> dict[str, Any]:
    """Check the whole chain of a data folder; see :func:`check_whole`."""
    key = read_signing_key(settings.signing_key_path).public
    with (
        stage(settings, marked("核验审计链")) as listener,
        closing(open_store(settings, clock)) as store,
    ):
        return check_whole(store, key, by=by, progress=listener)
