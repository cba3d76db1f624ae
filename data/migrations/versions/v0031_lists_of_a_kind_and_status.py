"""Lists of the cases of one kind and status, in the order of their numbers."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_NAME = "ix_enforcement_case_kind_status_sort_key"


def upgrade() -> None:
    op.create_index(op.f(_NAME), "enforcement_case", ["kind", "status", "sort_key"])


def downgrade() -> None:
    op.drop_index(op.f(_NAME), table_name="enforcement_case")
