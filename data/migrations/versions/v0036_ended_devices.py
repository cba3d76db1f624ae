"""When the owner of a device ended what was open on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("field_device", sa.Column("ended_at", TEXT, nullable=True))


def downgrade() -> None:
    op.drop_column("field_device", "ended_at")
