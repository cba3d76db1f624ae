"""How far a vehicle has come along turn restrictions through ways, for the oracles.

A state is an arc and a set of restrictions begun, each with the place in it of that arc. Nothing is
shared with the engine, which tells states apart by the arcs driven.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from geo.network import RoadNetwork

__all__ = ["PathRules", "State"]

State = tuple[int, frozenset[tuple[int, int]]]


class PathRules:
    """The restrictions through ways of a network.

    Parameters
    ----------
    network
        The roads.
    bound
        Sum of ``1 << mode`` over the modes of which one must be bound.
    """

    def __init__(self, network: RoadNetwork, bound: int) -> None:
        arcs = network.turn_path_arcs.tolist()
        rules = zip(
            pairwise(network.turn_path_offset.tolist()),
            network.turn_path_rules.tolist(),
            strict=True,
        )
        held = [(arcs[a:b], bool(only)) for (a, b), (only, modes) in rules if modes & bound]
        self._rules = held
        self._begun: dict[int, set[tuple[int, int]]] = defaultdict(set)
        for row, (path, _) in enumerate(held):
            self._begun[path[0]].add((row, 0))

    @property
    def first_arcs(self) -> list[int]:
        """The arcs that restrictions begin with."""
        return sorted(self._begun)

    def fresh(self, arc: int) -> State:
        """Return the state of a trip that began on an arc."""
        return arc, frozenset(self._begun.get(arc, ()))

    def after(self, state: State, arc: int) -> State | None:
        """Return the state after one more arc, or None where it is forbidden.

        Restrictions that force a vehicle on and of which as many arcs were driven were driven
        along together, so that they allow together what each allows.
        """
        going = set()
        allowed: dict[int, bool] = {}  # by how many arcs of those that force were driven
        for row, at in state[1]:
            path, only = self._rules[row]
            goes_on, ends = path[at + 1] == arc, at + 2 == len(path)
            if only and at > 0:
                allowed[at] = allowed.get(at, False) or goes_on
            if goes_on and ends and not only:
                return None
            if goes_on and not ends:
                going.add((row, at + 1))
        if not all(allowed.values()):
            return None
        return arc, frozenset(going | self._begun.get(arc, set()))
