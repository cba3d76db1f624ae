"""Officers' devices, and what they put on record beside an outcome."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "field_device",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", TEXT, nullable=False),
        sa.Column("seen_at", TEXT, nullable=False),
        sa.Column("revoked_at", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_device")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_field_device_account_id_account")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_field_device_account_id"), "field_device", ["account_id"])
    op.create_table(
        "outcome_record",
        sa.Column("outcome_id", TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("outcome_id", name=op.f("pk_outcome_record")),
        sa.ForeignKeyConstraint(
            ["outcome_id"], ["outcome.id"], name=op.f("fk_outcome_record_outcome_id_outcome")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "outcome_file",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("outcome_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_file")),
        sa.ForeignKeyConstraint(
            ["outcome_id"], ["outcome.id"], name=op.f("fk_outcome_file_outcome_id_outcome")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_outcome_file_outcome_id"), "outcome_file", ["outcome_id"])


def downgrade() -> None:
    for table in ("outcome_file", "outcome_record", "field_device"):
        op.drop_table(table)
