"""Positions as people type them: a pair of degrees in any writing, or a plus code."""

from __future__ import annotations

import re

from geo.coordinate_text import parse_lonlat
from geo.errors import CoordinateError
from geo.model import Point

__all__ = ["typed_point"]

_NUMBER = r"(-?\d{1,3}(?:\.\d+)?)\s*°?\s*[NEne]?"
_PAIR = re.compile(rf"\s*{_NUMBER}\s*[,，;\s]\s*{_NUMBER}\s*")
_LON, _LAT = (73.0, 136.0), (3.0, 54.0)
"""Of this country: they do not overlap, so that the order of a pair tells itself."""


def typed_point(text: str, *, near: Point | None = None) -> Point | None:
    """Return the position that a text names, WGS84; None where it names none.

    A plus code (Open Location Code) names the middle of its cell. Of a pair of plain degrees, the
    one that can be a longitude of this country is it; other writings of a pair are read as
    :func:`geo.coordinate_text.parse_lonlat` does.

    Parameters
    ----------
    near
        Where a short plus code is looked for; without it only a full one names a position.

    Examples
    --------
    >>> typed_point("24.92, 118.61") == typed_point("118.61 24.92") == Point(118.61, 24.92)
    True
    >>> typed_point("7PPWWJR2+22").lat
    24.9400625
    >>> typed_point("WJR2+22", near=Point(118.6, 24.9)) == typed_point("7PPWWJR2+22")
    True
    >>> typed_point("东经118.61，北纬24.92")
    Point(lon=118.61, lat=24.92)
    >>> typed_point("中山路12号") is None
    True
    """
    found = _PAIR.fullmatch(text)
    if found is not None:
        one, other = float(found[1]), float(found[2])
        for lon, lat in ((one, other), (other, one)):
            if _is_here(lon, lat):
                return Point(lon, lat)
        return None
    return _plus_code(text.strip().upper(), near) or _written(text)


def _is_here(lon: float, lat: float) -> bool:
    return _LON[0] <= lon <= _LON[1] and _LAT[0] <= lat <= _LAT[1]


def _written(text: str) -> Point | None:
    try:
        lon, lat = parse_lonlat(text)
    except CoordinateError:
        return None
    return Point(lon, lat) if _is_here(lon, lat) else None


def _plus_code(text: str, near: Point | None) -> Point | None:
    from openlocationcode import openlocationcode

    if near is not None and openlocationcode.isShort(text):
        text = openlocationcode.recoverNearest(text, near.lat, near.lon)
    if not openlocationcode.isFull(text):
        return None
    area = openlocationcode.decode(text)
    try:
        return Point(area.longitudeCenter, area.latitudeCenter)
    except CoordinateError:
        return None
