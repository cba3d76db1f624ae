from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from data.audit import AuditLog
from data.errors import AuditError, StoreError
from data.store import Store
from tests.data import samples
from tests.fakes import StandingClock


@pytest.fixture
def chain(store: Store, clock: StandingClock) -> Store:
    for seq in range(5):
        clock.advance(minutes=1)
        store.audit.append("u1", "person.read", f"case:c{seq}", {"n": seq})
    return store


@pytest.fixture
def raw(chain: Store, outside: Connection) -> Connection:
    """The database as someone with access to it but not the key may change it."""
    if outside.dialect.name == "postgresql":
        outside.exec_driver_sql("SET session_replication_role = replica")  # heeds no trigger
    else:
        outside.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
        outside.exec_driver_sql("DROP TRIGGER audit_entry_no_delete")
    return outside


def test_what_was_done_is_kept_in_order(chain: Store, clock: StandingClock) -> None:
    assert chain.audit.verify() == 5
    newest = chain.audit.entries(2)
    assert [entry.subject for entry in newest] == ["case:c4", "case:c3"]
    assert (newest[0].at, newest[0].detail) == (clock(), {"n": 4})
    assert newest[0].prev_hash == newest[1].hash


def test_an_empty_chain_verifies(store: Store) -> None:
    assert store.audit.verify() == 0


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit_entry SET actor = 'u2' WHERE seq = 3", "第 3 条的内容"),
        ("UPDATE audit_entry SET detail = '{\"n\": 9}' WHERE seq = 1", "第 1 条的内容"),
        ("UPDATE audit_entry SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 2", "第 2 条"),
        ("UPDATE audit_entry SET hash = prev_hash WHERE seq = 4", "第 4 条"),
        ("DELETE FROM audit_entry WHERE seq = 2", "缺少第 2 条"),
        ("DELETE FROM audit_entry WHERE seq = 1", "缺少第 1 条"),
        ("DELETE FROM audit_entry WHERE seq = 5", "第 4 条之后被截断"),
        ("DELETE FROM audit_entry", "第 0 条之后被截断"),
        ("DELETE FROM setting WHERE name = 'audit_head'", "截断或添加"),
        (
            "INSERT INTO audit_entry SELECT 6, at, actor, act, subject, detail, hash, hash"
            " FROM audit_entry WHERE seq = 5",
            "第 6 条",
        ),
        ("UPDATE audit_entry SET seq = CASE seq WHEN 4 THEN 50 ELSE seq END", "缺少第 4 条"),
    ],
)
def test_tampering_is_found(chain: Store, raw: Connection, statement: str, told: str) -> None:
    raw.exec_driver_sql(statement)
    with pytest.raises(AuditError, match=told):
        chain.audit.verify()


def test_entries_that_change_places_are_found(chain: Store, raw: Connection) -> None:
    for was, becomes in ((2, 50), (3, 2), (50, 3)):
        raw.exec_driver_sql(f"UPDATE audit_entry SET seq = {becomes} WHERE seq = {was}")
    with pytest.raises(AuditError, match="第 2 条"):
        chain.audit.verify()


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET actor = 'u2'", "DELETE FROM audit_entry"]
)
def test_the_table_only_grows(chain: Store, outside: Connection, statement: str) -> None:
    with pytest.raises(DBAPIError, match="never changed"):
        outside.exec_driver_sql(statement)
    assert chain.audit.verify() == 5


def test_details_are_ids_and_counts(store: Store) -> None:
    with pytest.raises(StoreError, match="编号或数值"):
        store.audit.append("u1", "x", "case:c1", {"people": ["a"]})
    with pytest.raises(StoreError, match="过长"):
        store.audit.append("u1", "x", "case:c1", {"note": "长" * 500})
    assert store.audit.verify() == 0


def test_a_step_and_its_entry_are_kept_together(store: Store) -> None:
    with pytest.raises(StoreError):
        store.put(cases_=[samples.case()], claims=[samples.claim()])
    assert not store.cases()
    assert store.audit.verify() == 0
    store.put(cases_=[samples.case()], by="u7")
    assert [entry.actor for entry in store.audit.entries()] == ["u7"]


def test_a_check_goes_on_where_the_last_one_ended(
    chain: Store, raw: Connection, clock: StandingClock
) -> None:
    first = chain.audit.verify_new()
    assert (first.entries, first.whole, first.at, first.whole_at) == (5, 5, clock(), clock())
    clock.advance(minutes=5)
    chain.audit.append("u1", "person.read", "case:c9")
    again = chain.audit.verify_new()
    assert (again.entries, again.whole, again.at, again.whole_at) == (6, 5, clock(), first.at)
    raw.exec_driver_sql("UPDATE audit_entry SET actor = 'u2' WHERE seq = 3")
    assert chain.audit.verify_new().entries == 6  # not read again
    with pytest.raises(AuditError, match="第 3 条的内容"):
        chain.audit.verify()
    with pytest.raises(AuditError, match="第 3 条的内容"):
        chain.audit.verify_new()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit_entry SET actor = 'u2' WHERE seq = 6", "第 6 条的内容"),
        ("DELETE FROM audit_entry WHERE seq = 6", "截断"),
        ("DELETE FROM audit_entry WHERE seq >= 5", "截断"),
        ("UPDATE audit_entry SET hash = prev_hash WHERE seq = 6", "第 6 条"),
        (
            "UPDATE setting SET value = replace(value, '[5', '[6') WHERE name = 'audit_verified'",
            "核验标记",
        ),
    ],
)
def test_a_check_of_what_is_new_finds_what_is_wrong_with_it(
    chain: Store, raw: Connection, statement: str, told: str
) -> None:
    chain.audit.verify_new()
    chain.audit.append("u1", "person.read", "case:c9")
    raw.exec_driver_sql(statement)
    for _ in range(2):
        with pytest.raises(AuditError, match=told):
            chain.audit.verify_new()


def test_a_whole_check_mends_a_mark_that_was_tampered_with(chain: Store, raw: Connection) -> None:
    chain.audit.verify_new()
    raw.exec_driver_sql("UPDATE setting SET value = 'x' WHERE name = 'audit_verified'")
    with pytest.raises(AuditError, match="audit verify"):
        chain.audit.verify_new()
    assert chain.audit.verify() == chain.audit.verify_new().entries == 5


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit_entry SET actor = 'u2' WHERE seq = 4", "第 4 条的内容"),
        ("UPDATE audit_entry SET hash = prev_hash WHERE seq = 3", "第 4 条与前一条不相连"),
        ("DELETE FROM audit_entry WHERE seq = 3", "第 4 条与前一条不相连"),
        ("DELETE FROM audit_entry WHERE seq = 5", "截断"),
        ("UPDATE audit_entry SET hash = prev_hash WHERE seq = 5", "第 5 条"),
    ],
)
def test_the_last_entries_are_checked_again_where_they_are_shown(
    chain: Store, raw: Connection, statement: str, told: str
) -> None:
    chain.audit.verify_new()
    assert chain.audit.verify_new(again=2).entries == 5
    assert chain.audit.verify_new(again=9).whole == 5
    raw.exec_driver_sql(statement)
    with pytest.raises(AuditError, match=told):
        chain.audit.verify_new(again=2)
    with pytest.raises(AuditError):
        chain.audit.verify_new()  # and it is not forgotten


def test_a_check_of_what_is_new_keeps_the_day_of_a_whole_one_that_ran_beside_it(
    chain: Store, clock: StandingClock
) -> None:
    chain.audit.verify_new()
    clock.advance(days=2)

    class Beside(StandingClock):
        """Tells the time, and checks the whole chain the first time that it is asked."""

        asked = False

        def __call__(self) -> datetime:
            if not self.asked:
                self.asked = True
                chain.audit.verify()
            return clock()

    database = replace(chain.audit._database, clock=Beside())
    AuditLog(database).verify_new()
    assert chain.audit.verify_new().whole_at == clock()
