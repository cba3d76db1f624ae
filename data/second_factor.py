"""The second factor: codes that change every half minute (RFC 6238), and codes on paper."""

from __future__ import annotations

import hmac
import secrets
import unicodedata

from pyotp import TOTP, random_base32
from sqlalchemy import delete, insert, select, update

from data.errors import StoreError
from data.schema import AccountRow, RecoveryCodeRow
from data.upsert import table_of
from data.work import Database, Work

__all__ = ["SecondFactor"]

_STEP_S = 30
_DRIFT = 1  # steps by which a telephone's clock may be off
_CODES = 8
_TABLE, _PAPER = table_of(AccountRow), table_of(RecoveryCodeRow)
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is taken for another


class SecondFactor:
    """Secrets of authenticator applications, each code good for one sign-in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def new_secret() -> str:
        """Return a secret that is not kept yet."""
        return random_base32()

    @staticmethod
    def address(secret: str, *, username: str, issuer: str) -> str:
        """Return the ``otpauth`` address that an application reads from a QR code."""
        return TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)

    def is_on(self, account_id: str) -> bool:
        """Whether an account signs in with a second factor."""
        with self._database.read() as connection:
            query = select(_TABLE.c.totp_secret.is_not(None)).where(_TABLE.c.id == account_id)
            return bool(connection.scalar(query))

    def turn_on(self, account_id: str, secret: str, code: str) -> tuple[str, ...]:
        """Keep a secret whose code was typed in; return the codes on paper, shown once.

        Raises
        ------
        StoreError
            If the code is not the secret's.
        """
        step = self._step(secret, _plain(code), after=-1)
        if step is None:
            raise StoreError("验证码不正确；请核对手机时间后输入最新的六位数字")
        codes = tuple(_new_code() for _ in range(_CODES))
        with self._database.write() as work:
            work.connection.execute(
                update(_TABLE)
                .where(_TABLE.c.id == account_id)
                .values(totp_secret=secret, totp_step=step)
            )
            work.connection.execute(delete(_PAPER).where(_PAPER.c.account_id == account_id))
            work.connection.execute(
                insert(_PAPER),
                [
                    {"code_hash": self._digest(account_id, code), "account_id": account_id}
                    for code in codes
                ],
            )
            work.record(account_id, "second_factor.on", f"account:{account_id}")
        return codes

    def turn_off(self, account_id: str, *, by: str) -> None:
        """Forget the secret and the codes on paper."""
        with self._database.write() as work:
            work.connection.execute(
                update(_TABLE)
                .where(_TABLE.c.id == account_id)
                .values(totp_secret=None, totp_step=None)
            )
            work.connection.execute(delete(_PAPER).where(_PAPER.c.account_id == account_id))
            work.record(by, "second_factor.off", f"account:{account_id}")

    def accepts(self, account_id: str, code: str) -> bool:
        """Whether this is the account's code now, or one on paper; it is good no second time."""
        plain = _plain(code)
        with self._database.write() as work:
            row = work.connection.execute(
                select(_TABLE.c.totp_secret, _TABLE.c.totp_step).where(_TABLE.c.id == account_id)
            ).one_or_none()
            if row is None or row.totp_secret is None:
                return False
            step = self._step(row.totp_secret, plain, after=row.totp_step)
            if step is not None:
                work.connection.execute(
                    update(_TABLE).where(_TABLE.c.id == account_id).values(totp_step=step)
                )
                return True
            return self._from_paper(work, account_id, plain)

    def _from_paper(self, work: Work, account_id: str, code: str) -> bool:
        spent = work.connection.execute(
            delete(_PAPER).where(_PAPER.c.code_hash == self._digest(account_id, code))
        ).rowcount
        if spent:
            work.record(account_id, "second_factor.paper", f"account:{account_id}")
        return bool(spent)

    def _step(self, secret: str, code: str, *, after: int) -> int | None:
        """Return the time step whose code this is, if it is a later one than the last used."""
        totp = TOTP(secret)
        now = int(self._database.clock().timestamp()) // _STEP_S
        steps = range(max(now - _DRIFT, after + 1), now + _DRIFT + 1)
        return next((k for k in steps if hmac.compare_digest(totp.at(k * _STEP_S), code)), None)

    def _digest(self, account_id: str, code: str) -> str:
        return self._database.cipher.keyed_hash("recovery_code", account_id, code)


def _plain(code: str) -> str:
    """Return a code as it is compared, however a keyboard wrote its digits; empty if it is none."""
    text = unicodedata.normalize("NFKC", code)
    plain = "".join(text.split()).replace("-", "").casefold()
    return plain if plain.isascii() else ""


def _new_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(12))
