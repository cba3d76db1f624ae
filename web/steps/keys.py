"""Another key for the encrypted fields."""

from __future__ import annotations

from functools import partial
from typing import Any

from data.rotation import rotate_field_key
from data.terminal import TERMINAL
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.i18n import marked
from web.progress import stage
from web.stores import open_store

__all__ = ["rotate_key"]


def rotate_key(settings: Settings, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Let all encrypted fields go over to a new key; see :mod:`data.rotation`.

    Kept answers of online services are deleted: they are of the key before.
    """
    with stage(settings, marked("更换密钥")) as listener:
        done = rotate_field_key(
            settings.data_dir, partial(open_store, settings, clock), by=TERMINAL, progress=listener
        )
    settings.online_memory_path.unlink(missing_ok=True)
    return {
        "key_number": done.number,
        "encrypted_fields": done.fields,
        "unreadable_fields": sum(done.unreadable.values()),
        "resumed": done.resumed,
    }
