"""What was answered of debtors' property."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "property_answer",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("debtor_id", TEXT, nullable=False),
        sa.Column("kind", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=True),
        sa.Column("amount_yuan", sa.LargeBinary(), nullable=True),
        sa.Column("answered_on", TEXT, nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_property_answer_debtor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_answer")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_property_answer_debtor_id"), "property_answer", ["debtor_id"])


def downgrade() -> None:
    op.drop_table("property_answer")  # its index goes with it
