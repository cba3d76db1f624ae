"""Delete what is past its time, as a job."""

from __future__ import annotations

from typing import Any

from data.signing import read_signing_key
from routes.ports import Clock
from web.config import Settings
from web.erasing import erase_expired
from web.i18n import marked
from web.progress import stage
from web.wiring import Court, using

__all__ = ["erase"]


def erase(settings: Settings, *, by: str, clock: Clock) -> dict[str, Any]:
    """Delete in an account's name, and return how many went by kind."""
    with (
        stage(settings, marked("到期删除")),
        using(Court(settings, clock=clock)) as court,
    ):
        key = read_signing_key(settings.signing_key_path)
        done, _text = erase_expired(
            court.store, court.profile, key, settings.certificates_dir, by=by
        )
    return {kind.value: len(ids) for kind, ids in done.items() if ids}
