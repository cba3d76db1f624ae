"""Coordinates hang on a pseudonym, and what a visit found is encrypted.

Whoever has the database without the key no longer joins a point to an address claim. PostgreSQL
keeps rows as they were in its files until a table is made anew, so all that changes is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from data.columns import REAL, TEXT
from data.schema import Secret, cipher_of

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_Kinds = Mapping[str, tuple[sa.types.TypeEngine[Any], bool]]

_AREAS: _Kinds = {
    "precision": (TEXT, False),
    "confidence": (REAL, False),
    "township_code": (TEXT, True),
    "grid_code": (TEXT, True),
    "station_id": (TEXT, True),
}
_DEGREES: _Kinds = {"lon": (REAL, False), "lat": (REAL, False)}
_CLAIM: _Kinds = {"claim_id": (TEXT, False)}
_POINT: _Kinds = {"id": (TEXT, False), "claim": (Secret("place_point.claim"), False), **_DEGREES}
_DECIDED: _Kinds = {
    "decided_by": (TEXT, False),
    "decided_at": (TEXT, False),
    "spread_at": (TEXT, True),
    "withdrawn_at": (TEXT, True),
}
_DECISION: _Kinds = {
    "seq": (sa.Integer(), False),
    "id": (TEXT, False),
    "claim_id": (TEXT, False),
    "verdict": (TEXT, False),
    "basis": (TEXT, False),
}
_OPEN_DECISION: _Kinds = {
    **_DECISION,
    "lon": (REAL, True),
    "lat": (REAL, True),
    "earlier": (TEXT, False),
    "taught": (TEXT, False),
    **_DECIDED,
}
_SECRET_DECISION: _Kinds = {
    **_DECISION,
    "position": (Secret("place_decision.position"), True),
    "earlier": (Secret("place_decision.earlier"), False),
    "taught": (Secret("place_decision.taught"), False),
    **_DECIDED,
}
_OPEN_FOUND: Mapping[str, sa.types.TypeEngine[Any]] = {"kind": TEXT, "band": TEXT}
_SECRET_FOUND = {name: Secret(f"outcome.{name}") for name in _OPEN_FOUND}
_AT_ONCE = 5_000


def upgrade() -> None:
    places = _rows("place", {**_CLAIM, **_DEGREES, **_AREAS})
    _drop_places(by="claim_id")
    _make_places({**_CLAIM, **_AREAS}, with_rowid=False)
    op.create_table(
        "place_point",
        *_columns(_POINT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_point")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    _keep_boxes("place_point", "id")
    _insert("place", {**_CLAIM, **_AREAS}, places)
    names = cipher_of(op.get_bind()).stable_ids("pp", [[row["claim_id"] for row in places]])
    points = [
        {"id": name, "claim": row["claim_id"], "lon": row["lon"], "lat": row["lat"]}
        for name, row in sorted(zip(names, places, strict=True), key=lambda one: one[0])
    ]
    _insert("place_point", _POINT, points)
    decisions = _rows("place_decision", _OPEN_DECISION)
    _make_decisions(_SECRET_DECISION)
    for row in decisions:
        lon, lat = row.pop("lon"), row.pop("lat")
        row["position"] = None if lon is None else f"[{lon!r}, {lat!r}]"
    _insert("place_decision", _SECRET_DECISION, decisions)
    _rewrite_outcomes(_OPEN_FOUND, _SECRET_FOUND)


def downgrade() -> None:
    _rewrite_outcomes(_SECRET_FOUND, _OPEN_FOUND)
    decisions = _rows("place_decision", _SECRET_DECISION)
    _make_decisions(_OPEN_DECISION)
    for row in decisions:
        position = row.pop("position")
        degrees = (None, None) if position is None else map(float, position[1:-1].split(","))
        row["lon"], row["lat"] = degrees
    _insert("place_decision", _OPEN_DECISION, decisions)
    points = {row["claim"]: row for row in _rows("place_point", _POINT)}
    places = [
        {**row, "lon": points[row["claim_id"]]["lon"], "lat": points[row["claim_id"]]["lat"]}
        for row in _rows("place", {**_CLAIM, **_AREAS})
        if row["claim_id"] in points
    ]
    _drop_places(by="id")
    op.drop_table("place_point")
    _make_places({**_CLAIM, **_DEGREES, **_AREAS}, with_rowid=True)
    _keep_boxes("place", "claim_id")
    _insert("place", {**_CLAIM, **_DEGREES, **_AREAS}, places)


def _columns(kinds: _Kinds) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=may) for name, (kind, may) in kinds.items()]


def _light(table: str, kinds: _Kinds) -> Any:
    return sa.table(table, *(sa.column(name, kind) for name, (kind, _) in kinds.items()))


def _rows(table: str, kinds: _Kinds) -> list[dict[str, Any]]:
    query = sa.select(_light(table, kinds))
    return [dict(row._mapping) for row in op.get_bind().execute(query)]


def _insert(table: str, kinds: _Kinds, rows: Sequence[dict[str, Any]]) -> None:
    for part in _parts(rows):
        op.get_bind().execute(sa.insert(_light(table, kinds)), part)


def _parts(rows: Sequence[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    return (list(rows[at : at + _AT_ONCE]) for at in range(0, len(rows), _AT_ONCE))


def _drop_places(*, by: str) -> None:
    """Take the table of places away, with the index by box of the points that are kept by it."""
    table = "place" if by == "claim_id" else "place_point"
    if op.get_bind().dialect.name == "sqlite":
        for act in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER place_box_{act}")
        op.execute("DROP TABLE place_box")
    else:
        op.execute(f"DROP INDEX ix_{table}_point")
    op.drop_table("place")


def _make_places(kinds: _Kinds, *, with_rowid: bool) -> None:
    op.create_table(
        "place",
        *_columns(kinds),
        sa.ForeignKeyConstraint(["claim_id"], ["address_claim.id"], name=op.f("fk_place_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_place")),
        sqlite_strict=True,
        sqlite_with_rowid=with_rowid,
    )


def _keep_boxes(table: str, key: str) -> None:
    """Let the database keep the index by box of an empty table in step, as revision 0016 did."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN point geometry(Point, 4326) "
            "GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon, lat), 4326)) STORED"
        )
        op.execute(f"CREATE INDEX ix_{table}_point ON {table} USING gist (point)")
        return
    forget = (
        "DELETE FROM place_box WHERE west <= old.lon + 1e-9 AND east >= old.lon - 1e-9 "  # noqa: S608
        f"AND south <= old.lat + 1e-9 AND north >= old.lat - 1e-9 AND {key} = old.{key};"
    )
    keep = (
        f"INSERT INTO place_box (west, east, south, north, {key}) "  # noqa: S608
        f"VALUES (new.lon, new.lon, new.lat, new.lat, new.{key});"
    )
    for statement in (
        "CREATE VIRTUAL TABLE place_box USING rtree (number, west, east, south, north, "
        f"+{key} TEXT)",
        f"CREATE TRIGGER place_box_insert AFTER INSERT ON {table} BEGIN {keep} END",
        f"CREATE TRIGGER place_box_delete AFTER DELETE ON {table} BEGIN {forget} END",
        f"CREATE TRIGGER place_box_update AFTER UPDATE OF {key}, lon, lat ON {table} "
        f"BEGIN {forget} {keep} END",
    ):
        op.execute(statement)


def _make_decisions(kinds: _Kinds) -> None:
    op.drop_table("place_decision")  # its index goes with it
    op.create_table(
        "place_decision",
        *_columns(kinds),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_place_decision")),
        sa.UniqueConstraint("id", name=op.f("uq_place_decision_id")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["address_claim.id"],
            name=op.f("fk_place_decision_claim_id_address_claim"),
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_place_decision_claim_id"), "place_decision", ["claim_id"])


def _rewrite_outcomes(
    read: Mapping[str, sa.types.TypeEngine[Any]], kept: Mapping[str, sa.types.TypeEngine[Any]]
) -> None:
    """Let columns of outcomes have other types; the table stays, since others refer to it."""
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    for name, kind in kept.items():
        op.execute(f"ALTER TABLE outcome RENAME COLUMN {name} TO {name}_before")
        none = sa.text("x''" if is_sqlite and isinstance(kind, Secret) else "''")
        op.add_column("outcome", sa.Column(name, kind, nullable=False, server_default=none))
    before = sa.table(
        "outcome",
        sa.column("id", TEXT),
        *(sa.column(f"{name}_before", kind) for name, kind in read.items()),
    )
    after = sa.table(
        "outcome", sa.column("id", TEXT), *(sa.column(name, kind) for name, kind in kept.items())
    )
    given = {name: sa.bindparam(f"new_{name}", type_=kind) for name, kind in kept.items()}
    change = sa.update(after).where(after.c.id == sa.bindparam("held_id")).values(given)
    rows = [
        {"held_id": row.id, **{f"new_{name}": row._mapping[f"{name}_before"] for name in kept}}
        for row in connection.execute(sa.select(before))
    ]
    for part in _parts(rows):
        connection.execute(change, part)
    for name in kept:
        op.drop_column("outcome", f"{name}_before")
        if not is_sqlite:
            op.execute(f"ALTER TABLE outcome ALTER COLUMN {name} DROP DEFAULT")
    if not is_sqlite:
        op.execute("ALTER TABLE outcome ALTER COLUMN at TYPE text COLLATE \"C\" USING at || ''")
