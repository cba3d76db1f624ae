"""The whole chain is checked when serving starts, and again once a day."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.web.conftest import SetClock
from web.audit_watch import is_due, watch, watching
from web.services import Services


def test_it_is_checked_at_the_start_and_each_day(court: Services, clock: SetClock) -> None:
    audit = court.store.audit
    audit.verify_new()
    clock.at += timedelta(hours=1)
    whole_at = []

    def pause(_seconds: float) -> bool:
        whole_at.append(audit.verify_new().whole_at)
        clock.at += timedelta(hours=10)
        return len(whole_at) == 6

    started = clock.at
    watch(court.store, pause)
    assert whole_at == [started] * 3 + [started + timedelta(hours=30)] * 3


def test_what_is_wrong_is_told_and_the_watch_goes_on(
    court: Services, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    court.store.audit.verify_new()
    with court.store.write() as work:
        work.connection.execute(text("DROP TRIGGER audit_entry_no_update"))
        work.connection.execute(text("UPDATE audit_entry SET actor = 'u9' WHERE seq = 2"))
    pauses = []

    def pause(_seconds: float) -> bool:
        pauses.append(clock())
        return len(pauses) == 2

    with caplog.at_level(logging.ERROR):
        watch(court.store, pause)
    assert [each.levelname for each in caplog.records] == ["ERROR", "ERROR"]
    assert "第 2 条" in caplog.text


def test_it_ends_with_the_server(court: Services, clock: SetClock) -> None:
    with watching(court.store):
        pass
    done = court.store.audit.verify_new()
    assert not is_due(done, clock())
