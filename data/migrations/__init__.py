"""History of the tables. An up-to-date store is opened without loading alembic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["EARLIER", "HEAD", "config", "current_revision", "downgrade", "upgrade"]

HEAD = "0043"
"""The newest revision; a test compares it with the files in ``versions``."""

EARLIER: frozenset[str] = frozenset(
    path.name[1:5] for path in Path(__file__).parent.glob("versions/v[0-9]*.py")
) - {HEAD}
"""The revisions before it, from which a store is brought up to date."""


def current_revision(connection: Connection) -> str | None:
    """Return the store's revision, or None where no table was made yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def config(connection: Connection) -> Config:
    """Return alembic's configuration for this connection; there is no file of it."""
    from alembic.config import Config

    made = Config()
    folder = str(Path(__file__).parent).replace("%", "%%")
    made.set_main_option("script_location", folder)
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the tables up to a revision inside the caller's transaction."""
    from alembic import command

    command.upgrade(config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the tables back to a revision inside the caller's transaction."""
    from alembic import command

    command.downgrade(config(connection), revision)
