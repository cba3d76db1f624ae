"""The road network as the network page draws it: tiles of roads, signs, facts of one road.

A tile holds the roads of one square of the map, coarser classes only where the map is far
away, and never more than a page can draw; what was left out is counted. Positions are whole
millionths of a degree, each as the step from the one before it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.model import Floats, Ints, Point
from geo.network import RoadNetwork
from geo.roadstats import within_largest_part
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from geo.runs import rows_of
from geo.travel.closures import RoadIndex
from geo.travel.snapping import near_m
from geo.travel.turns import turn_kind

__all__ = ["GROUPS", "MAX_ZOOM", "MIN_ZOOM", "MOST_ROADS", "RoadBoard", "group_of"]

GROUPS: dict[str, tuple[RoadClass, ...]] = {
    "motorway": (RoadClass.MOTORWAY, RoadClass.MOTORWAY_LINK),
    "trunk": (RoadClass.TRUNK, RoadClass.TRUNK_LINK),
    "primary": (RoadClass.PRIMARY, RoadClass.PRIMARY_LINK),
    "secondary": (RoadClass.SECONDARY, RoadClass.SECONDARY_LINK),
    "tertiary": (RoadClass.TERTIARY, RoadClass.TERTIARY_LINK),
    "local": (
        *(RoadClass.UNCLASSIFIED, RoadClass.RESIDENTIAL, RoadClass.LIVING_STREET),
        RoadClass.ROAD,
    ),
    "service": (RoadClass.SERVICE, RoadClass.BUSWAY),
    "track": (RoadClass.TRACK,),
    "path": (RoadClass.CYCLEWAY, RoadClass.PEDESTRIAN, RoadClass.FOOTWAY),
    "ferry": (RoadClass.FERRY,),
}
"""Classes that a reader switches together, the widest first."""

MOST_ROADS = 4000
"""Most roads in one tile."""

MIN_ZOOM, MAX_ZOOM = 5, 18
_POINTS = (RoadClass.GATE, RoadClass.TOLL_BOOTH)
_FROM_ZOOM = {  # zoom of a tile of 512 pixels, one less than the map's
    "motorway": 5,
    "trunk": 6,
    "primary": 8,
    "secondary": 9,
    "tertiary": 10,
    "local": 12,
    "service": 13,
    "track": 13,
    "path": 14,
    "ferry": 9,
}
_SIGNS_FROM_ZOOM = 15
_EXACT_FROM_ZOOM = 14
_TILE_PX = 512
_UNIT = 1e6
_MARGIN = 0.02  # of a tile, so that broad lines join at its border


class RoadBoard:
    """Draws one network; made once, may be asked by many threads."""

    def __init__(self, network: RoadNetwork) -> None:
        self.network = network

    @cached_property
    def version(self) -> str:
        """A mark that changes with the network, so that a page notices another one."""
        network = self.network
        parts = (network.way_id, network.tail, network.head, network.access)
        mark = 0
        for array in (*parts, network.geometry_lonlat):
            mark = zlib.crc32(np.ascontiguousarray(array).data.cast("B"), mark)
        return f"{mark:08x}"

    @cached_property
    def index(self) -> RoadIndex:
        """Finds roads by area and by id."""
        return RoadIndex(self.network).prepare()

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north end of the roads in degrees."""
        low, high = (
            self.network.geometry_lonlat.min(axis=0),
            self.network.geometry_lonlat.max(axis=0),
        )
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @cached_property
    def group_km(self) -> dict[str, float]:
        """Length of road by group, without the groups of no road."""
        return {
            group: float(self.network.length_m[self._group == row].sum()) / 1000.0
            for row, group in enumerate(GROUPS)
            if (self._group == row).any()
        }

    @cached_property
    def island_km(self) -> float:
        """Length of the roads that cars cannot reach from, and leave for, the main network.

        Pieces that reading left out, because nobody gets there, count as well.
        """
        offset, points = self.network.dropped_offset, self.network.dropped_lonlat
        steps_m = near_m(points[:-1], points[1:])
        steps_m[offset[1:-1] - 1] = 0.0  # from one piece to the next
        return float(self.network.length_m[self.island].sum() + steps_m.sum()) / 1000.0

    @staticmethod
    def from_zoom() -> dict[str, int]:
        """Return the zoom of the map from which each group is drawn."""
        return {group: zoom + 1 for group, zoom in _FROM_ZOOM.items()}

    def tile(self, z: int, x: int, y: int) -> dict[str, Any]:
        """Return what one tile shows, as plain values for JSON.

        Parameters
        ----------
        z, x, y
            Of the usual square tiles; ``z`` from ``MIN_ZOOM`` to ``MAX_ZOOM``.

        Returns
        -------
        dict
            ``names``; ``roads`` as (row, group, passage, level, island, index of the name,
            positions); ``barriers`` and ``turns`` on near tiles; ``dropped``, the positions of
            pieces that reading left out, as islands; ``left_out``, the roads beyond
            ``MOST_ROADS``. Passage is 0 both ways, 1 along, 2 against the drawing, 3 closed to
            cars; level is an :class:`geo.roadtags.AccessLevel` of cars, or on foot where closed;
            for island see :attr:`island`.
        """
        box = _box(z, x, y)
        near = self._near(box)
        wanted = np.array([z >= _FROM_ZOOM[group] for group in GROUPS] + [False])
        roads = near[wanted[self._group[near]]]
        roads = roads[np.lexsort((-self.network.length_m[roads], self._group[roads]))]
        left_out = max(0, len(roads) - MOST_ROADS)
        roads = roads[:MOST_ROADS][::-1]  # narrow ones first, so that wide ones lie on top
        names, name = np.unique(self.network.name_id[roads], return_inverse=True)
        step_deg = 0.0 if z >= _EXACT_FROM_ZOOM else 360.0 / 2**z / _TILE_PX
        rows = zip(
            roads.tolist(),
            self._group[roads].tolist(),
            self._passage[roads].tolist(),
            self._level[roads].tolist(),
            self.island[roads].astype(int).tolist(),
            name.tolist(),
            self._positions(roads, step_deg),
            strict=True,
        )
        near_enough = z >= _SIGNS_FROM_ZOOM
        return {
            "names": [self.network.names[row] for row in names.tolist()],
            "roads": list(rows),
            "barriers": self._barriers(near) if near_enough else [],
            "turns": self._signs(box) if near_enough else [],
            "dropped": self._dropped(box) if z >= _FROM_ZOOM["local"] else [],
            "left_out": left_out,
        }

    def facts(self, road: int) -> dict[str, Any]:
        """Return what is known of one road, as codes and numbers."""
        network = self.network
        limits = network.limit_kmh[road]
        return {
            "road": road,
            "name": network.names[network.name_id[road]],
            "class": RoadClass(network.road_class[road]).tag,
            "group": group_of(road_class=int(network.road_class[road])),
            "length_m": round(float(network.length_m[road])),
            "limit_kmh": [None if np.isnan(limit) else round(float(limit)) for limit in limits],
            "access": {
                mode.name.lower(): [
                    AccessLevel(level).name.lower()
                    for level in network.access[road, :, mode].tolist()
                ]
                for mode in TravelMode
            },
            "line": _line(network.points_lonlat(road)),
        }

    def middle(self, road: int) -> Point:
        """Return the point half-way along a road's drawing."""
        points = self.network.points_lonlat(road)
        half = shapely.line_interpolate_point(shapely.LineString(points), 0.5, normalized=True)
        return Point(half.x, half.y)

    @cached_property
    def _group(self) -> npt.NDArray[np.int8]:
        """Return the row of each road's group; that of a gate or a booth is past the last."""
        row_of = np.full(len(RoadClass), len(GROUPS), dtype=np.int8)
        for row, classes in enumerate(GROUPS.values()):
            row_of[list(classes)] = row
        found: npt.NDArray[np.int8] = row_of[self.network.road_class]
        return found

    @cached_property
    def island(self) -> npt.NDArray[np.bool_]:
        """Whether cars may use a road but not come there from, and go on to, the main network."""
        by_car = self.network.access[:, :, TravelMode.MOTOR] > AccessLevel.CLOSED
        return by_car.any(axis=1) & ~within_largest_part(self.network, by_car)

    @cached_property
    def _passage(self) -> npt.NDArray[np.int8]:
        by_car = self.network.access[:, :, TravelMode.MOTOR] > AccessLevel.CLOSED
        found: npt.NDArray[np.int8] = (3 - by_car[:, 0] * 2 - by_car[:, 1]).astype(np.int8)
        return found

    @cached_property
    def _level(self) -> npt.NDArray[np.uint8]:
        best = self.network.access.max(axis=1)
        by_car, on_foot = best[:, TravelMode.MOTOR], best[:, TravelMode.FOOT]
        found: npt.NDArray[np.uint8] = np.where(by_car > AccessLevel.CLOSED, by_car, on_foot)
        return found

    @cached_property
    def _boxes(self) -> tuple[Floats, Floats]:
        offset, points = self.network.geometry_offset[:-1], self.network.geometry_lonlat
        return np.minimum.reduceat(points, offset), np.maximum.reduceat(points, offset)

    def _near(self, box: Sequence[float]) -> Ints:
        west, south, east, north = box
        low, high = self._boxes
        inside = (low[:, 0] <= east) & (high[:, 0] >= west)
        inside &= (low[:, 1] <= north) & (high[:, 1] >= south)
        return np.flatnonzero(inside)

    def _positions(self, roads: Ints, step_deg: float) -> list[list[int]]:
        """Return the steps of each road's drawing, which may move by ``step_deg``."""
        if not len(roads):
            return []
        network = self.network
        size = np.diff(network.geometry_offset)[roads]
        row = np.repeat(np.arange(len(roads)), size)
        points = network.geometry_lonlat[rows_of(network.geometry_offset, roads)]
        if step_deg:
            lines = shapely.simplify(shapely.linestrings(points, indices=row), step_deg)
            points, row = shapely.get_coordinates(lines, return_index=True)
        whole = np.rint(points * _UNIT).astype(np.int64)
        steps = np.diff(whole, axis=0, prepend=0)
        first = np.searchsorted(row, np.arange(len(roads)))
        steps[first] = whole[first]
        flat, ends = steps.ravel().tolist(), [*(2 * first[1:]).tolist(), 2 * len(steps)]
        return [flat[begin:end] for begin, end in zip((2 * first).tolist(), ends, strict=True)]

    @cached_property
    def _dropped_tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.network.dropped_lines())

    def _dropped(self, box: Sequence[float]) -> list[list[int]]:
        """Return the pieces of road that reading left out, as nobody gets there."""
        west, south, east, north = box
        rows = np.sort(self._dropped_tree.query(shapely.box(west, south, east, north)))[:MOST_ROADS]
        offset, points = self.network.dropped_offset, self.network.dropped_lonlat
        return [_line(points[offset[row] : offset[row + 1]]) for row in rows.tolist()]

    def _barriers(self, near: Ints) -> list[tuple[int, int, str, int]]:
        network = self.network
        rows = near[np.isin(network.road_class[near], _POINTS)]
        spots = np.rint(network.node_lonlat[network.tail[rows]] * _UNIT).astype(np.int64)
        return [
            (lon, lat, RoadClass(network.road_class[row]).tag, int(self._level[row]))
            for row, (lon, lat) in zip(rows.tolist(), spots.tolist(), strict=True)
        ]

    @cached_property
    def _turns(self) -> Ints:
        """Return road, junction, junction left, next road and ``only``; through ways, of the whole.

        The sign of what leads through ways stands at the first junction.
        """
        network = self.network
        road, via, following, only, _ = network.turns.T
        first = network.turn_path_arcs[network.turn_path_offset[:-1]]
        last = network.turn_path_arcs[network.turn_path_offset[1:] - 1]
        ends = np.column_stack([network.tail, network.head])
        paths = np.column_stack(
            [
                *(first >> 1, ends[first >> 1, 1 - (first & 1)]),
                *(ends[last >> 1, last & 1], last >> 1, network.turn_path_rules[:, 0]),
            ]
        )
        return np.concatenate([np.column_stack([road, via, via, following, only]), paths])

    def _signs(self, box: Sequence[float]) -> list[tuple[int, int, int, str, int]]:
        """Return position, heading towards the junction, turn, and 1 where only it is allowed."""
        network = self.network
        west, south, east, north = box
        lon, lat = network.node_lonlat[self._turns[:, 1]].T
        inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        found = []
        for road, via, leaving, following, only in self._turns[inside].tolist():
            into, out = -self._heading(road, via), self._heading(following, leaving)
            angle = float(np.degrees(np.angle(out / into)))
            spot = np.rint(network.node_lonlat[via] * _UNIT).astype(np.int64).tolist()
            heading = round(float(np.degrees(np.angle(into))))
            found.append((spot[0], spot[1], heading, turn_kind(angle).value, only))
        return found

    def _heading(self, road: int, node: int) -> complex:
        """Return the way out of a junction along a road, east as real and north as imaginary."""
        points = self.network.points_lonlat(road)
        if int(self.network.tail[road]) != node:
            points = points[::-1]
        steps = points - points[0]
        away = steps[np.any(steps != 0.0, axis=1)]
        if not len(away):
            return 1.0 + 0.0j
        return complex(away[0, 0] * math.cos(math.radians(points[0, 1])), away[0, 1])


def group_of(*, road_class: int) -> str | None:
    """Return the group of a class of road; None for a gate or a toll booth."""
    return next((group for group, classes in GROUPS.items() if road_class in classes), None)


def _line(points: Floats) -> list[int]:
    """Return longitude and latitude in turn, each as the step from the point before."""
    whole = np.rint(points * _UNIT).astype(np.int64)
    steps: list[int] = (
        np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel().tolist()
    )
    return steps


def _box(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a tile with its margin."""
    count = 2.0**z
    west, east = ((x + shift) / count * 360.0 - 180.0 for shift in (-_MARGIN, 1.0 + _MARGIN))
    south, north = (
        math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * (y + shift) / count))))
        for shift in (1.0 + _MARGIN, -_MARGIN)
    )
    return west, south, east, north
