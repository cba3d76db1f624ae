from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.strongparts import largest_part, parts_of_roads, strong_parts

ROADS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.booleans(), st.booleans()), max_size=14
)


@given(ROADS)
def test_parts_are_those_of_networkx(roads: list[tuple[int, int, bool, bool]]) -> None:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(8))
    graph.add_edges_from((tail, head) for tail, head, along, _ in roads if along)
    graph.add_edges_from((head, tail) for tail, head, _, against in roads if against)
    wanted = {frozenset(part) for part in nx.strongly_connected_components(graph)}
    tail, head, *ways = np.array(roads, dtype=np.int64).reshape(-1, 4).T
    part = parts_of_roads(8, tail, head, np.column_stack(ways).astype(bool))
    assert {frozenset(np.flatnonzero(part == each).tolist()) for each in part.tolist()} == wanted
    edges = np.array(list(graph.edges), dtype=np.int64).reshape(-1, 2)
    again = strong_parts(8, edges[:, 0], edges[:, 1])
    np.testing.assert_array_equal(part[:, None] == part, again[:, None] == again)


@pytest.mark.parametrize(
    ("part", "length_m", "largest"),
    [
        ([], [], -1),
        ([2, 0, 2], [1.0, 5.0, 2.0], 0),
        ([2, 0, 2], [3.0, 5.0, 3.0], 2),
        ([1, 3, 3], [4.0, 2.0, 2.0], 3),
        ([1, 3, 3], [0.0, 0.0, 0.0], 3),
        ([3, 1], [2.0, 2.0], 1),
    ],
)
def test_most_length_then_most_roads_then_the_lowest(
    part: list[int], length_m: list[float], largest: int
) -> None:
    assert largest_part(np.array(part, dtype=np.int64), np.array(length_m)) == largest
