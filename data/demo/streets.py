"""Streets inside settlements: blocks split again and again, then bent."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from data.demo.frame import stream
from data.demo.mesh import Mesh
from data.demo.plan import DistrictPlan
from data.demo.relief import Relief
from data.demo.roads import Corridors, Line
from data.demo.settlements import Settlements
from geo.model import Floats

__all__ = ["Zone", "make_streets", "make_zones"]

_Pair = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A built-up patch: one settlement, or several grown together.

    ``town`` tells a town's fabric (wider blocks, named streets) from a village's lanes;
    ``village`` is the position of the main village, ``hamlet`` the natural village's name.
    """

    outline: Polygon
    centre: _Pair
    town: bool
    village: int
    hamlet: str = ""


def _outline(centre: Floats, radius_m: float, rng: np.random.Generator, *, rough: float) -> Polygon:
    angles = np.linspace(0.0, 2 * np.pi, 48, endpoint=False)
    stretch, turn = rng.uniform(1.0, 1.55), rng.uniform(0.0, np.pi)
    radius = np.ones(48)
    for wave in range(2, 7):
        radius += rough / wave * rng.normal() * np.cos(wave * angles + rng.uniform(0, 6.28))
    radius = np.clip(radius, 0.5, 1.6) * radius_m
    x, y = (
        np.cos(angles) * radius * math.sqrt(stretch),
        np.sin(angles) * radius / math.sqrt(stretch),
    )
    rim = np.stack(
        [x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1
    )
    return Polygon(centre + rim).buffer(0)


def make_zones(
    plan: DistrictPlan, relief: Relief, mesh: Mesh, places: Settlements, *, seed: int
) -> tuple[Zone, ...]:
    """Draw the built-up outlines; urban ones that touch become one town."""
    rng = stream(seed, "zones")
    dry = shapely.buffer(relief.water, 22.0)
    zones: list[Zone] = []
    for township in range(len(plan.townships)):
        urban: list[BaseGeometry] = []
        lead = -1
        for position, village in enumerate(places.villages):
            if village.township != township:
                continue
            centre = mesh.xy_m[village.node]
            if village.urban:
                lead = position if lead < 0 else lead
                urban.append(_outline(centre, village.radius_m * 1.12, rng, rough=0.5))
            else:
                zones.append(
                    Zone(
                        _outline(centre, village.radius_m, rng, rough=0.9),
                        (float(centre[0]), float(centre[1])),
                        town=False,
                        village=position,
                    )
                )
            for name, node, radius in village.hamlets:
                spot = mesh.xy_m[node]
                zones.append(
                    Zone(
                        _outline(spot, radius, rng, rough=0.9),
                        (float(spot[0]), float(spot[1])),
                        town=False,
                        village=position,
                        hamlet=name,
                    )
                )
        merged = shapely.union_all(urban).buffer(60.0).buffer(-60.0)
        middle = mesh.xy_m[int(places.centres[township])]
        zones.extend(
            Zone(
                Polygon(part.exterior),
                (float(middle[0]), float(middle[1])),
                town=True,
                village=lead,
            )
            for part in shapely.get_parts(merged)
        )
    kept: list[Zone] = []
    for zone in zones:
        shape = shapely.difference(zone.outline, dry)
        parts = [p for p in shapely.get_parts(shape) if isinstance(p, Polygon)]
        kept.extend(
            Zone(p, zone.centre, zone.town, zone.village, zone.hamlet)
            for p in parts
            if p.area > 3500.0
        )
    return tuple(kept)


class _Cut:
    """One straight street of the plan before bending, with the points on it."""

    __slots__ = ("depth", "points", "start")

    def __init__(self, start: _Pair, end: _Pair, depth: int) -> None:
        self.start = start
        self.points = {start, end}
        self.depth = depth

    def ordered(self) -> list[_Pair]:
        """Return the points in order from the start."""
        x0, y0 = self.start
        return sorted(self.points, key=lambda p: (p[0] - x0) ** 2 + (p[1] - y0) ** 2)


def _split(zone: Zone, turn_rad: float, rng: np.random.Generator) -> list[_Cut]:
    """Cut the zone's frame into blocks; the cuts are its streets."""
    frame = shapely.affinity.rotate(zone.outline, -math.degrees(turn_rad), origin=zone.centre)
    x0, y0, x1, y1 = frame.buffer(40.0).bounds
    cos, sin = math.cos(turn_rad), math.sin(turn_rad)
    cx, cy = zone.centre

    def back(x: float, y: float) -> _Pair:
        return (cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos)

    ring = [back(x0, y0), back(x1, y0), back(x1, y1), back(x0, y1)]
    cuts: list[_Cut] = []
    radius = math.sqrt(zone.outline.area / math.pi)
    shapely.prepare(zone.outline)
    stack: list[tuple[list[_Pair], list[_Cut | None], int]] = [(ring, [None] * 4, 0)]
    draws = iter(rng.random((200_000, 4)) if zone.town else rng.random((12_000, 4)))
    while stack:
        points, sides, depth = stack.pop()
        area = _area(points)
        mx = sum(p[0] for p in points) / len(points)
        my = sum(p[1] for p in points) / len(points)
        away = math.hypot(mx - cx, my - cy) / radius
        d = next(draws)
        if zone.town:
            target = 5200.0 + 15_000.0 * min(away, 1.6) ** 1.3
        else:
            target = 2600.0 + 3800.0 * min(away, 1.5)
        target *= 0.6 + 1.1 * d[0]
        if area < target or area < 900.0:
            continue
        if area < 60_000.0 and not shapely.dwithin(
            zone.outline, shapely.Point(mx, my), math.sqrt(area)
        ):
            continue
        jitter = (d[1] - 0.5) * (0.45 if zone.town else 0.95)
        cut = _halve(points, sides, jitter, 0.5 + 0.28 * (d[2] - 0.5), depth)
        if cut is None:
            continue
        made, first, second = cut
        cuts.append(made)
        stack.append((*second, depth + 1))
        stack.append((*first, depth + 1))
    return cuts


def _area(points: list[_Pair]) -> float:
    total = 0.0
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
        total += ax * by - bx * ay
    return abs(total) / 2.0


_Half = tuple[list[_Pair], list["_Cut | None"]]


def _halve(
    points: list[_Pair], sides: list[_Cut | None], jitter_rad: float, share: float, depth: int
) -> tuple[_Cut, _Half, _Half] | None:
    """Cut a convex block across its long side."""
    n = len(points)
    longest = max(
        range(n),
        key=lambda i: (
            (points[(i + 1) % n][0] - points[i][0]) ** 2
            + (points[(i + 1) % n][1] - points[i][1]) ** 2
        ),
    )
    ax, ay = points[longest]
    bx, by = points[(longest + 1) % n]
    px, py = ax + (bx - ax) * share, ay + (by - ay) * share
    along = math.atan2(by - ay, bx - ax) + math.pi / 2 + jitter_rad
    nx, ny = -math.sin(along), math.cos(along)
    level = [(x - px) * nx + (y - py) * ny for x, y in points]
    hits: list[tuple[int, _Pair]] = []
    for i in range(n):
        j = (i + 1) % n
        if i == longest:
            hits.append((i, (px, py)))
        elif (level[i] > 0.0) != (level[j] > 0.0):
            t = level[i] / (level[i] - level[j])
            hits.append(
                (
                    i,
                    (
                        points[i][0] + t * (points[j][0] - points[i][0]),
                        points[i][1] + t * (points[j][1] - points[i][1]),
                    ),
                )
            )
    if len(hits) != 2:
        return None
    (i, p), (j, q) = hits
    made = _Cut(p, q, depth)
    for side, point in ((sides[i], p), (sides[j], q)):
        if side is not None:
            side.points.add(point)
    first = ([p, *points[i + 1 : j + 1], q], [*sides[i : j + 1], made])
    second = ([q, *points[j + 1 :], *points[: i + 1], p], [*sides[j:], *sides[: i + 1], made])
    return made, first, second


def make_streets(
    relief: Relief, zones: tuple[Zone, ...], roads: list[Line], corridors: Corridors, *, seed: int
) -> list[Line]:
    """Return the streets of all zones, bent, thinned at the rims and clear of water and rails."""
    rng = stream(seed, "streets")
    barred = shapely.union_all(
        [
            shapely.buffer(relief.water, 12.0),
            shapely.LineString(corridors.expressway).buffer(45.0),
            shapely.LineString(corridors.railway).buffer(30.0),
        ]
    )
    shapely.prepare(barred)
    main = [
        line
        for line in roads
        if line.road_class in ("trunk", "primary", "secondary", "tertiary", "unclassified")
    ]
    tree = shapely.STRtree([shapely.LineString(line.xy_m) for line in main])
    lines: list[Line] = []
    street = 0
    for index, zone in enumerate(zones):
        turn = _bearing(zone, main, tree)
        for cut in _split(zone, turn, rng):
            lines.extend(_pieces(index, zone, cut, street, rng))
            street += 1
    lines = _bent(lines, zones, relief)
    clear = ~shapely.intersects(barred, [shapely.LineString(line.xy_m) for line in lines])
    lines = [line for line, good in zip(lines, clear, strict=True) if good]
    beside = _runs_beside(lines, tree)
    return [line for line, double in zip(lines, beside, strict=True) if not double]


def _bearing(zone: Zone, main: list[Line], tree: shapely.STRtree) -> float:
    """Return the direction of the road nearest to the zone's centre."""
    line = main[int(tree.nearest(shapely.Point(zone.centre)))].xy_m
    at = int(np.argmin(np.hypot(*(line - zone.centre).T)))
    low, high = max(0, at - 3), min(len(line) - 1, at + 3)
    step = line[high] - line[low]
    return math.atan2(float(step[1]), float(step[0]))


def _bent(lines: list[Line], zones: tuple[Zone, ...], relief: Relief) -> list[Line]:
    """Displace straight streets by the ground's smooth fields, gently in towns."""
    found = list(lines)
    for town, wide_m, fine_m in ((True, 26.0, 7.0), (False, 20.0, 13.0)):
        mine = [i for i, line in enumerate(lines) if zones[line.zone].town == town]
        if mine:
            bent = relief.bend_m(
                np.concatenate([lines[i].xy_m for i in mine]), wide_m=wide_m, fine_m=fine_m
            )
            ends = np.cumsum([len(lines[i].xy_m) for i in mine])[:-1]
            for i, xy in zip(mine, np.split(bent, ends), strict=True):
                found[i] = replace(lines[i], xy_m=xy)
    return found


def _pieces(index: int, zone: Zone, cut: _Cut, street: int, rng: np.random.Generator) -> list[Line]:
    """Keep the parts of a cut inside the zone."""
    points = np.asarray(cut.ordered())
    middles = (points[:-1] + points[1:]) / 2.0
    inside = shapely.contains_xy(zone.outline, middles)
    radius = math.sqrt(zone.outline.area / math.pi)
    away = np.hypot(*(middles - zone.centre).T) / radius
    lost = (0.05 if zone.town else 0.16) + 0.16 * np.clip(away, 0.0, 1.3) ** 2
    lost = lost * (0.25 if cut.depth < 3 else 1.0)
    inside &= rng.random(len(middles)) > lost
    road_class = _street_class(zone, cut)
    found: list[Line] = []
    run: list[int] = []
    for i, keep in enumerate([*inside.tolist(), False]):
        if keep:
            run.append(i)
            continue
        if run:
            piece = points[run[0] : run[-1] + 2]
            xy = _dense(piece, step_m=31.0 if zone.town else 22.0)
            found.append(Line(road_class, xy, zone=index, street=street))
            run = []
    return found


def _street_class(zone: Zone, cut: _Cut) -> str:
    if zone.town and cut.depth < 4:
        return "tertiary"
    if zone.town:
        return "residential"
    return "residential" if cut.depth < 6 else "service"


def _dense(points: Floats, *, step_m: float) -> Floats:
    pieces: list[Floats] = []
    for p, q in itertools.pairwise(points):
        count = max(1, round(float(np.hypot(*(q - p))) / step_m))
        pieces.append(p + (np.arange(count) / count)[:, None] * (q - p))
    return np.concatenate([*pieces, points[-1:]])


def _runs_beside(
    lines: list[Line], tree: shapely.STRtree
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which streets run along a road of the network instead of away from it."""
    shapes = np.asarray([shapely.LineString(line.xy_m) for line in lines])
    samples = np.stack(
        [
            shapely.line_interpolate_point(shapes, share, normalized=True)
            for share in (0.1, 0.3, 0.5, 0.7, 0.9)
        ]
    )
    close = np.zeros(samples.shape, dtype=bool)
    for row, points in enumerate(samples):
        hit = tree.query(points, predicate="dwithin", distance=24.0)[0]
        close[row, hit] = True
    return np.asarray(close.sum(axis=0) >= 4)
