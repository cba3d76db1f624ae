"""When outcomes, leads and addresses were written, and what finds the changes since a moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_WRITTEN = ("address_claim", "outcome", "lead")
_INDEXES = (
    *((table, ("written_at",)) for table in _WRITTEN),
    ("audit_entry", ("actor", "seq")),
    ("check_answer", ("entered_at",)),
    ("check_answer", ("withdrawn_at",)),
    ("namesake_decision", ("decided_at",)),
    ("namesake_decision", ("withdrawn_at",)),
    ("sign_off", ("signed_at",)),
    ("sign_off", ("withdrawn_at",)),
    ("support_request", ("answered_at",)),
    ("tip", ("received_at",)),
)


def upgrade() -> None:
    """Add columns that stay empty for what is stored: nobody knows any more when it came."""
    for table in _WRITTEN:
        op.add_column(table, sa.Column("written_at", TEXT, nullable=True))
    for table, columns in _INDEXES:
        op.create_index(_name(table, columns), table, list(columns))


def downgrade() -> None:
    for table, columns in reversed(_INDEXES):
        op.drop_index(_name(table, columns), table)
    for table in reversed(_WRITTEN):
        op.drop_column(table, "written_at")


def _name(table: str, columns: tuple[str, ...]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"
