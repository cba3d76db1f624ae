"""The benchmark of the store runs at a small size, and its files and stores are what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.store import audit_overhead, clock, import_figures, read_s
from benchmarks.store_cases import write_cases
from benchmarks.store_court import fill_stores
from benchmarks.store_queries import query_times_ms
from data.store import Store


def test_a_written_file_is_stored_as_it_stands(tmp_path: Path) -> None:
    write_cases(tmp_path / "a.xlsx", 150)
    found = import_figures(tmp_path / "a.xlsx", tmp_path / "court", None)
    assert min(found.values()) > 0.0
    assert read_s(tmp_path / "a.xlsx") > 0.0
    store = Store.open(tmp_path / "court", clock=clock)
    counts = store.counts()
    store.close()
    assert (counts.cases, counts.debtors, counts.address_claims) == (148, 150, 300)


def test_the_audit_is_left_out_where_it_is_measured_against(tmp_path: Path) -> None:
    write_cases(tmp_path / "a.xlsx", 20)
    assert audit_overhead(tmp_path / "a.xlsx", tmp_path, pairs=1) > -1.0
    entries = []
    for audited in (False, True):
        store = Store.open(tmp_path / f"audit_0_{audited}", clock=clock)
        entries.append(store.counts().audit_entries)
        store.close()
    assert entries == [0, 1]


@pytest.fixture
def filled(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "court", clock=clock, create=True)


def test_the_asked_court_answers(filled: Store) -> None:
    court = fill_stores((filled,), 120)
    assert filled.find_cases(court.numbers[7]) == (court.ids[7],)
    assert court.ids[7] in filled.find_cases(court.names[7])
    assert court.ids[7] in filled.find_cases(court.identities[7])
    assert len(filled.case_points()) == len(filled.cases()) == 120
    spent = query_times_ms(filled, court, repeats=6)
    assert all(len(times) == 6 for times in spent.values())
    filled.close()
