"""The engine beside its peers on one network: speeds as ratios, each pair timed in turn.

Junctions only, turns free, one thread, unless a name says otherwise. Peers answer between
junctions that are given to them, while the engine is asked with points beside roads.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmnx as ox
import shapely
from scipy.sparse.csgraph import dijkstra

from benchmarks.report import figure
from benchmarks.travel_exact import Mismatch, Setting, compared, roads_of
from benchmarks.travel_graphs import arcs_of, as_networkx, turn_graph, weights_ms
from benchmarks.travel_networks import Named, Spots, say, some_spots
from benchmarks.travel_oracle import Stops, hung_graph, sparse_ms, with_walks
from benchmarks.travel_peers import RawEngine, networkx_rows, scipy_matrix
from benchmarks.travel_timing import in_turn, seconds
from geo.model import Floats, HourBand, Point, TrafficDay
from geo.network import RoadNetwork
from geo.travel import RoadEngine, load_engine
from geo.travel.closures import Closure, RoadIndex, ref_of
from geo.travel.isochrones import isochrone
from geo.travel.parts import RoadParts

__all__ = ["Peers", "Speeds"]

_STOPS = 1_000
_SLOW_ORIGINS = 20  # searches that networkx is timed for
_PATHS, _SLOW_PATHS = 200, 20
_CLOSURES, _CLOSED = 20, 10
_LIMIT_S = 900.0
_ISOCHRONES, _POLYGONS = 15, 5


class Speeds:
    """Measures one network; every method prints its figures."""

    def __init__(self, named: Named, *, seed: int) -> None:
        self.named = named
        self.network: RoadNetwork = named.network
        self._rng = np.random.default_rng(seed)
        self._scratch = tempfile.TemporaryDirectory()
        self.cache_dir = Path(self._scratch.name)
        self.origins: Spots = some_spots(self.network, _STOPS, self._rng)
        self.targets: Spots = some_spots(self.network, _STOPS, self._rng)
        self.times_ms = weights_ms(self.network)
        self._index = RoadIndex(self.network)
        say("preparing")
        begun_s = time.perf_counter()
        self.engine = self._engine()
        self.engine.matrix(self.origins.lonlat[:1], self.targets.lonlat[:1])
        self.prepare_s = time.perf_counter() - begun_s
        self._two = self._engine(threads=2)
        self.raw_graph = arcs_of(self.network, self.times_ms)
        self.raw_prepare_s = seconds(self._make_raw)
        self.raw: RawEngine

    def close(self) -> None:
        """Remove what the engine has kept on disk."""
        self._scratch.cleanup()

    def _engine(self, *, turns: bool = False, threads: int = 1) -> RoadEngine:
        return load_engine(self.network, cache_dir=self.cache_dir, turns=turns, threads=threads)

    def _make_raw(self) -> None:
        self.raw = RawEngine(self.raw_graph)

    def prepare(self) -> None:
        """Print what the network holds and what preparing took."""
        figure("junctions", self.network.node_count, "count")
        figure("roads", self.network.road_count, "count")
        figure("arcs", len(self.raw_graph.arc), "count")
        figure("prepare_s", self.prepare_s, "s")
        figure("prepare_raw_s", self.raw_prepare_s, "s")

    def matrix_over_raw(self) -> None:
        """Time 1,000 by 1,000 beside the raw engine's loop, on one thread and on two."""
        say("matrices beside the raw engine")
        origins, targets = self.origins.node.tolist(), self.targets.node.tolist()
        times = in_turn(
            (
                partial(self.engine.matrix, self.origins.lonlat, self.targets.lonlat),
                partial(self.raw.matrix, origins, targets),
                partial(self._two.matrix, self.origins.lonlat, self.targets.lonlat),
            ),
            repeats=7,
        )
        ours_s, raw_s, two_s = np.median(times, axis=0).tolist()
        figure("matrix_s", ours_s, "s")
        figure("matrix_two_threads_s", two_s, "s")
        figure("matrix_raw_s", raw_s, "s")
        figure("matrix_time_over_raw", _ratio(times, 0, 1), "ratio")
        figure("matrix_time_over_raw_two_threads", _ratio(times, 2, 1), "ratio")

    def matrix_over_scipy(self) -> Mismatch:
        """Time 1,000 by 1,000 beside scipy on a graph that holds the points; compare them."""
        say("the matrix by scipy")
        here, there = (Stops(each.lonlat, self.engine.snap(each.lonlat)) for each in self._ends())
        roads = roads_of(self._index, Setting("car"))
        graph = hung_graph(roads, here, there)
        first = graph.shape[0] - 2 * _STOPS
        numbers = np.arange(first, graph.shape[0])
        found = self.engine.matrix(self.origins.lonlat, self.targets.lonlat)
        by_road: list[Floats] = []
        peer_s = seconds(
            lambda: by_road.append(scipy_matrix(graph, numbers[:_STOPS], numbers[_STOPS:]))
        )
        ours_s, two_s = self.matrix_now_s()
        figure("matrix_scipy_s", peer_s, "s")
        figure("matrix_speed_over_scipy", peer_s / ours_s, "ratio")
        figure("matrix_speed_over_scipy_two_threads", peer_s / two_s, "ratio")
        return compared(found.travel_s, with_walks(by_road[0], here, there))

    def matrix_now_s(self) -> tuple[float, float]:
        """Return the median of our times next to a peer's, on one thread and on two."""
        ends = (self.origins.lonlat, self.targets.lonlat)
        engines = (self.engine, self._two)
        times = in_turn([partial(engine.matrix, *ends) for engine in engines], repeats=5)
        ours_s, two_s = np.median(times, axis=0).tolist()
        return ours_s, two_s

    def _ends(self) -> tuple[Spots, Spots]:
        return self.origins, self.targets

    def matrix_with_turns(self) -> None:
        """Time the matrix with turns beside the raw engine on the same graph of turns."""
        say("matrices with turns")
        engine = self._engine(turns=True)
        raw = RawEngine(turn_graph(self.network, self.times_ms))
        arcs = [self._arc_of(spots) for spots in self._ends()]
        times = in_turn(
            (
                partial(engine.matrix, self.origins.lonlat, self.targets.lonlat),
                partial(raw.matrix, *arcs),
            ),
            repeats=3,
        )
        figure("matrix_turns_s", float(np.median(times[:, 0])), "s")
        figure("matrix_turns_raw_s", float(np.median(times[:, 1])), "s")
        figure("matrix_turns_time_over_raw", _ratio(times, 0, 1), "ratio")

    def _arc_of(self, spots: Spots) -> list[int]:
        against = self.times_ms[spots.road, 0] < 0
        arcs: list[int] = (2 * spots.road + against).tolist()
        return arcs

    def path_over_raw(self) -> None:
        """Time paths with geometry and names beside the raw query and its arcs.

        Turn lists are made when they are read, and timed besides.
        """
        say("paths")
        pairs = [(Point(*a), Point(*b)) for a, b in self._pairs_lonlat()]
        nodes = list(
            zip(
                self.origins.node[:_PATHS].tolist(),
                self.targets.node[:_PATHS].tolist(),
                strict=True,
            )
        )
        times = in_turn(
            (
                lambda: [self.engine.path(*pair) for pair in pairs],
                lambda: self.raw.paths(nodes),
                lambda: [_with_turns(self.engine, *pair) for pair in pairs],
            ),
            repeats=7,
        )
        ours_s, raw_s, turns_s = (np.median(times, axis=0) / _PATHS).tolist()
        figure("path_ms", ours_s * 1000.0, "ms")
        figure("path_raw_ms", raw_s * 1000.0, "ms")
        figure("path_with_turn_list_ms", turns_s * 1000.0, "ms")
        figure("path_time_over_raw", _ratio(times, 0, 1), "ratio")
        figure("path_with_turn_list_time_over_raw", _ratio(times, 2, 1), "ratio")

    def path_exactness(self) -> None:
        """Print how far times of paths are from those of the matrix."""
        greatest_ms = 0.0
        some = slice(0, _PATHS)
        matrix = self.engine.matrix(self.origins.lonlat[some], self.targets.lonlat[some])
        for row, (here, there) in enumerate(self._pairs_lonlat()):
            path = self.engine.path(Point(*here), Point(*there))
            wanted_s = matrix.travel_s[row, row]
            found_s = np.inf if path is None else path.travel_s
            if found_s != wanted_s:
                greatest_ms = max(greatest_ms, abs(found_s - wanted_s) * 1000.0)
        figure("path_mismatch_ms", greatest_ms, "ms")

    def isochrone_exactness(self) -> None:
        """Print how far times at junctions are from those that scipy finds within the limit."""
        greatest_ms = 0.0
        roads = roads_of(self._index, Setting("car"))
        none = Stops(np.empty((0, 2)), self.engine.snap(np.empty((0, 2))))
        for row in range(_ISOCHRONES):
            one = self.origins.lonlat[row : row + 1]
            stop = Stops(one, self.engine.snap(one))
            graph = hung_graph(roads, stop, none)
            origin = self.network.node_count
            by_road = dijkstra(graph, indices=origin)[:origin] + stop.walk_ms()[0]
            wanted = np.where(by_road <= _LIMIT_S * 1000.0, by_road, np.inf)
            parts = self.engine.reach(one, limit_s=_LIMIT_S)
            found = _junctions_s(self.network, parts)
            greatest_ms = max(greatest_ms, compared(found, wanted).greatest_ms)
        figure("isochrone_mismatch_ms", greatest_ms, "ms")

    def _pairs_lonlat(self) -> list[tuple[list[float], list[float]]]:
        here, there = (spots.lonlat[:_PATHS].tolist() for spots in self._ends())
        return list(zip(here, there, strict=True))

    def profile_over_reset(self) -> None:
        """Time hour bands never asked before beside a raw reset of the weights alone.

        Ours are arc costs, customization and a first answer.
        """
        say("new profiles")
        engine = self._engine()
        one, other = self.origins.lonlat[:1], self.targets.lonlat[:1]
        engine.matrix(one, other)
        self.raw.reset()
        times = np.array(
            [
                (
                    seconds(partial(engine.matrix, one, other, band=band, day=day)),
                    seconds(self.raw.reset),
                )
                for band, day in product(HourBand, TrafficDay)
                if (band, day) != (HourBand.MIDDAY, TrafficDay.WORKDAY)
            ]
        )
        figure("profile_ms", float(np.median(times[:, 0])) * 1000.0, "ms")
        figure("profile_reset_raw_ms", float(np.median(times[:, 1])) * 1000.0, "ms")
        figure("profile_time_over_reset", _ratio(times, 0, 1), "ratio")

    def closures(self) -> Mismatch:
        """Time closures of up to ten roads in the middle of a path, and of an area on it.

        From the closure until the next answer; each answer is compared with scipy's.
        """
        say("closures")
        engine = self._engine()
        engine.matrix(self.origins.lonlat[:1], self.targets.lonlat[:1])
        whole = Mismatch(0.0, 0, 0)
        times_s: dict[str, list[float]] = {"roads": [], "area": []}
        for row in range(_CLOSURES):
            origin, target = (spots.lonlat[row : row + 1] for spots in self._ends())
            nodes = (int(self.origins.node[row]), int(self.targets.node[row]))
            arcs = self.raw_graph.arc[self.raw.path(*nodes)]
            if not len(arcs):
                continue
            begin = max(len(arcs) - _CLOSED, 0) // 2
            roads = (arcs[begin : begin + _CLOSED] // 2).tolist()
            middle = shapely.Point(self.network.points_lonlat(roads[len(roads) // 2])[0])
            for kind, closure in (
                ("roads", _closing(self.network, roads)),
                ("area", Closure(id="1", reason="benchmark", area=middle.buffer(0.003))),
            ):
                answers: list[Floats] = []
                ask = partial(_answer_closed, engine, closure, origin, target, answers)
                times_s[kind].append(seconds(ask))
                stops = (Stops(each, engine.snap(each)) for each in (origin, target))
                wanted = sparse_ms(roads_of(self._index, Setting("car"), (closure,)), *stops)
                whole += compared(answers[0], wanted)
        for kind, name in (("roads", "closure"), ("area", "closure_area")):
            if times_s[kind]:
                figure(f"{name}_ms", float(np.median(times_s[kind])) * 1000.0, "ms")
                figure(f"{name}_worst_ms", max(times_s[kind]) * 1000.0, "ms")
        return whole

    def memory(self) -> None:
        """Print what the engine holds after a matrix with one profile."""
        engine = self._engine()
        engine.matrix(self.origins.lonlat, self.targets.lonlat)
        figure("memory_mib", engine.memory_bytes / 2**20, "MiB")


class Peers:
    """The engine beside networkx and osmnx on the graph that osmnx makes of the network."""

    def __init__(self, speeds: Speeds) -> None:
        say("the graph of osmnx")
        self._speeds = speeds
        self._graph: nx.MultiDiGraph = as_networkx(speeds.network, speeds.times_ms)

    def matrix(self) -> Mismatch:
        """Time twenty searches of networkx, scaled to a thousand; compare between junctions."""
        say("the matrix by networkx")
        speeds = self._speeds
        some = slice(0, _SLOW_ORIGINS)
        rows: list[Floats] = []
        targets = speeds.targets.node.tolist()
        peer_s = seconds(
            lambda: rows.append(
                networkx_rows(self._graph, speeds.origins.node[some].tolist(), targets)
            )
        )
        whole_s = peer_s * _STOPS / _SLOW_ORIGINS
        figure("matrix_networkx_s", whole_s, "s")
        figure("matrix_speed_over_networkx", whole_s / speeds.matrix_now_s()[0], "ratio")
        raw = speeds.raw.matrix(speeds.origins.node[some].tolist(), targets)
        return compared(np.nan_to_num(raw, nan=np.inf) / 1000.0, rows[0])

    def path(self) -> None:
        """Time paths beside ``ox.routing.shortest_path`` between the junctions beside."""
        say("paths by osmnx")
        speeds = self._speeds
        here, there = (spots[slice(0, _SLOW_PATHS)] for spots in (speeds.origins, speeds.targets))
        rows = []
        for a, b, origin, target in zip(
            here.lonlat.tolist(), there.lonlat.tolist(), here.node, there.node, strict=True
        ):
            ends = (int(origin), int(target))
            peer = partial(ox.routing.shortest_path, self._graph, *ends, weight="travel_time")
            points = (Point(*a), Point(*b))
            ours = (
                partial(speeds.engine.path, *points),
                partial(_with_turns, speeds.engine, *points),
            )
            rows.append([seconds(peer), *np.median(in_turn(ours, repeats=5), axis=0)])
        peer_s, ours_s, turns_s = np.mean(rows, axis=0).tolist()
        figure("path_osmnx_ms", peer_s * 1000.0, "ms")
        figure("path_speed_over_osmnx", peer_s / ours_s, "ratio")
        figure("path_with_turn_list_speed_over_osmnx", peer_s / turns_s, "ratio")

    def isochrone(self) -> None:
        """Time what can be reached in fifteen minutes beside ``ego_graph``."""
        say("isochrones")
        speeds = self._speeds
        here = speeds.origins[slice(0, _ISOCHRONES)]
        limits: dict[str, Any] = {"radius": _LIMIT_S * 1000.0, "distance": "travel_time"}
        rows = []
        for one, node in zip(here.lonlat, here.node.tolist(), strict=True):
            peer = partial(nx.ego_graph, self._graph, node, **limits)
            ours = partial(speeds.engine.reach, one[None], limit_s=_LIMIT_S)
            rows.append([seconds(peer), float(np.median(in_turn([ours], repeats=5)))])
        peer_s, ours_s = np.mean(rows, axis=0).tolist()
        figure("isochrone_ms", ours_s * 1000.0, "ms")
        figure("isochrone_networkx_ms", peer_s * 1000.0, "ms")
        figure("isochrone_speed_over_networkx", peer_s / ours_s, "ratio")
        drawn = [
            partial(
                isochrone,
                speeds.network,
                speeds.engine.reach(one[None], limit_s=_LIMIT_S),
                limits_s=(_LIMIT_S,),
            )
            for one in here.lonlat[:_POLYGONS]
        ]
        drawn[0]()
        drawn_s = in_turn(drawn, repeats=1, warm=False)
        figure("isochrone_polygon_ms", float(np.median(drawn_s)) * 1000.0, "ms")

    def start(self) -> None:
        """Time fresh processes from the cache until the first answer."""
        say("starting afresh")
        speeds = self._speeds
        file = speeds.cache_dir / "graph.graphml"
        ox.save_graphml(self._graph, file)
        folder = speeds.named.folder / "network"
        ours = [_started("ours", folder, speeds.cache_dir)]
        peer = _started("osmnx", file)
        ours += [_started("ours", folder, speeds.cache_dir) for _ in range(2)]
        ours_s = float(np.median([each["seconds"] for each in ours]))
        setup_s = float(np.median([each["setup_s"] for each in ours]))
        peer_s = peer["seconds"]
        figure("warm_start_s", ours_s, "s")
        figure("warm_start_with_numba_s", ours_s + setup_s, "s")
        figure("warm_start_graphml_s", peer_s, "s")
        figure("warm_start_speed_over_graphml", peer_s / ours_s, "ratio")
        figure("memory_process_mib", float(np.median([each["mib"] for each in ours])), "MiB")
        figure("memory_process_graphml_mib", peer["mib"], "MiB")


def _with_turns(engine: RoadEngine, origin: Point, target: Point) -> int:
    """Find a path and read its turn list."""
    path = engine.path(origin, target)
    return len(list(path.turns)) if path is not None else 0


def _junctions_s(network: RoadNetwork, parts: RoadParts) -> Floats:
    """Return seconds to each junction by the parts that begin or end there, inf elsewhere."""
    found = np.full(network.node_count, np.inf)
    for share, seconds_there in ((parts.from_share, parts.from_s), (parts.to_share, parts.to_s)):
        for end, nodes in ((0.0, network.tail), (1.0, network.head)):
            there = share == end
            np.minimum.at(found, nodes[parts.road[there]], seconds_there[there])
    return found


def _answer_closed(
    engine: RoadEngine, closure: Closure, origin: Floats, target: Floats, answers: list[Floats]
) -> None:
    answers.append(engine.with_closures((closure,)).matrix(origin, target).travel_s)


def _closing(network: RoadNetwork, roads: list[int]) -> Closure:
    refs = tuple(ref_of(network, road) for road in roads)
    return Closure(id="1", reason="benchmark", roads=refs)


def _ratio(times: Floats, ours: int, peer: int) -> float:
    """Return the median of the ratios of times that were taken together."""
    return float(np.median(times[:, ours] / times[:, peer]))


def _started(*words: object) -> dict[str, float]:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.travel_start", *map(str, words)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    told: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return told
