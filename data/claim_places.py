"""Places of address claims: written, and shared by what several sources say of one text."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, or_, select

from data.backend import Backend
from data.errors import BoxError, StoreError
from data.place_points import drop_points, points_of, write_points
from data.schema import AddressClaimRow, PlaceDecisionRow, PlacePointRow, PlaceRow
from data.upsert import add_rows, held_keys, parts_of, table_of
from data.work import Work
from geo.model import Point, Precision
from routes.model import ClaimId, Place

__all__ = [
    "Box",
    "drop_places",
    "places_in",
    "places_of",
    "same_text",
    "set_places",
    "settled",
    "take_over",
    "write_places",
]

_COLUMNS = (
    "precision",
    "confidence",
    "township_code",
    "grid_code",
    "station_id",
)


@dataclass(frozen=True, slots=True)
class Box:
    """A box of WGS84 degrees, edges included; it does not reach across the antimeridian."""

    west_lon: float
    south_lat: float
    east_lon: float
    north_lat: float

    def __post_init__(self) -> None:
        lons, lats = (self.west_lon, self.east_lon), (self.south_lat, self.north_lat)
        if not (all(-180 <= one <= 180 for one in lons) and all(-90 <= one <= 90 for one in lats)):
            raise BoxError("范围框的经度须在 -180 至 180、纬度须在 -90 至 90 之间，请核对")
        if self.west_lon > self.east_lon:
            raise BoxError("范围框的西界大于东界；跨越 180° 经线的范围请分成两个框查询")
        if self.south_lat > self.north_lat:
            raise BoxError("范围框的南界大于北界，请核对次序")


def places_in(
    connection: Connection, backend: Backend, box: Box, *, limit: int | None
) -> tuple[tuple[ClaimId, Place], ...]:
    """Return claims with their places in a box, in the order of their identifiers."""
    table = table_of(PlacePointRow)
    query = select(table.c.claim, table.c.lon, table.c.lat).where(
        backend.near_box(box.west_lon, box.south_lat, box.east_lon, box.north_lat),
        table.c.lon.between(box.west_lon, box.east_lon),
        table.c.lat.between(box.south_lat, box.north_lat),
    )
    found = sorted((row[0], Point(row[1], row[2])) for row in connection.execute(query))[:limit]
    places = _with_points(connection, dict(found))
    return tuple((ClaimId(one), places[one]) for one, _ in found if one in places)


def set_places(work: Work, places: Mapping[ClaimId, Place]) -> None:
    """Write the places of claims, replacing earlier ones.

    What another source says of the same text of the same debtor moves with them, unless it has
    a place of its own that is as sure: one door is not to lie in two places. Where a person
    decided of a text where it is, the decision stands; see :mod:`data.place_decisions`.

    Raises
    ------
    StoreError
        If a claim is not stored.
    """
    if not places:
        return
    known = held_keys(work.connection, AddressClaimRow.id, places)
    unknown = [claim_id for claim_id in places if claim_id not in known]
    if unknown:
        raise StoreError("地址线索 %(id)s 不在库中，位置未保存", id=unknown[0])
    places = {**_shared(work, places), **places}
    decided = settled(work.connection, places)
    write_places(work, {one: place for one, place in places.items() if one not in decided})


def write_places(work: Work, places: Mapping[ClaimId, Place | None]) -> None:
    """Put these places in the stead of what is held, and nothing where there is None."""
    table = table_of(PlaceRow)
    held = held_keys(work.connection, PlaceRow.claim_id, places)
    replaced = [{"held_id": claim_id} for claim_id in places if claim_id in held]
    drop_points(work, places)
    if replaced:
        work.connection.execute(
            delete(table).where(table.c.claim_id == bindparam("held_id")), replaced
        )
    rows = [
        {
            "claim_id": claim_id,
            "precision": place.precision.value,
            "confidence": float(place.confidence),
            "township_code": place.township_code,
            "grid_code": place.grid_code,
            "station_id": place.station_id,
        }
        for claim_id, place in places.items()
        if place is not None
    ]
    if rows:
        add_rows(work.connection, table, rows)
        write_points(work, {one: each.point for one, each in places.items() if each is not None})


def drop_places(work: Work, claim_ids: Collection[str]) -> None:
    """Let the places of claims go."""
    table = table_of(PlaceRow)
    drop_points(work, claim_ids)
    for part in parts_of(sorted(claim_ids)):
        work.connection.execute(delete(table).where(table.c.claim_id.in_(part)))


def places_of(connection: Connection, claim_ids: Collection[ClaimId]) -> dict[ClaimId, Place]:
    """Return the places of these claims; those without one are left out."""
    found = _with_points(connection, points_of(connection, claim_ids))
    return {ClaimId(claim_id): place for claim_id, place in found.items()}


def _with_points(connection: Connection, points: Mapping[str, Point]) -> dict[str, Place]:
    """Return places by their claims, in the order of these."""
    table = table_of(PlaceRow)
    query = select(table.c.claim_id, *(table.c[name] for name in _COLUMNS))
    return {
        claim_id: _place(points[claim_id], values)
        for part in parts_of(sorted(points))
        for claim_id, *values in connection.execute(query.where(table.c.claim_id.in_(part)))
    }


def settled(
    connection: Connection, claim_ids: Collection[Hashable] | None = None
) -> frozenset[ClaimId]:
    """Return those of these claims, or of all, of whose text a person decided where it is."""
    claim, other = table_of(AddressClaimRow).alias(), table_of(AddressClaimRow).alias()
    decision = table_of(PlaceDecisionRow)
    query = (
        select(claim.c.id)
        .join(other, _of_one_text(claim, other))
        .join(decision, decision.c.claim_id == other.c.id)
        .where(decision.c.withdrawn_at.is_(None))
    )
    if claim_ids is None:
        return frozenset(map(ClaimId, connection.scalars(query)))
    return frozenset(
        ClaimId(one)
        for part in parts_of(sorted(map(str, claim_ids)))
        for one in connection.scalars(query.where(claim.c.id.in_(part)))
    )


def same_text(connection: Connection, claim_id: ClaimId) -> tuple[ClaimId, ...]:
    """Return a claim and those of the same debtor's same text, in their order."""
    claim, other = table_of(AddressClaimRow).alias(), table_of(AddressClaimRow).alias()
    query = (
        select(other.c.id)
        .join(claim, _of_one_text(claim, other))
        .where(claim.c.id == claim_id)
        .order_by(other.c.id)
    )
    return tuple(map(ClaimId, connection.scalars(query)))


def _of_one_text(one: Any, other: Any) -> Any:
    """Return that two claims are one, or of one debtor and text; purged texts are no text."""
    return and_(
        other.c.debtor_id == one.c.debtor_id,
        or_(
            other.c.id == one.c.id,
            and_(other.c.text_hash == one.c.text_hash, one.c.text_hash != ""),
        ),
    )


def take_over(work: Work, claim_ids: Collection[Hashable]) -> None:
    """Give claims without a place the surest one of the same text by another source."""
    found: dict[ClaimId, Place] = {}
    for claim_id, _, own, theirs in _siblings(work, claim_ids):
        if own is None and theirs is not None:
            surest = found.setdefault(claim_id, theirs)
            if theirs.confidence > surest.confidence:
                found[claim_id] = theirs
    write_places(work, found)


def _shared(work: Work, places: Mapping[ClaimId, Place]) -> dict[ClaimId, Place]:
    """Return the places of these claims by the other claims that move with them."""
    found: dict[ClaimId, Place] = {}
    for claim_id, their_id, own, before in _siblings(work, places, their=True):
        new = places[their_id]
        if claim_id in places:
            continue
        if own is None or own == before or own.confidence < new.confidence:
            surest = found.setdefault(claim_id, new)
            if new.confidence > surest.confidence:
                found[claim_id] = new
    return found


def _siblings(
    work: Work, claim_ids: Collection[Hashable], *, their: bool = False
) -> Iterator[tuple[ClaimId, ClaimId, Place | None, Place | None]]:
    """Yield pairs of claims of one debtor and text, with the places of both, in their order.

    The first of each pair is one of ``claim_ids``; with ``their`` the second is.
    """
    if not claim_ids:
        return
    own, other = table_of(AddressClaimRow).alias(), table_of(AddressClaimRow).alias()
    places = table_of(PlaceRow).alias(), table_of(PlaceRow).alias()
    own_place, their_place = places
    query: Select[Any] = (
        select(own.c.id, other.c.id, *(table.c[name] for table in places for name in _COLUMNS))
        .join(
            other,
            and_(
                other.c.debtor_id == own.c.debtor_id,
                other.c.text_hash == own.c.text_hash,
                other.c.id != own.c.id,
            ),
        )
        .outerjoin(own_place, own_place.c.claim_id == own.c.id)
        .outerjoin(their_place, their_place.c.claim_id == other.c.id)
        .where(own.c.text_hash != "")  # blank once the text was purged
        .order_by(own.c.id, other.c.id)
    )
    given = (other if their else own).c.id
    for part in parts_of(sorted(map(str, claim_ids))):
        rows = work.connection.execute(query.where(given.in_(part))).all()
        points = points_of(work.connection, {one for row in rows for one in row[:2]})
        for own_id, other_id, *values in rows:
            mine, theirs = values[: len(_COLUMNS)], values[len(_COLUMNS) :]
            yield (
                ClaimId(own_id),
                ClaimId(other_id),
                _placed(points.get(own_id), mine),
                _placed(points.get(other_id), theirs),
            )


def _placed(point: Point | None, values: Sequence[Any]) -> Place | None:
    """Return the place of a claim; None where it has no point, or no row of a place."""
    return None if point is None or values[0] is None else _place(point, values)


def _place(point: Point, values: Sequence[Any]) -> Place:
    """Return the place at a point of a row's :data:`_COLUMNS`."""
    precision, confidence, *codes = values
    return Place(point, Precision(precision), confidence, *codes)
