"""Of each plan its days, visits and persons to be expected: a list need not read whole plans.

Those of stored plans are taken from them. Plans are not encrypted: they hold ids and positions.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

from data.columns import REAL, TEXT

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_ACTION = sa.table(
    "action",
    sa.column("seq", sa.Integer()),
    sa.column("problem", sa.LargeBinary()),
    sa.column("plan", sa.LargeBinary()),
    sa.column("days", TEXT),
    sa.column("visits", sa.Integer()),
    sa.column("expected_found", REAL),
)


def upgrade() -> None:
    op.add_column("action", sa.Column("days", TEXT, nullable=True))
    op.add_column("action", sa.Column("visits", sa.Integer(), nullable=True))
    op.add_column("action", sa.Column("expected_found", REAL, nullable=True))
    connection = op.get_bind()
    for seq in connection.execute(sa.select(_ACTION.c.seq)).scalars().all():
        query = sa.select(_ACTION.c.problem, _ACTION.c.plan).where(_ACTION.c.seq == seq)
        row = connection.execute(query).one()
        try:
            problem, plan = (json.loads(zlib.decompress(one)) for one in (row.problem, row.plan))
        except (zlib.error, ValueError):
            continue  # past its time and emptied
        connection.execute(
            sa.update(_ACTION).where(_ACTION.c.seq == seq).values(**_brief(problem, plan))
        )


def downgrade() -> None:
    for name in ("expected_found", "visits", "days"):
        op.drop_column("action", name)


def _brief(problem: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    options = {option["id"]: option for option in problem["options"]}
    together = {frozenset(one["options"]): one["p_found"] for one in problem.get("sets", [])}
    visits = sorted(
        (route["day"], stop["start_s"], stop["ref"])
        for route in plan["routes"]
        for stop in route["stops"]
        if stop["kind"] == "visit" and stop["ref"] in options
    )
    made: defaultdict[str, list[str]] = defaultdict(list)
    reached: defaultdict[str, float] = defaultdict(float)
    refs = dict.fromkeys(ref for _, _, ref in visits)
    for ref in refs:
        debtor = options[ref]["debtor"]
        made[debtor].append(ref)
        alone = max(options[ref]["p_found"], reached[debtor])
        reached[debtor] = together.get(frozenset(made[debtor]), alone)
    return {
        "days": ",".join(sorted({shift["day"] for shift in problem["shifts"]})),
        "visits": len(refs),
        "expected_found": sum(reached.values()),
    }
