from __future__ import annotations

from datetime import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.imports.weekly import WeeklyHoursError, parse_weekly, weekly_text
from routes.model import EscortHours

_MINUTES = st.integers(0, 24 * 60 - 1)


def _clock(minute: int) -> time:
    return time(minute // 60, minute % 60)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[EscortHours, ...]:
    found = []
    for day in draw(st.sets(st.integers(0, 6))):
        ends = sorted(draw(st.sets(_MINUTES, min_size=2, max_size=6)))
        for start, end in list(pairwise(ends))[::2]:
            people = draw(st.integers(1, 9))
            found.append(EscortHours(day, _clock(start), _clock(end), people))
    return tuple(sorted(found, key=lambda one: (one.weekday, one.start)))


def written(hours: tuple[EscortHours, ...]) -> str:
    return "；".join(
        f"周{'一二三四五六日'[h.weekday]} {h.start:%H:%M}-{h.end:%H:%M} {h.officers}人"
        for h in hours
    )


@given(weeks())
def test_what_is_written_is_read_back(hours: tuple[EscortHours, ...]) -> None:
    assert parse_weekly(written(hours)) == hours
    assert parse_weekly(weekly_text(hours)) == hours


@pytest.mark.parametrize(
    ("text", "days", "officers"),
    [
        ("周一至周五 08:30-17:30 2人；周六 08:30-17:30 2人", [0, 1, 2, 3, 4, 5], 2),
        ("星期一到星期三 8:30～17:30", [0, 1, 2], 1),
        ("周二、周四 08：30—17：30 3名", [1, 3], 3),
        ("周一至三、周日 08:30至17:30", [0, 1, 2, 6], 1),
        ("每天 08:30-17:30", [0, 1, 2, 3, 4, 5, 6], 1),
        ("工作日 08:30-17:30\n周末 08:30-17:30", [0, 1, 2, 3, 4, 5, 6], 1),
        ("礼拜天: 08:30 - 17:30 ( 2人 )".replace("( ", "").replace(" )", ""), [6], 2),
    ],
)
def test_ways_to_write_the_same(text: str, days: list[int], officers: int) -> None:
    assert parse_weekly(text) == tuple(
        EscortHours(day, time(8, 30), time(17, 30), officers) for day in days
    )


def test_two_spans_of_one_day() -> None:
    assert parse_weekly("周一 14:00-17:30 2人、08:30-11:30") == (
        EscortHours(0, time(8, 30), time(11, 30), 1),
        EscortHours(0, time(14), time(17, 30), 2),
    )


def test_nothing_means_no_hours() -> None:
    assert parse_weekly(" ；\n") == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("08:30-17:30", "没有写明星期"),
        ("周一", "没有时间"),
        ("周一 上午", "无法识别"),
        ("周八 08:30-17:30", "没有写明星期"),
        ("周一 08:30-17:30 很多人", "无法识别"),
        ("周一 25:00-26:00", "不是一天中的时刻"),
        ("周一 22:00-06:00", "跨夜"),
        ("周一 08:30-08:30", "不早于"),
        ("周一 08:30-09:30 0人", "至少一人"),
        ("周五至周一 08:30-09:30", "颠倒"),
        ("周一至周五 08:30-17:30；周三 09:00-10:00", "周三 08:30-17:30 与 09:00-10:00"),
    ],
)
def test_what_does_not_parse_is_told(text: str, told: str) -> None:
    with pytest.raises(WeeklyHoursError, match=told):
        parse_weekly(text)


@given(st.text(alphabet="周一二至五六日0123456789:-；、人 x", max_size=30))
def test_any_text_is_hours_or_an_error(text: str) -> None:
    try:
        hours = parse_weekly(text)
    except WeeklyHoursError:
        return
    assert all(one.start < one.end for one in hours)
