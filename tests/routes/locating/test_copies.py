"""Copies of one statement count once, wherever they point to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routes.model import ClaimId, ClaimSource, OutcomeKind, PlaceKind

from .samples import DEBTOR, claim, located, outcome

_SOURCES = st.sampled_from(ClaimSource)


def _elsewhere(claims) -> float:
    made = located(claims)
    places = {made.claims[c.id].place: made.claims[c.id].p_home for c in claims}
    return 1.0 - sum(places.values())


@settings(deadline=None, max_examples=60)
@given(
    _SOURCES,
    st.integers(0, 2000),
    st.floats(0.05, 1.0),
    st.lists(st.integers(0, 3), min_size=1, max_size=4),
)
def test_more_copies_of_one_statement_change_nothing(source, age_d, confidence, places) -> None:
    """Same source, text and day, geocoded to several places: P(elsewhere) is that of one."""
    first = claim("A", source=source, kind=PlaceKind.HOME, age_d=age_d, confidence=confidence)
    copies = [
        replace(claim(f"B{n}", source=source, at=at, confidence=confidence), seen_on=first.seen_on)
        for n, at in enumerate(places)
    ]
    assert _elsewhere([first, *copies]) == pytest.approx(_elsewhere([first]), abs=1e-12)
    assert _elsewhere([*copies, first]) == pytest.approx(_elsewhere([first]), abs=1e-12)


def test_another_statement_is_no_copy() -> None:
    first = claim("A")
    again = claim("B", at=1, source=ClaimSource.UTILITY, age_d=90)
    assert _elsewhere([first, again]) < _elsewhere([first])
    copied = claim("B", at=1, source=ClaimSource.OTHER, age_d=90)  # a source that copies
    assert _elsewhere([first, copied]) > _elsewhere([first])  # no second voice, and a weaker one


def test_a_home_that_is_entered_as_a_day_place_too_is_one_of_them() -> None:
    home = claim("A")
    work = replace(home, id=ClaimId("B"), kind=PlaceKind.WORK)
    alone, both = located([home]), located([home, work])
    assert both.claims[home.id].p_home < alone.claims[home.id].p_home
    assert both.claims[work.id].p_day < located([work]).claims[work.id].p_day
    told = " ".join(map(str, both.claims[home.id].evidence))
    assert "合计只算一次" in told
    assert "合计只算一次" not in " ".join(map(str, alone.claims[home.id].evidence))


def test_the_surer_place_gets_more_and_a_visit_there_hands_it_to_the_other() -> None:
    sure, unsure = claim("A", confidence=0.9), claim("B", at=1, confidence=0.3)
    before = located([sure, unsure])
    assert before.claims[sure.id].p_home > 2 * before.claims[unsure.id].p_home > 0.0
    gone = [outcome("O", sure, OutcomeKind.NO_SUCH_ADDRESS)]
    after = located([sure, unsure], gone)
    assert after.claims[unsure.id].p_home > before.claims[unsure.id].p_home
    assert after.elsewhere[DEBTOR.id] > before.elsewhere[DEBTOR.id]


def test_a_place_that_another_statement_names_keeps_its_own_odds() -> None:
    own = claim("O", text="另一示例", source=ClaimSource.UTILITY)
    first, copy = claim("A"), claim("B", at=1)
    alone, with_copy = located([own, first]), located([own, first, copy])
    least = located([own]).claims[own.id].p_home
    assert alone.claims[own.id].p_home != with_copy.claims[own.id].p_home
    assert min(least, alone.claims[own.id].p_home) * 0.8 < with_copy.claims[own.id].p_home
