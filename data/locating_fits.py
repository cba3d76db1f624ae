"""Learned numbers of the locating model that were put in use: one at a time, all remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Row, insert, select, update

from data.schema import LocatingFitRow
from data.upsert import table_of
from data.work import Database, Work

if TYPE_CHECKING:
    from routes.locating.learning import Fit

__all__ = ["AppliedFit", "LocatingFits"]


@dataclass(frozen=True, slots=True)
class AppliedFit:
    """A fit with who put it in use and, where it holds no longer, who ended it.

    ``basis`` stands for the parameters from which it was learned.
    """

    fit: Fit
    fingerprint: str
    basis: str
    applied_at: datetime
    applied_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None


class LocatingFits:
    """What was learned and applied; nothing is applied but by :meth:`apply`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def apply(self, fit: Fit, *, basis: str, by: str) -> bool:
        """Put a fit in use in the place of the one before.

        Returns
        -------
        bool
            False where this very fit was in use already; then nothing changes.
        """
        fingerprint = fit.fingerprint
        with self._database.write() as work:
            held = _row_in_use(work.connection)
            if held is not None and (held.fingerprint, held.basis) == (fingerprint, basis):
                return False
            _end(work, by)
            work.connection.execute(
                insert(table_of(LocatingFitRow)).values(
                    fingerprint=fingerprint,
                    basis=basis,
                    fit=fit.to_json(),
                    applied_at=work.clock(),
                    applied_by=by,
                )
            )
            detail = {"debtors": fit.debtors, "visits": fit.visits}
            work.record(by, "locating_fit.apply", f"fit:{fingerprint}", detail)
        return True

    def drop(self, *, by: str) -> bool:
        """Return to the parameters of the file; tells whether a fit was in use."""
        with self._database.write() as work:
            held = _row_in_use(work.connection)
            if held is None:
                return False
            _end(work, by)
            work.record(by, "locating_fit.drop", f"fit:{held.fingerprint}")
        return True

    def in_use(self) -> AppliedFit | None:
        """Return the fit that was put in use last, unless it was dropped."""
        with self._database.read() as connection:
            row = _row_in_use(connection)
        return None if row is None else _applied(row)

    def history(self) -> tuple[AppliedFit, ...]:
        """Return all fits that were ever in use, the first one first."""
        query = select(table_of(LocatingFitRow)).order_by(LocatingFitRow.seq)
        with self._database.read() as connection:
            return tuple(_applied(row) for row in connection.execute(query))


def _end(work: Work, by: str) -> None:
    table = table_of(LocatingFitRow)
    work.connection.execute(
        update(table).where(table.c.ended_at.is_(None)).values(ended_at=work.clock(), ended_by=by)
    )


def _row_in_use(connection: Connection) -> Row[tuple[object, ...]] | None:
    table = table_of(LocatingFitRow)
    return connection.execute(select(table).where(table.c.ended_at.is_(None))).one_or_none()


def _applied(row: Row[tuple[object, ...]]) -> AppliedFit:
    from routes.locating.learning import Fit  # loads the model

    return AppliedFit(
        Fit.from_json(row.fit),
        row.fingerprint,
        row.basis,
        row.applied_at,
        row.applied_by,
        row.ended_at,
        row.ended_by,
    )
