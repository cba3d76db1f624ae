"""The roads of an OpenStreetMap file, streamed into arrays.

Reads ``.osm``, ``.osm.gz`` and ``.osm.pbf`` in one pass, or in two where nodes stand after the
ways or have negative ids. A file cut out of a larger one may name nodes that it does not hold:
ways are cut there and nothing fails.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
from osmium.filter import KeyFilter

from geo.errors import NetworkFileError
from geo.model import Floats, Ints
from geo.osmstream import has_nodes_after_ways, stream, translated
from geo.roadaccess import Barrier, barrier_of, is_conditional, way_access
from geo.roadchains import Segments
from geo.roaddata import RoadData, lengths_m
from geo.roadlights import Light, light_of
from geo.roadtags import RoadClass, road_class, road_name
from geo.runs import runs
from geo.speedtags import ferry_kmh, speed_limits
from geo.turnrestrictions import TurnRestrictions

__all__ = ["read_osm_roads"]

_TELLING = frozenset(  # first parts of the keys that decide what a way is to us
    (
        *(
            "highway",
            "route",
            "area",
            "junction",
            "oneway",
            "cycleway",
            "maxspeed",
            "source",
        ),
        *(
            "zone",
            "access",
            "vehicle",
            "motor_vehicle",
            "motorcar",
            "bicycle",
            "foot",
            "service",
        ),
        *(
            "electric_bicycle",
            "emergency",
            "police",
            "motorroad",
            "tracktype",
            "4wd_only",
        ),
        *("smoothness", "duration"),
    )
)


@dataclass(slots=True)
class _Kinds:
    """What ways of equal tags have in common, one row a kind."""

    road_class: list[int] = field(default_factory=list)
    limit_kmh: list[tuple[float, float]] = field(default_factory=list)
    access: list[Any] = field(default_factory=list)
    flags: list[tuple[bool, bool, bool]] = field(default_factory=list)
    tags: list[Mapping[str, str]] = field(default_factory=list)
    _known: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)

    def of(self, tags: Mapping[str, str]) -> int:
        """Return the row of a way with these tags, -1 for a way that nobody may use."""
        key = tuple(each for each in tags.items() if each[0].partition(":")[0] in _TELLING)
        if key not in self._known:
            self._known[key] = self._new(dict(key))
        return self._known[key]

    def _new(self, tags: Mapping[str, str]) -> int:
        kind = road_class(tags)
        if kind is None:
            return -1
        access = way_access(tags, kind)
        if not any(access.along + access.against) and not access.reversible:
            return -1
        limits = speed_limits(tags)
        self.road_class.append(kind)
        self.limit_kmh.append((limits.along_kmh, limits.against_kmh))
        self.access.append((access.along, access.against))
        self.flags.append((limits.unread, is_conditional(tags), access.reversible))
        self.tags.append(tags)
        return len(self.road_class) - 1


@dataclass(slots=True)
class _Ways:
    """The ways of a file that somebody may use; nodes of all in one row."""

    kinds: _Kinds = field(default_factory=_Kinds)
    names: dict[str, int] = field(default_factory=lambda: {"": 0})
    id: array[int] = field(default_factory=lambda: array("q"))
    kind: array[int] = field(default_factory=lambda: array("q"))
    name: array[int] = field(default_factory=lambda: array("q"))
    size: array[int] = field(default_factory=lambda: array("q"))
    node_ids: array[int] = field(default_factory=lambda: array("q"))
    lon: array[float] = field(default_factory=lambda: array("d"))
    lat: array[float] = field(default_factory=lambda: array("d"))
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    restrictions: TurnRestrictions = field(default_factory=TurnRestrictions)
    seen: int = 0

    def add(self, way: Any, tags: Mapping[str, str]) -> None:
        self.seen += 1
        kind = self.kinds.of(tags)
        if kind < 0:
            return
        nodes = []
        for node in way.nodes:
            nodes.append(node.ref)
            place = node.location
            there = place.valid()
            self.lon.append(place.lon if there else nan)
            self.lat.append(place.lat if there else nan)
        self.id.append(way.id)
        self.kind.append(kind)
        self.name.append(self.names.setdefault(road_name(tags), len(self.names)))
        self.size.append(len(nodes))
        self.node_ids.extend(nodes)

    def nodes_of(self, way_ids: set[int]) -> dict[int, Sequence[int]]:
        """Return the ids of the nodes of some ways, of those that are here."""
        begin = np.cumsum(np.append(0, self.size))
        rows = np.flatnonzero(np.isin(self.id, sorted(way_ids))).tolist()
        return {self.id[row]: self.node_ids[begin[row] : begin[row + 1]] for row in rows}


def read_osm_roads(source: Path) -> RoadData:
    """Read the ways that somebody may use, their nodes, barriers, lights and turn restrictions.

    Raises
    ------
    NetworkFileError
        If the file cannot be read to its end or holds no usable road.
    """
    with translated(source):
        ways = _read_ways(source)
        node_ids = np.array(ways.node_ids, dtype=np.int64)
        nodes = _Nodes(ways, node_ids)
        if np.isnan(nodes.lonlat).any() and (nodes.id[0] < 0 or has_nodes_after_ways(source)):
            nodes.read_all(source)
    if not len(ways.id):
        raise NetworkFileError(
            "路网文件 %(file)s 中没有可通行的道路（含 highway 标签的道路 %(seen)d 条），"
            "请导出包含道路的区域",
            file=source.name,
            seen=ways.seen,
        )
    data = _cut_at_nodes(ways, nodes, node_ids)
    if not len(data.segments):
        raise NetworkFileError(
            "路网文件 %(file)s 中的道路没有可用的坐标；"
            "请核对经纬度是否写反（lon 为经度，lat 为纬度），并连同节点一起导出",
            file=source.name,
        )
    return data


def _read_ways(source: Path) -> _Ways:
    ways = _Ways()
    items = stream(source, osmium.osm.NODE | osmium.osm.WAY | osmium.osm.RELATION)
    items = items.with_locations("flex_mem")
    for item in items.with_filter(
        KeyFilter("highway", "route", "type", "barrier", "crossing", "crossing:signals")
    ):
        tags = dict(item.tags)
        if item.is_node():
            ways.node_tags[item.id] = tags
        elif item.is_way():
            if "highway" in tags or tags.get("route") == "ferry":
                ways.add(item, tags)
        elif tags.get("type", "").partition(":")[0] == "restriction":
            members = ((one.type, one.ref, one.role) for one in item.members)
            ways.restrictions.add(item.id, tags, members)
    ways.restrictions.join_paths(ways.nodes_of(ways.restrictions.path_way_ids))
    return ways


class _Nodes:
    """Positions of the nodes that ways name, nan where the file has none, and what stands there.

    Rows of ``lonlat`` are those of ``id``, in rising order.
    """

    def __init__(self, ways: _Ways, node_ids: Ints) -> None:
        self.id, first = np.unique(node_ids, return_index=True)
        self.lonlat = np.column_stack([np.array(ways.lon), np.array(ways.lat)])[first]
        self.barriers: dict[int, Barrier] = {}
        self.lights: list[Light] = []
        tagged = np.array(list(ways.node_tags), dtype=np.int64)
        for row in np.flatnonzero(np.isin(self.id, tagged)).tolist():
            tags = ways.node_tags[int(self.id[row])]
            if (barrier := barrier_of(tags)) is not None:
                self.barriers[row] = barrier
            if (way := light_of(tags)) is not None:
                self.lights.append(Light(row, way))

    def read_all(self, source: Path) -> None:
        """Read the positions in a pass of their own, wherever the nodes stand in the file."""
        row_of = {node_id: row for row, node_id in enumerate(self.id.tolist())}
        for node in stream(source, osmium.osm.NODE):
            row = row_of.get(node.id)
            if row is not None and node.location.valid():
                self.lonlat[row] = node.location.lon, node.location.lat


def _cut_at_nodes(ways: _Ways, nodes: _Nodes, node_ids: Ints) -> RoadData:
    """Cut ways at junctions, barriers, lights and missing nodes."""
    point = np.searchsorted(nodes.id, node_ids)
    way = np.repeat(np.arange(len(ways.id)), np.array(ways.size, dtype=np.int64))
    there = ~np.isnan(nodes.lonlat[point, 0])
    link = (way[1:] == way[:-1]) & there[1:] & there[:-1] & (point[1:] != point[:-1])
    links = np.flatnonzero(link)  # a link leads from one entry of ``point`` to the next
    size_m = np.zeros(len(point))
    size_m[links] = lengths_m(nodes.lonlat[point[links]], nodes.lonlat[point[links + 1]])
    ends = np.concatenate([point[links], point[links + 1]])
    split = np.bincount(ends, minlength=len(nodes.id)) > 2
    split[[light.node for light in nodes.lights]] = True
    split[list(nodes.barriers)] = True
    split[np.isin(nodes.id, sorted(ways.restrictions.node_ids))] = True
    goes_on = np.zeros(len(point), dtype=bool)  # entries inside a piece
    goes_on[1:-1] = link[1:] & link[:-1] & ~split[point[1:-1]]
    first, last = links[~goes_on[links]], links[~goes_on[links + 1]] + 1
    size = last - first + 1
    total = np.concatenate([[0.0], np.cumsum(size_m)])
    used, ends_row = np.unique(np.concatenate([point[first], point[last]]), return_inverse=True)
    row_of = {int(node): row for row, node in enumerate(used.tolist())}
    kind = np.array(ways.kind, dtype=np.int64)[way[first]]
    limit_kmh = np.array(ways.kinds.limit_kmh, dtype=np.float32).reshape(-1, 2)[kind]
    flags = np.array(ways.kinds.flags, dtype=bool).reshape(-1, 3)[np.array(ways.kind, np.int64)]
    unread = flags[:, 0] | _set_ferries(ways, way, size_m, way[first], limit_kmh)
    segments = Segments(
        tail=ends_row[: len(first)].astype(np.int64),
        head=ends_row[len(first) :].astype(np.int64),
        length_m=total[last] - total[first],
        road_class=np.array(ways.kinds.road_class, dtype=np.uint8)[kind],
        limit_kmh=limit_kmh,
        name_id=np.array(ways.name, dtype=np.int32)[way[first]],
        access=np.array(ways.kinds.access, dtype=np.uint8).reshape(-1, 2, 3)[kind],
        way_id=np.array(ways.id, dtype=np.int64)[way[first]],
        geometry_offset=np.concatenate([[0], np.cumsum(size)]),
        geometry_lonlat=nodes.lonlat[point[runs(first, size)]],
    )
    return RoadData(
        node_lonlat=nodes.lonlat[used],
        node_id=nodes.id[used],
        segments=segments,
        names=tuple(ways.names),
        barriers={row_of[row]: each for row, each in nodes.barriers.items() if row in row_of},
        lights=[Light(row_of[row], way) for row, way in nodes.lights if row in row_of],
        restrictions=ways.restrictions,
        counts={
            "ways_seen": ways.seen,
            "ways_cut": len(np.unique(way[~there])),
            "speeds_unread": int(unread.sum()),
            "ways_conditional": int(flags[:, 1].sum()),
            "ways_reversible": int(flags[:, 2].sum()),
        },
    )


def _set_ferries(
    ways: _Ways,
    way: npt.NDArray[np.intp],
    size_m: Floats,
    way_of_piece: npt.NDArray[np.intp],
    limit_kmh: npt.NDArray[np.float32],
) -> npt.NDArray[np.bool_]:
    """Set the speeds of ferries by their whole length; return the ways not understood."""
    unread = np.zeros(len(ways.id), dtype=bool)
    whole_m = np.bincount(way, weights=size_m, minlength=len(ways.id))
    for row, kind in enumerate(ways.kind):
        if ways.kinds.road_class[kind] == RoadClass.FERRY:
            limits = ferry_kmh(ways.kinds.tags[kind], float(whole_m[row]))
            limit_kmh[way_of_piece == row] = limits.along_kmh, limits.against_kmh
            unread[row] = limits.unread
    return unread
