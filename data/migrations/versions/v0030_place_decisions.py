"""Where a person said that an address is, kept from geocoding and undone where it was a slip."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import REAL, TEXT

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place_decision",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("claim_id", TEXT, nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("basis", TEXT, nullable=False),
        sa.Column("lon", REAL, nullable=True),
        sa.Column("lat", REAL, nullable=True),
        sa.Column("earlier", TEXT, nullable=False),
        sa.Column("taught", TEXT, nullable=False),
        sa.Column("decided_by", TEXT, nullable=False),
        sa.Column("decided_at", TEXT, nullable=False),
        sa.Column("spread_at", TEXT, nullable=True),
        sa.Column("withdrawn_at", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_place_decision")),
        sa.UniqueConstraint("id", name=op.f("uq_place_decision_id")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["address_claim.id"],
            name=op.f("fk_place_decision_claim_id_address_claim"),
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_place_decision_claim_id"), "place_decision", ["claim_id"])


def downgrade() -> None:
    op.drop_table("place_decision")
