"""Of each plan its days, visits and persons to be expected: a list need not read whole plans.

Those of stored plans are taken from them; plans are encrypted by the next revision only.
They have a table of their own: SQLite reads through a row's plan to what stands behind it.
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
    sa.column("id", TEXT),
)


def upgrade() -> None:
    table = op.create_table(
        "plan_brief",
        sa.Column("action_id", TEXT, nullable=False),
        sa.Column("days", TEXT, nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("expected_found", REAL, nullable=False),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_plan_brief")),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action.id"], name=op.f("fk_plan_brief_action_id_action")
        ),
        sqlite_strict=True,
    )
    connection = op.get_bind()
    for seq in connection.execute(sa.select(_ACTION.c.seq)).scalars().all():
        query = sa.select(_ACTION).where(_ACTION.c.seq == seq)
        row = connection.execute(query).one()
        try:
            problem, plan = (json.loads(zlib.decompress(one)) for one in (row.problem, row.plan))
        except (zlib.error, ValueError):
            continue  # past its time and emptied
        connection.execute(sa.insert(table).values(action_id=row.id, **_brief(problem, plan)))


def downgrade() -> None:
    op.drop_table("plan_brief")


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
