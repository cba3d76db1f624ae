"""The demonstration district as files: sizes, consistency with the truth, and repeatability."""

import hashlib
import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from data.demo import DemoFiles, generate
from data.imports.columns import TABLES, TableKind
from geo.areafile import read_areas
from geo.areas import AreaSet
from geo.coordinates import distance_m
from geo.model import AreaKind
from geo.network import build_network
from geo.osmfile import read_features
from routes.model import CaseNumber
from tests.data.demo.conftest import AS_OF

Row = dict[str, Any]


def rows_of(path: Path) -> list[Row]:
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def truth_of(files: DemoFiles) -> list[Row]:
    claims: list[Row] = json.loads(files.truth.read_text("utf-8"))["claims"]
    return claims


@pytest.fixture(scope="session")
def areas(demo: DemoFiles) -> AreaSet:
    reading = read_areas(demo.areas)
    assert not reading.repairs
    return AreaSet(reading.areas)


def test_the_small_district_is_a_tenth(demo: DemoFiles) -> None:
    cases = rows_of(demo.cases)
    claims = [c[f"地址{n}"] for c in cases for n in range(1, 5) if c.get(f"地址{n}")]
    assert (len(cases), len(claims), len(rows_of(demo.outcomes))) == (300, 500, 250)
    assert len(truth_of(demo)) == 500


def test_headers_are_those_of_the_importers(demo: DemoFiles) -> None:
    for kind in TableKind:
        if kind not in (TableKind.CALENDAR, TableKind.PROPERTY):
            head = CalamineWorkbook.from_path(getattr(demo, kind.value)).get_sheet_by_index(0)
            known = [column.header for column in TABLES[kind]]
            assert head.to_python()[0][: len(known)] == known


def test_areas_cover_each_other(areas: AreaSet) -> None:
    district = areas.areas(AreaKind.JURISDICTION)[0].geometry
    for kind in (AreaKind.TOWNSHIP, AreaKind.GRID, AreaKind.STATION_TERRITORY):
        parts = [area.geometry for area in areas.areas(kind)]
        assert sum(part.area for part in parts) == pytest.approx(district.area, rel=1e-6)


def test_each_territory_has_its_station_inside(demo: DemoFiles, areas: AreaSet) -> None:
    stations = rows_of(demo.stations)
    spots = np.asarray([(s["经度"], s["纬度"]) for s in stations])
    found = areas.code_at(spots, kind=AreaKind.STATION_TERRITORY)
    assert found == [s["编号"] for s in stations]


def test_each_grid_has_one_liaison(demo: DemoFiles, areas: AreaSet) -> None:
    codes = [row["网格代码"] for row in rows_of(demo.liaisons)]
    assert sorted(codes) == sorted(area.code for area in areas.areas(AreaKind.GRID))


def test_doors_lie_in_the_district(demo: DemoFiles, areas: AreaSet) -> None:
    doors = np.asarray([c["address_lonlat"] for c in truth_of(demo) if c["address_lonlat"]])
    inside = areas.code_at(doors, kind=AreaKind.JURISDICTION)
    assert sum(code is not None for code in inside) > 0.97 * len(doors)


def test_roads_and_features_are_read(demo: DemoFiles) -> None:
    network = build_network(demo.roads)
    features = read_features(demo.roads)
    assert len(network.tail) > 700
    assert len(network.turns) >= 1
    numbered = len(features.house_numbers) / len(features.buildings)
    assert 0.25 < numbered < 0.35
    kinds = Counter(poi.kind for poi in features.pois)
    assert kinds["station"] == 2
    assert kinds["toll_booth"] == 2
    assert {"police", "courthouse", "townhall", "motorway_junction"} <= kinds.keys()
    for layer in ("water", "waterways", "coastline", "rail", "landuse", "boundaries"):
        assert len(getattr(features, layer)), layer


def test_case_numbers_are_unique_and_of_an_unassigned_court(demo: DemoFiles) -> None:
    numbers = [CaseNumber.parse(str(row["案号"])) for row in rows_of(demo.cases)]
    assert len(set(numbers)) == len(numbers)
    assert {number.court for number in numbers} == {"闽0599"}


def test_all_days_lie_in_order(demo: DemoFiles) -> None:
    for row in rows_of(demo.cases):
        filed = row["立案日期"]
        assert filed < AS_OF
        if row["依据送达日期"]:
            assert row["依据送达日期"] < filed
            assert row["履行期限届满日"] < filed
        assert not row["执行通知发出日期"] or filed <= row["执行通知发出日期"] <= AS_OF


def test_outcomes_follow_from_the_truth(demo: DemoFiles) -> None:
    truth = {(c["number"], c["address_text"]): c for c in truth_of(demo)}
    filed = {row["案号"]: row["立案日期"] for row in rows_of(demo.cases)}
    for row in rows_of(demo.outcomes):
        claim = truth[row["案号"], row["地址"]]
        at: datetime = row["时间"]
        assert filed[row["案号"]] < at.date() < AS_OF
        if row["结果"] in ("找到", "拒绝开门"):
            assert claim["true"]
        if row["结果"] in ("查无此址", "同名非本人"):
            assert not claim["true"]


def test_a_true_claim_means_the_debtors_door_or_work(demo: DemoFiles) -> None:
    true = [c for c in truth_of(demo) if c["true"]]
    near = [distance_m(c["address_lonlat"], c["debtor_lonlat"]).item() < 1.0 for c in true]
    assert sum(near) > 0.9 * len(true)
    assert all(c["fault"] is None for c in true)


def test_most_cases_may_be_visited_and_every_gate_occurs(demo: DemoFiles) -> None:
    cases = rows_of(demo.cases)
    open_cases = [
        c
        for c in cases
        if c["状态"] == "执行中"
        and c["名单等级"] != "红"
        and c["执行依据文号"]
        and c["依据送达日期"]
        and any(c.get(f"地址{n}依据") and c[f"地址{n}核对标识"] != "姓名" for n in range(1, 5))
    ]
    assert 0.58 < len(open_cases) / len(cases) < 0.74
    assert {"执行中", "和解", "暂缓履行", "中止", "结案"} <= {c["状态"] for c in cases}
    assert {"红", "白", "黑"} <= {c["名单等级"] for c in cases}
    assert any(c["已核对标识"] == "姓名" for c in cases)
    assert any(not c["执行依据文号"] for c in cases)
    assert {c["被执行人类型"] for c in cases} == {"自然人", "单位"}


def test_texts_are_messy_in_many_ways(demo: DemoFiles) -> None:
    flaws = Counter(flaw for c in truth_of(demo) for flaw in c["flaws"])
    wanted = {
        *("typo", "full_width", "phone", "old_name", "group", "poi_direction", "room"),
        *("no_township", "note", "label", "vague"),
    }
    assert wanted <= flaws.keys()


def test_the_same_seed_gives_the_same_bytes(demo: DemoFiles, tmp_path: Path) -> None:
    again = generate(tmp_path, seed=1, small=True, as_of=AS_OF)
    for name in DemoFiles.__slots__:
        first, second = (
            hashlib.sha256(getattr(files, name).read_bytes()).hexdigest() for files in (demo, again)
        )
        assert first == second, name


@pytest.mark.parametrize("seed", [7])
def test_other_seeds_give_other_districts(demo: DemoFiles, tmp_path: Path, seed: int) -> None:
    steps: list[tuple[int, int]] = []
    other = generate(
        tmp_path,
        seed=seed,
        small=True,
        as_of=date(2027, 1, 4),
        progress=lambda done, total: steps.append((done, total)),
    )
    assert truth_of(other) != truth_of(demo)
    assert len(rows_of(other.cases)) == 300
    assert steps[-1][0] == steps[-1][1]
    assert len(build_network(other.roads).tail) > 500
