"""Links that open a navigation app at a place, in the datum that the app expects.

A link holds a position alone: no name, no case. The forms are those that the makers publish: the
URI APIs of AMap, Baidu Map and Tencent Map, and RFC 5870 for every other app.
"""

from __future__ import annotations

from enum import StrEnum

from geo.model import Datum

__all__ = ["NavigationApp", "navigation_link"]


class NavigationApp(StrEnum):
    """An app that drives to a place."""

    AMAP = "amap"  # 高德地图
    BAIDU = "baidu"  # 百度地图
    TENCENT = "tencent"  # 腾讯地图
    OTHER = "other"  # whatever the phone opens positions with

    @property
    def datum(self) -> Datum:
        """The datum of its positions."""
        return _DATUM[self]


_DATUM = {
    NavigationApp.AMAP: Datum.GCJ02,
    NavigationApp.BAIDU: Datum.BD09,
    NavigationApp.TENCENT: Datum.GCJ02,
    NavigationApp.OTHER: Datum.WGS84,
}
_FORMS = {
    NavigationApp.AMAP: (
        "https://uri.amap.com/navigation?to={lon:.6f},{lat:.6f}&mode=car&coordinate=gaode&callnative=1"
    ),
    NavigationApp.BAIDU: (
        "baidumap://map/direction?destination={lat:.6f},{lon:.6f}&coord_type=bd09ll&mode=driving"
    ),
    NavigationApp.TENCENT: "qqmap://map/routeplan?type=drive&tocoord={lat:.6f},{lon:.6f}",
    NavigationApp.OTHER: "geo:{lat:.6f},{lon:.6f}",
}


def navigation_link(app: NavigationApp, *, lon: float, lat: float) -> str:
    """Return a link that drives to a position, which is in the datum of the app.

    Examples
    --------
    >>> navigation_link(NavigationApp.OTHER, lon=118.6, lat=24.9)
    'geo:24.900000,118.600000'
    """
    return _FORMS[app].format(lon=lon, lat=lat)
