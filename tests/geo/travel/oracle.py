"""An independent search for travel times: roads cut into pieces, pieces joined by turns.

Where a point or a closure meets a road, the road is cut. A node ``(arc, progress, share)`` of a
networkx graph stands for having come so far on an arc of a road, and so far along each turn
restriction that leads through ways; at share 1 it is before the turn.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import networkx as nx
import numpy as np

from benchmarks.travel_progress import PathRules
from geo.model import Floats, HourBand, TrafficDay
from geo.network import RoadNetwork
from geo.roadtags import AccessLevel
from geo.travel import PROFILES, RoadEngine
from geo.travel.closures import Closure, blocks
from geo.travel.costs import LENGTH_SPAN, NEVER
from geo.travel.doors import EDGE_SHARE, WALK_M_S
from geo.travel.profiles import arc_costs
from geo.travel.snapping import near_m
from geo.travel.turns import turn_costs, turn_table

__all__ = ["oracle_ms"]

Spot = tuple[int, float]  # road, share of its length from its tail
Place = tuple[int, frozenset[tuple[int, int]], float]  # a state, and the share of its arc behind


def oracle_ms(
    engine: RoadEngine,
    origins: Floats,
    targets: Floats,
    *,
    profile: str = "car",
    band: HourBand = HourBand.MIDDAY,
    day: TrafficDay = TrafficDay.WORKDAY,
    turns: bool = True,
    closures: Sequence[Closure] = (),
) -> Floats:
    """Return whole milliseconds between all pairs, inf where no road leads."""
    snapped = engine.snap(np.concatenate([origins, targets]), profile=profile)
    spots: list[Spot] = list(zip(snapped.road.tolist(), snapped.fraction.tolist(), strict=True))
    packed = arc_costs(engine.network, PROFILES[profile], band, day).reshape(-1).tolist()
    whole_ms = {arc: cost // LENGTH_SPAN for arc, cost in enumerate(packed) if cost < NEVER}
    barred = _barred(engine.network, closures)
    graph = nx.DiGraph()
    _add_turns(graph, engine.network, profile, whole_ms, turns=turns)
    _add_roads(graph, whole_ms, barred, spots)
    found = np.full((len(origins), len(targets)), np.inf)
    for i, origin in enumerate(spots[: len(origins)]):
        if origin[0] < 0:
            continue
        graph.add_node("start")
        begun = _places(graph, origin, begun=True)
        graph.add_edges_from((("start", place) for place in begun), ms=0)
        reached = nx.single_source_dijkstra_path_length(graph, "start", weight="ms")
        graph.remove_node("start")
        for j, target in enumerate(spots[len(origins) :]):
            if target[0] < 0:
                continue
            by_road = min(
                (reached.get(p, math.inf) for p in _places(graph, target, begun=False)),
                default=math.inf,
            )
            by_road = 0 if origin == target else by_road
            away = [float(snapped.distance_m[k]) for k in (i, len(origins) + j)]
            straight_m = float(near_m(origins[i], targets[j]))
            farther_m = 50.0 if origin[0] == target[0] else 0.001  # across the street
            straight = _walk_ms(straight_m) if straight_m <= sum(away) + farther_m else math.inf
            found[i, j] = min(by_road + sum(map(_walk_ms, away)), straight)
    return found


def _walk_ms(distance_m: float) -> int:
    return int(np.rint(distance_m / WALK_M_S * 1000.0))


def _barred(
    network: RoadNetwork, closures: Sequence[Closure]
) -> dict[int, list[tuple[float, float]]]:
    """Return for each closed arc the shares of it between which nothing passes."""
    bars, found = blocks(network, closures).bars, defaultdict(list)
    for road, low, high, closed in zip(bars.road, bars.low, bars.high, bars.closed, strict=True):
        for d, shares in enumerate(((low, high), (1.0 - high, 1.0 - low))):
            if closed[d]:
                found[2 * int(road) + d].append(shares)
    return found


def _add_turns(
    graph: nx.DiGraph,
    network: RoadNetwork,
    profile: str,
    whole_ms: dict[int, int],
    *,
    turns: bool,
) -> None:
    """Join the end of each arc to the beginnings of others; an arc begins at share 0."""
    chosen = PROFILES[profile]
    beginning = defaultdict(list)
    ends: dict[int, int] = {}
    for arc in range(2 * network.road_count):
        if network.access[arc // 2, arc % 2, chosen.mode] > AccessLevel.CLOSED:
            nodes = int(network.tail[arc // 2]), int(network.head[arc // 2])
            beginning[nodes[arc % 2]].append(arc)
            ends[arc] = nodes[1 - arc % 2]
    table = turn_table(network, chosen.mode)
    costs = turn_costs(table, network, chosen)
    bound = turns and chosen.turns is not None
    pairs = zip(table.before.tolist(), table.after.tolist(), strict=True)
    price = dict(zip(pairs, costs.tolist(), strict=True))
    paths = PathRules(network, bound << chosen.mode)
    states, left = defaultdict(list), [paths.fresh(arc) for arc in ends]
    seen = set(left)
    ending = defaultdict(list)
    while left:
        state = left.pop()
        states[state[0]].append(state)
        ending[ends[state[0]]].append(state)
        graph.add_node((*state, 1.0))
        for b in beginning[ends[state[0]]]:
            cost, following = price[state[0], b] if bound else 0, paths.after(state, b)
            if following is None:
                continue
            if following not in seen:
                seen.add(following)
                left.append(following)
            if cost < NEVER and b in whole_ms:
                graph.add_edge((*state, 1.0), (*following, 0.0), ms=cost // LENGTH_SPAN)
    graph.graph.update(beginning=beginning, ending=ending, bound=bound)
    graph.graph.update(states=states, fresh=paths.fresh)
    graph.graph["nodes"] = (network.tail.tolist(), network.head.tolist())


def _add_roads(
    graph: nx.DiGraph,
    whole_ms: dict[int, int],
    barred: dict[int, list[tuple[float, float]]],
    spots: list[Spot],
) -> None:
    cuts = defaultdict(set)
    for road, fraction in spots:
        cuts[road].add(fraction)
    for arc, cost_ms in whole_ms.items():
        shares = {1.0 - share if arc % 2 else share for share in cuts[arc // 2]}
        bars = barred.get(arc, ())
        for a, b in pairwise(sorted(shares | {0.0, 1.0})):
            if all(b <= low + EDGE_SHARE or a >= high - EDGE_SHARE for low, high in bars):
                part_ms = int(np.rint(b * cost_ms)) - int(np.rint(a * cost_ms))
                for state in graph.graph["states"][arc]:
                    graph.add_edge((*state, a), (*state, b), ms=part_ms)


def _places(graph: nx.DiGraph, spot: Spot, *, begun: bool) -> list[Place]:
    """Return the nodes at which a vehicle is at a spot; at a junction, on any arc before it.

    ``begun`` leaves those of one who came from elsewhere.
    """
    road, fraction = spot
    states = graph.graph["states"]
    if fraction in (0.0, 1.0):
        node = graph.graph["nodes"][int(fraction)][road]
        onward = graph.graph["beginning"].get(node, ()) if not graph.graph["bound"] else ()
        found = [(*state, 1.0) for state in graph.graph["ending"].get(node, ())]
        found += [
            (*state, 0.0)
            for arc in dict.fromkeys((*onward, 2 * road + int(fraction)))
            for state in states.get(arc, ())
        ]
    else:
        found = [
            (*state, share)
            for arc, share in ((2 * road, fraction), (2 * road + 1, 1.0 - fraction))
            for state in states.get(arc, ())
        ]
    fresh = graph.graph["fresh"]
    return [
        place for place in found if place in graph and not (begun and place[:2] != fresh(place[0]))
    ]
