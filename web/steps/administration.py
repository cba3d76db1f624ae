"""What an administrator does at the terminal: accounts, and the check of the audit chain."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from data.model import Role
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.stores import open_store

__all__ = ["add_account", "list_accounts", "verify_audit"]


def add_account(
    settings: Settings,
    username: str,
    password: str,
    role: Role,
    display_name: str,
    *,
    station_id: str | None = None,
    grid_code: str | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Add an account; a liaison's station or grid must be one that is stored."""
    with closing(open_store(settings, clock)) as store:
        if station_id is not None and station_id not in {s.id for s in store.stations()}:
            raise WebError("派出所编号 %(id)s 不在库中，请核对派出所表", id=station_id)
        if grid_code is not None and grid_code not in {one.grid_code for one in store.liaisons()}:
            raise WebError("网格代码 %(code)s 不在联络员表中，请核对", code=grid_code)
        made = store.accounts.create(username, password, role, display_name, station_id, grid_code)
    return {"account": made.id, "role": made.role.value}


def list_accounts(settings: Settings, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Return the accounts without passwords or shown names."""
    with closing(open_store(settings, clock)) as store:
        store.audit.append("cli", "account.list", "store:-")
        return {
            "accounts": [
                {
                    "id": one.id,
                    "username": one.username,
                    "role": one.role.value,
                    "station": one.station_id,
                    "grid": one.grid_code,
                }
                for one in store.accounts.all()
            ]
        }


def verify_audit(settings: Settings, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Check the whole audit chain; a broken one raises with the entry's number."""
    with closing(open_store(settings, clock)) as store:
        return {"audit_entries": store.audit.verify()}
