from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.localtime import moment_at
from geo.messages import message
from routes.calendar import DayKind, DayOverride, WorkCalendar
from routes.documents import DocumentKind
from routes.errors import CalendarError, ValueRangeError
from routes.items import AssetKind, Item
from routes.measures import Act, ActKind, Measure
from routes.rules.clocks import (
    Clock,
    case_clocks,
    is_over,
    item_clocks,
    seizure_ends_on,
    soonest,
    step_clocks,
    urgency,
)

from .measure_samples import AT, DAY, DETENTION, HOUR, ON, SECOND, SEIZURE, SUMMONS, paper
from .samples import CASE, PROFILE

CALENDAR = WorkCalendar()
MOMENTS = st.integers(0, 10**9).map(lambda second: datetime.fromtimestamp(second, UTC))


def clock(start: datetime = AT, *, alert: timedelta = 6 * HOUR, due: timedelta = 8 * HOUR) -> Clock:
    return Clock("c", "C3", "step:S1", start, start + due, start + alert, message("示例"))


def of_step(measure: Measure, now: datetime = AT) -> tuple[Clock, ...]:
    return step_clocks(measure, now=now, calendar=CALENDAR, profile=PROFILE)


def logged(measure: Measure, *kinds: ActKind, at: datetime = AT) -> Measure:
    return replace(measure, acts=tuple(Act(kind, at) for kind in kinds))


def test_a_clock_out_of_order_or_without_zone_is_refused() -> None:
    with pytest.raises(ValueRangeError):
        clock(alert=9 * HOUR)
    with pytest.raises(ValueRangeError):
        clock(alert=-HOUR)
    with pytest.raises(ValueRangeError):
        clock(AT.replace(tzinfo=None))


def test_urgency_to_the_second() -> None:
    one = clock()
    moments = [AT, AT + 6 * HOUR, AT + 7 * HOUR, AT + 8 * HOUR - SECOND, AT + 8 * HOUR, AT + DAY]
    assert [urgency(one, at) for at in moments] == pytest.approx([0, 0, 0.5, 7199 / 7200, 1, 1])
    assert [is_over(one, at) for at in moments] == [False] * 4 + [True] * 2
    sudden = clock(alert=8 * HOUR)
    assert [urgency(sudden, at) for at in moments[-3:]] == [0.0, 1.0, 1.0]


@given(MOMENTS, MOMENTS, MOMENTS, st.floats(0.0, 1.0), MOMENTS, MOMENTS)
def test_urgency_is_a_share_that_never_falls(
    a: datetime, b: datetime, c: datetime, share: float, p: datetime, q: datetime
) -> None:
    start, alert, due = sorted((a, b, c))
    one = Clock("c", "Z8", "item:I1", start, due, alert, message("示例"))
    early, late = sorted((p, q))
    assert 0.0 <= urgency(one, early) <= urgency(one, late) <= 1.0
    at = start + share * (due - start)
    assert (urgency(one, at) == 1.0) >= is_over(one, at)


def test_soonest_is_the_running_clock_that_ends_first() -> None:
    overdue, near = clock(AT - DAY), clock(AT)
    later, not_yet = clock(AT, due=9 * HOUR), clock(AT + SECOND, alert=HOUR, due=HOUR)
    assert soonest([later, near, overdue, not_yet], AT) == overdue
    assert soonest([later, near, not_yet], AT) == near
    assert soonest([later, near, not_yet], AT + SECOND) == not_yet
    assert soonest([not_yet], AT) is None
    assert soonest([], AT) is None


def test_questioning_runs_from_control_in_any_zone() -> None:
    summer = timezone(-timedelta(hours=7))
    measure = logged(SUMMONS, ActKind.CONTROLLED, at=AT.astimezone(summer))
    (one,) = of_step(measure)
    assert one == of_step(logged(SUMMONS, ActKind.CONTROLLED))[0]
    assert (one.rule, one.subject, one.starts_at) == ("C3", "step:S1", AT)
    assert one.due_at - AT == 8 * HOUR
    assert one.alert_at - AT == 6 * HOUR
    assert of_step(logged(SUMMONS, ActKind.CONTROLLED, ActKind.QUESTIONING_ENDED)) == ()
    assert of_step(SUMMONS) == ()


def test_questioning_of_24_hours_needs_approval_and_alerts_two_hours_before() -> None:
    measure = replace(
        logged(SUMMONS, ActKind.CONTROLLED), complex_matter=True, detention_possible=True
    )
    assert of_step(measure)[0].due_at - AT == 8 * HOUR
    measure = replace(measure, documents=(paper(DocumentKind.LONG_QUESTIONING),))
    (one,) = of_step(measure)
    assert (one.due_at - AT, one.alert_at - AT) == (24 * HOUR, 22 * HOUR)


def test_family_is_told_within_24_hours_of_detention() -> None:
    (one,) = of_step(logged(DETENTION, ActKind.DETAINED))
    assert (one.starts_at, one.due_at) == (AT, AT + DAY)
    assert of_step(logged(DETENTION, ActKind.DETAINED), now=AT + 9 * DAY) == (one,)
    for told in (ActKind.FAMILY_NOTIFIED, ActKind.FAMILY_NOTICE_FAILED):
        assert of_step(logged(DETENTION, ActKind.DETAINED, told)) == ()


@pytest.mark.parametrize(
    ("received_on", "last"),
    [
        (date(2026, 11, 24), date(2026, 11, 27)),  # Tuesday to Friday
        (date(2026, 11, 25), date(2026, 11, 30)),  # Saturday moves to Monday
        (date(2026, 9, 28), date(2026, 10, 8)),  # 1 October moves past the long holiday
        (date(2026, 10, 7), date(2026, 10, 10)),  # a Saturday that is made up
    ],
)
@pytest.mark.parametrize("second", [0, 86_399])
def test_three_days_for_reconsideration_leave_out_the_first(
    received_on: date, last: date, second: int
) -> None:
    measure = logged(DETENTION, ActKind.DECISION_RECEIVED, at=moment_at(received_on, second))
    midnight = moment_at(last, 86_400)
    (one,) = of_step(measure, now=midnight - SECOND)
    assert one.due_at == midnight
    assert of_step(measure, now=midnight) == ()
    asked = logged(DETENTION, ActKind.DECISION_RECEIVED, ActKind.RECONSIDERATION_ASKED)
    assert of_step(asked) == ()


def test_reconsideration_day_is_taken_in_the_courts_zone() -> None:
    late = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # midnight of the 24th in Shanghai
    measure = logged(DETENTION, ActKind.DECISION_RECEIVED, at=late)
    assert of_step(measure)[0].due_at == moment_at(date(2026, 11, 28), 0)
    measure = logged(DETENTION, ActKind.DECISION_RECEIVED, at=late - SECOND)
    assert of_step(measure)[0].due_at == moment_at(date(2026, 11, 27), 0)


def test_reconsideration_beyond_the_calendar_fails_closed() -> None:
    measure = logged(DETENTION, ActKind.DECISION_RECEIVED, at=moment_at(date(2031, 1, 6), 0))
    with pytest.raises(CalendarError):
        of_step(measure)
    signed = WorkCalendar(
        [DayOverride(date(2031, 1, 9), DayKind.WORKDAY, "示例签发人", date(2030, 12, 1))]
    )
    (one,) = step_clocks(
        measure, now=moment_at(date(2031, 1, 7), 0), calendar=signed, profile=PROFILE
    )
    assert one.due_at == moment_at(date(2031, 1, 10), 0)


@pytest.mark.parametrize(
    ("asset", "seized_on", "last"),
    [
        (AssetKind.DEPOSIT, date(2024, 2, 29), date(2025, 2, 27)),
        (AssetKind.MOVABLE, date(2024, 2, 29), date(2026, 2, 27)),
        (AssetKind.REAL_ESTATE, date(2024, 2, 29), date(2027, 2, 27)),
        (AssetKind.DEPOSIT, date(2023, 2, 28), date(2024, 2, 27)),
        (AssetKind.DEPOSIT, date(2023, 3, 1), date(2024, 2, 29)),
        (AssetKind.MOVABLE, date(2024, 1, 1), date(2025, 12, 31)),
        (AssetKind.OTHER_RIGHT, date(2024, 11, 30), date(2027, 11, 29)),
        (None, date(2024, 3, 1), date(2025, 2, 28)),
    ],
)
def test_seizure_lasts_calendar_years(asset: AssetKind | None, seized_on: date, last: date) -> None:
    item = Item("I1", asset, seized_on=seized_on)
    assert seizure_ends_on(item) == last
    (one,) = item_clocks(item, profile=PROFILE)
    assert (one.starts_at, one.due_at) == (moment_at(seized_on, 0), moment_at(last + DAY, 0))
    assert not is_over(one, moment_at(last, 86_399))
    assert is_over(one, moment_at(last, 86_400))
    assert one.due_at - one.alert_at == PROFILE.seizure_alert_d * DAY


def test_a_shorter_ruling_holds_and_a_longer_does_not() -> None:
    item = Item("I1", AssetKind.MOVABLE, seized_on=date(2024, 3, 1))
    for ends_on, last in ((date(2024, 4, 1), date(2024, 4, 1)), (date(2030, 1, 1), None)):
        changed = replace(item, expires_on=ends_on)
        assert seizure_ends_on(changed) == (last or seizure_ends_on(item))
        (one,) = item_clocks(changed, profile=PROFILE)
        assert one.starts_at <= one.alert_at <= one.due_at
    assert item_clocks(Item("I1", AssetKind.MOVABLE), profile=PROFILE) == ()


def notice(*steps: Measure, now: datetime = AT, filed_on: date = date(2026, 11, 2)) -> date | None:
    case = replace(CASE, filed_on=filed_on, notice_sent_on=None)
    (one,) = case_clocks(case, steps, now=now, profile=PROFILE)
    assert (one.rule, one.subject) == ("A2", "case:C1")
    return (one.due_at - SECOND).date()


def test_notice_is_due_ten_days_after_filing_or_three_after_a_measure() -> None:
    assert notice() == date(2026, 11, 12)
    taken = logged(SEIZURE, ActKind.INVENTORY_SIGNED, at=moment_at(date(2026, 11, 4), 86_399))
    assert notice(taken) == date(2026, 11, 7)
    late = logged(SEIZURE, ActKind.INVENTORY_SIGNED, at=moment_at(date(2026, 11, 10), 0))
    assert notice(late) == date(2026, 11, 12)
    before = logged(SEIZURE, ActKind.INVENTORY_SIGNED, at=moment_at(date(2026, 10, 1), 0))
    assert notice(before) == date(2026, 11, 2)
    assert notice(replace(SEIZURE, acts=())) == date(2026, 11, 12)


def test_notice_sent_stops_its_clock_from_that_day_on() -> None:
    sent = replace(CASE, notice_sent_on=ON)
    assert case_clocks(sent, now=AT, profile=PROFILE) == ()
    assert len(case_clocks(sent, now=AT - DAY, profile=PROFILE)) == 1
