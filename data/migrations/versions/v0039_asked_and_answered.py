"""Answers to checks; whether a case is a major matter may be something that nobody asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


_TABLE, _NAME, _NEW = "enforcement_case", "major_matter", "asked"
_CASES = sa.table(_TABLE, sa.column(_NAME, sa.Integer()), sa.column(_NEW, sa.Integer()))
_ENTERED = ("asked", "answer", "answered_on", "entered_by", "entered_at")


def upgrade() -> None:
    _make_column_anew(nullable=True)
    op.create_table(
        "check_answer",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("claim_id", TEXT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in _ENTERED),
        *(sa.Column(name, TEXT, nullable=True) for name in ("withdrawn_at", "withdrawn_by")),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["address_claim.id"], name=op.f("fk_check_answer_claim_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_check_answer")),
        sa.UniqueConstraint("id", name=op.f("uq_check_answer_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_check_answer_claim_id"), "check_answer", ["claim_id"])


def downgrade() -> None:
    """Take what nobody asked for "no" again, as it was before."""
    op.drop_table("check_answer")  # its index goes with it
    unasked = _CASES.c[_NAME].is_(None)
    if op.get_bind().scalar(sa.select(sa.exists().where(unasked))):  # a change forgets known files
        op.execute(sa.update(_CASES).where(unasked).values({_NAME: 0}))
    _make_column_anew(nullable=False)


def _make_column_anew(*, nullable: bool) -> None:
    """Let the column hold nothing, or not."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(_TABLE, _NAME, nullable=nullable, existing_type=sa.Integer())
        return
    default = None if nullable else "0"
    op.add_column(_TABLE, sa.Column(_NEW, sa.Integer(), nullable=nullable, server_default=default))
    op.execute(sa.update(_CASES).values({_NEW: _CASES.c[_NAME]}))
    op.drop_column(_TABLE, _NAME)
    op.alter_column(_TABLE, _NEW, new_column_name=_NAME)
