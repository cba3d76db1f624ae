"""Edges of an osmnx graph, simplified or not, turned into pieces of road."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import shapely

from geo.errors import NetworkFileError
from geo.model import Floats, Ints
from geo.roadaccess import barrier_of, is_conditional, strictest, way_access
from geo.roadchains import Segments
from geo.roaddata import RoadData, lengths_m
from geo.roadlights import Light, light_of
from geo.roadtags import RoadClass, road_class, road_name
from geo.speedtags import ferry_kmh, speed_limits

__all__ = ["load_graphml", "read_graph"]

_NEAR_M = 0.5  # the two directions of a road differ by no more
_SHORTEST, _LONGEST = 0.9, 20.0  # least and greatest length of an edge, by its line
_SLACK_M = 10.0
_MOST_WRONG = 0.5
_DAMAGE = (  # what reading a damaged GraphML file may end with
    *(
        ET.ParseError,
        nx.NetworkXError,
        shapely.errors.ShapelyError,
        zlib.error,
        EOFError,
    ),
    *(OSError, ValueError, TypeError, LookupError, AttributeError, SyntaxError),
)


def load_graphml(source: Path) -> nx.MultiDiGraph:
    """Read a GraphML file of osmnx, or one of the same graph whose values carry types.

    Raises
    ------
    NetworkFileError
        If it is cut short or damaged.
    """
    import osmnx as ox  # seconds to import, and only reading a file needs it

    try:
        try:
            return ox.load_graphml(source)
        except AttributeError:  # it takes for texts what networkx has read as numbers
            return ox.load_graphml(graphml_str=_as_texts(source))
    except _DAMAGE as error:
        raise NetworkFileError(
            "路网文件 %(file)s 无法读取或不完整（%(detail)s），请重新下载或重新导出",
            file=source.name,
            detail=str(error).replace(str(source), source.name),
        ) from error


def _as_texts(source: Path) -> str:
    """Return a GraphML file in the form of osmnx, all values as texts."""
    graph = nx.read_graphml(source, node_type=int, force_multigraph=True)
    for defaults in ("node_default", "edge_default"):
        graph.graph.pop(defaults, None)
    parts = (graph.nodes(data=True), graph.edges(data=True))
    for data in (graph.graph, *(row[-1] for rows in parts for row in rows)):
        data.update({key: str(value) for key, value in data.items()})
    return "\n".join(nx.generate_graphml(graph, prettyprint=False))


def read_graph(graph: nx.MultiDiGraph, source: str) -> RoadData:
    """Read edges as roads; the two directions of a road become one piece.

    A road may be driven where there is an edge, walked both ways, and used by whom its tags
    admit; of several classes, as simplifying leaves them, the lowest counts, of several
    limits the lowest. Lengths that cannot be are taken from the line.

    Raises
    ------
    NetworkFileError
        If the graph holds no usable road, is not in degrees, or has mostly wrong lengths.
    """
    node_id, node_lonlat, index = _nodes(graph, source)
    rows = _Rows(index)
    for u, v, data in graph.edges(data=True):
        rows.add(u, v, data)
    if not rows.tags:
        raise NetworkFileError(
            "路网文件 %(file)s 中没有可通行的道路（含 highway 标签的道路 %(seen)d 条），"
            "请导出包含道路的区域",
            file=source,
            seen=graph.number_of_edges(),
        )
    segments, counts = rows.segments(node_lonlat, source)
    barriers, lights = {}, []
    for row, (_, data) in enumerate(graph.nodes(data=True)):
        tags = {str(key): str(value) for key, value in data.items()}
        if (barrier := barrier_of(tags)) is not None:
            barriers[row] = barrier
        if (way := light_of(tags)) is not None:
            lights.append(Light(row, way))
    return RoadData(
        node_lonlat=node_lonlat,
        node_id=node_id,
        segments=segments,
        names=tuple(rows.names),
        barriers=barriers,
        lights=lights,
        counts={"ways_seen": graph.number_of_edges(), **counts},
    )


class _Rows:
    """Roads as they are found, drawn as their way is where the graph tells."""

    def __init__(self, index: Mapping[Any, int]) -> None:
        self.tags: list[dict[str, str]] = []
        self.names = {"": 0}
        self._index = index
        self._ends: list[tuple[int, int]] = []
        self._classes: list[RoadClass] = []
        self._length_m: list[float] = []
        self._ways: list[int] = []
        self._names: list[int] = []
        self._lines: list[Any] = []
        self._found: list[set[bool]] = []
        self._waiting: dict[tuple[Any, ...], list[int]] = {}

    def add(self, u: Any, v: Any, data: Mapping[str, Any]) -> None:
        """Take an edge, as a new road or the other direction of one."""
        tags = _tags(data)
        kind = road_class(tags)
        if kind is None:
            return
        against = data.get("reversed") is True
        tail, head = (v, u) if against else (u, v)
        way_ids = data.get("osmid", 0)
        ways = tuple(sorted(way_ids)) if isinstance(way_ids, list) else (way_ids,)
        length_m = _number(data.get("length"))
        if self._is_other_direction((tail, head, ways), length_m, against):
            return
        if self._is_other_direction((head, tail, ways), length_m, not against):
            return
        line = data.get("geometry")
        if against and line is not None:
            line = line.reverse()
        self._waiting.setdefault((tail, head, ways), []).append(len(self.tags))
        self.tags.append(tags)
        self._ends.append((self._index[tail], self._index[head]))
        self._classes.append(kind)
        self._length_m.append(length_m)
        self._ways.append(ways[0] if isinstance(ways[0], int) else 0)
        self._names.append(self.names.setdefault(road_name(tags), len(self.names)))
        self._lines.append(line)
        self._found.append({against})

    def _is_other_direction(self, key: tuple[Any, ...], length_m: float, against: bool) -> bool:
        for row in self._waiting.get(key, ()):
            near = not abs(self._length_m[row] - length_m) > _NEAR_M
            if against not in self._found[row] and near:
                self._found[row].add(against)
                return True
        return False

    def segments(self, node_lonlat: Floats, source: str) -> tuple[Segments, dict[str, int]]:
        """Return the roads, and counts of what was mended or not understood."""
        ends = np.array(self._ends, dtype=np.int64)
        offset, lonlat = self._geometry(node_lonlat)
        length_m, mended = self._lengths(node_lonlat, offset, lonlat, source)
        limits, access, unread = [], [], 0
        for tags, kind, found, metres in zip(
            self.tags, self._classes, self._found, length_m.tolist(), strict=True
        ):
            oneway = "no" if len(found) == 2 else "-1" if True in found else "yes"
            levels = way_access({**tags, "oneway": oneway}, kind)
            limit = ferry_kmh(tags, metres) if kind is RoadClass.FERRY else speed_limits(tags)
            access.append((levels.along, levels.against))
            limits.append((limit.along_kmh, limit.against_kmh))
            unread += limit.unread
        segments = Segments(
            tail=ends[:, 0].copy(),
            head=ends[:, 1].copy(),
            length_m=length_m,
            road_class=np.array(self._classes, dtype=np.uint8),
            limit_kmh=np.array(limits, dtype=np.float32).reshape(-1, 2),
            name_id=np.array(self._names, dtype=np.int32),
            access=np.array(access, dtype=np.uint8).reshape(-1, 2, 3),
            way_id=np.array(self._ways, dtype=np.int64),
            geometry_offset=offset,
            geometry_lonlat=lonlat,
        )
        usable = np.flatnonzero(segments.access.any(axis=(1, 2)))
        conditional = sum(map(is_conditional, self.tags))
        counts = {"ways_conditional": conditional, "speeds_unread": unread}
        return segments.take(usable), {**counts, "lengths_mended": mended}

    def _geometry(self, node_lonlat: Floats) -> tuple[Ints, Floats]:
        parts = [
            node_lonlat[list(ends)] if line is None else shapely.get_coordinates(line)
            for ends, line in zip(self._ends, self._lines, strict=True)
        ]
        sizes = [len(part) for part in parts]
        return np.concatenate([[0], np.cumsum(sizes)]), np.concatenate(parts)

    def _lengths(
        self, node_lonlat: Floats, offset: Ints, lonlat: Floats, source: str
    ) -> tuple[Floats, int]:
        """Return lengths, those that cannot be taken from the line, and how many these are."""
        steps = np.zeros(len(lonlat))
        steps[1:] = lengths_m(lonlat[:-1], lonlat[1:])
        steps[offset[:-1]] = 0.0
        line_m = np.add.reduceat(steps, offset[:-1])
        tail, head = np.array(self._ends, dtype=np.int64).T
        straight_m = lengths_m(node_lonlat[tail], node_lonlat[head])
        told_m = np.array(self._length_m, dtype=np.float64)
        low_m = _SHORTEST * straight_m - _SLACK_M
        fits = (told_m > 0.0) & (told_m >= low_m) & (told_m <= _LONGEST * line_m + _SLACK_M)
        points = np.isin(self._classes, (RoadClass.GATE, RoadClass.TOLL_BOOTH))
        fits |= points | (told_m == 0.0) & (line_m == 0.0)
        if (~fits).sum() > _MOST_WRONG * len(fits):
            raise NetworkFileError(
                "路网文件 %(file)s 的道路长度（length）大多缺失或与坐标不符，"
                "请用 osmnx 以 EPSG:4326、长度以米重新导出",
                file=source,
            )
        return np.where(points, 0.0, np.where(fits, told_m, line_m)), int((~fits).sum())


def _nodes(graph: nx.MultiDiGraph, source: str) -> tuple[Ints, Floats, dict[Any, int]]:
    nodes = list(graph.nodes(data=True))
    lonlat = np.array(
        [(data.get("x", np.nan), data.get("y", np.nan)) for _, data in nodes],
        dtype=np.float64,
    ).reshape(-1, 2)
    if not (np.abs(lonlat) <= (180.0, 90.0)).all():
        if (np.abs(lonlat) <= 180.0).all():
            raise NetworkFileError(
                "路网文件 %(file)s 的经纬度写反了（x 应为经度，y 应为纬度），请对调后重新导出",
                file=source,
            )
        raise NetworkFileError(
            "路网文件 %(file)s 的坐标不是经纬度，请用 osmnx 以 EPSG:4326 重新导出",
            file=source,
        )
    numbers = [data.get("osmid", node) for node, data in nodes]
    ids = np.array([n if isinstance(n, int) else -1 for n in numbers], dtype=np.int64)
    return ids, lonlat, {node: row for row, (node, _) in enumerate(nodes)}


_NO_TAGS = frozenset(
    (
        *(
            "geometry",
            "length",
            "osmid",
            "oneway",
            "reversed",
            "oneway:motorcar",
            "from",
            "to",
        ),
        *("oneway:motor_vehicle", "oneway:vehicle", "speed_kph", "travel_time"),
    )
)


def _tags(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of an edge; the two directions tell its direction, not the tags."""
    return {
        key: _one(key, list(map(str, value))) if isinstance(value, list) else str(value)
        for key, value in data.items()
        if key not in _NO_TAGS and value is not None
    }


def _one(key: str, texts: list[str]) -> str:
    """Return one value for the several that simplifying a graph leaves."""
    if key == "highway":
        classes = {text: RoadClass.of(text) for text in texts}
        known = [text for text in texts if classes[text] is not None]
        return max(known, key=lambda text: int(classes[text] or 0), default="")
    if key.startswith("maxspeed"):
        return ";".join(texts)
    return strictest(texts)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan
