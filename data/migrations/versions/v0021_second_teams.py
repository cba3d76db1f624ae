"""Stored plans say which of two teams is the second.

Until now a value of 0 told it, or of two duties the later one. Plans are encrypted by a later
revision only.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ACTION = sa.table(
    "action",
    sa.column("seq", sa.Integer()),
    sa.column("problem", sa.LargeBinary()),
    sa.column("plan", sa.LargeBinary()),
)


def upgrade() -> None:
    _rewrite(_marked)


def downgrade() -> None:
    _rewrite(_unmarked)


def _rewrite(change: Any) -> None:
    connection = op.get_bind()
    for seq in connection.execute(sa.select(_ACTION.c.seq)).scalars().all():
        query = sa.select(_ACTION.c.problem, _ACTION.c.plan).where(_ACTION.c.seq == seq)
        row = connection.execute(query).one()
        try:
            problem, plan = (json.loads(zlib.decompress(one)) for one in (row.problem, row.plan))
        except (zlib.error, ValueError):
            continue  # past its time and emptied
        touched = [
            change(routes)
            for routes in (plan["routes"], problem.get("before", []), problem.get("frozen", []))
        ]
        if any(touched):
            connection.execute(
                sa.update(_ACTION)
                .where(_ACTION.c.seq == seq)
                .values(problem=_packed(problem), plan=_packed(plan))
            )


def _marked(routes: list[dict[str, Any]]) -> bool:
    halves: defaultdict[str, list[tuple[Any, dict[str, Any]]]] = defaultdict(list)
    for k, route in enumerate(routes):
        for stop in route["stops"]:
            if stop["kind"] in ("visit", "duty"):
                order = (stop.get("value", 0.0) <= 0.0, stop["start_s"], k)
                halves[stop["ref"]].append((order, stop))
    pairs = [found for found in halves.values() if len(found) == 2]
    for found in pairs:
        max(found, key=lambda half: half[0])[1]["second"] = True
    return bool(pairs)


def _unmarked(routes: list[dict[str, Any]]) -> bool:
    marked = [stop for route in routes for stop in route["stops"] if "second" in stop]
    for stop in marked:
        del stop["second"]
    return bool(marked)


def _packed(form: dict[str, Any]) -> bytes:
    text = json.dumps(form, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), level=1)
