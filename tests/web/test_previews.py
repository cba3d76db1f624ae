"""A changed table is looked at before it is imported, or put away without a trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from data.imports.importers import import_file
from data.jobs import JobKind
from data.rights import RIGHTS, Right
from tests.data.samples import CASE_ROW, GOOD_ROWS, NAME, NUMBER, write_csv
from tests.web.conftest import Reader, Waiting
from tests.web.court import SetClock
from web import working
from web.config import Settings
from web.services import Services, attach

Compare = Callable[..., str]
_CHANGED = CASE_ROW | {"执行标的额": "78000", "地址1": "河埔镇后洋村3号", "特殊人员": "重病"}


@pytest.fixture
def app(pages: Flask, court: Services, queue: Waiting, settings: Settings) -> Flask:
    attach(pages, replace(court, queue=queue, uploads_dir=settings.uploads_dir))
    return pages


@pytest.fixture
def officer(app: Flask) -> Reader:
    reader = Reader(app.test_client())
    reader.sign_in("officer")
    reader.get("/jobs")
    return reader


@pytest.fixture
def compare(
    officer: Reader,
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
    tmp_path: Path,
) -> Compare:
    """Import a case, send it again changed, and let it be compared; gives the page's address."""
    import_file(court.store, "cases", write_csv(tmp_path / "held.csv", [CASE_ROW]))

    def run(*rows: Mapping[str, Any], kind: str = "cases") -> str:
        text = write_csv(tmp_path / "again.csv", rows or [_CHANGED]).read_bytes()
        fields = {"csrf_token": officer.token, "kind": kind, "preview": "1"}
        file = (BytesIO(text), f"{NAME}.csv")
        assert officer.client.post("/jobs/import", data={**fields, "file": file}).status_code == 302
        working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
        job = court.store.jobs.get(queue.ids[-1])
        assert job is not None
        assert (job.kind, job.error) == (JobKind.PREVIEW, None)
        return f"/jobs/{job.id}/preview"

    return run


def _yuan(court: Services) -> float:
    return next(one.claim_yuan for one in court.store.cases() if str(one.number) == NUMBER)


def test_changes_are_seen_and_then_imported(
    compare: Compare,
    officer: Reader,
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
) -> None:
    address = compare()
    assert address in officer.get("/jobs").text
    page = officer.get(address).text
    assert all(text in page for text in ("56000", "78000", "河埔镇后洋村3号", NAME, "重病"))
    assert _yuan(court) == 56_000
    read = [one.subject for one in court.store.audit.entries(10) if one.act == "person.read"]
    (held,) = court.store.find_cases(NUMBER)
    assert f"case:{held}" in read
    working.tidy(court.store, settings, clock=clock)
    assert officer.post(f"{address}/import").status_code == 302
    working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
    assert _yuan(court) == 78_000
    assert officer.get(address).status_code == 404
    assert officer.post(f"{address}/import").status_code == 404
    working.tidy(court.store, settings, clock=clock)
    assert list(settings.uploads_dir.iterdir()) == []


def test_what_is_put_away_leaves_nothing(
    compare: Compare,
    officer: Reader,
    court: Services,
    settings: Settings,
) -> None:
    address = compare()
    assert len(list(settings.uploads_dir.iterdir())) == 2
    assert all(one.stat().st_mode & 0o077 == 0 for one in settings.uploads_dir.iterdir())
    assert officer.post(f"{address}/discard").status_code == 302
    assert list(settings.uploads_dir.iterdir()) == []
    assert _yuan(court) == 56_000
    assert "已办理或已过期" in officer.get("/jobs").text
    assert officer.get(address).status_code == 404


def test_columns_that_nobody_knows_are_left_out_by_a_word_only(
    compare: Compare,
    officer: Reader,
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
) -> None:
    address = compare(_CHANGED | {"承办人": "陈示例", "备注栏": ""})
    page = officer.get(address).text
    assert 'name="leave" value="1" required' in page
    assert '<p class="warn-text">承办人</p>' in page
    assert officer.post(f"{address}/import").headers["Location"].endswith(address)
    assert "有几列不认识" in officer.get(address).text
    assert officer.post(f"{address}/import", leave="1").headers["Location"].endswith("/jobs")
    working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
    assert _yuan(court) == 78_000
    page = officer.get("/jobs").text
    assert "接受 1，改后接受 0" in page
    assert "第 22 列的表头不认识，未导入" in page


def test_a_column_that_is_told_to_be_left_out_is_not_asked_for_again(
    compare: Compare,
    officer: Reader,
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
) -> None:
    address = compare(_CHANGED | {"承办人": "陈示例"})
    assert officer.post(f"{address}/columns").status_code == 302
    working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
    address = f"/jobs/{queue.ids[-1]}/preview"
    assert 'name="leave"' not in officer.get(address).text
    assert officer.post(f"{address}/import").status_code == 302
    working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
    assert _yuan(court) == 78_000


def test_a_guessed_column_is_read_only_when_it_is_compared_again(
    compare: Compare,
    officer: Reader,
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
) -> None:
    row = {("户籍地址" if header == "地址1" else header): text for header, text in _CHANGED.items()}
    address = compare(row)
    page = officer.get(address).text
    assert '<option value="address_text_1" selected>地址1</option>' in page
    assert "猜测，请核对" in page
    assert "河埔镇后洋村3号" not in page.partition("逐项变更")[2]
    assert officer.post(f"{address}/import").headers["Location"].endswith(address)
    place = list(row).index("户籍地址")
    told = {f"column-{place}": "address_text_1"}
    assert officer.post(f"{address}/columns", **told).status_code == 302
    working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
    address = f"/jobs/{queue.ids[-1]}/preview"
    page = officer.get(address).text
    assert "猜测，请核对" not in page
    assert "河埔镇后洋村3号" in page.partition("逐项变更")[2]
    assert officer.post(f"{address}/import").headers["Location"].endswith("/jobs")
    working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
    assert "河埔镇后洋村3号" in {one.text.reveal() for one in court.store.claims()}


def test_a_comparison_that_nobody_answers_is_removed_after_a_day(
    compare: Compare,
    court: Services,
    settings: Settings,
    clock: SetClock,
) -> None:
    compare()
    clock.at += working.KEPT * 2
    working.tidy(court.store, settings, clock=clock)
    assert list(settings.uploads_dir.iterdir()) == []


def test_persons_are_hidden_from_who_may_not_see_them(
    compare: Compare,
    officer: Reader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = compare(_CHANGED | {"证件号码": "11010119900307803X"})
    monkeypatch.setattr("web.views.previews.has_right", lambda right: right != Right.PERSON_READ)
    page = officer.get(address).text
    assert NUMBER in page
    hidden = ("河埔镇后洋村3号", "11010119900307803X", "重病", f">{NAME}")
    assert not [text for text in hidden if text in page]
    assert Right.COURT_WRITE not in frozenset().union(
        *(rights for rights in RIGHTS.values() if Right.PERSON_READ not in rights)
    )


def test_an_import_that_was_refused_for_its_columns_leads_to_them(
    officer: Reader,
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
    tmp_path: Path,
) -> None:
    foreign = {
        ("卷宗编号" if header == "案号" else header): CASE_ROW[header] for header in CASE_ROW
    }

    def imported(*rows: Mapping[str, Any]) -> str:
        text = write_csv(tmp_path / "table.csv", rows).read_bytes()
        fields = {"csrf_token": officer.token, "kind": "cases"}
        officer.client.post("/jobs/import", data={**fields, "file": (BytesIO(text), "甲.csv")})
        return worked()

    def worked() -> str:
        working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
        return queue.ids[-1]

    other = imported(CASE_ROW | {"火车票": "G1"})
    refused = imported(foreign)
    page = officer.get("/jobs").text
    assert "缺少列“案号”" in page
    assert f'action="/jobs/{refused}/columns"' in page
    assert f'action="/jobs/{other}/columns"' not in page
    assert officer.post(f"/jobs/{other}/columns").status_code == 404
    assert officer.post(f"/jobs/{refused}/columns").status_code == 302
    compared = worked()
    assert f'href="/jobs/{compared}/preview#columns"' in officer.get("/jobs").text
    page = officer.get(f"/jobs/{compared}/preview").text
    assert "卷宗编号" in page
    assert "甲.csv" in page
    assert f'action="/jobs/{refused}/columns"' not in officer.get("/jobs").text
    assert officer.post(f"/jobs/{refused}/columns").status_code == 404


def test_identity_numbers_are_masked_until_they_are_asked_for(
    compare: Compare, officer: Reader, court: Services
) -> None:
    number = "11010119900307803X"
    address = compare(_CHANGED | {"证件号码": number, "对方身份证": number})
    page = officer.get(address).text
    assert "110***********803X" in page
    assert number not in page
    acts = [one.act for one in court.store.audit.entries(5)]
    assert "person.show" not in acts
    assert number in officer.post(f"{address}/show").text
    shown = [one.subject for one in court.store.audit.entries(5) if one.act == "person.show"]
    (held,) = court.store.find_cases(NUMBER)
    assert set(shown) == {f"case:{held}", f"job:{address.split('/')[2]}"}


def test_columns_are_told_on_the_page_and_kept_by_a_name(
    compare: Compare,
    officer: Reader,
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
) -> None:
    foreign = {
        ("卷宗编号" if header == "案号" else header): text for header, text in _CHANGED.items()
    }
    address = compare(foreign)
    page = officer.get(address).text
    assert "卷宗编号" in page
    assert "现在不能导入" in page
    assert 'href="#columns"' in page
    assert 'id="columns"' in page
    assert f'href="{address}#columns"' in officer.get("/jobs").text
    assert officer.post(f"{address}/columns", **{"column-0": "no such"}).status_code == 400
    told = {"column-0": "number", "name": "旧系统"}
    assert officer.post(f"{address}/columns", **told).status_code == 302
    working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
    address = f"/jobs/{queue.ids[-1]}/preview"
    assert "78000" in officer.get(address).text
    assert officer.post(f"{address}/import").status_code == 302
    working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
    assert _yuan(court) == 78_000
    assert "旧系统" in officer.get(compare(foreign)).text
    assert officer.post(f"/jobs/{queue.ids[-1]}/preview/import").status_code == 302
    working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
    assert "按模板“旧系统”" in officer.get("/jobs").text
    assert "旧系统" in officer.get("/jobs/columns").text
    (kept,) = court.store.column_maps.all()
    assert officer.post(f"/jobs/columns/{kept.id}/remove").status_code == 302
    assert "还没有模板" in officer.get("/jobs/columns").text


def test_a_station_s_changes_are_seen_by_whoever_imports(
    compare: Compare,
    officer: Reader,
    court: Services,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    station, liaison = GOOD_ROWS["stations"], GOOD_ROWS["liaisons"]
    import_file(court.store, "stations", write_csv(tmp_path / "stations.csv", [station]))
    import_file(court.store, "liaisons", write_csv(tmp_path / "liaisons.csv", [liaison]))
    address = compare(station | {"协助时段": "周一 09:00-12:00"}, kind="stations")
    named = compare(liaison | {"电话": "10000000001"}, kind="liaisons")
    page = officer.get(address).text
    assert all(
        text in page for text in (station["派出所名称"], station["协助时段"], "周一 09:00-12:00")
    )
    shown = officer.get(named).text
    assert "100****0001" in shown
    assert "10000000001" not in shown
    assert "10000000001" in officer.post(f"{named}/show").text
    monkeypatch.setattr("web.views.previews.has_right", lambda right: right != Right.PERSON_READ)
    assert "周一 09:00-12:00" in officer.get(address).text
    assert "10000000001" not in officer.get(named).text
