from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.clusters import Box, Clusters, cluster, world_points
from geo.model import Floats

WEST, SOUTH, EAST, NORTH = 118.50, 24.84, 118.70, 25.00
WHOLE = Box(WEST, SOUTH, EAST, NORTH)
TONES = 3


def scattered(count: int, seed: int) -> Floats:
    draw = np.random.default_rng(seed)
    points = draw.uniform((WEST, SOUTH), (EAST, NORTH), (count, 2))
    points[: count // 3] = draw.normal((118.6, 24.92), 0.002, (count // 3, 2))
    return points


def clustered(
    points: Floats, *, zoom: float, box: Box = WHOLE, side_px: float = 52.0, most: int = 10**6
) -> Clusters:
    tones = np.arange(len(points)) % TONES
    return cluster(points, tones, n_tones=TONES, box=box, zoom=zoom, side_px=side_px, most=most)


@given(st.integers(0, 400), st.integers(0, 99), st.integers(16, 38))
def test_no_point_is_lost_or_counted_twice(count: int, seed: int, half_zoom: int) -> None:
    points = scattered(count, seed)
    found = clustered(points, zoom=half_zoom / 2)
    assert found.count.sum() == count
    assert (found.mix.sum(axis=1) == found.count).all()
    assert (
        found.mix.sum(axis=0).tolist()
        == np.bincount(np.arange(count) % TONES, minlength=TONES).tolist()
    )
    if count:
        total = (found.lon * found.count).sum(), (found.lat * found.count).sum()
        assert np.allclose(total, points.sum(axis=0))
        assert np.allclose(found.box[:, :2].min(axis=0), points.min(axis=0))
        assert np.allclose(found.box[:, 2:].max(axis=0), points.max(axis=0))


@given(st.integers(1, 300), st.integers(0, 99), st.integers(20, 38))
def test_a_point_alone_is_told_by_its_own_position(count: int, seed: int, half_zoom: int) -> None:
    points = scattered(count, seed)
    found = clustered(points, zoom=half_zoom / 2)
    alone = found.count == 1
    assert np.allclose(points[found.member[alone], 0], found.lon[alone])
    assert np.allclose(points[found.member[alone], 1], found.lat[alone])


@given(st.integers(1, 300), st.integers(0, 99))
def test_what_is_joined_lies_near_and_middles_are_apart(count: int, seed: int) -> None:
    points, zoom, side_px = scattered(count, seed), 13.0, 52.0
    found = clustered(points, zoom=zoom, side_px=side_px)
    world_px = 256 * 2**zoom
    low = world_points(found.box[:, [0, 3]]) * world_px
    high = world_points(found.box[:, [2, 1]]) * world_px
    assert ((high - low) <= 3 * side_px + 1e-6).all()


def test_marks_stay_while_the_map_is_moved() -> None:
    points = scattered(4000, 1)
    whole = clustered(points, zoom=14)
    told = {(round(a, 9), round(b, 9)) for a, b in zip(whole.lon, whole.lat, strict=True)}
    part = clustered(points, zoom=14, box=Box(118.55, 24.89, 118.64, 24.96))
    inside = [
        (round(a, 9), round(b, 9))
        for a, b in zip(part.lon, part.lat, strict=True)
        if 118.551 < a < 118.639 and 24.891 < b < 24.959
    ]
    assert len(inside) > 200
    assert len(set(inside) - told) <= 0.02 * len(inside)  # those whose neighbour is cut off


def test_there_are_never_more_marks_than_a_page_can_draw() -> None:
    points = scattered(4000, 2)
    assert len(clustered(points, zoom=19, most=200).count) <= 200
    assert len(clustered(points, zoom=19).count) > 1000


def test_points_that_are_nowhere_and_points_elsewhere_are_left_out() -> None:
    points = np.array([[118.6, 24.9], [np.nan, np.nan], [120.0, 30.0]])
    found = clustered(points, zoom=12)
    assert found.count.tolist() == [1]
    assert found.member.tolist() == [0]
    assert len(clustered(np.zeros((0, 2)), zoom=12).count) == 0


def test_the_reckoned_world_gives_the_same() -> None:
    points = scattered(500, 3)
    tones = np.zeros(500, dtype=np.int64)
    given = [
        cluster(points, tones, n_tones=1, box=WHOLE, zoom=13, side_px=40, most=999, world=world)
        for world in (None, world_points(points))
    ]
    assert given[0].count.tolist() == given[1].count.tolist()
