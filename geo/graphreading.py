"""Edges of an osmnx graph, simplified or not, turned into arrays."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from geo import roadtags
from geo.errors import NetworkFileError
from geo.model import Floats
from geo.roadchains import Segments
from geo.roadtags import RoadClass

__all__ = ["GraphReading"]


class GraphReading:
    """Edges of a graph as arrays; the two directions of a road become one row."""

    def __init__(self, graph: nx.MultiDiGraph, source: str) -> None:
        self.node_id, self.node_lonlat, index = _nodes(graph, source)
        self.names = [""]
        self._name_ids = {"": 0}
        rows: list[tuple[Any, ...]] = []
        points: list[Any] = []
        both_ways: list[bool] = []
        waiting: dict[tuple[Any, ...], list[int]] = {}
        for u, v, data in graph.edges(data=True):
            tags = {key: _texts(data.get(key)) for key in ("highway", "maxspeed", "access")}
            road_class = _slowest_class(tags["highway"])
            if road_class is None or "no" in tags["access"]:
                continue
            tail, head = index[u], index[v]
            way_ids = data.get("osmid", 0)
            ways = tuple(sorted(way_ids)) if isinstance(way_ids, list) else (way_ids,)
            length_m = float(data.get("length", np.nan))
            partner = _partner(waiting.get((head, tail, ways), []), length_m, rows)
            if partner is not None:
                both_ways[partner] = True
                continue
            waiting.setdefault((tail, head, ways), []).append(len(rows))
            limits = filter(None, map(roadtags.max_speed_kmh, tags["maxspeed"]))
            restricted = any(roadtags.is_restricted({"access": text}) for text in tags["access"])
            name_id = self._name_id(data)
            limit_kmh = min(limits, default=np.nan)
            way_id = ways[0] if isinstance(ways[0], int) else 0
            rows.append((tail, head, length_m, road_class, limit_kmh, name_id, restricted, way_id))
            points.append(data.get("geometry"))
            both_ways.append(False)
        columns = list(zip(*rows, strict=True)) if rows else [()] * 8
        self.segments = Segments(
            tail=np.array(columns[0], dtype=np.int64),
            head=np.array(columns[1], dtype=np.int64),
            length_m=np.array(columns[2], dtype=np.float64),
            road_class=np.array(columns[3], dtype=np.uint8),
            limit_kmh=np.array(columns[4], dtype=np.float32),
            name_id=np.array(columns[5], dtype=np.int32),
            restricted=np.array(columns[6], dtype=bool),
            way_id=np.array(columns[7], dtype=np.int64),
            backward=np.array(both_ways, dtype=bool),
            geometry=tuple(points),
        )
        if np.isnan(self.segments.length_m).any():
            raise NetworkFileError(
                "路网文件 %(file)s 有道路没有长度（length），请用 osmnx 重新导出", file=source
            )

    def _name_id(self, data: dict[str, Any]) -> int:
        texts = _texts(data.get("name")) or _texts(data.get("ref"))
        name = texts[0] if texts else ""
        if name not in self._name_ids:
            self._name_ids[name] = len(self.names)
            self.names.append(name)
        return self._name_ids[name]


def _nodes(
    graph: nx.MultiDiGraph, source: str
) -> tuple[npt.NDArray[np.int64], Floats, dict[Any, int]]:
    ids = list(graph.nodes)
    lonlat = np.array(
        [(data.get("x", np.nan), data.get("y", np.nan)) for _, data in graph.nodes(data=True)],
        dtype=np.float64,
    ).reshape(-1, 2)
    if not (np.abs(lonlat) <= (180.0, 90.0)).all():
        raise NetworkFileError(
            "路网文件 %(file)s 的坐标不是经纬度，请用 osmnx 以 EPSG:4326 重新导出", file=source
        )
    numbers = [node if isinstance(node, int) else -1 for node in ids]
    return np.array(numbers, dtype=np.int64), lonlat, {node: i for i, node in enumerate(ids)}


def _texts(value: Any) -> list[str]:
    """Return the values of an attribute that may be missing, one, or a list."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _slowest_class(tags: list[str]) -> RoadClass | None:
    """Return the class of an edge; of several, as in a simplified graph, the lowest."""
    classes = [each for each in map(RoadClass.of, tags) if each is not None]
    return max(classes, default=None)


def _partner(waiting: list[int], length_m: float, rows: list[tuple[Any, ...]]) -> int | None:
    """Take from the list the row that is the same road the other way, if it is there."""
    for row in waiting:
        if abs(rows[row][2] - length_m) <= 0.5:
            waiting.remove(row)
            return row
    return None
