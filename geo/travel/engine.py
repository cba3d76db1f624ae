"""Travel times, lengths and paths between points beside the roads."""

from __future__ import annotations

import importlib
import os
import re
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from geo.errors import TravelError
from geo.messages import Message, message
from geo.model import Floats, HourBand, Ints, Point, TrafficDay, TravelMatrix, TravelPath
from geo.network import RoadNetwork
from geo.ports import ProgressListener, TimeFactors
from geo.travel import doors, trips
from geo.travel.checks import check_network, checked_points, is_count
from geo.travel.closures import Blocks, Closure, blocks
from geo.travel.doors import Doors, Ends
from geo.travel.graphs import JunctionGraph, SearchGraph, weights_of
from geo.travel.parts import RoadParts
from geo.travel.prepared import Prepared, Search, held_bytes, shared_out
from geo.travel.profiles import PROFILES, Profile, arc_costs
from geo.travel.reaching import reached_parts
from geo.travel.snapping import Snapped
from geo.travel.solvers import Metric, Solver, plain_solver

__all__ = ["RoadEngine", "load_engine"]

_LEAST_BLOCK, _BLOCK_CELLS = 64, 1 << 23  # origins answered at once, or cells of their matrices
_FEW = 400  # edges up to which weights are corrected rather than reckoned anew


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Everything that answers for one profile at one time: arc costs, and the metric."""

    arc_weights: Floats  # (2 roads,), as if nothing were closed for a time
    turn_weights: Floats
    metric: Metric
    search: Search
    stops: npt.NDArray[np.bool_]  # roads on which the vehicle may stop


class RoadEngine:
    """Implements :class:`geo.ports.RoadTravel` on one network; may be used by many threads.

    A point is joined to the nearest road by a straight walk at 4 km/h. Two points that are no
    farther apart than these walks are long may also be joined by a straight walk; beside one
    road, also where they are up to 50 m farther apart. Speeds are those of one hour band: a
    trip that runs into the next band is priced as if it did not.
    """

    def __init__(
        self,
        prepared: Prepared,
        *,
        time_factors: TimeFactors | None = None,
        closures: Sequence[Closure] = (),
        open_engine: RoadEngine | None = None,
    ) -> None:
        self._prepared = prepared
        self._time_factors = time_factors
        self._open_engine = open_engine
        self._states: dict[tuple[str, HourBand, TrafficDay], _State] = {}
        self._lock = threading.RLock()
        self.closures = tuple(closures)
        self.blocks: Blocks = blocks(prepared.index if closures else prepared.network, closures)
        self._closed = np.ascontiguousarray(self.blocks.closed.reshape(-1))

    @property
    def network(self) -> RoadNetwork:
        """The roads."""
        return self._prepared.network

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """The vehicle profiles by name."""
        return self._prepared.profiles

    @property
    def memory_bytes(self) -> int:
        """Size of what is held for answers, besides the network itself.

        These are graphs, hierarchies, turns, weights, and what finds roads; for an engine with
        closures, those of the engine without them too, from which it takes its weights.
        """
        return held_bytes(self, without=self.network)

    def with_closures(self, closures: Sequence[Closure]) -> RoadEngine:
        """Return an engine for the same roads with these closures in force, and no others.

        Nothing is prepared anew; weights are corrected when they are first needed.

        Raises
        ------
        TravelError
            If a closure cannot be laid on these roads.
        """
        opened = self._open_engine or self
        if not closures:
            return opened
        return RoadEngine(
            self._prepared,
            time_factors=self._time_factors,
            closures=closures,
            open_engine=opened,
        )

    def with_factors(self, time_factors: TimeFactors | None) -> RoadEngine:
        """Return an engine for the same roads and closures whose times are corrected."""
        opened = RoadEngine(self._prepared, time_factors=time_factors)
        return opened.with_closures(self.closures)

    def snap(self, points_lonlat: Floats, *, profile: str = "car") -> Snapped:
        """Return the nearest road of each point, shape (n, 2), that the vehicle may stop on.

        Raises
        ------
        TravelError
            If the profile is unknown, or a coordinate is nan or out of range.
        """
        self._check(profile, HourBand.MIDDAY, TrafficDay.WORKDAY)
        usable = self._prepared.stops(self.profiles[profile])
        return self._prepared.snapper.snap(checked_points(points_lonlat), usable)

    def matrix(
        self,
        origins_lonlat: Floats,
        targets_lonlat: Floats,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelMatrix:
        """Return travel between all pairs; inputs have shapes (n, 2) and (m, 2).

        Raises
        ------
        TravelError
            If the profile or the band is unknown, or a coordinate is nan or out of range.
        """
        origins_lonlat, targets_lonlat = (
            checked_points(origins_lonlat),
            checked_points(targets_lonlat),
        )
        state = self._state(profile, band, day)
        origins = self._doors(origins_lonlat, state)
        targets = self._doors(targets_lonlat, state)
        seeds = state.search.graph.seeds(origins)
        ends = state.search.graph.pins(targets, state.turn_weights, self._closed, seeds)
        pins, pin_of = np.unique(ends.vertex, return_inverse=True)
        pinned = state.metric.pinned(pins)
        shape = (len(origins_lonlat), len(targets_lonlat))
        travel_s, length_m = np.empty(shape), np.empty(shape)
        block = max(_LEAST_BLOCK, _BLOCK_CELLS // (len(pins) + shape[1] + 1))

        def answer(rows: Ints) -> None:
            for begin in range(0, len(rows), block):
                some = rows[begin : begin + block]
                near = pinned.rows(seeds.some(some))
                doors.settle(
                    origins.some(some), targets, near, ends, pin_of, some, travel_s, length_m
                )

        shared_out(answer, pinned.order(seeds), self._prepared.threads)
        return TravelMatrix(travel_s, length_m)

    def nearest(
        self,
        points_lonlat: Floats,
        targets_lonlat: Floats,
        count: int,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> tuple[Ints, Floats]:
        """Return for each point the targets that it reaches soonest.

        Parameters
        ----------
        points_lonlat, targets_lonlat
            Degrees, shapes (n, 2) and (m, 2).
        count
            How many targets are wanted, at least one.

        Returns
        -------
        targets : numpy.ndarray
            Rows of targets, the nearest first, shape (n, count); -1 where fewer are reached.
        travel_s : numpy.ndarray
            Seconds, inf there.

        Raises
        ------
        TravelError
            If the count is no whole number above 0, or as for :meth:`matrix`.
        """
        if not is_count(count):
            raise TravelError(
                "最近目标的个数应为不小于 1 的整数，现为 %(count)s，请改正", count=str(count)
            )
        points, targets_lonlat = checked_points(points_lonlat), checked_points(targets_lonlat)
        rows = max(_LEAST_BLOCK, _BLOCK_CELLS // (len(targets_lonlat) + 1))
        found = np.full((len(points), count), -1, dtype=np.int64)
        found_s = np.full((len(points), count), np.inf)
        for begin in range(0, len(points), rows):
            part = points[begin : begin + rows]
            travel_s = self.matrix(
                part, targets_lonlat, profile=profile, band=band, day=day
            ).travel_s
            best = np.argsort(travel_s, axis=1, kind="stable")[:, :count]
            best_s = np.take_along_axis(travel_s, best, axis=1)
            width = best.shape[1]
            found[begin : begin + rows, :width] = np.where(np.isinf(best_s), -1, best)
            found_s[begin : begin + rows, :width] = best_s
        return found, found_s

    def reach(
        self,
        origins_lonlat: Floats,
        *,
        limit_s: float,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> RoadParts:
        """Return the parts of roads that can be reached from the nearest of some points.

        Parameters
        ----------
        origins_lonlat
            Degrees, shape (n, 2).
        limit_s
            Seconds, more than 0; inf for all that can be reached.

        Raises
        ------
        TravelError
            If the limit is not positive, or as for :meth:`matrix`.
        """
        if not limit_s > 0.0:
            raise TravelError("时限应大于 0 秒，现为 %(limit)s", limit=str(limit_s))
        state = self._state(profile, band, day)
        origins = self._doors(checked_points(origins_lonlat), state)
        seeds = state.search.graph.seeds(origins)
        walked = np.repeat(origins.walk, np.diff(seeds.first))
        seeds = Ends(seeds.first, seeds.vertex, seeds.cost + walked, seeds.arc, seeds.beyond)
        costs = state.metric.spread(seeds)
        return reached_parts(
            origins,
            state.search.graph.entries(costs, state.turn_weights),
            state.arc_weights,
            self.blocks.shut,
            limit_s,
        )

    def path(
        self,
        origin: Point,
        target: Point,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelPath | None:
        """Return the quickest path with geometry and turns, or None where no road leads.

        Raises
        ------
        TravelError
            If the profile or the band is unknown.
        """
        state = self._state(profile, band, day)
        both = np.array(((origin.lon, origin.lat), (target.lon, target.lat)))
        joined = self._doors(both, state)
        if (joined.snapped.road < 0).any():
            return None
        graph, metric = state.search.graph, state.metric
        trip = trips.quickest(graph, metric, state.turn_weights, self._closed, joined)
        if trip is None:
            return None
        return trips.drawn(self.network, self._prepared.snapper.share, trip, both)

    def _state(self, profile: str, band: HourBand, day: TrafficDay) -> _State:
        key = (profile, band, day)
        state = self._states.get(key)
        if state is None:
            self._check(profile, band, day)
            with self._lock:
                state = self._states.get(key)
                if state is None:
                    state = self._states[key] = self._made(*key)
        return state

    def _check(self, profile: str, band: HourBand, day: TrafficDay) -> None:
        if profile not in self.profiles:
            raise TravelError("未知的出行方式 %(profile)s", profile=profile)
        if band not in HourBand.__members__.values():
            raise TravelError("未知的时段 %(band)s", band=str(band))
        if day not in TrafficDay.__members__.values():
            raise TravelError("未知的日期类型 %(day)s", day=str(day))

    def _made(self, name: str, band: HourBand, day: TrafficDay) -> _State:
        """Return weights and metric: from the engine without closures, where there is one."""
        profile = self.profiles[name]
        if self._open_engine is not None:
            opened = self._open_engine._state(name, band, day)
            edges = opened.search.graph.edges_of(np.flatnonzero(self._closed))
            weights = opened.metric.weights.copy()
            weights[edges] = np.inf
            metric = (
                opened.metric.changed(weights, edges)
                if len(edges) <= _FEW
                else opened.search.solver.metric(weights)
            )
            return replace(opened, metric=metric)
        search = self._prepared.search(profile)
        factors = self._time_factors
        factor = factors.by_class(profile.mode, band, day) if factors else None
        costs = arc_costs(self.network, profile, band, day, time_factor=factor)
        arc_weights = weights_of(costs.reshape(-1))
        turn_weights = self._prepared.turn_weights(profile)
        metric = search.solver.metric(search.graph.weights(arc_weights, turn_weights))
        stops = self._prepared.stops(profile)
        return _State(arc_weights, turn_weights, metric, search, stops)

    def _doors(self, lonlat: Floats, state: _State) -> Doors:
        snapped = self._prepared.snapper.snap(lonlat, state.stops)
        return doors.join(lonlat, snapped, state.arc_weights, self.blocks.shut)


def _python_warning(text: Message) -> None:
    """Warn as Python does, naming no file of this machine."""
    warnings.warn_explicit(str(text), RuntimeWarning, "fieldwrit", 0)


def _without_hierarchy(error: ImportError) -> Message:
    """Say that the compiled package is missing, or why it cannot be loaded; with no path."""
    if isinstance(error, ModuleNotFoundError) and error.name == "routingkit_cch":
        return message("未安装 routingkit-cch，行程计算结果不变，但会慢得多；请安装后重新启动")
    return message(
        "已安装的 routingkit-cch 无法加载（%(detail)s），行程计算结果不变，但会慢得多；"
        "请重新安装与本机系统相配的版本后重新启动",
        detail=re.sub(r"\S*[/\\]", "", str(error)),
    )


def load_engine(
    network: RoadNetwork,
    *,
    profiles: Mapping[str, Profile] = PROFILES,
    cache_dir: Path | None = None,
    snap_limit_m: float = 2000.0,
    turns: bool = True,
    threads: int | None = None,
    time_factors: TimeFactors | None = None,
    progress: ProgressListener | None = None,
    warn: Callable[[Message], None] = _python_warning,
) -> RoadEngine:
    """Return an engine for a network.

    Uses a contraction hierarchy where the package ``routingkit-cch`` can be loaded; otherwise
    warns and searches the graph each time, with the same answers.

    Parameters
    ----------
    network
        The roads.
    profiles
        Vehicles by name, see :func:`geo.travel.profiles.load_profiles`.
    cache_dir
        Folder that keeps the order of the hierarchy, which takes longest to find. Where it
        cannot be written, the engine warns and goes on.
    snap_limit_m
        A point farther than this from every road is unreachable; more than 0.
    turns
        Whether turns cost time and turn restrictions bind.
    threads
        How many a matrix may use, at least one; all processors where none is given.
    time_factors
        Corrects the times on roads.
    progress
        Where given, all profiles are prepared now, and it is told after each.
    warn
        Told what makes the engine slower than it might be.

    Raises
    ------
    TravelError
        If the limit or the number of threads makes no sense, a length is no number or below 0,
        or the roads lie on both sides of the date line.
    """
    check_network(network)
    if not snap_limit_m > 0.0:
        raise TravelError(
            "离道路的最远距离应大于 0 米，现为 %(limit)s，请改正", limit=str(snap_limit_m)
        )
    if threads is not None and not is_count(threads):
        raise TravelError("线程数应为不小于 1 的整数，现为 %(count)s，请改正", count=str(threads))
    make_solver: Callable[[SearchGraph, JunctionGraph], Solver] = plain_solver
    try:
        importlib.import_module("routingkit_cch")
    except ImportError as error:
        warn(_without_hierarchy(error))
    else:
        from geo.travel.hierarchy import hierarchy_solver

        make_solver = partial(hierarchy_solver, cache_dir=cache_dir, warn=warn)
    prepared = Prepared(
        network,
        profiles,
        make_solver,
        snap_limit_m=snap_limit_m,
        turns=turns,
        threads=threads or os.cpu_count() or 1,
    )
    if progress is not None:
        for done, profile in enumerate(profiles.values()):
            progress(done, len(profiles))
            prepared.search(profile)
        progress(len(profiles), len(profiles))
    return RoadEngine(prepared, time_factors=time_factors)
