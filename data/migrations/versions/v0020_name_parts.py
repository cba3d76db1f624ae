"""Parts of debtors' names by keyed hashes, for search; those of before come with their import."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "name_part",
        sa.Column("part_hash", TEXT, nullable=False),
        sa.Column("debtor_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_name_part_debtor_id")),
        sa.PrimaryKeyConstraint("part_hash", "debtor_id", name=op.f("pk_name_part")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_name_part_debtor_id"), "name_part", ["debtor_id"])


def downgrade() -> None:
    op.drop_table("name_part")
