from __future__ import annotations

from datetime import timedelta

import pytest

from data.errors import StoreError
from data.model import Account, Role
from data.store import Store
from tests.fakes import StandingClock


@pytest.fixture
def officer(store: Store) -> Account:
    return store.accounts.create("officer", "correct-horse-7", Role.OFFICER, "示范干警")


def test_a_device_is_its_accounts_until_it_is_revoked(
    store: Store, officer: Account, clock: StandingClock
) -> None:
    made = store.devices.add(officer.id, " 一组手机 ")
    assert made.name == "一组手机"
    assert store.devices.see(made.id, officer.id) == made
    assert store.devices.see(made.id, "somebody") is None
    assert store.devices.see("fd-none", officer.id) is None
    clock.advance(minutes=5)
    seen = store.devices.see(made.id, officer.id)
    assert store.devices.of(officer.id)[0].seen_at == clock()
    assert seen is not None
    clock.advance(minutes=4)
    store.devices.see(made.id, officer.id)
    assert clock() - store.devices.of(officer.id)[0].seen_at == timedelta(minutes=4)
    store.devices.revoke(made.id, by="cli")
    store.devices.revoke(made.id, by="cli")
    found = store.devices.see(made.id, officer.id)
    assert found is not None
    assert found.revoked_at == clock()
    acts = [entry.act for entry in store.audit.entries()]
    assert acts.count("device.add") == acts.count("device.revoke") == 1


def test_what_is_open_on_a_device_is_ended(
    store: Store, officer: Account, clock: StandingClock
) -> None:
    made = store.devices.add(officer.id, "一组手机")
    clock.advance(minutes=1)
    store.devices.end(made.id, by=officer.id)
    found = store.devices.get(made.id)
    assert found is not None
    assert (found.ended_at, found.revoked_at) == (clock(), None)
    assert store.audit.entries()[0].act == "device.end"
    with pytest.raises(StoreError, match="没有这台设备"):
        store.devices.end("fd-none", by="cli")


@pytest.mark.parametrize("name", ["", "  ", "长" * 41])
def test_a_device_has_a_name(store: Store, officer: Account, name: str) -> None:
    with pytest.raises(StoreError, match="设备名称"):
        store.devices.add(officer.id, name)
    assert store.devices.all() == ()


def test_what_is_not_there_is_not_revoked(store: Store) -> None:
    with pytest.raises(StoreError, match="没有这台设备"):
        store.devices.revoke("fd-none", by="cli")


def test_a_device_is_found_whosever_it_is(store: Store, officer: Account) -> None:
    made = store.devices.add(officer.id, "一组手机")
    assert store.devices.get(made.id) == made
    assert store.devices.get("fd-none") is None
