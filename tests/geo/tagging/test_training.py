"""Training on labelled texts: a toy language is learnt, the same seed gives the same model."""

from __future__ import annotations

import random
from io import BytesIO

import numpy as np
import pytest

from geo.address_corpus import LabelledSpan, LabelledText
from geo.address_text import code_points
from geo.errors import AddressModelError
from geo.tagging.model import AddressModel, load_model, save_model
from geo.tagging.training import train

ROADS = "甲乙丙丁戊己庚辛"
NOISE = "天地玄黄"


def toy_texts(count: int, seed: int) -> list[LabelledText]:
    """Return texts of a road, a number and at times a note that is no part."""
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        road = "".join(rng.choices(ROADS, k=rng.randint(1, 3))) + "路"
        number = f"{rng.randint(1, 300)}号"
        note = "".join(rng.choices(NOISE, k=rng.randint(0, 2)))
        middle = len(road) + len(note)
        spans = (
            LabelledSpan("road", 0, len(road)),
            LabelledSpan("roadno", middle, middle + len(number)),
        )
        rows.append(LabelledText(road + note + number, spans))
    return rows


def right_texts(model: AddressModel, rows: list[LabelledText]) -> int:
    right = 0
    for row in rows:
        found = model.spans(code_points(row.text), np.array([0, len(row.text)]))
        spans = [
            (model.levels[level], start, end)
            for level, start, end in zip(found.level, found.start, found.end, strict=True)
        ]
        right += spans == [
            (span.level.value, span.start, span.end) for span in row.spans if span.level
        ]
    return right


def test_a_toy_language_is_learnt() -> None:
    model = train(toy_texts(300, 1), epochs=4)
    unseen = toy_texts(100, 2)
    assert model.levels == ("number", "road")
    assert right_texts(model, unseen) >= 98


def test_the_same_seed_gives_the_same_model() -> None:
    rows = toy_texts(60, 1)
    first, again, other = (train(rows, epochs=2, seed=seed) for seed in (5, 5, 6))
    assert first.digest == again.digest != other.digest


def test_names_of_the_district_may_be_told_in_training() -> None:
    model = train(toy_texts(300, 1), epochs=3, local=True)
    assert right_texts(model, toy_texts(50, 2)) >= 48


def test_a_model_builds_on_another_and_survives_its_file() -> None:
    base = train(toy_texts(100, 1), epochs=2)
    model = train(toy_texts(100, 3), epochs=2, base=base)
    assert model.base is base
    file = BytesIO()
    save_model(model, file)
    file.seek(0)
    assert load_model(file).digest == model.digest


def test_weights_near_nought_and_rare_features_are_left_out() -> None:
    rows = toy_texts(100, 1)
    model, whole = train(rows, epochs=2, rarest=3), train(rows, epochs=2, rarest=1)
    assert np.abs(model.weights).min() >= 0.149
    assert len(model.keys) < len(whole.keys)


def test_some_texts_are_kept_apart_to_fit_probabilities() -> None:
    assert train(toy_texts(100, 1), epochs=1).calm == 1.0
    rows = toy_texts(500, 1)
    torn = [
        LabelledText(row.text, row.spans[:1]) if turn % 3 == 0 else row
        for turn, row in enumerate(rows)
    ]
    assert train(torn, epochs=3).calm < 1.0


def test_progress_is_told_an_epoch() -> None:
    told: list[tuple[int, int]] = []
    train(toy_texts(20, 1), epochs=3, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("rows", [[], [LabelledText("甲路1号")], [LabelledText("")]])
def test_texts_without_labels_cannot_be_learnt_from(rows: list[LabelledText]) -> None:
    with pytest.raises(AddressModelError):
        train(rows)
