"""One trip: the quickest way between two points, and its drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints, TravelPath
from geo.network import RoadNetwork
from geo.travel import tracing
from geo.travel.compiled import compiled
from geo.travel.costs import LENGTH_SPAN, LIMIT
from geo.travel.doors import Doors, between
from geo.travel.graphs import SearchGraph
from geo.travel.solvers import Metric

__all__ = ["Trip", "drawn", "quickest"]


@dataclass(frozen=True, slots=True, eq=False)
class Trip:
    """A quickest way as parts of roads in the order of travel; without parts it is walked.

    Parameters
    ----------
    cost
        Packed cost of the whole.
    road
        Road of each part, shape (parts,).
    from_share, to_share
        Where each part begins and ends, as shares of the road's length from its tail.
    part_costs
        Packed cost of each part with the turn before it.
    """

    cost: int
    road: Ints
    from_share: Floats
    to_share: Floats
    part_costs: Floats


def quickest(
    graph: SearchGraph,
    metric: Metric,
    turn_weights: Floats,
    closed: npt.NDArray[np.bool_],
    doors: Doors,
) -> Trip | None:
    """Return the quickest way from the first of two points to the second, or None.

    Parameters
    ----------
    graph, metric, turn_weights
        What is searched.
    closed
        Arcs closed to through traffic, shape (2 roads,).
    doors
        Both points, each near a road.
    """
    walks = float(doors.walk[0] + doors.walk[1])
    on_road, on_foot = between(doors)
    seeds = graph.seeds(doors)
    seeds, pins = seeds.only(0), graph.pins(doors, turn_weights, closed, seeds).only(1)
    found = metric.route(seeds, pins)
    cost = min(found.cost if found else np.inf, on_road)
    if min(cost + walks, on_foot) >= LIMIT:
        return None
    if on_foot <= cost + walks:
        return Trip(int(on_foot), np.empty(0, dtype=np.int64), *np.empty((3, 0)))
    fraction = doors.snapped.fraction
    if found is None or on_road <= found.cost:
        road = doors.snapped.road[:1]
        return Trip(int(cost + walks), road, fraction[:1], fraction[1:], np.array([cost]))
    return Trip(
        int(cost + walks),
        *_parts(
            seeds.arc[found.seed],
            seeds.cost[found.seed],
            found.edges,
            graph.edge_arc,
            metric.weights,
            pins.arc[found.pin],
            pins.cost[found.pin],
            pins.beyond[found.pin],
            fraction,
        ),
    )


@compiled
def _parts(
    seed_arc: int,
    seed_cost: float,
    edges: Ints,
    edge_arc: Ints,
    weights: Floats,
    pin_arc: int,
    pin_cost: float,
    beyond: bool,
    fraction: Floats,
) -> tuple[Ints, Floats, Floats, Floats]:
    """Return the parts of a trip; the search may begin or end on a junction (arc -1).

    Where the vertex of the pin lies beyond the point, the last edge drives the point's arc.
    """
    arc = np.empty(len(edges) + 2, dtype=np.int64)
    cost = np.empty(len(edges) + 2)
    n = 0
    if seed_arc >= 0:
        arc[0], cost[0] = seed_arc, seed_cost
        n = 1
    for e in edges:
        arc[n], cost[n] = edge_arc[e], weights[e]
        n += 1
    if beyond:
        cost[n - 1] += pin_cost
    elif pin_arc >= 0:
        arc[n], cost[n] = pin_arc, pin_cost
        n += 1
    begin, end = np.empty(n), np.empty(n)
    for i in range(n):
        begin[i] = arc[i] % 2
        end[i] = 1 - arc[i] % 2
    if n and seed_arc >= 0:
        begin[0] = fraction[0]
    if n and pin_arc >= 0:
        end[n - 1] = fraction[1]
    return arc[:n] // 2, begin, end, cost[:n]


def drawn(network: RoadNetwork, share: Floats, trip: Trip, ends_lonlat: Floats) -> TravelPath:
    """Return a trip with its line, the names of its roads and its turns.

    Parameters
    ----------
    share
        Share of a road's length behind each point of the network's geometry.
    ends_lonlat
        Where the trip begins and ends, shape (2, 2).
    """
    lonlat, begins = tracing.trace(
        network.geometry_offset,
        network.geometry_lonlat,
        share,
        trip.road,
        trip.from_share,
        trip.to_share,
        ends_lonlat,
    )
    return TravelPath(
        travel_s=(trip.cost // LENGTH_SPAN) / 1000.0,
        length_m=(trip.cost % LENGTH_SPAN) / 10.0,
        lonlat=lonlat,
        road_names=tracing.names_along(network, trip.road),
        turns=tracing.TurnList(network, lonlat, begins, trip.road, trip.part_costs),
    )
