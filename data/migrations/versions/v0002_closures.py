"""Roads closed for a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closure",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("geometry", TEXT, nullable=True),
        sa.Column("roads", TEXT, nullable=False),
        sa.Column("direction", TEXT, nullable=False),
        sa.Column("begins_at", TEXT, nullable=True),
        sa.Column("ends_at", TEXT, nullable=True),
        sa.Column("made_at", TEXT, nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("lifted_at", TEXT, nullable=True),
        sa.Column("lifted_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("closure")
