"""The list of whom to plan for: within its limits, the same each time, dense rather than far."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model import Floats, Ints
from routes.planning.preselect import Need, preselect

_CALM = settings(max_examples=60, deadline=None, derandomize=True)
_NOWHERE = np.zeros((0, 2))


def _chosen(tries: dict[str, Any], most: int, **limits: Any) -> Ints:
    given_limits = {"bases_m": _NOWHERE, "anchors_m": _NOWHERE, "most_places": 1 << 20, **limits}
    return preselect(**tries, most=most, **given_limits)


def _tries(seed: int, debtors: int, *, most_each: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(debtors), rng.integers(1, most_each + 1, debtors))
    n = len(owner)
    return {
        "tries_m": np.round(rng.uniform(0.0, 8_000.0, (n, 2)), -3),  # many share a point
        "values": rng.uniform(0.0, 2.0, n),
        "service_s": rng.choice([1200.0, 1800.0], n),
        "debtors": owner,
    }


@_CALM
@given(st.integers(0, 99), st.integers(0, 60), st.integers(0, 40), st.integers(1, 80))
def test_the_list_keeps_within_its_limits(seed: int, n: int, most: int, places: int) -> None:
    tries = _tries(seed, n)
    kept = _chosen(tries, most, most_places=places)
    assert kept.tolist() == sorted(set(kept.tolist()))
    assert len(kept) <= most
    points = tries["tries_m"][np.isin(tries["debtors"], kept)]
    assert len(np.unique(points, axis=0)) <= places
    assert kept.tolist() == _chosen(tries, most, most_places=places).tolist()
    if len(np.unique(tries["tries_m"], axis=0)) <= places:
        assert len(kept) == min(n, most)


@_CALM
@given(st.integers(0, 99), st.integers(2, 40), st.integers(1, 39), st.data())
def test_nobody_is_dropped_for_one_who_is_worse_in_everything(
    seed: int, n: int, most: int, data: st.DataObject
) -> None:
    tries = _tries(seed, n)
    bases = np.array([[0.0, 0.0], [5_000.0, 5_000.0]])
    worse = data.draw(st.integers(0, n - 1))
    rows = tries["debtors"] == worse
    better = {
        "tries_m": np.concatenate([tries["tries_m"], tries["tries_m"][rows]]),
        "values": np.concatenate([tries["values"], 1.1 * tries["values"][rows] + 0.01]),
        "service_s": np.concatenate([tries["service_s"], tries["service_s"][rows] - 60.0]),
        "debtors": np.concatenate([tries["debtors"], np.full(rows.sum(), n)]),
    }
    kept = _chosen(better, most, bases_m=bases)
    assert worse not in kept or n in kept


@_CALM
@given(st.integers(0, 99), st.integers(10, 40), st.integers(0, 12), st.integers(0, 6))
def test_who_is_needed_stays_while_there_is_room(seed: int, n: int, most: int, least: int) -> None:
    tries = _tries(seed, n)
    tries["values"][tries["debtors"] < 8] *= 0.01
    kept = _chosen(tries, most, needs=(Need(np.arange(8), least),))
    assert (kept < 8).sum() >= min(least, most)


def _spots(*spots: tuple[float, float, float]) -> dict[str, Any]:
    """Return one try a debtor: kilometres east and north, value."""
    table: Floats = np.array(spots)
    return {
        "tries_m": table[:, :2] * 1000.0,
        "values": table[:, 2],
        "service_s": np.full(len(spots), 1200.0),
        "debtors": np.arange(len(spots)),
    }


def test_a_village_outlasts_a_farm_that_is_worth_a_little_more() -> None:
    village = [(10.0, 10.0, 1.0), (10.1, 10.0, 1.0), (10.0, 10.1, 1.0)]
    assert _chosen(_spots((-30.0, 0.0, 1.2), *village), 3).tolist() == [1, 2, 3]
    assert 0 in _chosen(_spots((-30.0, 0.0, 9.0), *village), 3)


@pytest.mark.parametrize("limit", ["anchors_m", "bases_m"])
def test_a_door_by_the_way_is_preferred(limit: str) -> None:
    doors = _spots((20.0, 0.0, 1.0), (-20.0, 0.0, 1.0))
    near = {limit: np.array([[-20.5, 0.0], [-20.5, 0.2]])}
    assert _chosen(doors, 1, **near).tolist() == [1]


def test_a_debtor_is_judged_by_the_best_try() -> None:
    doors = _spots((0.0, 0.0, 0.5), (0.0, 0.0, 0.4), (0.0, 0.0, 0.6))
    doors["debtors"] = np.array([0, 1, 1])
    assert _chosen(doors, 1).tolist() == [1]


def test_there_may_be_nobody() -> None:
    assert _chosen(_tries(0, 0), 5).tolist() == []
