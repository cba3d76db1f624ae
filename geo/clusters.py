"""Points of a map drawn together where they would lie on each other.

Points are summed by the squares of a grid that is fixed to the world, so that marks stay where
they are while the map is moved; then a square whose middle lies close to a fuller neighbour's is
joined with it, so that no grid shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from geo.model import Floats, Ints

__all__ = ["Box", "Clusters", "cluster", "world_points"]

_TILE_PX = 256.0
_NEAR = 0.62  # of a square's side; nearer middles are joined
_GROWTH = math.sqrt(2.0)
_MAX_LAT = 85.0511287798
_NEIGHBOURS = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map, WGS84 degrees."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Points drawn together.

    Parameters
    ----------
    lon, lat
        The middle of each cluster's points.
    count
        How many points it has.
    mix
        How many of each tone; shape (clusters, tones).
    member
        Position of one of its points: the only one where ``count`` is one.
    box
        West, south, east, north of its points; shape (clusters, 4).
    """

    lon: Floats
    lat: Floats
    count: Ints
    mix: Ints
    member: Ints
    box: Floats


def world_points(lonlat: Floats) -> Floats:
    """Return points of the web map's square world, 0 to 1 to the east and to the south.

    Examples
    --------
    >>> world_points(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    lat = np.radians(np.clip(lonlat[:, 1], -_MAX_LAT, _MAX_LAT))
    y = 0.5 - np.arcsinh(np.tan(lat)) / (2.0 * math.pi)
    return np.column_stack([lonlat[:, 0] / 360.0 + 0.5, y])


def cluster(
    lonlat: Floats,
    tones: Ints,
    *,
    n_tones: int,
    box: Box,
    zoom: float,
    side_px: float,
    most: int,
    world: Floats | None = None,
) -> Clusters:
    """Return the clusters of the points in a box, with what lies in the squares at its edges.

    Parameters
    ----------
    lonlat
        Points; shape (n, 2). One that is not finite is left out.
    tones
        A code of each point, below ``n_tones``.
    zoom
        Of the web map; may be a fraction.
    side_px
        Side of a square, in pixels of the map at that zoom.
    most
        How many squares at most: larger ones are taken until there are no more.
    world
        Of :func:`world_points`, where it was reckoned already.
    """
    at = world_points(lonlat) if world is None else world
    (west, north), (east, south) = world_points(
        np.array([[box.west, box.north], [box.east, box.south]])
    )
    world_px = _TILE_PX * 2.0**zoom
    while True:
        side = side_px / world_px
        low = (np.floor(np.array([west, north]) / side) - 1.0) * side
        high = (np.floor(np.array([east, south]) / side) + 2.0) * side
        inside = np.flatnonzero(((at >= low) & (at < high)).all(axis=1))
        square = np.floor(at[inside] / side).astype(np.int64)
        wide = int(1.0 / side) + 2
        keys, of = np.unique(square[:, 1] * wide + square[:, 0], return_inverse=True)
        if len(keys) <= most or side_px > world_px:
            break
        side_px *= max(_GROWTH, math.sqrt(len(keys) / most))
    of = _joined(at[inside], of, keys, wide, _NEAR * side)
    return _summed(lonlat, tones, n_tones, inside, of)


def _joined(at: Floats, of: Ints, keys: Ints, wide: int, near: float) -> Ints:
    """Return the cluster of each point, squares of near middles joined, the fullest first."""
    count = np.bincount(of, minlength=len(keys))
    middle = np.column_stack(
        [np.bincount(of, at[:, axis], len(keys)) / np.maximum(count, 1) for axis in (0, 1)]
    ).tolist()
    position = {key: n for n, key in enumerate(keys.tolist())}
    owner = [-1] * len(keys)
    for n in np.argsort(-count, kind="stable").tolist():
        if owner[n] >= 0:
            continue
        owner[n] = n
        x, y = middle[n]
        for dx, dy in _NEIGHBOURS:
            other = position.get(int(keys[n]) + dy * wide + dx, -1)
            if other < 0 or owner[other] >= 0:
                continue
            if math.hypot(middle[other][0] - x, middle[other][1] - y) < near:
                owner[other] = n
    return np.unique(np.array(owner, dtype=np.int64)[of], return_inverse=True)[1]


def _summed(lonlat: Floats, tones: Ints, n_tones: int, inside: Ints, of: Ints) -> Clusters:
    total = int(of.max()) + 1 if len(of) else 0
    count = np.bincount(of, minlength=total)
    order = np.argsort(of, kind="stable")
    first = np.cumsum(np.r_[0, count])[:-1]
    lon, lat = lonlat[inside[order]].T if len(of) else np.zeros((2, 0))
    mix = np.bincount(of * n_tones + tones[inside], minlength=total * n_tones)
    box = np.column_stack(
        [
            np.minimum.reduceat(lon, first),
            np.minimum.reduceat(lat, first),
            np.maximum.reduceat(lon, first),
            np.maximum.reduceat(lat, first),
        ]
        if total
        else [np.zeros(0)] * 4
    )
    return Clusters(
        lon=np.bincount(of, lonlat[inside, 0], total) / count,
        lat=np.bincount(of, lonlat[inside, 1], total) / count,
        count=count,
        mix=mix.reshape(total, n_tones),
        member=inside[order][first],
        box=box,
    )
