from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routes.calendar import DayKind, DayOverride, WorkCalendar, is_statutory, statutory_days
from routes.errors import CalendarError

CALENDAR = WorkCalendar()


def override(day: date, kind: DayKind, signed_on: date = date(2026, 12, 1)) -> DayOverride:
    return DayOverride(day, kind, "示例签发人", signed_on)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 26), DayKind.WORKDAY),  # Thursday
        (date(2026, 11, 28), DayKind.REST_DAY),  # Saturday
        (date(2026, 2, 14), DayKind.WORKDAY),  # Saturday, made up
        (date(2026, 2, 16), DayKind.HOLIDAY),  # eve of the lunar year, statutory since 2025
        (date(2026, 2, 19), DayKind.HOLIDAY),  # third day
        (date(2026, 2, 20), DayKind.REST_DAY),  # shifted rest, not statutory
        (date(2026, 5, 2), DayKind.HOLIDAY),
        (date(2026, 5, 5), DayKind.REST_DAY),
        (date(2026, 10, 3), DayKind.HOLIDAY),
        (date(2026, 10, 4), DayKind.REST_DAY),
        (date(2026, 10, 10), DayKind.WORKDAY),  # Saturday, made up
        (date(2024, 2, 9), DayKind.WORKDAY),  # the eve was no holiday in 2024
        (date(2024, 5, 2), DayKind.REST_DAY),
        (date(2015, 9, 3), DayKind.HOLIDAY),
        (date(2007, 4, 5), DayKind.WORKDAY),  # tomb sweeping became one in 2008
    ],
)
def test_day_kind(day: date, kind: DayKind) -> None:
    assert CALENDAR.day_kind(day) is kind


@pytest.mark.parametrize(
    ("years", "count"),
    [((2005, 2006, 2007), 10), ((2008, 2010, 2013), 11), ((2014, 2024), 11), ((2025, 2026), 13)],
)
def test_number_of_statutory_days_is_that_of_the_regulation(
    years: tuple[int, ...], count: int
) -> None:
    assert [len(statutory_days(year)) for year in years] == [count] * len(years)


def test_statutory_days_are_days_off_in_the_published_calendar() -> None:
    off = [day for year in range(2004, 2027) for day in statutory_days(year)]
    assert all(chinese_calendar.is_holiday(day) for day in off)


@given(st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_workdays_agree_with_the_published_calendar(day: date) -> None:
    is_work = CALENDAR.day_kind(day) is DayKind.WORKDAY
    assert is_work == chinese_calendar.is_workday(day)


@pytest.mark.parametrize("day", [date(2003, 12, 31), date(2027, 1, 1)])
def test_unknown_year_fails_closed_and_names_the_cure(day: date) -> None:
    with pytest.raises(CalendarError, match="import calendar") as raised:
        CALENDAR.day_kind(day)
    assert day.isoformat() in str(raised.value)
    with pytest.raises(CalendarError):
        statutory_days(day.year)


def test_signed_day_goes_before_the_published_one_and_beyond_it() -> None:
    storm, later = date(2026, 11, 26), date(2027, 2, 6)
    calendar = WorkCalendar([override(storm, DayKind.REST_DAY), override(later, DayKind.HOLIDAY)])
    assert calendar.day_kind(storm) is DayKind.REST_DAY
    assert calendar.day_kind(later) is DayKind.HOLIDAY
    with pytest.raises(CalendarError):
        calendar.day_kind(later + timedelta(days=1))


def test_later_signature_holds_in_either_order() -> None:
    day = date(2027, 3, 1)
    old = override(day, DayKind.REST_DAY, date(2026, 12, 1))
    new = override(day, DayKind.WORKDAY, date(2026, 12, 20))
    for pair in ([old, new], [new, old]):
        assert WorkCalendar(pair).day_kind(day) is DayKind.WORKDAY


@pytest.mark.parametrize(
    "day", [date(2026, 2, 16), date(2026, 9, 25), date(2026, 10, 1), date(2031, 1, 1)]
)
@pytest.mark.parametrize("kind", list(DayKind))
def test_no_signature_makes_a_statutory_holiday_anything_else(day: date, kind: DayKind) -> None:
    assert WorkCalendar([override(day, kind)]).day_kind(day) is DayKind.HOLIDAY


@given(st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_a_day_of_a_known_year_is_statutory_as_the_regulation_says(day: date) -> None:
    assert is_statutory(day) == (day in statutory_days(day.year))


def test_of_an_unknown_year_the_days_of_fixed_date_and_of_astronomy_are_statutory() -> None:
    fixed = ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"]
    reckoned = ["01-22", "01-23", "01-24", "01-25", "04-05"]  # the lunar year begins on 23 January
    for year, known in ((2031, sorted(fixed + reckoned)), (2041, fixed)):
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
        assert [f"{day:%m-%d}" for day in days if is_statutory(day)] == known


def test_no_table_opens_the_lunar_new_year_after_the_published_calendar() -> None:
    for day in (date(2027, 2, 5), date(2027, 2, 6), date(2027, 2, 8), date(2027, 4, 5)):
        signed = override(day, DayKind.WORKDAY, date(2026, 12, 1))
        assert WorkCalendar([signed]).day_kind(day) is DayKind.HOLIDAY
    after = override(date(2027, 2, 9), DayKind.WORKDAY, date(2026, 12, 1))
    assert WorkCalendar([after]).day_kind(after.day) is DayKind.WORKDAY


def test_unsigned_day_is_refused() -> None:
    with pytest.raises(CalendarError, match="签发人"):
        DayOverride(date(2027, 1, 1), DayKind.HOLIDAY, " ", date(2026, 12, 1))
