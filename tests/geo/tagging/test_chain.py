"""Chosen spans and steps of training against trying every labelling."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from geo.tagging import kernels
from tests.geo.tagging.chains import (
    LEVELS,
    PER_CHARACTER,
    STATES,
    chances,
    labellings,
    random_model,
    score,
    spans,
)

LENGTH = 4


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("doubt", [0.05, 0.3, 0.6])
def test_chosen_spans_are_worth_most(seed: int, doubt: float) -> None:
    model, hashes = random_model(LENGTH, seed)
    model = replace(model, doubt=doubt, even=0.8)
    every = labellings(LENGTH)
    held: Counter[tuple[int, int, int]] = Counter()
    for p, each in zip(chances(model, every, 0.8), every, strict=True):
        held.update(dict.fromkeys(spans(each), p))

    def worth(each: tuple[int, ...]) -> float:
        return sum(held[span] - doubt for span in spans(each))

    labels, _ = model.label(np.array([0, LENGTH]), hashes)
    chosen = tuple(labels.tolist())
    assert chosen in every
    assert worth(chosen) == pytest.approx(max(map(worth, every)), abs=1e-3)


def test_texts_do_not_touch_each_other() -> None:
    model, hashes = random_model(6, 3)
    model = replace(model, doubt=0.2)
    both, _ = model.label(np.array([0, 2, 2, 6]), hashes)
    first, _ = model.label(np.array([0, 2]), hashes[:2])
    second, _ = model.label(np.array([0, 4]), hashes[2:])
    assert both.tolist() == first.tolist() + second.tolist()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("margin", [0.0, 1.5])
def test_a_step_of_training_follows_the_gradient(seed: int, margin: float) -> None:
    model, _ = random_model(LENGTH, seed)
    every = labellings(LENGTH)
    gold = every[np.random.default_rng(seed).integers(len(every))]
    rise = [margin * sum(a != b for a, b in zip(each, gold, strict=True)) for each in every]
    scores = np.array([score(model, each) for each in every]) + rise
    loss = float(np.logaddexp.reduce(scores)) - score(model, gold)
    chance = np.exp(scores - np.logaddexp.reduce(scores))
    slope = np.zeros((LENGTH, STATES))
    for p, each in zip([*chance, -1.0], [*every, gold], strict=True):
        slope[range(LENGTH), each] += p

    weights = np.stack([model.weights, np.zeros(len(model.weights))], axis=1).astype(np.float64)
    follows = np.stack([model.follows, np.zeros(model.follows.shape)], axis=2).astype(np.float64)
    found = kernels.train(
        np.array([0]), np.array([0, LENGTH]),
        np.arange(LENGTH * PER_CHARACTER, dtype=np.int32).reshape(LENGTH, PER_CHARACTER),
        model.first.astype(np.int64), model.labels, weights, follows,
        np.array(gold, np.int32), 0.5, 0.0, 0.0, margin, np.random.default_rng(0),
    )  # fmt: skip
    assert found == pytest.approx(loss, abs=1e-6)
    wanted = np.repeat(slope[:, None, :], PER_CHARACTER, axis=1).ravel()
    moved = weights[:, 0] - model.weights
    seen = np.abs(wanted) > 2e-4
    expected = -0.5 * wanted / (np.abs(wanted) + 0.1)
    assert moved[seen] == pytest.approx(expected[seen], abs=1e-6)

    flow = np.zeros((len(LEVELS) + 2, len(LEVELS) + 1))
    for p, each in zip([*chance, -1.0], [*every, gold], strict=True):
        before = len(LEVELS) + 1
        for label in each:
            level, place = ((label - 1) // 4 + 1, (label - 1) % 4) if label else (0, 3)
            if place in (0, 3):
                flow[before, level] += p
            before = level
    change = follows[:, :, 0] - model.follows
    assert change == pytest.approx(-0.5 * flow / (np.abs(flow) + 0.1), abs=1e-6)
