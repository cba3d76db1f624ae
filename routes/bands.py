"""Visit bands: the parts of a day in which presence at a place is taken as constant."""

from __future__ import annotations

from datetime import datetime

from geo.localtime import LOCAL_ZONE
from routes.model import VisitBand

__all__ = ["BAND_HOURS_S", "band_at", "band_of"]

BAND_HOURS_S: dict[VisitBand, tuple[int, int]] = {
    VisitBand.DAWN: (21600, 28800),  # 06:00-08:00
    VisitBand.MORNING: (28800, 41400),  # 08:00-11:30
    VisitBand.MIDDAY: (41400, 50400),  # 11:30-14:00
    VisitBand.AFTERNOON: (50400, 64800),  # 14:00-18:00
    VisitBand.EVENING: (64800, 75600),  # 18:00-21:00
}
"""Start and end of each band, seconds after local midnight; the end is outside."""


def band_at(second_of_day: int) -> VisitBand | None:
    """Return the band that holds this local second, or None at night.

    Examples
    --------
    >>> band_at(7 * 3600)
    <VisitBand.DAWN: 'dawn'>
    """
    for band, (start_s, end_s) in BAND_HOURS_S.items():
        if start_s <= second_of_day < end_s:
            return band
    return None


def band_of(at: datetime) -> VisitBand | None:
    """Return the band of a moment, or None at night."""
    local = at.astimezone(LOCAL_ZONE)
    return band_at(local.hour * 3600 + local.minute * 60 + local.second)
