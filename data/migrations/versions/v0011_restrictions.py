"""What limits a debtor, and the register of data protection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restriction",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("debtor_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("ends_on", TEXT, nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", TEXT, nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("ended_at", TEXT, nullable=True),
        sa.Column("ended_by", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_restriction_debtor_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_restriction")),
        sa.UniqueConstraint("id", name=op.f("uq_restriction_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_restriction_debtor_id"), "restriction", ["debtor_id"])
    op.create_table(
        "register",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("on", TEXT, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("leak_id", TEXT, nullable=True),
        sa.Column("made_at", TEXT, nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("ended_at", TEXT, nullable=True),
        sa.Column("ended_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_register")),
        sa.UniqueConstraint("id", name=op.f("uq_register_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_register_kind"), "register", ["kind"])


def downgrade() -> None:
    op.drop_table("register")
    op.drop_table("restriction")
