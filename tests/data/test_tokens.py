from __future__ import annotations

from datetime import timedelta

import pytest

from data.errors import StoreError
from data.model import Account, Role
from data.rights import READING, RIGHTS, TERMINAL_RIGHTS, Right
from data.store import Store
from tests.fakes import StandingClock

PASSWORD = "correct horse"
DAY = timedelta(days=1)


@pytest.fixture
def officer(store: Store) -> Account:
    return store.accounts.create("officer", PASSWORD, Role.OFFICER, "示例")


def test_a_token_is_found_by_its_secret_until_it_ends(
    store: Store, officer: Account, clock: StandingClock
) -> None:
    made, secret = store.tokens.create(
        officer, "QGIS", {Right.MAP_READ}, expires_at=clock() + DAY, by=officer.id
    )
    found = store.tokens.find(secret)
    assert found is not None
    assert (found.id, found.account_id, found.scopes) == (made.id, officer.id, {Right.MAP_READ})
    assert store.tokens.find(secret[:-1]) is None
    assert store.tokens.find(secret.removeprefix("fw_")) is None
    assert secret not in str(store.tokens.of(officer.id))
    clock.now += DAY
    assert store.tokens.find(secret) is None


def test_each_day_of_use_is_recorded_once(
    store: Store, officer: Account, clock: StandingClock
) -> None:
    _, secret = store.tokens.create(
        officer, "QGIS", {Right.MAP_READ}, expires_at=clock() + 9 * DAY, by=officer.id
    )
    for _ in range(3):
        assert store.tokens.find(secret)
    clock.now += DAY
    assert store.tokens.find(secret)
    assert [entry.act for entry in store.audit.entries()].count("token.use") == 2


def test_a_token_is_revoked_by_its_owner_or_an_administrator(
    store: Store, officer: Account, clock: StandingClock
) -> None:
    made, secret = store.tokens.create(
        officer, "QGIS", {Right.MAP_READ}, expires_at=clock() + DAY, by=officer.id
    )
    with pytest.raises(StoreError, match="没有这个令牌"):
        store.tokens.revoke(made.id, by="u-other", owner="u-other")
    assert store.tokens.find(secret)
    store.tokens.revoke(made.id, by=officer.id, owner=officer.id)
    store.tokens.revoke(made.id, by="u-admin")
    assert store.tokens.find(secret) is None
    (kept,) = store.tokens.of(officer.id)
    assert kept.revoked_at is not None
    assert [entry.act for entry in store.audit.entries()].count("token.revoke") == 1


@pytest.mark.parametrize(
    ("label", "scopes", "lasts", "told"),
    [
        (" ", {Right.MAP_READ}, DAY, "用途"),
        ("x" * 61, {Right.MAP_READ}, DAY, "用途"),
        ("QGIS", set(), DAY, "至少"),
        ("QGIS", {Right.AUDIT_READ}, DAY, "读取权限"),
        ("QGIS", {Right.MEASURE_WRITE}, DAY, "读取权限"),
        ("QGIS", {Right.MAP_READ}, timedelta(0), "一年"),
        ("QGIS", {Right.MAP_READ}, timedelta(days=367), "一年"),
    ],
)
def test_unfit_tokens_are_refused(
    store: Store,
    officer: Account,
    clock: StandingClock,
    label: str,
    scopes: set[Right],
    lasts: timedelta,
    told: str,
) -> None:
    with pytest.raises(StoreError, match=told):
        store.tokens.create(officer, label, scopes, expires_at=clock() + lasts, by=officer.id)
    assert store.tokens.of(officer.id) == ()


def test_the_table_of_rights_is_complete_and_strict() -> None:
    assert set(RIGHTS) == set(Role)
    assert all(right.value.endswith(".read") for right in READING - {Right.CASE_JSON})
    for role in (Role.POLICE_LIAISON, Role.GRID_LIAISON, Role.AUDITOR, Role.ADMIN):
        assert not RIGHTS[role] & {Right.PERSON_READ, Right.CASE_READ, Right.PLAN_READ}
    decided = {Right.PLAN_RELEASE, Right.SUPPORT_ANSWER, Right.NAMESAKE_WRITE}
    assert not TERMINAL_RIGHTS & decided
    assert set().union(*RIGHTS.values()) | TERMINAL_RIGHTS == set(Right)


def test_tokens_end_with_the_password_and_the_account(
    store: Store, officer: Account, clock: StandingClock
) -> None:
    for end in (
        lambda: store.accounts.set_password(officer.id, "another horse", by="u-admin"),
        lambda: store.accounts.end_sessions(officer.id, by=officer.id),
        lambda: store.accounts.disable(officer.id, by="u-admin"),
    ):
        _, secret = store.tokens.create(
            officer, "QGIS", {Right.MAP_READ}, expires_at=clock() + DAY, by=officer.id
        )
        assert store.tokens.find(secret)
        end()
        assert store.tokens.find(secret) is None
    store.accounts.enable(officer.id, by="u-admin")
    assert store.tokens.find(secret) is None
