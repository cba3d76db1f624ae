"""The planning benchmark reads the field's files as their authors mean them, and runs whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.planning import main
from benchmarks.planning_files import (
    best_cost,
    orienteering,
    read_orienteering,
    read_vrplib,
    routing,
)
from benchmarks.planning_published import best_profits, told_unknown
from routes.planning import Engine, MaxIterations, solve
from tests.reference import reference_data

ROOT = Path(__file__).resolve().parents[2]
_TEAM = """1 2 3 1
0 0.0 0.0 0.0 0.0 0 0 0 100
1 3.0 4.0 2.0 7.0 1 2 1 2 0 50
2 1.0 1.0 2.0 9.0 1 1 1 60.5 70
3 9.0 9.0 2.5 4.0 0 0 0 10
"""


@pytest.fixture
def team_file(tmp_path: Path) -> Path:
    path = tmp_path / "t1.txt"
    path.write_text(_TEAM, encoding="utf-8")
    return path


def test_a_team_orienteering_file_is_read_by_its_layout(team_file: Path) -> None:
    inst = read_orienteering(team_file)
    assert inst.times.tolist() == [[0, 1000, 0], [0, 500, 20], [605, 700, 20], [0, 100, 25]]
    assert inst.profit.tolist() == [0.0, 7.0, 9.0, 4.0]
    assert inst.travel[0].tolist() == [0, 50, 14, 127]  # cut down to a tenth, not rounded
    cordeau = team_file.with_name("pr01.txt")
    cordeau.write_text(_TEAM, encoding="utf-8")
    assert read_orienteering(cordeau).travel[0, 2] == 141


def test_a_line_that_is_too_short_is_named(team_file: Path) -> None:
    team_file.write_text(_TEAM + "4 1.0 2.0 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"t1\.txt, line 6"):
        read_orienteering(team_file)


@pytest.mark.parametrize(
    ("option", "name", "text", "told"),
    [
        ("--toptw", "t2.txt", None, "t2.txt: No such file"),
        ("--vrptw", "t2.vrp", None, "t2.vrp: No such file"),
        ("--pcvrptw", "t2.vrp", None, "t2.vrp: No such file"),
        ("--toptw", "t2.txt", "", "t2.txt: no team orienteering file"),
        ("--toptw", "t2.txt", "1 1 1\nhere is no number at all in any column\n", "t2.txt"),
        ("--vrptw", "t2.vrp", "NAME : t2\n", "t2.vrp: no VRPTW or PCVRPTW file"),
        ("--pcvrptw", "t2.vrp", _TEAM, "t2.vrp: no VRPTW or PCVRPTW file"),
        ("--toptw", "t2.txt", _TEAM.replace("0 50\n", "60 50\n"), "t2.txt: options"),
    ],
)
def test_a_named_file_at_fault_is_told_in_a_sentence(
    team_file: Path, option: str, name: str, text: str | None, told: str
) -> None:
    path = team_file.with_name(name)
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match=told):
        main([option, str(path)])


@pytest.mark.parametrize(("paths", "profit"), [(1, 16.0), (2, 16.0)])
def test_profit_is_collected_within_the_windows(team_file: Path, paths: int, profit: float) -> None:
    problem = orienteering(read_orienteering(team_file), paths)
    assert solve(problem, stop=MaxIterations(50), seed=1).value == profit


@pytest.mark.reference
@pytest.mark.parametrize("engine", [Engine.ALNS, Engine.PYVRP])
def test_published_routes_cost_what_their_files_state(engine: Engine) -> None:
    path = reference_data() / "vrp/vrptw_C101.vrp"
    inst = read_vrplib(path)
    plan = solve(routing(inst), stop=MaxIterations(3_000), seed=1, engine=engine)
    assert plan.price / inst.units == pytest.approx(best_cost(path))
    assert not plan.unassigned


@pytest.mark.reference
def test_missed_prizes_and_ways_add_up() -> None:
    inst = read_vrplib(reference_data() / "vrp/pcvrptw_C1_10_3.vrp").first(60)
    plan = solve(routing(inst), stop=MaxIterations(500), seed=1)
    row = {f"c{i}": i for i in range(1, 61)}
    served = [[row[stop.ref] for stop in route.stops] for route in plan.routes]
    legs = [leg for route in served for leg in zip([0, *route], [*route, 0], strict=True)]
    ways = int(sum(inst.travel[leg] for leg in legs))
    assert plan.price == pytest.approx(ways)
    assert plan.value == pytest.approx(
        10.0 * inst.profit[np.concatenate([[0], *served]).astype(int)].sum()
    )
    assert all(inst.load[route].sum() <= inst.capacity for route in served)


def test_a_table_of_best_values_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    table = tmp_path / "best.csv"
    table.write_text("Name, Paths, Profit\r\n\r\nc101, 2, 590\r\n", encoding="utf-8-sig")
    best = best_profits(table)
    assert best == {("c101", 2): 590.0}
    files = [(Path("c101.txt"), 2), (Path("r101.txt"), 3)]
    assert told_unknown(files, best) == "no best value, so no gap, of r101,3\n"
    assert told_unknown(files[:1], best) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,paths,profit\nc101,two,590\n", "best.csv, line 2: write name,paths,profit"),
        ("name,paths\nc101,2\n", "best.csv, line 2: write name,paths,profit"),
        ("name,paths,profit\nc101,2,5,90\n", "best.csv, line 2: write name,paths,profit"),
        (None, "best.csv: no such table"),
    ],
)
def test_a_wrong_table_of_best_values_is_told(tmp_path: Path, text: str | None, told: str) -> None:
    table = tmp_path / "best.csv"
    if text is not None:
        table.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match=told):
        best_profits(table)


def _run(*words: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.planning", "--stop-s", "0.2", *words],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "FIELDWRIT_REFERENCE_DATA": str(reference_data())},
    )
    return {line.split(" ")[0]: float(line.split(" ")[1]) for line in done.stdout.splitlines()}


@pytest.mark.reference
def test_named_files_are_measured_and_nothing_else(team_file: Path) -> None:
    best = team_file.with_name("best.csv")
    best.write_text("name,paths,profit\nt1,2,20\n", encoding="utf-8")
    printed = _run("--toptw", str(team_file), "--paths", "2", "--best", str(best))
    assert printed == {
        "profit_t1": 16.0,
        "toptw_mean_gap": pytest.approx(0.2),
        "toptw_worst_gap": pytest.approx(0.2),
    }
    other = team_file.with_name("t2.txt")
    other.write_text(_TEAM, encoding="utf-8")
    printed = _run("--toptw", str(other), str(team_file), "--paths", "2", "--best", str(best))
    assert printed["profit_t2"] == 16.0
    assert printed["toptw_mean_gap"] == pytest.approx(0.2)
    folder = reference_data() / "vrp"
    alone = team_file.with_name("alone.vrp")
    alone.write_bytes((folder / "vrptw_C101.vrp").read_bytes())
    assert set(_run("--vrptw", str(alone))) == {"cost_alone"}
    printed = _run(
        "--vrptw", str(folder / "vrptw_C101.vrp"), "--pcvrptw", str(folder / "pcvrptw_C1_10_3.vrp")
    )
    assert set(printed) == {
        "cost_vrptw_C101",
        "vrptw_mean_gap",
        "vrptw_mean_gap_pyvrp",
        "cost_pcvrptw_C1_10_3",
        "pcvrptw_cost_over_pyvrp",
    }


@pytest.mark.reference
def test_home_care_files_are_measured_and_nothing_else(tmp_path: Path) -> None:
    told = reference_data() / "hhcrsp/mankowska_10_2.json"
    if not told.exists():
        pytest.skip("no home-care instances among the reference data")
    alone = tmp_path / "alone.json"  # without its published solution
    alone.write_bytes(told.read_bytes())
    assert set(_run("--hhcrsp", str(alone))) == {"hhcrsp_served_share"}
    printed = _run("--hhcrsp", str(alone), str(told))
    assert printed["hhcrsp_served_share_published"] == pytest.approx(0.9)
    assert printed["hhcrsp_served_share"] >= 0.9
    assert set(printed) == {
        "hhcrsp_served_share",
        "hhcrsp_served_share_published",
        "hhcrsp_late_published",
        "hhcrsp_served_share_as_late",
        "hhcrsp_distance_over_published",
    }


@pytest.mark.reference
def test_best_values_are_kept_and_bettered(tmp_path: Path) -> None:
    table = tmp_path / "best.csv"
    table.write_text("name,paths,profit\nvrptw_C101,2,1\nvrptw_R101,3,9999\n", encoding="utf-8")
    subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.planning_best", "vrptw_C101", "--stop-s", "0.2"),
            *("--output", table),
        ],
        cwd=ROOT,
        check=True,
        env={**os.environ, "FIELDWRIT_REFERENCE_DATA": str(reference_data())},
    )
    head, first, second = table.read_text(encoding="utf-8").splitlines()
    assert (head, second) == ("name,paths,profit", "vrptw_R101,3,9999")
    assert first.startswith("vrptw_C101,2,")
    assert 500.0 < float(first.split(",")[2]) <= 590.0
