"""Signatures on findings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_off",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("document_no", TEXT, nullable=False),
        sa.Column("signed_by", TEXT, nullable=False),
        sa.Column("signed_at", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sa.Column("withdrawn_at", TEXT, nullable=True),
        sa.Column("withdrawn_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_sign_off_subject"), "sign_off", ["subject"])


def downgrade() -> None:
    op.drop_table("sign_off")
