"""Learned numbers of the locating model that were put in use: one at a time, all remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from data.in_use import put_in_use, row_in_use, take_out_of_use
from data.schema import LocatingFitRow
from data.upsert import table_of
from data.work import Database
from routes.errors import LocatingError

if TYPE_CHECKING:
    from routes.locating.learning import Fit, OlderFit

__all__ = ["AppliedFit", "LocatingFits"]


@dataclass(frozen=True, slots=True)
class AppliedFit:
    """A fit with who put it in use and, where it holds no longer, who ended it.

    ``fit`` is None where what is stored cannot be read, and where an older version of the model
    learned it, which ``older`` then tells; ``basis`` stands for the parameters from which it
    was learned.
    """

    fit: Fit | None
    older: OlderFit | None
    fingerprint: str
    basis: str
    applied_at: datetime
    applied_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None

    @property
    def content(self) -> Fit | OlderFit | None:
        """What was learned, for reading."""
        return self.older if self.fit is None else self.fit


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
        fingerprint, values = fit.fingerprint, {"fit": fit.to_json()}
        with self._database.write() as work:
            if not put_in_use(
                work, LocatingFitRow, values, fingerprint=fingerprint, basis=basis, by=by
            ):
                return False
            detail = {"debtors": fit.debtors, "visits": fit.visits}
            work.record(by, "locating_fit.apply", f"fit:{fingerprint}", detail)
        return True

    def drop(self, *, by: str) -> bool:
        """Return to the parameters of the file; tells whether a fit was in use."""
        with self._database.write() as work:
            fingerprint = take_out_of_use(work, LocatingFitRow, by=by)
            if fingerprint is None:
                return False
            work.record(by, "locating_fit.drop", f"fit:{fingerprint}")
        return True

    def in_use(self) -> AppliedFit | None:
        """Return the fit that was put in use last, unless it was dropped; it may be unreadable."""
        with self._database.read() as connection:
            row = row_in_use(connection, LocatingFitRow)
        return None if row is None else _applied(row)

    def history(self) -> tuple[AppliedFit, ...]:
        """Return all fits that were ever in use, the first one first."""
        query = select(table_of(LocatingFitRow)).order_by(LocatingFitRow.seq)
        with self._database.read() as connection:
            return tuple(_applied(row) for row in connection.execute(query))


def _applied(row: Row[Any]) -> AppliedFit:
    from routes.locating.learning import Fit, kept_fit  # loads the model

    held: Fit | OlderFit | None
    try:
        held = kept_fit(row.fit)
    except LocatingError:
        held = None
    return AppliedFit(
        held if isinstance(held, Fit) else None,
        None if isinstance(held, Fit) else held,
        row.fingerprint,
        row.basis,
        row.applied_at,
        row.applied_by,
        row.ended_at,
        row.ended_by,
    )
