"""Houses along streets, with the numbers that addresses name them by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from data.demo.doornumbers import Doors, door_numbers
from data.demo.frame import stream
from data.demo.mesh import Mesh
from data.demo.network import Network
from data.demo.plan import DistrictPlan
from data.demo.relief import Relief
from data.demo.settlements import Settlements
from data.demo.streets import Zone
from geo.model import Floats, Ints

__all__ = ["Houses", "make_houses"]

_HALF_WIDTH_M = {"trunk": 13.0, "primary": 9.5, "secondary": 8.0, "tertiary": 5.5}
_STEP_M = 15.0


@dataclass(frozen=True, slots=True, eq=False)
class Houses:
    """All houses, one entry each in every array.

    Parameters
    ----------
    centre_m, door_m
        Middle of the building and its door, shape (n, 2).
    corners_m
        Building corners, shape (n, 4, 2).
    road
        Name of the road the number counts along; empty where the village counts.
    number
        House number.
    village, zone
        Position of its village; of its built-up zone, or -1.
    hamlet
        Name of its natural village, or empty.
    mapped
        Whether the map names the number.
    """

    centre_m: Floats
    door_m: Floats
    corners_m: Floats
    road: tuple[str, ...]
    number: Ints
    village: Ints
    zone: Ints
    hamlet: tuple[str, ...]
    mapped: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Spots:
    xy: Floats
    side: Ints
    heading: Floats
    way: Ints
    along: Floats
    offset: Floats


def _spots(network: Network, rng: np.random.Generator) -> _Spots:
    """Return possible building places on both sides of all roads."""
    xy, side, heading, way_of, along_of, offsets = [], [], [], [], [], []
    for index, way in enumerate(network.ways):
        if "bridge" in way.tags or way.road_class in ("motorway", "motorway_link", "track"):
            continue
        line = network.nodes_m[list(way.nodes)]
        steps = np.diff(line, axis=0)
        gaps = np.hypot(*steps.T)
        total = float(gaps.sum())
        count = int((total - 14.0) / _STEP_M)
        if count < 1:
            continue
        begin = np.concatenate([[0.0], np.cumsum(gaps)])
        half = _HALF_WIDTH_M.get(way.road_class, 3.5)
        for hand in (1, -1):
            at = 9.0 + (np.arange(count) + 0.5 + rng.uniform(-0.3, 0.3, count)) * (
                (total - 14.0) / count
            )
            segment = np.clip(np.searchsorted(begin, at, side="right") - 1, 0, len(gaps) - 1)
            unit = steps[segment] / gaps[segment][:, None]
            base = line[segment] + unit * (at - begin[segment])[:, None]
            left = np.stack([-unit[:, 1], unit[:, 0]], axis=1) * hand
            back = half + 6.0 + rng.gamma(1.2, 1.3, count)
            xy.append(base + left * back[:, None])
            side.append(np.full(count, hand))
            heading.append(np.arctan2(unit[:, 1], unit[:, 0]))
            way_of.append(np.full(count, index))
            along_of.append(at)
            offsets.append(left)
    return _Spots(
        np.concatenate(xy),
        np.concatenate(side),
        np.concatenate(heading),
        np.concatenate(way_of),
        np.concatenate(along_of),
        np.concatenate(offsets),
    )


def make_houses(
    plan: DistrictPlan,
    relief: Relief,
    mesh: Mesh,
    places: Settlements,
    zones: tuple[Zone, ...],
    network: Network,
    *,
    seed: int,
) -> Houses:
    """Build houses along the streets and number them."""
    rng = stream(seed, "houses")
    spots = _spots(network, rng)
    outlines = np.asarray([zone.outline for zone in zones])
    zone_of = np.full(len(spots.xy), -1, dtype=np.int64)
    point, zone = shapely.STRtree(outlines).query(shapely.points(spots.xy), predicate="within")
    zone_of[point] = zone
    loose = rng.random(len(spots.xy)) < 0.035
    keep = (zone_of >= 0) | loose
    water = shapely.buffer(relief.water, 8.0)
    shapely.prepare(water)
    keep &= ~shapely.contains_xy(water, spots.xy)
    chosen = np.flatnonzero(keep)
    chosen = _clear(network, spots, chosen)
    chosen = _apart(spots.xy, rng.permutation(chosen))
    wanted = np.sort(chosen[: plan.houses])

    xy = spots.xy[wanted]
    near = cKDTree(mesh.xy_m).query(xy)[1]
    village = places.owner[near]
    sites = cKDTree(mesh.xy_m[[v.node for v in places.villages]])
    village = np.where(village < 0, sites.query(xy)[1], village)
    zone_of = zone_of[wanted]
    ways = [network.ways[int(i)] for i in spots.way[wanted]]
    road = tuple(way.name for way in ways)
    hamlet = tuple(zones[int(z)].hamlet if z >= 0 else "" for z in zone_of)
    doors = Doors(xy, spots.way[wanted], spots.along[wanted], spots.side[wanted], village, hamlet)
    townships = np.asarray([v.township for v in places.villages])
    number = door_numbers(doors, network, zones, townships, seed=seed)
    turn = spots.heading[wanted] + rng.normal(0.0, 0.06, len(wanted))
    return Houses(
        centre_m=xy,
        door_m=xy - spots.offset[wanted] * 4.5,
        corners_m=_corners(xy, turn, rng),
        road=road,
        number=number,
        village=village,
        zone=zone_of,
        hamlet=hamlet,
        mapped=_share(len(wanted), plan.mapped_share, rng),
    )


def _share(count: int, share: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Mark exactly this share of positions, to the nearest whole one."""
    marked = np.zeros(count, dtype=bool)
    marked[np.argsort(rng.random(count), kind="stable")[: round(count * share)]] = True
    return marked


def _clear(network: Network, spots: _Spots, chosen: Ints) -> Ints:
    """Leave out spots that stand on another road."""
    pairs = np.concatenate(
        [np.stack([way.nodes[:-1], way.nodes[1:]], axis=1) for way in network.ways]
    )
    segments = shapely.linestrings(network.nodes_m[pairs])
    hit = shapely.STRtree(segments).query(
        shapely.points(spots.xy[chosen]), predicate="dwithin", distance=7.5
    )[0]
    free = np.ones(len(chosen), dtype=bool)
    free[hit] = False
    return chosen[free]


def _apart(xy: Floats, order: Ints) -> Ints:
    """Keep the first of any two spots closer than 11.5 m, in the order given."""
    pairs = cKDTree(xy[order]).query_pairs(11.5, output_type="ndarray")
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    alive = np.ones(len(order), dtype=bool)
    for first, second in pairs.tolist():
        if alive[first]:
            alive[second] = False
    return order[alive]


def _corners(xy: Floats, turn: Floats, rng: np.random.Generator) -> Floats:
    wide = rng.uniform(4.2, 6.2, len(xy))
    deep = rng.uniform(3.6, 5.6, len(xy))
    cos, sin = np.cos(turn), np.sin(turn)
    corners = []
    for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x, y = a * wide, b * deep
        corners.append(xy + np.stack([x * cos - y * sin, x * sin + y * cos], axis=1))
    return np.stack(corners, axis=1)
