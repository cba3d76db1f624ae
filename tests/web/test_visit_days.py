"""The case page explains visits of the day and part of the day that the reader chose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from data.model import Role
from routes.calendar import DayKind, DayOverride, WorkCalendar
from routes.model import VisitBand
from tests.web.conftest import Reader
from tests.web.court import SetClock
from web.visit_days import asked_day

SignIn = Callable[[Role | str], Reader]
CASE = "c001"


def test_a_reader_chooses_workday_rest_day_and_festival(signed_in: SignIn) -> None:
    officer = signed_in(Role.OFFICER)
    page = officer.get(f"/cases/{CASE}").text
    assert "2026-11-28 休息日、2026-11-29 休息日" in page
    assert "2026-11-25（工作日）" in page
    page = officer.get(f"/cases/{CASE}?day=2026-11-28&band=evening").text
    assert "2026-11-28（休息日）傍晚走访一次找到的概率" in page
    assert "2026-11-28（休息日）上午" not in page
    page = officer.get(f"/cases/{CASE}?day=2027-01-01").text
    assert "2027-01-01：工作日历不知道，按星期估计" in page
    page = officer.get(f"/cases/{CASE}?day=2026-11-24").text
    assert "只能说明今天起一年以内的日子" in page
    assert "2026-11-25（工作日）" in page


@pytest.mark.parametrize("text", ["", "x", "2026-13-01", "2026-11-24", "2028-01-01", "<b>"])
def test_what_is_no_day_to_come_is_told_of_today(text: str) -> None:
    chosen = asked_day({"day": text}, today=date(2026, 11, 25), calendar=WorkCalendar())
    assert chosen.day == date(2026, 11, 25)
    assert chosen.understood == (not text)
    assert list(chosen.bands) == list(VisitBand)


def test_a_week_beyond_the_published_calendar_is_unknown_until_a_signed_one_is_there() -> None:
    today = date(2026, 12, 29)
    chosen = asked_day({"day": "2027-01-02"}, today=today, calendar=WorkCalendar())
    assert chosen.unknown == tuple(date(2027, 1, day) for day in (1, 2, 3, 4))
    assert chosen.kind == ""
    signed = WorkCalendar(
        DayOverride(day, DayKind.REST_DAY, "局长", date(2026, 11, 20)) for day in chosen.unknown
    )
    chosen = asked_day({"day": "2027-01-02"}, today=today, calendar=signed)
    assert not chosen.unknown
    assert dict(chosen.rests)[date(2027, 1, 1)] == "holiday"  # whatever was signed
    assert chosen.kind == "rest_day"


def test_on_the_last_day_of_the_calendar_pages_open_and_tell_the_cure(
    clock: SetClock, signed_in: SignIn
) -> None:
    clock.at = datetime(2026, 12, 31, 2, 0, tzinfo=UTC)
    officer = signed_in(Role.OFFICER)
    jobs = officer.get("/jobs")
    assert jobs.status_code == 200
    assert 'name="first" type="date" value="" required' in jobs.text
    page = officer.get(f"/cases/{CASE}").text
    assert "工作日历不知道 2027-01-01 起的日子" in page
    assert "工作日历不知道以后的日子，请导入工作日历。" in page
