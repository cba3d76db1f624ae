"""Plans and what they were made anew after are encrypted: they tell which rules spare a person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT
from data.schema import Secret, SecretBytes

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_Kinds = dict[str, sa.types.TypeEngine[Any]]

_READABLE: _Kinds = {"problem": sa.LargeBinary(), "plan": sa.LargeBinary()}
_SECRET: _Kinds = {name: SecretBytes(f"action.{name}") for name in _READABLE}
_DISTURBANCES = Secret("replan.disturbances")


def upgrade() -> None:
    _rewrite_plans(_READABLE, _SECRET)
    if op.get_bind().dialect.name == "postgresql":
        # rows as they were before an update stay in its files; those of a table made anew go
        op.execute("ALTER TABLE action ALTER COLUMN plan TYPE bytea USING plan || ''::bytea")
    _make_replans_anew(TEXT, _DISTURBANCES)


def downgrade() -> None:
    _make_replans_anew(_DISTURBANCES, TEXT)
    _rewrite_plans(_SECRET, _READABLE)


def _rewrite_plans(read: _Kinds, kept: _Kinds) -> None:
    """Write each plan as another type does, one at a time; SQLite overwrites what was there."""
    old, new = (
        sa.table("action", sa.column("seq", sa.Integer()), *(sa.column(*one) for one in of.items()))
        for of in (read, kept)
    )
    connection = op.get_bind()
    for seq in connection.execute(sa.select(old.c.seq)).scalars().all():
        row = connection.execute(sa.select(old).where(old.c.seq == seq)).one()
        values = {name: row._mapping[name] for name in kept}
        connection.execute(sa.update(new).where(new.c.seq == seq).values(values))


def _make_replans_anew(read: sa.types.TypeEngine[Any], kept: sa.types.TypeEngine[Any]) -> None:
    """Make the table anew with another type of the column, which SQLite cannot change."""
    columns: dict[str, tuple[sa.types.TypeEngine[Any], bool]] = {
        "action_id": (TEXT, False),
        "replaces_id": (TEXT, False),
        "day": (TEXT, False),
        "at_s": (sa.Integer(), False),
        "disturbances": (kept, False),
        "was_released": (sa.Integer(), False),
        "undone_at": (TEXT, True),
        "undone_by": (TEXT, True),
    }
    old = sa.table(
        "replan",
        *(
            sa.column(name, read if name == "disturbances" else kind)
            for name, (kind, _) in columns.items()
        ),
    )
    rows = [dict(row._mapping) for row in op.get_bind().execute(sa.select(old))]
    op.drop_table("replan")  # its index goes with it
    made = op.create_table(
        "replan",
        *(sa.Column(name, kind, nullable=may) for name, (kind, may) in columns.items()),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_replan_action_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["action.id"], name=op.f("fk_replan_replaces_id")),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_replan")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_replan_replaces_id"), "replan", ["replaces_id"])
    op.bulk_insert(made, rows)
