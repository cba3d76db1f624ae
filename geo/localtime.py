"""The zone in which the court's days and hours are told."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["DAY_S", "LOCAL_ZONE", "local_day", "moment_at"]

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")
DAY_S = 86400


def local_day(moment: datetime) -> date:
    """Return the day on which an aware moment falls."""
    return moment.astimezone(LOCAL_ZONE).date()


def moment_at(day: date, second: int) -> datetime:
    """Return the moment so many seconds after a day's midnight; they may pass its end."""
    return datetime.combine(day, time(), tzinfo=LOCAL_ZONE) + timedelta(seconds=second)
