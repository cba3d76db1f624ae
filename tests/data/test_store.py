from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pytest
import shapely
from sqlalchemy import select

from data.errors import DuplicateError, StoreError
from data.model import PutCounts
from data.schema import EnforcementCaseRow
from data.store import DATABASE_NAME, Store
from geo.model import Area, AreaKind
from routes.model import ActionId, CaseId, CaseStatus, Grade, SecretText
from tests.data import samples
from tests.data.courts import CourtFolder
from tests.data.exports.samples import MADE_AT, plan, problem
from tests.fakes import StandingClock


@pytest.fixture
def filled(store: Store) -> Iterator[Store]:
    store.put(
        cases_=[samples.case()],
        debtors=[samples.debtor()],
        claims=[samples.claim(place=samples.place())],
        outcomes=[samples.outcome()],
        leads=[samples.lead()],
        stations=[samples.station()],
    )
    return store


def test_what_is_put_again_is_counted_as_unchanged(filled: Store) -> None:
    counts = filled.put(
        cases_=[samples.case(), samples.case(2)],
        debtors=[replace(samples.debtor(), needs_female_officer=True)],
        claims=[samples.claim()],
        stations=[replace(samples.station(), escort_hours=samples.HOURS[:1])],
    )
    assert counts == PutCounts(added=1, changed=2, unchanged=2)
    assert counts.written == {"c2", "d1", "PS01"}
    assert filled.stations()[0].escort_hours == samples.HOURS[:1]


def test_a_claim_without_a_place_keeps_the_stored_one(filled: Store) -> None:
    filled.put(claims=[samples.claim(basis=None)])
    assert filled.claims()[0].place == samples.place()


def test_of_two_rows_with_one_key_the_later_wins(store: Store) -> None:
    first, second = samples.case(grade=Grade.RED), samples.case(grade=Grade.WHITE)
    assert store.put(cases_=[first, second]).added == 1
    assert store.cases() == (second,)
    assert store.put(cases_=[first, second]).unchanged == 1
    assert store.cases() == (second,)


def test_a_debtor_may_go_to_a_new_case_with_the_claims_that_hang_on_it(filled: Store) -> None:
    counts = filled.put(
        cases_=[samples.case(2)],
        debtors=[samples.debtor(1, case_id=CaseId("c2"))],
        claims=[samples.claim(basis=None)],
    )
    assert counts == PutCounts(added=1, changed=2)
    assert [debtor.case_id for debtor in filled.debtors()] == ["c2"]
    assert filled.claims()[0].place == samples.place()


def test_since_when_a_case_ended_is_kept_until_it_goes_on(store: Store) -> None:
    ended, goes_on = samples.case(status=CaseStatus.ENDED), samples.case()

    def since() -> date | None:
        with store.read() as connection:
            found: date | None = connection.scalar(select(EnforcementCaseRow.ended_on))
            return found

    store.put(cases_=[ended])
    first = since()
    assert first is not None
    store.put(cases_=[replace(ended, grade=Grade.RED)])
    assert since() == first
    store.put(cases_=[goes_on])
    assert since() is None


def test_search_forgives_form_and_takes_parts_of_names_only(filled: Store) -> None:
    found = (CaseId("c1"),)
    assert filled.find_cases(samples.NAME) == found
    assert filled.find_cases(f" {samples.NAME[0]} {samples.NAME[1:]} ") == found
    assert filled.find_cases("000000199001010000") == found
    assert filled.find_cases("(2026)闽0599执1号") == found
    assert filled.find_cases(samples.NAME[:2]) == found
    assert filled.find_cases(samples.NAME[:1]) == ()
    assert filled.find_cases("00000019900101000") == ()
    assert filled.find_cases("") == ()


def test_areas_come_back_in_their_order(store: Store) -> None:
    square = shapely.box(118.5, 24.8, 118.7, 25.0)
    areas = [Area(code, code, AreaKind.GRID, square, "T") for code in ("G2", "G1")]
    assert store.replace_areas(areas) == PutCounts(added=2)
    assert [(area.code, area.parent_code) for area in store.areas()] == [("G2", "T"), ("G1", "T")]
    assert store.replace_areas(areas) == PutCounts(unchanged=2)
    with pytest.raises(DuplicateError, match="G1"):
        store.replace_areas([areas[1], areas[1]])
    assert len(store.areas()) == 2


def test_an_action_is_released_once(store: Store, clock: StandingClock) -> None:
    action_id = ActionId("A-1")
    with pytest.raises(StoreError, match="A-1"):
        store.release(action_id, by="u1")
    store.save(action_id, problem(), plan(), made_at=MADE_AT, by="u1")
    store.release(action_id, by="u2")
    action = store.action(action_id)
    assert action is not None
    assert (action.made_at, action.made_by) == (MADE_AT, "u1")
    assert (action.released_at, action.released_by) == (clock(), "u2")
    with pytest.raises(StoreError, match="已经发布"):
        store.release(action_id, by="u2")


def test_counts_name_what_is_stored(filled: Store) -> None:
    counts = filled.counts()
    assert (counts.cases, counts.debtors, counts.address_claims, counts.geocoded) == (1, 1, 1, 1)
    assert (counts.outcomes, counts.leads, counts.stations, counts.audit_entries) == (1, 1, 1, 1)


def test_a_store_survives_closing(filled: Store, court: CourtFolder) -> None:
    before = filled.cases(), filled.claims(), filled.outcomes()
    filled.close()
    again = court.open(StandingClock(), create=True)
    assert (again.cases(), again.claims(), again.outcomes()) == before
    again.close()


def test_a_reader_sees_nothing_of_an_unfinished_step(filled: Store) -> None:
    with filled.write() as work:
        work.connection.exec_driver_sql("UPDATE enforcement_case SET status = 'ended'")
        assert filled.cases()[0].status == "active"
    assert filled.cases()[0].status == "ended"


def test_writers_queue_up(store: Store) -> None:
    threads = [Thread(target=store.audit.append, args=("u1", "x", f"case:{n}")) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.audit.verify() == 8


def test_personal_text_shows_as_stars(filled: Store) -> None:
    for value in (filled.debtors()[0], filled.claims()[0]):
        assert samples.NAME not in repr(value)
        assert samples.ADDRESS not in repr(value)
    assert str(SecretText("x")) == "***"


def test_the_clock_of_a_store_is_the_one_given(store: Store, clock: StandingClock) -> None:
    clock.advance(hours=1)
    assert store.clock() == clock()
    assert store.audit.append("u1", "x", "case:1").at == clock.now
    assert clock.now - timedelta(hours=1) == StandingClock().now


def test_only_the_owner_may_read_the_database(tmp_path: Path, clock: StandingClock) -> None:
    folder = tmp_path / "own"
    mask = os.umask(0o022)
    try:
        store = Store.open(folder, clock=clock, create=True)
        store.put(cases_=[samples.case()])
        files = sorted(folder.glob(f"{DATABASE_NAME}*"))
        assert len(files) == 3  # with the log and its index
        assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
        for each in files:
            each.chmod(0o644)  # as an earlier version left them
        again = Store.open(folder, clock=clock)
        assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
        again.close()
        store.close()
    finally:
        os.umask(mask)


_ELSEWHERE = """
import sys
from pathlib import Path
from data.store import Store
from web.clock import system_clock

store = Store.open(Path(sys.argv[1]), clock=system_clock)
print(len(store.audit.entries()))
store.close()
"""


def test_a_store_opened_twice_here_loses_nothing_to_who_closes_it_elsewhere(
    tmp_path: Path, clock: StandingClock
) -> None:
    """Closing a file's descriptor would let go of this process's locks on the database."""

    def elsewhere() -> int:
        words = [sys.executable, "-c", _ELSEWHERE, str(tmp_path)]
        return int(subprocess.run(words, capture_output=True, check=True, timeout=120).stdout)

    with closing(Store.open(tmp_path, clock=clock, create=True)) as store:
        store.audit.append("u1", "account.list", "store:-")
        Store.open(tmp_path, clock=clock).close()  # as each job of a worker does
        assert elsewhere() == 1
        store.audit.append("u1", "account.list", "store:-")
        assert elsewhere() == len(store.audit.entries()) == 2
