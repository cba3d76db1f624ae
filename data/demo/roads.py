"""Roads between places: paths over the mesh, made into long smooth named lines."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

from data.demo.frame import stream
from data.demo.mesh import Mesh
from data.demo.plan import DistrictPlan
from data.demo.relief import Relief, smooth_line
from data.demo.settlements import Settlements
from geo.model import Floats, Ints

__all__ = ["CLASSES", "Corridors", "Line", "make_corridors", "make_roads"]

CLASSES: tuple[str, ...] = (
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "service",
    "track",
)
"""Drivable classes that meet at grade, widest first."""

_STEP_M = {"trunk": 48.0, "primary": 42.0, "secondary": 38.0, "tertiary": 34.0}


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A road before crossings are noded: its class and vertices in metres.

    ``zone`` is the built-up zone a street belongs to, -1 for roads between places; pieces of one
    street share ``street``.
    """

    road_class: str
    xy_m: Floats
    zone: int = -1
    street: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Corridors:
    """Middle lines of expressway and railway, and the mesh points that serve them.

    ``plazas`` and ``forecourts`` hold (name, mesh point, position along the line).
    """

    expressway: Floats
    railway: Floats
    plazas: tuple[tuple[str, int, int], ...]
    forecourts: tuple[tuple[str, int, int], ...]


def make_corridors(plan: DistrictPlan, relief: Relief, mesh: Mesh, *, seed: int) -> Corridors:
    """Lay the expressway and the railway, and find ground beside them for exits and stations."""
    rng = stream(seed, "corridors")
    size = np.asarray([plan.width_m, plan.height_m])

    def lay(points: tuple[tuple[float, float], ...]) -> Floats:
        inner = np.asarray(points) * size
        inner[1:-1] += rng.normal(0.0, 0.008, (len(inner) - 2, 2)) * size
        return smooth_line(inner, step_m=70.0)

    expressway, railway = lay(plan.expressway), lay(plan.railway)
    slope = relief.slope_at(mesh.xy_m)

    def beside(
        line: Floats, wanted: tuple[tuple[str, float], ...], low_m: float, high_m: float
    ) -> tuple[tuple[str, int, int], ...]:
        gap = shapely.distance(shapely.linestrings(line), shapely.points(mesh.xy_m))
        fit = mesh.dry & mesh.inside & (gap > low_m) & (gap < high_m)
        found = []
        for name, share in wanted:
            at = int(np.argmin(np.abs(line[:, 1] - share * plan.height_m)))
            away = np.hypot(*(mesh.xy_m - line[at]).T)
            node = int(np.argmin(np.where(fit, away + 2500.0 * slope, np.inf)))
            at = int(np.argmin(np.hypot(*(line - mesh.xy_m[node]).T)))
            found.append((name, node, at))
        return tuple(found)

    return Corridors(
        expressway=expressway,
        railway=railway,
        plazas=beside(expressway, plan.exits, 170.0, 420.0),
        forecourts=beside(railway, plan.rail_stations, 70.0, 260.0),
    )


class _Web:
    """Mesh edges taken as roads so far, with the best class of each."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        n = len(mesh.xy_m)
        self._edge = {(int(a), int(b)): i for i, (a, b) in enumerate(mesh.edges)}
        self.rank = np.full(len(mesh.edges), 99, dtype=np.int64)
        self.n = n

    def cost(self) -> Floats:
        """Return edge costs: crossing water is dear until a bridge stands there."""
        built = self.rank < 99
        cost = self.mesh.effort_m * np.where(built, 0.45, 1.0)
        return cost + np.where(self.mesh.wet & ~built, 4500.0, 0.0)

    def take(self, path: list[int], rank: int) -> None:
        """Make the edges of a path roads of at least this class."""
        for a, b in itertools.pairwise(path):
            edge = self._edge[(a, b) if a < b else (b, a)]
            self.rank[edge] = min(int(self.rank[edge]), rank)

    def join(self, pairs: list[tuple[int, int]], rank: int) -> None:
        """Join pairs of mesh points by the cheapest paths."""
        if not pairs:
            return
        starts = sorted({a for a, _ in pairs})
        _, before = dijkstra(
            self.mesh.matrix(self.cost()), indices=starts, return_predecessors=True
        )
        row = {start: i for i, start in enumerate(starts)}
        for a, b in pairs:
            path = _trace(before[row[a]], b)
            if path[-1] == a:
                self.take(path, rank)

    def attach(self, points: list[int], rank: int) -> None:
        """Join each point to the nearest road there is."""
        used = np.unique(self.mesh.edges[self.rank < 99])
        _, before, _ = dijkstra(
            self.mesh.matrix(self.cost()), indices=used, min_only=True, return_predecessors=True
        )
        for point in points:
            self.take(_trace(before, point), rank)


def _trace(before: Ints, end: int) -> list[int]:
    path = [end]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path


def _neighbour_pairs(xy_m: Floats) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the spanning tree, and further pairs with no third place between them."""
    if len(xy_m) < 4:
        pairs = [(i, j) for i in range(len(xy_m)) for j in range(i)]
    else:
        start, near = Delaunay(xy_m).vertex_neighbor_vertices
        pairs = [
            (i, int(j)) for i in range(len(xy_m)) for j in near[start[i] : start[i + 1]] if j < i
        ]
    gap = np.hypot(*(xy_m[:, None] - xy_m[None]).transpose(2, 0, 1))
    weights = np.zeros_like(gap)
    for i, j in pairs:
        weights[i, j] = gap[i, j]
    tree_rows, tree_cols = minimum_spanning_tree(weights).nonzero()
    tree = sorted((int(i), int(j)) for i, j in zip(tree_rows, tree_cols, strict=True))
    more = [
        (i, j)
        for i, j in pairs
        if (i, j) not in set(tree) and not (np.maximum(gap[i], gap[j]) < gap[i, j] * 0.98).any()
    ]
    return tree, more


def make_roads(
    plan: DistrictPlan,
    relief: Relief,
    mesh: Mesh,
    places: Settlements,
    corridors: Corridors,
    *,
    seed: int,
) -> list[Line]:
    """Join all places, from the trunk road down to tracks, and return smooth lines."""
    rng = stream(seed, "roads")
    web = _Web(mesh)
    xy = mesh.xy_m
    centres = [int(c) for c in places.centres]
    towns = sorted(range(len(centres)), key=lambda i: float(xy[centres[i], 1]))
    coastal = [i for i in towns if xy[centres[i], 0] > 0.5 * plan.width_m] or towns
    chain = [centres[i] for i in (coastal if len(coastal) > 1 else towns)]
    south = _edge_node(mesh, (float(xy[chain[0], 0]) + 0.03 * plan.width_m, 0.0))
    north = _edge_node(mesh, (float(xy[chain[-1], 0]), plan.height_m))
    west = _edge_node(mesh, (0.0, 0.5 * plan.height_m))
    line = [south, *chain, north]
    web.join(list(itertools.pairwise(line)), 0)
    web.join([(centres[0], west)], 1)

    tree, more = _neighbour_pairs(xy[centres]) if len(centres) > 2 else ([(1, 0)], [])
    web.join([(centres[i], centres[j]) for i, j in tree + more], 1)
    for _, node, _ in corridors.plazas:
        web.join([(_closest(node, centres, xy), node)], 2)
    for _, node, _ in corridors.forecourts:
        web.join([(_closest(node, centres, xy), node)], 2)

    sites = np.asarray([village.node for village in places.villages])
    tree, more = _neighbour_pairs(xy[sites])
    ranked = [(int(sites[i]), int(sites[j])) for i, j in tree]
    web.join(ranked, 3)
    web.join([(int(sites[i]), int(sites[j])) for i, j in more], 4)
    spots = [spot for village in places.villages for _, spot, _ in village.hamlets]
    web.attach(spots, 4)
    _widen(web, centres)
    _tracks(plan, web, relief, rng)
    return _lines(web, relief, fixed={node for _, node, _ in corridors.plazas})


def _edge_node(mesh: Mesh, aim: tuple[float, float]) -> int:
    away = np.hypot(*(mesh.xy_m - np.asarray(aim)).T)
    joined = np.zeros(len(mesh.xy_m), dtype=bool)
    joined[np.unique(mesh.edges)] = True
    return int(np.argmin(np.where(joined, away, np.inf)))


def _closest(node: int, centres: list[int], xy: Floats) -> int:
    return min(centres, key=lambda c: float(np.hypot(*(xy[c] - xy[node]))))


def _widen(web: _Web, centres: list[int]) -> None:
    """Make village roads wider where they come into a town."""
    xy = web.mesh.xy_m
    for edge in np.flatnonzero(web.rank == 3):
        middle = xy[web.mesh.edges[edge]].mean(axis=0)
        if min(float(np.hypot(*(xy[c] - middle))) for c in centres) < 700.0:
            web.rank[edge] = 2


def _tracks(plan: DistrictPlan, web: _Web, relief: Relief, rng: np.random.Generator) -> None:
    """Let farm and forest tracks leave the roads and lose themselves."""
    mesh = web.mesh
    near: dict[int, list[int]] = {}
    for a, b in mesh.edges[~mesh.wet]:
        near.setdefault(int(a), []).append(int(b))
        near.setdefault(int(b), []).append(int(a))
    used = np.unique(mesh.edges[(web.rank >= 2) & (web.rank < 99)])
    taken = set(np.unique(mesh.edges[web.rank < 99]).tolist())
    slope = relief.slope_at(mesh.xy_m)
    for start in rng.choice(used, plan.tracks):
        path = [int(start)]
        heading = rng.normal(size=2)
        for _ in range(int(rng.integers(2, 8))):
            here = mesh.xy_m[path[-1]]
            options = [
                node
                for node in near[path[-1]]
                if node not in taken
                and node not in path
                and mesh.inside[node]
                and slope[node] < 0.5
            ]
            if not options:
                break
            steps = mesh.xy_m[options] - here
            towards = steps @ heading / np.hypot(*steps.T) - 2.0 * slope[options]
            best = int(np.argmax(towards))
            heading = 0.6 * heading / np.hypot(*heading) + 0.4 * steps[best] / np.hypot(
                *steps[best]
            )
            heading = heading + rng.normal(0.0, 0.25, 2)
            path.append(options[best])
        taken.update(path)
        web.take(path, 7)


def _lines(web: _Web, relief: Relief, *, fixed: set[int]) -> list[Line]:
    """Join taken edges into strokes that run straight on, and curve them."""
    mesh = web.mesh
    taken = np.flatnonzero(web.rank < 99)
    at: dict[int, list[int]] = {}
    for one in taken.tolist():
        for node in mesh.edges[one].tolist():
            at.setdefault(node, []).append(one)
    xy = _relaxed(web, at, fixed)
    mate: dict[tuple[int, int], int] = {}
    for node, edges in sorted(at.items()):
        others = {e: int(mesh.edges[e].sum()) - node for e in edges}
        aims = {e: _unit(xy[o] - xy[node]) for e, o in others.items()}
        pairs = sorted(
            (int(web.rank[e] != web.rank[f]), int(web.rank[e]), float(aims[e] @ aims[f]), e, f)
            for e in edges
            for f in edges
            if e < f
        )
        free = set(edges)
        for differs, _, bend, e, f in pairs:
            if not differs and bend < 0.35 and e in free and f in free:
                free -= {e, f}
                mate[(node, e)] = f
                mate[(node, f)] = e
    lines: list[Line] = []
    done: set[int] = set()
    order: list[int] = sorted(taken.tolist(), key=lambda e: (int(web.rank[e]), e))
    for edge in order:
        if edge in done:
            continue
        tail, head = mesh.edges[edge].tolist()
        before = _follow(edge, tail, mate, mesh, done)
        path = [*before[::-1], *_follow(edge, head, mate, mesh, done)]
        done.add(edge)
        lines.append(_curve(CLASSES[int(web.rank[edge])], xy[path], relief))
    return lines


def _follow(
    edge: int, node: int, mate: dict[tuple[int, int], int], mesh: Mesh, done: set[int]
) -> list[int]:
    path = [node]
    start = edge
    while (following := mate.get((path[-1], edge))) is not None:
        if following == start or following in done:
            break
        done.add(following)
        edge = following
        path.append(int(mesh.edges[edge].sum()) - path[-1])
    return path


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / (np.hypot(*vector) or 1.0), dtype=np.float64)


def _relaxed(web: _Web, at: dict[int, list[int]], fixed: set[int]) -> Floats:
    """Pull each road point between its two main neighbours, so that roads do not zigzag."""
    mesh = web.mesh
    xy = mesh.xy_m.copy()
    nodes, left, right = [], [], []
    for node, edges in sorted(at.items()):
        if len(edges) < 2 or node in fixed:
            continue
        best = sorted(edges, key=lambda e: (int(web.rank[e]), e))[:2]
        if any(mesh.wet[e] for e in best):
            continue
        nodes.append(node)
        left.append(int(mesh.edges[best[0]].sum()) - node)
        right.append(int(mesh.edges[best[1]].sum()) - node)
    for _ in range(3):
        xy[nodes] = 0.5 * xy[nodes] + 0.25 * (xy[left] + xy[right])
    return xy


def _curve(road_class: str, points_m: Floats, relief: Relief) -> Line:
    step = _STEP_M.get(road_class, 30.0)
    xy = _catmull_rom(points_m, step_m=step)
    if len(xy) > 2 and road_class not in ("trunk", "primary"):
        steep = float(np.clip(relief.slope_at(xy).mean() / 0.15, 0.2, 1.4))
        wiggle = relief.bend_m(xy, wide_m=0.0, fine_m=11.0 * steep) - xy
        ends = np.minimum(np.arange(len(xy)), np.arange(len(xy))[::-1])[:, None]
        knots = _near_knots(xy, points_m)[:, None]
        xy = xy + wiggle * np.clip(np.minimum(ends / 2.0, knots), 0.0, 1.0)
    return Line(road_class, xy)


def _near_knots(xy: Floats, knots: Floats) -> Floats:
    """Return 0 at the mesh points, where other roads join, rising to 1 between them."""
    away = np.hypot(*(xy[:, None] - knots[None]).transpose(2, 0, 1)).min(axis=1)
    return np.asarray(np.clip(away / 60.0, 0.0, 1.0), dtype=np.float64)


def _catmull_rom(points: Floats, *, step_m: float) -> Floats:
    """Return a centripetal-like smooth curve that passes through every point."""
    closed = np.array_equal(points[0], points[-1]) and len(points) > 3
    before = points[-2] if closed else 2 * points[0] - points[1]
    after = points[1] if closed else 2 * points[-1] - points[-2]
    padded = np.concatenate([[before], points, [after]])
    pieces: list[Floats] = []
    for i in range(len(points) - 1):
        p0, p1, p2, p3 = padded[i : i + 4]
        span = float(np.hypot(*(p2 - p1)))
        count = max(1, round(span / step_m))
        t = (np.arange(count) / count)[:, None]
        m1 = 0.5 * (p2 - p0) * min(1.0, 1.4 * span / (float(np.hypot(*(p2 - p0))) / 2 + 1e-9))
        m2 = 0.5 * (p3 - p1) * min(1.0, 1.4 * span / (float(np.hypot(*(p3 - p1))) / 2 + 1e-9))
        pieces.append(
            (2 * t**3 - 3 * t**2 + 1) * p1
            + (t**3 - 2 * t**2 + t) * m1
            + (-2 * t**3 + 3 * t**2) * p2
            + (t**3 - t**2) * m2
        )
    return np.concatenate([*pieces, points[-1:]])
