"""A small map around a stop, for print: roads with their names, the way, and the stops.

It is drawn as SVG, north up, from the court's own road network. Roads are data, not decoration:
where there is no network, there is no map.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Protocol
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from data.exports.model import PlanSheet, RouteSheet
from geo import coordinates
from geo.model import Floats
from geo.roadwindow import RoadLine
from routes.planning.problem import StopKind

__all__ = ["Ground", "route_maps"]

_WIDTH, _HEIGHT = 520.0, 360.0  # of a map, in its own units
_METRE = 0.42  # units, so that a map is about 1,240 m wide
_DEGREE_M = 111_195.0
_ROAD_WIDTHS = (7.0, 6.0, 5.0, 4.2, 3.4, 2.6, 1.8)  # by rank
_ROAD_COLOURS = ("#e0a14a", "#e6b25e", "#ecc77f", "#f2dfae", "#ffffff", "#ffffff", "#ffffff")
_NAMED = 14  # most names on a map
_GLYPH = 7.0  # units of a road for each sign of its name, at least
_SCALE_M = 200


class Ground(Protocol):
    """Knows the roads of a rectangle in WGS84 degrees."""

    def within(
        self, west: float, south: float, east: float, north: float
    ) -> tuple[RoadLine, ...]: ...


def route_maps(sheet: PlanSheet, route: RouteSheet, ground: Ground, *, family: str) -> list[str]:
    """Return a map of each stop of a route, in the order of its stops; empty for a rest.

    Parameters
    ----------
    sheet
        Whose positions may be in any datum; maps are drawn in WGS84.
    family
        Font of the names.
    """
    if not route.stops:
        return []
    datum = sheet.datum
    lonlat = np.array([(stop.lon, stop.lat) for stop in route.stops], dtype=np.float64)
    stops = coordinates.to_wgs84(lonlat, datum)
    path = None if route.path_lonlat is None else coordinates.to_wgs84(route.path_lonlat, datum)
    numbers = ["" if stop.number is None else str(stop.number) for stop in route.stops]
    return [
        ""
        if stop.kind is StopKind.BREAK
        else _Map(stops[k], ground, family).drawn(path, stops, numbers, k)
        for k, stop in enumerate(route.stops)
    ]


class _Map:
    """The plane around one place."""

    def __init__(self, middle: Floats, ground: Ground, family: str) -> None:
        self._middle = middle
        self._east = math.cos(math.radians(float(middle[1])))
        half = np.array([_WIDTH / 2 / self._east, _HEIGHT / 2]) / (_METRE * _DEGREE_M)
        west, south = (middle - half).tolist()
        east, north = (middle + half).tolist()
        self._roads = ground.within(west, south, east, north)
        self._family = family

    def _at(self, lonlat: Floats) -> Floats:
        scale = np.array([self._east, -1.0]) * _DEGREE_M * _METRE
        shown: Floats = (lonlat - self._middle) * scale + (_WIDTH / 2, _HEIGHT / 2)
        return shown

    def drawn(self, path: Floats | None, stops: Floats, numbers: Sequence[str], chosen: int) -> str:
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" '
            f'width="{_WIDTH:g}" height="{_HEIGHT:g}" font-family={quoteattr(self._family)}>',
            '<clipPath id="frame"><rect width="100%" height="100%"/></clipPath>',
            '<g clip-path="url(#frame)"><rect width="100%" height="100%" fill="#eef0ec"/>',
        ]
        lines = [(road, self._at(road.lonlat)) for road in self._roads]
        for casing in (True, False):
            parts += [_line(at, *_stroke(road, casing=casing)) for road, at in lines]
        if path is not None and len(path) > 1:
            parts.append(_line(self._at(path), "#1b4f8a", 2.6, ' stroke-opacity="0.75"'))
        parts += self._names(lines)
        shown = self._at(stops)
        order = [k for k in range(len(stops)) if k != chosen] + [chosen]
        for k in order:
            x, y = shown[k].tolist()
            if -20 <= x <= _WIDTH + 20 and -20 <= y <= _HEIGHT + 20:
                parts += _mark(x, y, numbers[k], chosen=k == chosen)
        return "".join((*parts, *_scale(), "</g></svg>"))

    def _names(self, lines: Sequence[tuple[RoadLine, Floats]]) -> Iterator[str]:
        """Yield each name once, along the longest of its roads whose middle is on the map."""
        best: dict[str, tuple[float, float, float, float]] = {}
        for road, at in lines:
            x, y = at[len(at) // 2 - 1 : len(at) // 2 + 1].mean(axis=0).tolist()
            if not road.name or not (30 < x < _WIDTH - 30 and 12 < y < _HEIGHT - 12):
                continue
            right, down = (at[-1] - at[0]).tolist()
            if right < 0.0:  # names read from left to right
                right, down = -right, -down
            long = math.hypot(right, down)
            if long > best.get(road.name, (_GLYPH * len(road.name),))[0]:
                best[road.name] = (long, x, y, math.degrees(math.atan2(down, right)))
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        for name, (_, x, y, turn) in ranked[:_NAMED]:
            yield (
                f'<text transform="translate({x:.1f} {y:.1f}) rotate({turn:.1f})" dy="3" '
                'text-anchor="middle" font-size="8.5" fill="#3a4453" stroke="#ffffff" '
                f'stroke-width="2.2" paint-order="stroke">{escape(name)}</text>'
            )


def _stroke(road: RoadLine, *, casing: bool) -> tuple[str, float]:
    width = _ROAD_WIDTHS[road.rank]
    return ("#b9bfc7", width + 1.2) if casing else (_ROAD_COLOURS[road.rank], width)


def _line(at: Floats, colour: str, width: float, more: str = "") -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in at.tolist())
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
        f'stroke-linecap="round" stroke-linejoin="round"{more}/>'
    )


def _mark(x: float, y: float, number: str, *, chosen: bool) -> tuple[str, str]:
    radius, colour = (9.0, "#9b1c1c") if chosen else (6.5, "#1b4f8a")
    size = radius + 1.0
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour}" stroke="#ffffff" '
        'stroke-width="1.5"/>',
        f'<text x="{x:.1f}" y="{y + size * 0.35:.1f}" text-anchor="middle" font-size="{size:g}" '
        f'fill="#ffffff">{escape(number)}</text>',
    )


def _scale() -> tuple[str, ...]:
    long = _SCALE_M * _METRE
    y = _HEIGHT - 10.0
    return (
        f'<path d="M12 {y - 4:g}V{y:g}H{12 + long:g}V{y - 4:g}" fill="none" stroke="#1c2430"/>',
        f'<text x="{16 + long:g}" y="{y:g}" font-size="9" fill="#1c2430">{_SCALE_M} m</text>',
        f'<path d="M{_WIDTH - 16:g} 26V10m-4 6 4-6 4 6" fill="none" stroke="#1c2430"/>',
        f'<text x="{_WIDTH - 16:g}" y="37" text-anchor="middle" font-size="9" '
        'fill="#1c2430">N</text>',
    )
