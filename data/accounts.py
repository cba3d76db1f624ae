"""Accounts: who may sign in, as what. Passwords are kept as argon2id hashes only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Row, RowMapping, bindparam, delete, insert, select, update

from data.crypto import new_id
from data.errors import DuplicateError, StoreError
from data.model import Account, Role
from data.schema import (
    AccountIdentityRow,
    AccountRow,
    ApiTokenRow,
    EndedSessionRow,
    SettingRow,
    TeamRow,
)
from data.upsert import table_of
from data.work import Database, Work

__all__ = ["MIN_PASSWORD_LENGTH", "Accounts", "Role", "plain_username"]

MIN_PASSWORD_LENGTH = 8
_TABLE, _IDENTITY = table_of(AccountRow), table_of(AccountIdentityRow)
_TOKENS, _ENDED = table_of(ApiTokenRow), table_of(EndedSessionRow)
_SETTING, _TEAMS = table_of(SettingRow), table_of(TeamRow)
_OPEN = "open:"  # stands for the hash of whoever comes first
_COURT = "court_code"
_COURT_CODE = re.compile(r"[一-龥]\d{2,4}|最高法")
_OF_STORE = select(_SETTING.c.value).where(_SETTING.c.name == _COURT).scalar_subquery()
_READ = select(_TABLE, _OF_STORE.label("store_court"))
_IN_SESSION = _READ.where(
    _TABLE.c.id == bindparam("account_id"),
    ~select(_ENDED.c.digest).where(_ENDED.c.digest == bindparam("digest")).exists(),
)
"""Built once: it is asked with every request."""


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
        team_id: str | None = None,
        by: str = "cli",
    ) -> Account:
        """Add an account, of the store's court where that has a code.

        Raises
        ------
        DuplicateError
            If the user name is taken.
        StoreError
            If the name is empty, the password short, a liaison lacks a station or grid, or the
            team is not stored.
        """
        role = Role(role)
        name = plain_username(username)
        if not name or len(name) > 60:
            raise StoreError("用户名须有 1 至 60 个字符")
        _check_password(password)
        if (role is Role.POLICE_LIAISON) != (station_id is not None):
            raise StoreError("派出所联络员须指定派出所，其他角色不指定")
        if (role is Role.GRID_LIAISON) != (grid_code is not None):
            raise StoreError("网格联络员须指定网格，其他角色不指定")
        _check_role_of_team(role, team_id)
        account_id = new_id("u")
        password_hash = self._hasher.hash(password)
        with self._database.write() as work:
            taken = select(_TABLE.c.id).where(_TABLE.c.username == name)
            if work.connection.scalar(taken) is not None:
                raise DuplicateError("用户名已被使用，请另取一个")
            _check_team(work, team_id)
            work.connection.execute(
                insert(_TABLE).values(
                    id=account_id,
                    username=name,
                    password_hash=password_hash,
                    role=role.value,
                    display_name=display_name,
                    station_id=station_id,
                    grid_code=grid_code,
                    team_id=team_id,
                    court_code=_OF_STORE,
                    epoch=0,
                    password_set_at=work.clock(),
                )
            )
            work.record(by, "account.create", f"account:{account_id}", {"role": role.value})
        return self._kept(account_id)

    def verify(self, username: str, password: str) -> Account | None:
        """Return the account whose name and password these are, or None.

        An unknown name, or one that was ended, takes as long as a wrong password.
        """
        row = self._row(_TABLE.c.username == plain_username(username))
        password_hash = self._unknown_hash if row is None else row.password_hash
        try:
            self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return None
        found = None if row is None else _account(row._mapping)
        if found is None or not found.usable:
            return None
        if self._hasher.check_needs_rehash(password_hash):
            self._write_hash(found.id, password_hash, self._hasher.hash(password))
        return found

    def get(self, account_id: str) -> Account | None:
        """Return the account with this id, or None."""
        row = self._row(_TABLE.c.id == account_id)
        return None if row is None else _account(row._mapping)

    def named(self, username: str) -> Account | None:
        """Return the account with this user name, or None."""
        row = self._row(_TABLE.c.username == plain_username(username))
        return None if row is None else _account(row._mapping)

    def administrator(self, username: str) -> Account | None:
        """Return the administrator with this user name whose account is in use, or None."""
        found = self.named(username)
        return found if found is not None and found.role is Role.ADMIN and found.usable else None

    def all(self) -> tuple[Account, ...]:
        """Return the accounts in the order of their user names."""
        with self._database.read() as connection:
            rows = connection.execute(_READ.order_by(_TABLE.c.username))
            return tuple(_account(row._mapping) for row in rows)

    def set_password(self, account_id: str, password: str, *, by: str) -> Account:
        """Give an account another password and end its sessions and tokens.

        Raises
        ------
        StoreError
            If there is no such account, or the password is short.
        """
        _check_password(password)
        digest = self._hasher.hash(password)
        with self._database.write() as work:
            _known(work, account_id)
            values = {"password_hash": digest, "password_set_at": work.clock()}
            _set(work, account_id, **values)
            _end_sessions(work, account_id)
            work.record(by, "account.password", f"account:{account_id}")
        return self._kept(account_id)

    def set_tour_seen(self, account_id: str, *, seen: bool) -> None:
        """Keep that an account was shown the tour of its pages, or shall be again.

        Raises
        ------
        StoreError
            If there is no such account.
        """
        with self._database.write() as work:
            _known(work, account_id)
            _set(work, account_id, tour_seen_at=work.clock() if seen else None)
            work.record(account_id, "account.tour", f"account:{account_id}", {"seen": seen})

    def disable(self, account_id: str, *, by: str) -> Account:
        """End an account, its sessions and tokens; it is kept, since the audit names it.

        Raises
        ------
        StoreError
            If there is no such account, or it is the last administrator's.
        """
        with self._database.write() as work:
            row = _known(work, account_id)
            _keep_an_administrator(work, row)
            if row.disabled_at is None:
                _set(work, account_id, disabled_at=work.clock(), disabled_by=by)
                _end_sessions(work, account_id)
                work.record(by, "account.disable", f"account:{account_id}")
        return self._kept(account_id)

    def enable(self, account_id: str, *, by: str) -> Account:
        """Let an account sign in again.

        Raises
        ------
        StoreError
            If there is no such account.
        """
        with self._database.write() as work:
            if _known(work, account_id).disabled_at is not None:
                _set(work, account_id, disabled_at=None, disabled_by=None)
                work.record(by, "account.enable", f"account:{account_id}")
        return self._kept(account_id)

    def court(self) -> str | None:
        """Return the code of the store's court, None where none was given."""
        with self._database.read() as connection:
            found: str | None = connection.scalar(
                select(_SETTING.c.value).where(_SETTING.c.name == _COURT)
            )
            return found

    def set_court(self, code: str, *, by: str) -> None:
        """Say of which court the store is; accounts of the court before, or of none, are of it.

        Raises
        ------
        StoreError
            If it is no code of a court as case numbers have it.
        """
        code = _court_code(code)
        with self._database.write() as work:
            before = work.connection.scalar(
                select(_SETTING.c.value).where(_SETTING.c.name == _COURT)
            )
            if before == code:
                return
            ours = _TABLE.c.court_code.is_(None)
            if before is None:
                work.connection.execute(insert(_SETTING).values(name=_COURT, value=code))
            else:
                ours |= _TABLE.c.court_code == before
                work.connection.execute(
                    update(_SETTING).where(_SETTING.c.name == _COURT).values(value=code)
                )
            moved = work.connection.execute(update(_TABLE).where(ours).values(court_code=code))
            work.record(by, "store.court", "store:-", {"court": code, "accounts": moved.rowcount})

    def place(self, account_id: str, *, team_id: str | None, court: str, by: str) -> Account:
        """Say to which team and court an account belongs; what it kept open of others ends.

        Parameters
        ----------
        team_id
            None for an account that sees the days of all teams.
        court
            Code of a court; empty where the store has none.

        Raises
        ------
        StoreError
            If there is no such account or team, only an officer may belong to one, or no
            administrator of the store's court would be left.
        """
        code = _court_code(court) if court else None
        with self._database.write() as work:
            row = _known(work, account_id)
            _check_role_of_team(Role(row.role), team_id)
            _check_team(work, team_id)
            own = work.connection.scalar(select(_SETTING.c.value).where(_SETTING.c.name == _COURT))
            code = own if code is None else code
            if own is not None and code != own:
                _keep_an_administrator(work, row)
            if (row.team_id, row.court_code) != (team_id, code):
                _set(work, account_id, team_id=team_id, court_code=code)
                _end_sessions(work, account_id)
                detail = {"team": team_id, "court": code}
                work.record(by, "account.place", f"account:{account_id}", detail)
        return self._kept(account_id)

    def end_sessions(self, account_id: str, *, by: str) -> Account:
        """End all sessions and tokens of an account.

        Raises
        ------
        StoreError
            If there is no such account.
        """
        with self._database.write() as work:
            _known(work, account_id)
            _end_sessions(work, account_id)
            work.record(by, "account.end_sessions", f"account:{account_id}")
        return self._kept(account_id)

    def end_session(self, session_id: str, *, until: datetime, by: str) -> None:
        """End one session of an account at once, whoever holds a copy of its cookie.

        Parameters
        ----------
        until
            When it would have ended by itself; it is forgotten then.
        """
        digest = self._session_digest(session_id)
        with self._database.write() as work:
            work.connection.execute(delete(_ENDED).where(_ENDED.c.until < work.clock()))
            held = select(_ENDED.c.digest).where(_ENDED.c.digest == digest)
            if work.connection.scalar(held) is None:
                work.connection.execute(insert(_ENDED).values(digest=digest, until=until))
            work.record(by, "logout", f"account:{by}")

    def in_session(self, account_id: str, session_id: str) -> Account | None:
        """Return the account of a session, or None where either has ended."""
        asked = {"account_id": account_id, "digest": self._session_digest(session_id)}
        with self._database.read() as connection:
            row = connection.execute(_IN_SESSION, asked).one_or_none()
        found = None if row is None else _account(row._mapping)
        return found if found is not None and found.usable else None

    def lock_out(self, username: str) -> None:
        """End the sessions of an account whose sign-in is locked; its tokens stay."""
        found = self.named(username)
        if found is not None:
            with self._database.write() as work:
                _raise_epoch(work, found.id)
                work.record("-", "account.lock_out", f"account:{found.id}")

    def _session_digest(self, session_id: str) -> str:
        return self._database.cipher.keyed_hash("session", session_id)

    def of_identity(self, issuer: str, subject: str, username: str) -> Account | None:
        """Return the account of somebody whom another service signed in, or None.

        Only an account that an administrator opened for the service is taken by its user name,
        once, and bound: from then on the service's own identifier counts, and no other may come
        as that account.
        """
        digest = self._database.cipher.keyed_hash("identity", issuer, subject)
        with self._database.read() as connection:
            held = select(_IDENTITY.c.account_id).where(_IDENTITY.c.subject_hash == digest)
            account_id = connection.scalar(held)
        if account_id is None:
            account_id = self._bind(digest, username)
        found = None if account_id is None else self._kept(account_id)
        return found if found is not None and found.usable else None

    def open_to_service(self, account_id: str, *, by: str) -> None:
        """Let the court's own service sign in as an account, whoever did so before.

        Raises
        ------
        StoreError
            If there is no such account.
        """
        self.close_to_service(account_id, by=by)
        with self._database.write() as work:
            work.connection.execute(
                insert(_IDENTITY).values(
                    subject_hash=f"{_OPEN}{account_id}", account_id=account_id, since=work.clock()
                )
            )
            work.record(by, "account.service_on", f"account:{account_id}")

    def close_to_service(self, account_id: str, *, by: str) -> None:
        """Let nobody whom another service signed in come as an account.

        Raises
        ------
        StoreError
            If there is no such account.
        """
        with self._database.write() as work:
            _known(work, account_id)
            gone = work.connection.execute(
                delete(_IDENTITY).where(_IDENTITY.c.account_id == account_id)
            )
            if gone.rowcount:
                _end_sessions(work, account_id)
                work.record(by, "account.service_off", f"account:{account_id}")

    def by_service(self) -> Mapping[str, bool]:
        """Return the accounts that the service may sign in, and whether somebody came already."""
        with self._database.read() as connection:
            rows = connection.execute(select(_IDENTITY.c.account_id, _IDENTITY.c.subject_hash))
            return {row.account_id: not row.subject_hash.startswith(_OPEN) for row in rows}

    def _bind(self, digest: str, username: str) -> str | None:
        """Bind an account that is open to the service to whoever comes first by its name."""
        opened = (
            select(_IDENTITY.c.account_id)
            .join(_TABLE, _TABLE.c.id == _IDENTITY.c.account_id)
            .where(_TABLE.c.username == username, _IDENTITY.c.subject_hash.startswith(_OPEN))
        )
        with self._database.read() as connection:
            if connection.scalar(opened) is None:
                return None
        with self._database.write() as work:
            account_id: str | None = work.connection.scalar(opened)
            if account_id is not None:
                work.connection.execute(
                    update(_IDENTITY)
                    .where(_IDENTITY.c.account_id == account_id)
                    .values(subject_hash=digest, since=work.clock())
                )
                work.record(account_id, "account.bind", f"account:{account_id}")
        return account_id

    def _row(self, condition: Any) -> Row[Any] | None:
        with self._database.read() as connection:
            return connection.execute(_READ.where(condition)).one_or_none()

    def _kept(self, account_id: str) -> Account:
        found = self.get(account_id)
        assert found is not None
        return found

    def _write_hash(self, account_id: str, held: str, better: str) -> None:
        """Keep a better hash in the place of the one that was verified, if it still stands."""
        with self._database.write() as work:
            kept = work.connection.execute(
                update(_TABLE)
                .where(_TABLE.c.id == account_id, _TABLE.c.password_hash == held)
                .values(password_hash=better)
            )
            if kept.rowcount:
                work.record(account_id, "account.rehash", f"account:{account_id}")

    @cached_property
    def _unknown_hash(self) -> str:
        return self._hasher.hash(new_id(""))


def plain_username(username: str) -> str:
    """Return a user name as it is compared: one width, one case."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def _check_password(password: str) -> None:
    if len(password) < MIN_PASSWORD_LENGTH:
        raise StoreError("密码须至少 %(length)d 个字符", length=MIN_PASSWORD_LENGTH)


def _court_code(text: str) -> str:
    code = unicodedata.normalize("NFKC", text).strip()
    if not _COURT_CODE.fullmatch(code):
        raise StoreError("法院代码应与案号中的一致，形如“闽0504”")
    return code


def _check_role_of_team(role: Role, team_id: str | None) -> None:
    if team_id is not None and role is not Role.OFFICER:
        raise StoreError("只有执行人员可以归属小组；其他角色不指定小组")


def _check_team(work: Work, team_id: str | None) -> None:
    held = select(_TEAMS.c.id).where(_TEAMS.c.id == team_id)
    if team_id is not None and work.connection.scalar(held) is None:
        raise StoreError("小组编号 %(id)s 不在库中，请核对小组表", id=team_id)


def _keep_an_administrator(work: Work, row: Row[Any]) -> None:
    """Refuse what would leave the store without an administrator who may sign in."""
    others = _READ.where(_TABLE.c.role == Role.ADMIN.value, _TABLE.c.id != row.id)
    usable = any(_account(one._mapping).usable for one in work.connection.execute(others))
    if row.role == Role.ADMIN.value and not usable:
        raise StoreError("这是最后一个可用的管理员账户，不能停用；请先添加另一个管理员")


def _known(work: Work, account_id: str) -> Row[Any]:
    row = work.connection.execute(select(_TABLE).where(_TABLE.c.id == account_id)).one_or_none()
    if row is None:
        raise StoreError("没有这个账户")
    return row


def _end_sessions(work: Work, account_id: str) -> None:
    """End the sessions of an account, and its tokens: they are sessions of programs."""
    work.connection.execute(
        update(_TOKENS)
        .where(_TOKENS.c.account_id == account_id, _TOKENS.c.revoked_at.is_(None))
        .values(revoked_at=work.clock())
    )
    _raise_epoch(work, account_id)


def _raise_epoch(work: Work, account_id: str) -> None:
    _set(work, account_id, epoch=_TABLE.c.epoch + 1)


def _set(work: Work, account_id: str, **values: Any) -> None:
    work.connection.execute(update(_TABLE).where(_TABLE.c.id == account_id).values(**values))


def _account(values: RowMapping) -> Account:
    code, own = values["court_code"], values["store_court"]
    return Account(
        values["id"],
        values["username"],
        Role(values["role"]),
        values["display_name"],
        values["station_id"],
        values["grid_code"],
        values["epoch"],
        values["password_set_at"],
        values["disabled_at"],
        values["tour_seen_at"],
        values["team_id"],
        code,
        None not in (code, own) and code != own,
    )
