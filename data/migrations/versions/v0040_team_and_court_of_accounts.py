"""To which team and court an account belongs; the table of the revision is strict like the others.

Alembic makes that table by itself, and asks of it no more than that it is there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_STRICT = (
    "CREATE TABLE strict_version (version_num TEXT NOT NULL,"
    " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)) STRICT",
    "INSERT INTO strict_version SELECT version_num FROM alembic_version",
    "DROP TABLE alembic_version",
    "ALTER TABLE strict_version RENAME TO alembic_version",
)


def upgrade() -> None:
    op.add_column("account", sa.Column("team_id", TEXT, nullable=True))
    op.add_column("account", sa.Column("court_code", TEXT, nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        for statement in _STRICT:
            op.execute(statement)


def downgrade() -> None:
    op.drop_column("account", "court_code")
    op.drop_column("account", "team_id")
