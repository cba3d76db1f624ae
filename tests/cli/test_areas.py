"""``fieldwrit areas``: boundaries checked before use, and who is responsible for a place."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner, Result

from data.store import Store
from geo.model import Area, AreaKind
from web.cli import main
from web.clock import system_clock


def _run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def _json(*words: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_run(*words, "--json").stdout)
    return found


def _boundaries(path: Path, *extra: tuple[str, str, str, Any]) -> Path:
    rows = [
        ("350504", "洛江区", "辖区", shapely.box(118.60, 24.80, 118.64, 24.84)),
        ("G1", "前洋村", "网格", shapely.box(118.60, 24.80, 118.62, 24.84)),
        *extra,
    ]
    columns = dict(zip(("code", "name", "kind", "geometry"), zip(*rows, strict=True), strict=True))
    gpd.GeoDataFrame(columns, geometry="geometry", crs=4326).to_file(path)
    return path


WHOLE = ("G2", "后坑村", "网格", shapely.box(118.62, 24.80, 118.64, 24.84))
TOO_WIDE = ("G2", "后坑村", "网格", shapely.box(118.61, 24.80, 118.65, 24.84))
BOW_TIE = (
    "G3",
    "丙村",
    "邻县",
    shapely.Polygon([(119, 25), (119.1, 25.1), (119.1, 25), (119, 25.1)]),
)
NO_AREA = ("G4", "丁村", "网格", shapely.Point(118.61, 24.81))


@pytest.fixture(scope="module")
def court(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("areas") / "court"
    shutil.copytree(demo_dir, folder)
    return folder


@pytest.fixture(scope="module")
def stored(court: Path) -> tuple[Area, ...]:
    store = Store.open(court, clock=system_clock)
    try:
        return store.areas()
    finally:
        store.close()


def test_clean_file_ends_with_nought(tmp_path: Path) -> None:
    path = _boundaries(tmp_path / "a.geojson", WHOLE)
    result = _run("--data-dir", tmp_path / "none", "areas", "check", path)
    assert result.exit_code == 0, result.output
    assert "网格：2 个" in result.stdout
    assert "须处理 0 处" in result.stdout
    assert not (tmp_path / "none").exists()  # no store is opened or made


def test_every_fault_is_listed_and_the_exit_code_tells(tmp_path: Path) -> None:
    path = _boundaries(tmp_path / "a.geojson", TOO_WIDE, BOW_TIE, NO_AREA)
    result = _run("areas", "check", path)
    assert result.exit_code == 1
    for words in ("自相交", "重叠", "法院辖区以外", "第 5 个要素（G4）不是有面积的面"):
        assert words in result.stdout
    found = _json("areas", "check", path)
    assert {one["problem"] for one in found["findings"]} == {"repair", "overlap", "outside"}
    assert found["faults"] == 4
    assert len(found["problems"]) == 1
    english = _run("--lang", "en", "areas", "check", path)
    assert "overlap" in english.stdout


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("name", ["findings.gpkg", "findings.geojson"])
def test_findings_as_a_layer(tmp_path: Path, name: str) -> None:
    path = _boundaries(tmp_path / "a.geojson", TOO_WIDE, BOW_TIE)
    for _ in range(2):  # an older result is replaced
        assert _run("areas", "check", path, "--output", tmp_path / name).exit_code == 1
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    layer = gpd.read_file(tmp_path / name)
    assert layer["problem"].tolist() == ["repair", "overlap", "outside"]
    assert layer.crs == "EPSG:4326"
    assert layer.geometry.is_valid.all()
    clean = _boundaries(tmp_path / "b.geojson", WHOLE)
    assert _run("areas", "check", clean, "--output", tmp_path / name).exit_code == 0
    assert gpd.read_file(tmp_path / name).empty


def test_wrong_wishes(tmp_path: Path) -> None:
    path = _boundaries(tmp_path / "a.geojson", WHOLE)
    assert _run("areas", "check").exit_code == 2
    assert _run("areas", "check", path, "--stored").exit_code == 2
    refused = _run("areas", "check", path, "--output", tmp_path / "a.xlsx")
    assert refused.exit_code == 1
    assert "a.xlsx" in refused.stderr
    (tmp_path / "cut.geojson").write_text('{"type": "Fea', encoding="utf-8")
    cut = _run("areas", "check", tmp_path / "cut.geojson")
    assert (cut.exit_code, "cut.geojson" in cut.stderr) == (1, True)
    assert _run("areas", "who").exit_code == 2
    swapped = _run("areas", "who", "--point", "24.8,118.6")
    assert (swapped.exit_code, "写反" in swapped.stderr) == (1, True)
    assert _run("areas", "who", "--point", "here").exit_code == 1


def test_demonstration_is_clean(court: Path, stored: tuple[Area, ...]) -> None:
    found = _json("--data-dir", court, "areas", "check", "--stored")
    assert found["faults"] == 0
    assert sum(found["areas"].values()) == len(stored)


def test_who_for_a_point_inside(court: Path, stored: tuple[Area, ...]) -> None:
    grid = next(area for area in stored if area.kind is AreaKind.GRID)
    spot = grid.geometry.representative_point()
    found = _json("--data-dir", court, "areas", "who", "--point", f"{spot.x},{spot.y}")
    assert found["inside"] is True
    assert found["areas"]["grid"]["code"] == grid.code
    assert found["station"]["id"] == found["areas"]["station_territory"]["code"]
    assert len(found["liaisons"]) == 1
    store = Store.open(court, clock=system_clock)
    try:
        acts = {entry.act for entry in store.audit.entries()}
    finally:
        store.close()
    assert "liaison.read" in acts
    text = _run("--data-dir", court, "areas", "who", "--point", f"{spot.x},{spot.y}").stdout
    assert f"网格：{grid.code} {grid.name}" in text
    assert "派出所：" in text


def test_who_for_a_point_outside(court: Path) -> None:
    found = _json("--data-dir", court, "areas", "who", "--point", "116.4 39.9")
    assert (found["inside"], found["station"], found["liaisons"]) == (False, None, [])
    assert [one["rule"] for one in found["rules"]] == ["A8", "A7"]


def test_who_for_addresses(court: Path, stored: tuple[Area, ...]) -> None:
    who = ("--data-dir", court, "areas", "who", "--address")
    far = _json(*who, "江苏省南京市鼓楼区中山路1号")
    assert [one["court"] for one in far["courts"]] == ["南京市鼓楼区人民法院"]
    assert [one["rule"] for one in far["rules"]] == ["A8", "A7"]
    assert len(_json(*who, "鼓楼区中山路1号")["courts"]) == 4
    lines = _run(*who, "鼓楼区中山路1号").stdout
    assert lines.count("待核实，可能是：") == 4
    home = next(area for area in stored if area.kind is AreaKind.JURISDICTION)
    grid = next(area for area in stored if area.kind is AreaKind.GRID)
    town = next(area for area in stored if area.code == grid.parent_code)
    here = _json(*who, f"{home.name}{town.name}{grid.name}")
    assert here["inside"] is True
    assert here["areas"]["township"]["code"] == town.code


def test_nearest_station_where_no_territory_is_drawn(court: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(court, folder)
    store = Store.open(folder, clock=system_clock)
    try:
        kept = [area for area in store.areas() if area.kind is not AreaKind.STATION_TERRITORY]
        store.replace_areas(kept)
        station = store.stations()[0]
    finally:
        store.close()
    point = f"{station.point.lon},{station.point.lat}"
    found = _json("--data-dir", folder, "areas", "who", "--point", point)
    assert found["station"]["id"] == station.id
    assert "行车最近" in found["station"]["why"]
    shutil.rmtree(folder / "network")
    found = _json("--data-dir", folder, "areas", "who", "--point", point)
    assert "按直线最近" in found["station"]["why"]
