"""A team's day as it comes: states, delays and alarms, by rows and by what always holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.localtime import moment_at
from routes.errors import ValueRangeError
from routes.live import (
    AlarmKind,
    Sign,
    SignKind,
    StopState,
    TeamStanding,
    TeamState,
    latest_starts,
    out_of_reach,
    standing_of,
)
from routes.planning.problem import Option, PlanDuty, Route, Stop, StopKind

DAY = date(2026, 11, 26)
SILENT = timedelta(minutes=45)
MINUTE = timedelta(minutes=1)


def _stop(
    ref: str, start_min: int, stays_min: int = 30, *, kind: StopKind = StopKind.VISIT
) -> Stop:
    start_s = start_min * 60
    return Stop(kind, ref, "p", start_s, start_s, start_s + stays_min * 60)


ROUTE = Route(
    "s",
    "T1",
    DAY,
    8 * 3600,
    12 * 3600,
    (
        _stop("a", 8 * 60 + 30),
        _stop("b", 9 * 60 + 30),
        _stop("", 10 * 60 + 5, 15, kind=StopKind.BREAK),
        _stop("c", 10 * 60 + 30),
    ),
    0,
    0,
)
"""Three visits of half an hour, an hour apart, and a rest before the last."""


def _at(clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return moment_at(DAY, int(hours) * 3600 + int(minutes) * 60)


def _sign(clock: str, kind: SignKind = SignKind.OUTCOME, stop: str = "") -> Sign:
    return Sign(f"{clock}-{kind}", kind, _at(clock), stop)


def _stand(clock: str, *signs: Sign) -> TeamStanding:
    return standing_of(ROUTE, signs, now=_at(clock), silent=SILENT)


def _states(found: TeamStanding) -> str:
    return " ".join(one.state.value for one in found.stops)


def test_a_day_by_the_plan_is_on_time_from_the_first_hour_to_the_last() -> None:
    waiting = _stand("07:30")
    assert (waiting.state, waiting.delay, waiting.alarms) == (TeamState.WAITING, 0 * MINUTE, ())
    assert (waiting.due_at, waiting.back_at) == (_at("09:45"), _at("12:00"))
    arrived = _sign("08:30", SignKind.ARRIVED, "a")
    there = _stand("08:40", arrived)
    assert (there.state, _states(there)) == (TeamState.AT_STOP, "here open open")
    assert (there.delay, there.due_at) == (0 * MINUTE, _at("09:45"))
    signs = [arrived, _sign("08:55", SignKind.OUTCOME, "a"), _sign("10:00", SignKind.LEFT, "b")]
    later = _stand("10:10", *signs)
    assert (later.state, _states(later)) == (TeamState.UNDER_WAY, "done done open")
    assert (later.delay, later.due_at) == (0 * MINUTE, _at("11:45"))
    signs.append(_sign("11:00", stop="c"))
    home = _stand("11:30", *signs)
    assert (home.state, home.delay, home.back_at) == (TeamState.RETURNING, 0 * MINUTE, _at("12:00"))
    assert home.due_at == _at("12:45")
    done = _stand("23:00", *signs, _sign("12:01", SignKind.SAFE))
    assert (done.state, done.due_at, done.alarms) == (TeamState.BACK, None, ())


@pytest.mark.parametrize(
    ("now", "signs", "delay_min", "back"),
    [
        ("08:45", (), 15, "12:15"),
        ("09:50", (_sign("09:50", SignKind.LEFT, "a"),), 50, "12:50"),
        ("10:20", (_sign("10:20", SignKind.LEFT, "b"),), 20, "12:20"),
        ("09:00", (_sign("08:40", SignKind.ARRIVED, "a"),), 10, "12:10"),
        ("09:30", (_sign("08:40", SignKind.ARRIVED, "a"),), 30, "12:30"),
        ("10:45", (_sign("10:40", stop="c"),), -20, "11:40"),
    ],
)
def test_a_delay_is_carried_over_to_what_is_ahead(
    now: str, signs: tuple[Sign, ...], delay_min: int, back: str
) -> None:
    found = _stand(now, *signs)
    assert (found.delay, found.back_at) == (delay_min * MINUTE, _at(back))


def test_a_stop_is_out_of_reach_past_its_window_or_the_patience_of_officers_at_the_door() -> None:
    nine = 9 * 3600
    work = (
        Option("a", "d1", "p", DAY, nine - 1800, nine, 1800, 1.0, 0.4),
        Option("b", "d2", "p", DAY, nine, 11 * 3600, 1800, 1.0, 0.4),
        PlanDuty("c", "hearing", "p", DAY, nine, 10 * 3600 + 2400, 1800),
    )
    stops = tuple(
        replace(stop, escort_station="S1") if stop.ref == "b" else stop for stop in ROUTE.stops
    )
    windows = {one.id: one.window_end_s for one in work}
    latest = latest_starts(windows, replace(ROUTE, stops=stops))
    assert latest == {"a": _at("09:00"), "b": _at("09:40"), "c": _at("10:40")}
    assert out_of_reach(_stand("08:40"), latest) == ()  # begun now, all is ten minutes late
    assert out_of_reach(_stand("09:00"), latest) == ("b", "c")
    left = _sign("09:10", SignKind.LEFT, "a")
    assert out_of_reach(_stand("09:10", left), latest) == ()
    left = _sign("09:11", SignKind.LEFT, "a")
    assert out_of_reach(_stand("09:11", left), latest) == ("b", "c")
    assert out_of_reach(_stand("10:45", _sign("10:40", stop="c")), latest) == ()


def test_what_was_left_out_is_told_and_what_was_gone_back_to_is_not() -> None:
    assert _states(_stand("10:00", _sign("09:40", stop="b"))) == "passed done open"
    signs = (_sign("09:00", stop="b"), _sign("09:40", SignKind.ARRIVED, "a"))
    assert _states(_stand("09:50", *signs)) == "here done open"
    onward = (_sign("08:30", SignKind.ARRIVED, "a"), _sign("09:30", SignKind.ARRIVED, "b"))
    assert _states(_stand("09:50", *onward)) == "done here open"


def test_silence_past_the_end_of_the_next_stop_is_an_alarm_and_any_sign_ends_it() -> None:
    assert _stand("09:45").alarms == ()
    (alarm,) = _stand("09:46").alarms
    assert (alarm.kind, alarm.since, alarm.stop) == (AlarmKind.OVERDUE, _at("09:45"), "a")
    assert _stand("11:00").alarms == (alarm,)
    safe = _stand("11:00", _sign("10:50", SignKind.SAFE))
    assert (safe.alarms, safe.due_at) == ((), _at("11:35"))


def test_a_team_that_never_checked_in_is_not_awaited_at_the_base() -> None:
    outcomes = (_sign("09:00", stop="a"), _sign("10:00", stop="b"), _sign("11:00", stop="c"))
    assert _stand("20:00", *outcomes).due_at is None
    checked_in = (*outcomes, _sign("08:30", SignKind.ARRIVED, "a"))
    (alarm,) = _stand("20:00", *checked_in).alarms
    assert (alarm.since, alarm.stop) == (_at("12:45"), "")


def test_a_call_for_help_stays_whatever_follows_and_the_latest_counts() -> None:
    first, again = _sign("08:50", SignKind.HELP, "a"), _sign("09:05", SignKind.HELP)
    (alarm,) = _stand("09:10", first, again, _sign("09:08", SignKind.SAFE)).alarms
    assert (alarm.kind, alarm.id, alarm.since) == (AlarmKind.HELP, f"help:{again.id}", again.at)


def test_a_sign_has_a_zone() -> None:
    with pytest.raises(ValueRangeError, match="时区"):
        Sign("x", SignKind.SAFE, _at("09:00").replace(tzinfo=None))


@st.composite
def _days(draw: st.DrawFn) -> tuple[Route, list[Sign], datetime]:
    """A route with slack, signs in any order at any hour, and a moment of the day."""
    at, stops = 8 * 60, []
    for number in range(draw(st.integers(1, 5))):
        at += draw(st.integers(0, 40))
        waits, stays = draw(st.integers(0, 20)), draw(st.integers(5, 50))
        kind = draw(st.sampled_from((StopKind.VISIT, StopKind.DUTY, StopKind.BREAK)))
        ref = "" if kind is StopKind.BREAK else f"v{number}"
        start_s = (at + waits) * 60
        stops.append(Stop(kind, ref, "p", at * 60, start_s, start_s + stays * 60))
        at += waits + stays
    back_s = (at + draw(st.integers(0, 40))) * 60
    route = Route("s", "T1", DAY, 8 * 3600, back_s, tuple(stops), 0, 0)
    refs = ["", *(stop.ref for stop in stops if stop.is_work)]
    signs = draw(
        st.lists(
            st.builds(
                lambda key, kind, minute, stop: Sign(
                    f"k{key}", kind, moment_at(DAY, minute * 60), stop
                ),
                st.integers(0, 10**6),
                st.sampled_from(SignKind),
                st.integers(7 * 60, 20 * 60),
                st.sampled_from(refs),
            ),
            max_size=8,
            unique_by=lambda one: one.id,
        )
    )
    return route, signs, moment_at(DAY, draw(st.integers(7 * 60, 23 * 60)) * 60)


@given(_days())
def test_what_always_holds_of_a_day(day: tuple[Route, list[Sign], datetime]) -> None:
    route, signs, now = day
    found = standing_of(route, signs, now=now, silent=SILENT)
    told = [one for one in signs if one.at <= now]
    assert [one.ref for one in found.stops] == [s.ref for s in route.stops if s.is_work]
    for one in found.stops:
        assert one.start <= one.end
        if one.state is StopState.OPEN:
            assert one.start >= max(one.planned_start, now)
        if one.state in (StopState.HERE, StopState.DONE):
            assert one.ref in {sign.stop for sign in told}
    assert sum(one.state is StopState.HERE for one in found.stops) <= 1
    ahead = [one for one in found.stops if one.state in (StopState.OPEN, StopState.HERE)]
    if ahead:
        assert found.delay >= timedelta(0)
        assert found.back_at >= now
    assert (found.last_sign is None) == (not told)
    if found.due_at is not None and told:
        assert found.due_at >= max(one.at for one in told) + SILENT
    overdue = [one for one in found.alarms if one.kind is AlarmKind.OVERDUE]
    assert bool(overdue) == (found.due_at is not None and now > found.due_at)
    helps = [one for one in found.alarms if one.kind is AlarmKind.HELP]
    assert bool(helps) == any(one.kind is SignKind.HELP for one in told)


@given(_days(), st.randoms(use_true_random=False))
def test_the_order_in_which_signs_arrive_is_nothing(
    day: tuple[Route, list[Sign], datetime], draw: object
) -> None:
    route, signs, now = day
    mixed = list(signs)
    draw.shuffle(mixed)  # type: ignore[attr-defined]
    assert standing_of(route, mixed, now=now, silent=SILENT) == standing_of(
        route, signs, now=now, silent=SILENT
    )


@given(_days(), st.integers(1, 600))
def test_an_alarm_stays_the_same_until_there_is_a_sign(
    day: tuple[Route, list[Sign], datetime], later_min: int
) -> None:
    route, signs, now = day
    past = [one for one in signs if one.at <= now]
    before = standing_of(route, past, now=now, silent=SILENT)
    after = standing_of(route, past, now=now + later_min * MINUTE, silent=SILENT)
    assert set(before.alarms) <= set(after.alarms)
    assert before.due_at == after.due_at
    assert after.back_at >= before.back_at
    sign = Sign("new", SignKind.SAFE, now)
    heard = standing_of(route, [*past, sign], now=now, silent=SILENT)
    assert not _overdue(heard.alarms)


@given(_days(), st.integers(0, 120))
def test_more_patience_gives_no_more_alarms(
    day: tuple[Route, list[Sign], datetime], more_min: int
) -> None:
    route, signs, now = day
    strict = standing_of(route, signs, now=now, silent=SILENT)
    patient = standing_of(route, signs, now=now, silent=SILENT + more_min * MINUTE)
    assert len(patient.alarms) <= len(strict.alarms)
    assert replace(patient, due_at=None, alarms=()) == replace(strict, due_at=None, alarms=())


def _overdue(alarms: Sequence[object]) -> list[object]:
    return [one for one in alarms if one.kind is AlarmKind.OVERDUE]  # type: ignore[attr-defined]
