"""Which days are workdays, days of rest and statutory holidays in mainland China.

The State Council fixes each year's shifted days late in the year before; ``chinesecalendar``
holds what was published (2004 to 2026 in version 1.11). A later day is known only from the
court's own signed table. A day nobody signed for is an error, never a guess (LAW.md T3).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType

import chinese_calendar

from geo.model import TrafficDay
from routes.errors import CalendarError

__all__ = [
    "DayKind",
    "DayOverride",
    "WorkCalendar",
    "is_statutory",
    "lunar_new_year",
    "statutory_days",
    "tomb_sweeping",
]


class DayKind(StrEnum):
    """What a day is: work, rest (weekend or shifted rest), or statutory holiday."""

    WORKDAY = "workday"
    REST_DAY = "rest_day"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class DayOverride:
    """One day of the court's signed calendar; it goes before the published one.

    It makes no statutory holiday anything else: see :func:`is_statutory`.

    Raises
    ------
    CalendarError
        If nobody signed it.
    """

    day: date
    kind: DayKind
    signed_by: str
    signed_on: date

    def __post_init__(self) -> None:
        if not self.signed_by.strip():
            raise CalendarError(
                "工作日历 %(day)s 缺少签发人，请补签后重新导入", day=self.day.isoformat()
            )


_FIRST_YEAR, _LAST_YEAR = 2004, max(chinese_calendar.holidays).year

# First day of the lunar year, 5th of the 5th and 15th of the 8th lunar month, month and day
# in the Gregorian year. The three lunar festivals are all that is needed of the lunar calendar.
_LUNAR = {
    2004: ("01-22", "06-22", "09-28"),
    2005: ("02-09", "06-11", "09-18"),
    2006: ("01-29", "05-31", "10-06"),
    2007: ("02-18", "06-19", "09-25"),
    2008: ("02-07", "06-08", "09-14"),
    2009: ("01-26", "05-28", "10-03"),
    2010: ("02-14", "06-16", "09-22"),
    2011: ("02-03", "06-06", "09-12"),
    2012: ("01-23", "06-23", "09-30"),
    2013: ("02-10", "06-12", "09-19"),
    2014: ("01-31", "06-02", "09-08"),
    2015: ("02-19", "06-20", "09-27"),
    2016: ("02-08", "06-09", "09-15"),
    2017: ("01-28", "05-30", "10-04"),
    2018: ("02-16", "06-18", "09-24"),
    2019: ("02-05", "06-07", "09-13"),
    2020: ("01-25", "06-25", "10-01"),
    2021: ("02-12", "06-14", "09-21"),
    2022: ("02-01", "06-03", "09-10"),
    2023: ("01-22", "06-22", "09-29"),
    2024: ("02-10", "06-10", "09-17"),
    2025: ("01-29", "05-31", "10-06"),
    2026: ("02-17", "06-19", "09-25"),
}

# First days of later lunar years, by GB/T 33661-2017: astronomy, whatever days off are published.
_LATER_NEW_YEARS = {
    2027: "02-06",
    2028: "01-26",
    2029: "02-13",
    2030: "02-03",
    2031: "01-23",
    2032: "02-11",
    2033: "01-31",
    2034: "02-19",
    2035: "02-08",
    2036: "01-28",
}


def lunar_new_year(year: int) -> date:
    """Return the first day of the lunar year that begins in a year.

    Raises
    ------
    CalendarError
        If the year is not from 2004 to 2036.
    """
    text = _LUNAR[year][0] if year in _LUNAR else _LATER_NEW_YEARS.get(year)
    if text is None:
        raise CalendarError("%(year)d 年的春节日期不在系统之内（2004 至 2036 年）", year=year)
    return date.fromisoformat(f"{year}-{text}")


@cache
def statutory_days(year: int) -> frozenset[date]:
    """Return the statutory holidays of a year, without shifted rest days.

    Source: 全国年节及纪念日放假办法 article 2 in the version in force that year (1999: 10 days,
    2007: 11 days with the lunar new year's eve, 2013: 11 days without it, 2024: 13 days), and
    国发明电〔2015〕1号 for 3 September 2015.

    Raises
    ------
    CalendarError
        If the year is outside the published calendar.
    """
    if year not in _LUNAR or year > _LAST_YEAR:
        raise _unknown(date(year, 1, 1))
    lunar_new_year, dragon_boat, mid_autumn = (
        date.fromisoformat(f"{year}-{text}") for text in _LUNAR[year]
    )
    eve = 2008 <= year <= 2013 or year >= 2025
    third = not 2008 <= year <= 2013
    days = {date(year, 1, 1), *(date(year, 10, day) for day in (1, 2, 3))}
    days |= {lunar_new_year + timedelta(days=n) for n in range(-1 if eve else 0, 3 if third else 2)}
    labour = 3 if year < 2008 else 2 if year >= 2025 else 1
    days |= {date(year, 5, 1 + n) for n in range(labour)}
    if year >= 2008:
        days |= {tomb_sweeping(year), dragon_boat, mid_autumn}
    if year == 2015:
        days.add(date(2015, 9, 3))
    return frozenset(days)


_EVERY_YEAR = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


def is_statutory(day: date) -> bool:
    """Return whether a day is a statutory holiday that no court can make anything else.

    Of a year outside the published calendar are known the days of fixed date, 1 January, 1 and 2
    May, 1 to 3 October, and up to 2036 清明 and the lunar new year with its eve and the two days
    after it
    (全国年节及纪念日放假办法, article 2 in the version of 2024); not the other two lunar festivals.
    """
    if day.year in _LUNAR and day.year <= _LAST_YEAR:
        return day in statutory_days(day.year)
    return (day.month, day.day) in _EVERY_YEAR or day in _reckoned(day.year)


@cache
def _reckoned(year: int) -> frozenset[date]:
    """Return the statutory holidays of a later year that astronomy tells, as far as it is held."""
    if year not in _LATER_NEW_YEARS:
        return frozenset()
    festival = lunar_new_year(year)
    return frozenset({tomb_sweeping(year), *(festival + timedelta(days=n) for n in range(-1, 3))})


def tomb_sweeping(year: int) -> date:
    """Return the day of the solar term 清明, 4 to 6 April."""
    terms = chinese_calendar.get_solar_terms(date(year, 4, 3), date(year, 4, 7))
    day: date = terms[0][0]
    return day


class WorkCalendar:
    """The published calendar with the court's signed days on top.

    Parameters
    ----------
    overrides
        Signed days. Where two speak of one day, the one signed later holds. A statutory
        holiday stays one, whatever was signed.

    Examples
    --------
    >>> WorkCalendar().day_kind(date(2026, 10, 10))  # a Saturday, made up for the holiday
    <DayKind.WORKDAY: 'workday'>
    """

    def __init__(self, overrides: Iterable[DayOverride] = ()) -> None:
        latest: dict[date, DayOverride] = {}
        for override in overrides:
            held = latest.get(override.day)
            if held is None or held.signed_on <= override.signed_on:
                latest[override.day] = override
        self.overrides = MappingProxyType(latest)

    def day_kind(self, day: date) -> DayKind:
        """Return what a day is.

        Raises
        ------
        CalendarError
            If neither the published calendar nor a signed day knows it.
        """
        if (override := self.overrides.get(day)) is not None:
            return DayKind.HOLIDAY if is_statutory(day) else override.kind
        if not self.knows(day):
            raise _unknown(day)
        if day in statutory_days(day.year):
            return DayKind.HOLIDAY
        return DayKind.WORKDAY if chinese_calendar.is_workday(day) else DayKind.REST_DAY

    def knows(self, day: date) -> bool:
        """Return whether the published calendar or a signed day says what a day is."""
        return day in self.overrides or _FIRST_YEAR <= day.year <= _LAST_YEAR

    def traffic_day(self, day: date) -> TrafficDay:
        """Return by which kind of day the roads are driven; a holiday is one of rest.

        Raises
        ------
        CalendarError
            As for :meth:`day_kind`.
        """
        if self.day_kind(day) is DayKind.WORKDAY:
            return TrafficDay.WORKDAY
        return TrafficDay.REST_DAY


def _unknown(day: date) -> CalendarError:
    return CalendarError(
        "工作日历没有 %(day)s（内置国务院放假安排为 %(first)d 至 %(last)d 年），"
        "请用 fieldwrit import calendar 导入该年度经签发的工作日历（CSV 或 Excel）",
        day=day.isoformat(),
        first=_FIRST_YEAR,
        last=_LAST_YEAR,
    )
