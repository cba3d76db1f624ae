"""Graphs, solvers and snapping for one network, prepared when first needed and then shared."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array

from geo.model import Floats, Ints
from geo.network import RoadNetwork
from geo.roadtags import TravelMode
from geo.travel.closures import RoadIndex
from geo.travel.graphs import JunctionGraph, SearchGraph, TurnGraph
from geo.travel.profiles import Profile, open_arcs, stop_roads
from geo.travel.snapping import Snapper
from geo.travel.solvers import Solver

__all__ = ["Prepared", "Search", "held_bytes", "shared_out"]

_WORTH_SHARING = 64  # origins
_BYTES_A_LINE, _BYTES_A_POINT = 400, 16  # of a tree of lines, measured with shapely 2.2


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A graph with its solver, shared by all profiles of one mode."""

    graph: SearchGraph
    solver: Solver


class Prepared:
    """What does not depend on times; may be used by many threads.

    Parameters
    ----------
    network
        The roads.
    profiles
        Vehicles by name.
    make_solver
        Prepares a solver for a graph, given the junctions of the same mode.
    snap_limit_m
        How far a point may lie from a road.
    turns
        Whether turns cost time and restrictions bind.
    threads
        Origins of a matrix are shared out among so many.
    """

    def __init__(
        self,
        network: RoadNetwork,
        profiles: Mapping[str, Profile],
        make_solver: Callable[[SearchGraph, JunctionGraph], Solver],
        *,
        snap_limit_m: float,
        turns: bool,
        threads: int,
    ) -> None:
        self.network = network
        self.profiles = profiles
        self.threads = threads
        self.turns = turns
        self.lock = threading.RLock()
        self._make_solver = make_solver
        self._snap_limit_m = snap_limit_m
        self._by_mode: dict[tuple[TravelMode, bool], Search] = {}
        self._turn_weights: dict[str, Floats] = {}
        self._stops: dict[str, npt.NDArray[np.bool_]] = {}
        self._snapper: Snapper | None = None
        self._index: RoadIndex | None = None

    @property
    def snapper(self) -> Snapper:
        """Finds roads near points."""
        with self.lock:
            if self._snapper is None:
                self._snapper = Snapper(self.network, limit_m=self._snap_limit_m)
            return self._snapper

    @property
    def index(self) -> RoadIndex:
        """Finds roads in areas."""
        with self.lock:
            if self._index is None:
                self._index = RoadIndex(self.network)
            return self._index

    def search(self, profile: Profile) -> Search:
        """Return graph and solver for a profile; profiles of one mode share them."""
        key = (profile.mode, self.turns and profile.turns is not None)
        with self.lock:
            if key not in self._by_mode:
                self._by_mode[key] = self._prepared(*key)
            return self._by_mode[key]

    def _prepared(self, mode: TravelMode, turns: bool) -> Search:
        junctions = JunctionGraph(self.network, mode)
        graph: SearchGraph = TurnGraph(self.network, mode) if turns else junctions
        return Search(graph, self._make_solver(graph, junctions))

    def turn_weights(self, profile: Profile) -> Floats:
        """Return what a profile pays on each edge of its graph besides the arc."""
        search = self.search(profile)
        with self.lock:
            if profile.name not in self._turn_weights:
                self._turn_weights[profile.name] = search.graph.turn_weights(profile)
            return self._turn_weights[profile.name]

    def stops(self, profile: Profile) -> npt.NDArray[np.bool_]:
        """Return the roads on which the vehicle may stop and from which it gets everywhere."""
        search = self.search(profile)
        turn_weights = self.turn_weights(profile)
        with self.lock:
            if profile.name not in self._stops:
                open_to = np.where(open_arcs(self.network, profile).reshape(-1), 1.0, np.inf)
                whole = search.graph.in_largest_part(search.graph.weights(open_to, turn_weights))
                usable = np.zeros(self.network.road_count, dtype=bool)
                usable[stop_roads(self.network, profile)] = True
                self._stops[profile.name] = usable & whole if (usable & whole).any() else usable
            return self._stops[profile.name]


def held_bytes(thing: object, *, without: RoadNetwork) -> int:
    """Return the size of all arrays and trees that something holds, each counted once.

    Parameters
    ----------
    thing
        An object of this package, followed through its attributes and collections.
    without
        Roads whose own arrays are left out.
    """
    own = (getattr(without, each.name) for each in fields(without))
    seen = {id(without), *(id(_whole(each)) for each in own if isinstance(each, np.ndarray))}
    total, left = 0, [thing]
    while left:
        each = left.pop()
        if isinstance(each, np.ndarray):
            each = _whole(each)
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, np.ndarray):
            total += each.nbytes
        elif isinstance(each, shapely.STRtree):
            points = int(shapely.get_num_coordinates(each.geometries).sum())
            total += len(each) * _BYTES_A_LINE + points * _BYTES_A_POINT
        elif isinstance(each, (tuple, list)):
            left.extend(each)
        elif isinstance(each, dict):
            left.extend(tuple(each.values()))
        elif isinstance(each, csr_array) or type(each).__module__.startswith("geo.travel."):
            left.extend(tuple(getattr(each, "__dict__", {}).values()))
            left.extend(getattr(each, name) for name in getattr(each, "__slots__", ()))
    return total


def _whole(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array that an array is a part of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def shared_out(answer: Callable[[Ints], None], rows: Ints, threads: int) -> None:
    """Call ``answer`` with all rows, in parts of equal size on several threads."""
    parts = [part for part in np.array_split(rows, threads) if len(part)]
    if len(rows) < _WORTH_SHARING or len(parts) < 2:
        answer(rows)
        return
    with ThreadPoolExecutor(len(parts)) as pool:
        for done in [pool.submit(answer, part) for part in parts]:
            done.result()
