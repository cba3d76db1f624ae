"""``plan why``: files and stored plans, people and JSON."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from data.store import Store
from routes.planning.formats import write_plan, write_problem
from routes.planning.problem import UnassignedReason
from tests.routes.planning.test_why_cases import A, B, line, planned, visit
from web.cli import main
from web.clock import system_clock


def run(*words: str) -> Any:
    return CliRunner().invoke(main, [*words])


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    problem = line(A, B, visit("d", "9:10", "11:10"))
    problem_path, plan_path = tmp_path / "problem.json", tmp_path / "plan.json"
    write_problem(problem, problem_path)
    write_plan(planned(problem), plan_path)
    return str(problem_path), str(plan_path)


def test_a_left_out_debtor_of_a_file_is_explained(files: tuple[str, str]) -> None:
    told = run("plan", "why", *files, "--debtor", "d").stdout
    assert told.startswith("第一组晚 20 分钟收班：排入第一组 2026-01-05 11:10，其他走访都保留")
    found = json.loads(run("plan", "why", *files, "--debtor", "d", "--json").stdout)
    assert found["reason"] == "outbid"
    assert found["ways"][0]["relaxations"][0]["lever"] == "shift_end"
    assert found["ways"][0]["start_s"] == 11 * 3600 + 600


def test_a_planned_visit_of_a_file_is_explained(files: tuple[str, str]) -> None:
    found = json.loads(run("plan", "why", *files, "--visit", "a", "--json").stdout)
    assert found["earliest"] == {"at_s": 33000, "bound": "window", "of": ""}
    assert found["worth"] == 8.0
    told = run("plan", "why", *files, "--visit", "a").stdout
    assert "不能提前，受限于时间窗的起点" in told
    assert "不能推迟，受限于时间窗的终点" in told
    assert json.loads(run("plan", "why", *files, "--visit", "d", "--json").stdout)["ways"]


def test_what_cannot_be_explained_ends_with_a_sentence(files: tuple[str, str]) -> None:
    unknown = run("plan", "why", *files, "--debtor", "nobody")
    assert unknown.exit_code == 1
    assert "nobody" in unknown.stderr
    assert run("plan", "why", *files).exit_code == 2
    assert run("plan", "why", *files, "--debtor", "d", "--visit", "a").exit_code == 2
    assert run("plan", "why", *files, files[0], "--debtor", "d").exit_code == 2


def test_a_stored_plan_is_explained_by_case_number(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    store = Store.open(folder, clock=system_clock)
    action = store.latest()
    assert action is not None
    problem, plan = store.problem(action), store.plan(action)
    assert problem is not None
    assert plan is not None
    debtors = {str(one.id): one for one in store.debtors()}
    barred = next(one for one in plan.unassigned if one.reason is UnassignedReason.BLOCKED)
    case = next(one for one in store.cases() if one.id == debtors[barred.ref].case_id)
    stop = next(s for r in plan.routes for s in r.stops if s.kind == "visit")
    store.close()
    words = ["--data-dir", str(folder), "plan", "why", "latest", "--json"]
    told = json.loads(run(*words, "--debtor", str(case.number)).stdout)
    assert told["blocked"]
    assert told["fixes"]
    assert all("最小改正" in one for one in told["fixes"])
    assert json.loads(run(*words, "--visit", stop.ref).stdout)["start_s"] == stop.start_s
    store = Store.open(folder, clock=system_clock)
    assert [one.act for one in store.audit.entries(2)] == ["plan.why"] * 2
    store.close()


def test_a_plan_that_breaks_its_problem_is_not_explained(
    files: tuple[str, str], tmp_path: Path
) -> None:
    problem = line(A, B, visit("d", "9:10", "11:10"))
    write_plan(replace(planned(problem), value=1.0), tmp_path / "wrong.json")
    result = run("plan", "why", files[0], str(tmp_path / "wrong.json"), "--debtor", "d")
    assert result.exit_code == 1
    assert "plan check" in result.stderr
