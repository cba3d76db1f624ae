from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from routes.rules import RULES
from routes.rules.citations import INSTRUMENTS, Verified, cite


def test_a_citation_shows_instrument_and_article_only() -> None:
    assert str(cite("CPL", 235, 247)) == "民事诉讼法第235条、第247条"
    assert str(cite("POLICY", "N1")) == "本院规则N1"
    assert str(cite("BKR")) == "企业破产法"
    with pytest.raises(KeyError):
        cite("NONE", 1)


def test_every_instrument_says_which_text_it_is() -> None:
    for instrument in INSTRUMENTS.values():
        assert instrument.title
        assert instrument.version
        assert instrument.verified in Verified
        assert 1990 < instrument.effective_on.year < 2030
    assert len({each.title for each in INSTRUMENTS.values()}) == len(INSTRUMENTS)


def test_a_text_older_than_the_newest_known_is_revised_from_the_newer_ones_first_day_on() -> None:
    old = INSTRUMENTS["PSP"]
    assert old.has_newer
    assert not old.revised_by(date(2025, 12, 31))
    assert old.revised_by(date(2026, 1, 1))
    read = replace(old, version=old.newest_version, effective_on=old.newest_on)
    assert not read.has_newer
    assert not read.revised_by(date(2026, 11, 25))
    assert not INSTRUMENTS["CPL"].revised_by(date(2026, 11, 25))
    assert (INSTRUMENTS["CPL"].newest_version, INSTRUMENTS["CPL"].newest_on) == (
        INSTRUMENTS["CPL"].version,
        INSTRUMENTS["CPL"].effective_on,
    )


def test_every_rule_rests_on_something() -> None:
    for rule in RULES.values():
        assert rule.cites, rule.id
        assert rule.citation
