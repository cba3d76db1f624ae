"""Plans that were made anew from others, and what happened in between."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "replan",
        sa.Column("action_id", TEXT, nullable=False),
        sa.Column("replaces_id", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("at_s", sa.Integer(), nullable=False),
        sa.Column("disturbances", TEXT, nullable=False),
        sa.Column("was_released", sa.Integer(), nullable=False),
        sa.Column("undone_at", TEXT, nullable=True),
        sa.Column("undone_by", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_replan_action_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["action.id"], name=op.f("fk_replan_replaces_id")),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_replan")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_replan_replaces_id"), "replan", ["replaces_id"])


def downgrade() -> None:
    op.drop_table("replan")
