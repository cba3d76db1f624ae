"""The expressway: two carriageways, exits with ramps, and toll plazas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import shapely
from scipy.spatial import cKDTree

from data.demo.frame import equal_runs, segments_m
from data.demo.mesh import Mesh
from data.demo.relief import Relief
from data.demo.roads import Corridors
from geo.model import Floats

__all__ = ["build_expressway"]

_W = TypeVar("_W")
_HALF_M = 13.0
_RAMP_STEPS = 7
_NAME, _REF = "泉屿高速", "S5999"


def build_expressway(
    relief: Relief,
    mesh: Mesh,
    corridors: Corridors,
    nodes: Floats,
    ways: list[_W],
    node_tags: dict[int, dict[str, str]],
    *,
    make_way: Callable[..., _W],
) -> tuple[Floats, list[_W], list[tuple[str, int]]]:
    """Add carriageways and ramps to the nodes and ways; return also the toll plazas."""
    middle = corridors.expressway
    heading = np.gradient(middle, axis=0)
    heading /= np.hypot(*heading.T)[:, None]
    right = np.stack([heading[:, 1], -heading[:, 0]], axis=1)
    up, down = middle + _HALF_M * right, middle - _HALF_M * right
    first_up, first_down = len(nodes), len(nodes) + len(up)
    nodes = np.concatenate([nodes, up, down])
    ways = list(ways)
    motorway = {
        "highway": "motorway",
        "name": _NAME,
        "ref": _REF,
        "oneway": "yes",
        "maxspeed": "100",
        "lanes": "2",
    }
    up_refs = np.arange(first_up, first_up + len(up))
    down_refs = np.arange(first_down, first_down + len(down))[::-1]
    wet = np.atleast_1d(shapely.intersects(relief.river, segments_m(middle)))
    hill = relief.height_at_m(middle)
    deep = (hill > np.median(hill) + 90.0)[:-1]
    for refs, flags in ((up_refs, (wet, deep)), (down_refs, (wet[::-1], deep[::-1]))):
        state = np.where(flags[0], 1, np.where(flags[1], 2, 0))
        for a, b in equal_runs(state):
            extra: dict[str, str] = {}
            if state[a] == 1:
                extra = {"bridge": "yes", "layer": "1"}
            elif state[a] == 2:
                extra = {"tunnel": "yes", "layer": "-1"}
            ways.append(make_way(tuple(refs[a : b + 1].tolist()), motorway | extra))

    ground = cKDTree(nodes[:first_up])
    exits: list[tuple[str, int]] = []
    for name, mesh_node, at in corridors.plazas:
        plaza = int(ground.query(mesh.xy_m[mesh_node])[1])
        node_tags[plaza] = {"barrier": "toll_booth", "name": f"{name}收费站"}
        exits.append((name, plaza))
        reach = 5
        low, high = max(1, at - reach), min(len(middle) - 2, at + reach)
        tags = {"highway": "motorway_link", "oneway": "yes", "maxspeed": "40"}
        spot = nodes[plaza]
        east = float((spot - middle[at]) @ right[at]) > 0
        near, far = (first_up, first_down) if east else (first_down, first_up)
        aim = spot - middle[at]
        # The near carriageway passes the plaza's side; the far one is met by a bridge.
        nearest = (
            ((near + low, plaza), (plaza, near + high))
            if east
            else ((near + high, plaza), (plaza, near + low))
        )
        farthest = (
            ((far + high, plaza), (plaza, far + low))
            if east
            else ((far + low, plaza), (plaza, far + high))
        )
        for number, (start, end) in enumerate((*nearest, *farthest)):
            curve = _ramp(nodes[start], nodes[end], middle[at] + aim * (0.55 - 0.12 * (number % 2)))
            bend = tuple(range(len(nodes), len(nodes) + len(curve)))
            nodes = np.concatenate([nodes, curve])
            extra = {"bridge": "yes", "layer": "1"} if number >= 2 else {}
            ways.append(make_way((start, *bend, end), tags | extra))
    return nodes, ways, exits


def _ramp(start: Floats, end: Floats, over: Floats) -> Floats:
    t = (np.arange(1, _RAMP_STEPS) / _RAMP_STEPS)[:, None]
    curve: Floats = (1 - t) ** 2 * start + 2 * t * (1 - t) * over + t**2 * end
    return curve
