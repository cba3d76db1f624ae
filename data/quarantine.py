"""Records of imports, and the rows that they could not use."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from data.crypto import new_id
from data.kept_messages import coded, decoded
from data.model import ImportBatch, QuarantinedRow
from data.schema import ImportBatchRow, QuarantinedRowRow
from data.upsert import table_of
from data.work import Work
from geo.messages import Message
from routes.model import SecretText

__all__ = [
    "cells_in",
    "count_quarantined",
    "drop_quarantined",
    "put_batch",
    "put_quarantined",
    "read_quarantined",
]


def put_batch(work: Work, batch: ImportBatch) -> None:
    """Add the record of one import."""
    work.connection.execute(
        insert(ImportBatchRow).values(
            id=batch.id,
            kind=batch.kind,
            at=batch.at,
            actor=batch.actor,
            accepted=batch.accepted,
            corrected=batch.corrected,
            unchanged=batch.unchanged,
            quarantined=batch.quarantined,
            encoding=batch.encoding,
        )
    )


def put_quarantined(
    work: Work,
    batch_id: str,
    kind: str,
    rows: Sequence[tuple[str, int, Sequence[tuple[str, str]], Sequence[Message]]],
) -> int:
    """Add rows as (sheet, row, cells, problems); one that waits already is not added again.

    Cells are pairs of header and text.

    Returns
    -------
    int
        How many were added.
    """
    held = set(
        work.connection.scalars(
            select(QuarantinedRowRow.cells_hash).where(QuarantinedRowRow.kind == kind)
        )
    )
    added = []
    for sheet, row, cells, problems in rows:
        digest = work.cipher.keyed_hash("quarantined", *(part for pair in cells for part in pair))
        if digest in held:
            continue
        held.add(digest)
        added.append(
            {
                "id": new_id("w"),
                "batch_id": batch_id,
                "kind": kind,
                "row": row,
                "cells": _kept(sheet, cells, problems),
                "cells_hash": digest,
            }
        )
    if added:
        work.connection.execute(insert(QuarantinedRowRow), added)
    return len(added)


def _kept(sheet: str, cells: Sequence[tuple[str, str]], problems: Sequence[Message]) -> str:
    """Return what is encrypted of a row: names of sheets and files may be those of persons."""
    kept = {"sheet": sheet, "cells": list(cells), "problems": [coded(one) for one in problems]}
    return json.dumps(kept, ensure_ascii=False, default=str)


def cells_in(kept: str) -> list[Any]:
    """Return the cells in what is encrypted of a row."""
    return list(json.loads(kept)["cells"])


def drop_quarantined(work: Work, row_id: str) -> bool:
    """Delete a waiting row; returns whether it was there."""
    table = table_of(QuarantinedRowRow)
    return bool(work.connection.execute(delete(table).where(table.c.id == row_id)).rowcount)


def count_quarantined(connection: Connection) -> int:
    """Return how many rows wait."""
    table = table_of(QuarantinedRowRow)
    return connection.scalar(select(func.count()).select_from(table)) or 0


def read_quarantined(
    connection: Connection, row_id: str | None = None, *, limit: int | None = None
) -> tuple[QuarantinedRow, ...]:
    """Return the waiting rows, so many of them or one, in the order of batch and row."""
    table = table_of(QuarantinedRowRow)
    query = select(table).order_by(table.c.batch_id, table.c.row).limit(limit)
    if row_id is not None:
        query = query.where(table.c.id == row_id)
    return tuple(_row(row._mapping) for row in connection.execute(query))


def _row(values: RowMapping) -> QuarantinedRow:
    found = json.loads(values["cells"])
    return QuarantinedRow(
        values["id"],
        values["batch_id"],
        values["kind"],
        found["sheet"],
        values["row"],
        SecretText(json.dumps(found["cells"], ensure_ascii=False)),
        tuple(map(_problem, found["problems"])),
    )


def _problem(kept: str | list[Any]) -> Message:
    """Return a kept problem; an earlier version kept the sentence in the importer's language."""
    return Message("%(text)s", (("text", kept),)) if isinstance(kept, str) else decoded(kept)
