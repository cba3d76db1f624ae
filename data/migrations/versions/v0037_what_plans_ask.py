"""What the planner asks of teams, stations and debtors: hours, stops, cars, languages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("team", "overtime_min", sa.Integer()),
    ("team", "max_stops", sa.Integer()),
    ("station", "fetched", sa.Integer()),
    ("station", "profile", TEXT),
    ("debtor", "languages", sa.LargeBinary()),
)


def upgrade() -> None:
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for table, name, _kind in reversed(_COLUMNS):
        op.drop_column(table, name)
