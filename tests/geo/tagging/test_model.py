"""Models as files, and spans from labels."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.address_text import code_points
from geo.errors import AddressModelError
from geo.tagging.model import AddressModel, load_model, save_model
from tests.geo.tagging.test_scoring import made

TEXTS = ["河埔镇前洋村8号", "", "中山路12号3栋", "x" * 70]


def laid(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    return code_points("".join(texts)), np.cumsum([0, *map(len, texts)]).astype(np.int64)


def saved(model: AddressModel) -> bytes:
    file = BytesIO()
    save_model(model, file)
    return file.getvalue()


def test_a_saved_model_gives_the_same_answers(tmp_path: Path) -> None:
    base = made(1)
    rounded = base.weights.astype(np.float16).astype(np.float32)
    model = replace(made(2), weights=made(2).weights.astype(np.float16), base=base, calm=0.5)
    model = replace(model, weights=model.weights.astype(np.float32))
    model = replace(model, base=replace(base, weights=rounded))
    path = tmp_path / "model.npz"
    path.write_bytes(saved(model))
    again = load_model(path)
    assert again.digest == model.digest
    codes, starts = laid(TEXTS)
    for one, other in zip(
        model.labels_of(codes, starts), again.labels_of(codes, starts), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@given(share=st.floats(0.0, 0.999))
def test_a_file_cut_short_is_refused(share: float) -> None:
    whole = saved(made(3))
    with pytest.raises(AddressModelError):
        load_model(BytesIO(whole[: int(share * len(whole))]))


def test_another_version_is_refused() -> None:
    file = BytesIO()
    np.savez_compressed(file, version=np.array(99), depth=np.array(1))
    file.seek(0)
    with pytest.raises(AddressModelError, match="另一版本"):
        load_model(file, name="法院.npz")


def test_a_file_without_models_is_refused() -> None:
    with np.load(BytesIO(saved(made(3)))) as arrays:
        version = arrays["version"]
    file = BytesIO()
    np.savez_compressed(file, version=version, depth=np.array(0))
    file.seek(0)
    with pytest.raises(AddressModelError):
        load_model(file)


@given(seed=st.integers(0, 300))
def test_spans_hold_the_labelled_characters(seed: int) -> None:
    model = made(seed)
    codes, starts = laid(TEXTS)
    labels, sure = model.labels_of(codes, starts)
    spans = model.spans(codes, starts)
    inside = np.zeros(len(codes), bool)
    for text, low, high, level, confidence in zip(
        spans.text, spans.start, spans.end, spans.level, spans.confidence, strict=True
    ):
        assert starts[text] <= low < high <= starts[text + 1]
        assert not inside[low:high].any()
        assert set((labels[low:high] - 1) // 4) == {level}
        assert confidence == pytest.approx(min(1.0, sure[low:high].min()))
        inside[low:high] = True
    np.testing.assert_array_equal(inside, labels > 0)


def test_texts_do_not_depend_on_their_neighbours() -> None:
    model = made(4)
    codes, starts = laid(TEXTS)
    labels, sure = model.labels_of(codes, starts)
    for text, low, high in zip(TEXTS, starts[:-1], starts[1:], strict=True):
        own, own_sure = model.labels_of(*laid([text]))
        np.testing.assert_array_equal(own, labels[low:high])
        np.testing.assert_allclose(own_sure, sure[low:high], atol=1e-6)
