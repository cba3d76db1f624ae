"""Places by box, and indexes that were missing."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_FORGET = (
    "DELETE FROM place_box WHERE west <= old.lon + 1e-9 AND east >= old.lon - 1e-9 "
    "AND south <= old.lat + 1e-9 AND north >= old.lat - 1e-9 AND claim_id = old.claim_id;"
)
_KEEP = (
    "INSERT INTO place_box (west, east, south, north, claim_id) "
    "VALUES (new.lon, new.lon, new.lat, new.lat, new.claim_id);"
)
_MAKE = {
    "sqlite": (
        "CREATE VIRTUAL TABLE place_box USING rtree (number, west, east, south, north, "
        "+claim_id TEXT)",
        f"CREATE TRIGGER place_box_insert AFTER INSERT ON place BEGIN {_KEEP} END",
        f"CREATE TRIGGER place_box_delete AFTER DELETE ON place BEGIN {_FORGET} END",
        "CREATE TRIGGER place_box_update AFTER UPDATE OF claim_id, lon, lat ON place "
        f"BEGIN {_FORGET} {_KEEP} END",
        "INSERT INTO place_box (west, east, south, north, claim_id) "
        "SELECT lon, lon, lat, lat, claim_id FROM place",
    ),
    "postgresql": (
        "ALTER TABLE place ADD COLUMN point geometry(Point, 4326) "
        "GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon, lat), 4326)) STORED",
        "CREATE INDEX ix_place_point ON place USING gist (point)",
    ),
}
"""The R*Tree is kept in step by triggers; its numbers are not the rows' own, which may change.

It rounds to four bytes, outwards but for numbers so small that they become 0: hence the margin.
"""

_TAKE_BACK = {
    "sqlite": (
        "DROP TRIGGER place_box_insert",
        "DROP TRIGGER place_box_delete",
        "DROP TRIGGER place_box_update",
        "DROP TABLE place_box",
    ),
    "postgresql": ("DROP INDEX ix_place_point", "ALTER TABLE place DROP COLUMN point"),
}


def upgrade() -> None:
    for statement in _MAKE[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_index(op.f("ix_action_released_at"), "action", ["released_at"])
    op.create_index(op.f("ix_measured_leg_basis_on"), "measured_leg", ["basis", "on"])


def downgrade() -> None:
    op.drop_index(op.f("ix_measured_leg_basis_on"), "measured_leg")
    op.drop_index(op.f("ix_action_released_at"), "action")
    for statement in _TAKE_BACK[op.get_bind().dialect.name]:
        op.execute(statement)
