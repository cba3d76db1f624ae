"""Parts of names, no longer of debtors, by short hashes; the store fills them as it opens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import LONG, TEXT

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("name_part")
    op.create_table(
        "name_part",
        sa.Column("part", LONG, nullable=False, autoincrement=False),
        sa.Column("name_hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("part", "name_hash", name=op.f("pk_name_part")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("name_part")
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
