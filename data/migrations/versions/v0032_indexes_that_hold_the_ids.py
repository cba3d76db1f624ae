"""Indexes of lists and of what belongs together that hold the ids too."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_INDEXES = (
    ("enforcement_case", ("sort_key",)),
    ("enforcement_case", ("kind", "sort_key")),
    ("enforcement_case", ("kind", "status", "sort_key")),
    ("enforcement_case", ("status", "sort_key")),
    ("enforcement_case", ("grade", "sort_key")),
    ("debtor", ("case_id",)),
    ("address_claim", ("debtor_id",)),
)


def upgrade() -> None:
    for table, columns in _INDEXES:
        op.drop_index(_name(table, columns), table_name=table)
        op.create_index(_name(table, (*columns, "id")), table, [*columns, "id"])


def downgrade() -> None:
    for table, columns in _INDEXES:
        op.drop_index(_name(table, (*columns, "id")), table_name=table)
        op.create_index(_name(table, columns), table, list(columns))


def _name(table: str, columns: tuple[str, ...]) -> str:
    return op.f(f"ix_{table}_{'_'.join(columns)}")
