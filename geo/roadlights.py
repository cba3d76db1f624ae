"""Traffic lights moved to the junction that they stand at or before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.roadchains import Segments, shares_ends
from geo.roadtags import TravelMode

__all__ = ["NODE_KEYS", "Light", "light_of", "nodes_with_lights"]

_BEFORE_M = 25.0

NODE_KEYS = frozenset(
    ("highway", "crossing", "crossing:signals", "traffic_signals:direction", "direction")
)
"""Keys of the tags of nodes that :func:`light_of` reads."""


class Light(NamedTuple):
    """Lights at a node; ``way`` is 1 or -1 where they face traffic along or against the way."""

    node: int
    way: int


def light_of(tags: Mapping[str, str]) -> int | None:
    """Return which traffic the lights at a node face: 1, -1, 0 both, None without lights."""
    lights = "traffic_signals" in (tags.get("highway"), tags.get("crossing"))
    if not lights and tags.get("crossing:signals", "no") == "no":
        return None
    way = tags.get("traffic_signals:direction") or tags.get("direction", "")
    return {"forward": 1, "backward": -1}.get(way, 0)


def nodes_with_lights(
    segments: Segments, node_count: int, lights: list[Light]
) -> npt.NDArray[np.bool_]:
    """Return which nodes have lights, shape (nodes,).

    Lights in the middle of a road stand at the nearest junction of cars that is no more than
    25 m ahead of the traffic they face; lights for people on foot away from every junction
    stay where they are.
    """
    lit = np.zeros(node_count, dtype=bool)
    usable = segments.access[:, :, TravelMode.MOTOR] > 0
    rows = np.flatnonzero(usable.any(axis=1))
    degree = shares_ends(segments.take(rows), node_count)
    at: dict[int, list[tuple[int, bool]]] = {}
    near = _near(segments, rows, np.array([light.node for light in lights], dtype=np.int64))
    for row in near.tolist():
        tail, head = int(segments.tail[row]), int(segments.head[row])
        at.setdefault(tail, []).append((row, True))
        at.setdefault(head, []).append((row, False))
    for light in lights:
        lit[light.node] = True
        if degree[light.node] > 2:
            continue
        best_m, best = np.inf, -1
        for row, along in at.get(light.node, []):
            if light.way and (light.way == 1) != along:
                continue
            metres, node = _ahead(segments, usable, degree, at, row, along)
            if metres < best_m:
                best_m, best = metres, node
        if best >= 0:
            lit[best] = True
    return lit


def _near(
    segments: Segments, rows: npt.NDArray[np.intp], start: npt.NDArray[np.int64]
) -> npt.NDArray[np.intp]:
    """Return the pieces that some steps of less than 25 m lead to."""
    reached = np.unique(start)
    while True:
        touch = rows[np.isin(segments.tail[rows], reached) | np.isin(segments.head[rows], reached)]
        short = touch[segments.length_m[touch] <= _BEFORE_M]
        grown = np.unique(np.concatenate([reached, segments.tail[short], segments.head[short]]))
        if len(grown) == len(reached):
            return touch
        reached = grown


def _ahead(
    segments: Segments,
    usable: npt.NDArray[np.bool_],
    degree: npt.NDArray[np.int64],
    at: Mapping[int, list[tuple[int, bool]]],
    row: int,
    along: bool,
) -> tuple[float, int]:
    """Return how far ahead the next junction is, and which; inf where there is none."""
    metres = 0.0
    while usable[row, 0 if along else 1]:
        metres += float(segments.length_m[row])
        node = int(segments.head[row] if along else segments.tail[row])
        if metres > _BEFORE_M:
            break
        if degree[node] > 2:
            return metres, node
        onward = [each for each in at.get(node, []) if each[0] != row]
        if len(onward) != 1:
            break
        row, along = onward[0]
    return np.inf, -1
