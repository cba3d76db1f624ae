"""Signatures on findings as they are kept: given once, perhaps withdrawn, never deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update

from data.crypto import new_id
from data.errors import StoreError
from data.schema import SignOffRow
from data.upsert import table_of
from data.work import Database, Work
from routes.rules.signoffs import Role, SignOff

__all__ = ["KeptSignOff", "SignOffs", "add"]

_MOST_ASKED = 10_000  # subjects of one query; SQLite takes some 32 000 parameters


@dataclass(frozen=True, slots=True)
class KeptSignOff:
    """A sign-off with its id and, where it holds no longer, who withdrew it."""

    id: str
    sign_off: SignOff
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


def add(
    work: Work, sign_off: SignOff, *, factors: Iterable[str] = (), override: bool = False
) -> KeptSignOff:
    """Keep a sign-off in an open transaction.

    Parameters
    ----------
    factors
        Ids of the rules whose findings were shown to the person who signed; kept in the audit.
    override
        Whether the person signed against what was advised; kept in the audit.
    """
    made = KeptSignOff(new_id("s"), sign_off)
    work.connection.execute(
        insert(SignOffRow).values(
            id=made.id,
            rule=sign_off.rule,
            subject=sign_off.subject,
            role=sign_off.role.value,
            reason=sign_off.reason,
            document_no=sign_off.document_no,
            signed_by=sign_off.signed_by,
            signed_at=sign_off.signed_at,
            expires_at=sign_off.expires_at,
            digest=sign_off.digest,
        )
    )
    detail = {
        "rule": sign_off.rule,
        "subject": sign_off.subject,
        "factors": " ".join(dict.fromkeys(factors)),
        "override": override,
    }
    work.record(sign_off.signed_by, "sign_off.add", f"sign_off:{made.id}", detail)
    return made


class SignOffs:
    """Who signed what, on which paper and until when."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def withdraw(self, sign_off_id: str, by: str) -> KeptSignOff:
        """End a sign-off now, whatever its term; one that was withdrawn stays as it is.

        Raises
        ------
        StoreError
            If it is not stored.
        """
        with self._database.write() as work:
            query = select(table_of(SignOffRow)).where(SignOffRow.id == sign_off_id)
            row: Any = work.connection.execute(query).one_or_none()
            if row is None:
                raise StoreError("签批 %(id)s 不在库中；请刷新页面后核对", id=sign_off_id)
            if row.withdrawn_at is None:
                work.connection.execute(
                    update(SignOffRow)
                    .where(SignOffRow.id == sign_off_id)
                    .values(withdrawn_at=work.clock(), withdrawn_by=by)
                )
                detail = {"rule": row.rule, "subject": row.subject}
                work.record(by, "sign_off.withdraw", f"sign_off:{sign_off_id}", detail)
            row = work.connection.execute(query).one()
        return _kept(row)

    def standing(self, subjects: Iterable[str], at: datetime) -> tuple[KeptSignOff, ...]:
        """Return those about some subjects that stood at a moment: not withdrawn, not over.

        Parameters
        ----------
        subjects
            As in :class:`routes.model.Finding`, such as ``case:ID``.
        at
            Aware; the first signed comes first.
        """
        asked = sorted(set(subjects))
        found: list[KeptSignOff] = []
        with self._database.read() as connection:
            for first in range(0, len(asked), _MOST_ASKED):
                query = select(table_of(SignOffRow)).where(
                    SignOffRow.subject.in_(asked[first : first + _MOST_ASKED]),
                    or_(SignOffRow.withdrawn_at.is_(None), SignOffRow.withdrawn_at > at),
                    SignOffRow.expires_at > at,
                )
                rows: Sequence[Any] = connection.execute(query).all()
                found += map(_kept, rows)
        return tuple(sorted(found, key=lambda one: (one.sign_off.signed_at, one.id)))


def _kept(row: Any) -> KeptSignOff:
    sign_off = SignOff(
        row.rule,
        row.subject,
        Role(row.role),
        row.reason,
        row.document_no,
        row.signed_by,
        row.signed_at,
        row.expires_at,
        row.digest or "",  # one of a store from before has none and answers nothing
    )
    return KeptSignOff(row.id, sign_off, row.withdrawn_at, row.withdrawn_by)
