"""When the sun rises and sets at a place."""

from __future__ import annotations

from datetime import date

from astral import Observer
from astral.sun import sun

from geo.localtime import LOCAL_ZONE, moment_at
from geo.model import Point

__all__ = ["daylight"]


def daylight(point: Point, day: date) -> tuple[int, int]:
    """Return sunrise and sunset of a day, in seconds after its midnight.

    Examples
    --------
    >>> from geo.localtime import hour_text
    >>> begin_s, end_s = daylight(Point(118.6, 24.9), date(2026, 12, 21))
    >>> hour_text(begin_s), hour_text(end_s)
    ('06:45', '17:21')
    """
    found = sun(Observer(point.lat, point.lon), date=day, tzinfo=LOCAL_ZONE)
    midnight = moment_at(day, 0)
    begin_s, end_s = (
        round((found[name] - midnight).total_seconds()) for name in ("sunrise", "sunset")
    )
    return begin_s, end_s
