"""The zone in which the court's days and hours are told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

__all__ = ["DAY_S", "LOCAL_ZONE"]

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")
DAY_S = 86400
