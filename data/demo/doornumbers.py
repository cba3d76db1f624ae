"""Numbers of doors as a surveyor gives them: the next lane begins near the last one's end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from data.demo.frame import stream
from data.demo.network import Network
from data.demo.streets import Zone
from geo.model import Floats, Ints

__all__ = ["Doors", "door_numbers"]

Bools = npt.NDArray[np.bool_]

_LARGEST_FIRST = ("trunk", "primary", "secondary", "tertiary", "unclassified")
_ENTRANCE_M = 150.0  # a road farther from all lanes of a village is not its entrance
_LATE_SHARE = {False: 0.06, True: 0.02}  # where the village counts, along a named road
_VILLAGE_STEPS = (1, 1, 1, 2)  # numbers drawn from: a two leaves one for a plot not built on
_ROAD_STEPS = (1, 1, 1, 1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Doors:
    """Doors to be numbered, one entry each in every array.

    Parameters
    ----------
    xy_m
        Places, shape (n, 2).
    way, along_m, side
        Position of the way in the network, metres from its first node, and 1 on its left hand,
        -1 on its right.
    village, hamlet
        Position of the village that an address names, and the natural village or empty.
    """

    xy_m: Floats
    way: Ints
    along_m: Floats
    side: Ints
    village: Ints
    hamlet: tuple[str, ...]


def door_numbers(
    doors: Doors, network: Network, zones: tuple[Zone, ...], townships: Ints, *, seed: int
) -> Ints:
    """Number doors along named roads, odd on the left, or through villages where none is named.

    A named country road counts from its western end through all villages, a town's street through
    the town, a village's through the village. Lanes without a name are counted by their village
    from where it opens to its largest road. No two doors of one village, road or natural village
    get the same number. A share of doors came late and has the next number that was free, wherever
    it stands; on named roads most of these are taken in between, so fewer are out of order.

    Parameters
    ----------
    doors
        What to number.
    network, zones
        Roads, and the built-up zones that these refer to.
    townships
        Township of each village, shape (villages,).
    seed
        Of the district.

    Returns
    -------
    Ints
        Numbers from 1, shape (n,).
    """
    rng = stream(seed, "door numbers")
    roads = _large_roads(network)
    number = np.zeros(len(doors.way), dtype=np.int64)
    for members, named in _countings(doors, network, zones, townships):
        lanes = _lanes(doors, members)
        ends = np.asarray([doors.xy_m[lane[[0, -1]]] for lane in lanes])
        walk = _walk(ends, _western(ends) if named else _entrance(ends, roads))
        order = np.concatenate([lanes[at][::-1] if back else lanes[at] for at, back in walk])
        back = np.concatenate([np.full(len(lanes[at]), back) for at, back in walk])
        late = rng.random(len(order)) < _LATE_SHARE[named]
        if named:
            left = (doors.side[order] > 0) != back
            for parity, mine in ((1, left), (0, ~left)):
                count = _counted(order[mine], late[mine], _ROAD_STEPS, rng)
                number[order[mine]] = 2 * count - parity
        else:
            number[order] = _counted(order, late, _VILLAGE_STEPS, rng)
    return number


def _countings(
    doors: Doors, network: Network, zones: tuple[Zone, ...], townships: Ints
) -> Iterator[tuple[Ints, bool]]:
    """Yield doors that are counted together, and whether a road's name is what counts them."""
    counter: list[tuple[str, ...]] = []
    address: list[tuple[str, ...]] = []
    for i, at in enumerate(doors.way.tolist()):
        way, village = network.ways[at], str(doors.village[i])
        address.append((way.name, "" if way.name else doors.hamlet[i], village))
        if not way.name:
            counter.append(address[-1])
        elif way.zone < 0:
            counter.append((way.name,))
        else:
            zone = zones[way.zone]
            of = f"town {townships[zone.village]}" if zone.town else str(zone.village)
            counter.append((way.name, of))
    label = _joined(counter, address)
    order = np.argsort(label, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        yield members, bool(network.ways[int(doors.way[members[0]])].name)


def _joined(counter: Sequence[tuple[str, ...]], address: Sequence[tuple[str, ...]]) -> Ints:
    """Label doors alike that share a counter or, directly or by others, an address."""
    keys: dict[tuple[object, ...], int] = {}
    first = [keys.setdefault(("counter", *key), len(keys)) for key in counter]
    second = [keys.setdefault(("address", *key), len(keys)) for key in address]
    links = coo_matrix((np.ones(len(first)), (first, second)), (len(keys), len(keys)))
    return np.asarray(connected_components(links, directed=False)[1][first], dtype=np.int64)


def _lanes(doors: Doors, members: Ints) -> list[Ints]:
    """Return the doors of each way in order along it."""
    order = members[np.lexsort((doors.along_m[members], doors.way[members]))]
    return np.split(order, np.flatnonzero(np.diff(doors.way[order])) + 1)


def _large_roads(network: Network) -> list[shapely.STRtree]:
    """Return the roads of each class, the largest class first."""
    return [
        shapely.STRtree(
            [
                shapely.LineString(network.nodes_m[list(way.nodes)])
                for way in network.ways
                if way.road_class == road_class
            ]
        )
        for road_class in _LARGEST_FIRST
    ]


def _western(ends: Floats) -> tuple[int, int]:
    """Return lane and end that lie farthest west, a little more so if south."""
    lane, end = np.unravel_index(np.argmin(ends @ (1.0, 0.3)), ends.shape[:2])
    return int(lane), int(end)


def _entrance(ends: Floats, roads: list[shapely.STRtree]) -> tuple[int, int]:
    """Return lane and end next to the largest road that passes the lanes."""
    points = shapely.points(ends.reshape(-1, 2))
    for tree in roads:
        (point, _), away = tree.query_nearest(
            points, max_distance=_ENTRANCE_M, return_distance=True, all_matches=False
        )
        if len(point):
            lane, end = divmod(int(point[np.argmin(away)]), 2)
            return lane, end
    return _western(ends)


def _walk(ends: Floats, start: tuple[int, int]) -> list[tuple[int, bool]]:
    """Return lanes in the order of a walk, and whether each is walked from its second end.

    From the end of a lane the walk goes on to the nearest end of those not yet walked.

    Parameters
    ----------
    ends
        Both ends of each lane, shape (lanes, 2, 2).
    start
        Lane and end to begin with.

    Examples
    --------
    >>> _walk(np.array([[[0, 0], [9, 0]], [[0, 5], [9, 5]], [[0, 9], [8, 9]]]), (0, 0))
    [(0, False), (1, True), (2, False)]
    """
    left = np.ones(len(ends), dtype=bool)
    lane, end = start
    walk: list[tuple[int, bool]] = []
    while True:
        walk.append((lane, end == 1))
        left[lane] = False
        if len(walk) == len(ends):
            return walk
        away = np.hypot(*np.moveaxis(ends - ends[lane, 1 - end], 2, 0))
        lane, end = divmod(int(np.argmin(np.where(left[:, None], away, np.inf))), 2)


def _counted(order: Ints, late: Bools, steps: tuple[int, ...], rng: np.random.Generator) -> Ints:
    """Count doors in order, those that came late after all others and in any order."""
    count = np.zeros(len(order), dtype=np.int64)
    count[~late] = np.cumsum(rng.choice(steps, int((~late).sum())))
    count[late] = count.max(initial=0) + 1 + rng.permutation(int(late.sum()))
    return count
