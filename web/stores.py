"""The store that the settings name, opened in one way by pages and commands."""

from __future__ import annotations

from data.store import Store
from routes.ports import Clock
from web.config import Settings

__all__ = ["open_store"]


def open_store(settings: Settings, clock: Clock, *, create: bool = False) -> Store:
    """Open a court's store; see :meth:`data.store.Store.open`."""
    return Store.open(
        settings.data_dir,
        clock=clock,
        url=settings.database_url,
        keys=settings.keys,
        create=create,
        operator=settings.operator,
    )
