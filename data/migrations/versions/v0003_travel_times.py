"""Measured travel times, and the corrections that were made of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import REAL, TEXT

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measured_leg",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("on", TEXT, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("band", TEXT, nullable=False),
        sa.Column("measured_s", REAL, nullable=False),
        sa.Column("expressway_s", REAL, nullable=False),
        sa.Column("arterial_s", REAL, nullable=False),
        sa.Column("local_s", REAL, nullable=False),
        sa.Column("lane_s", REAL, nullable=False),
        sa.Column("fixed_s", REAL, nullable=False),
        sa.Column("basis", TEXT, nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measured_leg")),
        sqlite_strict=True,
    )
    op.create_table(
        "travel_correction",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("basis", TEXT, nullable=False),
        sa.Column("correction", TEXT, nullable=False),
        sa.Column("applied_at", TEXT, nullable=False),
        sa.Column("applied_by", TEXT, nullable=False),
        sa.Column("ended_at", TEXT, nullable=True),
        sa.Column("ended_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_travel_correction")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("travel_correction")
    op.drop_table("measured_leg")
