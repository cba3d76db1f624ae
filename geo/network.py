"""The road network: read through osmnx, cut to what cars can reach, kept as plain arrays.

A source file becomes an osmnx graph (a GraphML file is one already); the graph becomes a
:class:`RoadNetwork` of frozen arrays. Callers who want the osmnx ecosystem read a graph by
their own means and use :func:`from_graph`, or take one back with :meth:`RoadNetwork.to_graph`.
"""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.coordinates import CHINA_LAT, CHINA_LON
from geo.errors import NetworkFileError
from geo.graphreading import GraphReading
from geo.model import Floats
from geo.network_cache import load_arrays, save_arrays
from geo.osmfile import (
    DrivableWays,
    TurnRestriction,
    check_suffix,
    is_graphml,
    read_drivable_ways,
    write_roads_xml,
)
from geo.osmxml import scratch_folder
from geo.ports import ProgressListener
from geo.roadchains import Chains, Segments, contract
from geo.roadtags import AccessLevel, RoadClass, TravelMode

__all__ = [
    "NetworkReport",
    "RoadNetwork",
    "build_network",
    "check_in_china",
    "from_graph",
    "load_network",
    "save_network",
]

_STEPS = 5
_DAMAGE = (  # what reading a damaged GraphML file may end with
    *(ET.ParseError, nx.NetworkXError, shapely.errors.ShapelyError, zlib.error, EOFError),
    *(OSError, ValueError, TypeError, LookupError, AttributeError, SyntaxError),
)
_ARRAYS = (
    *("node_lonlat", "node_id", "node_signal", "tail", "head", "length_m", "road_class"),
    *("limit_kmh", "name_id", "access", "way_id", "geometry_offset", "geometry_lonlat", "turns"),
)


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """Counts of one reading, for the user to judge the file by.

    ``dropped`` counts what lies outside the largest part in which every place can be reached
    from every other by car. ``roads_read`` counts the pieces between two nodes of the file.
    """

    source: str = ""
    source_sha256: str = ""
    ways_seen: int = 0
    ways_cut: int = 0
    nodes_read: int = 0
    roads_read: int = 0
    nodes_dropped: int = 0
    roads_dropped: int = 0
    nodes: int = 0
    roads: int = 0
    arcs: int = 0
    names: int = 0
    turns_read: int = 0
    turns_kept: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class RoadNetwork:
    """Roads between junctions, one row a road whichever way it may be driven; read-only.

    Parameters
    ----------
    node_lonlat
        Positions of the junctions, shape (nodes, 2).
    node_id
        Their ids in OpenStreetMap.
    node_signal
        Whether traffic lights stand there.
    tail, head
        Junction at the start and the end of each road as it is drawn, shape (roads,).
    length_m
        Length along the road.
    road_class
        A :class:`geo.roadtags.RoadClass`, uint8.
    limit_kmh
        Tagged speed limit along and against the drawing, shape (roads, 2); nan where there is
        none. That of a ferry follows from its tagged duration.
    name_id
        Index into ``names``; 0 is the road without a name.
    access
        A :class:`geo.roadtags.AccessLevel` by direction (along, against the drawing) and
        :class:`geo.roadtags.TravelMode`, uint8, shape (roads, 2, 3).
    way_id
        Way in OpenStreetMap that the road begins with.
    geometry_offset, geometry_lonlat
        Points of road ``i``, from tail to head, are
        ``geometry_lonlat[geometry_offset[i]:geometry_offset[i + 1]]``.
    turns
        Turn restrictions, shape (k, 5): road, junction, next road, 1 where this turn is the
        only one allowed or 0 where it is forbidden, and the sum of ``1 << mode`` over the modes
        bound by it.
    names
        Names of roads; the first is empty.
    report
        What was read, kept and dropped.
    """

    node_lonlat: Floats
    node_id: npt.NDArray[np.int64]
    node_signal: npt.NDArray[np.bool_]
    tail: npt.NDArray[np.int32]
    head: npt.NDArray[np.int32]
    length_m: Floats
    road_class: npt.NDArray[np.uint8]
    limit_kmh: npt.NDArray[np.float32]
    name_id: npt.NDArray[np.int32]
    access: npt.NDArray[np.uint8]
    way_id: npt.NDArray[np.int64]
    geometry_offset: npt.NDArray[np.int64]
    geometry_lonlat: Floats
    turns: npt.NDArray[np.int32]
    names: tuple[str, ...]
    report: NetworkReport = field(default_factory=NetworkReport)

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            getattr(self, name).flags.writeable = False

    @property
    def node_count(self) -> int:
        """Number of junctions."""
        return len(self.node_lonlat)

    @property
    def road_count(self) -> int:
        """Number of roads."""
        return len(self.tail)

    def points_lonlat(self, road: int) -> Floats:
        """Return the points of one road from tail to head, shape (k, 2)."""
        return self.geometry_lonlat[self.geometry_offset[road] : self.geometry_offset[road + 1]]

    def lines(self) -> npt.NDArray[np.object_]:
        """Return one shapely line a road, in degrees, from tail to head."""
        road = np.repeat(np.arange(self.road_count), np.diff(self.geometry_offset))
        lines: Any = shapely.linestrings(self.geometry_lonlat, indices=road)
        return np.asarray(lines, dtype=object)

    def to_graph(self) -> nx.MultiDiGraph:
        """Return a graph as osmnx makes them; edge key is the row of the road."""
        graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
        for node, (lon, lat) in enumerate(self.node_lonlat.tolist()):
            graph.add_node(node, x=lon, y=lat, osmid=int(self.node_id[node]))
        for road, line in enumerate(self.lines()):
            tail, head = int(self.tail[road]), int(self.head[road])
            attributes: dict[str, Any] = {
                "osmid": int(self.way_id[road]),
                "highway": RoadClass(self.road_class[road]).tag,
                "length": float(self.length_m[road]),
                "oneway": not self.access[road, :, TravelMode.MOTOR].all(),
            }
            if self.name_id[road]:
                attributes["name"] = self.names[self.name_id[road]]
            if not np.isnan(self.limit_kmh[road]).any():
                attributes["maxspeed"] = f"{self.limit_kmh[road].min():g}"
            levels = self.access[road, :, TravelMode.MOTOR]
            if levels.max() == AccessLevel.RESTRICTED:
                attributes["access"] = "private"
            if levels[0]:
                graph.add_edge(tail, head, road, geometry=line, reversed=False, **attributes)
            if levels[1]:
                graph.add_edge(
                    head, tail, -1 - road, geometry=line.reverse(), reversed=True, **attributes
                )
        return graph


def build_network(source: Path, *, progress: ProgressListener | None = None) -> RoadNetwork:
    """Read the roads of a file into a network of what cars can reach.

    OpenStreetMap files are filtered to drivable roads and handed to osmnx unsimplified; a
    GraphML file must be an osmnx graph in degrees.

    Parameters
    ----------
    source
        ``.osm``, ``.osm.gz``, ``.osm.pbf``, ``.graphml`` or ``.graphml.gz``.
    progress
        Told after each of five steps.

    Raises
    ------
    NetworkFileError
        If the file is missing, empty, cut short or of another kind, or holds no drivable road;
        or if the scratch folder cannot take the roads, for instance on a full disk.
    """
    step = progress or (lambda _done, _total: None)
    step(0, _STEPS)
    check_suffix(source)
    roads: DrivableWays | None = None
    if is_graphml(source):
        graph = _load_graphml(source)
        step(2, _STEPS)
    else:
        roads = read_drivable_ways(source)
        step(1, _STEPS)
        with scratch_folder() as folder:
            extract = folder / "roads.osm"
            write_roads_xml(roads, extract)
            import osmnx as ox  # seconds to import, and only reading a file needs it

            graph = ox.graph_from_xml(extract, simplify=False, retain_all=True)
        step(2, _STEPS)
    digest = _sha256(source)
    step(3, _STEPS)
    network = from_graph(graph, source=source.name, source_sha256=digest, ways=roads)
    step(_STEPS, _STEPS)
    return network


def from_graph(
    graph: nx.MultiDiGraph,
    *,
    source: str = "graph",
    source_sha256: str = "",
    ways: DrivableWays | None = None,
) -> RoadNetwork:
    """Turn an osmnx graph, simplified or not, into a network.

    Parameters
    ----------
    graph
        Nodes with ``x``, ``y`` in degrees; edges with ``highway`` and ``length``, and perhaps
        ``name``, ``ref``, ``maxspeed``, ``access``, ``osmid``, ``geometry``; any of these may
        be a list, as osmnx makes them.
    source, source_sha256
        Where the graph came from, for errors and the report.
    ways
        The file's ways, for counts and turn restrictions.

    Raises
    ------
    NetworkFileError
        If the graph holds no drivable road, or is not in degrees.
    """
    reading = GraphReading(graph, source)
    segments, names = reading.segments, reading.names
    node_lonlat, node_id = reading.node_lonlat, reading.node_id
    kept = _largest_part(segments, len(node_id))
    inside = kept[segments.tail] & kept[segments.head]
    if not inside.any():
        raise NetworkFileError(
            "路网文件 %(file)s 中没有可通行汽车的道路（含 highway 标签的道路 %(seen)d 条），"
            "请导出包含道路的区域",
            file=source,
            seen=ways.ways_seen if ways else graph.number_of_edges(),
        )
    renumber = np.cumsum(kept) - 1
    segments = segments.take(np.flatnonzero(inside), renumber)
    node_lonlat, node_id = node_lonlat[kept], node_id[kept]
    restrictions = ways.restrictions if ways else ()
    original = ways.original_way_id if ways else {}
    vias = np.isin(node_id, [each.via_node_id for each in restrictions])
    chains = contract(segments, len(node_id), keep=vias, node_lonlat=node_lonlat)
    used = np.zeros(len(node_id), dtype=bool)
    used[chains.tail] = used[chains.head] = True
    renumber = (np.cumsum(used) - 1).astype(np.int32)
    tail, head = renumber[chains.tail], renumber[chains.head]
    turns = _turns(restrictions, original, chains.end_way_id, tail, head, node_id[used])
    names_used, name_id = np.unique(np.append(0, chains.name_id), return_inverse=True)
    report = NetworkReport(
        source=source,
        source_sha256=source_sha256,
        ways_seen=ways.ways_seen if ways else 0,
        ways_cut=ways.cut_ways if ways else 0,
        nodes_read=len(kept),
        roads_read=len(inside),
        nodes_dropped=int((~kept).sum()),
        roads_dropped=int((~inside).sum()),
        nodes=int(used.sum()),
        roads=len(tail),
        arcs=int(chains.forward.sum() + chains.backward.sum()),
        names=len(names_used) - 1,
        turns_read=len(restrictions),
        turns_kept=len(turns),
    )
    return RoadNetwork(
        node_lonlat=node_lonlat[used],
        node_id=node_id[used],
        node_signal=np.zeros(int(used.sum()), dtype=bool),
        tail=tail,
        head=head,
        length_m=chains.length_m,
        road_class=chains.road_class,
        limit_kmh=np.repeat(chains.limit_kmh[:, None], 2, axis=1),
        name_id=name_id[1:].astype(np.int32),
        access=_access(chains),
        way_id=np.array(
            [original.get(way, way) for way in chains.end_way_id[:, 0].tolist()], dtype=np.int64
        ),
        geometry_offset=chains.geometry_offset,
        geometry_lonlat=chains.geometry_lonlat,
        turns=turns,
        names=tuple(names[index] for index in names_used.tolist()),
        report=report,
    )


def check_in_china(network: RoadNetwork) -> None:
    """Refuse a network that lies outside this country or whose coordinates are swapped.

    The median junction decides, so that a few stray ones do no harm.

    Raises
    ------
    NetworkFileError
        Names the file, the place in whole degrees, and the cure.
    """
    lon, lat = np.median(network.node_lonlat, axis=0).tolist()
    if _lies_in_china(lon, lat):
        return
    facts = {"file": network.report.source, "lon": round(lon), "lat": round(lat)}
    if _lies_in_china(lat, lon):
        raise NetworkFileError(
            "路网文件 %(file)s 的中心约在经度 %(lon)d、纬度 %(lat)d，经纬度写反了；"
            "请对调后重新导出（经度 73 至 136，纬度 3 至 54）",
            **facts,
        )
    raise NetworkFileError(
        "路网文件 %(file)s 的中心约在经度 %(lon)d、纬度 %(lat)d，不在中国境内；"
        "请核对是否选对了文件，并改用本辖区的路网（经度 73 至 136，纬度 3 至 54）",
        **facts,
    )


def _lies_in_china(lon: float, lat: float) -> bool:
    return CHINA_LON[0] <= lon <= CHINA_LON[1] and CHINA_LAT[0] <= lat <= CHINA_LAT[1]


def save_network(network: RoadNetwork, folder: Path) -> None:
    """Keep a network in a folder, whole or not at all; what was there before is replaced.

    Raises
    ------
    NetworkCacheError
        If the folder cannot be written, for instance on a full disk.
    """
    report = {name: getattr(network.report, name) for name in NetworkReport.__slots__}
    arrays = {name: getattr(network, name) for name in _ARRAYS}
    save_arrays(folder, arrays, {"names": list(network.names), "report": report})


def load_network(folder: Path, *, source: Path | None = None) -> RoadNetwork:
    """Return the network kept in a folder.

    Parameters
    ----------
    folder
        Where :func:`save_network` wrote.
    source
        If given, the network must have been built from this very file.

    Raises
    ------
    NetworkCacheError
        If the folder is missing, half-written, damaged, of another version, or holds the
        network of another source.
    NetworkFileError
        If ``source`` is missing or empty.
    """
    if source is not None:
        check_suffix(source)
    digest = None if source is None else _sha256(source)
    arrays, texts = load_arrays(folder, _ARRAYS, source_sha256=digest)
    report = NetworkReport(**texts["report"])
    return RoadNetwork(**arrays, names=tuple(texts["names"]), report=report)


def _sha256(source: Path) -> str:
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load_graphml(source: Path) -> nx.MultiDiGraph:
    import osmnx as ox

    try:
        return ox.load_graphml(source)
    except _DAMAGE as error:
        raise NetworkFileError(
            "路网文件 %(file)s 无法读取或不完整（%(detail)s），请重新下载或重新导出",
            file=source.name,
            detail=str(error).replace(str(source), source.name),
        ) from error


def _largest_part(segments: Segments, node_count: int) -> npt.NDArray[np.bool_]:
    """Return which nodes lie in the strongly connected part with most roads."""
    two_way = segments.backward
    start = np.concatenate([segments.tail, segments.head[two_way]])
    end = np.concatenate([segments.head, segments.tail[two_way]])
    ones = np.ones(len(start), dtype=np.int8)
    matrix = coo_array((ones, (start, end)), shape=(node_count, node_count))
    _, part = connected_components(matrix.tocsr(), directed=True, connection="strong")
    within = part[segments.tail] == part[segments.head]
    weight = np.bincount(part[segments.tail[within]], minlength=part.max(initial=0) + 1)
    largest: npt.NDArray[np.bool_] = part == weight.argmax()
    return largest


def _access(chains: Chains) -> npt.NDArray[np.uint8]:
    level = np.where(chains.restricted, AccessLevel.RESTRICTED, AccessLevel.OPEN)
    both = np.column_stack([chains.forward, chains.backward])
    access = np.where(both[:, :, None], level[:, None, None], AccessLevel.CLOSED)
    access = np.repeat(access, len(TravelMode), axis=2).astype(np.uint8)
    access[:, :, TravelMode.FOOT] = level[:, None]
    on_motorway = chains.road_class <= RoadClass.MOTORWAY_LINK
    access[on_motorway, :, TravelMode.BICYCLE :] = AccessLevel.CLOSED
    return access


def _turns(
    restrictions: tuple[TurnRestriction, ...],
    original: Any,
    end_way_id: npt.NDArray[np.int64],
    tail: npt.NDArray[np.int32],
    head: npt.NDArray[np.int32],
    node_id: npt.NDArray[np.int64],
) -> npt.NDArray[np.int32]:
    """Return rows (road, junction, next road, only) for the restrictions that still apply."""
    node_of = {int(node): index for index, node in enumerate(node_id)}
    at: dict[tuple[int, int], list[int]] = {}
    vias = {node_of.get(each.via_node_id, -1) for each in restrictions}
    for end, nodes in ((0, tail), (1, head)):
        for road in np.flatnonzero(np.isin(nodes, list(vias))).tolist():
            way = int(end_way_id[road, end])
            at.setdefault((int(nodes[road]), original.get(way, way)), []).append(road)
    rows = list(_turn_rows(restrictions, node_of, at))
    return np.array(rows, dtype=np.int32).reshape(-1, 5)


def _turn_rows(
    restrictions: tuple[TurnRestriction, ...],
    node_of: dict[int, int],
    at: dict[tuple[int, int], list[int]],
) -> Iterator[tuple[int, int, int, int, int]]:
    for each in restrictions:
        via = node_of.get(each.via_node_id, -1)
        only = int(each.kind.startswith("only_"))
        if not (only or each.kind.startswith("no_")):
            continue
        for road in at.get((via, each.from_way_id), []):
            for following in at.get((via, each.to_way_id), []):
                yield road, via, following, only, 0b011
