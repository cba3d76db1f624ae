"""How far along each road a trip comes within a limit of time."""

from __future__ import annotations

import numpy as np

from geo.model import Floats, Ints
from geo.travel.compiled import compiled
from geo.travel.costs import LENGTH_SPAN
from geo.travel.doors import Doors, Shut, open_stretch
from geo.travel.parts import RoadParts

__all__ = ["reached_parts"]


def reached_parts(
    doors: Doors,
    entries: Floats,
    arc_weights: Floats,
    shut: Shut,
    limit_s: float,
) -> RoadParts:
    """Return the parts of roads reached within a limit.

    Parameters
    ----------
    doors
        Where the trip may begin.
    entries
        Packed cost at which each arc is entered, shape (2 roads,), inf where it is not.
    arc_weights
        Packed cost of each arc.
    shut
        Where nothing passes for a time.
    limit_s
        Seconds, the walk to the first road included.
    """
    return RoadParts(
        *_parts(
            doors.snapped.road,
            doors.snapped.fraction,
            doors.walk,
            entries,
            arc_weights,
            shut.arc,
            shut.begin,
            shut.end,
            limit_s,
        )
    )


@compiled
def _parts(
    road: Ints,
    fraction: Floats,
    walk: Floats,
    entries: Floats,
    arc_weights: Floats,
    shut_arc: Ints,
    shut_begin: Floats,
    shut_end: Floats,
    limit_s: float,
) -> tuple[Ints, Floats, Floats, Floats, Floats]:
    most = len(entries) + 2 * len(road)
    roads = np.empty(most, dtype=np.int64)
    begins, ends = np.empty(most), np.empty(most)
    from_s, to_s = np.empty(most), np.empty(most)
    n = 0
    for k in range(most):
        if k < len(entries):
            a, behind = k, 0.0
            start_s = np.floor(entries[a] / LENGTH_SPAN) / 1000.0 if entries[a] < np.inf else np.inf
        else:
            i = (k - len(entries)) // 2
            if road[i] < 0:
                continue
            a = 2 * road[i] + k % 2
            behind = fraction[i] if a % 2 == 0 else 1.0 - fraction[i]
            start_s = np.floor(walk[i] / LENGTH_SPAN) / 1000.0
        if start_s >= limit_s or arc_weights[a] == np.inf:
            continue
        whole_s = np.floor(arc_weights[a] / LENGTH_SPAN) / 1000.0
        stop = 1.0
        if len(shut_arc):
            stretch, bar, last_bar = open_stretch(a, behind, shut_arc, shut_begin, shut_end)
            if stretch < 0:
                continue
            if bar < last_bar:
                stop = shut_begin[bar]
        stop = min(stop, behind + (limit_s - start_s) / whole_s)
        if stop <= behind:
            continue
        roads[n] = a // 2
        begins[n] = behind if a % 2 == 0 else 1.0 - behind
        ends[n] = stop if a % 2 == 0 else 1.0 - stop
        from_s[n] = start_s
        to_s[n] = min(start_s + (stop - behind) * whole_s, limit_s)
        n += 1
    return roads[:n], begins[:n], ends[:n], from_s[:n], to_s[:n]
