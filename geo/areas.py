"""Grids, townships, station territories and the jurisdiction: which one holds a point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely

from geo.model import Area, AreaKind, Floats

__all__ = ["AreaSet"]


class AreaSet:
    """Areas by kind with a spatial index; implements :class:`geo.ports.AreaIndex`.

    A point on a shared border belongs to the area that comes first.
    """

    def __init__(self, areas: Iterable[Area]) -> None:
        self._areas: dict[AreaKind, tuple[Area, ...]] = dict.fromkeys(AreaKind, ())
        for area in areas:
            self._areas[area.kind] += (area,)
        self._by_code = {(kind, area.code): area for kind in AreaKind for area in self._areas[kind]}
        self._polygons = {
            kind: np.array([area.geometry for area in members], dtype=object)
            for kind, members in self._areas.items()
        }
        for polygons in self._polygons.values():
            shapely.prepare(polygons)
        self._trees = {kind: shapely.STRtree(shapes) for kind, shapes in self._polygons.items()}

    def areas(self, kind: AreaKind) -> Sequence[Area]:
        """Return the areas of a kind in the order given."""
        return self._areas[kind]

    def find(self, code: str, *, kind: AreaKind | None = None) -> Area | None:
        """Return the area with this code, of this kind or of the first kind that has it."""
        for each in AreaKind if kind is None else (kind,):
            area = self._by_code.get((each, code))
            if area is not None:
                return area
        return None

    def code_at(self, points_lonlat: Floats, *, kind: AreaKind) -> list[str | None]:
        """Return the area code for each point of shape (n, 2); None outside all, or at nan."""
        points = np.asarray(points_lonlat, dtype=np.float64).reshape(-1, 2)
        known = np.flatnonzero(np.isfinite(points).all(axis=1))
        x, y = points[known].T
        which, area = self._trees[kind].query(shapely.points(x, y))
        holds = shapely.intersects_xy(self._polygons[kind][area], x[which], y[which])
        found = np.full(len(points), len(self._areas[kind]))
        np.minimum.at(found, known[which[holds]], area[holds])
        codes = [area.code for area in self._areas[kind]] + [None]
        return [codes[index] for index in found]
