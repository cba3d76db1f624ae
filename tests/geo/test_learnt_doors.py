"""A confirmed door places its neighbours better, and holds nothing of a person."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.addresses import parse
from geo.confirming import learnt_entries, speaks_of, spoken_names
from geo.gazetteer import Gazetteer, build_gazetteer
from geo.geocoding import OfflineGeocoder
from geo.model import GazetteerEntry, Point
from geo.nearby import near_distance_m
from geo.osmfile import HouseNumber, OsmFeatures
from tests.geo import smalltown

WEST_LON, STEP_LON, LAT = 118.6025, 0.00018, 24.8048
"""Of a road whose odd numbers stand on its south side."""


MAPPED = (1, 79)


def bent(number: int) -> Point:
    """Return where houses are on a road whose numbers run slowly first and fast later."""
    share = ((number - 1) / 78) ** 2
    return Point(WEST_LON + share * STEP_LON * 78, LAT)


def names(entries: tuple[GazetteerEntry, ...] = ()) -> Gazetteer:
    """Return the town with two known doors on the road, far apart."""
    numbers = tuple(
        HouseNumber("中山路", f"{number}号", bent(number).lon, LAT) for number in MAPPED
    )
    return build_gazetteer(
        features=OsmFeatures(house_numbers=numbers, places=smalltown.FEATURES.places),
        network=smalltown.network(),
        areas=smalltown.AREAS,
        entries=entries,
    )


def error_m(gazetteer: Gazetteer, number: int, true: Point) -> float:
    best = OfflineGeocoder(gazetteer, smalltown.AREAS).geocode(f"河埔镇中山路{number}号").best
    assert best is not None
    return near_distance_m(best.point, true)


def learn(gazetteer: Gazetteer, text: str, point: Point) -> tuple[GazetteerEntry, ...]:
    parsed = parse(text, names=gazetteer.local_names)
    return learnt_entries(parsed, point, gazetteer=gazetteer, areas=smalltown.AREAS)


@pytest.mark.parametrize("confirmed", [31, 39, 45])
def test_a_confirmed_door_places_its_neighbours_better(confirmed: int) -> None:
    before = names()
    after = names(learn(before, f"河埔镇中山路{confirmed}号", bent(confirmed)))
    near = (confirmed - 4, confirmed - 2, confirmed + 2, confirmed + 4)
    worse = [error_m(before, number, bent(number)) for number in near]
    better = [error_m(after, number, bent(number)) for number in near]
    assert sum(better) < 0.5 * sum(worse)
    assert max(better) < max(worse)
    assert error_m(after, confirmed, bent(confirmed)) < 1.0


@settings(max_examples=25, deadline=None)
@given(
    number=st.integers(2, 900),
    room=st.integers(101, 2908),
    person=st.sampled_from(("欧阳小白", "张示范", "联系人李某某")),
    phone=st.integers(13000000000, 19999999999),
)
def test_what_is_learnt_holds_road_number_and_point_alone(
    number: int, room: int, person: str, phone: int
) -> None:
    gazetteer = smalltown.gazetteer()
    text = f"河埔镇中山路{number}号{room}室（{person}{phone}）"
    for entry in learn(gazetteer, text, Point(118.6071, 24.8049)):
        held = f"{entry.name}{entry.aliases}{entry.number}{entry.road}{entry.village}"
        assert str(phone) not in held
        assert person not in held
        assert str(room) not in held.replace(str(number), "", 2)
        assert (entry.road, entry.kind) == ("中山路", "door")


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("河埔镇中山路41号", True),
        ("中山路１２号", True),
        ("河埔镇新华路37号", False),
        ("河埔镇前洋村5号", False),
        ("", False),
    ],
)
def test_which_addresses_speak_of_a_learnt_door(text: str, speaks: bool) -> None:
    gazetteer = smalltown.gazetteer()
    known = spoken_names(learn(gazetteer, "河埔镇中山路37号", Point(118.6071, 24.8049)))
    assert speaks_of(parse(text, names=gazetteer.local_names), known) is speaks


def test_a_numbered_group_is_no_place_of_its_own() -> None:
    """Else the 5组 of every other village would be sought there."""
    (door,) = learn(smalltown.gazetteer(), "河埔镇前洋村5组66号", Point(118.6071, 24.8025))
    assert (door.village, door.number) == ("前洋村", "66号")


def test_the_same_door_confirmed_again_is_one_house() -> None:
    before = names()
    again = names(learn(before, "河埔镇中山路1号", bent(1)))
    assert len(again.frontage.houses.number) == len(before.frontage.houses.number)


def test_a_village_door_is_spoken_of_by_its_village() -> None:
    gazetteer = smalltown.gazetteer()
    known = spoken_names(learn(gazetteer, "河埔镇前洋村66号", Point(118.6071, 24.8025)))
    for text, speaks in (("前洋村8号", True), ("前洋5号", True), ("后坑村3号", False)):
        assert speaks_of(parse(text, names=gazetteer.local_names), known) is speaks
