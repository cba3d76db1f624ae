"""After the published calendar every day is closed until the court's signed table is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from routes.calendar import DayKind, DayOverride, WorkCalendar
from routes.errors import CalendarError
from routes.model import CaseKind, Verdict
from routes.rules import check_hours, court_hours, has_block, lawful_windows

from .samples import CASE, CLAIM, LOCAL, PROFILE

EVE = date(2027, 2, 5)
MONDAY = date(2027, 3, 1)
CLOSED = WorkCalendar()


def _signed(year: int = 2027) -> WorkCalendar:
    """Return a table of the whole year: weekends off, all else workdays."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    return WorkCalendar(
        DayOverride(
            day,
            DayKind.WORKDAY if day.weekday() < 5 else DayKind.REST_DAY,
            "局长",
            date(2026, 12, 1),
        )
        for day in days
    )


def _said(day: date, calendar: WorkCalendar, kind: CaseKind = CaseKind.LOAN):
    starts_at = datetime(day.year, day.month, day.day, 10, tzinfo=LOCAL)
    return check_hours(
        replace(CASE, kind=kind),
        CLAIM,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=20),
        calendar=calendar,
        profile=PROFILE,
        visit_id="V",
    )


@pytest.mark.parametrize("day", [EVE, MONDAY, date(2027, 6, 9), date(2030, 1, 2)])
def test_rules_block_the_day_and_name_the_cure(day: date) -> None:
    (found,) = _said(day, CLOSED)
    assert (found.rule, found.verdict) == ("T3", Verdict.BLOCK)
    assert "fieldwrit import calendar" in str(found.message)
    assert day.isoformat() in str(found.message)
    assert court_hours(day, calendar=CLOSED, profile=PROFILE) is None
    with pytest.raises(CalendarError, match="fieldwrit import calendar"):
        lawful_windows(CASE, CLAIM, day, calendar=CLOSED, profile=PROFILE)


def test_a_signed_table_of_the_year_opens_its_workdays_and_no_statutory_holiday() -> None:
    signed = _signed()
    assert _said(MONDAY, signed) == ()
    assert lawful_windows(CASE, CLAIM, MONDAY, calendar=signed, profile=PROFILE)
    assert [one.verdict for one in _said(EVE, signed)] == [Verdict.SIGN_OFF]
    assert has_block(_said(EVE, signed, CaseKind.ADMINISTRATIVE))
    assert lawful_windows(CASE, CLAIM, EVE, calendar=signed, profile=PROFILE) == ()
    assert has_block(_said(date(2028, 1, 4), signed))  # of another year nobody signed
