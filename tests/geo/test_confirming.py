from __future__ import annotations

import pytest

from geo.addresses import parse
from geo.confirming import learnt_entries
from geo.gazetteer import build_gazetteer
from geo.geocoding import OfflineGeocoder
from geo.model import Candidate, GazetteerEntry, Point, Precision
from tests.geo import smalltown

FOUND = Point(118.6071, 24.8049)


def learn(text: str, point: Point = FOUND) -> tuple[GazetteerEntry, ...]:
    names = smalltown.gazetteer()
    parsed = parse(text, names=names.local_names)
    return learnt_entries(parsed, point, gazetteer=names, areas=smalltown.AREAS)


def after(entries: tuple[GazetteerEntry, ...], text: str) -> Candidate:
    """Return the best answer for a text once entries are known."""
    names = build_gazetteer(
        features=smalltown.FEATURES,
        network=smalltown.network(),
        areas=smalltown.AREAS,
        entries=(*smalltown.ENTRIES, *entries),
    )
    best = OfflineGeocoder(names, smalltown.AREAS).geocode(text).best
    assert best is not None
    return best


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("河埔镇中山路37号", "中山路３７号"),
        ("河埔镇中山路11号", "河埔镇前洋村中山路11号"),  # the map has it elsewhere
        ("河埔镇宗山路37号（租房）", "宗山路37号"),
        ("河埔镇前洋村66号", "河埔镇前洋村66号附1号"),
        ("河埔镇前洋村无名路8号", "无名路8号"),
    ],
)
def test_confirmed_door_is_the_next_answer(text: str, again: str) -> None:
    found = after(learn(text), again)
    assert found.precision is Precision.DOOR
    assert found.point == FOUND
    assert found.confidence > 0.85


def test_other_writing_of_a_road_becomes_an_alias() -> None:
    door, road = sorted(learn("河埔镇宗山路37号"), key=lambda entry: entry.kind)
    assert (road.kind, road.name, road.aliases) == ("road", "中山路", ("宗山路",))
    assert (door.kind, door.road, door.number, door.village) == ("door", "中山路", "37号", "前洋村")
    exact = after((road,), "河埔镇宗山路11号")
    assert "用字不同" not in str(exact.reason)


def test_other_writing_of_a_village_becomes_an_alias() -> None:
    entries = learn("河埔镇前样村66号")
    village = next(entry for entry in entries if entry.kind == "village")
    assert (village.name, village.aliases) == ("前洋村", ("前样村",))
    unit = smalltown.gazetteer().villages.exact("前洋村")[0]
    assert village.point == unit.point  # a door does not move its village


def test_named_point_is_learnt_without_room_or_person() -> None:
    (entry,) = learn("河埔镇东海制衣厂 13800000000")
    assert (entry.kind, entry.name) == ("poi", "东海制衣厂")
    assert after((entry,), "东海制衣厂").point == FOUND


@pytest.mark.parametrize("text", ["", "河埔镇", "前洋小学旁", "无"])
def test_nothing_is_learnt_from_what_names_no_place_of_its_own(text: str) -> None:
    assert learn(text) == ()
