"""Steps of enforcement and the property that they take, one row a revision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "step",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("starts_at", TEXT, nullable=True),
        sa.Column("team_id", TEXT, nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", TEXT, nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["enforcement_case.id"], name=op.f("fk_step_case_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_step")),
        sa.UniqueConstraint("id", "revision", name=op.f("uq_step_id_revision")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_step_case_id"), "step", ["case_id"])
    op.create_table(
        "step_item",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("step_id", TEXT, nullable=False),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("description", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", TEXT, nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["enforcement_case.id"], name=op.f("fk_step_item_case_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_step_item")),
        sa.UniqueConstraint("id", "revision", name=op.f("uq_step_item_id_revision")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_step_item_step_id"), "step_item", ["step_id"])
    op.create_index(op.f("ix_step_item_case_id"), "step_item", ["case_id"])


def downgrade() -> None:
    op.drop_table("step_item")
    op.drop_table("step")
