"""Tokens by which another program reads in an account's name, within a scope and a time."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, insert, select, update

from data.crypto import new_id
from data.errors import StoreError
from data.model import Account
from data.rights import READING, RIGHTS, Right
from data.schema import ApiTokenRow
from data.upsert import table_of
from data.work import Database

__all__ = ["ApiToken", "Tokens"]

PREFIX = "fw_"
_LONGEST = timedelta(days=366)
_TABLE = table_of(ApiTokenRow)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret, of which only a keyed hash is kept."""

    id: str
    account_id: str
    label: str
    scopes: frozenset[Right]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    used_on: str | None = None

    def is_open(self, at: datetime) -> bool:
        """Whether the token may be used at this moment."""
        return self.revoked_at is None and at < self.expires_at


class Tokens:
    """The tokens of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        account: Account,
        label: str,
        scopes: Iterable[Right],
        *,
        expires_at: datetime,
        by: str,
    ) -> tuple[ApiToken, str]:
        """Make a token for an account; the secret is told once and cannot be read again.

        Raises
        ------
        StoreError
            If it has no name or scope, one that the account lacks or that changes something, or
            lasts longer than a year.
        """
        wanted, now = frozenset(scopes), self._database.clock()
        if not label.strip() or len(label) > 60:
            raise StoreError("令牌用途须有 1 至 60 个字符")
        if not wanted:
            raise StoreError("请至少选择一项权限")
        if not wanted <= READING & RIGHTS[account.role]:
            raise StoreError("令牌只能有本账户的读取权限")
        if not now < expires_at <= now + _LONGEST:
            raise StoreError("令牌的有效期须在一年以内")
        made = ApiToken(new_id("t"), account.id, label.strip(), wanted, now, expires_at)
        secret = f"{PREFIX}{secrets.token_urlsafe(32)}"
        with self._database.write() as work:
            work.connection.execute(
                insert(_TABLE).values(
                    id=made.id,
                    account_id=account.id,
                    label=made.label,
                    token_hash=self._digest(secret),
                    scopes=" ".join(sorted(wanted)),
                    created_at=now,
                    expires_at=expires_at,
                )
            )
            detail = {"account": account.id, "scopes": " ".join(sorted(wanted))}
            work.record(by, "token.create", f"token:{made.id}", detail)
        return made, secret

    def revoke(self, token_id: str, *, by: str, owner: str | None = None) -> None:
        """End a token now; one that was ended stays as it is.

        Raises
        ------
        StoreError
            If there is no such token, or it is not the owner's where one is given.
        """
        with self._database.write() as work:
            query = select(_TABLE).where(_TABLE.c.id == token_id)
            row = work.connection.execute(query).one_or_none()
            if row is None or owner not in (None, row.account_id):
                raise StoreError("没有这个令牌")
            if row.revoked_at is None:
                work.connection.execute(
                    update(_TABLE)
                    .where(_TABLE.c.id == token_id)
                    .values(revoked_at=self._database.clock())
                )
                work.record(by, "token.revoke", f"token:{token_id}")

    def of(self, account_id: str) -> tuple[ApiToken, ...]:
        """Return an account's tokens, the newest first."""
        query = (
            select(_TABLE)
            .where(_TABLE.c.account_id == account_id)
            .order_by(_TABLE.c.created_at.desc(), _TABLE.c.id)
        )
        with self._database.read() as connection:
            return tuple(_token(row._mapping) for row in connection.execute(query))

    def find(self, secret: str) -> ApiToken | None:
        """Return the open token with this secret; the first use of a day is recorded."""
        if not secret.startswith(PREFIX):
            return None
        now = self._database.clock()
        with self._database.read() as connection:
            query = select(_TABLE).where(_TABLE.c.token_hash == self._digest(secret))
            row = connection.execute(query).one_or_none()
        found = None if row is None else _token(row._mapping)
        if found is None or not found.is_open(now):
            return None
        today = now.date().isoformat()
        if found.used_on != today:
            with self._database.write() as work:
                work.connection.execute(
                    update(_TABLE).where(_TABLE.c.id == found.id).values(used_on=today)
                )
                work.record(found.account_id, "token.use", f"token:{found.id}")
        return found

    def _digest(self, secret: str) -> str:
        return self._database.cipher.keyed_hash("api_token", secret)


def _token(values: RowMapping) -> ApiToken:
    return ApiToken(
        values["id"],
        values["account_id"],
        values["label"],
        frozenset(Right(each) for each in values["scopes"].split()),
        values["created_at"],
        values["expires_at"],
        values["revoked_at"],
        values["used_on"],
    )
