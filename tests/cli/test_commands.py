"""What the commands print, on the small demonstration."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from data.store import Store
from routes.planning.formats import read_plan, write_plan, write_problem
from web.cli import main
from web.clock import system_clock


def test_demo_prints_one_object(demo_summary: dict[str, Any]) -> None:
    wanted = {"cases", "address_claims", "geocoded", "planned_visits", "expected_found"}
    assert wanted | {"blocked_by_rule"} <= demo_summary.keys()
    assert demo_summary["cases"] == 300
    assert demo_summary["address_claims"] == 500
    assert demo_summary["geocoded"] > 400
    assert 20 <= demo_summary["planned_visits"] <= 300
    assert 1 <= demo_summary["expected_found"] <= demo_summary["planned_visits"]
    assert demo_summary["blocked_by_rule"] > 20


def test_demo_in_the_same_folder_is_used_as_it_is(
    demo_dir: Path, demo_summary: dict[str, Any]
) -> None:
    words = ["--data-dir", str(demo_dir), "demo", "--no-serve", "--small", "--json"]
    again = json.loads(CliRunner().invoke(main, words).stdout)
    assert again.pop("seconds") < 10
    assert again == {key: value for key, value in demo_summary.items() if key != "seconds"}


def test_demo_shows_a_correction_and_uses_none(demo_dir: Path) -> None:
    words = ["--data-dir", str(demo_dir), "travel", "correction", "--json"]
    shown = json.loads(CliRunner().invoke(main, words).stdout)
    assert [band["band"] for band in shown["bands"]] == ["evening_peak", "midday", "morning_peak"]
    assert shown["error_after"] < shown["error_before"]
    assert shown["in_use"] is None


def test_demo_refuses_a_folder_with_other_data(tmp_path: Path) -> None:
    (tmp_path / "court").mkdir()
    (tmp_path / "court" / "fieldwrit.sqlite3").write_bytes(b"")
    result = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "court"), "demo", "--no-serve"])
    assert result.exit_code == 1
    assert "--data-dir" in result.stderr


def test_demo_that_was_stopped_half_way_is_built_anew(tmp_path: Path) -> None:
    folder = tmp_path / "court"
    (folder / "network").mkdir(parents=True)
    (folder / "network" / "half.npz").write_bytes(b"half")
    (folder / "fieldwrit.sqlite3").write_bytes(b"half a database")
    (folder / "demonstration").write_text("", encoding="utf-8")
    words = ["--data-dir", str(folder), "demo", "--no-serve", "--small", "--json"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["cases"] == 300


def test_same_import_again_changes_nothing(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    path = tmp_path / "checkpoints.csv"
    path.write_text("编号,名称,类型,经度,纬度\nCP77,东关站,火车站,118.6,25.0\n", encoding="utf-8")
    words = ["--data-dir", str(folder), "import", "checkpoints", str(path), "--json"]
    first = json.loads(CliRunner().invoke(main, words).stdout)
    again = json.loads(CliRunner().invoke(main, words).stdout)
    assert (first["accepted"], first["unchanged"]) == (1, 0)
    assert (again["accepted"], again["unchanged"]) == (0, 1)


def test_solve_and_check_agree_and_check_finds_damage(demo_dir: Path, tmp_path: Path) -> None:
    store = Store.open(demo_dir, clock=system_clock)
    action = store.latest()
    assert action is not None
    problem, plan = store.problem(action), store.plan(action)
    store.close()
    assert problem is not None
    assert plan is not None
    write_problem(problem, tmp_path / "problem.json")
    write_plan(plan, tmp_path / "plan.json")

    def run(*words: str) -> Any:
        return CliRunner().invoke(main, [*words])

    files = (str(tmp_path / "problem.json"), str(tmp_path / "plan.json"))
    assert run("plan", "check", *files).exit_code == 0
    solved = str(tmp_path / "solved.json")
    assert run("plan", "solve", files[0], "--output", solved, "--iterations", "50").exit_code == 0
    assert run("plan", "check", files[0], solved).exit_code == 0
    assert run("plan", "solve", files[0], "--stop-s", "0.5").exit_code == 0
    assert run("plan", "check", files[0], str(tmp_path / "problem.plan.json")).exit_code == 0
    twice = str(tmp_path / "twice.json")
    words = ("plan", "solve", files[0], "--output", twice, "--iterations", "50", "--starts", "2")
    assert run(*words).exit_code == 0
    proved = json.loads(run("plan", "bound", files[0], twice, "--stop-s", "1", "--json").stdout)
    plan = read_plan(Path(twice))
    assert proved["worth"] == pytest.approx(plan.value - plan.price, abs=1e-4)
    assert proved["worth"] <= proved["bound"]
    assert 0.0 <= proved["gap"] < 1.0

    damaged = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    stop = next(s for route in damaged["routes"] for s in route["stops"] if s["kind"] == "visit")
    stop["start_s"] -= 3600
    (tmp_path / "plan.json").write_text(json.dumps(damaged), encoding="utf-8")
    result = run("plan", "check", *files, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["violations"]


@pytest.mark.parametrize("form", ["geojson", "gpx", "kml", "ics", "xlsx", "pdf", "html"])
def test_every_export_is_written_and_recorded(form: str, demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    target = tmp_path / f"plan.{form}"
    words = ["export", "latest", "--format", form, "--output", str(target)]
    result = CliRunner().invoke(main, ["--data-dir", str(folder), *words])
    assert result.exit_code == 0, result.stderr
    assert target.stat().st_size > 500
    store = Store.open(folder, clock=system_clock)
    entry = store.audit.entries(limit=1)[0]
    assert (entry.act, entry.detail["draft"]) == ("plan.export", False)
    store.close()


def test_an_export_for_a_navigation_app_is_in_its_datum(demo_dir: Path, tmp_path: Path) -> None:
    folder, target = tmp_path / "court", tmp_path / "plan.geojson"
    shutil.copytree(demo_dir, folder)
    words = ["--data-dir", str(folder), "export", "latest", "--format", "geojson"]
    result = CliRunner().invoke(main, [*words, "--app", "amap", "--output", str(target)])
    assert result.exit_code == 0, result.stderr
    written = json.loads(target.read_text(encoding="utf-8"))
    assert written["datum"] == "gcj02"
    stops = [f for f in written["features"] if f["properties"]["kind"] == "visit"]
    for stop in stops:
        lon, lat = stop["geometry"]["coordinates"]
        assert f"to={lon:.6f},{lat:.6f}" in stop["properties"]["navigation"]
    wrong = CliRunner().invoke(main, [*words, "--app", "amap", "--datum", "wgs84"])
    assert wrong.exit_code == 2
    assert "--datum" in wrong.stderr


def test_geocode_shows_candidates(demo_dir: Path) -> None:
    store = Store.open(demo_dir, clock=system_clock)
    text = next(c.text.reveal() for c in store.claims() if c.place and c.place.confidence > 0.6)
    store.close()
    result = CliRunner().invoke(main, ["--data-dir", str(demo_dir), "geocode", text, "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)["candidates"]
    assert found
    assert all(118 < one["lon"] < 119.5 and 24 < one["lat"] < 26 for one in found)


def test_init_writes_a_template_for_every_table(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "court"), "init"])
    assert result.exit_code == 0
    names = {path.stem for path in (tmp_path / "court" / "templates").iterdir()}
    assert {"cases", "stations", "checkpoints", "teams", "liaisons", "outcomes"} <= names
