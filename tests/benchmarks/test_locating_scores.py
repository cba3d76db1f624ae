"""Scores of the locating benchmark: right beliefs score well, shuffled and wrong ones do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.locating_scores import (
    calibration_error,
    chance_error,
    log_loss,
    mean_interval,
    ratio_interval,
)


@given(st.integers(0, 2**32 - 1))
def test_right_beliefs_err_no_more_than_chance_allows(seed: int) -> None:
    random = np.random.default_rng(seed)
    believed = random.beta(1.0, 3.0, 5_000)
    happened = random.random(5_000) < believed
    # A bin of 500 misses its mean by 0.016 on average.
    assert calibration_error(believed, happened) < 0.035
    assert calibration_error(believed, happened) < 3.0 * chance_error(believed, random) + 0.005


@given(st.integers(0, 2**32 - 1))
def test_shuffled_beliefs_err_by_their_spread(seed: int) -> None:
    random = np.random.default_rng(seed)
    believed = random.beta(0.5, 1.0, 5_000)
    happened = random.random(5_000) < random.permutation(believed)
    spread = np.abs(believed - believed.mean()).mean()
    assert calibration_error(believed, happened) == pytest.approx(spread, abs=0.04)
    assert spread > 0.2


def test_beliefs_that_are_too_high_err_by_what_they_are_too_high() -> None:
    believed = np.repeat([0.2, 0.6], 1_000)
    happened = np.tile([True] + 9 * [False], 200)
    assert calibration_error(believed, happened, bins=2) == pytest.approx(0.3)


def test_bins_hold_equally_many_even_where_beliefs_crowd() -> None:
    believed = np.concatenate((np.full(9_000, 0.01), np.full(1_000, 0.9)))
    happened = np.zeros(10_000, dtype=np.bool_)
    assert calibration_error(believed, happened) == pytest.approx(0.9 * 0.01 + 0.1 * 0.9)


def test_log_loss_is_the_mean_of_what_was_given_to_the_truth() -> None:
    said = log_loss(np.array([0.5, 0.25]), np.array([True, False]))
    assert said == pytest.approx(-(np.log(0.5) + np.log(0.75)) / 2.0)
    assert np.isfinite(log_loss(np.array([0.0, 1.0]), np.array([True, False])))


def test_an_interval_holds_its_value_and_narrows_with_seeds() -> None:
    random = np.random.default_rng(3)
    values = random.normal(1.0, 0.1, 400)
    few, many = mean_interval(values[:20]), mean_interval(values)
    for one in (few, many):
        assert one.low < one.value < one.high
    assert many.high - many.low < few.high - few.low
    assert mean_interval(values) == many


def test_a_ratio_takes_both_sides_from_the_same_seeds() -> None:
    below = np.random.default_rng(4).uniform(1.0, 9.0, 30)
    found = ratio_interval(1.2 * below, below)
    assert found.low == pytest.approx(1.2)
    assert found.high == pytest.approx(1.2)
