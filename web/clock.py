"""The clock of the machine, passed in wherever time is asked for, and the court's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

__all__ = ["SHANGHAI", "local_day", "system_clock"]

SHANGHAI = ZoneInfo("Asia/Shanghai")


def system_clock() -> datetime:
    """Tell the time, aware, in UTC."""
    return datetime.now(UTC)


def local_day(moment: datetime) -> date:
    """Return the day in Asia/Shanghai on which a moment falls."""
    return moment.astimezone(SHANGHAI).date()
