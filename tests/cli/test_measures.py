"""``fieldwrit measures needs|list|check``."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.measures import StepState
from data.store import Store
from routes.measures import Act, ActKind, Measure, MeasureKind, StepId
from routes.model import CaseId, DebtorId, TeamId
from tests.web.court import NOW, SetClock, fill
from web.cli import main
from web.config import Settings
from web.steps.measures import check_steps, list_steps


def _run(court: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(court), *words])


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("steps") / "data"
    fill(folder)
    with closing(Store.open(folder, clock=SetClock())) as store:
        summons = Measure(StepId("-"), MeasureKind.SUMMONS, CaseId("c002"), DebtorId("d002"))
        held = (Act(ActKind.CONTROLLED, NOW - timedelta(hours=2, minutes=30)),)
        store.measures.add(replace(summons, acts=held), by="u1")
        search = replace(summons, kind=MeasureKind.SEARCH, case_id=CaseId("c003"))
        store.measures.add(replace(search, debtor_id=DebtorId("d003")), by="u1")
    return folder


@pytest.mark.parametrize("kind", [kind.value for kind in MeasureKind])
def test_needs_of_each_kind_are_told(kind: str, tmp_path: Path) -> None:
    told = json.loads(_run(tmp_path, "measures", "needs", kind, "--json").stdout)
    assert told["officers"] >= 2
    assert told["minutes"] > 0
    lines = _run(tmp_path, "measures", "needs", kind).stdout.splitlines()
    assert all(any(word in line for line in lines) for word in told["documents"])


def test_what_a_company_and_the_vulnerable_need_differs(tmp_path: Path) -> None:
    plain = _run(tmp_path, "measures", "needs", "eviction").stdout
    other = _run(
        tmp_path, "measures", "needs", "eviction", "--company", "--vulnerable", "elderly"
    ).stdout
    assert "医护人员" in other
    assert "医护人员" not in plain
    assert "法定代表人" in other
    assert "成年家属" in plain
    assert (
        "storage for the goods"
        in _run(tmp_path, "--lang", "en", "measures", "needs", "eviction").stdout
    )


def test_steps_are_listed_with_the_time_that_is_left(court: Path) -> None:
    told = list_steps(Settings(court), clock=SetClock())["steps"]
    assert [row["kind"] for row in told] == ["拘传", "搜查"]
    (clock,) = told[0]["clocks"]
    assert (clock["rule"], clock["left"]) == ("C3", "剩余 5 小时 30 分")
    one = list_steps(Settings(court), told[1]["case"], clock=SetClock())["steps"]
    assert one == [told[1]]
    assert told[1]["step"] in _run(court, "measures", "list").stdout


def test_steps_are_checked_with_citation_and_cure(court: Path) -> None:
    told = check_steps(Settings(court), clock=SetClock())
    assert (told["checked"], told["forbidden"]) == (2, 2)
    assert {"C1", "S1", "P8", "B2"} <= {one["rule"] for one in told["findings"]}
    assert all(one["text"] and one["citation"] for one in told["findings"])
    assert any(one["waits"] for one in told["findings"])
    answer = _run(court, "measures", "check")
    assert "核对步骤 2 个，其中 2 个有禁止事项" in answer.stdout
    assert answer.exit_code == _run(court, "measures", "check", "--json").exit_code == 0
    case = list_steps(Settings(court), clock=SetClock())["steps"][0]["case"]
    assert _run(court, "measures", "check", case).exit_code == 1


def test_a_scheduled_step_that_is_forbidden_by_now_is_listed_with_what_forbids_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    fill(folder)
    clock = SetClock()
    with closing(Store.open(folder, clock=clock)) as store:
        step = Measure(StepId("-"), MeasureKind.SEARCH, CaseId("c002"), DebtorId("d002"))
        kept = store.measures.add(step, by="u1")
        settled = replace(
            kept,
            state=StepState.SCHEDULED,
            starts_at=NOW + timedelta(days=1),
            team_id=TeamId("T1"),
        )
        store.measures.revise(settled, act="step.schedule", by="u1")
    (row,) = list_steps(Settings(folder), clock=clock)["steps"]
    assert row["state"] == "已排期"
    assert any(text.startswith("S1 ") for text in row["blocked"])
    clock.at += timedelta(days=2)  # it has begun: what is wrong is a breach now
    (row,) = list_steps(Settings(folder), clock=clock)["steps"]
    assert row["blocked"] == []
