from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from data.store import DATABASE_NAME, Store
from tests.data.courts import CourtFolder
from tests.fakes import StandingClock

_LIMIT = 8
_WINDOW = timedelta(minutes=10)


def test_a_key_is_locked_until_its_oldest_failure_leaves_the_window(
    store: Store, clock: StandingClock
) -> None:
    begun = clock()
    for _ in range(_LIMIT):
        assert store.sign_in_failures.locked_until(["user:a"]) is None
        store.sign_in_failures.add(["user:a"])
        clock.now += timedelta(seconds=1)
    assert store.sign_in_failures.locked_until(["user:b", "user:a"]) == begun + _WINDOW
    assert store.sign_in_failures.locked_until(["user:b"]) is None
    clock.now = begun + _WINDOW
    assert store.sign_in_failures.locked_until(["user:a"]) is None


def test_another_process_counts_too_and_a_restart_forgets_nothing(
    store: Store, clock: StandingClock, court: CourtFolder
) -> None:
    other = court.open(clock)
    for each in (store, other):
        for _ in range(_LIMIT // 2):
            each.sign_in_failures.add(["user:a", "from:10.0.0.7"])
    other.close()
    again = court.open(clock)
    assert again.sign_in_failures.locked_until(["from:10.0.0.7"]) is not None
    again.sign_in_failures.forget(["user:a"])
    assert again.sign_in_failures.locked_until(["user:a"]) is None
    assert again.sign_in_failures.locked_until(["from:10.0.0.7"]) is not None
    again.close()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_neither_name_nor_address_is_kept(store: Store, tmp_path: Path) -> None:
    store.sign_in_failures.add(["user:zhang-canary", "from:203.0.113.77"])
    held = b"".join(path.read_bytes() for path in (tmp_path / "court").glob(f"{DATABASE_NAME}*"))
    assert b"zhang-canary" not in held
    assert b"203.0.113.77" not in held
