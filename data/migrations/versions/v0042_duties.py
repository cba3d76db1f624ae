"""Hearings, keys to be given over and other duties of single days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("label", sa.LargeBinary(), nullable=False),
        sa.Column("address_text", sa.LargeBinary(), nullable=True),
        sa.Column("lon", sa.LargeBinary(), nullable=True),
        sa.Column("lat", sa.LargeBinary(), nullable=True),
        sa.Column("found_lon", sa.LargeBinary(), nullable=True),
        sa.Column("found_lat", sa.LargeBinary(), nullable=True),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("start_s", sa.Integer(), nullable=False),
        sa.Column("end_s", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("skills", TEXT, nullable=False),
        sa.Column("case_id", TEXT, nullable=True),
        sa.Column("team_id", TEXT, nullable=True),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["enforcement_case.id"], name=op.f("fk_duty_case_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_duty_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_duty_day"), "duty", ["day"])
    op.create_index(op.f("ix_duty_case_id"), "duty", ["case_id"])
    op.create_index(op.f("ix_duty_team_id"), "duty", ["team_id"])


def downgrade() -> None:
    op.drop_table("duty")  # its indexes go with it
