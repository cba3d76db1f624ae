"""Peers of the locating model: they learn, they see what the model sees, and nothing later."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from benchmarks.locating_peers import PEERS, Inputs, frequency_tables, inputs_of, latest_address
from benchmarks.locating_scores import log_loss
from benchmarks.locating_visits import WEEK_D, fixed_policy
from benchmarks.simulated_district import District, VisitRows, make_district, outcomes_of
from geo.model import Ints
from routes.locating import default_parameters
from routes.model import OutcomeKind

PARAMETERS = default_parameters()
WEEKS, LEARNED = 16, 12
FOUND = list(OutcomeKind).index(OutcomeKind.FOUND)


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(
        PARAMETERS, seed=511, debtors=400, start=date(2025, 9, 1), days=WEEKS * WEEK_D
    )


@pytest.fixture(scope="module")
def visited(district: District) -> tuple[VisitRows, Ints]:
    random = np.random.default_rng(5)
    return fixed_policy(district, weeks=range(WEEKS), chance=0.7, random=random)


@pytest.fixture(scope="module")
def inputs(district: District, visited: tuple[VisitRows, Ints]) -> Inputs:
    visits, kinds = visited
    outcomes = outcomes_of(district.known, visits, kinds)
    return inputs_of(district.known, outcomes, visits, PARAMETERS)


def cells(code: list[int], *, newest: list[bool]) -> Inputs:
    count = len(code)
    return Inputs(
        np.array(code),
        np.zeros(count, dtype=np.int64),
        np.array(newest),
        np.arange(count),
        np.zeros((count, 1)),
    )


def test_tables_hold_shares_drawn_to_those_above() -> None:
    past = cells([0] * 30 + [1] * 10, newest=[True] * 40)
    found = np.array([True] * 15 + [False] * 25)
    whole = 16.0 / 42.0
    of_cell = (15.0 + 30.0 * whole) / 60.0
    of_both = (15.0 + 30.0 * of_cell) / 60.0
    later = cells([0, 1, 2], newest=[True] * 3)
    said = frequency_tables(past, found, later)
    assert said[0] == pytest.approx(of_both)
    assert said[1] < whole
    assert said[2] == pytest.approx(whole)


def test_the_latest_address_has_a_share_of_its_own() -> None:
    past = cells([0] * 200, newest=[True] * 100 + [False] * 100)
    found = np.array([True, False] * 50 + ([True] + [False] * 9) * 10)
    said = latest_address(past, found, cells([0, 0], newest=[True, False]))
    assert said[0] == pytest.approx(0.5, abs=0.05)
    assert said[1] == pytest.approx(0.1, abs=0.05)


def test_every_peer_beats_the_mean_and_regression_the_others(
    visited: tuple[VisitRows, Ints], inputs: Inputs
) -> None:
    pytest.importorskip("sklearn")
    visits, kinds = visited
    late = visits.day >= LEARNED * WEEK_D
    found = kinds == FOUND
    losses = {
        name: log_loss(peer(inputs.take(~late), found[~late], inputs.take(late)), found[late])
        for name, peer in PEERS.items()
    }
    plain = log_loss(np.full(late.sum(), found[~late].mean()), found[late])
    assert max(losses.values()) < 1.01 * plain
    assert losses["logistic_regression"] == min(losses.values())
    assert losses["logistic_regression"] < 0.95 * plain


def test_inputs_heed_nothing_that_comes_after_their_monday(
    district: District, visited: tuple[VisitRows, Ints], inputs: Inputs
) -> None:
    visits, kinds = visited
    week = visits.day // WEEK_D
    before = outcomes_of(district.known, visits.take(week < 5), kinds[week < 5])
    alone = inputs_of(district.known, before, visits.take(week == 5), PARAMETERS)
    width = min(alone.table.shape[1], inputs.table.shape[1])
    assert np.array_equal(alone.table[:, :width], inputs.table[week == 5][:, :width])
    earlier = outcomes_of(district.known, visits.take(week < 2), kinds[week < 2])
    less = inputs_of(district.known, earlier, visits.take(week == 5), PARAMETERS)
    assert not np.array_equal(less.table, alone.table)
