"""GCJ-02 and BD-09 as they were published, written plainly in numpy: the oracle of tests."""

from __future__ import annotations

import numpy as np

from geo.model import Floats

_A = 6378245.0
_EE = 0.00669342162296594323
_X_PI = np.pi * 3000.0 / 180.0


def wgs84_to_gcj02(lonlat: Floats) -> Floats:
    """Return GCJ-02 degrees, shape (n, 2); outside the rectangle the point itself."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y, pi = lon - 105.0, lat - 35.0, np.pi
    with np.errstate(invalid="ignore"):
        d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
        d_lat += (20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)) * 2.0 / 3.0
        d_lat += (20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)) * 2.0 / 3.0
        d_lat += (160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y * pi / 30.0)) * 2.0 / 3.0
        d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
        d_lon += (20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)) * 2.0 / 3.0
        d_lon += (20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)) * 2.0 / 3.0
        d_lon += (150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)) * 2.0 / 3.0
        rad_lat = lat / 180.0 * pi
        magic = 1.0 - _EE * np.sin(rad_lat) ** 2
        d_lat = d_lat * 180.0 / ((_A * (1.0 - _EE)) / (magic * np.sqrt(magic)) * pi)
        d_lon = d_lon * 180.0 / (_A / np.sqrt(magic) * np.cos(rad_lat) * pi)
        outside = (lon < 72.004) | (lon > 137.8347) | (lat < 0.8293) | (lat > 55.8271)
    return np.where(outside[:, None], lonlat, np.stack([lon + d_lon, lat + d_lat], axis=-1))


def gcj02_to_bd09(lonlat: Floats) -> Floats:
    """Return BD-09 degrees, shape (n, 2)."""
    x, y = lonlat[:, 0], lonlat[:, 1]
    z = np.sqrt(x * x + y * y) + 0.00002 * np.sin(y * _X_PI)
    theta = np.arctan2(y, x) + 0.000003 * np.cos(x * _X_PI)
    return np.stack([z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006], axis=-1)
