"""Notes what is written into a store without an entry of the audit chain in the same transaction.

Every test of the whole line is watched: a write that is not named here fails the test in which it
happens first.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, event

__all__ = ["UNAUDITED", "watching_writes"]

UNAUDITED: Mapping[str, str] = MappingProxyType(
    {
        "data.audit:AuditLog._verify": "how far the chain itself was checked, sealed by its key",
        "data.audit_checkpoints:AuditCheckpoints.sign": "a signature over the chain proves itself",
        "data.field_devices:FieldDevices.see": "a heartbeat: when a device last asked",
        "data.postgres_backup:Restorer.begin": "an empty database is made ready for rows and chain",
        "data.postgres_backup:_empty": "takes back a restore that failed; nothing else was there",
        "data.second_factor:SecondFactor.accepts": "the sign-in that it opens is recorded",
        "data.sign_in_failures:SignInFailures.add": "counted by hashes; the failure is recorded",
        "data.sign_in_failures:SignInFailures.forget": "the sign-in or unlocking is recorded",
        "data.store:_bring_up_to_date": "tables of a new version, before anybody acts",
        "data.store:_check_key": "how the key is known again, when a store is made",
        "data.store:_index_names": "hashes that follow from names that are stored",
        "data.doctor:_rebuild_indexes": "indexes that follow from what is stored",
        "data.rotation:_round": "a part of what began and ends with an entry",
    }
)
"""What writes without an entry, and why it may."""

_ROOT = Path(__file__).parents[1]
_CHANGE = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)
_OF_THE_CHAIN = frozenset({"audit_entry", "setting"})
_BELOW = frozenset({"data.work", "data.backend", "data.sqlite", "data.postgres", "data.upsert"})
_HELD = "fieldwrit_changes"


def _writer() -> str | None:
    """Return the function of ours that writes now; None where a test does."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(_ROOT / "benchmarks"):
            return None  # a peer that leaves the audit out, to measure what it costs
        if path.is_relative_to(_ROOT / "data") or path.is_relative_to(_ROOT / "web"):
            module = ".".join(path.relative_to(_ROOT).with_suffix("").parts)
            if module not in _BELOW and "migrations" not in module:
                return f"{module}:{frame.f_code.co_qualname}"
        frame = frame.f_back
    return None


@contextmanager
def watching_writes() -> Iterator[None]:
    """Let a transaction fail that changes something and says so nowhere."""

    def changed(
        connection: Connection,
        cursor: Any,
        statement: str,
        _parameters: object,
        _context: object,
        _executemany: bool,
    ) -> None:
        found = _CHANGE.match(statement)
        if found is not None and cursor.rowcount != 0:
            connection.info.setdefault(_HELD, set()).add(found[1].lower())

    def ended(connection: Connection) -> None:
        tables = connection.info.pop(_HELD, set())
        if tables and "audit_entry" not in tables and (tables - _OF_THE_CHAIN):
            writer = _writer()
            if writer is not None and writer not in UNAUDITED:
                raise AssertionError(f"{writer} writes {sorted(tables)} and records nothing")

    def undone(connection: Connection) -> None:
        if not connection.invalidated:  # one that was cut is gone, with what it held
            connection.info.pop(_HELD, None)

    event.listen(Engine, "after_cursor_execute", changed)
    event.listen(Engine, "commit", ended)
    event.listen(Engine, "rollback", undone)
    try:
        yield
    finally:
        event.remove(Engine, "after_cursor_execute", changed)
        event.remove(Engine, "commit", ended)
        event.remove(Engine, "rollback", undone)
