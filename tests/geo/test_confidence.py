from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.confidence import (
    AnswerKind,
    Confidence,
    Curve,
    Evidence,
    Outcome,
    fit,
    read,
    shipped,
    to_toml,
)
from geo.errors import GazetteerError

SHARES = st.floats(0.0, 1.0)
EVIDENCE = st.builds(
    Evidence,
    st.sampled_from(AnswerKind),
    SHARES,
    st.floats(0.0, 30.0),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
)


@given(EVIDENCE, SHARES)
def test_more_agreement_never_lowers_confidence(evidence: Evidence, share: float) -> None:
    low, high = sorted((evidence.share, share))
    table = shipped()
    values = [
        table.of(Evidence(evidence.kind, each, evidence.loss, evidence.disorder, evidence.low))
        for each in (low, high)
    ]
    assert 0.0 <= values[0] <= values[1] < 1.0


@given(EVIDENCE)
def test_confidence_is_sure_or_stays_below(evidence: Evidence) -> None:
    value = shipped().of(evidence)
    assert value <= 0.89 or value >= 0.975


def test_table_keeps_its_values_as_text() -> None:
    assert read(to_toml(shipped(), note="one\ntwo"), file="x.toml") == shipped()


@pytest.mark.parametrize(
    "text", ["[", "[door]\nslope = 1", '[door]\nshare = "a"', "[planet]", "a = 1"]
)
def test_damaged_table_is_refused(text: str) -> None:
    with pytest.raises(GazetteerError, match=r"own\.toml"):
        read(text, file="own.toml")


def test_fit_finds_the_curve_that_made_the_answers() -> None:
    rng = np.random.default_rng(5)
    truth = Curve(base=-0.5, share=0.8, loss=-0.3)
    evidence = [
        Evidence(AnswerKind.ROW, share, loss)
        for share, loss in zip(
            rng.uniform(0.02, 0.98, 6_000), rng.uniform(0, 6, 6_000), strict=True
        )
    ]
    outcomes = [Outcome(each, bool(rng.random() < truth.at(each))) for each in evidence]
    found = fit(outcomes, start=Confidence()).curves[AnswerKind.ROW]
    assert found.base == pytest.approx(truth.base, abs=0.15)
    assert found.share == pytest.approx(truth.share, abs=0.1)
    assert found.loss == pytest.approx(truth.loss, abs=0.05)


def test_few_places_move_the_shipped_curves_little() -> None:
    evidence = Evidence(AnswerKind.DOOR, 0.95)
    before = shipped().curves[AnswerKind.DOOR].at(evidence)
    one = fit([Outcome(evidence, False)]).curves[AnswerKind.DOOR].at(evidence)
    many = fit([Outcome(evidence, False)] * 300).curves[AnswerKind.DOOR].at(evidence)
    assert before - 0.1 < one < before
    assert many < 0.2
    assert fit([]) == shipped()
