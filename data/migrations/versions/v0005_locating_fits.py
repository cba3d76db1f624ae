"""Learned numbers of the locating model."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "locating_fit",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("basis", TEXT, nullable=False),
        sa.Column("fit", TEXT, nullable=False),
        sa.Column("applied_at", TEXT, nullable=False),
        sa.Column("applied_by", TEXT, nullable=False),
        sa.Column("ended_at", TEXT, nullable=True),
        sa.Column("ended_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_locating_fit")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("locating_fit")
