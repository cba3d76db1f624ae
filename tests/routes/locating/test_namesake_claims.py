"""An address that was decided to be a namesake's speaks of somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from routes.model import NamesakeRuling, OutcomeKind, VisitBand

from .samples import NAMESAKES, NOW, SAME, claim, lead, located, outcome

OWN, OTHER = claim("A"), claim("B", at=3, text="另一地址")


def ruled(ruling: NamesakeRuling) -> float:
    return located([OWN, replace(OTHER, ruling=ruling)]).claims[OWN.id].p_place


def test_a_namesakes_address_counts_no_more_than_an_expired_one() -> None:
    expired = replace(OTHER, expires_on=(NOW - timedelta(days=2)).date())
    gone = located([OWN, expired]).claims[OWN.id].p_place
    assert ruled(NAMESAKES) == pytest.approx(gone)
    assert ruled(SAME) < gone


def test_the_explanation_says_that_it_is_not_used() -> None:
    other = replace(OTHER, ruling=NAMESAKES)
    told = "".join(map(str, located([OWN, other]).claims[OTHER.id].evidence))
    assert "不再使用" in told


@pytest.mark.parametrize("kind", OutcomeKind)
def test_what_is_seen_at_a_namesakes_address_tells_nothing(kind: OutcomeKind) -> None:
    other = replace(OTHER, ruling=NAMESAKES)
    before = located([OWN, other])
    seen = outcome("O1", other, kind)
    for after in (located([OWN, other], [seen], [lead("L1", other)]), before.with_outcome(seen)):
        assert after.claims[other.id].p_place == 0.0
        assert after.claims[other.id].p_found(VisitBand.MORNING, "workday") == 0.0
        assert after.claims[OWN.id].p_place == before.claims[OWN.id].p_place


def test_an_address_that_an_own_claim_names_too_counts() -> None:
    again = replace(claim("C", at=3, text="第三地址"), expires_on=(NOW - timedelta(days=2)).date())
    other = replace(OTHER, ruling=NAMESAKES)
    found = outcome("O1", other, OutcomeKind.FOUND)
    assert located([OWN, other, again], [found]).claims[again.id].p_place > 0.5
    assert located([OWN, other, again]).with_outcome(found).claims[again.id].p_place > 0.5
