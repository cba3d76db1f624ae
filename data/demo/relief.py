"""The invented ground: hills in the west, sea in the east, a meandering river between."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.spatial import cKDTree
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from data.demo.frame import stream
from data.demo.plan import DistrictPlan
from geo.model import Floats, Ints

__all__ = ["Relief", "make_relief", "smooth_line"]

_CELL_M = 100.0
_SEA_MARGIN_M = 400.0


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """Ground heights on a square raster, and the water.

    Parameters
    ----------
    height_m
        Heights, shape (rows north, columns east), cells of 100 m from the corner.
    slope
        Gradient of the heights (metres a metre), of the same shape.
    outline
        Low-frequency noise of the same shape that bends the district's border.
    warp_m
        Smooth displacements of the same shape, in units of one (multiply by metres): wide ones
        to the east and north, then fine ones.
    sea, river, reservoir
        Water polygons in plane metres.
    river_line
        Middle of the river, from the hills to the sea, shape (n, 2).
    streams
        Brooks, each of shape (n, 2).
    """

    height_m: Floats
    slope: Floats
    outline: Floats
    warp_m: Floats
    sea: Polygon
    river: Polygon
    reservoir: Polygon
    river_line: Floats
    coast: Floats
    streams: tuple[Floats, ...]

    @property
    def water(self) -> BaseGeometry:
        """Union of all water polygons."""
        return shapely.union_all([self.sea, self.river, self.reservoir])

    def height_at_m(self, xy_m: Floats) -> Floats:
        """Return ground heights at points of shape (n, 2)."""
        return _sample(self.height_m, xy_m)

    def slope_at(self, xy_m: Floats) -> Floats:
        """Return the gradient (metres a metre) at points of shape (n, 2)."""
        return _sample(self.slope, xy_m)

    def outline_at(self, xy_m: Floats) -> Floats:
        """Return the border noise at points of shape (n, 2)."""
        return _sample(self.outline, xy_m)

    def bend_m(self, xy_m: Floats, *, wide_m: float, fine_m: float) -> Floats:
        """Displace points by the smooth fields, by so many metres in the mean."""
        warp = _sample(self.warp_m, xy_m)
        return np.asarray(xy_m + warp[:2].T * wide_m + warp[2:].T * fine_m, dtype=np.float64)


def _sample(raster: Floats, xy_m: Floats) -> Floats:
    """Read rasters of shape (..., rows, columns) between cells; outside, the edge holds."""
    rows, columns = raster.shape[-2:]
    x = np.clip(xy_m[:, 0] / _CELL_M, 0.0, columns - 1.000001)
    y = np.clip(xy_m[:, 1] / _CELL_M, 0.0, rows - 1.000001)
    i, j = y.astype(np.int64), x.astype(np.int64)
    v, u = y - i, x - j
    low = raster[..., i, j] * (1.0 - u) + raster[..., i, j + 1] * u
    high = raster[..., i + 1, j] * (1.0 - u) + raster[..., i + 1, j + 1] * u
    return np.asarray(low * (1.0 - v) + high * v, dtype=np.float64)


def _noise(rng: np.random.Generator, shape: tuple[int, ...], wavelength_m: float) -> Floats:
    field = gaussian_filter(
        rng.standard_normal(shape), wavelength_m / _CELL_M / 4.0, mode="reflect"
    )
    spread = float(field.std())
    return np.asarray((field - field.mean()) / (spread or 1.0), dtype=np.float64)


def smooth_line(points_m: Floats, *, step_m: float) -> Floats:
    """Return a curve through the points with vertices about ``step_m`` apart."""
    gaps = np.hypot(*np.diff(points_m, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(gaps)])
    count = max(2, round(float(along[-1]) / step_m) + 1)
    if len(points_m) < 3:
        share = np.linspace(0.0, 1.0, count)[:, None]
        straight: Floats = points_m[0] + share * (points_m[-1] - points_m[0])
        return straight
    curve = CubicSpline(along, points_m, bc_type="natural")
    return np.asarray(curve(np.linspace(0.0, along[-1], count)), dtype=np.float64)


def _river_line(plan: DistrictPlan, rng: np.random.Generator) -> Floats:
    size = np.asarray([plan.width_m, plan.height_m])
    base = smooth_line(np.asarray(plan.river) * size, step_m=60.0)
    count = len(base)
    along = np.arange(count) * 60.0
    heading = np.gradient(base, axis=0)
    heading /= np.hypot(*heading.T)[:, None]
    across = np.stack([-heading[:, 1], heading[:, 0]], axis=1)
    drift = gaussian_filter1d(rng.standard_normal(count), 25)
    drift /= drift.std() or 1.0
    phase = np.cumsum(60.0 / (1900.0 + 600.0 * drift)) * 2 * np.pi
    swing_m = (170.0 + 190.0 * (along / along[-1])) * (0.7 + 0.35 * drift)
    wobble = gaussian_filter1d(rng.standard_normal(count), 8)
    wobble /= wobble.std() or 1.0
    fade = np.clip(np.minimum(along, along[-1] - along) / 1500.0, 0.0, 1.0)
    offset = (swing_m * np.sin(phase) + 45.0 * wobble) * fade
    return np.asarray(base + across * offset[:, None], dtype=np.float64)


def _river_polygon(line: Floats, width_m: tuple[float, float]) -> Polygon:
    share = np.linspace(0.0, 1.0, len(line))
    half = 0.5 * (width_m[0] + (width_m[1] - width_m[0]) * share**1.3)
    half = half * (1.0 + 1.6 * np.clip((share - 0.88) / 0.12, 0.0, 1.0) ** 2)
    discs = shapely.buffer(shapely.points(line), half, quad_segs=4)
    links = shapely.convex_hull(
        shapely.geometrycollections(np.stack([discs[:-1], discs[1:]], axis=1))
    )
    merged = shapely.simplify(shapely.union_all(links), 3.0)
    return _largest(merged)


def _largest(shape: BaseGeometry) -> Polygon:
    parts = shapely.get_parts(shape)
    best: Polygon = parts[int(np.argmax(shapely.area(parts)))]
    return best


def _blob(
    centre: Floats, radius_m: float, rng: np.random.Generator, *, rough: float = 0.25
) -> Polygon:
    angles = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    radius = np.ones(72)
    for wave in range(2, 12):
        radius += rough / (wave + 2) * rng.normal() * np.cos(wave * angles + rng.uniform(0, 6.28))
    radius = np.clip(radius, 0.35, 1.8) * radius_m
    rim = centre + np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius[:, None]
    return _largest(shapely.make_valid(Polygon(rim)))


def _downhill(height_m: Floats, wet: npt.NDArray[np.bool_], rng: np.random.Generator) -> Ints:
    """Return for each cell the flat position of the cell its water runs to, -1 in the water.

    Cells are flooded from the water upwards, lowest first, so that no hollow keeps its water
    (priority flood, Barnes et al. 2014).
    """
    ny, nx = height_m.shape
    level = (height_m + rng.uniform(0.0, 6.0, height_m.shape)).ravel().tolist()
    below = np.full(ny * nx, -2, dtype=np.int64)
    below[wet.ravel()] = -1
    queue = [(level[cell], cell) for cell in np.flatnonzero(wet).tolist()]
    heapq.heapify(queue)
    known = wet.ravel().tolist()
    while queue:
        flood, cell = heapq.heappop(queue)
        row, col = divmod(cell, nx)
        for r in range(max(row - 1, 0), min(row + 2, ny)):
            for c in range(max(col - 1, 0), min(col + 2, nx)):
                other = r * nx + c
                if not known[other]:
                    known[other] = True
                    below[other] = cell
                    heapq.heappush(queue, (max(flood, level[other]), other))
    return below


def _streams(
    height_m: Floats, cells: Floats, wanted: int, water: BaseGeometry, rng: np.random.Generator
) -> tuple[Floats, ...]:
    shapely.prepare(water)
    wet = shapely.contains_xy(water, cells).reshape(height_m.shape)
    below = _downhill(height_m, wet, rng)
    found: list[Floats] = []
    taken = np.zeros(height_m.size, dtype=bool)
    sources = np.flatnonzero(height_m.ravel() > np.quantile(height_m, 0.72))
    for source in rng.permutation(sources)[: wanted * 6].tolist():
        if len(found) == wanted:
            break
        path = [source]
        while below[path[-1]] >= 0 and not taken[path[-1]]:
            path.append(int(below[path[-1]]))
        if len(path) < 12:
            continue
        taken[path] = True
        line = cells[path].copy()
        line[1:-1] = gaussian_filter1d(line, 2.0, axis=0, mode="nearest")[1:-1]
        found.append(line)
    return tuple(found)


def make_relief(plan: DistrictPlan, *, seed: int) -> Relief:
    """Shape the ground of a plan; the same seed gives the same ground."""
    rng = stream(seed, "relief")
    shape = (int(plan.height_m / _CELL_M) + 1, int(plan.width_m / _CELL_M) + 1)
    east = np.arange(shape[1])[None, :] * _CELL_M
    north = np.arange(shape[0])[:, None] * _CELL_M
    river_line = _river_line(plan, rng)

    coast_y = np.arange(-_SEA_MARGIN_M, plan.height_m + _SEA_MARGIN_M + 1.0, 70.0)
    bays = gaussian_filter1d(rng.standard_normal(len(coast_y)), 22)
    coves = gaussian_filter1d(rng.standard_normal(len(coast_y)), 4)
    coast_x = plan.width_m * 0.91 + 0.035 * plan.width_m * bays / (bays.std() or 1.0)
    coast_x = np.minimum(coast_x + 70.0 * coves / coves.std(), plan.width_m * 0.985)
    mouth_y = float(river_line[-1, 1])
    coast_x = coast_x - 0.05 * plan.width_m * np.exp(-(((coast_y - mouth_y) / 900.0) ** 2))
    far = plan.width_m + _SEA_MARGIN_M
    sea = Polygon(
        np.concatenate(
            [np.stack([coast_x, coast_y], axis=1), [[far, coast_y[-1]], [far, coast_y[0]]]]
        )
    )
    river = _river_polygon(river_line, plan.river_width_m)
    river = _largest(shapely.difference(river, sea.buffer(-150.0)))
    reservoir_at = np.asarray(plan.reservoir) * (plan.width_m, plan.height_m)
    reservoir = _blob(reservoir_at, 0.018 * (plan.width_m + plan.height_m), rng, rough=0.6)

    fractal = 0.55 * _noise(rng, shape, 5200.0) + 0.3 * _noise(rng, shape, 2300.0)
    fractal = fractal + 0.2 * _noise(rng, shape, 1000.0)
    inland = np.interp(north[:, 0], coast_y, coast_x)[:, None] - east
    ramp = np.clip((inland / plan.width_m - 0.30) / 0.6, 0.0, 1.0)
    scale = min(1.0, plan.width_m / 16_000.0)
    height = 9.0 + 640.0 * scale * ramp**1.25 * np.clip(0.55 + 0.5 * fractal, 0.03, None)
    knolls = np.clip(_noise(rng, shape, 1500.0) - 1.25, 0.0, None)
    height = height + 95.0 * knolls * np.clip(inland / 3000.0, 0.0, 1.0)
    cells = np.stack(np.broadcast_arrays(east, north), axis=-1).reshape(-1, 2).astype(np.float64)
    gap = cKDTree(river_line).query(cells)[0].reshape(shape)
    valley = 1.0 - np.exp(-((gap / (1000.0 * (0.6 + 0.9 * (1.0 - ramp)))) ** 2))
    for township in plan.townships:
        centre = np.asarray(township.at) * (plan.width_m, plan.height_m)
        away = np.hypot(cells[:, 0] - centre[0], cells[:, 1] - centre[1]).reshape(shape)
        bowl = 700.0 + 260.0 * township.core
        valley = valley * (1.0 - 0.85 * np.exp(-((away / bowl) ** 2)))
    height = 5.0 + (height - 5.0) * valley
    height = np.where(inland < 0.0, 0.0, height)

    warp = np.stack(
        [
            _noise(rng, shape, 1300.0),
            _noise(rng, shape, 1300.0),
            _noise(rng, shape, 420.0),
            _noise(rng, shape, 420.0),
        ]
    )
    water = shapely.union_all([sea, river, reservoir])
    wanted = max(4, round(plan.width_m * plan.height_m / 2.5e7))
    north_m, east_m = np.gradient(height, _CELL_M)
    return Relief(
        height_m=height,
        slope=np.hypot(north_m, east_m),
        outline=_noise(rng, shape, 0.22 * (plan.width_m + plan.height_m)),
        warp_m=warp,
        sea=sea,
        river=river,
        reservoir=reservoir,
        river_line=river_line,
        coast=np.stack([coast_x, coast_y], axis=1),
        streams=_streams(height, cells, wanted, water, rng),
    )
