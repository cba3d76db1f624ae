from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model import Floats, Ints
from geo.travel.doors import Ends
from geo.travel.hierarchy import HierarchySolver
from geo.travel.solvers import DijkstraSolver


class Graph:
    """Just vertices and edges."""

    def __init__(self, vertex_count: int, tail: list[int], head: list[int]) -> None:
        self.vertex_count = vertex_count
        self.tail = np.array(tail, dtype=np.int32)
        self.head = np.array(head, dtype=np.int32)


def ends(*points: list[tuple[int, float]]) -> Ends:
    """Return ends of points, each a list of vertices and costs."""
    flat = [end for point in points for end in point]
    first = np.append(0, np.cumsum([len(point) for point in points])).astype(np.int64)
    vertex = np.array([v for v, _ in flat], dtype=np.int32)
    cost = np.array([c for _, c in flat], dtype=np.float64)
    return Ends(first, vertex, cost, np.full(len(flat), -1), np.zeros(len(flat), dtype=bool))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Graph, Floats, Ints, Ends, Floats]:
    count = draw(st.integers(1, 12))
    vertex = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(vertex, vertex), max_size=40))
    weight = st.one_of(st.integers(1, 50).map(float), st.just(np.inf))
    weights = np.array(draw(st.lists(weight, min_size=len(pairs), max_size=len(pairs))))
    later = np.array(draw(st.lists(weight, min_size=len(pairs), max_size=len(pairs))))
    order = np.array(draw(st.permutations(range(count))), dtype=np.int64)
    seed = st.tuples(vertex, st.integers(0, 9).map(float))
    seeds = draw(st.lists(st.lists(seed, max_size=3), min_size=1, max_size=40))
    graph = Graph(count, [a for a, _ in pairs], [b for _, b in pairs])
    return graph, weights.reshape(-1), order, ends(*seeds), later.reshape(-1)


@settings(deadline=None, max_examples=150)
@given(cases())
def test_it_answers_as_dijkstra_does(case: tuple[Graph, Floats, Ints, Ends, Floats]) -> None:
    graph, weights, order, seeds, later = case
    solver, plain = HierarchySolver(graph, order), DijkstraSolver(graph)  # type: ignore[arg-type]
    metric, wanted = solver.metric(weights), plain.metric(weights)
    pins = np.arange(graph.vertex_count, dtype=np.int32)
    rows = metric.pinned(pins).rows(seeds)
    np.testing.assert_array_equal(rows, wanted.pinned(pins).rows(seeds))
    np.testing.assert_array_equal(metric.spread(seeds), wanted.spread(seeds))
    some = pins[::2]
    np.testing.assert_array_equal(metric.pinned(some).rows(seeds), rows[:, some])
    changed = np.flatnonzero(weights != later)
    corrected = metric.changed(later, changed)
    np.testing.assert_array_equal(corrected.slot_weights, solver.metric(later).slot_weights)
    np.testing.assert_array_equal(metric.slot_weights, solver.metric(weights).slot_weights)


@settings(deadline=None, max_examples=150)
@given(cases(), st.data())
def test_a_route_costs_what_its_edges_cost(
    case: tuple[Graph, Floats, Ints, Ends, Floats], data: st.DataObject
) -> None:
    graph, weights, order, seeds, _ = case
    solver, plain = HierarchySolver(graph, order), DijkstraSolver(graph)  # type: ignore[arg-type]
    vertex = st.integers(0, graph.vertex_count - 1)
    pins = ends(data.draw(st.lists(st.tuples(vertex, st.integers(-9, 9).map(float)), max_size=3)))
    one = seeds.some(np.array([0]))
    found, wanted = (each.metric(weights).route(one, pins) for each in (solver, plain))
    if wanted is None:
        assert found is None
        return
    assert found is not None
    assert found.cost == wanted.cost
    vertices = [one.vertex[found.seed], *graph.head[found.edges]]
    assert vertices[:-1] == graph.tail[found.edges].tolist()
    assert vertices[-1] == pins.vertex[found.pin]
    assert found.cost == one.cost[found.seed] + weights[found.edges].sum() + pins.cost[found.pin]


def test_threads_may_ask_at_the_same_time() -> None:
    rng = np.random.default_rng(3)
    graph = Graph(300, rng.integers(0, 300, 1500).tolist(), rng.integers(0, 300, 1500).tolist())
    solver = HierarchySolver(graph, rng.permutation(300))  # type: ignore[arg-type]
    metric = solver.metric(rng.integers(1, 1000, 1500).astype(np.float64))
    trips = [
        (ends([(a, 0.0)]), ends([(b, 0.0)])) for a, b in rng.integers(0, 300, (200, 2)).tolist()
    ]
    wanted = [found and found.cost for found in (metric.route(*trip) for trip in trips)]
    answers: list[list[float | None]] = [[], [], []]

    def ask(row: int) -> None:
        answers[row] = [found and found.cost for found in (metric.route(*t) for t in trips)]

    threads = [threading.Thread(target=ask, args=(row,)) for row in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [wanted] * 3


@pytest.mark.parametrize("count", [1, 3])
def test_a_graph_without_edges_reaches_only_itself(count: int) -> None:
    solver = HierarchySolver(Graph(count, [], []), np.arange(count))  # type: ignore[arg-type]
    metric = solver.metric(np.empty(0))
    rows = metric.pinned(np.arange(count, dtype=np.int32)).rows(ends([(0, 5.0)]))
    assert rows[0, 0] == 5.0
    assert np.isinf(rows[0, 1:]).all()
