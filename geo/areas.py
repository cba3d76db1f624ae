"""Grids, townships, station territories and the jurisdiction: which one holds a point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.errors import AreaError
from geo.messages import Message, message
from geo.model import Area, AreaKind, Floats, Ints

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["KIND_NAMES", "AreaSet"]

KIND_NAMES: Mapping[AreaKind, Message] = MappingProxyType(
    {
        AreaKind.JURISDICTION: message("法院辖区"),
        AreaKind.TOWNSHIP: message("乡镇"),
        AreaKind.GRID: message("网格"),
        AreaKind.STATION_TERRITORY: message("派出所辖区"),
        AreaKind.CHECKPOINT_CATCHMENT: message("查控点范围"),
        AreaKind.COUNTY: message("区县"),
    }
)
"""What people call each kind."""


class AreaSet:
    """Areas by kind with a spatial index; implements :class:`geo.ports.AreaIndex`.

    A point on a shared border belongs to the area that comes first.
    """

    def __init__(self, areas: Iterable[Area]) -> None:
        by_kind: dict[AreaKind, list[Area]] = {kind: [] for kind in AreaKind}
        for area in areas:
            by_kind[area.kind].append(area)
        self._areas = {kind: tuple(members) for kind, members in by_kind.items()}
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
        codes = [area.code for area in self._areas[kind]] + [None]
        return [codes[index] for index in self._index_at(points_lonlat, kind)]

    def join(self, points: gpd.GeoDataFrame, kind: AreaKind) -> gpd.GeoDataFrame:
        """Return the points with code and name of the area of this kind that holds each.

        Like :func:`geopandas.sjoin` with ``how="left"`` and ``predicate="intersects"``, but one
        row stays one row: a point on a shared border belongs to the area that comes first.

        Parameters
        ----------
        points
            A frame of points in any stated coordinate system; rows without a point are kept.
        kind
            The kind of area to look in.

        Returns
        -------
        geopandas.GeoDataFrame
            A copy in the order, index and system of ``points``, with the columns
            ``<kind>_code`` and ``<kind>_name``; missing outside all.

        Raises
        ------
        AreaError
            If the frame states no coordinate system or holds other shapes than points.

        Examples
        --------
        >>> import geopandas as gpd
        >>> square = Area("G1", "前洋村", AreaKind.GRID, shapely.box(118.60, 24.80, 118.62, 24.82))
        >>> spots = gpd.GeoDataFrame(geometry=gpd.points_from_xy([118.61], [24.81]), crs=4326)
        >>> AreaSet([square]).join(spots, AreaKind.GRID)["grid_name"].tolist()
        ['前洋村']
        """
        if points.crs is None:
            raise AreaError("点表没有说明坐标系，请先用 set_crs 说明（经纬度为 EPSG:4326）")
        shapes = np.array(points.geometry.to_crs(4326), dtype=object)
        if not np.isin(shapely.get_type_id(shapes), (-1, 0)).all():
            raise AreaError("点表中有不是点的图形，请先取其代表点（representative_point）")
        shapes[shapely.is_empty(shapes)] = None
        lonlat = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
        members = (*self._areas[kind], None)
        held = [members[index] for index in self._index_at(lonlat, kind)]
        return points.assign(
            **{
                f"{kind}_code": [area and area.code for area in held],
                f"{kind}_name": [area and area.name for area in held],
            }
        )

    def _index_at(self, points_lonlat: Floats, kind: AreaKind) -> Ints:
        """Return the position of the first area that holds each point; beyond the last if none."""
        points = np.asarray(points_lonlat, dtype=np.float64).reshape(-1, 2)
        known = np.flatnonzero(np.isfinite(points).all(axis=1))
        x, y = points[known].T
        which, area = self._trees[kind].query(shapely.points(x, y))
        together = np.argsort(area, kind="stable")  # one polygon's index stays in the cache
        which, area = which[together], area[together]
        holds = shapely.intersects_xy(self._polygons[kind][area], x[which], y[which])
        found = np.full(len(points), len(self._areas[kind]))
        np.minimum.at(found, known[which[holds]], area[holds])
        return found
