"""An irregular mesh over the ground: cells for borders, edges for roads between places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Delaunay, Voronoi

from data.demo.frame import stream
from data.demo.plan import DistrictPlan
from data.demo.relief import Relief
from geo.model import Floats, Ints

__all__ = ["Mesh", "make_mesh"]

_BANK_M = 55.0


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Scattered points with their neighbours.

    Parameters
    ----------
    xy_m
        Points, shape (n, 2).
    edges
        Pairs of neighbours on land, shape (m, 2).
    length_m, effort_m
        Of each edge: straight length; length weighted by slope.
    wet
        Whether an edge crosses the river.
    inside
        Whether a point belongs to the district.
    cells
        Cell polygons, shape (n,); None for those that are cut by the frame.
    """

    xy_m: Floats
    edges: Ints
    length_m: Floats
    effort_m: Floats
    wet: np.ndarray[tuple[int], np.dtype[np.bool_]]
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]]
    dry: np.ndarray[tuple[int], np.dtype[np.bool_]]
    cells: np.ndarray[tuple[int], np.dtype[np.object_]]

    def matrix(self, cost_m: Floats) -> csr_matrix:
        """Return the symmetric cost matrix of the edges; infinite costs are left out."""
        good = np.isfinite(cost_m)
        a, b = self.edges[good].T
        n = len(self.xy_m)
        both = coo_matrix(
            (np.tile(cost_m[good], 2), (np.concatenate([a, b]), np.concatenate([b, a]))), (n, n)
        )
        return both.tocsr()

    def nearest_source(self, sources: Ints, cost_m: Floats) -> Ints:
        """Return for each point the position in ``sources`` of the cheapest one, or -1."""
        _, _, origin = dijkstra(
            self.matrix(cost_m), indices=sources, min_only=True, return_predecessors=True
        )
        place = np.full(len(self.xy_m) + 1, -1, dtype=np.int64)
        place[sources] = np.arange(len(sources))
        return np.asarray(np.where(origin < 0, -1, place[np.maximum(origin, 0)]), dtype=np.int64)


def make_mesh(plan: DistrictPlan, relief: Relief, *, seed: int) -> Mesh:
    """Scatter points over the plan's frame and join neighbours on land."""
    rng = stream(seed, "mesh")
    step = plan.mesh_m
    rows = np.arange(-2 * step, plan.height_m + 2.5 * step, step * 0.87)
    cols = np.arange(-2 * step, plan.width_m + 2.5 * step, step)
    grid = np.stack(np.meshgrid(cols, rows), axis=-1)
    grid[1::2, :, 0] += step / 2
    xy = grid.reshape(-1, 2) + rng.uniform(-0.4, 0.4, (grid.size // 2, 2)) * step
    triangles = Delaunay(xy)
    start, neighbours = triangles.vertex_neighbor_vertices
    tails = np.repeat(np.arange(len(xy)), np.diff(start))
    edges = np.stack([tails, neighbours], axis=1)
    edges = edges[edges[:, 0] < edges[:, 1]].astype(np.int64)

    shore = shapely.union_all(
        [relief.river.buffer(_BANK_M), relief.sea.buffer(30.0), relief.reservoir.buffer(40.0)]
    )
    shapely.prepare(shore)
    dry = ~shapely.contains_xy(shore, xy)
    dry &= (xy[:, 0] > -step) & (xy[:, 0] < plan.width_m + step)
    dry &= (xy[:, 1] > -step) & (xy[:, 1] < plan.height_m + step)
    edges = edges[dry[edges].all(axis=1)]
    ends = xy[edges]
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    keep = length < 3.2 * step
    edges, ends, length = edges[keep], ends[keep], length[keep]
    lines = shapely.linestrings(ends)
    shapely.prepare(relief.river)
    wet = shapely.intersects(relief.river, lines)
    for water in (relief.reservoir, relief.sea):
        shapely.prepare(water)
        clear = ~shapely.intersects(water, lines)
        edges, ends, length = edges[clear], ends[clear], length[clear]
        wet, lines = wet[clear], lines[clear]
    rise = np.abs(np.diff(relief.height_at_m(xy)[edges], axis=1)[:, 0]) / length
    middle = ends.mean(axis=1)
    effort = length * (1.0 + (rise / 0.05) ** 1.5 + (relief.slope_at(middle) / 0.22) ** 2)
    effort = effort * rng.uniform(0.9, 1.25, len(effort))

    u = (xy[:, 0] / plan.width_m - 0.48) / 0.48
    v = (xy[:, 1] / plan.height_m - 0.5) / 0.47
    inside = dry | shapely.contains_xy(relief.river.buffer(_BANK_M), xy)
    inside |= shapely.contains_xy(relief.reservoir.buffer(60.0), xy)
    inside &= np.abs(u) ** 3 + np.abs(v) ** 3 + 0.17 * relief.outline_at(xy) < 0.86
    inside &= ~shapely.contains_xy(relief.sea.buffer(-40.0), xy)
    inside &= (u > -0.98) & (np.abs(v) < 0.98)
    both = inside[tails] & inside[neighbours]
    n = len(xy)
    touching = csr_matrix((np.ones(both.sum()), (tails[both], neighbours[both])), (n, n))
    label = connected_components(touching, directed=False)[1]
    counts = np.bincount(label[inside])
    inside &= label == int(np.argmax(counts))
    return Mesh(
        xy_m=xy,
        edges=edges,
        length_m=length,
        effort_m=effort,
        wet=wet,
        inside=inside,
        dry=dry,
        cells=_cells(xy),
    )


def _cells(xy: Floats) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    diagram = Voronoi(xy)
    rings = [diagram.regions[region] for region in diagram.point_region]
    whole = [point for point, ring in enumerate(rings) if ring and -1 not in ring]
    corners = np.asarray([corner for point in whole for corner in rings[point]])
    counts = [len(rings[point]) for point in whole]
    cells = np.full(len(xy), None, dtype=np.object_)
    cells[whole] = shapely.polygons(
        shapely.linearrings(
            diagram.vertices[corners], indices=np.repeat(np.arange(len(whole)), counts)
        )
    )
    return cells
