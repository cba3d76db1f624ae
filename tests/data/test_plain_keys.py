"""Texts are compared in the same form whether they are looked at together or one by one."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from data.cases import plain_key, plain_keys

_COMBINING = [chr(code) for code in range(0x300, 0x370)]
_TEXT = st.text(st.sampled_from("|｜ \u3000ＡaßIİ中㈱①가각<=") | st.sampled_from(_COMBINING))


@given(st.lists(_TEXT | st.text(), max_size=6))
def test_keys_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    assert plain_keys(texts) == list(map(plain_key, texts))


def test_nothing_joins_with_the_mark_between_texts() -> None:
    for code in range(0x110000):
        if unicodedata.combining(chr(code)):
            assert unicodedata.normalize("NFKC", f"|{chr(code)}")[0] == "|"
