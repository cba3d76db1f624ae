"""Plans in pairs: for when an approval comes by some hour, and for when it does not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COLUMNS = (("other_id", TEXT), ("approved", sa.Integer()), ("approval_by", TEXT))


def upgrade() -> None:
    for name, kind in _COLUMNS:
        op.add_column("action", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name, _kind in reversed(_COLUMNS):
        op.drop_column("action", name)
