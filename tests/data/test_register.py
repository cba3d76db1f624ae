"""The register in the store, what the tables keep how, and the deleting of what has served."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from data.register import kept_fields
from data.retention import GONE, purge
from data.store import Store
from geo.model import Point, Precision
from routes.data_types import DataType
from routes.model import Place
from routes.rules.data_facts import Assessment
from tests.data import samples
from tests.fakes import StandingClock

TODAY = date(2026, 11, 25)


def test_the_newest_standing_assessment_of_a_kind_holds(store: Store) -> None:
    kind, keep = DataType.VISIT_HISTORY, store.register
    assert keep.assessment(kind, on=TODAY) is None
    keep.assess(kind, "评1号", on=date(2025, 1, 1), by="u1")
    newest = keep.assess(kind, "评2号", on=date(2026, 1, 1), by="u1")
    keep.assess(DataType.HEALTH, "评3号", on=TODAY, by="u1")
    assert keep.assessment(kind, on=TODAY) == Assessment("评2号", date(2026, 1, 1))
    assert keep.assessment(kind, on=date(2025, 6, 1)) == Assessment("评1号", date(2025, 1, 1))
    keep.end(newest, by="u1")
    assert keep.assessment(kind, on=TODAY) == Assessment("评1号", date(2025, 1, 1))


def test_a_map_review_is_known_by_its_number_while_it_stands(store: Store) -> None:
    made = store.register.review_map("闽审1号", on=TODAY, by="u1")
    assert store.register.map_review(" 闽审1号 ") == "闽审1号"
    assert store.register.map_review("") is None
    assert store.register.map_review("闽审2号") is None
    store.register.end(made, by="u1")
    assert store.register.map_review("闽审1号") is None


def test_notes_are_encrypted(store: Store) -> None:
    store.register.report_leak("一份计划误发", on=TODAY, by="u1")
    with store.write() as work:
        rows = work.connection.execute(text("SELECT * FROM register")).all()
    assert "误发" not in repr(rows)
    assert "误发" not in repr(store.audit.entries(10))


def test_what_is_kept_how_is_read_from_the_tables() -> None:
    found = kept_fields()
    assert "name" in found["debtor"][0]
    assert {"kind", "at", "band"} <= set(found["outcome"][1])
    assert found["outcome"][0] == ("note",)
    assert {"lon", "lat"} <= set(found["place"][1])
    assert found["restriction"][0] == ("details",)
    assert "station" not in found


def _court(store: Store, clock: StandingClock) -> None:
    claims = [
        replace(samples.claim(1), expires_on=TODAY - timedelta(days=1)),
        replace(samples.claim(2), debtor_id=samples.debtor(1).id, expires_on=TODAY),
        replace(samples.claim(3), debtor_id=samples.debtor(1).id, expires_on=None),
    ]
    now = clock()
    leads = [
        replace(
            samples.lead(n),
            debtor_id=samples.debtor(1).id,
            claim_id=None,
            received_at=now - timedelta(days=9),
            expires_at=now + timedelta(days=days),
            withdrawn=withdrawn,
        )
        for n, (days, withdrawn) in enumerate([(-1, False), (1, False), (1, True)], start=1)
    ]
    store.put(cases_=[samples.case(1)], debtors=[samples.debtor(1)], claims=claims, leads=leads)
    store.set_places({claims[0].id: Place(Point(118.6, 24.9), Precision.DOOR, 0.9)})


@pytest.mark.parametrize("batch", [1, 200])
def test_what_is_past_its_day_is_deleted_by_field(
    store: Store, clock: StandingClock, batch: int
) -> None:
    _court(store, clock)
    before = store.claims(), store.leads()
    told = purge(store, by="cli", dry_run=True)
    assert (store.claims(), store.leads()) == before
    assert told.claims == (samples.claim(1).id,)
    assert len(told.leads) == 2
    assert purge(store, by="cli", batch=batch) == told
    gone, *kept = store.claims()
    assert (gone.id, gone.text.reveal(), gone.basis, gone.place) == (
        told.claims[0],
        GONE,
        None,
        None,
    )
    assert kept == list(before[0][1:])
    assert [one.id for one in store.leads()] == [samples.lead(2).id]
    acts = [one.subject for one in store.audit.entries(50) if one.act == "retention.purge"]
    assert sorted(acts) == sorted(
        [f"claim:{told.claims[0]}", *(f"lead:{one}" for one in told.leads)]
    )
    assert purge(store, by="cli").claims == ()
    assert store.audit.verify()


def test_the_same_table_again_brings_no_deleted_address_back(
    store: Store, clock: StandingClock
) -> None:
    _court(store, clock)
    purge(store, by="cli")
    store.put(claims=[replace(samples.claim(1), expires_on=TODAY - timedelta(days=1))])
    assert store.claims()[0].text.reveal() == GONE
