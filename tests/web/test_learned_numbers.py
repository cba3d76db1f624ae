"""The table of learned numbers: every key has words, and what hardly moved is told apart."""

from __future__ import annotations

import pytest

from routes.locating.learning import Change
from routes.locating.vector import keys_of
from web.i18n import translator
from web.steps.learned_numbers import CHANGE_HEADS, change_lines, is_notable

KEYS = keys_of(("", "350599101"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_number_has_words_of_its_own(language: str) -> None:
    changes = [Change(key, 0.5, 0.6, 0.4, 0.7, 12.0) for key in KEYS]
    lines = change_lines(changes, translator(language))
    assert {len(line) for line in lines} == {len(CHANGE_HEADS)}
    assert len({line[0] for line in lines}) == len(KEYS)
    assert lines[0][1:] == ["0.5", "0.6", "0.4–0.7", "12"]


@pytest.mark.parametrize(
    ("key", "after", "notable"),
    [
        ("claim.fresh.lease", 0.52, False),
        ("claim.fresh.lease", 0.60, True),
        ("away.week", 0.52, False),
        ("away.week", 0.56, True),
        ("presence.township.350599101", 0.6, False),
        ("presence.township.350599101", 0.7, True),
    ],
)
def test_a_seventh_is_notable(key: str, after: float, notable: bool) -> None:
    assert is_notable(Change(key, 0.5, after, 0.0, 1.0, 9.0)) is notable


def test_so_is_a_number_outside_its_interval() -> None:
    assert is_notable(Change("away.day", 0.50, 0.53, 0.51, 0.55, 9000.0))
