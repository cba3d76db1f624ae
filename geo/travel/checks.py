"""Refusing networks and questions that make no sense."""

from __future__ import annotations

import numpy as np

from geo.errors import TravelError
from geo.model import Floats
from geo.network import RoadNetwork

__all__ = ["check_network", "checked_points", "is_count"]


def check_network(network: RoadNetwork) -> None:
    """Refuse a network on which no travel can be reckoned.

    Raises
    ------
    TravelError
        If a length is no number or below 0, or the roads lie on both sides of the date line.
    """
    wrong = ~(np.isfinite(network.length_m) & (network.length_m >= 0.0))
    if wrong.any():
        raise TravelError(
            "路网第 %(row)d 条道路的长度无效，请重新生成路网", row=int(np.flatnonzero(wrong)[0]) + 1
        )
    if network.road_count and np.ptp(network.geometry_lonlat[:, 0]) > 180.0:
        raise TravelError("路网跨越 180° 经线，无法计算行程；请把两侧的道路分成两份")


def checked_points(points_lonlat: Floats) -> Floats:
    """Return points as an array of shape (n, 2); an empty list is no points.

    Raises
    ------
    TravelError
        If they are no pairs of numbers, or a coordinate is nan or out of range.
    """
    try:
        points = np.asarray(points_lonlat, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TravelError("给出的点不是数的数组，请改为每点两个数（经度、纬度）") from error
    if points.shape == (0,):
        points = points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2:
        raise TravelError(
            "给出的点的数组形状为 %(shape)s，请改为每点一行、每行两个数（经度、纬度）",
            shape=str(points.shape),
        )
    if not np.isfinite(points).all():
        row = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise TravelError("第 %(row)d 个点没有坐标，请先定位", row=row + 1)
    beyond = (np.abs(points) > (180.0, 90.0)).any(axis=1)
    if beyond.any():
        raise TravelError(
            "第 %(row)d 个点的经度或纬度超出范围，请核对是否写反或单位有误（经度在前，单位为度）",
            row=int(np.flatnonzero(beyond)[0]) + 1,
        )
    return np.ascontiguousarray(points)


def is_count(value: object) -> bool:
    """Return whether a value is a whole number of at least one."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return whole and int(value) >= 1  # type: ignore[call-overload]
