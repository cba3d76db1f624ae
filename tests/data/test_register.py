"""The register in the store, and what the tables keep how."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text

from data.register import kept_fields
from data.store import Store
from routes.data_types import DataType
from routes.rules.data_facts import Assessment

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
    assert found["outcome"] == (("kind", "band", "note"), ("at", "withdrawn", "written_at"))
    assert not {"lon", "lat"} & set(found["place"][1])
    assert found["place_point"] == (("claim",), ("lon", "lat"))
    assert found["restriction"][0] == ("details",)
    assert "station" not in found
