"""The main job on real road extracts, with invented cases on top."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from data.demo.on_roads import TABLES, write_court
from geo.localtime import local_day
from tests.reference import reference_data
from web.app import create_app
from web.cli import main
from web.config import Settings, secret_key
from web.wiring import Court

CASES = 60


@pytest.mark.reference
@pytest.mark.parametrize("extract", ["small_guixi_jiangxi.osm", "small_beijing_tsinghua.osm"])
def test_main_job_runs_on_a_real_extract(extract: str, tmp_path: Path) -> None:
    roads = reference_data() / "osm" / extract
    today = local_day(datetime.now(UTC))
    tables = write_court(roads, tmp_path, cases=CASES, seed=7, as_of=today)

    def fieldwrit(*words: str | Path) -> str:
        result = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "court"), *map(str, words)])
        assert result.exit_code == 0, f"{words}\n{result.output}"
        return result.stdout

    fieldwrit("init")
    fieldwrit("network", "build", roads)
    for kind in TABLES:
        fieldwrit("import", kind, tables[kind])
    made = json.loads(
        fieldwrit("plan", "make", "--date", "next-workday", "--iterations", "200", "--json")
    )
    assert made["debtors_considered"] == CASES
    assert made["planned_visits"] >= 10
    assert made["duties"] == 1

    target = tmp_path / "plan.geojson"
    fieldwrit("export", "latest", "--draft", "--format", "geojson", "--output", target)
    written = json.loads(target.read_text(encoding="utf-8"))
    lines = [f for f in written["features"] if f["geometry"]["type"] == "LineString"]
    assert lines
    assert all(len(line["geometry"]["coordinates"]) > 20 for line in lines)

    settings = Settings(tmp_path / "court")
    services = Court(settings).services()
    app = create_app(services, secret_key=secret_key(settings))
    assert app.test_client().get("/healthz").status_code == 200
    assert services.basemap is not None
    services.store.close()


@pytest.mark.reference
@pytest.mark.parametrize(
    "extract",
    [
        "small_liechtenstein.osm.pbf",
        "small_liechtenstein.roads.osm.gz",
        "small_liechtenstein.drive.graphml",
    ],
)
def test_every_kind_of_road_file_becomes_a_network(extract: str, tmp_path: Path) -> None:
    words = ["--data-dir", str(tmp_path / "court")]
    CliRunner().invoke(main, [*words, "init"])
    source = str(reference_data() / "osm" / extract)
    result = CliRunner().invoke(main, [*words, "network", "build", source, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["nodes"] > 1000
