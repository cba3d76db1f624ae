"""Make a court's data folder."""

from __future__ import annotations

from typing import Any

from data.templates import write_templates
from web.clock import system_clock
from web.config import Settings, secret_key
from web.errors import WebError
from web.stores import open_store

__all__ = ["initialise"]


def initialise(settings: Settings) -> dict[str, Any]:
    """Make data folder, keys, store and template workbooks; existing ones are kept."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WebError(
            "无法建立数据目录 %(folder)s，请检查路径和权限", folder=settings.data_dir
        ) from error
    open_store(settings, system_clock, create=True).close()
    secret_key(settings)
    write_templates(settings.templates_dir)
    return {"data_dir": str(settings.data_dir), "templates": str(settings.templates_dir)}
