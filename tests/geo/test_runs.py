from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.runs import rows_of, runs

SIZES = st.lists(st.integers(0, 4), max_size=8)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 4)), max_size=8))
def test_runs_count_on_from_each_begin(pairs: list[tuple[int, int]]) -> None:
    begin, count = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    wanted = [number for first, size in pairs for number in range(first, first + size)]
    assert runs(begin, count).tolist() == wanted


@given(SIZES, st.data())
def test_rows_are_found_in_any_order(sizes: list[int], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(sizes) - 1))) if sizes else []
    offset = np.concatenate([[0], np.cumsum(np.array(sizes, dtype=np.int64))])
    wanted = [place for row in rows for place in range(offset[row], offset[row + 1])]
    assert rows_of(offset, np.array(rows, dtype=np.int64)).tolist() == wanted
