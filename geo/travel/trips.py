"""One trip: the quickest way between two points, and its drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints, TravelPath
from geo.network import RoadNetwork
from geo.travel import tracing
from geo.travel.costs import LENGTH_SPAN, LIMIT
from geo.travel.doors import Doors, along, straight
from geo.travel.graphs import SearchGraph
from geo.travel.solvers import Metric

__all__ = ["Trip", "drawn", "quickest"]


@dataclass(frozen=True, slots=True, eq=False)
class Trip:
    """A quickest way as arcs of roads, with the packed cost of each and of the whole.

    The first arc is driven from ``from_share`` on, the last to ``to_share``: shares of the
    roads' lengths from their tails. A trip without arcs is walked.
    """

    cost: int
    arcs: Ints
    arc_costs: Floats
    from_share: float
    to_share: float


def quickest(
    graph: SearchGraph,
    metric: Metric,
    turn_weights: Floats,
    closed: npt.NDArray[np.bool_],
    start: Doors,
    end: Doors,
) -> Trip | None:
    """Return the quickest way from one point to another, both near a road, or None.

    Parameters
    ----------
    graph, metric, turn_weights
        What is searched.
    closed
        Arcs closed to through traffic, shape (2 roads,).
    start, end
        One point each.
    """
    from_share, to_share = float(start.snapped.fraction[0]), float(end.snapped.fraction[0])
    walks = float(start.walk[0] + end.walk[0])
    road = int(start.snapped.road[0])
    on_road = np.inf
    if road == end.snapped.road[0]:
        on_road = along(
            from_share, start.done[0], start.left[0], to_share, end.done[0], end.left[0]
        )
    on_foot = straight(
        start.lonlat[0, 0],
        start.lonlat[0, 1],
        start.snapped.distance_m[0],
        end.lonlat[0, 0],
        end.lonlat[0, 1],
        end.snapped.distance_m[0],
    )
    seeds = graph.seeds(start)
    pins = graph.pins(end, turn_weights, closed, seeds)
    found = metric.route(seeds, pins)
    cost = min(found.cost if found else np.inf, on_road)
    if min(cost + walks, on_foot) >= LIMIT:
        return None
    if on_foot <= cost + walks:
        none = np.empty(0, dtype=np.int64)
        return Trip(int(on_foot), none, none.astype(np.float64), 0.0, 0.0)
    if found is None or on_road <= found.cost:
        backward = to_share < from_share
        arcs = np.array([2 * road + backward])
        return Trip(int(cost + walks), arcs, np.array([cost]), from_share, to_share)
    arcs = np.concatenate([seeds.arc[[found.seed]], graph.arcs(found.edges), pins.arc[[found.pin]]])
    arc_costs = np.concatenate(
        [seeds.cost[[found.seed]], metric.weights[found.edges], pins.cost[[found.pin]]]
    )
    if pins.beyond[found.pin]:  # the last arc is both the search's and the point's
        arcs, arc_costs = arcs[:-1], np.append(arc_costs[:-2], arc_costs[-2:].sum())
    driven = arcs >= 0
    if not driven[0]:
        from_share = float(arcs[1] % 2) if len(arcs) > 1 else from_share
    if not driven[-1]:
        to_share = float(1 - arcs[-2] % 2) if len(arcs) > 1 else to_share
    return Trip(int(cost + walks), arcs[driven], arc_costs[driven], from_share, to_share)


def drawn(network: RoadNetwork, share: Floats, trip: Trip, ends_lonlat: Floats) -> TravelPath:
    """Return a trip with its line, the names of its roads and its turns.

    Parameters
    ----------
    share
        Share of a road's length behind each point of the network's geometry.
    ends_lonlat
        Where the trip begins and ends, shape (2, 2).
    """
    road, backward = trip.arcs // 2, trip.arcs % 2
    begin = backward.astype(np.float64)
    stop = 1.0 - begin
    if len(road):
        begin[0], stop[-1] = trip.from_share, trip.to_share
    lonlat, begins = tracing.trace(
        network.geometry_offset,
        network.geometry_lonlat,
        share,
        road,
        begin,
        stop,
        ends_lonlat[0],
        ends_lonlat[1],
    )
    return TravelPath(
        travel_s=(trip.cost // LENGTH_SPAN) / 1000.0,
        length_m=(trip.cost % LENGTH_SPAN) / 10.0,
        lonlat=lonlat,
        road_names=tracing.names_along(network, road),
        turns=tracing.TurnList(network, lonlat, begins, road, trip.arc_costs),
    )
