"""Coordinates of places by a pseudonym, which only the key leads to its address claim.

The pseudonym is a keyed hash of the claim's id: who has the key reads the point of a claim at
once, and without it the database joins the two by nothing. The way back is an encrypted field.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence

from sqlalchemy import Connection, delete, select

from data.crypto import FieldCipher
from data.schema import PlacePointRow, cipher_of
from data.upsert import add_rows, parts_of, table_of
from data.work import Work
from geo.model import Point

__all__ = ["drop_points", "points_of", "pseudonyms", "write_points"]

_TABLE = table_of(PlacePointRow)
_MANY = 20_000  # claims, from which on all points are read at once


def pseudonyms(cipher: FieldCipher, claim_ids: Sequence[str]) -> list[str]:
    """Return under what the points of these claims are kept."""
    return cipher.stable_ids("pp", [claim_ids])


def points_of(connection: Connection, claim_ids: Collection[str]) -> dict[str, Point]:
    """Return the points of these claims; those without one are left out."""
    claims = sorted(set(claim_ids))
    names = dict(zip(pseudonyms(cipher_of(connection), claims), claims, strict=True))
    columns = select(_TABLE.c.id, _TABLE.c.lon, _TABLE.c.lat)
    if len(names) > _MANY:
        rows = connection.execute(columns)
        return {names[row[0]]: Point(row[1], row[2]) for row in rows if row[0] in names}
    return {
        names[name]: Point(lon, lat)
        for part in parts_of(names)
        for name, lon, lat in connection.execute(columns.where(_TABLE.c.id.in_(part)))
    }


def write_points(work: Work, points: Mapping[str, Point]) -> None:
    """Keep points of claims that have none, in no order that tells of the claims'."""
    claims = list(points)
    named = sorted(zip(pseudonyms(work.cipher, claims), claims, strict=True))
    rows = [
        {
            "id": name,
            "claim": claim_id,
            "lon": float(points[claim_id].lon),
            "lat": float(points[claim_id].lat),
        }
        for name, claim_id in named
    ]
    if rows:
        add_rows(work.connection, _TABLE, rows)


def drop_points(work: Work, claim_ids: Collection[Hashable]) -> None:
    """Let the points of claims go."""
    for part in parts_of(pseudonyms(work.cipher, sorted(map(str, claim_ids)))):
        work.connection.execute(delete(_TABLE).where(_TABLE.c.id.in_(part)))
