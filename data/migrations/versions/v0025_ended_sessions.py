"""Sessions that somebody ended before their time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_session",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("until", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_ended_session")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("ended_session")
