"""Since when a case has ended, from which its personal data are kept for a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enforcement_case", sa.Column("ended_on", TEXT, nullable=True))
    op.execute(  # nobody noted the day: the last act of the store is no earlier
        "UPDATE enforcement_case SET ended_on = (SELECT substr(max(at), 1, 10) FROM audit_entry) "
        "WHERE status = 'ended'"
    )


def downgrade() -> None:
    op.drop_column("enforcement_case", "ended_on")
