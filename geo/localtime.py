"""The zone in which the court's days and hours are told."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["DAY_S", "LOCAL_ZONE", "hour_text", "local_day", "moment_at"]

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")
DAY_S = 86400


def local_day(moment: datetime) -> date:
    """Return the day on which an aware moment falls."""
    return moment.astimezone(LOCAL_ZONE).date()


def moment_at(day: date, second: int) -> datetime:
    """Return the moment so many seconds after a day's midnight; they may pass its end."""
    return datetime.combine(day, time(), tzinfo=LOCAL_ZONE) + timedelta(seconds=second)


def hour_text(second: int) -> str:
    """Write seconds after midnight as hours and minutes; hours go on counting after midnight.

    Examples
    --------
    >>> hour_text(34200), hour_text(90000)
    ('09:30', '25:00')
    """
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"
