"""Names of files and sheets of rows in quarantine are encrypted, and what is wrong with them.

PostgreSQL keeps rows as they were in its files until a table is made anew, so it is made anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT
from data.schema import Secret

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_Kinds = Mapping[str, sa.types.TypeEngine[Any]]

_ALWAYS: _Kinds = {
    "id": TEXT,
    "batch_id": TEXT,
    "kind": TEXT,
    "row": sa.Integer(),
    "cells": Secret("quarantined_row.cells"),
    "cells_hash": TEXT,
}
_OPEN: _Kinds = {"sheet": TEXT, "problems": TEXT}


def upgrade() -> None:
    rows = _rows({**_ALWAYS, **_OPEN})
    for row in rows:
        kept = json.loads(row["cells"])
        sheet, problems = row.pop("sheet"), json.loads(row.pop("problems"))
        if not isinstance(kept, dict):
            kept = {"sheet": sheet, "cells": kept, "problems": problems}
            row["cells"] = json.dumps(kept, ensure_ascii=False)
    _make(_ALWAYS, rows)


def downgrade() -> None:
    rows = _rows(_ALWAYS)
    for row in rows:
        kept = json.loads(row["cells"])
        row["cells"] = json.dumps(kept["cells"], ensure_ascii=False)
        row["sheet"], row["problems"] = kept["sheet"], json.dumps(kept["problems"])
    _make({**_ALWAYS, **_OPEN}, rows)


def _rows(kinds: _Kinds) -> list[dict[str, Any]]:
    found = op.get_bind().execute(sa.select(_light(kinds)))
    return [dict(row._mapping) for row in found]


def _light(kinds: _Kinds) -> Any:
    return sa.table("quarantined_row", *(sa.column(name, kind) for name, kind in kinds.items()))


def _make(kinds: _Kinds, rows: list[dict[str, Any]]) -> None:
    op.drop_table("quarantined_row")  # its index goes with it
    op.create_table(
        "quarantined_row",
        *(sa.Column(name, kind, nullable=False) for name, kind in kinds.items()),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_quarantined_row_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_row")),
        sa.UniqueConstraint("kind", "cells_hash", name=op.f("uq_quarantined_row_kind_cells_hash")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_quarantined_row_batch_id"), "quarantined_row", ["batch_id"])
    if rows:
        op.get_bind().execute(sa.insert(_light(kinds)), rows)
