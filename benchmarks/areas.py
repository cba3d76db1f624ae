"""Areas: 100,000 points joined to 86 detailed polygons, and the check of those polygons.

``python -m benchmarks.areas`` prints ``name value unit``; geopandas' ``sjoin`` is timed in the
same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.report import figure
from geo.area_check import check_areas
from geo.areas import AreaSet
from geo.model import Area, AreaKind, Floats

_Made = TypeVar("_Made")

_POINTS = 100_000
_AREAS = 86
_STEP_DEG = 0.0001  # about ten metres from corner to corner, as surveyed borders have
_BOX = (118.5, 24.8, 118.8, 25.1)


def main() -> None:
    """Print the figures."""
    rng = np.random.default_rng(1)
    low, high = _BOX[:2], _BOX[2:]
    areas = _district(rng.uniform(low, high, (_AREAS, 2)))
    points = rng.uniform(low, high, (_POINTS, 2))
    corners = sum(int(shapely.get_num_coordinates(area.geometry)) for area in areas)
    figure("areas_corners", corners, "count")
    made_s, index = _timed(lambda: AreaSet(areas))
    figure("areas_index_s", made_s, "s")
    code_at_s, found = _timed(lambda: index.code_at(points, kind=AreaKind.GRID))
    figure("areas_code_at_100k_s", code_at_s, "s")
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*points.T), crs=4326)
    join_s, joined = _timed(lambda: index.join(frame, AreaKind.GRID))
    figure("areas_join_100k_s", join_s, "s")
    shapes = gpd.GeoDataFrame(
        {"code": [area.code for area in areas]},
        geometry=[shapely.from_wkb(shapely.to_wkb(area.geometry)) for area in areas],  # unprepared
        crs=4326,
    )
    peer_s, peer = _timed(lambda: frame.sjoin(shapes, how="left"))
    figure("areas_join_speed_over_geopandas", peer_s / join_s, "ratio")
    first = peer[~peer.index.duplicated()]["code"]
    differing = int((first.fillna("") != joined["grid_code"].fillna("")).sum())
    figure("areas_join_differing_rows", differing, "count")
    figure("areas_points_outside", found.count(None), "count")
    check_s, report = _timed(lambda: check_areas(areas))
    figure("areas_check_clean_s", check_s, "s")
    figure("areas_check_clean_findings", len(report.findings), "count")
    moved = [*areas[1:], _moved(areas[0])]
    check_s, report = _timed(lambda: check_areas(moved))
    figure("areas_check_one_moved_s", check_s, "s")
    figure("areas_check_one_moved_findings", len(report.findings), "count")


def _timed(work: Callable[[], _Made]) -> tuple[float, _Made]:
    begun_s = time.perf_counter()
    made = work()
    return time.perf_counter() - begun_s, made


def _district(seeds: Floats) -> list[Area]:
    """Return cells with winding borders that neighbours share corner by corner."""
    whole = shapely.box(*_BOX)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=whole))
    lines = shapely.union_all(shapely.boundary(shapely.intersection(cells, whole)))
    wound = shapely.transform(shapely.segmentize(shapely.line_merge(lines), _STEP_DEG), _wind)
    shapes = shapely.get_parts(shapely.polygonize([wound]))
    return [
        Area(f"G{number:03}", f"{number}村", AreaKind.GRID, shape)
        for number, shape in enumerate(shapes)
    ]


def _wind(lonlat: Floats) -> Floats:
    return lonlat + 0.0003 * np.sin(lonlat[:, ::-1] * 2_000.0)


def _moved(area: Area) -> Area:
    shape = shapely.transform(area.geometry, lambda lonlat: lonlat + 0.0005)
    return Area(area.code, area.name, area.kind, shape)


if __name__ == "__main__":
    main()
