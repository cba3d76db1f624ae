"""Closures at the terminal, on the small demonstration: made, heeded by a plan, lifted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import shapely
from click.testing import CliRunner, Result

from data.store import Store
from geo.coordinates import from_wgs84
from geo.localtime import local_day, moment_at
from geo.model import Datum, Point
from geo.network import load_network, save_network
from geo.roadtags import AccessLevel, TravelMode
from geo.travel.closures import RoadIndex
from routes.planning.problem import UnassignedReason
from web.cli import main
from web.clock import system_clock
from web.commands import closures as closure_commands
from web.config import PLACES_FILE

RUNNER = CliRunner()

TERMINAL = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))


@pytest.fixture
def court(demo_dir: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_dir, tmp_path / "court")
    return tmp_path / "court"


def _call(folder: Path, *words: str) -> Result:
    return RUNNER.invoke(main, ["--data-dir", str(folder), *words])


def _run(folder: Path, *words: str) -> dict[str, Any]:
    result = _call(folder, *words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@contextmanager
def _opened(folder: Path) -> Iterator[Store]:
    with closing(Store.open(folder, clock=system_clock)) as store:
        yield store


def _file(path: Path, *shapes: shapely.Geometry, **more: Any) -> str:
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(shape))}
        for shape in shapes
    ]
    form = {"type": "FeatureCollection", "features": features, **more}
    path.write_text(json.dumps(form), encoding="utf-8")
    return str(path)


def _around(point: Point, metres: float = 150.0) -> shapely.Polygon:
    return shapely.Point(point.lon, point.lat).buffer(metres / 111_000.0)


def test_a_closure_around_a_station_is_told_listed_and_lifted(court: Path, tmp_path: Path) -> None:
    with _opened(court) as store:
        station = store.stations()[0]
    source = _file(tmp_path / "bridge.geojson", _around(station.point))
    words = ("closures", "add", source, "--reason", "桥梁维修")
    day = local_day(system_clock()).replace(year=2030)
    times = ("--from", f"{day} 06:00", "--to", f"{day}T09:00+08:00")
    made = _run(court, *words, *times)
    assert made["closed_roads"] >= 1
    assert made["closed_km"] > 0.0
    assert made["cut_off"] >= 1
    assert f"切断：派出所 {station.name}" in made["notes"]

    (listed,) = _run(court, "closures", "list")["closures"]
    assert listed["id"] == made["closure"]
    assert (listed["reason"], listed["state"]) == ("桥梁维修", "to_come")
    assert (listed["begin"], listed["end"]) == (f"{day} 06:00", f"{day} 09:00")
    with _opened(court) as store:
        assert store.closures.standing()[0].begin == moment_at(day, 6 * 3600)

    assert _run(court, "closures", "lift", made["closure"])["closure"] == made["closure"]
    assert _run(court, "closures", "list")["closures"] == []
    (past,) = _run(court, "closures", "list", "--all")["closures"]
    assert past["state"] == "lifted"
    with _opened(court) as store:
        acts = [one.act for one in store.audit.entries() if one.act.startswith("closure.")]
        assert acts == ["closure.lift", "closure.make"]
        assert not any("桥梁" in str(one) for one in store.audit.entries())


def test_the_next_plan_keeps_off_and_tells_why(court: Path, tmp_path: Path) -> None:
    with _opened(court) as store:
        action = store.latest()
        assert action is not None
        problem, plan = store.problem(action), store.plan(action)
        station = store.stations()[0]
    assert problem is not None
    assert plan is not None
    option = next(o for o in problem.options if o.id == plan.routes[0].stops[0].ref)
    place = next(p for p in problem.places if p.id == option.place)
    ring = _around(Point(place.lon, place.lat), 400.0)
    source = _file(tmp_path / "flood.geojson", ring, _around(station.point))
    _run(court, "closures", "add", source, "--reason", "洪水")
    make = ("plan", "make", "--date", str(option.day), "--iterations", "100")
    told_by = _run(court, *make)["notes"]
    assert f"{option.day} 小组与派出所 {station.id} 之间的道路封闭（洪水）" in told_by
    with _opened(court) as store:
        action = store.latest()
        assert action is not None
        problem, plan = store.problem(action), store.plan(action)
    assert problem is not None
    assert plan is not None
    assert all("closed-1" in band.name for band in problem.bands)
    visited = {stop.place for route in plan.routes for stop in route.stops}
    cut_off = {cut.place for cut in problem.cut_off}
    assert cut_off
    assert not visited & cut_off
    assert {cut.reason for cut in problem.cut_off} == {"洪水"}
    told = {one.ref: one for one in plan.unassigned}
    only = {
        o.debtor
        for o in problem.options
        if all(p.place in cut_off for p in problem.options if p.debtor == o.debtor)
    }
    assert only
    for debtor in only:
        assert (told[debtor].reason, told[debtor].detail) == (UnassignedReason.CLOSED, "洪水")


def test_named_roads_are_closed_one_way_and_missed_when_they_go(court: Path) -> None:
    network = load_network(court / "network")
    by_car = network.access[:, :, TravelMode.MOTOR] > AccessLevel.CLOSED
    row = int(np.flatnonzero(by_car.all(axis=1))[0])
    way = int(network.way_id[row])
    words = ("closures", "add", "--way", str(way), "--reason", "限行", "--direction", "against")
    made = _run(court, *words)
    assert made["closed_roads"] == len(RoadIndex(network).of_way(way))
    listing = _run(court, "closures", "list")
    assert listing["closures"][0]["direction"] == "against"
    assert listing["closures"][0]["state"] == "in_force"
    assert listing["notes"] == []

    gone = replace(network, way_id=np.where(network.way_id == way, -1, network.way_id))
    places = (court / "network" / PLACES_FILE).read_bytes()
    save_network(gone, court / "network")  # clears the folder
    (court / "network" / PLACES_FILE).write_bytes(places)
    (note,) = _run(court, "closures", "list")["notes"]
    assert made["closure"] in note
    assert f"有 {made['closed_roads']} 条道路不在" in note


def test_a_file_in_another_datum_is_moved(court: Path, tmp_path: Path) -> None:
    with _opened(court) as store:
        point = store.stations()[0].point
    area = _around(point)
    shifted = shapely.transform(area, lambda xy: from_wgs84(xy, Datum.GCJ02))
    source = _file(tmp_path / "amap.geojson", shifted)
    _run(court, "closures", "add", source, "--reason", "维修", "--datum", "gcj02")
    with _opened(court) as store:
        kept = store.closures.standing()[0].area
    assert kept is not None
    assert shapely.hausdorff_distance(kept, area) < 1e-6


def test_closing_the_whole_district_must_be_meant(
    court: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lonlat = load_network(court / "network").node_lonlat
    everywhere = shapely.box(*lonlat.min(axis=0) - 0.01, *lonlat.max(axis=0) + 0.01)
    source = _file(tmp_path / "flood.geojson", everywhere)
    words = ("closures", "add", source, "--reason", "洪水")
    refused = _call(court, *words)
    assert refused.exit_code == 1
    assert "--yes" in refused.stderr
    assert _run(court, "closures", "list")["closures"] == []

    monkeypatch.setattr(closure_commands, "sys", TERMINAL)
    told = RUNNER.invoke(main, ["--data-dir", str(court), *words], input="n\n")
    assert told.exit_code == 1
    assert "切断：派出所" in told.stderr
    assert "案件地点" in told.stderr
    assert "请核对范围" in told.stderr
    assert _run(court, "closures", "list")["closures"] == []
    agreed = RUNNER.invoke(main, ["--data-dir", str(court), *words], input="y\n")
    assert agreed.exit_code == 0, agreed.output
    assert _run(court, *words, "--yes")["closed_roads"] >= 1
    assert len(_run(court, "closures", "list")["closures"]) == 2


def test_several_polygons_are_one_closure(court: Path, tmp_path: Path) -> None:
    with _opened(court) as store:
        points = [one.point for one in store.stations()[:2]]
    source = _file(tmp_path / "two.geojson", *map(_around, points), _around(points[0], 200.0))
    _run(court, "closures", "add", source, "--reason", "维修")
    with _opened(court) as store:
        kept = store.closures.standing()[0].area
    assert isinstance(kept, shapely.MultiPolygon)
    assert len(kept.geoms) == 2


SQUARE = shapely.box(118.0, 24.0, 118.1, 24.1)
BOW = shapely.Polygon([(118.6, 24.9), (118.7, 25.0), (118.7, 24.9), (118.6, 25.0)])


@pytest.mark.parametrize(
    ("shapes", "told"),
    [
        ([], "没有图形"),
        ([SQUARE, shapely.LineString([(118.6, 24.9), (118.7, 25.0)])], "第 2 个要素不是面"),
        ([shapely.Polygon()], "第 1 个要素不是面"),
        ([BOW], "第 1 个要素不合规范（边界自相交）"),
        ([shapely.box(24.0, 118.0, 24.1, 118.1)], "经纬度写反了"),
        ([shapely.box(2.0, 48.0, 2.1, 48.1)], "不在中国境内"),
        ([SQUARE], "没有可通行汽车的道路"),
    ],
    ids=["none", "line", "empty", "bow", "swapped", "abroad", "at-sea"],
)
def test_a_file_that_closes_nothing_is_refused(
    demo_dir: Path, tmp_path: Path, shapes: list[shapely.Geometry], told: str
) -> None:
    source = _file(tmp_path / "area.geojson", *shapes)
    result = _call(demo_dir, "closures", "add", source, "--reason", "维修")
    assert result.exit_code == 1
    assert told in result.stderr
    assert "118.6" not in result.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"type": "FeatureCollection",\n "features": [', "第 2 行"),
        ("[1, 2]", "不是 GeoJSON"),
        ('{"type": "FeatureCollection", "features": 5}', "不是 GeoJSON"),
        ('{"type": "Polygon", "coordinates": "x"}', "不是有效的 GeoJSON 图形"),
        ('{"type": "FeatureCollection", "features": [5]}', "第 1 个要素"),
        (
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null}]}',
            "第 1 个要素",
        ),
        (
            '{"type": "FeatureCollection", "features": [],'
            ' "crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}',
            "不是经纬度",
        ),
    ],
)
def test_a_file_of_another_kind_is_refused(
    demo_dir: Path, tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "area.geojson").write_text(text, encoding="utf-8")
    words = ("closures", "add", str(tmp_path / "area.geojson"), "--reason", "维修")
    result = _call(demo_dir, *words)
    assert result.exit_code == 1, result.output
    assert told in result.stderr
    assert "area.geojson" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("add", "--reason", "维修"), 2, "--way"),
        (("add", "--way", "1"), 2, "--reason"),
        (("add", "--way", "999999999999", "--reason", "维修"), 1, "999999999999"),
        (("add", "--way", "1", "--reason", " "), 1, "原因"),
        (("add", "--way", "1", "--reason", "维修", "--to", "2020-01-01 06:00"), 1, "已经过去"),
        (("add", "--way", "1", "--reason", "维修", "--from", "tomorrow"), 2, "2026-12-01 06:00"),
        (("add", "--way", "1", "--reason", "维修", "--from", "2026-12-01"), 2, "2026-12-01 06:00"),
        (("lift", "x0"), 1, "closures list"),
    ],
)
def test_wrong_words_are_told(demo_dir: Path, words: tuple[str, ...], code: int, told: str) -> None:
    network = load_network(demo_dir / "network")
    known = tuple(str(network.way_id[0]) if word == "1" else word for word in words)
    result = _call(demo_dir, "closures", *known)
    assert result.exit_code == code, result.output
    assert told in result.stderr


def test_without_roads_nothing_can_be_closed(tmp_path: Path) -> None:
    assert _call(tmp_path / "new", "init").exit_code == 0
    result = _call(tmp_path / "new", "closures", "add", "--way", "1", "--reason", "维修")
    assert result.exit_code == 1
    assert "network build" in result.stderr
    assert _run(tmp_path / "new", "closures", "list") == {"closures": [], "notes": []}
