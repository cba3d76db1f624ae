"""The table of names and the cut into words against plain ways to do the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.address_text import code_points
from geo.model import AddressLevel
from geo.tagging import kernels
from geo.tagging.lexicon import NO_LEXICON, Lexicon, country_lexicon, local_lexicon

UNKNOWN = 160  # cost of a character that begins no known word
LONGEST = 16

keys = st.integers(1, 2**64 - 1)
near = st.integers(0, 40).map(lambda high: high * 64 + 5)  # all begin at one place of 64


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.one_of(near, keys), st.integers(0, 2**32 - 1)), max_size=40))
def test_table_is_a_dictionary_whose_values_merge(rows: list[tuple[int, int]]) -> None:
    rows = [(key, value) for key, value in rows if key]
    merged: dict[int, int] = {}
    for key, value in rows:
        merged[key] = merged.get(key, 0) | value
    table, held = kernels.fill(
        np.array([key for key, _ in rows], np.uint64),
        np.array([value for _, value in rows], np.uint32),
        64,
    )
    assert {int(k): int(v) for k, v in zip(table, held, strict=True) if k} == merged
    for key in (*merged, 1, 5, 69, 2**63):
        at = kernels.find(table, np.uint64(key))
        assert (held[at] if at >= 0 else None) == merged.get(key)


def priced(words: dict[str, int]) -> Lexicon:
    """Return a lexicon of words with their price."""
    lengths = [len(word) for word in words]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    hashes = kernels.hash_prefixes(code_points("".join(words)), starts)
    held = np.zeros(len(hashes), np.uint32)
    held[starts[1:] - 1] = np.array(list(words.values()), np.uint32) << np.uint32(8)
    return Lexicon(*kernels.fill(hashes, held, 1024))


def cheapest(text: str, words: dict[str, int]) -> int:
    """Return the least cost of a cut of a text into words."""
    cost = [0]
    for stop in range(1, len(text) + 1):
        ways = [cost[stop - 1] + UNKNOWN]
        ways += [
            cost[start] + words[text[start:stop]]
            for start in range(max(0, stop - LONGEST), stop)
            if text[start:stop] in words
        ]
        cost.append(min(ways))
    return cost[-1]


@settings(deadline=None)
@given(
    words=st.dictionaries(
        st.text("甲乙丙", min_size=1, max_size=4), st.integers(1, 150), min_size=1, max_size=12
    ),
    texts=st.lists(st.text("甲乙丙丁", max_size=12), min_size=1, max_size=4),
)
def test_cut_into_words_is_the_cheapest(words: dict[str, int], texts: list[str]) -> None:
    lexicon = priced(words)
    starts = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
    none = NO_LEXICON
    _, word, length = kernels.read_names(
        code_points("".join(texts)), starts, lexicon.table, lexicon.held, none.table, none.held
    )
    for text, low, high in zip(texts, starts[:-1], starts[1:], strict=True):
        cost, at = 0, 0
        while at < len(text):
            size = int(length[low + at])
            assert (word[low + at : low + at + size] == at).all()
            assert (length[low + at : low + at + size] == size).all()
            piece = text[at : at + size]
            cost += words.get(piece, UNKNOWN if size == 1 else 10**6)
            at += size
        assert at == high - low
        assert cost == cheapest(text, words)


@pytest.mark.parametrize(
    ("text", "kind", "tags"),
    [
        ("福建省泉州市洛江区", 0, "123000000"),
        ("福建省泉州市洛江区", 2, "000123000"),
        ("福建省泉州市洛江区", 4, "000000123"),
        ("福建泉州", 1, "1300"),
        ("万安街道", 6, "1223"),
    ],
)
def test_divisions_and_townships_are_known(text: str, kind: int, tags: str) -> None:
    country, none = country_lexicon(), NO_LEXICON
    found, _, _ = kernels.read_names(
        code_points(text),
        np.array([0, len(text)]),
        country.table,
        country.held,
        none.table,
        none.held,
    )
    assert "".join(map(str, found[:, kind])) == tags


def test_the_longest_local_name_wins() -> None:
    local = local_lexicon([("前洋", AddressLevel.VILLAGE), ("前洋头村", AddressLevel.VILLAGE)])
    none = NO_LEXICON
    found, _, _ = kernels.read_names(
        code_points("前洋头村前洋"),
        np.array([0, 6]),
        none.table,
        none.held,
        local.table,
        local.held,
    )
    village = kernels.CLASSES + 1
    assert found[:, village].tolist() == [1, 2, 2, 3, 1, 3]


def test_a_lexicon_of_no_names_is_the_empty_one() -> None:
    assert local_lexicon({}) is NO_LEXICON
    assert local_lexicon({"": AddressLevel.ROAD, "省": AddressLevel.PROVINCE}) is NO_LEXICON
