"""An address that was decided to be a namesake's speaks of somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from routes.model import NamesakeRuling, NamesakeVerdict

from .samples import NOW, claim, located

OWN, OTHER = claim("A"), claim("B", at=3, text="另一地址")


def ruled(verdict: NamesakeVerdict) -> float:
    ruling = NamesakeRuling(verdict, frozenset(), frozenset())
    return located([OWN, replace(OTHER, ruling=ruling)]).claims[OWN.id].p_place


def test_a_namesakes_address_counts_no_more_than_an_expired_one() -> None:
    expired = replace(OTHER, expires_on=(NOW - timedelta(days=2)).date())
    gone = located([OWN, expired]).claims[OWN.id].p_place
    assert ruled(NamesakeVerdict.DIFFERENT) == pytest.approx(gone)
    assert ruled(NamesakeVerdict.SAME) < gone


def test_the_explanation_says_that_it_is_not_used() -> None:
    ruling = NamesakeRuling(NamesakeVerdict.DIFFERENT, frozenset(), frozenset())
    other = replace(OTHER, ruling=ruling)
    told = "".join(map(str, located([OWN, other]).claims[OTHER.id].evidence))
    assert "不再使用" in told
