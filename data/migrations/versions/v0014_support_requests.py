"""Support requests with term, sender and paper; pairs of plans that wait for their answers.

A request of before is open until its window begins and was sent by who wrote it. It names no
paper: nobody wrote one down.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("expires_at", TEXT, ""),
    ("is_duty", sa.Integer(), sa.text("0")),
    ("document", sa.LargeBinary(), None),
    ("sent_at", TEXT, None),
    ("sent_by", TEXT, None),
)
"""Name, type, and what rows of before hold where it may not be missing."""


def upgrade() -> None:
    op.add_column("action", sa.Column("branch_on", TEXT, nullable=True))
    op.execute("UPDATE action SET branch_on = 'approval' WHERE other_id IS NOT NULL")
    for name, kind, held in _COLUMNS:
        column = sa.Column(name, kind, nullable=held is None, server_default=held)
        op.add_column("support_request", column)
    op.execute("UPDATE support_request SET expires_at = starts_at")
    op.execute(
        "UPDATE support_request SET sent_at = created_at, sent_by = created_by "
        "WHERE state != 'draft'"
    )


def downgrade() -> None:
    for name, _kind, _held in reversed(_COLUMNS):
        op.drop_column("support_request", name)
    op.drop_column("action", "branch_on")
