from datetime import date

import numpy as np
import pytest

from routes.calendar import DayKind, DayOverride, WorkCalendar
from routes.locating import DayType, DayTypes
from routes.locating.days import day_number, day_type_of


@pytest.mark.parametrize(
    ("day", "is_a"),
    [
        (date(2026, 2, 17), DayType.FESTIVAL),  # the lunar new year
        (date(2026, 10, 6), DayType.FESTIVAL),  # shifted rest in the week of the national day
        (date(2026, 10, 10), DayType.WORKDAY),  # a Saturday made up for it
        (date(2026, 11, 21), DayType.REST_DAY),
        (date(2026, 11, 25), DayType.WORKDAY),
        (date(2031, 3, 1), DayType.REST_DAY),  # a Saturday that no calendar knows
        (date(2031, 3, 3), DayType.WORKDAY),
    ],
)
def test_days(day: date, is_a: DayType) -> None:
    types = DayTypes(WorkCalendar())
    assert types(day) is is_a
    assert types.codes(np.array([day_number(day)])).tolist() == [list(DayType).index(is_a)]


def test_the_courts_own_days_hold() -> None:
    signed = [
        DayOverride(date(2026, 11, d), kind, "院长", date(2026, 1, 1))
        for d, kind in ((27, DayKind.HOLIDAY), (28, DayKind.REST_DAY), (29, DayKind.WORKDAY))
    ]
    types = DayTypes(WorkCalendar(signed))
    assert types(date(2026, 11, 27)) is types(date(2026, 11, 28)) is DayType.FESTIVAL
    assert types(date(2026, 11, 29)) is DayType.WORKDAY


def test_codes_of_the_calendar_and_own_ones_are_read() -> None:
    assert day_type_of(DayKind.HOLIDAY) is day_type_of("festival") is DayType.FESTIVAL
    assert day_type_of(DayKind.REST_DAY) is DayType.REST_DAY
    with pytest.raises(ValueError, match="sunday"):
        day_type_of("sunday")
