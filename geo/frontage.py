"""Houses in the order in which they stand along roads and lanes, with the numbers known of them.

A house is a building of the map, or a door that no building holds. A road has two rows of
houses, one a side; a lane without a name has one row. Numbers count along the rows, so that
the order of the houses tells where an unknown number stands (:mod:`geo.numbering`).
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from geo.model import Floats, Ints
from geo.nearby import M_PER_DEG

__all__ = [
    "Course",
    "Frontage",
    "HouseTable",
    "KnownDoor",
    "Plane",
    "Row",
    "build_frontage",
]

_SAME_HOUSE_M = 15.0  # a door this near to the middle of a building is the building's
_BESIDE_M = 60.0  # a building farther from every road has no place in a row
_SAME_HAMLET_M = 250.0
_END_TO_END_M = 30.0
_STEP_M = 4.0  # the direction of a road is taken over this much of it on either hand


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a point, for one district."""

    lon: float = 0.0
    lat: float = 0.0

    def to_m(self, lonlat: Floats) -> Floats:
        """Return metres for degrees, shape (n, 2)."""
        scale = (np.cos(np.radians(self.lat)) * M_PER_DEG, M_PER_DEG)
        return np.asarray((lonlat - (self.lon, self.lat)) * scale, dtype=np.float64)

    def to_lonlat(self, xy_m: Floats) -> Floats:
        """Return degrees for metres, shape (n, 2)."""
        scale = (np.cos(np.radians(self.lat)) * M_PER_DEG, M_PER_DEG)
        return np.asarray(xy_m / scale + (self.lon, self.lat), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The way along a road: its pieces one behind the other, all drawn in one direction.

    Parameters
    ----------
    lines
        The pieces, in metres; none for a road of which only doors are known.
    starts_m
        Metres along the course at which each piece begins.
    axis
        Unit vector of the direction in which the road mainly runs.
    middle
        A point that the axis passes.
    """

    lines: tuple[LineString, ...]
    starts_m: tuple[float, ...]
    axis: Floats
    middle: Floats

    @classmethod
    def of(cls, pieces: Sequence[BaseGeometry], houses_m: Floats) -> Course:
        """Return the course of a road's pieces; without any, the axis of its houses."""
        points = shapely.get_coordinates(list(pieces)) if len(pieces) else houses_m
        middle = points.mean(axis=0)
        axis = np.linalg.svd(points - middle, full_matrices=False)[2][0]
        axis = axis if axis[0] + 1e-3 * axis[1] >= 0 else -axis
        merged = shapely.get_parts(shapely.line_merge(shapely.union_all(list(pieces))))
        lines: list[tuple[float, float, LineString]] = []
        for line in merged.tolist():
            ends = np.asarray(line.coords)[[0, -1]] @ axis
            along = line if ends[0] <= ends[1] else line.reverse()
            lines.append((float(ends.min()), float(ends.max()), along))
        lines.sort(key=lambda each: each[0])
        starts: list[float] = []
        end, reached = -np.inf, -np.inf
        for low, high, line in lines:  # pieces side by side begin where they lie on the axis
            start = max(low, reached) if low >= end - _END_TO_END_M else low
            starts.append(start)
            end, reached = max(end, high), max(reached, start + line.length)
        return cls(tuple(line for _, _, line in lines), tuple(starts), axis, middle)

    def place(self, xy_m: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return metres along the course and whether each point lies on its left."""
        if not self.lines:
            away = xy_m - self.middle
            return away @ self.axis, _cross(self.axis, away) > 0
        points = shapely.points(xy_m)
        gaps = np.stack([shapely.distance(line, points) for line in self.lines])
        nearest = gaps.argmin(axis=0)
        lines = np.array(self.lines, dtype=object)[nearest]
        along = np.asarray(shapely.line_locate_point(lines, points))
        low = np.maximum(along - _STEP_M, 0.0)
        high = np.minimum(along + _STEP_M, shapely.length(lines))
        step = _at(lines, high) - _at(lines, low)
        left = _cross(step, xy_m - _at(lines, along)) > 0
        return np.asarray(self.starts_m)[nearest] + along, left

    def foot(self, at_m: float) -> Floats:
        """Return the point of the course after these metres."""
        if not self.lines:
            return np.asarray(self.middle + self.axis * at_m)
        piece = max(bisect.bisect_right(self.starts_m, at_m) - 1, 0)
        point = self.lines[piece].interpolate(at_m - self.starts_m[piece])
        return np.array([point.x, point.y])


def _at(lines: npt.NDArray[np.object_], along_m: Floats) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(lines, along_m)))


@dataclass(frozen=True, slots=True, eq=False)
class HouseTable:
    """All houses, one entry each in every array.

    Parameters
    ----------
    xy_m
        Positions, shape (n, 2), in the plane.
    number
        Count of its house number, 0 where none is known.
    road
        Position of the road whose row it stands in, or -1.
    group
        Position in ``Frontage.groups`` of the village or natural village that counts it, or -1.
    codes
        Township and grid code of each house.
    """

    xy_m: Floats
    number: Ints
    road: Ints
    group: Ints
    codes: Sequence[tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Houses along one side of a road, or along a lane: positions and metres along it."""

    houses: Ints
    at_m: Floats


def _nobody() -> HouseTable:
    none = np.zeros(0, dtype=np.int64)
    return HouseTable(np.zeros((0, 2)), none, none, none, ())


@dataclass(frozen=True, slots=True, eq=False)
class Frontage:
    """Rows of houses. Built by :func:`build_frontage`.

    Parameters
    ----------
    plane
        Where metres count from.
    houses
        The houses.
    sides
        Left and right row of each road, seen along its course.
    courses
        Course of each road, along which its sides are measured.
    lanes
        Rows of lanes without a name.
    groups
        What counts the houses of lanes: grid code and key of the place's name.
    """

    plane: Plane = field(default_factory=Plane)
    houses: HouseTable = field(default_factory=_nobody)
    sides: Mapping[int, tuple[Row, Row]] = field(default_factory=dict)
    courses: Mapping[int, Course] = field(default_factory=dict)
    lanes: tuple[Row, ...] = ()
    groups: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class KnownDoor:
    """A known house number: its position, count, road (or -1) and counting group (or -1)."""

    xy_m: tuple[float, float]
    number: int
    road: int
    group: int


def build_frontage(
    *,
    plane: Plane,
    buildings_m: Floats,
    doors: Sequence[KnownDoor],
    groups: Sequence[tuple[str | None, str]],
    lines_m: Sequence[BaseGeometry],
    line_road: Ints,
    line_way: Ints,
    codes: Sequence[tuple[str | None, str | None]],
    door_codes: Sequence[tuple[str | None, str | None]],
) -> Frontage:
    """Put houses in rows.

    Parameters
    ----------
    plane
        Plane of all metres.
    buildings_m
        Middles of buildings, shape (n, 2).
    doors
        Known doors.
    groups
        Grid code and place key of each counting group.
    lines_m
        Pieces of all roads.
    line_road
        Position of the road that each piece belongs to, -1 for one without a name.
    line_way
        What tells lanes apart: pieces of one way are one lane.
    codes, door_codes
        Township and grid code of each building and each door.
    """
    house_of_door, xy_m, all_codes = _merge(buildings_m, doors, codes, door_codes)
    number = np.zeros(len(xy_m), dtype=np.int64)
    road = np.full(len(xy_m), -1, dtype=np.int64)
    group = np.full(len(xy_m), -1, dtype=np.int64)
    for door, house in zip(doors, house_of_door.tolist(), strict=True):
        number[house], road[house], group[house] = door.number, door.road, door.group
    known = number > 0
    line = _nearest_line(xy_m, lines_m, line_road, np.where(known, road, -1), known)
    standing = line >= 0
    road[standing & ~known] = line_road[line[standing & ~known]]
    _join_groups(xy_m, group, known, road)
    sides, courses = _road_rows(xy_m, road, lines_m, line_road)
    lanes = _lane_rows(xy_m, road, line, lines_m, line_way)
    table = HouseTable(xy_m, number, road, group, all_codes)
    return Frontage(plane, table, sides, courses, lanes, tuple(groups))


def _merge(
    buildings_m: Floats,
    doors: Sequence[KnownDoor],
    codes: Sequence[tuple[str | None, str | None]],
    door_codes: Sequence[tuple[str | None, str | None]],
) -> tuple[Ints, Floats, list[tuple[str | None, str | None]]]:
    """Return the house of each door, and houses: buildings, then doors that no building holds.

    A second number in a building, or one on another road, stands as a house of its own; the same
    one, as where somebody confirmed what the map has, is the same house.
    """
    at = np.array([door.xy_m for door in doors], dtype=float).reshape(-1, 2)
    house_of = np.full(len(doors), -1, dtype=np.int64)
    if len(buildings_m) and len(doors):
        away, near = cKDTree(buildings_m).query(at)
        held: dict[int, KnownDoor] = {}
        for index in np.flatnonzero(away <= _SAME_HOUSE_M).tolist():
            door, house = doors[index], int(near[index])
            first = held.setdefault(house, door)
            if (first.number, first.road, first.group) == (door.number, door.road, door.group):
                house_of[index] = house
    alone = _apart(doors, np.flatnonzero(house_of < 0).tolist(), house_of, len(buildings_m))
    every = [*codes, *(door_codes[index] for index in alone)]
    return house_of, np.concatenate([buildings_m.reshape(-1, 2), at[alone]]), every


def _apart(
    doors: Sequence[KnownDoor], outside: Sequence[int], house_of: Ints, first: int
) -> list[int]:
    """Number the houses of doors that no building holds from ``first`` on; return their doors."""
    alone: list[int] = []
    known: dict[tuple[int, int, int], list[tuple[tuple[float, float], int]]] = {}
    for index in outside:
        door = doors[index]
        same = known.setdefault((door.number, door.road, door.group), [])
        for xy_m, house in same:
            if math.dist(xy_m, door.xy_m) <= _SAME_HOUSE_M:
                house_of[index] = house
                break
        else:
            house_of[index] = first + len(alone)
            same.append((door.xy_m, first + len(alone)))
            alone.append(index)
    return alone


def _nearest_line(
    xy_m: Floats,
    lines_m: Sequence[BaseGeometry],
    line_road: Ints,
    road: Ints,
    known: npt.NDArray[np.bool_],
) -> Ints:
    """Return the piece of road that each house stands at, or -1.

    A known door stands at the road that it names, or at a lane if it names none.
    """
    found = np.full(len(xy_m), -1, dtype=np.int64)
    shapes = np.array(lines_m, dtype=object)
    lanes = np.flatnonzero(line_road < 0)
    free, laned = np.flatnonzero(~known), np.flatnonzero(known & (road < 0))
    for houses, pieces in ((free, np.arange(len(shapes))), (laned, lanes)):
        if len(houses) and len(pieces):
            pairs = shapely.STRtree(shapes[pieces]).query_nearest(
                shapely.points(xy_m[houses]), max_distance=_BESIDE_M, all_matches=False
            )
            found[houses[pairs[0]]] = pieces[pairs[1]]
    return found


def _join_groups(xy_m: Floats, group: Ints, known: npt.NDArray[np.bool_], road: Ints) -> None:
    """Count each unnumbered house of a lane with the nearest numbered one."""
    counted = np.flatnonzero(known & (group >= 0))
    free = np.flatnonzero(~known & (road < 0))
    if len(counted) and len(free):
        away, near = cKDTree(xy_m[counted]).query(xy_m[free], distance_upper_bound=_SAME_HAMLET_M)
        here = np.isfinite(away)
        group[free[here]] = group[counted[near[here]]]


def _road_rows(
    xy_m: Floats, road: Ints, lines_m: Sequence[BaseGeometry], line_road: Ints
) -> tuple[dict[int, tuple[Row, Row]], dict[int, Course]]:
    """Return left and right row of each road, and its course."""
    sides: dict[int, tuple[Row, Row]] = {}
    courses: dict[int, Course] = {}
    pieces = _members(line_road)
    for index, houses in _members(road).items():
        course = Course.of([lines_m[piece] for piece in pieces.get(index, ())], xy_m[houses])
        at_m, left = course.place(xy_m[houses])
        rows = []
        for hand in (left, ~left):
            order = np.argsort(at_m[hand], kind="stable")
            rows.append(Row(houses[hand][order], at_m[hand][order]))
        sides[index] = rows[0], rows[1]
        courses[index] = course
    return sides, courses


def _lane_rows(
    xy_m: Floats, road: Ints, line: Ints, lines_m: Sequence[BaseGeometry], line_way: Ints
) -> tuple[Row, ...]:
    """Return the row of each lane that has houses."""
    way = np.where((road < 0) & (line >= 0), line_way[line], -1)
    rows = []
    for houses in _members(way).values():
        pieces = np.unique(line[houses])
        course = Course.of([lines_m[piece] for piece in pieces], xy_m[houses])
        at_m, _ = course.place(xy_m[houses])
        order = np.argsort(at_m, kind="stable")
        rows.append(Row(houses[order], at_m[order]))
    return tuple(rows)


def _members(labels: Ints) -> dict[int, Ints]:
    """Return the positions of each label from 0 on."""
    if not len(labels):
        return {}
    order = np.argsort(labels, kind="stable")
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    return {int(labels[part[0]]): part for part in np.split(order, cuts) if labels[part[0]] >= 0}


def _cross(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])
