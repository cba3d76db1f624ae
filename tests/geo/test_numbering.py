from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.frontage import Course, Frontage, KnownDoor, Plane, build_frontage
from geo.number_ranks import ranks, walk
from geo.numbering import Numbering

STEP_M = 20.0


@given(st.data(), st.integers(1, 6), st.integers(1, 6))
def test_ranks_are_the_counts_of_all_ways_to_give_numbers(
    data: st.DataObject, slots: int, houses: int
) -> None:
    slot = data.draw(st.integers(1, slots))
    ways: Counter[int] = Counter()
    if houses <= slots:  # which slots the houses use
        for used in itertools.combinations(range(1, slots + 1), houses):
            if slot in used:
                ways[used.index(slot) + 1] += 1
    else:  # which houses have a number
        for numbered in itertools.combinations(range(1, houses + 1), slots):
            ways[numbered[slot - 1]] += 1
    whole = sum(ways.values())
    assert dict(ranks(slot, slots, houses)) == pytest.approx(
        {rank: count / whole for rank, count in ways.items()}
    )


@given(st.integers(1, 30), st.integers(1, 40), st.floats(0.1, 1.0))
def test_walk_is_a_probability(steps: int, houses: int, filled: float) -> None:
    whole = sum(share for _, share in walk(steps, houses, filled))
    assert whole <= 1.0 + 1e-9
    assert houses < steps or whole == pytest.approx(1.0)


def street(known: dict[int, int], *, houses: int = 12, road: int = 0) -> Numbering:
    """Return a street of houses on both sides, odd on the left, 1 to 2 x houses."""
    left = [(STEP_M * (k + 0.5), 12.0) for k in range(houses)]
    right = [(STEP_M * (k + 0.5), -12.0) for k in range(houses)]
    places = [xy for pair in zip(left, right, strict=True) for xy in pair]
    doors = [KnownDoor(places[house], number, road, -1) for house, number in known.items()]
    none = (None, None)
    frontage = build_frontage(
        plane=Plane(),
        buildings_m=np.array(places),
        doors=doors,
        groups=(),
        lines_m=[shapely.LineString([(0.0, 0.0), (STEP_M * houses, 0.0)])],
        line_road=np.array([road]),
        line_way=np.array([7]),
        codes=[none] * len(places),
        door_codes=[none] * len(doors),
    )
    return Numbering(frontage)


def likeliest(numbering: Numbering, number: int) -> tuple[float, float]:
    stands = numbering.on_road(0, number)
    x_m, y_m = stands.xy_m[stands.weight.argmax()].tolist()
    return x_m, y_m


@given(st.integers(3, 20))
def test_number_between_two_doors_of_its_side(number: int) -> None:
    numbering = street({0: 1, 1: 2, 22: 23, 23: 24})
    x, y = likeliest(numbering, number)
    assert x == pytest.approx(STEP_M * ((number - 1) // 2 + 0.5))
    assert (y > 0) == bool(number % 2)


def test_doors_across_the_road_tell_how_far_numbers_have_come() -> None:
    x, y = likeliest(street({0: 1, 22: 23}), 12)
    assert y < 0
    assert x == pytest.approx(STEP_M * 5.5, abs=STEP_M)


def test_number_beyond_the_last_door_follows_it() -> None:
    x, y = likeliest(street({0: 1, 8: 9}), 11)
    assert (x, y > 0) == (pytest.approx(STEP_M * 5.5), True)


def test_door_out_of_order_does_not_break_the_row() -> None:
    x, y = likeliest(street({0: 1, 4: 99, 22: 23}), 13)
    assert (x, y > 0) == (pytest.approx(STEP_M * 6.5), True)


def test_gap_without_houses_follows_the_road() -> None:
    bend = [(0.0, 0.0), (200.0, 0.0), (200.0, 200.0)]
    ends = [(5.0, 10.0), (190.0, 195.0)]
    none = (None, None)
    frontage = build_frontage(
        plane=Plane(),
        buildings_m=np.array(ends),
        doors=[KnownDoor(ends[0], 1, 0, -1), KnownDoor(ends[1], 9, 0, -1)],
        groups=(),
        lines_m=[shapely.LineString(bend)],
        line_road=np.array([0]),
        line_way=np.array([1]),
        codes=[none, none],
        door_codes=[none, none],
    )
    stands = Numbering(frontage).on_road(0, 5)
    middle = stands.weight @ stands.xy_m / stands.weight.sum()
    assert np.hypot(*(middle - (195.0, 10.0))) < 60.0  # near the bend, not across the block


def test_unknown_road_has_no_stand() -> None:
    assert len(Numbering(Frontage()).on_road(3, 1).weight) == 0
    assert len(Numbering(Frontage()).in_group(0, 1).weight) == 0


def lane(known: dict[int, int], houses: int = 10) -> Numbering:
    places = [(STEP_M * k, 6.0) for k in range(houses)]
    none = (None, None)
    doors = [KnownDoor(places[house], number, -1, 0) for house, number in known.items()]
    frontage = build_frontage(
        plane=Plane(),
        buildings_m=np.array(places),
        doors=doors,
        groups=((None, "下厝"),),
        lines_m=[shapely.LineString([(-5.0, 0.0), (STEP_M * houses, 0.0)])],
        line_road=np.array([-1]),
        line_way=np.array([4]),
        codes=[none] * houses,
        door_codes=[none] * len(doors),
    )
    return Numbering(frontage)


@pytest.mark.parametrize("number", range(2, 10))
def test_lane_is_counted_from_house_to_house(number: int) -> None:
    stands = lane({0: 1, 9: 10}).in_group(0, number)
    assert stands.xy_m[stands.weight.argmax(), 0] == pytest.approx(STEP_M * (number - 1))


def test_course_goes_through_all_pieces() -> None:
    pieces = [shapely.LineString([(50, 0), (100, 0)]), shapely.LineString([(40, 0), (0, 0)])]
    course = Course.of(pieces, np.zeros((0, 2)))
    at, left = course.place(np.array([(10.0, 5.0), (90.0, -5.0)]))
    assert at[1] - at[0] == pytest.approx(80.0, abs=15.0)
    assert left.tolist() == [True, False]
    assert course.foot(float(at[1])) == pytest.approx((90.0, 0.0))
