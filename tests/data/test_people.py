"""Those whom a page is about are read by their ids, and nobody else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from data.errors import StoreError
from data.store import Store
from routes.model import ClaimSource, DebtorId, NamesakeVerdict
from routes.people import People
from tests.data import samples
from tests.data.test_namesake_decisions import made
from tests.fakes import MemoryCases, StandingClock

CASES = [samples.case(n) for n in (1, 2, 3)]
DEBTORS = [
    *(samples.debtor(n) for n in (1, 2, 3)),
    replace(samples.debtor(2), id=DebtorId("d2b")),
]
CLAIMS = [
    *(samples.claim(n) for n in (1, 2, 3)),
    replace(samples.claim(2), id="a2b", source=ClaimSource.LEASE, military_site=True),
]


@pytest.fixture
def court(store: Store, clock: StandingClock) -> Store:
    store.put(cases_=CASES, debtors=DEBTORS, claims=CLAIMS)
    store.namesake_decisions.add(made(clock, NamesakeVerdict.DIFFERENT), of=DEBTORS[0].id)
    return store


def held(store: Store, ids: set[str]) -> People:
    """Return what is asked for, out of all that is stored."""
    debtors = {one.id: one for one in store.debtors() if one.id in ids}
    of = {one.case_id for one in debtors.values()}
    return People(
        {one.id: one for one in store.cases() if one.id in of},
        debtors,
        {one.id: one for one in store.claims() if one.debtor_id in debtors},
    )


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.sets(st.sampled_from([*(one.id for one in DEBTORS), "nobody"])))
def test_some_are_read_as_they_stand_among_all(court: Store, ids: set[str]) -> None:
    people = court.people(ids)
    assert people == held(court, ids)
    names = court.case_names(ids)
    assert {one: case.id for one, case in names.items()} == {
        one.id: one.case_id for one in people.debtors.values()
    }
    assert all(people.cases[case.id].number == case.number for case in names.values())


def test_people_of_cases_are_all_of_their_debtors(court: Store) -> None:
    assert court.people_of([CASES[1].id]) == held(court, {"d2b", DEBTORS[1].id})
    assert court.people_of([]) == court.people([]) == People()


def test_the_double_answers_as_the_store_does(court: Store) -> None:
    double = MemoryCases(court.cases(), court.debtors(), court.claims())
    ids = [DEBTORS[0].id, DEBTORS[1].id, "nobody"]
    assert double.people(ids) == court.people(ids)
    assert double.case_names(ids) == court.case_names(ids)


def test_what_is_not_asked_for_is_not_decrypted(court: Store) -> None:
    with court.write() as work:
        broken = {"bytes": b"x"}
        for change in (
            "UPDATE debtor SET name = :bytes WHERE id = 'd2b'",
            "UPDATE address_claim SET text = :bytes WHERE id = 'a2b'",
        ):
            work.connection.execute(text(change), broken)
    ids = [DEBTORS[0].id, DEBTORS[2].id]
    assert court.people(ids).debtors.keys() == {*ids}
    with pytest.raises(StoreError):
        court.people([*ids, "d2b"])
    assert court.case_names(["d2b"])[DebtorId("d2b")].number == CASES[1].number


def test_a_claim_that_is_named_is_read_whoever_s_it_is(court: Store) -> None:
    people = court.people([DEBTORS[0].id], claim_ids=[CLAIMS[1].id, "nothing"])
    assert people.debtors.keys() == {DEBTORS[0].id}
    assert people.claims.keys() == {CLAIMS[0].id, CLAIMS[1].id}
    double = MemoryCases(court.cases(), court.debtors(), court.claims())
    assert double.people([DEBTORS[0].id], claim_ids=[CLAIMS[1].id]) == people
