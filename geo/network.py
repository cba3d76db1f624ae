"""The road network: read from a file or an osmnx graph, kept as plain arrays.

Whatever the source, the result is a :class:`RoadNetwork` of frozen arrays. Callers who want the
osmnx ecosystem read a graph by their own means and use :func:`from_graph`, or take one back with
:meth:`RoadNetwork.to_graph`. Reading needs libraries that take seconds to import; a network that
is kept loads without them.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import NetworkFileError
from geo.files import file_sha256
from geo.model import Floats, Ints
from geo.network_cache import load_arrays, save_arrays
from geo.ports import ProgressListener
from geo.roadfiles import check_suffix, is_graphml
from geo.roadtags import TravelMode

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "READERS",
    "NetworkReport",
    "PartReport",
    "RoadNetwork",
    "build_network",
    "check_in_china",
    "from_graph",
    "lines_of",
    "load_network",
    "reading_sha256",
    "save_network",
]

_STEPS = 5
_ARRAYS = (
    *(
        "node_lonlat",
        "node_id",
        "node_signal",
        "tail",
        "head",
        "length_m",
        "road_class",
    ),
    *(
        "limit_kmh",
        "name_id",
        "access",
        "way_id",
        "geometry_offset",
        "geometry_lonlat",
        "turns",
    ),
    *("turn_path_offset", "turn_path_arcs", "turn_path_rules"),
    *("dropped_offset", "dropped_lonlat"),
)
READERS = (
    *("network", "networkbuilding", "osmroads", "osmstream", "osmxml", "graphreading"),
    *("roadaccess", "roadchains", "roaddata", "roadfiles", "roadlights", "roadparts"),
    *("roadtags", "runs", "speedtags", "strongparts", "turnrestrictions", "turnties"),
)
"""Modules of this package that decide what is read, and how."""

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class PartReport:
    """What somebody may use but cannot both reach and leave, or only within an island.

    Parameters
    ----------
    name
        ``motor`` (cars), ``motor_gated`` (cars that open gates), ``bicycle`` or ``foot``.
    roads_outside, km_outside
        Pieces of road outside the largest part in which every place can be reached from every
        other, and their length.
    islands
        How many smaller such parts there are.
    """

    name: str
    roads_outside: int
    km_outside: float
    islands: int


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """Counts of one reading, for the user to judge the file by.

    ``dropped`` counts what lies in nobody's largest part (``parts``); ``roads_read`` counts the
    pieces between two junctions, barriers, lights or ends of ways. ``arcs`` are the directions
    of roads open to anybody.

    Not heeded are rules of certain hours (``ways_conditional``), roads whose direction changes
    by the hour, which are closed to vehicles (``ways_reversible``), and texts that should be a
    speed but are none (``speeds_unread``). ``barriers_ambiguous`` stand where three roads meet and
    bar none. ``lengths_mended`` were taken from the line, ``roads_of_no_length`` taken away. Turn
    restrictions are kept, or left for one of the reasons ``turns_...``; see
    :mod:`geo.turnrestrictions`; ``turns_kept_via_way`` of those kept lead through ways.
    ``turns_left_ids`` are the relations in OpenStreetMap that should have and were left, each
    with its reason.
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
    ways_conditional: int = 0
    ways_reversible: int = 0
    speeds_unread: int = 0
    barriers_ambiguous: int = 0
    lengths_mended: int = 0
    roads_of_no_length: int = 0
    turns_read: int = 0
    turns_kept: int = 0
    turns_kept_via_way: int = 0
    turns_left_ids: tuple[tuple[int, str], ...] = ()
    turns_conditional: int = 0
    turns_other_modes: int = 0
    turns_incomplete: int = 0
    turns_repeated: int = 0
    turns_gap: int = 0
    turns_no_road: int = 0
    turns_ambiguous: int = 0
    parts: tuple[PartReport, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RoadNetwork:
    """Roads between junctions, one row a road whichever way it may be driven; read-only.

    Parameters
    ----------
    node_lonlat
        Positions of the junctions, shape (nodes, 2).
    node_id
        Their ids in OpenStreetMap; the two nodes of a barrier share one.
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
    turn_path_offset, turn_path_arcs, turn_path_rules
        Turn restrictions through ways: ``turn_path_arcs[turn_path_offset[i]:turn_path_offset[i
        + 1]]`` are three or more arcs in order of travel, ``2 r`` along road ``r`` and ``2 r +
        1`` against it. The rules, shape (k, 2), have 0 where one may not drive all of them in a
        row, or 1 where one who drove the first two must drive the others too; and the sum of
        ``1 << mode`` over the modes bound.
    dropped_offset, dropped_lonlat
        Lines of the roads that were dropped as part of no large whole, laid out as the
        geometry above.
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
    turn_path_offset: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    turn_path_arcs: npt.NDArray[np.int32] = field(
        default_factory=lambda: np.zeros(0, dtype=np.int32)
    )
    turn_path_rules: npt.NDArray[np.int32] = field(
        default_factory=lambda: np.zeros((0, 2), dtype=np.int32)
    )
    dropped_offset: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    dropped_lonlat: Floats = field(default_factory=lambda: np.zeros((0, 2)))

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
        return _lines_between(self.geometry_offset, self.geometry_lonlat)

    def dropped_lines(self) -> npt.NDArray[np.object_]:
        """Return one shapely line for each piece of road that was dropped, in degrees."""
        return _lines_between(self.dropped_offset, self.dropped_lonlat)

    def to_graph(self, mode: TravelMode | None = TravelMode.MOTOR) -> nx.MultiDiGraph:
        """Return a graph as osmnx makes them, with an edge for each direction that is open.

        Parameters
        ----------
        mode
            Whose directions become edges; None for those open to anybody, from which
            :func:`from_graph` makes the same network again but for turn restrictions.

        Returns
        -------
        networkx.MultiDiGraph
            Nodes are rows of the junctions, ``osmid`` their ids; the key of an edge is the row
            of the road, or -1 minus it against the drawing. The tags of both edges tell access
            along (``:forward``) and against the drawing.
        """
        from geo.graphwriting import graph_of

        return graph_of(self, mode)


def lines_of(points: Floats, line: Ints) -> npt.NDArray[np.object_]:
    """Return shapely lines through points of shape (n, 2); ``line`` has the row of each's line."""
    lines: Any = shapely.linestrings(points, indices=line)
    return np.asarray(lines, dtype=object).reshape(-1)


def _lines_between(offset: Ints, lonlat: Floats) -> npt.NDArray[np.object_]:
    return lines_of(lonlat, np.repeat(np.arange(len(offset) - 1), np.diff(offset)))


def build_network(source: Path, *, progress: ProgressListener | None = None) -> RoadNetwork:
    """Read the roads of a file into a network of what can be reached.

    Parameters
    ----------
    source
        ``.osm``, ``.osm.gz``, ``.osm.pbf``, or an osmnx graph in degrees, ``.graphml`` or
        ``.graphml.gz``.
    progress
        Told after each of five steps.

    Raises
    ------
    NetworkFileError
        If the file is missing, empty, cut short or of another kind, changes while it is read,
        or holds no usable road.
    """
    step = progress or (lambda _done, _total: None)
    step(0, _STEPS)
    check_suffix(source)
    before = _version(source)
    from geo.graphreading import load_graphml, read_graph
    from geo.networkbuilding import network_from

    step(1, _STEPS)
    if is_graphml(source):
        data = read_graph(load_graphml(source), source.name)
    else:
        from geo.osmroads import read_osm_roads

        data = read_osm_roads(source)
    step(3, _STEPS)
    digest = file_sha256(source)
    if _version(source) != before:
        raise NetworkFileError(
            "路网文件 %(file)s 在读取时被替换或改动，请待文件写完后重新运行",
            file=source.name,
        )
    step(4, _STEPS)
    network = network_from(data, source=source.name, source_sha256=digest)
    step(_STEPS, _STEPS)
    return network


def from_graph(
    graph: nx.MultiDiGraph, *, source: str = "graph", source_sha256: str = ""
) -> RoadNetwork:
    """Turn an osmnx graph, simplified or not, into a network.

    Parameters
    ----------
    graph
        Nodes with ``x``, ``y`` in degrees; edges with ``highway`` and ``length``, and perhaps
        ``name``, ``ref``, ``osmid``, ``geometry`` and tags of speed and access; any of these
        may be a list, as osmnx makes them.
    source, source_sha256
        Where the graph came from, for errors and the report.

    Raises
    ------
    NetworkFileError
        If the graph holds no usable road, is not in degrees, or has mostly wrong lengths.
    """
    from geo.graphreading import read_graph
    from geo.networkbuilding import network_from

    return network_from(read_graph(graph, source), source=source, source_sha256=source_sha256)


def check_in_china(network: RoadNetwork) -> None:
    """Refuse a network that lies outside this country or whose coordinates are swapped.

    The median junction decides, so that a few stray ones do no harm.

    Raises
    ------
    NetworkFileError
        Names the file, the place in whole degrees, and the cure.
    """
    from geo.coordinates import CHINA_LAT, CHINA_LON

    def inside(lon: float, lat: float) -> bool:
        return CHINA_LON[0] <= lon <= CHINA_LON[1] and CHINA_LAT[0] <= lat <= CHINA_LAT[1]

    lon, lat = np.median(network.node_lonlat, axis=0).tolist()
    if inside(lon, lat):
        return
    facts = {"file": network.report.source, "lon": round(lon), "lat": round(lat)}
    if inside(lat, lon):
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


@cache
def reading_sha256(folder: Path = _HERE) -> str:
    """Return a checksum of the text of the modules that read roads.

    Whatever changes in them, a network that was read before is read again.
    """
    total = hashlib.sha256()
    for name in READERS:
        text = (folder / f"{name}.py").read_bytes()
        total.update(hashlib.sha256(text).digest())
    return total.hexdigest()


def save_network(network: RoadNetwork, folder: Path) -> None:
    """Keep a network in a folder, whole or not at all; what was there before is replaced.

    Raises
    ------
    NetworkCacheError
        If the folder cannot be written, for instance on a full disk.
    """
    arrays = {name: getattr(network, name) for name in _ARRAYS}
    texts = {"names": list(network.names), "report": asdict(network.report)}
    save_arrays(folder, arrays, texts, rules=reading_sha256())


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
        If the folder is missing, half-written, damaged, of another version, read by other
        rules, or holds the network of another source.
    NetworkFileError
        If ``source`` is missing or empty.
    """
    if source is not None:
        check_suffix(source)
    digest = None if source is None else file_sha256(source)
    arrays, texts = load_arrays(folder, _ARRAYS, rules=reading_sha256(), source_sha256=digest)
    told = texts["report"]
    told["parts"] = tuple(PartReport(**each) for each in told["parts"])
    told["turns_left_ids"] = tuple((key, reason) for key, reason in told["turns_left_ids"])
    report = NetworkReport(**told)
    return RoadNetwork(**arrays, names=tuple(texts["names"]), report=report)


def _version(source: Path) -> tuple[int, int, int]:
    """Return what changes when a file is written to or replaced."""
    try:
        found = source.stat()
    except OSError:
        return -1, -1, -1
    return found.st_ino, found.st_size, found.st_mtime_ns
