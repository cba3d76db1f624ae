"""Accounts as pages and the terminal manage them: bound to what is stored, no secret shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import segno

from data.accounts import plain_username
from data.model import Account, AccountChange, Role
from data.rights import READING, RIGHTS, Right
from data.store import Store
from web.errors import WebError

__all__ = [
    "AccountView",
    "account_views",
    "add_account",
    "change_account",
    "chosen_rights",
    "display_names",
    "drawn_code",
    "scopes_of",
    "user_key",
]


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account in a list."""

    account: Account
    second_factor: bool
    locked_until: datetime | None
    tokens: int
    service: bool | None  # whether somebody came by the service; None where it may not


def add_account(
    store: Store,
    username: str,
    password: str,
    role: Role,
    display_name: str,
    *,
    station_id: str | None,
    grid_code: str | None,
    team_id: str | None = None,
    by: str,
) -> Account:
    """Add an account; a liaison's station or grid, an officer's team must be stored.

    Raises
    ------
    WebError
        If the station or the grid is not stored.
    StoreError
        If the name is taken, or a value does not fit.
    """
    if station_id is not None and station_id not in {s.id for s in store.stations()}:
        raise WebError("派出所编号 %(id)s 不在库中，请核对派出所表", id=station_id)
    if grid_code is not None and grid_code not in {one.grid_code for one in store.liaisons()}:
        raise WebError("网格代码 %(code)s 不在联络员表中，请核对", code=grid_code)
    return store.accounts.create(
        username, password, role, display_name, station_id, grid_code, team_id=team_id, by=by
    )


def change_account(
    store: Store, account: Account, change: AccountChange, *, password: str = "", by: str
) -> None:
    """End, restore, unlock or reset an account.

    Raises
    ------
    StoreError
        If it is the last administrator's that would end, or the password is short.
    """
    match change:
        case AccountChange.DISABLE:
            store.accounts.disable(account.id, by=by)
        case AccountChange.ENABLE:
            store.accounts.enable(account.id, by=by)
        case AccountChange.UNLOCK:
            store.sign_in_failures.forget((user_key(account.username), f"code:{account.id}"))
            store.audit.append(by, "account.unlock", f"account:{account.id}")
        case AccountChange.PASSWORD:
            store.accounts.set_password(account.id, password, by=by)
        case AccountChange.SECOND_FACTOR_OFF:
            if account.id == by:
                raise WebError("自己的两步验证请在“我的账户”中以密码关闭")
            store.second_factor.turn_off(account.id, by=by)
        case AccountChange.SERVICE_ON:
            store.accounts.open_to_service(account.id, by=by)
        case AccountChange.SERVICE_OFF:
            store.accounts.close_to_service(account.id, by=by)


def account_views(store: Store, *, at: datetime) -> tuple[AccountView, ...]:
    """Return all accounts, those that may sign in first."""
    by_service = store.accounts.by_service()
    accounts = sorted(store.accounts.all(), key=lambda one: not one.usable)
    return tuple(
        AccountView(
            one,
            store.second_factor.is_on(one.id),
            store.sign_in_failures.locked_until((user_key(one.username), f"code:{one.id}")),
            sum(token.is_open(at) for token in store.tokens.of(one.id)),
            by_service.get(one.id),
        )
        for one in accounts
    )


def display_names(store: Store) -> dict[str, str]:
    """Return what each account is shown as, by id."""
    return {one.id: one.display_name for one in store.accounts.all()}


def user_key(username: str) -> str:
    """Return under which key failures to sign in by a user name are counted."""
    return f"user:{plain_username(username)}"


def scopes_of(role: Role) -> tuple[Right, ...]:
    """Return what a token of a role's account may be given."""
    return tuple(right for right in Right if right in READING & RIGHTS[role])


def drawn_code(address: str) -> str:
    """Return an address as a QR code, as the address of an image that holds it."""
    drawn: str = segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2)
    return drawn


def chosen_rights(names: Iterable[str]) -> frozenset[Right]:
    """Return rights by their names.

    Raises
    ------
    WebError
        If there is no such right.
    """
    try:
        return frozenset(Right(name) for name in names)
    except ValueError:
        raise WebError("没有这项权限，请从列表中选择") from None
