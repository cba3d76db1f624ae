from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from data.changes import UNTOUCHING, Changes
from data.store import Store
from tests.web.court import QUICK, SetClock, case_files, fill, open_services


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "data", clock=SetClock(), create=True, hasher=QUICK)


def test_writing_is_a_change_and_reading_is_none(store: Store) -> None:
    before = store.changes.last()
    for act in sorted(UNTOUCHING):
        store.audit.append("cli", act, "store:-")
    assert store.changes.last() == before
    cases, debtors, claims, outcomes = case_files()
    store.put(cases_=cases, debtors=debtors, claims=claims, outcomes=outcomes)
    after = store.changes.last()
    assert after > before
    assert store.changes.last() == after
    store.audit.append("cli", "an.act_that_nobody_knows", "store:-")
    assert store.changes.last() > after
    store.close()


def test_what_another_process_wrote_is_seen(tmp_path: Path) -> None:
    fill(tmp_path / "data")
    here, beside = (open_services(tmp_path / "data", SetClock()).store for _ in range(2))
    before = here.changes.last()
    case = here.cases()[0]
    beside.put(cases_=[case])
    assert here.changes.last() > before
    here.close()
    beside.close()


class _Restored:
    """A database that is replaced by an earlier copy of itself while it is in use."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def read(self) -> AbstractContextManager[Connection]:
        return self.store.read()


def test_a_chain_that_went_back_is_read_from_its_start(tmp_path: Path) -> None:
    fill(tmp_path / "data")
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    here, earlier = (open_services(tmp_path / name, SetClock()).store for name in ("data", "copy"))
    database = _Restored(here)
    changes = Changes(database)  # type: ignore[arg-type]
    start = changes.last()
    here.put(cases_=[here.cases()[0]])
    here.audit.append("cli", "person.read", "case:c001", {"persons": 1})
    assert changes.last() > start
    database.store = earlier
    assert changes.last() == start
    here.close()
    earlier.close()
