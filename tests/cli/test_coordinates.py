from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import shapely
from click.testing import CliRunner, Result
from openpyxl import Workbook

from data.imports.readers import read_table
from data.streams import StreamReport, transform_table
from geo import coordinates, frames, projections
from geo.baidu_mercator import to_bd09mc
from geo.model import Datum
from geo.network import build_network, save_network
from geo.osmfile import NamedPlace, OsmFeatures
from geo.placefile import places_json
from web.cli import main
from web.config import PLACES_FILE, read_settings
from web.steps.coordinate_columns import Converting

_WGS84 = np.array([118.67, 24.87])
_GCJ02 = coordinates.from_wgs84(_WGS84, Datum.GCJ02)


_ROADS = {"中山路": 24.805, "新华路": 24.815, "人民路": 24.825, "解放路": 24.835}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("data")

    def command(*words: object) -> Result:
        return CliRunner().invoke(
            main, ["--data-dir", str(folder), "coordinates", "convert", *map(str, words)]
        )

    return command


def _table(path: Path, *rows: tuple[object, ...], header: tuple[str, ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_keeps_its_rows_and_gets_converted_columns(run: Any, tmp_path: Path) -> None:
    source = _table(
        tmp_path / "a.csv",
        ("甲", *_GCJ02),
        ("乙", "118°40′12″E", "北纬24度52分12秒"),
        ("丙", "24.87", "118.67"),
        ("丁", "", ""),
        ("戊", "=cmd|' /C calc'!A0", "24.1"),
        ("己", "118.67", ""),
        ("庚", "2.35", "48.85"),
        ("辛", "39668880", "2752560"),
        header=("名称", "经度", "纬度"),
    )
    target = tmp_path / "out.csv"
    result = run(source, "--from", "GCJ-02", "--output", target, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"rows": 8, "output": str(target), "unconverted": 5}
    rows = _read(target)
    assert [row["名称"] for row in rows] == list("甲乙丙丁戊己庚辛")
    assert rows[2]["经度"] == "24.87"
    found = [float(rows[0]["WGS84经度"]), float(rows[0]["WGS84纬度"])]
    assert found == pytest.approx(_WGS84, abs=1e-8)
    assert float(rows[1]["WGS84经度"]) == pytest.approx(118.6654, abs=1e-3)
    told = [row["换算说明"] for row in rows]
    for text, word in zip(
        told, ["", "", "写反", "没有坐标", "无法识别", "同时", "中国", "平面"], strict=True
    ):
        assert word in text
    assert not any(row["WGS84经度"] for row in rows[2:6])


def test_a_workbook_in_and_a_layer_out_that_says_its_datum(run: Any, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["编号", "坐标"])
    sheet.append(["A1", f"{_WGS84[0]},{_WGS84[1]}"])
    sheet.append(["A2", "北纬24度52分12秒 东经118度40分12秒"])
    book.save(tmp_path / "a.xlsx")
    for target in ("out.gpkg", "out.xlsx"):
        result = run(
            *(tmp_path / "a.xlsx", "--from", "wgs84", "--to", "gcj02"),
            *("--output", tmp_path / target),
        )
        assert result.exit_code == 0, result.output
    layer = gpd.read_file(tmp_path / "out.gpkg")
    assert projections.datum_of(layer.crs) is Datum.GCJ02
    assert shapely.get_coordinates(layer.geometry)[0] == pytest.approx(_GCJ02, abs=1e-7)
    table = read_table(tmp_path / "out.xlsx")
    assert table.header == ("编号", "坐标", "GCJ02经度", "GCJ02纬度", "换算说明")
    assert table.rows[0].cells[2] == pytest.approx(_GCJ02[0], abs=1e-7)


def test_metres_that_are_stated(run: Any, tmp_path: Path) -> None:
    crs = pyproj.CRS("EPSG:4527")
    east, north = projections.to_projected(_WGS84, crs)
    bd09mc = to_bd09mc(coordinates.from_wgs84(_WGS84, Datum.BD09))
    target = tmp_path / "out.csv"
    for system, pair in (("EPSG:4527", (east, north)), ("bd09mc", bd09mc)):
        source = _table(tmp_path / "a.csv", pair, ("x", "y"), header=("东坐标", "北坐标"))
        result = run(source, "--from", system, "--output", target)
        assert result.exit_code == 0, result.output
        first, second = _read(target)
        found = [float(first["WGS84经度"]), float(first["WGS84纬度"])]
        assert found == pytest.approx(_WGS84, abs=1e-7)
        assert "米" in second["换算说明"]


_NUMBERS = [987_654_321_012_345_677, 2]  # the first as long as that of an identity card


def _layer(path: Path, datum: Datum | None) -> Path:
    shapes = [
        shapely.Point(*_GCJ02, 7.0),
        shapely.box(*_GCJ02, *(_GCJ02 + 0.01)),
        None,
    ]
    crs = None if datum is None else projections.crs_of(datum)
    numbers = pd.array([*_NUMBERS, None], dtype="Int64")
    gpd.GeoDataFrame({"名称": ["甲", "乙", "丙"], "n": numbers}, geometry=shapes, crs=crs).to_file(
        path
    )
    return path


@pytest.mark.parametrize(
    ("stated", "words"),
    [(Datum.GCJ02, ()), (Datum.GCJ02, ("--from", "gcj02")), (Datum.WGS84, ("--from", "gcj02"))],
)
def test_shapes_of_a_layer(run: Any, tmp_path: Path, stated: Datum, words: tuple[str, ...]) -> None:
    source = _layer(tmp_path / "a.gpkg", stated)
    for name in ("out.gpkg", "out.geojson"):
        result = run(source, *words, "--output", tmp_path / name)
        assert result.exit_code == 0, result.output
        found = gpd.read_file(tmp_path / name)
        assert found.crs.to_epsg() in (4326, 4979)
        held = pyogrio.raw.read(tmp_path / name, columns=["n"], where="n is not null")
        assert held[3][0].tolist() == _NUMBERS
        assert found.geometry.iloc[0].z == 7.0
        assert shapely.get_coordinates(found.geometry)[0] == pytest.approx(_WGS84, abs=1e-8)
        assert found.geometry.iloc[2] is None
    assert not list(tmp_path.glob(".*"))


def test_a_shapefile_in_gbk_and_a_layer_without_attributes(run: Any, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"名称": ["前洋村"]}, geometry=[shapely.Point(_GCJ02)], crs=4326)
    frame.to_file(tmp_path / "a.shp", encoding="gb18030")
    (tmp_path / "a.cpg").unlink(missing_ok=True)
    frame[["geometry"]].to_file(tmp_path / "b.geojson")
    for name in ("a.shp", "b.geojson"):
        target = tmp_path / f"{name}.gpkg"
        result = run(tmp_path / name, "--from", "gcj02", "--output", target)
        assert result.exit_code == 0, result.output
        found = gpd.read_file(target)
        assert shapely.get_coordinates(found.geometry)[0] == pytest.approx(_WGS84, abs=1e-8)
    assert gpd.read_file(tmp_path / "a.shp.gpkg")["名称"].tolist() == ["前洋村"]


def test_a_layer_in_metres(run: Any, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(_WGS84)], crs=4326)
    frame.to_crs(4527).to_file(tmp_path / "a.gpkg")
    result = run(tmp_path / "a.gpkg", "--to", "bd09", "--output", tmp_path / "b.gpkg")
    assert result.exit_code == 0, result.output
    found = frames.to_datum(gpd.read_file(tmp_path / "b.gpkg"), "wgs84")
    assert shapely.get_coordinates(found.geometry)[0] == pytest.approx(_WGS84, abs=1e-7)
    frame.to_crs(2437).to_file(tmp_path / "old.gpkg")
    refused = run(tmp_path / "old.gpkg", "--output", tmp_path / "c.gpkg")
    assert refused.exit_code == 1
    assert "“Beijing 1954 / 3-degree Gauss-Kruger CM 120E”" in refused.output


@pytest.mark.parametrize(
    ("make", "words", "told"),
    [
        ("table", (), "--from"),
        ("table", ("--from", "gcj20"), "不认识"),
        ("table", ("--from", "EPSG:2363"), "测绘部门"),
        ("table", ("--from", "gcj02", "--column", "无此列"), "名称"),
        ("table", ("--from", "gcj02", "--check-datum"), "network build"),
        ("other", ("--from", "gcj02"), "--lon-column"),
        ("twice", ("--from", "gcj02"), "--lon-column"),
        ("headless", ("--from", "gcj02"), "不是表头"),
        ("gcj02", ("--from", "bd09"), "不符"),
        ("unstated", (), "--from"),
        ("cut", (), "重新导出"),
        ("cut text", (), "重新导出"),
        ("gcj02", ("--to", "bd09", "--output", "x.geojson"), "gpkg"),
    ],
)
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_what_is_refused_leaves_nothing(
    run: Any, tmp_path: Path, make: str, words: tuple[str, ...], told: str
) -> None:
    if make == "table":
        source = _table(tmp_path / "a.csv", ("甲", *_GCJ02), header=("名称", "经度", "纬度"))
    elif make == "headless":
        source = _table(tmp_path / "a.csv", ("甲", *_GCJ02), header=("乙", *_GCJ02))
    elif make == "twice":
        source = _table(tmp_path / "a.csv", (*_GCJ02, 119.0), header=("经度", "纬度", "经度"))
    elif make == "other":
        source = _table(tmp_path / "a.csv", ("甲", *_GCJ02), header=("名称", "横", "竖"))
    else:
        source = _layer(tmp_path / "a.gpkg", None if make == "unstated" else Datum.GCJ02)
    if make == "cut text":
        source.unlink()
        source = _layer(tmp_path / "a.geojson", Datum.WGS84)
        source.write_bytes(source.read_bytes()[:-60])
    if make == "cut":
        source.write_bytes(source.read_bytes()[:-40_000])
    output = tmp_path / "out.gpkg"
    result = run(source, "--output", output, *words)
    assert result.exit_code == 1, result.output
    assert told in result.output
    assert not any(f"{degrees:.4f}" in result.output for degrees in _GCJ02)
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


_FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))
from web.cli import main
main()
"""


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_a_layer_on_a_full_disk_leaves_the_older_one(suffix: str, tmp_path: Path) -> None:
    shapes = [shapely.Point(_GCJ02)] * 100
    source, target = tmp_path / "a.geojson", tmp_path / f"b{suffix}"
    gpd.GeoDataFrame({"名称": ["甲"] * 100}, geometry=shapes, crs=4326).to_file(source)
    target.write_text("older")
    words = ("coordinates", "convert", source, "--from", "gcj02", "--output", target)
    done = subprocess.run(
        [sys.executable, "-c", _FULL, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "磁盘空间" in done.stderr
    assert "Traceback" not in done.stderr
    assert target.read_text() == "older"
    assert sorted(path.name for path in tmp_path.iterdir()) == [source.name, target.name]


def test_both_columns_or_one(run: Any, tmp_path: Path) -> None:
    source = _table(tmp_path / "a.csv", ("甲", *_GCJ02), header=("名称", "经", "纬"))
    words = (source, "--from", "gcj02", "--output", tmp_path / "b.csv", "--lon-column", "经")
    assert run(*words).exit_code == 2
    result = run(*words, "--lat-column", "纬")
    assert result.exit_code == 0, result.output
    assert float(_read(tmp_path / "b.csv")[0]["WGS84经度"]) == pytest.approx(_WGS84[0], abs=1e-8)


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with four roads that run east, and a village every 100 m along them."""
    folder = tmp_path_factory.mktemp("court")
    nodes, ways = [], []
    for number, (name, lat) in enumerate(_ROADS.items()):
        ids = [100 * number + step + 1 for step in range(20)]
        nodes += [
            f'<node id="{i}" lon="{118.6 + 0.001 * k:.3f}" lat="{lat}"/>' for k, i in enumerate(ids)
        ]
        inside = "".join(f'<nd ref="{i}"/>' for i in ids)
        tags = f'<tag k="highway" v="residential"/><tag k="name" v="{name}"/>'
        ways.append(f'<way id="{number + 1}">{inside}{tags}</way>')
    inside = "".join(f'<nd ref="{100 * number + 1}"/>' for number in range(4))
    ways.append(f'<way id="9">{inside}<tag k="highway" v="residential"/></way>')
    osm = folder / "town.osm"
    osm.write_text(f'<osm version="0.6">{"".join(nodes + ways)}</osm>', encoding="utf-8")
    settings = read_settings(str(folder), "zh")
    save_network(build_network(osm), settings.network_dir)
    places = tuple(NamedPlace("village", name, lon, lat) for name, lon, lat in _villages())
    (settings.network_dir / PLACES_FILE).write_text(
        places_json(OsmFeatures(places=places)), encoding="utf-8"
    )
    return folder


def _villages() -> list[tuple[str, float, float]]:
    return [
        (f"{name}{step}村", 118.6 + 0.001 * step, lat)
        for name, lat in _ROADS.items()
        for step in range(5)
    ]


def _shifted(path: Path) -> Path:
    rows = [
        (name, "村", *coordinates.from_wgs84([lon, lat], Datum.GCJ02).round(7))
        for name, lon, lat in _villages()
    ]
    return _table(path, *rows, header=("名称", "类别", "经度", "纬度"))


@pytest.mark.parametrize(
    ("stated", "told"),
    [("wgs84", "按 GCJ-02 解释时与 20 处同名地点相差中位数 0 米"), ("gcj02", "相符")],
)
def test_the_datum_is_checked_on_request(
    court: Path, tmp_path: Path, stated: str, told: str
) -> None:
    source = _shifted(tmp_path / "a.csv")
    target = tmp_path / "b.csv"
    result = CliRunner().invoke(
        main,
        [
            *("--data-dir", str(court), "coordinates", "convert", str(source), "--json"),
            *("--from", stated, "--check-datum", "--output", str(target)),
        ],
    )
    assert result.exit_code == 0, result.output
    assert told in json.loads(result.stdout)["datum_check"]
    assert float(_read(target)[0]["WGS84经度"]) == pytest.approx(
        118.6 if stated == "gcj02" else float(_read(target)[0]["经度"]), abs=1e-6
    )


def test_a_layer_is_checked_too(court: Path, tmp_path: Path) -> None:
    names, lons, lats = zip(*_villages(), strict=True)
    frame = gpd.GeoDataFrame({"名称": names}, geometry=gpd.points_from_xy(lons, lats), crs=4326)
    frames.set_datum(frames.to_datum(frame, "bd09"), "wgs84", override=True).to_file(
        tmp_path / "a.gpkg"
    )
    result = CliRunner().invoke(
        main,
        [
            *("--data-dir", str(court), "coordinates", "convert", str(tmp_path / "a.gpkg")),
            *("--check-datum", "--output", str(tmp_path / "b.gpkg")),
        ],
    )
    assert "按 BD-09 解释时与 20 处同名地点相差中位数 0 米" in result.output


def test_an_import_warns_and_stores_what_was_stated(court: Path, tmp_path: Path) -> None:
    source = _shifted(tmp_path / "a.csv")
    words = ["--data-dir", str(court)]
    assert CliRunner().invoke(main, [*words, "init"]).exit_code == 0
    result = CliRunner().invoke(main, [*words, "import", "gazetteer", str(source), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["accepted"] == 20
    assert ["坐标系可能有误" in note for note in found["notes"]] == [True]


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    source = _table(
        tmp_path / "a.csv",
        *((i, *_GCJ02 + i * 1e-5) for i in range(25)),
        header=("n", "经度", "纬度"),
    )
    target = tmp_path / "b.csv"

    def stop(done: int, total: int) -> None:
        if done == 20 and not target.exists():
            raise KeyboardInterrupt

    def convert(**more: Any) -> StreamReport:
        work = Converting(Datum.GCJ02, Datum.WGS84, (), str, source.name)
        return transform_table(
            source, target, transform=work, fingerprint="1", batch_rows=10, **more
        )

    with pytest.raises(KeyboardInterrupt):
        convert(progress=stop)
    assert not target.exists()
    assert convert().resumed_rows == 20
    rows = _read(target)
    assert [int(row["n"]) for row in rows] == list(range(25))
    found = [[float(row["WGS84经度"]), float(row["WGS84纬度"])] for row in rows]
    wanted = coordinates.to_wgs84(_GCJ02 + np.arange(25)[:, None] * 1e-5, Datum.GCJ02)
    assert np.array(found) == pytest.approx(wanted, abs=1e-8)
