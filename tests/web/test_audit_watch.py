"""The whole chain is checked when serving starts, and again once a day."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from data.signing import SigningKey, read_signing_key
from tests.web.conftest import SetClock
from web.audit_watch import is_due, watch, watching
from web.services import Services


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return read_signing_key(tmp_path / "signing-key")


def test_it_is_checked_and_signed_at_the_start_and_each_day(
    court: Services, clock: SetClock, key: SigningKey
) -> None:
    audit = court.store.audit
    audit.append("u1", "account.list", "store:-")
    audit.verify_new()
    clock.at += timedelta(hours=1)
    whole_at = []

    def pause(_seconds: float) -> bool:
        whole_at.append(audit.verify_new().whole_at)
        audit.append("u1", "account.list", "store:-")
        clock.at += timedelta(hours=10)
        return len(whole_at) == 6

    started = clock.at
    watch(court.store, key, pause)
    assert whole_at == [started] * 3 + [started + timedelta(hours=30)] * 3
    checkpoints = court.store.audit_checkpoints.all()
    assert [one.at for one in checkpoints] == [started, started + timedelta(hours=30)]
    assert court.store.audit_checkpoints.verify(key.public) == 2


def test_what_is_wrong_is_told_and_the_watch_goes_on(
    court: Services, clock: SetClock, key: SigningKey, caplog: pytest.LogCaptureFixture
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
        watch(court.store, key, pause)
    assert [each.levelname for each in caplog.records] == ["ERROR", "ERROR"]
    assert "第 2 条" in caplog.text


def test_it_ends_with_the_server(court: Services, clock: SetClock, key: SigningKey) -> None:
    with watching(court.store, key):
        pass
    done = court.store.audit.verify_new()
    assert not is_due(done, clock())
