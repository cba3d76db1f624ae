"""The numbers of the papers that signatures stand on are encrypted, as their reasons are."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT
from data.schema import Secret

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COLUMN = "document_no"
_SECRET = Secret("sign_off.document_no")


def upgrade() -> None:
    _make_anew(TEXT, _SECRET)


def downgrade() -> None:
    _make_anew(_SECRET, TEXT)


def _make_anew(read: sa.types.TypeEngine[Any], kept: sa.types.TypeEngine[Any]) -> None:
    """Make the table anew with another type of the column, which SQLite cannot change.

    What it held in the clear is overwritten: the store opens its database so.
    """
    texts, secrets = TEXT, sa.LargeBinary()
    columns: dict[str, tuple[sa.types.TypeEngine[Any], bool]] = {
        "id": (texts, False),
        "rule": (texts, False),
        "subject": (texts, False),
        "role": (texts, False),
        "reason": (secrets, False),
        _COLUMN: (kept, False),
        "signed_by": (texts, False),
        "signed_at": (texts, False),
        "expires_at": (texts, False),
        "withdrawn_at": (texts, True),
        "withdrawn_by": (texts, True),
        "digest": (secrets, True),
    }
    old = sa.table(
        "sign_off",
        *(
            sa.column(name, read if name == _COLUMN else kind)
            for name, (kind, _) in columns.items()
        ),
    )
    rows = [dict(row._mapping) for row in op.get_bind().execute(sa.select(old))]
    op.drop_table("sign_off")  # its index goes with it
    made = op.create_table(
        "sign_off",
        *(sa.Column(name, kind, nullable=may) for name, (kind, may) in columns.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_sign_off_subject"), "sign_off", ["subject"])
    op.bulk_insert(made, rows)
