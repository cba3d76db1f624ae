"""When an account ended the first tour of its pages, so that it is shown once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("tour_seen_at", TEXT, nullable=True))


def downgrade() -> None:
    op.drop_column("account", "tour_seen_at")
