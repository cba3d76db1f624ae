"""Small random models, and answers about them by trying every labelling."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from geo.tagging.model import AddressModel

LEVELS = ("road", "number")
STATES = 4 * len(LEVELS) + 1
PER_CHARACTER = 2
Labelling = tuple[int, ...]


def random_model(length: int, seed: int) -> tuple[AddressModel, npt.NDArray[np.uint64]]:
    """Return a model and the features of a text, no two of whose characters share one."""
    rng = np.random.default_rng(seed)
    count = length * PER_CHARACTER
    keys = np.sort(rng.choice(1 << 20, count, replace=False).astype(np.uint64)) << np.uint64(40)
    keys |= np.arange(1, count + 1, dtype=np.uint64)
    model = AddressModel(
        LEVELS,
        keys,
        (np.arange(count + 1) * STATES).astype(np.int32),
        np.tile(np.arange(STATES), count).astype(np.uint8),
        (rng.integers(-2048, 2048, count * STATES) / 1024).astype(np.float32),
        rng.normal(size=(len(LEVELS) + 2, len(LEVELS) + 1)).astype(np.float32),
    )
    return model, keys.reshape(length, PER_CHARACTER)


def labellings(length: int) -> list[Labelling]:
    """Return every labelling whose spans begin, go on and end as they should."""
    found = []
    for labels in product(range(STATES), repeat=length):
        inside = 0
        for label in labels:
            level, place = _parts(label)
            if (place in (1, 2)) != bool(inside) or (inside and level != inside):
                break
            inside = level if place in (0, 1) else 0
        else:
            if not inside:
                found.append(labels)
    return found


def score(model: AddressModel, labels: Labelling) -> float:
    """Return the score of a labelling, straight from the definition."""
    per_feature = model.weights.reshape(len(labels), PER_CHARACTER, STATES).astype(np.float64)
    total = sum(float(per_feature[t, :, label].sum()) for t, label in enumerate(labels))
    before = len(LEVELS) + 1
    for label in labels:
        level, place = _parts(label)
        if place in (0, 3):
            total += float(model.follows[before, level])
        before = level
    return total


def chances(model: AddressModel, every: list[Labelling], factor: float = 1.0) -> list[float]:
    """Return the probability of each labelling."""
    scores = np.array([score(model, labels) for labels in every]) * factor
    weight = np.exp(scores - scores.max())
    return list((weight / weight.sum()).tolist())


def spans(labels: Labelling) -> list[tuple[int, int, int]]:
    """Return level, start and end of each span of a labelling."""
    found, start = [], 0
    for t, label in enumerate(labels):
        level, place = _parts(label)
        start = t if place in (0, 3) else start
        if level and place in (2, 3):
            found.append((level, start, t + 1))
    return found


def _parts(label: int) -> tuple[int, int]:
    """Return the level, and the place in the span: begin, inside, end, single."""
    return ((label - 1) // 4 + 1, (label - 1) % 4) if label else (0, 3)
