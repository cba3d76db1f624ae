"""Rows that wait are mended on the page and taken up, or let go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from data.imports.importers import import_file
from data.model import QuarantinedRow, Role
from tests.data.samples import CASE_ROW, NUMBER, write_csv
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


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("110***********803X", "11010119900307803X"),
        ("11010119900307803X", "11010119900307803X"),
        ("110101199003070732", "110101199003070732"),
    ],
)
def test_numbers_of_persons_stay_masked_until_asked_for_and_are_not_lost(
    signed_in: SignIn, court: Services, tmp_path: Path, sent: str, kept: str
) -> None:
    number = "11010119900307803X"
    wrong = CASE_ROW | {"证件号码": number, "案由": "不存在"}
    import_file(court.store, "cases", write_csv(tmp_path / "c.csv", [wrong]), quarantine=True)
    (row,) = court.store.quarantined_rows()
    officer, address = signed_in(Role.OFFICER), f"/jobs/quarantine/{row.id}"
    page = officer.get(address).text
    assert "110***********803X" in page
    assert number not in page
    assert "person.show" not in [one.act for one in court.store.audit.entries(5)]
    assert number in officer.post(f"{address}/show").text
    (shown,) = (one for one in court.store.audit.entries(5) if one.act == "person.show")
    assert shown.subject == f"row:{row.id}"
    status, page = _send(officer, row, 案由="也不存在", 证件号码=sent)
    assert status == 422
    assert sent in page
    assert (number in page) == (number == sent)
    assert _send(officer, row, 案由="民间借贷", 证件号码=sent)[0] == 302
    (case,) = court.store.find_cases(NUMBER)
    (debtor,) = court.store.debtors(case)
    assert debtor.id_number is not None
    assert debtor.id_number.reveal() == kept


def test_a_mended_cell_brings_in_nothing_that_a_table_may_not(
    signed_in: SignIn, court: Services, tmp_path: Path
) -> None:
    wrong = CASE_ROW | {"案由": "不存在"}
    import_file(court.store, "cases", write_csv(tmp_path / "c.csv", [wrong]), quarantine=True)
    (row,) = court.store.quarantined_rows()
    officer = signed_in(Role.OFFICER)
    barred = {"案由": "民间借贷", "地址1依据": "其高铁出行记录"}
    assert _send(officer, row, **barred)[0] == 422
    journey = {"案由": "民间借贷", "地址1": "乘D6521次05车12F座"}
    assert _send(officer, row, **journey)[0] == 422
    assert _send(officer, row, 案由="民间借贷", 地址1="石井村12号 13800000000")[0] == 302
    assert "13800000000" not in str([one.text.reveal() for one in court.store.claims()])
