"""Files that the store holds as they are, and indexes for the pages' lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT
from routes.errors import CaseNumberError
from routes.model import CaseNumber

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SPOKEN_OF = ("enforcement_case", "debtor", "address_claim")
_FORGET = "WHEN EXISTS (SELECT 1 FROM known_file) BEGIN DELETE FROM known_file; END"
_ACTS = ("UPDATE", "DELETE")
"""A row that is added changes nothing of those that a known file speaks of, which are all there."""


_CASES = sa.table(
    "enforcement_case",
    sa.column("id", TEXT),
    sa.column("number", TEXT),
    sa.column("sort_key", TEXT),
)
_INDEXES = (("sort_key",), *((name, "sort_key") for name in ("kind", "status", "grade")))


def upgrade() -> None:
    _add_sort_key()
    op.create_table(
        "known_file",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("encoding", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_known_file")),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in _SPOKEN_OF:
            for act in _ACTS:
                name = f"known_file_{table}_{act.lower()}"
                op.execute(f"CREATE TRIGGER {name} AFTER {act} ON {table} {_FORGET}")
        return
    op.execute(
        "CREATE FUNCTION forget_known_files() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN DELETE FROM known_file; RETURN NULL; END $$"
    )
    for table in _SPOKEN_OF:
        op.execute(
            f"CREATE TRIGGER known_file_{table} AFTER UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION forget_known_files()"
        )


def _add_sort_key() -> None:
    op.add_column("enforcement_case", sa.Column("sort_key", TEXT, nullable=True))
    connection = op.get_bind()
    held = connection.execute(sa.select(_CASES.c.id, _CASES.c.number)).all()
    if held:
        connection.execute(
            sa.update(_CASES)
            .where(_CASES.c.id == sa.bindparam("case_id"))
            .values(sort_key=sa.bindparam("key")),
            [{"case_id": row.id, "key": _sort_key(row.number)} for row in held],
        )
    for names in _INDEXES:
        op.create_index(op.f(f"ix_enforcement_case_{'_'.join(names)}"), "enforcement_case", names)


def _sort_key(number: str) -> str:
    try:
        return CaseNumber.parse(number).sort_key
    except CaseNumberError:
        return number


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _SPOKEN_OF:
            for act in _ACTS:
                op.execute(f"DROP TRIGGER known_file_{table}_{act.lower()}")
    else:
        for table in _SPOKEN_OF:
            op.execute(f"DROP TRIGGER known_file_{table} ON {table}")
        op.execute("DROP FUNCTION forget_known_files()")
    op.drop_table("known_file")
    for names in _INDEXES:
        op.drop_index(op.f(f"ix_enforcement_case_{'_'.join(names)}"), "enforcement_case")
    op.drop_column("enforcement_case", "sort_key")
