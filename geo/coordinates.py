"""Datums of Chinese tables to and from each other, and distances on the ground.

Every array holds degrees, longitude first, with shape (2,) or (n, 2); the answer has the
shape of the question. nan stays nan. CGCS2000 and WGS84 differ by centimetres and are taken as
equal.

GCJ-02 and BD-09 are defined only inside the usual rectangle, 72.004 to 137.8347 E and 0.8293
to 55.8271 N. A point given outside of it is returned unchanged, whatever its datum, and a point
inside is moved, even over the border. So a round trip is exact to well below a millimetre
unless the first step crosses the border, which it does within 1 km of it only: over 100 km from
the nearest land of this country.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from geo.errors import CoordinateError
from geo.messages import Message, message
from geo.model import Datum, Floats

__all__ = [
    "CHINA_LAT",
    "CHINA_LON",
    "area_m2",
    "check_china_lonlat",
    "convert",
    "distance_m",
    "from_wgs84",
    "length_m",
    "to_wgs84",
]

CHINA_LON = (73.0, 136.0)
"""Longitudes between which a point of this country lies."""

CHINA_LAT = (3.0, 54.0)
"""Latitudes between which a point of this country lies."""

_STEPS = {Datum.WGS84: 0, Datum.CGCS2000: 0, Datum.GCJ02: 1, Datum.BD09: 2}  # away from WGS84
_GEOD = Geod(ellps="WGS84")


def convert(lonlat: npt.ArrayLike, source: Datum, target: Datum) -> Floats:
    """Return degrees of ``target`` for degrees of ``source``.

    GCJ-02 and BD-09 go into each other directly, without the way over WGS84.

    Parameters
    ----------
    lonlat
        Degrees, longitude first, shape (2,) or (n, 2).
    source, target
        The datum that the numbers are given in, and the one that is wanted.

    Returns
    -------
    Floats
        A new array of the same shape.

    Raises
    ------
    CoordinateError
        If the shape is another.

    Examples
    --------
    >>> convert([118.6758, 24.8739], Datum.GCJ02, Datum.BD09).round(5).tolist()
    [118.68225, 24.88025]
    """
    points = _points(lonlat)
    if points.size and _STEPS[source] != _STEPS[target]:
        from geo.datum_loops import move  # loads the compiler: only where something moves

        move(points.reshape(-1, 2), _STEPS[source], _STEPS[target])
    return points


def to_wgs84(lonlat: npt.ArrayLike, datum: Datum) -> Floats:
    """Return WGS84 degrees for degrees of ``datum``, as :func:`convert` does.

    Examples
    --------
    >>> to_wgs84([118.6758, 24.8739], Datum.GCJ02).round(5).tolist()
    [118.67126, 24.87682]
    """
    return convert(lonlat, datum, Datum.WGS84)


def from_wgs84(lonlat: npt.ArrayLike, datum: Datum) -> Floats:
    """Return degrees of ``datum`` for WGS84 degrees, as :func:`convert` does."""
    return convert(lonlat, Datum.WGS84, datum)


def check_china_lonlat(lonlat: npt.ArrayLike, *, where: str | Message = "") -> None:
    """Refuse points that are missing, swapped or outside this country.

    Parameters
    ----------
    lonlat
        Degrees, longitude first, shape (2,) or (n, 2).
    where
        Place of the numbers for the message: a file, a sheet and row.

    Raises
    ------
    CoordinateError
        Names the first bad point, by its position from 1, with the cure. The message shows
        whole degrees only, so that it points at nobody's door.
    """
    points = np.atleast_2d(_points(lonlat))
    lon, lat = points[:, 0], points[:, 1]
    good = _between(lon, CHINA_LON) & _between(lat, CHINA_LAT)
    if good.all():
        return
    index = int(np.flatnonzero(~good)[0])
    facts = {"where": where or message("坐标"), "number": index + 1}
    first_deg, second_deg = float(lon[index]), float(lat[index])
    if not (np.isfinite(first_deg) and np.isfinite(second_deg)):
        raise CoordinateError(
            "%(where)s：第 %(number)d 个点缺少经度或纬度，请填写十进制度数", **facts
        )
    facts |= {"lon": round(first_deg), "lat": round(second_deg)}
    if first_deg <= CHINA_LAT[1] < second_deg:
        raise CoordinateError(
            "%(where)s：第 %(number)d 个点的经度约 %(lon)d、纬度约 %(lat)d，经纬度写反了，"
            "请把经度（73 至 136）写在前、纬度（3 至 54）写在后",
            **facts,
        )
    raise CoordinateError(
        "%(where)s：第 %(number)d 个点的经度约 %(lon)d、纬度约 %(lat)d，不在中国境内，"
        "请核对坐标及坐标系（单位应为十进制度）",
        **facts,
    )


def distance_m(a_lonlat: npt.ArrayLike, b_lonlat: npt.ArrayLike) -> Floats:
    """Return geodesic metres between points; shapes broadcast as numpy arrays do.

    Returns
    -------
    Floats
        Shape () for two single points, (n,) otherwise; nan where a coordinate is nan.
    """
    a, b = np.broadcast_arrays(_points(a_lonlat), _points(b_lonlat))
    missing = np.isnan(a).any(axis=-1) | np.isnan(b).any(axis=-1)
    a, b = (np.where(missing[..., None], 0.0, points) for points in (a, b))
    _, _, metres = _GEOD.inv(a[..., 0], a[..., 1], b[..., 0], b[..., 1])
    return np.where(missing, np.nan, np.asarray(metres, dtype=np.float64))


def length_m(geometry: npt.ArrayLike | BaseGeometry | None) -> Floats:
    """Return geodesic metres along lines, or around polygons (their outer rings), in WGS84 degrees.

    Parameters
    ----------
    geometry
        One geometry, or an array of geometries; heights do not count.

    Returns
    -------
    Floats
        Same shape as the argument; 0 for points and empty geometries, nan for None.
    """
    return _measured(geometry, _GEOD.geometry_length)


def area_m2(geometry: npt.ArrayLike | BaseGeometry | None) -> Floats:
    """Return geodesic square metres of polygons given in WGS84 degrees.

    Holes are taken off, whichever way their rings run. The polygons must be valid: where one
    crosses itself, parts of it cancel.

    Parameters
    ----------
    geometry
        One geometry, or an array of geometries; heights do not count.

    Returns
    -------
    Floats
        Same shape as the argument; 0 for points, lines and empty geometries, nan for None.
    """
    return _measured(geometry, _area_m2)


def _measured(
    geometry: npt.ArrayLike | BaseGeometry | None, measure: Callable[[BaseGeometry], float]
) -> Floats:
    shapes = np.asarray(geometry, dtype=object)
    flat = (
        np.nan if shape is None else 0.0 if shape.is_empty else measure(shape)
        for shape in shapes.ravel()
    )
    return np.fromiter(flat, np.float64, count=shapes.size).reshape(shapes.shape)


def _area_m2(shape: BaseGeometry) -> float:
    if shapely.get_dimensions(shape) < 2:
        return 0.0
    square_m, _ = _GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))
    return abs(float(square_m))


def _points(lonlat: npt.ArrayLike) -> Floats:
    """Return a contiguous float copy of shape (2,) or (n, 2)."""
    points = np.array(lonlat, dtype=np.float64, order="C")
    if points.size == 0:
        return points.reshape(0, 2)
    if points.ndim not in (1, 2) or points.shape[-1] != 2:
        raise CoordinateError(
            "坐标数组的形状 %(shape)s 不对，应为 (2,) 或 (n, 2)，经度在前", shape=points.shape
        )
    return points


def _between(values: Floats, bounds: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return (values >= bounds[0]) & (values <= bounds[1])
