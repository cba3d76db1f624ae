"""Objections, instalments, who is held where, military sites, and more of a team."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("enforcement_case", "objection_pending", sa.Integer()),
    ("enforcement_case", "instalments", TEXT),
    ("debtor", "situation", sa.LargeBinary()),
    ("address_claim", "military_site", sa.Integer()),
    ("team", "recorders", sa.Integer()),
    ("team", "outsiders", sa.Integer()),
)


def upgrade() -> None:
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for table, name, _kind in reversed(_COLUMNS):
        op.drop_column(table, name)
