"""Coordinate systems as pyproj knows them: one for each datum, and metric ones.

A local projection is CGCS2000 in a 3-degree Gauss-Kruger zone (GB/T 22021, EPSG:4534 to 4554)
where the points fit into one, and an equal-area projection about their middle otherwise. Only
systems on WGS84 and CGCS2000 are taken from files: PROJ holds no exact way from 北京54 and
西安80, and would move their points by 100 m without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geo.baidu_mercator import from_bd09mc
from geo.errors import CoordinateError
from geo.model import Datum, Floats

__all__ = [
    "MetricSystem",
    "crs_of",
    "datum_of",
    "from_projected",
    "local_projection",
    "metric_crs",
    "metric_system",
    "to_projected",
]

_EPSG = {Datum.WGS84: 4326, Datum.CGCS2000: 4490}
_NAMES = {Datum.GCJ02: "GCJ-02", Datum.BD09: "BD-09"}
_ENGINEERING = (
    'ENGCRS["{name}",EDATUM["{name}"],CS[Cartesian,2],AXIS["longitude",east,ORDER[1]],'
    'AXIS["latitude",north,ORDER[2]],LENGTHUNIT["degree",1]]'
)
_WGS84 = CRS.from_epsg(4326)
_ZONE_DEG = 3.0
_FIRST_MERIDIAN, _LAST_MERIDIAN = 75.0, 135.0
_FIRST_EPSG = 4534  # the zone about 75 E; the next one, about 78 E, is 4535
_REACH_DEG = 2.0  # from the middle of a zone; beyond, lengths are off by more than 1 in 2,000
_DATUM_NAMES = {
    "World Geodetic System 1984": Datum.WGS84,
    "WGS 84": Datum.WGS84,
    "WGS84": Datum.WGS84,
    "China 2000": Datum.CGCS2000,
    "China_2000": Datum.CGCS2000,
    "CGCS2000": Datum.CGCS2000,
}


@cache
def crs_of(datum: Datum) -> CRS:
    """Return the coordinate system that stands for a datum: EPSG:4326, 4490, or one by name.

    GCJ-02 and BD-09 have no EPSG code and no transformation that PROJ knows, so each is an
    engineering coordinate system of its name: GeoPackage files keep it, and PROJ refuses to
    transform it instead of calling its numbers WGS84.
    """
    if datum in _EPSG:
        return CRS.from_epsg(_EPSG[datum])
    return CRS.from_wkt(_ENGINEERING.format(name=_NAMES[datum]))


def datum_of(crs: CRS | None) -> Datum | None:
    """Return the datum that a coordinate system in degrees stands for, or None where none does.

    Raises
    ------
    CoordinateError
        If it is projected, or on a datum that is none of ours.
    """
    if crs is None:
        return None
    if crs.is_projected:
        raise CoordinateError(
            "坐标系“%(crs)s”是投影坐标系；请先用 to_crs 换算为经纬度（EPSG:4326）", crs=crs.name
        )
    by_name = next((datum for datum, name in _NAMES.items() if name == crs.name), None)
    found = _geodetic_datum(crs) if crs.is_geographic else by_name
    if found is not None:
        return found
    raise CoordinateError(
        "坐标系“%(crs)s”不是 WGS84、CGCS2000、GCJ-02 或 BD-09；请核对文件的坐标系", crs=crs.name
    )


def local_projection(lonlat: npt.ArrayLike) -> CRS:
    """Return a metric coordinate system that suits all of these points.

    Parameters
    ----------
    lonlat
        WGS84 degrees, longitude first, shape (2,) or (n, 2); nan is left out.

    Returns
    -------
    CRS
        The Gauss-Kruger zone whose middle meridian is nearest, if it is at most 2 degrees from
        every point: lengths are right to 1 in 2,000. Otherwise Lambert's azimuthal projection
        about the middle: areas are right everywhere.

    Raises
    ------
    CoordinateError
        If no point is left.

    Examples
    --------
    >>> local_projection([118.6758, 24.8739]).name
    'CGCS2000 / 3-degree Gauss-Kruger CM 120E'
    """
    points = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise CoordinateError("没有可用的坐标，无法选择投影；请先填写经度和纬度")
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    meridian = _ZONE_DEG * round((west + east) / 2 / _ZONE_DEG)
    reach = max(meridian - west, east - meridian)
    if reach <= _REACH_DEG and _FIRST_MERIDIAN <= meridian <= _LAST_MERIDIAN and south > 0.0:
        return CRS.from_epsg(_FIRST_EPSG + round((meridian - _FIRST_MERIDIAN) / _ZONE_DEG))
    lon, lat = round((west + east) / 2, 3), round((south + north) / 2, 3)
    return CRS.from_proj4(f"+proj=laea +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m")


def metric_crs(stated: str | CRS) -> CRS:
    """Return the projected coordinate system that a file or a person states.

    Parameters
    ----------
    stated
        An EPSG code such as ``EPSG:4527`` (CGCS2000, zone 39, the zone's number before the
        metres) or ``EPSG:3857``, another text that pyproj reads, or what a file came with.

    Raises
    ------
    CoordinateError
        If it is not known, has no metres, or lies on another datum than WGS84 or CGCS2000.
    """
    shown = stated if isinstance(stated, str) else stated.name
    try:
        crs = CRS.from_user_input(stated)
    except CRSError as error:
        raise CoordinateError(
            "不认识坐标系“%(crs)s”；请填写 EPSG 代码，例如 EPSG:4527", crs=shown
        ) from error
    if _geodetic_datum(crs) is None:
        raise CoordinateError(
            "坐标系“%(crs)s”的基准不是 CGCS2000 或 WGS84，无法精确换算；"
            "请由测绘部门用当地参数换算为 CGCS2000 后再用",
            crs=shown,
        )
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info[:2]):
        raise CoordinateError(
            "坐标系“%(crs)s”不是以米为单位的投影坐标系；请填写例如 EPSG:4527", crs=shown
        )
    return crs


@dataclass(frozen=True, slots=True)
class MetricSystem:
    """Metres that a table or file states, and the datum of the degrees that they stand for.

    ``crs`` is None for Baidu's own grid (see :mod:`geo.baidu_mercator`).
    """

    name: str
    datum: Datum
    crs: CRS | None

    def to_degrees(self, east_north_m: npt.ArrayLike) -> Floats:
        """Return degrees of ``datum`` for metres east and north, shape (2,) or (n, 2)."""
        if self.crs is None:
            return from_bd09mc(east_north_m)
        return from_projected(east_north_m, self.crs)


def metric_system(stated: str) -> MetricSystem:
    """Return the system of this name: ``bd09mc``, or what :func:`metric_crs` takes.

    Raises
    ------
    CoordinateError
        As :func:`metric_crs` does.
    """
    if stated.strip().casefold() == "bd09mc":
        return MetricSystem("bd09mc", Datum.BD09, None)
    crs = metric_crs(stated)
    return MetricSystem(crs.name, Datum.WGS84, crs)


def _geodetic_datum(crs: CRS) -> Datum | None:
    """Return the datum of a geographic or projected system; None if it is none that we know."""
    geodetic = crs.geodetic_crs
    name = geodetic.datum.name if geodetic is not None and geodetic.datum is not None else ""
    return next((datum for text, datum in _DATUM_NAMES.items() if name.startswith(text)), None)


def from_projected(east_north_m: npt.ArrayLike, crs: CRS) -> Floats:
    """Return WGS84 degrees, longitude first, for metres.

    Parameters
    ----------
    east_north_m
        Metres east, then north, whatever the order that the system itself prescribes (Chinese
        tables name the northing X); shape (2,) or (n, 2).
    crs
        As :func:`metric_crs` or :func:`local_projection` returns it.

    Returns
    -------
    Floats
        Same shape; nan where a number is missing or lies where the projection has no answer.
    """
    return _transformed(east_north_m, _transformer(crs, _WGS84))


def to_projected(lonlat: npt.ArrayLike, crs: CRS) -> Floats:
    """Return metres east, then north, for WGS84 degrees; shapes as :func:`from_projected`."""
    return _transformed(lonlat, _transformer(_WGS84, crs))


@lru_cache(maxsize=16)
def _transformer(source: CRS, target: CRS) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def _transformed(pairs: npt.ArrayLike, transformer: Transformer) -> Floats:
    points = np.asarray(pairs, dtype=np.float64)
    first, second = transformer.transform(points[..., 0], points[..., 1])
    found = np.stack([first, second], axis=-1).astype(np.float64)
    found[~np.isfinite(found).all(axis=-1)] = np.nan
    return found
