"""Check-ins, alarms that were taken on, messages to teams, the outcomes of a day, and their end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data.check_ins import CheckIn, SentCheckIn
from data.errors import StoreError
from data.field_devices import FieldDevice
from data.model import Role
from data.outcome_records import OutcomeRecord, Position
from data.retention import Kept, purge
from data.sent_outcomes import SentOutcome, receive_outcomes
from data.store import Store
from geo.localtime import local_day
from routes.live import SignKind
from routes.model import OutcomeKind
from routes.rules import load_profile
from tests.data import samples
from tests.fakes import StandingClock

PROFILE = load_profile()
MINUTE = timedelta(minutes=1)


@pytest.fixture
def device(store: Store) -> FieldDevice:
    officer = store.accounts.create("officer", "correct-horse-7", Role.OFFICER, "示范干警")
    return store.devices.add(officer.id, "一组手机")


def _sent(clock: StandingClock, **more: object) -> SentCheckIn:
    made = SentCheckIn("key-0001", "T1", SignKind.ARRIVED, clock(), "v1", agreed_at=clock())
    return replace(made, **more)  # type: ignore[arg-type]


def _kept(store: Store, clock: StandingClock) -> tuple[CheckIn, ...]:
    return store.check_ins.of_day(local_day(clock()))


def test_a_check_in_is_kept_once_with_its_position_sealed(
    store: Store, device: FieldDevice, clock: StandingClock
) -> None:
    where = Position(118.61234, 24.91234, 8.0, clock())
    sent = _sent(clock, position=where)
    assert store.check_ins.receive(sent, device_id=device.id, by="u1")
    assert not store.check_ins.receive(sent, device_id=device.id, by="u1")
    (kept,) = _kept(store, clock)
    assert (kept.team, kept.sign.kind, kept.sign.stop) == ("T1", SignKind.ARRIVED, "v1")
    assert (kept.sign.at, kept.position) == (clock(), where)
    assert "118.6" not in repr(kept)
    acts = [entry.act for entry in store.audit.entries(9)]
    assert (acts.count("check_in.add"), acts.count("check_in.agree")) == (1, 1)
    assert "118.6" not in str(store.audit.entries(9))


def test_leave_is_for_one_day_and_what_was_told_goes_with_it(
    store: Store, device: FieldDevice, clock: StandingClock
) -> None:
    sent, helps = _sent(clock), _sent(clock, key="key-0002", kind=SignKind.HELP, agreed_at=None)
    for one in (sent, helps):
        store.check_ins.receive(one, device_id=device.id, by="u1")
    early = _sent(clock, key="key-0003", agreed_at=clock() - timedelta(days=1))
    with pytest.raises(StoreError, match="当天的同意"):
        store.check_ins.receive(early, device_id=device.id, by="u1")
    clock.advance(minutes=1)
    assert store.check_ins.withdraw(device.id, at=clock(), by="u1") == 1
    assert store.check_ins.withdraw(device.id, at=clock(), by="u1") == 0
    assert [one.sign.kind for one in _kept(store, clock)] == [SignKind.HELP]
    with pytest.raises(StoreError, match="撤回"):
        store.check_ins.receive(sent, device_id=device.id, by="u1")
    clock.advance(minutes=1)
    again = _sent(clock, key="key-0004")
    assert store.check_ins.receive(again, device_id=device.id, by="u1")
    late = clock() - 2 * MINUTE  # said before the new leave was given, heard after it
    assert store.check_ins.withdraw(device.id, at=late, by="u1") == 0
    assert store.check_ins.withdraw("fd-none", at=clock(), by="u1") == 0
    assert len(_kept(store, clock)) == 2


def test_only_what_a_team_may_say_is_kept(
    store: Store, device: FieldDevice, clock: StandingClock
) -> None:
    with pytest.raises(StoreError, match="当天的同意"):
        _sent(clock, agreed_at=None)
    with pytest.raises(StoreError, match="不是签到"):
        _sent(clock, kind=SignKind.OUTCOME)
    ahead = _sent(clock, at=clock() + MINUTE)
    store.check_ins.receive(ahead, device_id=device.id, by="u1")
    assert _kept(store, clock)[0].sign.at == clock()
    for at, why in ((clock() + 6 * MINUTE, "将来"), (clock() - timedelta(days=3), "过期")):
        with pytest.raises(StoreError, match=why):
            store.check_ins.receive(_sent(clock, at=at), device_id=device.id, by="u1")
    assert len(_kept(store, clock)) == 1


def test_an_alarm_is_taken_on_once_by_name(store: Store, clock: StandingClock) -> None:
    day = local_day(clock())
    store.alarm_notes.add("T1", day, "help:ci1", " 已致电，增援在路上 ", by="u1")
    (note,) = store.alarm_notes.of_day(day)
    assert (note.alarm, note.note.reveal(), note.by) == ("help:ci1", "已致电，增援在路上", "u1")
    with pytest.raises(StoreError, match="已有人处置"):
        store.alarm_notes.add("T1", day, "help:ci1", "再次", by="u2")
    for text in ("", " ", "长" * 201):
        with pytest.raises(StoreError, match="如何处置"):
            store.alarm_notes.add("T1", day, "help:ci2", text, by="u1")
    with pytest.raises(StoreError, match="没有这条警报"):
        store.alarm_notes.add("T1", day, "", "已联系", by="u1")
    assert "致电" not in str(store.audit.entries(9))


def test_a_message_is_read_once_and_ends_with_its_day(store: Store, clock: StandingClock) -> None:
    day = local_day(clock())
    made = store.team_messages.send("T1", day, " 改走南环路 ", by="u1")
    assert store.team_messages.to("T2") == ()
    (held,) = store.team_messages.to("T1")
    assert (held.id, held.text.reveal(), held.read_at) == (made.id, "改走南环路", None)
    clock.advance(minutes=2)
    read_at = clock()
    store.team_messages.read(made.id, at=read_at, by="u2")
    clock.advance(minutes=2)
    store.team_messages.read(made.id, at=clock(), by="u3")
    (held,) = store.team_messages.of_day(day)
    assert (held.read_at, held.read_by) == (read_at, "u2")
    with pytest.raises(StoreError, match="没有这条消息"):
        store.team_messages.read("tm-none", at=clock(), by="u2")
    for text in ("", "长" * 141):
        with pytest.raises(StoreError, match="消息"):
            store.team_messages.send("T1", day, text, by="u1")
    clock.advance(days=1)
    assert store.team_messages.to("T1") == ()
    with pytest.raises(StoreError, match="已过"):
        store.team_messages.send("T1", day, "太晚", by="u1")


def test_the_outcomes_of_a_day_tell_case_and_team_and_no_name(
    store: Store, clock: StandingClock
) -> None:
    store.put(cases_=[samples.case(1)], debtors=[samples.debtor(1)], claims=[samples.claim(1)])
    sent = SentOutcome(
        "key-0001",
        samples.claim(1).id,
        OutcomeKind.MOVED,
        clock(),
        record=OutcomeRecord("T1", "fd-1"),
    )
    receive_outcomes(store, [sent], by="u1")
    (found,) = store.outcomes_of_day(local_day(clock()))
    assert (found.kind, found.at, found.team) == (OutcomeKind.MOVED, clock(), "T1")
    assert (found.case_id, found.case_number) == ("c1", str(samples.case(1).number))
    assert store.outcomes_of_day(local_day(clock()) - timedelta(days=1)) == ()


def test_all_of_it_goes_after_some_days(
    store: Store, device: FieldDevice, clock: StandingClock
) -> None:
    day = local_day(clock())
    store.check_ins.receive(_sent(clock), device_id=device.id, by="u1")
    store.alarm_notes.add("T1", day, "help:ci1", "已联系", by="u1")
    store.team_messages.send("T1", day, "请回电", by="u1")
    clock.advance(days=PROFILE.retention_live_d)
    assert purge(store, PROFILE, by="cli")[Kept.LIVE] == ()
    clock.advance(days=1)
    assert len(purge(store, PROFILE, by="cli", dry_run=True)[Kept.LIVE]) == 4
    assert len(purge(store, PROFILE, by="cli")[Kept.LIVE]) == 4
    assert store.check_ins.of_day(day) == ()
    assert store.alarm_notes.of_day(day) == ()
    assert store.team_messages.of_day(day) == ()
