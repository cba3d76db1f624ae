"""Answers of property checks: against the right debtor, encrypted, of nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.demo.people import id_number
from data.imports import ImportReport, import_file
from data.retention import Kept, purge
from data.store import Store
from routes.model import SecretText
from routes.property_answers import PropertyAnswer, PropertyKind, property_step
from routes.rules import load_profile
from tests.data.samples import GOOD_ROWS, write_csv
from tests.fakes import StandingClock

ROW = GOOD_ROWS["property"]
STRANGER = {
    "被执行人": "欧阳路人",
    "证件号码": id_number(date(1971, 2, 3), 9),
    "财产内容": "账号6222000011",
}


@pytest.fixture
def ready(store: Store, tmp_path: Path) -> Store:
    import_file(store, "cases", write_csv(tmp_path / "cases.csv", [GOOD_ROWS["cases"]]))
    return store


def _bring(store: Store, folder: Path, *rows: Mapping[str, str]) -> ImportReport:
    return import_file(store, "property", write_csv(folder / "p.csv", rows), quarantine=True)


def _held(store: Store) -> tuple[PropertyAnswer, ...]:
    (case,) = store.cases()
    return store.property_answers(case.id)


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
def test_an_answer_stands_against_its_debtor_once_and_a_newer_one_replaces_it(
    ready: Store, tmp_path: Path
) -> None:
    assert _bring(ready, tmp_path, ROW).accepted == 1
    assert _bring(ready, tmp_path, ROW).unchanged == 1
    (one,) = _held(ready)
    assert (one.kind, one.amount_yuan, one.answered_on) == (
        PropertyKind.BANK,
        8000.0,
        date(2026, 5, 4),
    )
    assert one.debtor_id == ready.debtors()[0].id
    assert "账户尾号" not in repr(one)
    older = _bring(ready, tmp_path, ROW | {"反馈日期": "2026-05-01", "金额": "1"})
    assert (older.accepted, older.unchanged) == (0, 1)
    assert "较新" in str(older.notes[0])
    _bring(ready, tmp_path, ROW | {"反馈日期": "2026-06-01", "金额": "20"})
    (newer,) = _held(ready)
    assert newer.amount_yuan == 20.0
    with ready.write() as work:
        (row,) = work.connection.exec_driver_sql("SELECT * FROM property_answer").all()
    assert not any("示例银行".encode() in bytes(cell) for cell in row if not isinstance(cell, str))
    assert "示例银行" not in "".join(cell for cell in row if isinstance(cell, str))


def test_of_a_stranger_nothing_is_kept_not_even_in_quarantine(ready: Store, tmp_path: Path) -> None:
    report = _bring(ready, tmp_path, ROW | STRANGER, ROW | {"被执行人": "林别人"})
    assert report.quarantined == 2
    assert _held(ready) == ()
    kept = "".join(row.cells.reveal() for row in ready.quarantined_rows())
    for text in (*STRANGER.values(), "林别人", "示例银行"):
        assert text not in kept
        assert text not in "".join(map(str, report.problems))
    assert "银行存款" in kept


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"金额": "-1"}, "金额"),
        ({"反馈日期": "2030-01-01"}, "反馈日期"),
        ({"财产种类": "金库"}, "财产种类"),
        ({"财产内容": ""}, "财产内容"),
        ({"案号": "（2026）闽0599执77号"}, "证件号码"),
    ],
)
def test_what_cannot_be_so_waits(
    ready: Store, tmp_path: Path, change: Mapping[str, str], column: str
) -> None:
    report = _bring(ready, tmp_path, ROW | change)
    assert report.quarantined == 1
    assert f"“{column}”列" in str(report.problems[0])
    assert _held(ready) == ()


def test_answers_go_with_their_case_and_are_told_to_the_person(
    ready: Store, tmp_path: Path, clock: StandingClock
) -> None:
    _bring(ready, tmp_path, ROW)
    told = ready.held_about([ready.debtors()[0].id])
    assert told["property_answer"][0]["detail"] == "账户尾号0017"
    ended = GOOD_ROWS["cases"] | {"状态": "结案"}
    import_file(ready, "cases", write_csv(tmp_path / "cases.csv", [ended]))
    assert _bring(ready, tmp_path, ROW | {"财产内容": "另一账户"}).quarantined == 1
    profile = load_profile()
    clock.advance(days=profile.retention_case_d + 2)
    assert purge(ready, profile, by="cli")[Kept.CASES]
    assert _held(ready) == ()


def _answer(**more: Any) -> PropertyAnswer:
    values: dict[str, Any] = {
        "id": "p1",
        "debtor_id": "d1",
        "kind": PropertyKind.BANK,
        "holder": SecretText("示例银行"),
        "answered_on": date(2026, 11, 1),
        "amount_yuan": 5.0,
    }
    return PropertyAnswer(**values | more)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((), None),
        ((_answer(),), "先裁定冻结"),
        ((_answer(amount_yuan=0.0),), "没有可供执行"),
        ((_answer(answered_on=date(2020, 1, 1)),), "重新查询"),
        ((_answer(kind=PropertyKind.VEHICLE, amount_yuan=None),), "1 项"),
        (
            (_answer(), _answer(kind=PropertyKind.NOTHING, answered_on=date(2026, 11, 5))),
            "没有可供",
        ),
        ((_answer(kind=PropertyKind.NOTHING), _answer(answered_on=date(2026, 11, 5))), "1 项"),
    ],
)
def test_answers_say_what_to_do_next(answers: tuple[PropertyAnswer, ...], said: str | None) -> None:
    step = property_step(answers, on=date(2026, 11, 25), stale_d=180)
    assert (step is None) == (said is None)
    assert said is None or said in str(step)
