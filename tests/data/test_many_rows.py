"""Indexes that wait for many rows are the same afterwards, and as they were where that fails."""

from __future__ import annotations

import multiprocessing
import os
from typing import NoReturn

import pytest
from sqlalchemy import Connection, inspect, text

from data.cases import seal_cases
from data.many_rows import many_rows
from data.store import Store
from data.work import Work
from routes.model import SecretText
from tests.data import samples
from tests.data.courts import ON_SQLITE, CourtFolder
from tests.fakes import StandingClock

_TABLES = ("enforcement_case", "debtor", "address_claim")


def _indexes(connection: Connection) -> set[tuple[str, tuple[str | None, ...]]]:
    return {
        (str(index["name"]), tuple(index["column_names"]))
        for table in _TABLES
        for index in inspect(connection).get_indexes(table)
    }


def _put(work: Work, seq: int, cases: int) -> None:
    """Put a case with its debtor, as an import of so many does."""
    case, debtor = samples.case(seq), samples.debtor(seq, name=SecretText("张建国"))
    columns = [
        {name: [getattr(one, name)] for name in one.__dataclass_fields__} for one in (case, debtor)
    ]
    columns[1] |= {"name": ["张建国"], "id_number": [None]}
    dialect = work.connection.dialect
    sealed = seal_cases(work.cipher, dialect, *columns, {name: [] for name in _CLAIM})
    with many_rows(work, cases) as later:
        sealed.put(work, later)


_CLAIM = (
    "id",
    "debtor_id",
    "text",
    "source",
    "kind",
    "seen_on",
    "basis",
    "identifiers",
    "expires_on",
    "military_site",
)


def test_indexes_are_there_again_and_names_are_found(store: Store) -> None:
    with store.write() as work:
        before = _indexes(work.connection)
        _put(work, 1, cases=10)
        assert _indexes(work.connection) == before
    assert store.find_cases("jianguo") == ("c1",)


def test_what_fails_between_leaves_the_indexes(store: Store) -> None:
    with store.read() as connection:
        before = _indexes(connection)
    with pytest.raises(RuntimeError), store.write() as work, many_rows(work, 10):
        raise RuntimeError
    with store.read() as connection:
        assert _indexes(connection) == before


@ON_SQLITE
def test_few_rows_are_put_into_the_indexes_of_many(store: Store) -> None:
    store.put(cases_=[samples.case(seq) for seq in (1, 2)])
    for cases, put_off in ((3, False), (4, True)):
        with store.write() as work:
            before = _indexes(work.connection)
            with many_rows(work, cases):
                assert (_indexes(work.connection) != before) == put_off


@ON_SQLITE
def test_rows_are_found_by_what_they_belong_to_meanwhile(store: Store) -> None:
    with store.write() as work, many_rows(work, 10):
        for query in (
            "SELECT id FROM debtor WHERE case_id = 'c1'",
            "SELECT id FROM address_claim WHERE debtor_id = 'd1'",
        ):
            (plan,) = work.connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))
            assert "USING COVERING INDEX" in plan.detail


def test_readers_do_not_wait_for_the_indexes(
    store: Store, court: CourtFolder, clock: StandingClock
) -> None:
    store.put(cases_=[samples.case(1)])
    with store.write() as work, many_rows(work, 10):
        assert [one.id for one in store.cases()] == ["c1"]
        other = court.open(clock)
        assert other.counts().cases == 1
        other.close()
    assert [one.id for one in store.cases()] == ["c1"]


def _end_between(court: CourtFolder, clock: StandingClock) -> NoReturn:
    with court.open(clock).write() as work, many_rows(work, 10):
        work.connection.execute(text("DELETE FROM enforcement_case"))
        os._exit(0)  # as a process that is killed: nothing is rolled back


@ON_SQLITE
def test_who_is_killed_between_leaves_rows_and_indexes(
    court: CourtFolder, clock: StandingClock
) -> None:
    store = court.open(clock)
    store.put(cases_=[samples.case(1)])
    with store.read() as connection:
        before = _indexes(connection)
    store.close()
    ended = multiprocessing.get_context("fork").Process(target=_end_between, args=(court, clock))
    ended.start()
    ended.join()
    again = court.open(clock)
    with again.read() as connection:
        assert _indexes(connection) == before
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    assert again.counts().cases == 1
    again.close()
