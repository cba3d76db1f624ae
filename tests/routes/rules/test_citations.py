from __future__ import annotations

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


def test_every_rule_rests_on_something() -> None:
    for rule in RULES.values():
        assert rule.cites, rule.id
        assert rule.citation
