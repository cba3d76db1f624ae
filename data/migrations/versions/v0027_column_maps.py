"""Which column of a foreign table is which of ours, by the headers of the table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "column_map",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", TEXT, nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_column_map")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_column_map_kind"), "column_map", ["kind"])


def downgrade() -> None:
    op.drop_table("column_map")
