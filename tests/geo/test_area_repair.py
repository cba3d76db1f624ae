from __future__ import annotations

import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from geo.area_repair import MAX_LOST_SHARE, mend
from geo.coordinates import area_m2

W, S, E, N = 118.60, 24.80, 118.64, 24.84
SHELL = [(W, S), (E, S), (E, N), (W, N)]
WHOLE_M2 = float(area_m2(box(W, S, E, N)))


def square(x: float, y: float, size: float) -> list[tuple[float, float]]:
    """Corners of a square, in hundredths of a degree from the south-west corner."""
    x, y, size = W + x / 100, S + y / 100, size / 100
    return [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]


def test_valid_polygon_stays_as_it_is() -> None:
    shape = Polygon(SHELL, [square(1, 1, 1)])
    assert mend(shape) == (shape, None)


def test_bow_tie_keeps_both_halves_and_says_where_it_crosses() -> None:
    polygon, mending = mend(Polygon([(W, S), (E, N), (E, S), (W, N)]))
    assert polygon is not None
    assert mending is not None
    assert polygon.is_valid
    assert mending.mended_m2 == pytest.approx(WHOLE_M2 / 2, rel=1e-3)
    assert mending.stated_m2 == pytest.approx(0, abs=1e-3 * WHOLE_M2)
    assert mending.changed_share > 0.99
    assert mending.lost_share < 1e-9
    assert str(mending.reason) == "边界自相交"
    assert mending.near is not None
    assert (mending.near.lon, mending.near.lat) == (118.62, 24.82)


@pytest.mark.parametrize(
    ("shape", "share_left", "share_lost", "reason"),
    [
        (Polygon(SHELL, [square(5, 5, 1)]), 1.0, 1 / 17, "空洞位于外边界之外"),
        (Polygon(SHELL, [square(1, 1, 2), square(1.5, 1.5, 0.5)]), 0.75, 0.0, "空洞中又有空洞"),
        (MultiPolygon([box(W, S, E, N), box(W, S, E, N)]), 1.0, 0.0, "边界自相交"),
        (Polygon([*SHELL, *SHELL]), 1.0, 0.0, "边界自相交"),
        (
            MultiPolygon([box(W, S, E, N), Polygon(square(1, 1, 1))]),
            1.0,
            0.0,
            "面的各部分互相套叠",
        ),
        (
            Polygon([(W, S), (E, S), (E, N), (E, N + 0.01), (E, N), (W, N)]),  # a spike
            1.0,
            0.0,
            "边界在一点上自相交",
        ),
    ],
)
def test_each_fault_is_named_and_measured(
    shape: Polygon, share_left: float, share_lost: float, reason: str
) -> None:
    polygon, mending = mend(shape)
    assert polygon is not None
    assert mending is not None
    assert polygon.is_valid
    assert mending.mended_m2 / WHOLE_M2 == pytest.approx(share_left, rel=1e-3)
    assert mending.lost_share == pytest.approx(share_lost, rel=1e-2, abs=1e-9)
    assert str(mending.reason) == reason


def test_pentagram_keeps_its_middle() -> None:
    turns = [math.pi / 2 + i * 4 * math.pi / 5 for i in range(5)]
    star = Polygon([(118.62 + 0.02 * math.cos(t), 24.82 + 0.02 * math.sin(t)) for t in turns])
    polygon, mending = mend(star)
    assert polygon is not None
    assert mending is not None
    assert polygon.contains(shapely.Point(118.62, 24.82))
    assert mending.lost_share < 1e-9


def test_hole_that_is_the_whole_shell_leaves_nothing() -> None:
    polygon, mending = mend(Polygon(SHELL, [SHELL]))
    assert polygon is None
    assert mending is not None
    assert mending.mended_m2 == 0.0


def test_limit_lies_between_a_slip_and_a_lost_part() -> None:
    _, slip = mend(Polygon(SHELL, [square(5, 5, 0.5)]))
    _, loss = mend(Polygon(SHELL, [square(5, 5, 1)]))
    assert slip is not None
    assert loss is not None
    assert slip.lost_share < MAX_LOST_SHARE < loss.lost_share


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=9))
def test_any_ring_is_mended_inside_its_own_outline(corners: list[tuple[int, int]]) -> None:
    shape = Polygon([(W + x / 1000, S + y / 1000) for x, y in corners])
    polygon, mending = mend(shape)
    if polygon is None:
        return
    assert polygon.is_valid
    assert polygon.area > 0
    assert shapely.covers(shape.convex_hull.buffer(1e-9), polygon)
    if mending is not None:
        assert 0.0 <= mending.lost_share <= 1.0
        lines = shapely.polygonize([shapely.union_all([shape.exterior])])
        every = shapely.union_all(shapely.get_parts(lines))
        kept_and_lost = mending.mended_m2 + mending.lost_m2
        # Edges are straight in degrees, areas geodesic: cutting an edge moves it by millimetres.
        assert kept_and_lost <= float(area_m2(every)) * (1 + 1e-4) + 1e-3
