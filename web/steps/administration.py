"""What an administrator does at the terminal: accounts, and the check of the audit chain."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from data.audit_checkpoints import check_export, write_export
from data.audited_files import audited_paths
from data.model import Account, AccountChange, Role
from data.rights import RIGHTS, TERMINAL_RIGHTS
from data.signing import PublicKey, read_signing_key
from data.store import Store
from data.terminal import TERMINAL
from geo.localtime import LOCAL_ZONE
from routes.ports import Clock
from web import accounts
from web.audit_watch import sign_chain
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.stores import open_store

__all__ = [
    "add_account",
    "change_account",
    "check_audit_file",
    "export_audit",
    "list_accounts",
    "list_devices",
    "list_rights",
    "place_account",
    "revoke_device",
    "set_court",
    "sign_audit",
    "verify_audit",
]


def add_account(
    settings: Settings,
    username: str,
    password: str,
    role: Role,
    display_name: str,
    *,
    station_id: str | None = None,
    grid_code: str | None = None,
    team_id: str | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Add an account; a liaison's station or grid, an officer's team must be stored."""
    with closing(open_store(settings, clock)) as store:
        made = accounts.add_account(
            store,
            username,
            password,
            role,
            display_name,
            station_id=station_id,
            grid_code=grid_code,
            team_id=team_id,
            by=TERMINAL,
        )
    return {"account": made.id, "role": made.role.value}


def list_accounts(settings: Settings, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Return the court and the accounts, without passwords or shown names."""
    with closing(open_store(settings, clock)) as store:
        store.audit.append(TERMINAL, "account.list", "store:-")
        return {
            "court": store.accounts.court(),
            "accounts": [
                {
                    "id": view.account.id,
                    "username": view.account.username,
                    "role": view.account.role.value,
                    "station": view.account.station_id,
                    "grid": view.account.grid_code,
                    "team": view.account.team_id,
                    "court": view.account.court_code,
                    "usable": view.account.usable,
                    "locked_until": _shown(view.locked_until),
                    "second_factor": view.second_factor,
                    "service": view.service is not None,
                    "tokens": view.tokens,
                }
                for view in accounts.account_views(store, at=clock())
            ],
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
        found = _named(store, username)
        accounts.change_account(store, found, change, password=password, by=TERMINAL)
        return {"account": found.id, "change": change.value}


def place_account(
    settings: Settings,
    username: str,
    *,
    team_id: str | None = None,
    every_team: bool = False,
    court: str | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Say to which team and court an account belongs; what is not told stays.

    Parameters
    ----------
    every_team
        It shall see the days of all teams.

    Raises
    ------
    WebError
        If nothing is told or a team and all of them, or there is no account of this name.
    StoreError
        As :meth:`data.accounts.Accounts.place`.
    """
    if every_team and team_id is not None:
        raise WebError("--team 与 --every-team 只能用一个")
    if not (every_team or team_id or court):
        raise WebError("请用 --team、--every-team 或 --court 说明归属")
    with closing(open_store(settings, clock)) as store:
        found = _named(store, username)
        placed = store.accounts.place(
            found.id,
            team_id=None if every_team else team_id or found.team_id,
            court=court or found.court_code or "",
            by=TERMINAL,
        )
        return {"account": placed.id, "team": placed.team_id, "court": placed.court_code}


def set_court(settings: Settings, code: str, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Say of which court the store is; accounts of another may not sign in."""
    with closing(open_store(settings, clock)) as store:
        store.accounts.set_court(code, by=TERMINAL)
        return {"court": store.accounts.court()}


def list_devices(settings: Settings, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Return the officers' devices, the newest first."""
    with closing(open_store(settings, clock)) as store:
        store.audit.append(TERMINAL, "account.list", "store:-")
        names = {one.id: one.username for one in store.accounts.all()}
        return {
            "devices": [
                {
                    "id": one.id,
                    "username": names[one.account_id],
                    "name": one.name,
                    "added_at": _shown(one.added_at),
                    "seen_at": _shown(one.seen_at),
                    "revoked_at": _shown(one.revoked_at),
                }
                for one in store.devices.all()
            ]
        }


def revoke_device(
    settings: Settings, device_id: str, *, clock: Clock = system_clock
) -> dict[str, Any]:
    """Let an officer's device wipe what it keeps when it next asks, unsent outcomes included.

    Raises
    ------
    StoreError
        If there is no such device.
    """
    with closing(open_store(settings, clock)) as store:
        store.devices.revoke(device_id, by=TERMINAL)
        return {"device": device_id}


def _named(store: Store, username: str) -> Account:
    found = store.accounts.named(username)
    if found is None:
        raise WebError("没有这个用户名的账户；账户见 fieldwrit account list")
    return found


def _shown(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(LOCAL_ZONE).isoformat(timespec="seconds")


def list_rights() -> dict[str, Any]:
    """Return what each role may do, and what the terminal may in nobody's name."""
    roles = {role.value: sorted(RIGHTS[role]) for role in Role}
    return {"rights": {**roles, "terminal": sorted(TERMINAL_RIGHTS)}}


def verify_audit(
    settings: Settings, *, against: Path | None = None, clock: Clock = system_clock
) -> dict[str, Any]:
    """Check the whole audit chain and its signed checkpoints.

    Parameters
    ----------
    against
        A file of the chain that was exported before and kept elsewhere.

    Raises
    ------
    AuditError
        If the chain is broken or was written anew; names the entries.
    """
    key = read_signing_key(settings.signing_key_path).public
    with closing(open_store(settings, clock)) as store:
        also = [] if against is None else check_export(against, key)[1]
        entries = store.audit.verify()
        return {
            "audit_entries": entries,
            "checkpoints": store.audit_checkpoints.verify(key, also),
        }


def sign_audit(settings: Settings, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Check the whole chain and sign where it ends.

    Raises
    ------
    AuditError
        If the chain does not hold; then nothing is signed.
    """
    key = read_signing_key(settings.signing_key_path)
    with closing(open_store(settings, clock)) as store:
        made = sign_chain(store, key)
        if made is None:
            raise WebError("审计链还没有条目，不必签署")
        return {"audit_entries": made.seq, "audit_hash": made.hash, "public_key": key.public.text}


def export_audit(settings: Settings, path: Path, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Write the chain with its checkpoints to a file, signed at its end.

    Raises
    ------
    AuditError
        If the chain does not hold.
    StoreFullError, ExportError
        If the file cannot be written.
    """
    key = read_signing_key(settings.signing_key_path)
    with closing(open_store(settings, clock)) as store:
        with audited_paths(
            store.audit, path, by=TERMINAL, act="audit.export", subject="store:-"
        ) as (staged,):
            sign_chain(store, key)
            with staged.open("wb") as file:
                done = write_export(file, key, store.audit.chain(), store.audit_checkpoints.all())
        return {
            "output": str(path),
            "audit_entries": done.entries,
            "checkpoints": done.checkpoints,
            "public_key": done.key,
        }


def check_audit_file(path: Path, key: str | None) -> dict[str, Any]:
    """Check an exported chain by itself; no data folder is needed.

    Raises
    ------
    AuditError
        If the file does not hold.
    """
    done, _checkpoints = check_export(path, None if key is None else PublicKey.parse(key))
    return {
        "audit_entries": done.entries,
        "checkpoints": done.checkpoints,
        "public_key": done.key,
    }
