from __future__ import annotations

import pytest

from geo.address_reading import AddressReader
from geo.addresses import parse
from geo.doors import DoorFind, DoorFinder
from geo.gazetteer import build_gazetteer
from geo.model import GazetteerEntry, Point, Precision
from tests.geo import smalltown


def find(text: str, *entries: GazetteerEntry) -> list[DoorFind]:
    names = build_gazetteer(
        features=smalltown.FEATURES,
        network=smalltown.network(),
        areas=smalltown.AREAS,
        entries=(*smalltown.ENTRIES, *entries),
    )
    reading = AddressReader(names).read(parse(text, names=names.local_names))
    return DoorFinder(names).find(reading, limit=5)


def test_same_number_of_two_roads_of_one_name_is_shared() -> None:
    first, second = find("新华路8号")
    assert first.share == pytest.approx(second.share)
    assert first.share + second.share <= 1.0
    assert {first.township, second.township} == {"T1", "T2"}
    assert find("万安街道新华路8号")[0].share > 0.9


@pytest.mark.parametrize("text", ["河埔镇中山路11号附2号", "河埔镇中山路11-2号", "中山路11号之二"])
def test_other_mark_of_a_known_count(text: str) -> None:
    best = find(text)[0]
    assert best.precision is Precision.DOOR
    assert best.point == Point(118.6050, 24.8048)
    assert "附号" in str(best.reason)


def test_mark_that_is_known_is_taken_before_the_count() -> None:
    own = GazetteerEntry(
        "中山路11-2", "door", Point(118.6052, 24.8049), road="中山路", number="11-2"
    )
    assert find("河埔镇中山路11号附2号", own)[0].point == own.point
    assert find("河埔镇中山路11号", own)[0].point == Point(118.6050, 24.8048)


def test_door_of_the_court_outweighs_the_map() -> None:
    own = GazetteerEntry("中山路11", "door", Point(118.6090, 24.8049), road="中山路", number="11")
    (best, *_) = find("河埔镇中山路11号", own)
    assert best.point == own.point


def test_fronted_number_is_another_door() -> None:
    own = GazetteerEntry(
        "前洋村甲5号", "door", Point(118.6090, 24.8022), village="前洋村", number="甲5号"
    )
    assert find("河埔镇前洋村甲5号", own)[0].point == own.point
    assert find("河埔镇前洋村5号", own)[0].point == Point(118.6060, 24.8020)


def test_slips_add_up() -> None:
    losses = [find(text)[0].loss for text in ("河埔镇中山路11号", "河埔镇宗山路11号")]
    assert losses[0] == 0.0 < losses[1]


def test_nothing_to_find() -> None:
    assert find("河埔镇中山路") == []
    assert find("河埔镇中山路0号") == []
    assert find("某处9号") == []
