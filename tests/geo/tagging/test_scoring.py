"""Scores, best labels and probabilities against plain sums and full enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.tagging.model import AddressModel


def column(label: int, width: int) -> int:
    return 3 * width if label == 0 else (label - 1) % 4 * width + (label + 3) // 4


def made(seed: int, *, features: int = 40, levels: int = 2, scale: float = 1.0) -> AddressModel:
    """Return a model of random weights; every third feature has weights for all labels."""
    rng = np.random.default_rng(seed)
    states = 4 * levels + 1
    low = rng.choice(7, features)  # lower halves repeat, so that keys stand beside each other
    high = rng.choice(2**31, features, replace=False) + 1
    keys = np.sort(high.astype(np.uint64) << np.uint64(32) | low.astype(np.uint64))
    sizes = np.where(rng.random(features) < 1 / 3, states, rng.integers(1, 4, features))
    labels = np.concatenate([rng.permutation(states)[:size] for size in sizes])
    return AddressModel(
        tuple(f"level{index}" for index in range(levels)),
        keys,
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
        labels.astype(np.uint8),
        rng.normal(0.0, scale, len(labels)).astype(np.float32),
        rng.normal(0.0, scale, (levels + 2, levels + 1)).astype(np.float32),
    )


def hashes_for(model: AddressModel, seed: int, count: int) -> npt.NDArray[np.uint64]:
    """Return known, unknown and absent features of some characters, five each."""
    rng = np.random.default_rng(seed)
    known = rng.choice(model.keys, (count, 5))
    unknown = known ^ np.uint64(1 << 63)
    turn = rng.random((count, 5))
    return np.where(turn < 0.6, known, np.where(turn < 0.8, unknown, np.uint64(0)))


def plain_scores(model: AddressModel, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    held = {
        int(key): range(int(model.first[row]), int(model.first[row + 1]))
        for row, key in enumerate(model.keys)
    }
    out = np.zeros((len(hashes), 4 * len(model.levels) + 1))
    for t, row in enumerate(hashes.tolist()):
        for key in row:
            for p in held.get(key, ()):
                out[t, model.labels[p]] += float(model.weights[p])
    return out


def level(label: int) -> int:
    return (label + 3) // 4


def path_score(
    path: tuple[int, ...], scores: npt.NDArray[np.float64], follows: npt.NDArray[np.float64]
) -> float | None:
    """Return the score of a sequence of labels, or None where its spans do not fit together."""
    total, before, within = 0.0, len(follows) - 1, 0
    for t, label in enumerate(path):
        place = (label - 1) % 4 if label else 3
        if place in (1, 2):
            if within != level(label):
                return None
        else:
            if within:
                return None
            total += follows[before, level(label)]
        within = level(label) if place in (0, 1) else 0
        if place in (2, 3):
            before = level(label)
        total += scores[t, label]
    return None if within else total


def every_path(
    scores: npt.NDArray[np.float64], follows: npt.NDArray[np.float64]
) -> dict[tuple[int, ...], float]:
    paths = itertools.product(range(scores.shape[1]), repeat=len(scores))
    found = ((path, path_score(path, scores, follows)) for path in paths)
    return {path: score for path, score in found if score is not None}


@pytest.mark.parametrize(("features", "levels"), [(1, 1), (40, 2), (500, 21), (300, 63)])
def test_scores_are_sums_of_weights(features: int, levels: int) -> None:
    model = made(features, features=features, levels=levels)
    hashes = hashes_for(model, 1, 30)
    scores = model.scores(hashes)
    columns = [column(label, scores.shape[1] // 4) for label in range(4 * levels + 1)]
    assert np.abs(scores[:, columns] - plain_scores(model, hashes)).max() < 5 * 0.5 / 1024 + 1e-5
    other = np.setdiff1d(np.arange(scores.shape[1]), columns)
    assert (scores[:, other] < -10_000).all()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    lengths=st.lists(st.integers(0, 4), min_size=1, max_size=3),
    scale=st.sampled_from([0.3, 1.0, 4.0]),
)
def test_best_labels_and_probabilities_by_enumeration(
    seed: int, lengths: list[int], scale: float
) -> None:
    model = made(seed, scale=scale)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    hashes = hashes_for(model, seed + 1, int(starts[-1]))
    labels, sure = model.label(starts, hashes)
    exact = plain_scores(model, hashes)
    follows = model.follows.astype(np.float64)
    for low, high in itertools.pairwise(starts.tolist()):
        if low == high:
            continue
        paths = every_path(exact[low:high], follows)
        found = tuple(labels[low:high].tolist())
        assert paths[found] == pytest.approx(max(paths.values()), abs=0.02)
        mass = {path: np.exp(score - max(paths.values())) for path, score in paths.items()}
        total = sum(mass.values())
        for t, label in enumerate(found):
            share = sum(value for path, value in mass.items() if path[t] == label) / total
            assert sure[low + t] == pytest.approx(share, abs=0.01)


def test_calm_flattens_probabilities() -> None:
    model = made(5)
    hashes = hashes_for(model, 6, 30)
    starts = np.array([0, 30])
    calm = AddressModel(
        model.levels, model.keys, model.first, model.labels, model.weights, model.follows, 0.3
    )
    first, sure = model.label(starts, hashes)
    second, less_sure = calm.label(starts, hashes)
    assert (first == second).all()
    assert less_sure.mean() < sure.mean()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**16), scale=st.sampled_from([1.0, 6.0]))
def test_labels_make_whole_spans_and_probabilities_are_numbers(seed: int, scale: float) -> None:
    model = made(seed, features=200, levels=21, scale=scale)
    starts = np.array([0, 50, 50, 120])
    hashes = hashes_for(model, seed, 120)
    labels, sure = model.label(starts, hashes)
    assert np.isfinite(sure).all()
    assert (sure >= 0).all()
    assert (sure <= 1.001).all()
    none = np.zeros((120, 4 * 21 + 1))
    for low, high in ((0, 50), (50, 120)):
        assert path_score(tuple(labels[low:high].tolist()), none, np.zeros((23, 22))) == 0.0
