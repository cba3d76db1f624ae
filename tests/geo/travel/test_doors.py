from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.roadtags import RoadClass
from geo.travel import load_engine
from geo.travel.closures import Closure, ref_of
from geo.travel.costs import LENGTH_SPAN
from geo.travel.doors import EDGE_SHARE, WALK_M_S, Doors, Shut, join
from geo.travel.reaching import reached_parts
from geo.travel.snapping import Snapped, near_m
from tests.geo.roads import LAT, LON, STEP, network_of

WEIGHT = 60_000.0 * LENGTH_SPAN + 5_000.0  # a minute, 500 metres


def _door(share: float, low: float, high: float) -> Doors:
    """Return a point on a road that is closed both ways between two shares."""
    lonlat = np.zeros((1, 2))
    snapped = Snapped(np.array([0]), np.array([share]), np.zeros(1), lonlat)
    return join(lonlat, snapped, np.full(2, WEIGHT), _shut(low, high))


def _shut(low: float, high: float) -> Shut:
    return Shut(np.arange(2), np.array([low, 1.0 - high]), np.array([high, 1.0 - low]))


_inner = st.floats(0.01, 0.99)


@settings(deadline=None)  # the first call compiles
@given(_inner, _inner, st.integers(-3, 3))
@example(0.3, 0.9, 1)  # 1 - share is 1 - low here, though share is not low
@example(0.1, 0.3, -1)
def test_who_may_come_to_a_closure_s_edge_may_leave_it_again(
    one: float, other: float, ulps: int
) -> None:
    low, high = sorted((one, other))
    high = max(high, low + 1e-6)
    for edge, inner_end in ((low, 0), (high, 1)):
        share = edge + ulps * np.spacing(edge)
        door = _door(share, low, high)
        comes, leaves = np.isfinite(door.done[0]), np.isfinite(door.left[0])
        assert comes.tolist() == [inner_end == 0, inner_end == 1]
        assert leaves.tolist() == [inner_end == 1, inner_end == 0]
        drives = reached_parts(
            door, np.full(2, np.inf), np.full(2, WEIGHT), _shut(low, high), np.inf
        )
        away = np.abs(drives.to_share - drives.from_share) > 2 * EDGE_SHARE
        assert drives.to_share[away].tolist() == [float(inner_end)]


@settings(deadline=None)
@given(_inner, _inner, _inner)
def test_a_road_drawn_the_other_way_round_has_the_same_open_sides(
    share: float, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    high = max(high, low + 1e-6)
    door, turned = _door(share, low, high), _door(1.0 - share, 1.0 - high, 1.0 - low)
    assert (np.isfinite(door.done) == np.isfinite(turned.done[:, ::-1])).all()
    assert (np.isfinite(door.left) == np.isfinite(turned.left[:, ::-1])).all()


@settings(deadline=None, max_examples=60)
@given(st.floats(0.05, 1.95), st.floats(-0.2, 0.2), st.floats(0.0, 0.02), st.booleans())
def test_a_door_and_the_house_across_are_joined_on_foot(
    along: float, beside: float, further: float, closed: bool
) -> None:
    """Also on a one-way street and on a closed road, whatever rounding does to the distances."""
    network = network_of([(0, 0), (2, 0)], [(0, 1, RoadClass.RESIDENTIAL, ">", False)])
    engine = load_engine(network)
    if closed:
        engine = engine.with_closures([Closure("F1", "积水", roads=(ref_of(network, 0),))])
    here = np.array([(LON + along * STEP, LAT + beside * STEP)])
    over = np.array([(LON + (along + further) * STEP, LAT - beside * STEP)])
    spot = engine.snap(here).lonlat
    for first, second in ((here, over), (over, here), (here, spot), (spot, here)):
        straight_s = float(near_m(first, second)[0]) / WALK_M_S
        travel_s = float(engine.matrix(first, second).travel_s[0, 0])
        assert travel_s <= straight_s + 0.001
