"""Deleting by field what has served: expired addresses, leads, vehicle alerts (LAW.md P5, N6).

An address stays as a frozen stub, so that visits and plans still refer to it; its text, paper and
place go. Its content hash stays too, so that the same file imported again brings nothing back. A
lead goes whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, or_, select, update

from data.schema import AddressClaimRow, LeadRow, PlaceRow
from data.store import Store
from data.work import Work
from geo.localtime import local_day

__all__ = ["GONE", "Purged", "purge"]

GONE = "（已到期删除）"
"""What stands in the place of a text that was deleted."""

_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Purged:
    """How many records lost which fields, or on a dry run would lose them."""

    claims: tuple[str, ...]
    leads: tuple[str, ...]
    alerts: tuple[str, ...]


def purge(store: Store, *, by: str, batch: int = 200, dry_run: bool = False) -> Purged:
    """Delete the fields of what is past its last day.

    Each batch is one transaction with its audit entries; what was stopped goes on where it was
    when it is run again, since a stub is not due any more.

    Parameters
    ----------
    by
        Account id, or ``cli``.
    batch
        Records of one transaction.
    dry_run
        Only tell which would be emptied.

    Returns
    -------
    Purged
        Ids of address claims (text, paper and place), leads (whole) and alerts (all details).
    """
    if dry_run:
        alerts = store.restrictions.purge(by=by, most=_ALL, dry_run=True)
        with store.write() as work:
            return Purged(_due(work, _claims(work), _ALL), _due(work, _leads(work), _ALL), alerts)
    emptied: list[str] = []
    while due := store.restrictions.purge(by=by, most=batch):
        emptied += due
    return Purged(
        _in_batches(store, _purge_claims, by, batch),
        _in_batches(store, _purge_leads, by, batch),
        tuple(emptied),
    )


def _in_batches(
    store: Store, step: Callable[[Work, str, int], tuple[str, ...]], by: str, batch: int
) -> tuple[str, ...]:
    done: list[str] = []
    while True:
        with store.write() as work:
            due = step(work, by, batch)
        if not due:
            return tuple(done)
        done += due


def _claims(work: Work) -> Select[Any]:
    return (
        select(AddressClaimRow.id)
        .where(
            AddressClaimRow.expires_on < local_day(work.clock()), AddressClaimRow.text_hash != ""
        )
        .order_by(AddressClaimRow.id)
    )


def _leads(work: Work) -> Select[Any]:
    over = or_(LeadRow.expires_at <= work.clock(), LeadRow.withdrawn.is_(True))
    return select(LeadRow.id).where(over).order_by(LeadRow.id)


def _due(work: Work, query: Select[Any], most: int) -> tuple[str, ...]:
    return tuple(work.connection.scalars(query.limit(most)))


def _purge_claims(work: Work, by: str, most: int) -> tuple[str, ...]:
    due = _due(work, _claims(work), most)
    work.connection.execute(delete(PlaceRow).where(PlaceRow.claim_id.in_(due)))
    work.connection.execute(
        update(AddressClaimRow)
        .where(AddressClaimRow.id.in_(due))
        .values(text=GONE, text_hash="", basis=None)
    )
    for each in due:
        work.record(by, "retention.purge", f"claim:{each}", {"fields": "text basis place"})
    return due


def _purge_leads(work: Work, by: str, most: int) -> tuple[str, ...]:
    due = _due(work, _leads(work), most)
    work.connection.execute(delete(LeadRow).where(LeadRow.id.in_(due)))
    for each in due:
        work.record(by, "retention.purge", f"lead:{each}", {"fields": "all"})
    return due
