"""The day and part of the day for which a case page explains what a visit would meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from routes.calendar import WorkCalendar
from routes.model import VisitBand

__all__ = ["VisitDay", "asked_day"]

_WEEK_D = 7
_MOST_D = 366


@dataclass(frozen=True, slots=True)
class VisitDay:
    """What a reader chose.

    Parameters
    ----------
    bands
        One, or all.
    week
        Today and the six days after it with their kinds, "" where no calendar knows.
    kind
        Of the chosen day, "" where no calendar knows: what is told then goes by its weekday.
    understood
        Whether what the reader asked for was a day that can be told of.
    asked
        Whether the reader chose at all.
    """

    day: date
    kind: str
    bands: Sequence[VisitBand]
    week: tuple[tuple[date, str], ...]
    understood: bool = True
    asked: bool = False

    @property
    def band(self) -> str:
        """The one band that was chosen, "" where all were."""
        return self.bands[0].value if len(self.bands) == 1 else ""

    @property
    def rests(self) -> tuple[tuple[date, str], ...]:
        """Days of the week that are no workdays."""
        return tuple((day, kind) for day, kind in self.week if kind not in ("", "workday"))

    @property
    def unknown(self) -> tuple[date, ...]:
        """Days of the week that no calendar knows."""
        return tuple(day for day, kind in self.week if not kind)


def asked_day(asked: Mapping[str, str], *, today: date, calendar: WorkCalendar) -> VisitDay:
    """Read what a reader asked for: ``day`` and ``band``; today and all bands else.

    A past day, or one beyond a year, is not told of.
    """
    day, understood = today, True
    text, band = asked.get("day", ""), asked.get("band", "")
    if text:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            understood = False
        if not today <= day <= today + timedelta(days=_MOST_D):
            day, understood = today, False
    bands = [one for one in VisitBand if one.value == band] or list(VisitBand)
    days = [today + timedelta(days=n) for n in range(_WEEK_D)]
    week = tuple((each, _kind(each, calendar)) for each in days)
    return VisitDay(day, _kind(day, calendar), bands, week, understood, bool(text or band))


def _kind(day: date, calendar: WorkCalendar) -> str:
    return calendar.day_kind(day).value if calendar.knows(day) else ""
