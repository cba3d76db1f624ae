"""What an administrator does at the terminal: accounts, and the check of the audit chain."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from data.model import AccountChange, Role
from data.rights import RIGHTS, TERMINAL_RIGHTS
from data.terminal import TERMINAL
from routes.ports import Clock
from web import accounts
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.stores import open_store

__all__ = ["add_account", "change_account", "list_accounts", "list_rights", "verify_audit"]


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
        made = accounts.add_account(
            store,
            username,
            password,
            role,
            display_name,
            station_id=station_id,
            grid_code=grid_code,
            by=TERMINAL,
        )
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


def change_account(
    settings: Settings,
    username: str,
    change: AccountChange,
    *,
    password: str = "",
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """End, restore, unlock or reset an account; see :func:`web.accounts.change_account`.

    Raises
    ------
    WebError
        If there is no account of this name.
    """
    with closing(open_store(settings, clock)) as store:
        found = store.accounts.named(username)
        if found is None:
            raise WebError("没有这个用户名的账户；账户见 fieldwrit account list")
        accounts.change_account(store, found, change, password=password, by=TERMINAL)
        return {"account": found.id, "change": change.value}


def list_rights() -> dict[str, Any]:
    """Return what each role may do, and what the terminal may in nobody's name."""
    roles = {role.value: sorted(RIGHTS[role]) for role in Role}
    return {"rights": {**roles, "terminal": sorted(TERMINAL_RIGHTS)}}


def verify_audit(settings: Settings, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Check the whole audit chain; a broken one raises with the entry's number."""
    with closing(open_store(settings, clock)) as store:
        return {"audit_entries": store.audit.verify()}
