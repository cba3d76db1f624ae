from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.door_clusters import gathered
from geo.model import Floats

NEAR_M = 95.0


def plainly(
    xy_m: Floats, weight: Floats, limit: int, least: float
) -> list[tuple[int, Floats, float, float]]:
    """Return the same by whole matrices."""
    near = np.hypot(*(xy_m[:, None] - xy_m[None]).transpose(2, 0, 1)) <= NEAR_M
    left = weight.copy()
    found: list[tuple[int, Floats, float, float]] = []
    while len(found) < limit:
        mass = np.array([sum(left[row].tolist()) for row in near])  # equal sets, equal sums
        best = int(mass.argmax())
        if mass[best] <= 0.0 or (found and mass[best] < least):
            break
        members, reached = near[best] & (left > 0.0), float(mass[best])
        middle = left[members] @ xy_m[members] / reached
        around = np.hypot(*(xy_m - middle).T) <= NEAR_M
        if left[around].sum() < reached * 0.999:
            middle = xy_m[best]
        else:
            members, reached = around & (left > 0.0), float(left[around].sum())
        away = np.hypot(*(xy_m - middle).T)
        order = np.argsort(away)
        heavy = np.cumsum(weight[order])
        radius = away[order[int(np.searchsorted(heavy, heavy[-1] * 2 / 3))]]
        found.append((int(np.where(members, left, 0.0).argmax()), middle, reached, float(radius)))
        left[members] = 0.0
    return found


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 48), st.sampled_from((20.0, 80.0, 300.0)))
def test_places_are_those_found_by_whole_matrices(seed: int, count: int, spread_m: float) -> None:
    rng = np.random.default_rng(seed)
    xy_m, weight = rng.normal(0.0, spread_m, (count, 2)), rng.random(count) ** 4
    least = 0.02 * float(weight.sum())
    found = zip(*(each.tolist() for each in gathered(xy_m, weight, 5, least, NEAR_M)), strict=True)
    for (first, middle, mass, radius), told in zip(
        plainly(xy_m, weight, 5, least), found, strict=True
    ):
        assert told[0] == first
        assert told[1:] == (pytest.approx(middle), pytest.approx(mass), pytest.approx(radius))


def test_nothing_of_no_weight() -> None:
    first, *_ = gathered(np.zeros((2, 2)), np.zeros(2), 5, 0.0, NEAR_M)
    assert len(first) == 0
