"""Decisions on who a record is of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import REAL, TEXT

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "namesake_decision",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("debtor_id", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("number_hash", TEXT, nullable=True),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("proposed", TEXT, nullable=False),
        sa.Column("results", sa.LargeBinary(), nullable=False),
        sa.Column("log_ratio", REAL, nullable=False),
        sa.Column("independent", sa.Integer(), nullable=False),
        sa.Column("override", sa.Integer(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("decided_by", TEXT, nullable=False),
        sa.Column("decided_at", TEXT, nullable=False),
        sa.Column("withdrawn_at", TEXT, nullable=True),
        sa.Column("withdrawn_by", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_namesake_decision_debtor_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_namesake_decision")),
        sa.UniqueConstraint("id", name=op.f("uq_namesake_decision_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_namesake_decision_debtor_id"), "namesake_decision", ["debtor_id"])


def downgrade() -> None:
    op.drop_table("namesake_decision")
