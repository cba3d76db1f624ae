"""The clock of the machine, passed in wherever time is asked for."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["system_clock"]


def system_clock() -> datetime:
    """Tell the time, aware, in UTC."""
    return datetime.now(UTC)
