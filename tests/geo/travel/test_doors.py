from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.travel.costs import LENGTH_SPAN
from geo.travel.doors import EDGE_SHARE, Doors, join
from geo.travel.reaching import reached_parts
from geo.travel.snapping import Snapped

WEIGHT = 60_000.0 * LENGTH_SPAN + 5_000.0  # a minute, 500 metres
SHUT = np.array([True, True])


def _door(share: float, low: float, high: float) -> Doors:
    """Return a point on a road that is closed both ways between two shares."""
    lonlat = np.zeros((1, 2))
    snapped = Snapped(np.array([0]), np.array([share]), np.zeros(1), lonlat)
    weights, both = np.full(2, WEIGHT), np.ones((1, 2))
    return join(lonlat, snapped, weights, SHUT, low * both, high * both)


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
            door,
            np.full(2, np.inf),
            np.full(2, WEIGHT),
            SHUT,
            np.full((1, 2), low),
            np.full((1, 2), high),
            np.inf,
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
