"""What texts tell is the same whether they are looked at together or one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from routes.free_text import kind_in, kinds_in

_PIECES = [
    "12306",
    "1",
    "２",
    "车次",
    "D6521次",
    "座",
    "账号",
    "病历",
    "党员",
    "|",
    " ",
    "（2026）号",
]
_TEXT = st.lists(st.sampled_from(_PIECES), max_size=4).map("".join)


@given(st.lists(_TEXT, max_size=5))
def test_kinds_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    assert kinds_in(texts) == {kind for text in texts if (kind := kind_in(text)) is not None}
