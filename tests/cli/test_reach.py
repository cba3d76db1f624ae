"""``fieldwrit reach``: isochrones of stations as a file of shapes."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner, Result

from data.store import Store
from web.cli import main
from web.clock import system_clock


def _run(court: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(court), "reach", *map(str, words)])


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_all_stations_are_drawn_by_time(demo_dir: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"reach{suffix}"
    words = ["--minutes", "10", "--minutes", "5", "--band", "morning_peak", "--output", target]
    result = _run(demo_dir, *words, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    frame = gpd.read_file(target)
    assert len(frame) == told["polygons"] == 2 * told["stations"] > 0
    assert set(frame.profile) == {"police_car"}
    assert frame.crs.to_epsg() == 4326
    for _, rows in frame.groupby("station"):
        assert rows.limit_s.tolist() == [300, 600]
        near, far = rows.geometry
        assert near.difference(far).area < near.area * 1e-6


def test_a_position_and_a_station_can_be_asked_for(demo_dir: Path, tmp_path: Path) -> None:
    target = tmp_path / "reach.geojson"
    assert _run(demo_dir, "--output", target).exit_code == 0
    first = gpd.read_file(target).iloc[0]
    assert _run(demo_dir, first.station, "--output", target, "--closed").exit_code == 0
    assert set(gpd.read_file(target).station) == {first.station}
    spot = first.geometry.representative_point()
    assert _run(demo_dir, f"{spot.x},{spot.y}", "--output", target).exit_code == 0
    assert len(gpd.read_file(target)) == 1


def test_a_station_on_a_closed_road_is_told_as_such(demo_dir: Path, tmp_path: Path) -> None:
    court, target = tmp_path / "court", tmp_path / "reach.geojson"
    shutil.copytree(demo_dir, court)
    with closing(Store.open(court, clock=system_clock)) as store:
        station, *others = store.stations()
    here = shapely.Point(station.point.lon, station.point.lat)
    (tmp_path / "flood.geojson").write_text(shapely.to_geojson(here.buffer(0.0015)))
    words = ["closures", "add", tmp_path / "flood.geojson", "--reason", "积水"]
    made = CliRunner().invoke(main, ["--data-dir", str(court), *map(str, words)])
    assert made.exit_code == 0, made.output
    alone = _run(court, station.id, "--closed", "--output", target)
    assert alone.exit_code == 1
    assert "1 处的道路已封闭" in alone.stderr
    assert "离路网太远" not in alone.stderr
    everyone = json.loads(_run(court, "--closed", "--output", target, "--json").stdout)
    assert everyone["stations"] == len(others)
    assert everyone["notes"] == [f"{station.id} 的道路已封闭，未画出"]
    assert _run(court, station.id, "--output", target).exit_code == 0


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["S-none"], "已有编号"),
        (["104.0,30.6"], "network build"),
        (["91,200"], ""),
    ],
)
def test_a_wrong_place_is_told_with_its_cure(
    demo_dir: Path, tmp_path: Path, words: list[str], cure: str
) -> None:
    target = tmp_path / "reach.geojson"
    result = _run(demo_dir, *words, "--output", target)
    assert result.exit_code == 1
    assert cure in result.stderr
    assert not target.exists()


def test_another_kind_of_file_and_a_court_without_roads_are_refused(tmp_path: Path) -> None:
    assert "kml" in _run(tmp_path, "--output", tmp_path / "a.kml").stderr
    assert "network build" in _run(tmp_path, "--output", tmp_path / "a.gpkg").stderr
    for minutes in ("0", "-1", "nan", "601"):
        words = ["--minutes", minutes, "--output", tmp_path / "a.gpkg"]
        assert _run(tmp_path, *words).exit_code in (1, 2)
