"""``fieldwrit plan replan``, ``undo``, ``replan-file`` and ``what-if``."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from data.store import Store
from routes.model import ActionId, DebtorId
from routes.planning.begun import carried_over
from routes.planning.changes import ChangeKind
from routes.planning.formats import read_plan, read_problem, write_plan, write_problem
from routes.planning.validate import violations
from tests.routes.planning.samples import district, district_plan
from tests.routes.planning.test_odd_problems import plain
from web.cli import main
from web.clock import system_clock
from web.labels import LABELS


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(folder), "plan", *words])


@pytest.fixture(scope="module")
def court(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replanned") / "court"
    shutil.copytree(demo_dir, folder)
    return folder


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    problem, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    write_problem(district(), problem)
    write_plan(district_plan(), plan)
    return str(problem), str(plan)


def test_a_stored_plan_is_made_anew_and_undone(court: Path) -> None:
    first = run(court, "replan", "latest", "--officer-ill", "T1", "--iterations", "30", "--json")
    assert first.exit_code == 0, first.stderr
    made = json.loads(first.stdout)
    assert made["action"] == f"{made['replaces']}-r1"
    assert all(one["why"] for one in made["changes"])
    again = run(court, "replan", made["replaces"], "--team-out", "T1", "--iterations", "0")
    assert again.exit_code == 1
    assert made["action"] in again.stderr
    undone = json.loads(run(court, "undo", "latest", "--json").stdout)
    assert (undone["undone"], undone["action"]) == (made["action"], made["replaces"])
    second = run(court, "undo", made["action"])
    assert second.exit_code == 1
    assert "已经撤销" in second.stderr


def test_what_had_begun_when_a_plan_took_over_stays_begun(court: Path) -> None:
    words = ("--iterations", "20", "--json")
    first = json.loads(run(court, "replan", "latest", "--at", "10:00", *words).stdout)
    store = Store.open(court, clock=system_clock)
    second = json.loads(run(court, "replan", "latest", *words).stdout)
    after = store.replans.of(ActionId(second["action"]))
    before = store.replans.of(ActionId(first["action"]))
    problem = store.problem(ActionId(second["action"]))
    store.close()
    assert before is not None
    assert after is not None
    assert (after.day, after.at_s) == (before.day, before.at_s)
    assert problem is not None
    begun = [s for r in problem.frozen for s in r.stops if s.start_s <= before.at_s]
    assert begun
    for made in (second, first):
        assert run(court, "undo", made["action"]).exit_code == 0


def test_a_stored_problem_says_what_a_change_costs(court: Path) -> None:
    """Dear changes drop and move fewer stops than free ones, whatever else happens."""
    store = Store.open(court, clock=system_clock)
    before = store.latest()
    assert before is not None
    problem, plan = store.problem(before), store.plan(before)
    assert problem is not None
    assert plan is not None
    assert problem.prices.change
    shift = next(one for one in problem.shifts if one.id == plan.routes[0].shift)
    prices = (0.0, 1000.0)
    for price in prices:
        priced = replace(
            problem, id=f"{before}-at-{price:g}", prices=replace(problem.prices, change=price)
        )
        store.save(ActionId(priced.id), priced, carried_over(plan, priced), made_at=system_clock())
    store.close()
    changed = []
    for price in prices:
        name = f"{before}-at-{price:g}"
        words = (
            "--team-late",
            f"{shift.team}=1h",
            "--at",
            "09:00",
            "--iterations",
            "300",
            "--json",
        )
        result = run(court, "replan", name, *words)
        assert result.exit_code == 0, result.stderr
        made = json.loads(result.stdout)
        kinds = [one["change"] for one in made["changes"]]
        changed.append(
            sum(
                kinds.count(LABELS["plan_change"][kind].msgid)
                for kind in (ChangeKind.DROPPED, ChangeKind.MOVED)
            )
        )
        store = Store.open(court, clock=system_clock)
        after = store.problem(ActionId(made["action"]))
        store.close()
        assert after is not None
        assert after.prices.change == price
        assert run(court, "undo", made["action"]).exit_code == 0
    cheap, dear = changed
    assert dear < cheap


def test_an_urgent_lead_may_be_on_a_case_that_the_plan_does_not_know(court: Path) -> None:
    store = Store.open(court, clock=system_clock)
    before = store.latest()
    assert before is not None
    problem, plan = store.problem(before), store.plan(before)
    assert problem is not None
    assert plan is not None
    visited = {stop.ref for route in plan.routes for stop in route.stops}
    planned = {one.debtor for one in problem.options if one.id in visited}
    debtor, station = next(
        (one.debtor, one.escort_stations)
        for one in sorted(problem.options, key=lambda one: -one.value)
        if one.debtor not in planned
    )
    gone = {one.id for one in problem.options if one.debtor == debtor}
    less = replace(
        problem,
        id=f"{before}-less",
        options=tuple(one for one in problem.options if one.id not in gone),
        sets=tuple(one for one in problem.sets if gone.isdisjoint(one.options)),
    )
    store.save(ActionId(less.id), less, carried_over(plan, less), made_at=system_clock())
    barred = next(
        one.subject.removeprefix("debtor:")
        for one in problem.blocked
        if one.subject.startswith("debtor:")
    )
    cases = store.case_names([debtor, barred])
    numbers = [str(cases[DebtorId(one)].number) for one in (debtor, barred)]
    store.close()
    words = ("--at", "09:00", "--iterations", "20", "--json")
    result = run(court, "replan", less.id, "--home-now", f"{numbers[0]}=17:00", *words)
    assert result.exit_code == 0, result.stderr
    made = json.loads(result.stdout)
    store = Store.open(court, clock=system_clock)
    after = store.problem(ActionId(made["action"]))
    store.close()
    assert after is not None
    own = [one for one in after.options if one.debtor == debtor]
    assert any("-lead-" in one.id for one in own)
    assert {one.escort_stations for one in own} == {station}
    assert run(court, "undo", made["action"]).exit_code == 0
    refused = run(court, "replan", less.id, "--home-now", f"{numbers[1]}=17:00", *words)
    assert refused.exit_code == 1
    assert "禁止走访被执行人" in refused.stderr


def test_files_are_made_anew(files: tuple[str, str], tmp_path: Path) -> None:
    target, left = tmp_path / "new.json", tmp_path / "left.json"
    result = run(
        tmp_path, "replan-file", *files, "--date", "2026-01-05", "--at", "10:00",
        "--team-late", "t1=20m", "--iterations", "30", "--output", str(target),
        "--problem-output", str(left),
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert violations(read_problem(left), read_plan(target)) == ()


def test_new_roads_of_files_come_from_another_problem(
    files: tuple[str, str], tmp_path: Path
) -> None:
    target, left, now = (tmp_path / name for name in ("new.json", "left.json", "now.json"))
    slower = tuple(
        replace(
            matrix, travel_s=2.0 * matrix.travel_s[::-1, ::-1], length_m=matrix.length_m[::-1, ::-1]
        )
        for matrix in district().matrices
    )
    turned = replace(plain(), places=district().places[::-1], matrices=slower)
    write_problem(turned, now)
    words = (
        "replan-file", *files, "--date", "2026-01-05", "--at", "10:00", "--iterations", "30",
        "--output", str(target), "--problem-output", str(left),
    )  # fmt: skip
    result = run(tmp_path, *words, "--roads-changed", "施工", "--roads", str(now))
    assert result.exit_code == 0, result.stderr
    made = read_problem(left)
    assert violations(made, read_plan(target)) == ()
    assert made.places == district().places
    for matrix, before in zip(made.matrices, district().matrices, strict=True):
        assert np.array_equal(matrix.travel_s, 2.0 * before.travel_s)
    for alone in (("--roads-changed", "施工"), ("--roads", str(now))):
        refused = run(tmp_path, *words, *alone)
        assert refused.exit_code == 2
        assert "--roads-changed" in refused.stderr
    few = tuple(replace(one, travel_s=one.travel_s[:9, :9], length_m=one.length_m[:9, :9])
                for one in slower)  # fmt: skip
    write_problem(
        replace(turned, places=turned.places[:9], matrices=few, options=(), duties=(), sets=(),
                shifts=(), escort_stations=()), now
    )  # fmt: skip
    refused = run(tmp_path, *words, "--roads-changed", "施工", "--roads", str(now))
    assert refused.exit_code == 1
    assert "p0" in refused.stderr


def test_files_of_several_days_need_the_day(files: tuple[str, str], tmp_path: Path) -> None:
    out = ("--output", str(tmp_path / "a"), "--problem-output", str(tmp_path / "b"))
    result = run(tmp_path, "replan-file", *files, "--at", "10:00", *out)
    assert result.exit_code == 1
    assert "--date" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--team-late", "T1"),
        ("--team-late", "T1=soon"),
        ("--officer-ill", "T1=x"),
        ("--escort-withdrawn", "PS01=12:00-09:00"),
        ("--time-agreed", "V1"),
        ("--time-agreed", "V1=24:00"),
        ("--home-now", "D1"),
        ("--home-now", "D1=11:00,2"),
        ("--iterations", "1", "--stop-s", "1"),
    ],
)
def test_what_is_no_disturbance_is_wrong_use(words: tuple[str, ...], tmp_path: Path) -> None:
    assert run(tmp_path, "replan", "latest", *words).exit_code == 2


def test_variations_of_a_file_are_compared(files: tuple[str, str], tmp_path: Path) -> None:
    words = ("--problem", files[0], "--more-teams", "t1", "--earlier", "1h", "--iterations", "20")
    shown = run(tmp_path, "what-if", *words, "--json")
    assert shown.exit_code == 0, shown.stderr
    rows = json.loads(shown.stdout)["variations"]
    assert [row["variation"] for row in rows] == [
        "现有安排",
        "增加 1 个小组（同 t1）",
        "提前 60 分钟出发",
    ]
    assert rows[0]["more_found"] == 0.0
    assert rows[1]["more_visits"] == rows[1]["visits"] - rows[0]["visits"]
    assert "预计找到" in run(tmp_path, "what-if", *words).stdout


def test_the_front_is_told(files: tuple[str, str], tmp_path: Path) -> None:
    words = ("what-if", "--problem", files[0], "--front", "--iterations", "5", "--json")
    rows = json.loads(run(tmp_path, *words).stdout)["variations"]
    assert rows
    assert "more_found" not in rows[0]


@pytest.mark.parametrize(
    "words", [(), ("latest", "--problem", "x.json"), ("latest", "--front", "--later", "1h")]
)
def test_wrong_use_of_what_if(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    given = [str(tmp_path / word) if word == "x.json" else word for word in words]
    assert run(tmp_path, "what-if", *given).exit_code == 2
