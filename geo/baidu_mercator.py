"""Metres of Baidu's own Mercator grid (BD09MC) to and from BD-09 degrees.

Baidu's map scripts publish, for each band of 15 degrees of latitude, a line for the easting and
a polynomial of the sixth degree for the northing. They hold other polynomials for the way back;
here the northing's own polynomial is solved by Newton's method, so that a round trip is exact.
Only the bands that touch this country are held.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.model import Floats

__all__ = ["from_bd09mc", "to_bd09mc"]

_BAND_DEG = 15.0
_EAST = np.array(
    [
        (-0.0003218135878613132, 111320.7020701615),
        (-0.0003441963504368392, 111320.7020576856),
        (0.00220636496208, 111320.7020209128),
        (0.00337398766765, 111320.7020202162),
    ]
)
_NORTH = np.array(
    [
        (
            *(0.00369383431289, 823725.6402795718, 0.46104986909093, 2351.343141331292),
            *(1.58060784298199, 8.77738589078284, 0.37238884252424),
        ),
        (
            *(278.2353980772752, 2485758.690035394, 6070.750963243378, 54821.18345352118),
            *(9540.606633304236, -2710.55326746645, 1405.483844121726),
        ),
        (
            *(51751.86112841131, 3796837.749470245, 992013.7397791013, -1221952.21711287),
            *(1340652.697009075, -620943.6990984312, 144416.9293806241),
        ),
        (
            *(4481351.045890365, -23393751.19931662, 79682215.47186455, -115964993.2797253),
            *(97236711.15602145, -43661946.33752821, 8477230.501135234),
        ),
    ]
)
_MIDDLE_DEG = np.array([7.45, 22.5, 37.5, 52.5])
_MOST_EAST_M = 180.0 * 111_320.71
_ROUNDS = 6


def to_bd09mc(lonlat: npt.ArrayLike) -> Floats:
    """Return metres east and north for BD-09 degrees, shape (2,) or (n, 2).

    Returns
    -------
    Floats
        Same shape; nan beyond 60 degrees north or south.
    """
    points = np.asarray(lonlat, dtype=np.float64)
    lon, lat = np.abs(points[..., 0]), np.abs(points[..., 1])
    good = (lon <= 180.0) & (lat <= 4 * _BAND_DEG)
    lon, lat = np.where(good, lon, 0.0), np.where(good, lat, 0.0)
    band = np.maximum(np.ceil(lat / _BAND_DEG) - 1.0, 0.0).astype(np.int64)  # 45 N is of the third
    found = np.stack([_EAST[band, 0] + _EAST[band, 1] * lon, _north_m(lat, band)[0]], axis=-1)
    return np.where(good[..., None], np.copysign(found, points), np.nan)


def from_bd09mc(east_north_m: npt.ArrayLike) -> Floats:
    """Return BD-09 degrees for metres; shapes and nan as :func:`to_bd09mc`."""
    points = np.asarray(east_north_m, dtype=np.float64)
    east_m, north_m = np.abs(points[..., 0]), np.abs(points[..., 1])
    ends_m, _ = _north_m(np.arange(1.0, 5.0) * _BAND_DEG, np.arange(4))
    good = (east_m < _MOST_EAST_M) & (north_m <= ends_m[3])
    east_m, north_m = np.where(good, east_m, 0.0), np.where(good, north_m, 0.0)
    band = np.searchsorted(ends_m[:3], north_m)
    lat = np.asarray((band + 0.5) * _BAND_DEG, dtype=np.float64)
    for _ in range(_ROUNDS):
        found_m, by_degree = _north_m(lat, band)
        lat = lat - (found_m - north_m) / by_degree
    lon = (east_m - _EAST[band, 0]) / _EAST[band, 1]
    found = np.copysign(np.stack([lon, lat], axis=-1), points)
    return np.where(good[..., None], found, np.nan)


def _north_m(lat: Floats, band: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the northing, and how it changes with a degree."""
    share, terms = lat / _MIDDLE_DEG[band], _NORTH[band]
    value, slope = np.zeros_like(share), np.zeros_like(share)
    for power in range(6, -1, -1):
        slope = slope * share + value
        value = value * share + terms[..., power]
    return value, slope / _MIDDLE_DEG[band]
