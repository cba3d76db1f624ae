"""Accounts: who may sign in, as what. Passwords are kept as argon2id hashes only."""

from __future__ import annotations

import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import RowMapping, insert, select, update

from data.crypto import new_id
from data.errors import DuplicateError, StoreError
from data.model import Account, Role
from data.schema import AccountRow
from data.upsert import table_of
from data.work import Database

__all__ = ["MIN_PASSWORD_LENGTH", "Accounts", "Role"]

MIN_PASSWORD_LENGTH = 8


class Accounts:
    """The accounts of a store."""

    def __init__(self, database: Database, *, hasher: PasswordHasher | None = None) -> None:
        self._database = database
        self._hasher = hasher or PasswordHasher()

    def create(
        self,
        username: str,
        password: str,
        role: Role,
        display_name: str,
        station_id: str | None = None,
        grid_code: str | None = None,
        *,
        by: str = "cli",
    ) -> Account:
        """Add an account.

        Raises
        ------
        DuplicateError
            If the user name is taken.
        StoreError
            If the name is empty, the password short, or a liaison lacks a station or grid.
        """
        role = Role(role)
        name = _plain(username)
        if not name or len(name) > 60:
            raise StoreError("用户名须有 1 至 60 个字符")
        if len(password) < MIN_PASSWORD_LENGTH:
            raise StoreError("密码须至少 %(length)d 个字符", length=MIN_PASSWORD_LENGTH)
        if (role is Role.POLICE_LIAISON) != (station_id is not None):
            raise StoreError("派出所联络员须指定派出所，其他角色不指定")
        if (role is Role.GRID_LIAISON) != (grid_code is not None):
            raise StoreError("网格联络员须指定网格，其他角色不指定")
        account = Account(new_id("u"), name, role, display_name, station_id, grid_code)
        password_hash = self._hasher.hash(password)
        with self._database.write() as work:
            taken = select(AccountRow.id).where(AccountRow.username == name)
            if work.connection.scalar(taken) is not None:
                raise DuplicateError("用户名已被使用，请另取一个")
            work.connection.execute(
                insert(AccountRow).values(
                    id=account.id,
                    username=name,
                    password_hash=password_hash,
                    role=role.value,
                    display_name=display_name,
                    station_id=station_id,
                    grid_code=grid_code,
                )
            )
            work.record(by, "account.create", f"account:{account.id}", {"role": role.value})
        return account

    def verify(self, username: str, password: str) -> Account | None:
        """Return the account whose name and password these are, or None.

        An unknown name takes as long as a wrong password.
        """
        table = table_of(AccountRow)
        with self._database.read() as connection:
            row = connection.execute(
                select(table).where(table.c.username == _plain(username))
            ).one_or_none()
        password_hash = self._unknown_hash if row is None else row.password_hash
        try:
            self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return None
        if row is None:
            return None
        if self._hasher.check_needs_rehash(password_hash):
            with self._database.write() as work:
                work.connection.execute(
                    update(table)
                    .where(table.c.id == row.id)
                    .values(password_hash=self._hasher.hash(password))
                )
        return _account(row._mapping)

    def get(self, account_id: str) -> Account | None:
        """Return the account with this id, or None."""
        table = table_of(AccountRow)
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.id == account_id)).one_or_none()
        return None if row is None else _account(row._mapping)

    def all(self) -> tuple[Account, ...]:
        """Return the accounts in the order of their user names."""
        table = table_of(AccountRow)
        with self._database.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.username))
            return tuple(_account(row._mapping) for row in rows)

    @cached_property
    def _unknown_hash(self) -> str:
        return self._hasher.hash(new_id(""))


def _plain(username: str) -> str:
    return unicodedata.normalize("NFKC", username).strip().casefold()


def _account(values: RowMapping) -> Account:
    return Account(
        values["id"],
        values["username"],
        Role(values["role"]),
        values["display_name"],
        values["station_id"],
        values["grid_code"],
    )
