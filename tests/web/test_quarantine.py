"""Rows that wait are mended on the page and taken up, or let go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from data.imports.importers import import_file
from data.model import QuarantinedRow, Role
from tests.web.conftest import Reader
from web.services import Services, attach

SignIn = Callable[[Role | str], Reader]
_TABLE = "编号,派出所名称,经度,纬度\nPS08,好派出所,118.6,24.9\nPS09,坏派出所,不是数,24.9\n"


@pytest.fixture
def app(pages: Flask, court: Services, tmp_path: Path) -> Flask:
    attach(pages, replace(court, uploads_dir=tmp_path / "uploads"))
    return pages


@pytest.fixture
def waiting(court: Services, tmp_path: Path) -> QuarantinedRow:
    path = tmp_path / "stations.csv"
    path.write_text(_TABLE, encoding="utf-8")
    import_file(court.store, "stations", path, quarantine=True)
    (row,) = court.store.quarantined_rows()
    return row


def _send(reader: Reader, row: QuarantinedRow, **changed: str) -> tuple[int, str]:
    reader.get(f"/jobs/quarantine/{row.id}")
    fields = {
        f"cell-{k}": changed.get(header, text) for k, (header, text) in enumerate(row.named_cells)
    }
    answer = reader.post(f"/jobs/quarantine/{row.id}", **fields)
    return answer.status_code, answer.text


def test_a_mended_row_is_taken_up_and_waits_no_more(
    signed_in: SignIn, court: Services, waiting: QuarantinedRow, tmp_path: Path
) -> None:
    officer = signed_in(Role.OFFICER)
    assert "经度" in officer.get("/jobs/quarantine").text
    assert "坏派出所" in officer.get(f"/jobs/quarantine/{waiting.id}").text
    assert _send(officer, waiting, 经度="118.61", 派出所名称="好多了派出所")[0] == 302
    found = {one.id: one.name for one in court.store.stations()}
    assert found["PS09"] == "好多了派出所"
    assert court.store.quarantined_rows() == ()
    assert list((tmp_path / "uploads").iterdir()) == []
    acts = [entry.act for entry in court.store.audit.entries(10)]
    assert {"quarantine.read", "quarantine.take_up", "import"} <= set(acts)


def test_what_is_wrong_still_is_told_and_waits(
    signed_in: SignIn, court: Services, waiting: QuarantinedRow, tmp_path: Path
) -> None:
    status, page = _send(signed_in(Role.OFFICER), waiting, 经度="200", 派出所名称="仍不对")
    assert status == 422
    assert "仍不对" in page
    assert "经度" in page
    assert court.store.quarantined_rows() == (waiting,)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_row_is_let_go(signed_in: SignIn, court: Services, waiting: QuarantinedRow) -> None:
    officer = signed_in(Role.OFFICER)
    officer.get(f"/jobs/quarantine/{waiting.id}")
    officer.send(f"/jobs/quarantine/{waiting.id}/drop")
    assert court.store.quarantined_rows() == ()
    assert officer.get(f"/jobs/quarantine/{waiting.id}").status_code == 404
    assert officer.post(f"/jobs/quarantine/{waiting.id}").status_code == 404
    assert "没有待更正的行" in officer.get("/jobs/quarantine").text


def test_a_waiting_problem_is_told_in_the_readers_language(
    signed_in: SignIn, waiting: QuarantinedRow
) -> None:
    officer = signed_in(Role.OFFICER)
    officer.send("/language", language="en")
    page = officer.get("/jobs/quarantine").text
    assert "write decimal degrees" in page
    assert "坐标无法识别" not in page
