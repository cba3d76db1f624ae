"""House numbers along a road or through a village: the door itself, or between its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.gazetteer import Door, Road
from geo.messages import Message, message
from geo.model import Floats, Point, Precision
from geo.placenames import HouseKey

__all__ = ["DoorFind", "distance_m", "find_door"]

_M_PER_DEG = 111_320.0
_FAR_M = 1_200.0  # neighbours further apart say nothing of what lies between
_ROAD_REACH_M = 80.0
_ERROR_SHARE = 0.25
_GAP_COST = 0.5
_BEYOND_NUMBERS = 12
_OTHER_MARK = 0.9
_OTHER_SIDE = 0.85
_BEYOND = 0.45


@dataclass(frozen=True, slots=True)
class DoorFind:
    """A place for a house number, with what speaks for it (0 to 1)."""

    point: Point
    precision: Precision
    weight: float
    reason: Message
    township: str | None
    grid: str | None


def find_door(
    doors: Sequence[Door], weights: Sequence[float], number: HouseKey, roads: Sequence[Road]
) -> Iterator[DoorFind]:
    """Yield the doors of a number, or a place between its neighbours.

    Parameters
    ----------
    doors
        Known doors of one road or one settlement.
    weights
        How well each door's surroundings agree with the text, 0 to 1.
    number
        The number looked for.
    roads
        The road's pieces, whose course the place between two doors follows; empty for numbers
        that count through a village, where odd and even do not face each other.
    """
    best = max(weights, default=0.0)
    same = [
        (door, weight)
        for door, weight in zip(doors, weights, strict=True)
        if door.key.main == number.main
    ]
    exact = [(door, weight) for door, weight in same if door.key == number]
    for door, weight in exact or same:
        yield DoorFind(
            door.point,
            Precision.DOOR,
            weight if exact else weight * _OTHER_MARK,
            message("门牌与地名库一致")
            if exact
            else message("门牌主号与地名库一致，附号不在地名库中"),
            door.township,
            door.grid,
        )
    if max((weight for _, weight in same), default=0.0) < best:
        fitting = [door for door, weight in zip(doors, weights, strict=True) if weight == best]
        yield from _between(fitting, number, best, roads)


def _between(
    doors: Sequence[Door], number: HouseKey, weight: float, roads: Sequence[Road]
) -> Iterator[DoorFind]:
    """Yield the place that the neighbouring numbers suggest."""
    own_side = [door for door in doors if door.key.main % 2 == number.main % 2]
    sides = ((own_side, 1.0), (doors, _OTHER_SIDE)) if roads else ((doors, 1.0),)
    for side, share in sides:
        pair = _neighbours(side, number.main)
        if pair is None:
            continue
        below, above = pair
        part = (number.main - below.key.main) / (above.key.main - below.key.main)
        gap_m = distance_m(below.point, above.point)
        point = _along_roads(below.point, above.point, part, roads)
        yield DoorFind(
            point,
            Precision.INTERPOLATED,
            weight * share * (1.0 - _GAP_COST * min(gap_m / _FAR_M, 1.0)),
            message(
                "按相邻两处门牌之间推算，误差约 %(error)d 米",
                error=max(10, round(gap_m * _ERROR_SHARE, -1)),
            ),
            below.township,
            below.grid,
        )
        return
    near = min(doors, key=lambda door: abs(door.key.main - number.main), default=None)
    if near is not None and abs(near.key.main - number.main) <= _BEYOND_NUMBERS:
        yield DoorFind(
            near.point,
            Precision.INTERPOLATED,
            weight * _BEYOND,
            message("取最近的已知门牌"),
            near.township,
            near.grid,
        )


def _neighbours(doors: Sequence[Door], main: int) -> tuple[Door, Door] | None:
    """Return the next lower and next higher door; of several, the two that stand closest."""
    lower = max((door.key.main for door in doors if door.key.main < main), default=None)
    upper = min((door.key.main for door in doors if door.key.main > main), default=None)
    if lower is None or upper is None:
        return None
    pairs = [
        (distance_m(one.point, other.point), one, other)
        for one in doors
        if one.key.main == lower
        for other in doors
        if other.key.main == upper
    ]
    gap_m, one, other = min(pairs, key=lambda pair: pair[0])
    return (one, other) if gap_m <= _FAR_M else None


def _along_roads(one: Point, other: Point, part: float, roads: Sequence[Road]) -> Point:
    """Return the point at this part of the way between two doors, along their road if it can."""
    scale = np.array([np.cos(np.radians(one.lat)) * _M_PER_DEG, _M_PER_DEG])
    a, b = np.array([one.lon, one.lat]) * scale, np.array([other.lon, other.lat]) * scale
    straight = a + (b - a) * part
    course = _shared_course(a, b, scale, roads)
    if course is not None:
        start, stop = course.project(shapely.Point(a)), course.project(shapely.Point(b))
        foot = _foot(course, start + (stop - start) * part)
        beside_a, beside_b = a - _foot(course, start), b - _foot(course, stop)
        straight = foot + beside_a + (beside_b - beside_a) * part
    lon, lat = (straight / scale).tolist()
    return Point(lon, lat)


def _shared_course(
    a: Floats, b: Floats, scale: Floats, roads: Sequence[Road]
) -> BaseGeometry | None:
    """Return the road line, in metres, that passes both doors; None if there is none."""
    ends = shapely.points(np.array([a, b]))
    for road in roads:
        for line in road.course:
            metres = shapely.transform(line, lambda lonlat: lonlat * scale)
            if (shapely.distance(metres, ends) < _ROAD_REACH_M).all():
                return metres
    return None


def _foot(course: BaseGeometry, at_m: float) -> Floats:
    foot = course.interpolate(at_m)
    return np.array([foot.x, foot.y])


def distance_m(one: Point, other: Point) -> float:
    """Return metres between two points at most a few kilometres apart."""
    east = (one.lon - other.lon) * np.cos(np.radians(one.lat))
    return float(np.hypot(east, one.lat - other.lat) * _M_PER_DEG)
