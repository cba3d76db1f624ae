"""Datums of Chinese tables to and from WGS84, and distances on the ground.

Every array holds degrees, longitude first, with shape (2,) or (n, 2); the answer has the
shape of the question. nan stays nan. GCJ-02 and BD-09 are defined only inside the usual
rectangle; a point that lies outside of it is returned unchanged. CGCS2000 and WGS84 differ by
centimetres and are taken as equal.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from pyproj import Geod

from geo.errors import CoordinateError
from geo.messages import Message, message
from geo.model import Datum, Floats

__all__ = [
    "CHINA_LAT",
    "CHINA_LON",
    "check_china_lonlat",
    "distance_m",
    "from_wgs84",
    "to_wgs84",
]

CHINA_LON = (73.0, 136.0)
"""Longitudes between which a point of this country lies."""

CHINA_LAT = (3.0, 54.0)
"""Latitudes between which a point of this country lies."""

_RECTANGLE_LON = (72.004, 137.8347)
_RECTANGLE_LAT = (0.8293, 55.8271)
_KRASOVSKY_M = 6378245.0
_KRASOVSKY_E2 = 0.00669342162296594323
_BAIDU_TURN = np.pi * 3000.0 / 180.0
_ROUNDS = 12  # each round of the inverse gains two digits or more
_GEOD = Geod(ellps="WGS84")


def to_wgs84(lonlat: npt.ArrayLike, datum: Datum) -> Floats:
    """Return WGS84 degrees for degrees of ``datum``, exact to well below a millimetre.

    Parameters
    ----------
    lonlat
        Degrees, longitude first, shape (2,) or (n, 2).
    datum
        The datum that the numbers are given in.

    Raises
    ------
    CoordinateError
        If the shape is another.

    Examples
    --------
    >>> to_wgs84([118.6758, 24.8739], Datum.GCJ02).round(5).tolist()
    [118.67126, 24.87682]
    """
    points = _points(lonlat)
    if datum is Datum.GCJ02:
        return _inside(points, _gcj02_to_wgs84)
    if datum is Datum.BD09:
        return _inside(points, lambda bd09: _gcj02_to_wgs84(_bd09_to_gcj02(bd09)))
    return points


def from_wgs84(lonlat: npt.ArrayLike, datum: Datum) -> Floats:
    """Return degrees of ``datum`` for WGS84 degrees; shapes and errors as :func:`to_wgs84`."""
    points = _points(lonlat)
    if datum is Datum.GCJ02:
        return _inside(points, _wgs84_to_gcj02)
    if datum is Datum.BD09:
        return _inside(points, lambda wgs84: _gcj02_to_bd09(_wgs84_to_gcj02(wgs84)))
    return points


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


def _points(lonlat: npt.ArrayLike) -> Floats:
    """Return a float copy of shape (2,) or (n, 2)."""
    points = np.array(lonlat, dtype=np.float64)
    if points.size == 0:
        return points.reshape(0, 2)
    if points.ndim not in (1, 2) or points.shape[-1] != 2:
        raise CoordinateError(
            "坐标数组的形状 %(shape)s 不对，应为 (2,) 或 (n, 2)，经度在前", shape=points.shape
        )
    return points


def _between(values: Floats, bounds: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return (values >= bounds[0]) & (values <= bounds[1])


def _inside(points: Floats, convert: Callable[[Floats], Floats]) -> Floats:
    """Apply ``convert`` to the points in the rectangle, in place."""
    rows = points.reshape(-1, 2)
    inside = _between(rows[:, 0], _RECTANGLE_LON) & _between(rows[:, 1], _RECTANGLE_LAT)
    if inside.any():
        rows[inside] = convert(rows[inside])
    return points


def _shift(wgs84: Floats) -> Floats:
    """Return degrees by which GCJ-02 lies away from WGS84."""
    x, y = wgs84[:, 0] - 105.0, wgs84[:, 1] - 35.0
    root, common = np.sqrt(np.abs(x)), 20.0 * (_sin(6.0 * x) + _sin(2.0 * x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (common + 20.0 * _sin(x) + 40.0 * _sin(x / 3.0)) * 2.0 / 3.0
    east += (150.0 * _sin(x / 12.0) + 300.0 * _sin(x / 30.0)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (common + 20.0 * _sin(y) + 40.0 * _sin(y / 3.0)) * 2.0 / 3.0
    north += (160.0 * _sin(y / 12.0) + 320.0 * _sin(y / 30.0)) * 2.0 / 3.0
    lat = np.radians(wgs84[:, 1])
    magic = 1.0 - _KRASOVSKY_E2 * np.sin(lat) ** 2
    meridian_m = _KRASOVSKY_M * (1.0 - _KRASOVSKY_E2) / magic**1.5
    parallel_m = _KRASOVSKY_M / np.sqrt(magic) * np.cos(lat)
    return np.degrees(np.stack([east / parallel_m, north / meridian_m], axis=-1))


def _sin(half_turns: Floats) -> Floats:
    return np.asarray(np.sin(half_turns * np.pi), dtype=np.float64)


def _wgs84_to_gcj02(wgs84: Floats) -> Floats:
    return wgs84 + _shift(wgs84)


def _gcj02_to_wgs84(gcj02: Floats) -> Floats:
    return _solve(_wgs84_to_gcj02, gcj02)


def _gcj02_to_bd09(gcj02: Floats) -> Floats:
    x, y = gcj02[:, 0], gcj02[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU_TURN)
    east, north = radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
    return np.stack([east, north], axis=-1)


def _bd09_to_gcj02(bd09: Floats) -> Floats:
    return _solve(_gcj02_to_bd09, bd09)


def _solve(forward: Callable[[Floats], Floats], target: Floats) -> Floats:
    """Return the point that ``forward`` moves onto ``target``, by fixed-point rounds."""
    point = target
    for _ in range(_ROUNDS):
        point = point - (forward(point) - target)
    return point
