"""What several sources say of one address text: one claim each, the newer statement stands."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.imports import ImportReport, import_file
from data.store import Store
from geo.model import Point, Precision
from routes.model import AddressClaim, ClaimSource, Identifier, Place
from tests.data.courts import CourtFolder, copied
from tests.data.samples import ADDRESS, CASE_ROW, GOOD_ROWS, write_csv
from tests.fakes import StandingClock

Bring = Callable[..., ImportReport]
REGISTER, APPLICANT, UTILITY = "户籍", "申请人提供", "水电气账户"


@pytest.fixture
def bring(store: Store, tmp_path: Path) -> Bring:
    def run(*rows: dict[str, Any], **options: Any) -> ImportReport:
        return import_file(store, "cases", write_csv(tmp_path / "案件.csv", rows), **options)

    return run


def said(source: str, day: str = "2026-03-12", **more: str) -> dict[str, Any]:
    """Return a row in which a source names the one address on a day."""
    return CASE_ROW | {"地址1来源": source, "地址1日期": day} | more


def by_source(store: Store) -> dict[ClaimSource, AddressClaim]:
    claims = store.claims()
    found = {claim.source: claim for claim in claims}
    assert len(found) == len(claims)
    return found


def fates(report: ImportReport) -> tuple[int, int, int]:
    return report.accepted, report.corrected, report.unchanged


def test_a_second_source_is_a_claim_of_its_own_and_the_first_keeps_its_id(
    store: Store, bring: Bring
) -> None:
    bring(said(APPLICANT))
    (first,) = store.claims()
    assert fates(bring(said(REGISTER, "2026-01-05"))) == (1, 0, 0)
    claims = by_source(store)
    assert claims[ClaimSource.APPLICANT] == first
    assert claims[ClaimSource.HOUSEHOLD_REGISTER].seen_on == date(2026, 1, 5)
    assert fates(bring(said(REGISTER, "2026-01-05"), said(APPLICANT))) == (0, 0, 2)


def test_an_older_statement_of_the_same_source_changes_nothing_and_is_told(
    store: Store, bring: Bring
) -> None:
    bring(said(REGISTER, "2026-03-12"))
    before = store.claims()
    report = bring(said(REGISTER, "2025-01-01", 地址1性质="工作单位"))
    assert fates(report) == (0, 0, 1)
    assert "日期较新" in str(report.notes[-1])
    assert "第 2 行" in str(report.notes[-1])
    assert "地址1" in str(report.notes[-1])
    assert ADDRESS not in str(report.notes[-1])
    report = bring(said(REGISTER, "2025-01-01") | {"状态": "中止"})
    assert fates(report) == (0, 1, 0)
    assert "未采用" in str(report.notes[-1])
    assert store.claims() == before
    assert fates(bring(said(REGISTER, "2026-05-01", 地址1核对标识="照片"))) == (1, 0, 0)
    (claim,) = store.claims()
    assert (claim.id, claim.seen_on) == (before[0].id, date(2026, 5, 1))
    assert claim.identifiers == {Identifier.PHOTO}


def test_a_statement_of_the_same_day_corrects_what_is_stored(store: Store, bring: Bring) -> None:
    bring(said(REGISTER, 地址1核对标识="照片"))
    assert fates(bring(said(REGISTER))) == (1, 0, 0)
    assert store.claims()[0].identifiers == set()


def test_a_visit_is_of_the_first_claim_of_its_text(
    store: Store, bring: Bring, tmp_path: Path
) -> None:
    bring(said(UTILITY))
    (first,) = store.claims()
    bring(said(REGISTER))
    path = write_csv(tmp_path / "走访.csv", [dict(GOOD_ROWS["outcomes"])])
    assert import_file(store, "outcomes", path).accepted == 1
    assert [outcome.claim_id for outcome in store.outcomes()] == [first.id]


def test_a_military_site_is_one_whichever_source_says_so(store: Store, bring: Bring) -> None:
    bring(said(REGISTER, 地址1军事场所="是"))
    bring(said(APPLICANT))
    assert [claim.military_site for claim in store.claims()] == [True, True]
    assert bring(said(APPLICANT)).unchanged == 1
    bring(said(APPLICANT, 地址1军事场所="否"))
    assert [claim.military_site for claim in store.claims()] == [True, True]
    bring(said(REGISTER, 地址1军事场所="否"))
    assert [claim.military_site for claim in store.claims()] == [False, False]


AT = {"地址1经度": "118.6", "地址1纬度": "24.9"}


def test_claims_of_one_text_share_their_place(store: Store, bring: Bring) -> None:
    bring(said(REGISTER, **AT))
    bring(said(APPLICANT))
    (place,) = {claim.place for claim in store.claims()}
    assert place is not None
    assert place.point == Point(118.6, 24.9)
    door = replace(place, point=Point(118.61, 24.9), precision=Precision.DOOR, confidence=0.99)
    for claim in store.claims():  # whichever of them is confirmed
        store.set_places({claim.id: door})
        assert {each.place for each in store.claims()} == {door}
        door = replace(door, point=Point(118.62, 24.9))
    bring(said(UTILITY))
    assert len({each.place for each in store.claims()}) == 1


def test_a_surer_place_replaces_a_geocoded_one_and_no_stated_one(
    store: Store, bring: Bring
) -> None:
    bring(said(REGISTER))
    (claim,) = store.claims()
    store.set_places({claim.id: Place(Point(118.5, 24.8), Precision.TOWNSHIP, 0.4)})
    bring(said(APPLICANT, **AT))
    points = {claim.place.point for claim in store.claims() if claim.place}
    assert points == {Point(118.6, 24.9)}
    bring(said(UTILITY, **AT | {"地址1经度": "118.7"}))
    found = by_source(store)
    stated = [found[s].place for s in (ClaimSource.APPLICANT, ClaimSource.UTILITY)]
    assert [place and place.point.lon for place in stated] == [118.6, 118.7]


STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "地址1": st.sampled_from([ADDRESS, f"{ADDRESS[:3]} {ADDRESS[3:]}", "东海街道1号"]),
            "地址1来源": st.sampled_from([REGISTER, APPLICANT, UTILITY, ""]),
            "地址1日期": st.sampled_from(["2026-01-05", "2026-03-12", "2026-05-01"]),
            "地址1核对标识": st.sampled_from(["", "照片", "亲属"]),
            "地址1依据": st.sampled_from(["", "查询回执（2026）第31号"]),
            "地址1经度": st.sampled_from(["118.6", "118.7"]),
            "地址1纬度": st.just("24.9"),
        }
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: tuple(sorted(row.items())),
)
_FOLDERS = itertools.count()


def _bring(store: Store, folder: Path, rows: Sequence[dict[str, str]]) -> ImportReport:
    path = write_csv(folder / "案件.csv", [CASE_ROW | row for row in rows])
    return import_file(store, "cases", path)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=STATEMENTS, data=st.data())
def test_the_order_of_rows_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory,
    clock: StandingClock,
    empty_court: CourtFolder,
    rows: list[dict[str, str]],
    data: st.DataObject,
) -> None:
    mixed = data.draw(st.permutations(rows))
    folder = tmp_path_factory.mktemp(f"claims{next(_FOLDERS)}")
    with copied(empty_court, folder / "court") as court, closing(court.open(clock)) as store:
        _bring(store, folder, rows)
        found = store.claims()
        assert fates(_bring(store, folder, mixed)) == (0, 0, len(rows))
        assert store.claims() == found
        said_by = {(claim.source, claim.text.reveal().replace(" ", "")) for claim in found}
        assert len(said_by) == len(found)
        for row in mixed:  # one by one none is newer than what all said
            _bring(store, folder, [row])
        newest = {claim.id: claim.seen_on for claim in found}
        assert {claim.id: claim.seen_on for claim in store.claims()} == newest


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=STATEMENTS, data=st.data())
def test_files_in_any_order_leave_the_newest_of_each_source(
    tmp_path_factory: pytest.TempPathFactory,
    clock: StandingClock,
    empty_court: CourtFolder,
    rows: list[dict[str, str]],
    data: st.DataObject,
) -> None:
    mixed = data.draw(st.permutations(rows))
    folder = tmp_path_factory.mktemp(f"claims{next(_FOLDERS)}")
    expected: dict[tuple[str, str], str] = {}
    for row in rows:
        key = row["地址1"].replace(" ", ""), row["地址1来源"]
        expected[key] = max(expected.get(key, ""), row["地址1日期"])
    with copied(empty_court, folder / "court") as court, closing(court.open(clock)) as store:
        for row in mixed:
            _bring(store, folder, [row])
        dates = sorted(claim.seen_on.isoformat() for claim in store.claims())
    assert dates == sorted(expected.values())
