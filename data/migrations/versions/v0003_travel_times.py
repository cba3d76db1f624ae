"""Measured travel times, and the corrections that were made of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measured_leg",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("on", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("measured_s", sa.REAL(), nullable=False),
        sa.Column("expressway_s", sa.REAL(), nullable=False),
        sa.Column("arterial_s", sa.REAL(), nullable=False),
        sa.Column("local_s", sa.REAL(), nullable=False),
        sa.Column("lane_s", sa.REAL(), nullable=False),
        sa.Column("fixed_s", sa.REAL(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measured_leg")),
        sqlite_strict=True,
    )
    op.create_table(
        "travel_correction",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.Text(), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_travel_correction")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("travel_correction")
    op.drop_table("measured_leg")
