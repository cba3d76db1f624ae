"""Turn restrictions through ways: copied arcs that remember whence a vehicle came.

Where a restriction speaks of three arcs or more in a row, what may follow an arc depends on
the arcs before it. The graph of turns gets a copy of each arc but the first and the last of a
restriction. Its copies stand for "came just so far along the restriction", the arc itself for all
other ways to be on it; so each turn leads to the copy that remembers most, as in the automaton
of Aho and Corasick (1975), and what restrictions share is copied once. A trip that begins on an
arc knows nothing of what lies before it and is bound by nothing that began there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model import Ints
from geo.network import RoadNetwork
from geo.roadtags import TravelMode
from geo.travel.kernels import Ranks
from geo.travel.turns import TurnTable

__all__ = ["TurnStates", "turn_states"]

_Arcs = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TurnStates:
    """Arcs with their copies, and the turns between them.

    Parameters
    ----------
    arc
        Arc of each vertex in rising order, the first of each arc being no copy; shape (vertices,).
    tail, head
        Vertex before and after each turn, shape (turns,).
    table
        The turns; those of copies stand last, and are barred where a restriction through ways
        forbids them.
    """

    arc: Ints
    tail: Ranks
    head: Ranks
    table: TurnTable


def turn_states(network: RoadNetwork, mode: TravelMode, arcs: Ints, table: TurnTable) -> TurnStates:
    """Return arcs and turns of a mode in which restrictions through ways are heeded.

    Of restrictions that force a vehicle on, those that begin with the same arcs allow together
    what each allows; others bind one by one.

    Parameters
    ----------
    network, mode
        Roads, and who is bound.
    arcs
        The arcs that are not closed to the mode, in rising order.
    table
        Their turns.
    """
    memory = _Memory(network, mode)
    copies = list(memory.copies)
    arc = np.append(arcs, np.array([copy[-1] for copy in copies], dtype=np.int64))
    order = np.argsort(arc, kind="stable")
    vertex = np.empty(len(arc), dtype=np.int32)
    vertex[order] = np.arange(len(arc), dtype=np.int32)
    of_arc = np.full(2 * network.road_count, -1, dtype=np.int32)
    of_arc[arcs] = vertex[: len(arcs)]
    of_copy = dict(zip(copies, vertex[len(arcs) :].tolist(), strict=True))
    tail, head = of_arc[table.before], of_arc[table.after]
    for copy in copies:
        if len(copy) == 2:
            turn = _turns_out(table, copy[0])
            head[turn[table.after[turn] == copy[1]]] = of_copy[copy]
    turns, tails, heads, bars = [], [], [], []
    for copy in copies:
        for turn in _turns_out(table, copy[-1]).tolist():
            after = int(table.after[turn])
            turns.append(turn)
            tails.append(of_copy[copy])
            heads.append(of_copy.get(memory.kept((*copy, after)), int(of_arc[after])))
            bars.append(memory.bars(copy, after) << mode)
    if turns:
        table = TurnTable(
            np.append(table.before, table.before[turns]),
            np.append(table.after, table.after[turns]),
            np.append(table.angle_deg, table.angle_deg[turns]),
            np.append(table.barred, table.barred[turns] | np.array(bars, dtype=np.uint8)),
        )
        tail = np.append(tail, np.array(tails, dtype=np.int32))
        head = np.append(head, np.array(heads, dtype=np.int32))
    return TurnStates(arc[order], tail, head, table)


class _Memory:
    """What must be remembered of the arcs driven, two or more of them."""

    def __init__(self, network: RoadNetwork, mode: TravelMode) -> None:
        self.copies: dict[_Arcs, None] = {}
        self._forbidden: set[_Arcs] = set()
        self._forced: dict[_Arcs, set[int]] = defaultdict(set)
        offset = network.turn_path_offset.tolist()
        for row, (only, modes) in enumerate(network.turn_path_rules.tolist()):
            path: _Arcs = tuple(network.turn_path_arcs[offset[row] : offset[row + 1]].tolist())
            if not modes >> mode & 1:
                continue
            for size in range(2, len(path)):
                self.copies[path[:size]] = None
                if only:
                    self._forced[path[:size]].add(path[size])
            if not only:
                self._forbidden.add(path)

    def kept(self, driven: _Arcs) -> _Arcs:
        """Return the longest end of what was driven that must be remembered, or nothing."""
        ends = (driven[first:] for first in range(len(driven) - 1))
        return next((each for each in ends if each in self.copies), ())

    def bars(self, driven: _Arcs, after: int) -> bool:
        """Tell whether some restriction forbids an arc after those remembered."""
        ends = [driven[first:] for first in range(len(driven) - 1)]
        return any(
            (*each, after) in self._forbidden
            or (each in self._forced and after not in self._forced[each])
            for each in ends
        )


def _turns_out(table: TurnTable, arc: int) -> npt.NDArray[np.intp]:
    ends = np.array([arc, arc + 1], dtype=np.int32)  # of the table's kind, or all of it is copied
    return np.arange(*np.searchsorted(table.before, ends))
