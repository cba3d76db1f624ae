"""Another key for the encrypted fields."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from data.crypto import Keys
from data.files import write_atomically
from data.rotation import rotate_field_key
from data.store import KEY_NAME
from data.terminal import TERMINAL
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import marked
from web.progress import stage
from web.stores import open_store

__all__ = ["make_key_value", "rotate_key"]


def rotate_key(settings: Settings, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Let all encrypted fields go over to a new key; see :mod:`data.rotation`.

    Kept answers of online services are deleted: they are of the key before.
    """
    with stage(settings, marked("更换密钥")) as listener:
        done = rotate_field_key(
            settings.data_dir,
            partial(open_store, settings, clock),
            by=TERMINAL,
            given=settings.keys,
            progress=listener,
        )
    settings.online_memory_path.unlink(missing_ok=True)
    return {
        "key_number": done.number,
        "encrypted_fields": done.fields,
        "unreadable_fields": sum(done.unreadable.values()),
        "resumed": done.resumed,
        "old_key_in_variable": settings.keys is not None,
    }


def make_key_value(settings: Settings, path: Path) -> dict[str, Any]:
    """Write what the variable of the key is to hold: a first key, or those given and a new one.

    Raises
    ------
    WebError
        If the keys are in a file, which ``rotate_key`` changes by itself, or ``path`` is there.
    """
    if settings.keys is None and (settings.data_dir / KEY_NAME).exists():
        raise WebError("这个数据目录有密钥文件，直接运行 fieldwrit key rotate 即可更换")
    if path.exists():
        raise WebError("文件 %(file)s 已存在，不会覆盖；请另选文件名", file=path.name)
    made = Keys.fresh() if settings.keys is None else settings.keys.with_new()
    with write_atomically(path) as file:
        file.write(f"{made.value()}\n".encode("ascii"))
    return {"key_number": made.newest.number, "output": str(path)}
