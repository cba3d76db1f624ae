from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from geo.areas import AreaSet
from geo.errors import GazetteerError, NetworkCacheError
from geo.gazetteer import build_gazetteer
from geo.model import GazetteerEntry, Point
from geo.osmfile import OsmFeatures
from geo.placefile import load_places, places_json
from geo.placenames import (
    Match,
    NameTable,
    disagreement,
    house_key,
    name_key,
    sound_key,
    village_stem,
)
from tests.geo import smalltown

HERE = Point(118.6, 24.8)


def test_entry_refuses_unknown_kind_and_empty_name() -> None:
    with pytest.raises(GazetteerError, match="planet"):
        GazetteerEntry("甲", "planet", HERE)
    with pytest.raises(GazetteerError, match="地名为空"):
        GazetteerEntry("  ", "poi", HERE)


def test_names_lead_to_their_units() -> None:
    names = smalltown.gazetteer()
    assert {unit.code for unit in names.villages.exact("前洋")} == {"G1", "G4"}
    assert [unit.code for unit in names.villages.exact("旧洋村")] == ["G1"]
    assert [unit.code for unit in names.villages.exact("霞坑")] == ["G2"]
    assert [unit.point for unit in names.villages.exact("后坑村")] == [Point(118.61, 24.818)]
    assert [unit.code for unit in names.townships.exact("河埔")] == ["T1"]
    assert names.settlements.exact("青屿县") == ()


def test_roads_of_one_name_that_do_not_touch_are_two() -> None:
    names = smalltown.gazetteer()
    roads = names.roads.exact("新华路")
    assert [set(road.within) for road in roads] == [{("T1", "G2")}, {("T2", "G4")}]
    (road,) = names.roads.exact("中山路")
    assert {township for township, _ in road.within} == {"T1", "T2"}
    assert names.roads.exact("老中山路") == (road,)


def test_nothing_known_is_no_error() -> None:
    names = build_gazetteer(
        features=OsmFeatures(), network=smalltown.network(), areas=AreaSet([]), entries=()
    )
    assert names.villages.match("前洋村") == ()
    assert names.home is None


@given(st.text(max_size=12))
def test_any_text_has_keys(text: str) -> None:
    assert name_key(f" {text}，") == name_key(text)
    assert isinstance(sound_key(name_key(text)), str)
    assert isinstance(village_stem(text), str)
    house_key(text)


@given(st.integers(0, 99999), st.sampled_from(["号", "", " 号"]))
def test_house_numbers_keep_their_count(number: int, ending: str) -> None:
    key = house_key(f"{number}{ending}")
    assert key is not None
    assert (key.main, key.mark) == (number, "")


@pytest.mark.parametrize(
    ("one", "other"),
    [("128号", "一百二十八号"), ("6号附1号", "6-1号"), ("12号之一", "12-1"), ("８号", "8")],
)
def test_writings_of_one_house_number(one: str, other: str) -> None:
    assert house_key(one) == house_key(other)


def test_house_numbers_that_differ() -> None:
    assert len({house_key(each) for each in ("8", "8a", "A8", "8-1", "18")}) == 5
    assert house_key("甲") is None


def test_name_table_finds_by_sound_and_by_one_slip() -> None:
    table: NameTable[int] = NameTable()
    table.add(("泉濑市第二医院", "二院"), 1)
    table.add(("泉濑市第三医院",), 2)
    table.add(("前洋村",), 3)
    assert best_of(table, "二院") == (1, Match.EXACT)
    assert best_of(table, "前样村") == (3, Match.SOUND)
    assert best_of(table, "泉濑第二医院") == (1, Match.NEAR)
    assert best_of(table, "前坑村") == (3, Match.NEAR)
    assert all(how.loss >= 9.0 for _, how in table.match("泉濑市第四医院"))  # another place
    assert table.match("后坑村") == ()


def best_of(table: NameTable[int], name: str) -> tuple[int, Match]:
    """Return what a name means first, and how it agrees."""
    item, agreement = table.match(name)[0]
    return item, agreement.how


@given(st.text(max_size=6), st.text(max_size=6))
def test_disagreement_is_nothing_for_equal_names_only(one: str, other: str) -> None:
    assert (disagreement(one, other) == 0.0) == (one == other)


_NAMES = st.text("东坑石桥洋", min_size=2, max_size=9)


@given(st.lists(_NAMES, max_size=8, unique=True), _NAMES)
def test_every_name_with_few_slips_is_found(names: list[str], text: str) -> None:
    table: NameTable[str] = NameTable()
    for name in names:
        table.add((name,), name)
    slips = 1 if len(text) < 6 else 2
    near = {
        name
        for name in names
        if Levenshtein.distance(text, name) <= slips and disagreement(text, name) <= 10.0
    }
    assert near <= {name for name, _ in table.match(text)}


def test_slips_of_the_ear_are_likelier_than_other_slips() -> None:
    heard = disagreement("前样村", "前洋村")
    southern = disagreement("后坑村", "后鸿村"), disagreement("南坑村", "兰坑村")
    other = disagreement("前坑村", "前洋村")
    assert 0.0 < heard < min(southern)
    assert disagreement("南坑村", "兰坑村") < other < disagreement("二院", "三院")


def test_places_are_kept_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "places.json"
    path.write_text(places_json(smalltown.FEATURES), encoding="utf-8")
    kept = load_places(path)
    assert kept.house_numbers == smalltown.FEATURES.house_numbers
    assert kept.places == smalltown.FEATURES.places
    assert kept.pois == smalltown.FEATURES.pois


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 99}', '{"version": 2}'])
def test_damaged_file_of_places_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "places.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NetworkCacheError, match=r"places\.json"):
        load_places(path)


def test_missing_and_half_written_places(tmp_path: Path) -> None:
    with pytest.raises(NetworkCacheError, match="缺失"):
        load_places(tmp_path / "none.json")
    whole = json.loads(places_json(smalltown.FEATURES))
    whole["pois"][0].pop()
    (tmp_path / "half.json").write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(NetworkCacheError, match=r"half\.json"):
        load_places(tmp_path / "half.json")
