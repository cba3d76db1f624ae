"""What kind of day a day is for the presence of people."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from geo.localtime import local_day
from geo.model import Ints
from routes.calendar import DayKind, WorkCalendar
from routes.errors import CalendarError
from routes.locating.parameters import DayType

__all__ = ["DayTypes", "day_number", "day_type_of", "week_number"]

_EPOCH = date(1970, 1, 1)
_CODES = {day_type: i for i, day_type in enumerate(DayType)}
_LONGEST_D = 12  # the longest run of days off so far had nine


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - _EPOCH).days


def week_number(at: datetime) -> int:
    """Return the number of the week, beginning on Mondays, in which a moment lies."""
    return (day_number(local_day(at)) + 3) // 7


def day_type_of(day_kind: str) -> DayType:
    """Return the day type of a :class:`DayKind` or of a day type's own code."""
    return DayType.FESTIVAL if day_kind == DayKind.HOLIDAY else DayType(day_kind)


class DayTypes:
    """Day types of days; a day that no calendar knows is read by its weekday.

    That is good enough for statistics. Rules never use this.
    """

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar
        self._known: dict[date, DayType] = {}

    def __call__(self, day: date) -> DayType:
        held = self._known.get(day)
        if held is None:
            held = self._known[day] = self._read(day)
        return held

    def codes(self, days: Ints) -> Ints:
        """Return positions in :class:`DayType` of days since 1970-01-01."""
        unique, inverse = np.unique(days, return_inverse=True)
        found = [_CODES[self(_EPOCH + timedelta(days=int(day)))] for day in unique]
        return np.array(found, dtype=np.int64)[inverse].reshape(days.shape)

    def _kind(self, day: date) -> DayKind:
        try:
            return self._calendar.day_kind(day)
        except CalendarError:
            return DayKind.WORKDAY if day.weekday() < 5 else DayKind.REST_DAY

    def _read(self, day: date) -> DayType:
        kind = self._kind(day)
        if kind is DayKind.WORKDAY:
            return DayType.WORKDAY
        if kind is DayKind.HOLIDAY:
            return DayType.FESTIVAL
        for step in (-1, 1):
            for n in range(1, _LONGEST_D):
                near = self._kind(day + timedelta(days=step * n))
                if near is DayKind.HOLIDAY:
                    return DayType.FESTIVAL
                if near is DayKind.WORKDAY:
                    break
        return DayType.REST_DAY
