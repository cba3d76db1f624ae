"""What liaisons of villages told, before an officer said whom it is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tip",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("grid_code", TEXT, nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=False),
        sa.Column("seen_on", TEXT, nullable=False),
        sa.Column("band", TEXT, nullable=True),
        sa.Column("consent", TEXT, nullable=False),
        sa.Column("received_at", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("lead_id", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tip")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_tip_account_id_account")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_tip_account_id"), "tip", ["account_id"])


def downgrade() -> None:
    op.drop_table("tip")
