"""Backups of the data folder: made, checked and put in place."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from data.backup import BackupFacts, make_backup, restore_backup, verify_backup
from data.sealing import Opener, Sealer, make_identity
from data.sqlite import WORKER_NAMES
from data.terminal import TERMINAL
from geo.localtime import LOCAL_ZONE
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.i18n import marked
from web.progress import stage
from web.stores import open_store

__all__ = ["made_anew", "make", "make_key", "restore", "verify"]


def made_anew(settings: Settings, *, with_network: bool = False) -> frozenset[str]:
    """Return the names in the data folder of what can be made anew, and so is in no backup."""
    network = () if with_network else (settings.network_dir.name,)
    queue, memory = settings.queue_path.name, settings.online_memory_path.name
    files = (f"{name}{end}" for name in (queue, memory) for end in ("", "-wal", "-shm", "-journal"))
    return frozenset(
        {
            *network,
            *files,
            settings.templates_dir.name,
            settings.packs_dir.name,
            *WORKER_NAMES,
            settings.secret_path.name,
        }
    )


def make(
    settings: Settings,
    path: Path,
    sealer: Sealer,
    *,
    with_network: bool = False,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Make a backup and check it; see :func:`data.backup.make_backup`."""
    with (
        closing(open_store(settings, clock)) as store,
        stage(settings, marked("制作备份并复核（KiB）")) as listener,
    ):
        facts = make_backup(
            store,
            settings.data_dir,
            path,
            sealer,
            by=TERMINAL,
            keys=settings.keys,
            leave_out=made_anew(settings, with_network=with_network),
            progress=listener,
        )
    return {**_shown(facts), "output": str(path)}


def verify(settings: Settings, path: Path, opener: Opener) -> dict[str, Any]:
    """Open a backup and check all of it; nothing is put in place."""
    with stage(settings, marked("核验备份（KiB）")) as listener:
        here = settings.data_dir if settings.data_dir.is_dir() else None
        return _shown(verify_backup(path, opener, work_dir=here, progress=listener))


def restore(
    settings: Settings, path: Path, opener: Opener, *, clock: Clock = system_clock
) -> dict[str, Any]:
    """Put a backup into the data folder of the settings and their database, which must be new."""
    with stage(settings, marked("恢复备份（KiB）")) as listener:
        facts = restore_backup(
            path,
            opener,
            settings.data_dir,
            clock=clock,
            by=settings.operator,
            url=settings.database_url,
            progress=listener,
        )
    return {**_shown(facts), "data_dir": str(settings.data_dir)}


def make_key(path: Path) -> dict[str, Any]:
    """Make a private key for opening backups, and return the public key that they are made for."""
    return {"public_key": make_identity(path), "output": str(path)}


def _shown(facts: BackupFacts) -> dict[str, Any]:
    counts = facts.counts
    return {
        "backup": facts.id,
        "made_at": facts.made_at.astimezone(LOCAL_ZONE).isoformat(timespec="seconds"),
        "revision": facts.revision,
        "cases": counts.get("enforcement_case", 0),
        "address_claims": counts.get("address_claim", 0),
        "outcomes": counts.get("outcome", 0),
        "actions": counts.get("action", 0),
        "table_rows": sum(counts.values()),
        "other_files": facts.files,
        "audit_entries": facts.audit_entries,
        "last_entry_at": facts.last_entry_at,
        "size_bytes": facts.size_bytes,
    }
