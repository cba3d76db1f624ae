"""A road network of any size from a seed, as arrays, without files.

It is made to be like real roads where that matters to a router: 2.6 roads a junction on average,
dead ends, one-way streets, a hierarchy of three classes, villages that hang together by few
roads, towns that hang together by main roads, and rivers with few bridges. A plain grid would be
harder than real roads, as it falls apart only along long lines.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.model import Floats, Ints
from geo.network import NetworkReport, RoadNetwork
from geo.roadtags import AccessLevel, RoadClass, TravelMode

__all__ = ["generated_network"]

Bools = npt.NDArray[np.bool_]

_MIDDLE = (118.6, 24.95)
_DEGREE_M = math.radians(6_371_009.0)
_STEP_M = 110.0  # between neighbours of the grid that all begins with
_MAIN, _TRUNK = 12, 48  # every so many lines of the grid is a main road, a trunk road
_VILLAGE, _TOWN = 120, 4_000  # junctions of one
_RIVER, _BRIDGES = 150, 4  # lines between rivers; every so many main roads has a bridge
_KEPT, _LEFT = 0.76, 0.10  # shares of streets within a village, and between two villages
_ONE_WAY = 0.15  # share of streets
_STUBS = 0.16  # share of junctions with a dead end, besides those that would be no junction
_THROUGH = 0.002  # share of roads through which a turn restriction leads
_VEHICLES = (1 << TravelMode.MOTOR) | (1 << TravelMode.BICYCLE)
_SHRINK = 1.22  # nodes in the end for one of the grid


def generated_network(nodes: int, *, seed: int) -> RoadNetwork:
    """Return a network of about that many junctions; the same seed gives the same network.

    Every place can be reached from every other by car.

    Parameters
    ----------
    nodes
        Junctions, 1,000 or more; the network has within some hundredths of it.
    """
    rng = np.random.default_rng(seed)
    size = math.ceil(math.sqrt(nodes / _SHRINK))
    spots_m, line = _grid(size, rng)
    tail, head = _streets(spots_m, line, size, rng)
    spots_m, tail, head = _with_stubs(spots_m, tail, head, rng)
    line = np.vstack([line, np.full((len(spots_m) - size * size, 2), -1)])
    road_class = _classes(line, tail, head)
    one_way = (road_class == RoadClass.RESIDENTIAL) & (rng.random(len(tail)) < _ONE_WAY)
    one_way[np.maximum(tail, head) >= size * size] = False  # nobody could leave a dead end
    turned = rng.random(len(tail)) < 0.5
    tail, head = np.where(turned, head, tail), np.where(turned, tail, head)
    nodes_kept, kept = _largest_part(len(spots_m), tail, head, one_way)
    renumber = np.cumsum(nodes_kept) - 1
    return _network(
        spots_m[nodes_kept],
        line[nodes_kept],
        renumber[tail[kept]],
        renumber[head[kept]],
        road_class[kept],
        one_way[kept],
        rng,
        seed,
    )


def _grid(size: int, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Return places in metres and the line east and north that each is on."""
    east, north = np.meshgrid(np.arange(size), np.arange(size))
    line = np.column_stack([east.ravel(), north.ravel()])
    bent = 3.0 * np.sin(line[:, ::-1] / 23.0)  # no line is straight
    return (line + bent + rng.uniform(-0.3, 0.3, line.shape)) * _STEP_M, line


def _streets(spots_m: Floats, line: Ints, size: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return which neighbours of the grid a road joins."""
    node = np.arange(size * size).reshape(size, size)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    along = np.where(line[tail, 0] == line[head, 0], line[tail, 0], line[tail, 1])
    main, trunk = along % _MAIN == 0, along % _TRUNK == 0
    village, town = _nearest(spots_m, _VILLAGE, rng), _nearest(spots_m, _TOWN, rng)
    share = np.where(village[tail] == village[head], _KEPT, _LEFT)
    share[town[tail] != town[head]] = 0.0
    share[main] = np.where(town[tail] != town[head], 0.5, 0.97)[main]
    share[trunk] = 1.0
    river = (line[tail, 1] + (8.0 * np.sin(line[tail, 0] / 40.0)).astype(int)) // _RIVER
    beyond = (line[head, 1] + (8.0 * np.sin(line[head, 0] / 40.0)).astype(int)) // _RIVER
    share[(river != beyond) & (along % (_MAIN * _BRIDGES) != 0)] = 0.0
    kept = rng.random(len(tail)) < share
    return tail[kept], head[kept]


def _nearest(spots_m: Floats, members: int, rng: np.random.Generator) -> Ints:
    """Return a number for the middle that each place is nearest to."""
    middles = rng.choice(len(spots_m), max(len(spots_m) // members, 1), replace=False)
    found: Ints = cKDTree(spots_m[middles]).query(spots_m)[1]
    return found


def _with_stubs(
    spots_m: Floats, tail: Ints, head: Ints, rng: np.random.Generator
) -> tuple[Floats, Ints, Ints]:
    """Hang a dead end on places where two roads meet, and on some others."""
    degree = np.bincount(tail, minlength=len(spots_m)) + np.bincount(head, minlength=len(spots_m))
    chosen = (degree == 2) | ((degree == 3) & (rng.random(len(spots_m)) < _STUBS))
    roots = np.flatnonzero(chosen)
    turn = rng.uniform(0.0, 2.0 * np.pi, len(roots))
    reach_m = rng.uniform(0.2, 0.5, len(roots)) * _STEP_M
    ends_m = spots_m[roots] + np.column_stack([np.cos(turn), np.sin(turn)]) * reach_m[:, None]
    fresh = len(spots_m) + np.arange(len(roots))
    places_m = np.concatenate([spots_m, ends_m])
    return places_m, np.append(tail, roots), np.append(head, fresh)


def _classes(line: Ints, tail: Ints, head: Ints) -> npt.NDArray[np.uint8]:
    along = np.where(line[tail, 0] == line[head, 0], line[tail, 0], line[tail, 1])
    real = (line[tail, 0] >= 0) & (line[head, 0] >= 0)
    found = np.full(len(tail), RoadClass.RESIDENTIAL, dtype=np.uint8)
    found[real & (along % _MAIN == 0)] = RoadClass.SECONDARY
    found[real & (along % _TRUNK == 0)] = RoadClass.TRUNK
    return found


def _largest_part(count: int, tail: Ints, head: Ints, one_way: Bools) -> tuple[Bools, Bools]:
    """Return the nodes and roads of the largest part where every node leads to every other."""
    start, end = np.append(tail, head[~one_way]), np.append(head, tail[~one_way])
    ones = np.ones(len(start), dtype=np.int8)
    matrix = coo_array((ones, (start, end)), shape=(count, count)).tocsr()
    _, part = connected_components(matrix, directed=True, connection="strong")
    nodes = part == np.bincount(part).argmax()
    return nodes, nodes[tail] & nodes[head]


def _network(
    spots_m: Floats,
    line: Ints,
    tail: Ints,
    head: Ints,
    road_class: npt.NDArray[np.uint8],
    one_way: Bools,
    rng: np.random.Generator,
    seed: int,
) -> RoadNetwork:
    count = len(tail)
    ends_m = np.stack([spots_m[tail], spots_m[head]], axis=1)
    middle_m = ends_m.mean(axis=1) + rng.uniform(-0.08, 0.08, (count, 2)) * _STEP_M
    points_m = np.stack([ends_m[:, 0], middle_m, ends_m[:, 1]], axis=1)
    length_m: Floats = np.hypot(*np.moveaxis(np.diff(points_m, axis=1), -1, 0)).sum(axis=1)
    scale = np.array([_DEGREE_M * math.cos(math.radians(_MIDDLE[1])), _DEGREE_M])
    shift_m = spots_m.mean(axis=0)
    access = np.full((count, 2, len(TravelMode)), AccessLevel.OPEN, dtype=np.uint8)
    access[one_way, 1, : TravelMode.FOOT] = AccessLevel.CLOSED
    limit_kmh = np.full((count, 2), np.nan, dtype=np.float32)
    limit_kmh[road_class == RoadClass.TRUNK] = 80.0
    along = np.where(line[tail, 0] == line[head, 0], line[tail, 0], line[tail, 1] + 1_000_000)
    named = road_class != RoadClass.RESIDENTIAL
    lines, name_id = np.unique(along[named], return_inverse=True)
    names = np.zeros(count, dtype=np.int32)
    names[named] = name_id + 1
    arcs = 2 * count - int(one_way.sum())
    lit = (line % _TRUNK == 0).all(axis=1) | (rng.random(len(line)) < 0.01)
    turns = _forbidden_turns(tail, head, len(spots_m), rng)
    paths = _forbidden_paths(tail, head, one_way, rng)
    return RoadNetwork(
        node_lonlat=(spots_m - shift_m) / scale + _MIDDLE,
        node_id=np.arange(1, len(spots_m) + 1),
        node_signal=lit,
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        length_m=length_m,
        road_class=road_class,
        limit_kmh=limit_kmh,
        name_id=names,
        access=access,
        way_id=np.arange(1, count + 1),
        geometry_offset=np.arange(count + 1) * 3,
        geometry_lonlat=((points_m - shift_m) / scale + _MIDDLE).reshape(-1, 2),
        turns=turns,
        turn_path_offset=np.arange(len(paths) + 1) * 3,
        turn_path_arcs=paths.reshape(-1),
        turn_path_rules=np.tile(np.array([0, _VEHICLES], dtype=np.int32), (len(paths), 1)),
        names=("", *(f"{number}号线" for number in range(1, len(lines) + 1))),
        report=NetworkReport(
            source="generated",
            source_sha256=f"{seed}-{len(spots_m)}",
            nodes=len(spots_m),
            roads=count,
            arcs=arcs,
        ),
    )


def _forbidden_turns(
    tail: Ints, head: Ints, count: int, rng: np.random.Generator
) -> npt.NDArray[np.int32]:
    """Forbid a turn at a hundredth of the junctions of four roads, for all but walkers."""
    ends = np.concatenate([tail, head])
    road = np.tile(np.arange(len(tail)), 2)
    order = np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[order], np.arange(count + 1))
    crossings = np.flatnonzero((np.diff(first) == 4) & (rng.random(count) < 0.01))
    rows = [
        (road[order[first[via]]], via, road[order[first[via] + 1]], 0, _VEHICLES)
        for via in crossings.tolist()
    ]
    return np.array(rows, dtype=np.int32).reshape(-1, 5)


def _forbidden_paths(
    tail: Ints, head: Ints, one_way: npt.NDArray[np.bool_], rng: np.random.Generator
) -> npt.NDArray[np.int32]:
    """Forbid one way on from one road in five hundred to those who came by one way; three arcs."""
    begin = np.column_stack([tail, head]).reshape(-1)
    end = begin.reshape(-1, 2)[:, ::-1].reshape(-1)
    arcs = np.flatnonzero(~np.column_stack([np.zeros_like(one_way), one_way]).reshape(-1))
    into, out = (arcs[np.argsort(at[arcs], kind="stable")] for at in (end, begin))
    ends, begins = end[into], begin[out]
    rows = []
    for road in np.flatnonzero(rng.random(len(tail)) < _THROUGH).tolist():
        before = into[slice(*np.searchsorted(ends, [tail[road], tail[road] + 1]))]
        after = out[slice(*np.searchsorted(begins, [head[road], head[road] + 1]))]
        before, after = before[before // 2 != road], after[after // 2 != road]
        if len(before) and len(after):
            rows.append((before[0], 2 * road, after[-1]))
    return np.array(rows, dtype=np.int32).reshape(-1, 3)
