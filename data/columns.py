"""Types of columns that are the same in every database.

SQLite compares texts by their code points and keeps numbers in eight bytes. PostgreSQL does so
where it is told to: by the collation ``C``, whatever that of the database is, and by a double.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION

__all__ = ["LONG", "REAL", "TEXT"]

TEXT: sa.types.TypeEngine[str] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
REAL: sa.types.TypeEngine[float] = sa.REAL().with_variant(DOUBLE_PRECISION(), "postgresql")
LONG: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
