"""How far one comes in a time: reached parts of roads cut at limits, and drawn as polygons.

The exact answer are the parts. A polygon is their drawing: every part widened by some metres,
joined, with holes where no road was reached. It may be shown; what is inside a limit is told by
the parts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import TravelError
from geo.model import Floats, Ints
from geo.network import RoadNetwork, lines_of
from geo.runs import rows_of, runs
from geo.travel import grid
from geo.travel.parts import RoadParts
from geo.travel.snapping import Plane

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["clip_parts", "cut_lines", "isochrone", "merged_stretches"]

_Shapes = npt.NDArray[np.object_]
_FEW = 500  # lines whose widened shapes are joined one by one
_GRID_M = 1e-3
_ARC_STEPS = 4  # straight pieces in a quarter of a round end


def clip_parts(parts: RoadParts, limit_s: float) -> RoadParts:
    """Return what of some parts is reached within a limit.

    A part that reaches beyond the limit is cut where the limit falls, by even speed.

    Raises
    ------
    TravelError
        If the limit is not more than 0.
    """
    if not limit_s > 0.0:
        raise TravelError("时限应大于 0 秒，现为 %(limit)s", limit=str(limit_s))
    kept = np.flatnonzero(parts.from_s < limit_s)
    road, from_s, to_s = parts.road[kept], parts.from_s[kept], parts.to_s[kept]
    from_share, to_share = parts.from_share[kept], parts.to_share[kept]
    beyond = np.flatnonzero(to_s > limit_s)
    passed = (limit_s - from_s[beyond]) / (to_s[beyond] - from_s[beyond])
    to_share[beyond] = from_share[beyond] + passed * (to_share[beyond] - from_share[beyond])
    to_s[beyond] = limit_s
    return RoadParts(road, from_share, to_share, from_s, to_s)


def merged_stretches(parts: RoadParts) -> tuple[Ints, Floats, Floats]:
    """Return what of each road is reached from either side.

    Returns
    -------
    road, low, high
        Roads in rising order with shares of their length from the tail; a road comes again
        where a stretch between two others is not reached.
    """
    low = np.minimum(parts.from_share, parts.to_share)
    high = np.maximum(parts.from_share, parts.to_share)
    order = np.lexsort((low, parts.road))
    road, low, high = parts.road[order], low[order], high[order]
    if not len(road):
        return road, low, high
    furthest = np.maximum.accumulate(high + 2.0 * road)  # starts afresh on each road
    apart = low[1:] + 2.0 * road[1:] > furthest[:-1]
    first = np.flatnonzero(np.r_[True, apart])
    return road[first], low[first], np.maximum.reduceat(high, first)


def cut_lines(network: RoadNetwork, road: Ints, low: Floats, high: Floats) -> tuple[Floats, Ints]:
    """Return the points of stretches of roads, from tail to head.

    Parameters
    ----------
    road, low, high
        Rows of roads, and shares of their length from the tail, shape (k,).

    Returns
    -------
    lonlat, stretch
        Points in degrees, shape (n, 2), and the row of the stretch of each; two at least a
        stretch.
    """
    used, which = np.unique(road, return_inverse=True)
    offset = network.geometry_offset
    size = offset[used + 1] - offset[used]
    begin = np.cumsum(size) - size
    lonlat = np.ascontiguousarray(network.geometry_lonlat[rows_of(offset, used)])
    share = grid.shares(np.append(begin, len(lonlat)), lonlat)
    count = size[which]
    stretch = np.repeat(np.arange(len(road)), count)
    point = runs(begin[which], count)
    first, last = begin[which][stretch], (begin[which] + count - 1)[stretch]
    at, bottom, top = share[point], low[stretch], high[stretch]
    after, before = np.minimum(point + 1, last), np.maximum(point - 1, first)
    # a point just outside moves to the cut; those farther out are left out
    kept = ((at >= bottom) | (share[after] > bottom)) & ((at <= top) | (share[before] < top))
    kept |= (point == first) & (bottom >= top) & (bottom >= 1.0) & (after == last)
    towards = np.where(at < bottom, after, np.where(at > top, before, point))
    gap = share[towards] - at
    part = np.divide(np.clip(at, bottom, top) - at, gap, out=np.zeros_like(gap), where=gap != 0.0)
    moved = lonlat[point] + part[:, None] * (lonlat[towards] - lonlat[point])
    found, of = moved[kept], stretch[kept]
    alone = np.bincount(of, minlength=len(road)) == 1
    again = 1 + alone[of]  # a stretch of no length is its point twice
    return np.repeat(found, again, axis=0), np.repeat(of, again)


def isochrone(
    network: RoadNetwork,
    parts: RoadParts,
    *,
    limits_s: Sequence[float],
    width_m: float = 30.0,
    smallest_hole_m2: float = 5000.0,
    simplify_m: float = 0.0,
) -> gpd.GeoDataFrame:
    """Return one polygon a limit: what is reached by then, and some metres beside it.

    Parameters
    ----------
    network, parts
        Roads, and what of them is reached by the last limit or later.
    limits_s
        Seconds, more than 0, in any order; one that comes twice counts once.
    width_m
        How far a polygon reaches beside a road. It is right to 1 in 100 for each degree of
        latitude between the road and the middle of what is reached, in China south of 45° N.
    smallest_hole_m2
        Smaller holes are filled.
    simplify_m
        How far a polygon's edge may move to have fewer corners; less than half the width.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``limit_s`` and ``geometry`` in WGS84, rows by rising limit; each polygon covers
        the one before. A limit within which nothing is reached has an empty one.

    Raises
    ------
    TravelError
        If there is no limit or a number is out of range.
    """
    import geopandas as gpd  # half a second to import, and only drawing needs it

    limits = _limits(limits_s)
    if not (math.isfinite(width_m) and width_m > 0.0):
        raise TravelError("等时圈的线宽应大于 0 米，现为 %(width)s", width=str(width_m))
    if not smallest_hole_m2 >= 0.0:
        raise TravelError("填平空洞的面积不能小于 0，现为 %(area)s", area=str(smallest_hole_m2))
    if not 0.0 <= simplify_m < width_m / 2.0:
        raise TravelError(
            "等时圈的简化距离 %(simplify)s 米应不小于 0、小于线宽 %(width)s 米的一半",
            simplify=str(simplify_m),
            width=str(width_m),
        )
    shown: BaseGeometry = shapely.MultiPolygon()
    exact = shown  # what is drawn, before its edge is made simpler: errors must not add up
    shapes = []
    widest = merged_stretches(clip_parts(parts, limits[-1]))
    plane = _plane(network, *widest)
    seen: set[tuple[int, float, float]] = set()
    for limit_s in limits:
        stretches = merged_stretches(clip_parts(parts, limit_s))
        rows = list(zip(*(each.tolist() for each in stretches), strict=True))
        fresh = np.array([row not in seen for row in rows], dtype=bool)
        seen = set(rows)
        if plane is not None and fresh.any():
            road, low, high = stretches
            lonlat, stretch = cut_lines(network, road[fresh], low[fresh], high[fresh])
            lines = lines_of(plane.to_xy(lonlat), stretch)
            grown = _widened(lines, width_m, smallest_hole_m2)
            exact = _filled(_joined(exact, grown), smallest_hole_m2)
            # where a ring begins, a corner moves by up to twice the tolerance
            simple = shapely.simplify(exact, simplify_m / 2.0) if simplify_m else exact
            shown = _joined(shown, simple) if simplify_m else exact
        shapes.append(shown if plane is None else shapely.transform(shown, plane.to_lonlat))
    return gpd.GeoDataFrame({"limit_s": limits}, geometry=shapes, crs=4326)


def _limits(limits_s: Sequence[float]) -> list[float]:
    if not len(limits_s):
        raise TravelError("没有给出时限，请给出至少一个，如 15 分钟")
    for limit_s in limits_s:
        if not (math.isfinite(limit_s) and limit_s > 0.0):
            raise TravelError("时限应大于 0 秒，现为 %(limit)s", limit=str(limit_s))
    return sorted({float(limit_s) for limit_s in limits_s})


def _plane(network: RoadNetwork, road: Ints, low: Floats, high: Floats) -> Plane | None:
    """Return the plane about some stretches; None where there is none."""
    if not len(road):
        return None
    lonlat, _ = cut_lines(network, road, low, high)
    return Plane.around(lonlat)


def _joined(one: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    """Return the union on a grid too fine to see, so that it stays valid in degrees."""
    whole: BaseGeometry = shapely.union(one, other, grid_size=_GRID_M)
    return whole


def _widened(lines: _Shapes, width_m: float, smallest_hole_m2: float) -> BaseGeometry:
    """Return all within a width of some lines in metres; smaller holes may be filled."""
    if len(lines) < _FEW:
        return shapely.union_all(shapely.buffer(lines, width_m, quad_segs=_ARC_STEPS))
    return _widened_faces(lines, width_m, smallest_hole_m2)


def _widened_faces(lines: _Shapes, width_m: float, smallest_hole_m2: float) -> BaseGeometry:
    """Return all within a width of many lines: the blocks between them, shrunk, are the holes.

    Joining the widened lines would take twice as long. Lines that bound no block (dead ends) are
    widened one by one, and cut out of the holes that they reach into.
    """
    pieces = shapely.get_parts(shapely.union_all(lines))
    found: Any = shapely.polygonize_full(pieces)
    closed, *open_ends = found
    faces = shapely.get_parts(closed)
    loose = np.concatenate([shapely.get_parts(each) for each in open_ends])
    strips = shapely.buffer(loose, width_m, quad_segs=_ARC_STEPS)
    body: Any = shapely.buffer(shapely.coverage_union_all(faces), width_m, quad_segs=_ARC_STEPS)
    shapely.prepare(body)
    outside = strips[~shapely.covers(body, strips)]
    wide = faces[shapely.area(faces) >= smallest_hole_m2]
    holes = shapely.get_parts(shapely.buffer(wide, -width_m, quad_segs=_ARC_STEPS))
    holes = holes[shapely.area(holes) >= smallest_hole_m2]
    hole, strip = shapely.STRtree(strips).query(holes, predicate="intersects")
    met, first = np.unique(hole, return_index=True)
    cuts = [shapely.union_all(some) for some in np.split(strips[strip], first[1:]) if len(some)]
    holes[met] = shapely.difference(holes[met], np.array(cuts, dtype=object))
    whole: BaseGeometry = shapely.union_all([body, *outside])
    shape: BaseGeometry = shapely.difference(
        whole, shapely.MultiPolygon(list(shapely.get_parts(holes)))
    )
    return shape


def _filled(shape: BaseGeometry, smallest_hole_m2: float) -> BaseGeometry:
    """Return a shape without its smaller holes, and without what lay inside these."""
    polygons = shapely.get_parts(shape)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    outer = np.r_[True, polygon[1:] != polygon[:-1]]
    plugs: Any = shapely.polygons(rings)
    small = ~outer & (shapely.area(plugs) < smallest_hole_m2)
    if not small.any():
        return shape
    whole: Any = shapely.polygons(rings[~small], indices=polygon[~small])
    inside = np.zeros(len(whole), dtype=bool)
    if len(whole) > 1:
        held, _ = shapely.STRtree(plugs[small]).query(whole, predicate="covered_by")
        inside[held] = True
    kept = whole[~inside]
    filled: BaseGeometry = shapely.multipolygons(kept) if len(kept) > 1 else kept[0]
    return filled
