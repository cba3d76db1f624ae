"""Accounts that end, lock and sign in by a second factor; tokens; who another service signs in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("epoch", sa.Integer(), sa.text("0")),
    ("password_set_at", TEXT, None),
    ("disabled_at", TEXT, None),
    ("disabled_by", TEXT, None),
    ("totp_secret", sa.LargeBinary(), None),
    ("totp_step", sa.Integer(), None),
)
"""Name, type, and what accounts of before hold where it may not be missing."""


def upgrade() -> None:
    for name, kind, held in _COLUMNS:
        column = sa.Column(name, kind, nullable=held is None, server_default=held)
        op.add_column("account", column)
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"])
    op.create_table(
        "sign_in_failure",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("key_hash", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sign_in_failure")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_sign_in_failure_key_hash"), "sign_in_failure", ["key_hash"])
    op.create_table(
        "api_token",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("token_hash", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sa.Column("revoked_at", TEXT, nullable=True),
        sa.Column("used_on", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_api_token_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_api_token_account_id"), "api_token", ["account_id"])
    op.create_table(
        "account_identity",
        sa.Column("subject_hash", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("since", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_identity_account_id")
        ),
        sa.PrimaryKeyConstraint("subject_hash", name=op.f("pk_account_identity")),
        sa.UniqueConstraint("account_id", name=op.f("uq_account_identity_account_id")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in ("account_identity", "api_token", "sign_in_failure", "recovery_code"):
        op.drop_table(table)
    for name, _kind, _held in reversed(_COLUMNS):
        op.drop_column("account", name)
