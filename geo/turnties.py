"""The roads and junctions that turn restrictions speak of.

Roads end at the nodes of restrictions, see :attr:`geo.turnrestrictions.TurnRestrictions.node_ids`,
so that a way between two of them is made of whole roads.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.model import Ints
from geo.roadchains import Chains
from geo.roadtags import TravelMode
from geo.turnrestrictions import PathRestriction, TurnRestrictions

__all__ = ["TiedTurns", "tie_to_roads", "via_rows"]

_FATES = (
    *("turns_kept", "turns_ambiguous", "turns_no_road", "turns_gap"),
    *("turns_repeated", "turns_incomplete"),
)
"""What became of a relation, the first that holds of any of its turns."""

_Fate = dict[int, set[str]]


class TiedTurns(NamedTuple):
    """Turn restrictions as in :class:`geo.network.RoadNetwork`, and what became of relations.

    ``counts`` are fields of the report; ``left_ids`` has the relations through ways that were
    left, with the reason.
    """

    turns: npt.NDArray[np.int32]
    path_offset: Ints
    path_arcs: npt.NDArray[np.int32]
    path_rules: npt.NDArray[np.int32]
    counts: Counter[str]
    left_ids: tuple[tuple[int, str], ...]


def tie_to_roads(
    restrictions: TurnRestrictions, chains: Chains, node_row: Mapping[int, int]
) -> TiedTurns:
    """Find the roads and junctions of restrictions.

    Parameters
    ----------
    restrictions
        Those of the file.
    chains
        The roads, with the nodes they run between.
    node_row
        Row of each of the restrictions' nodes by its id; those not in the network may be missing.
    """
    fate: _Fate = defaultdict(set)
    for relation, reason in restrictions.broken:
        fate[relation].add(reason)
    ends = _ends_at(chains, set(node_row.values()))
    turns = _tied_nodes(restrictions, chains, node_row, ends, fate)
    paths = _tied_paths(restrictions, chains, ends, fate)
    counts = Counter(restrictions.left)
    counts["turns_read"] = restrictions.read
    left_ids = []
    for relation, reasons in sorted(fate.items()):
        reason = next(each for each in _FATES if each in reasons)
        counts[reason] += 1
        if relation in restrictions.path_id:
            if reason == "turns_kept":
                counts["turns_kept_via_way"] += 1
            else:
                left_ids.append((restrictions.path_id[relation], reason.removeprefix("turns_")))
    arcs = [arc for path, _ in paths for arc in path]
    return TiedTurns(
        np.array([(*key, modes) for key, modes in turns.items()], dtype=np.int32).reshape(-1, 5),
        np.cumsum([0, *(len(path) for path, _ in paths)], dtype=np.int64),
        np.array(arcs, dtype=np.int32),
        np.array([(only, modes) for (_, only), modes in paths.items()], dtype=np.int32).reshape(
            -1, 2
        ),
        counts,
        tuple(left_ids),
    )


def _tied_nodes(
    restrictions: TurnRestrictions,
    chains: Chains,
    node_row: Mapping[int, int],
    ends: Mapping[tuple[int, int], Sequence[tuple[int, int]]],
    fate: _Fate,
) -> dict[tuple[int, int, int, int], int]:
    """Return the modes bound by road, junction, next road and ``only``."""
    rows: dict[tuple[int, int, int, int], int] = {}
    for each in restrictions.rows:
        via = node_row.get(each.via_node_id, -1)
        before = _roads(chains, ends.get((via, each.from_way_id), ()), each.modes, leaving=False)
        after = _roads(chains, ends.get((via, each.to_way_id), ()), each.modes, leaving=True)
        if each.u_turn and each.from_way_id == each.to_way_id:
            pairs = [(road, road) for road in before if road in after]
        else:
            pairs = [(one, other) for one in before for other in after]
        if not pairs:
            fate[each.relation].add("turns_no_road")
        elif len(pairs) > 1 and not (each.u_turn and each.from_way_id == each.to_way_id):
            fate[each.relation].add("turns_ambiguous")
        else:
            fate[each.relation].add("turns_kept")
            for one, other in pairs:
                key = (one, via, other, int(each.only))
                rows[key] = rows.get(key, 0) | each.modes
    return rows


def _tied_paths(
    restrictions: TurnRestrictions,
    chains: Chains,
    ends: Mapping[tuple[int, int], Sequence[tuple[int, int]]],
    fate: _Fate,
) -> dict[tuple[tuple[int, ...], int], int]:
    """Return the modes bound by arcs in order of travel and ``only``.

    A mode is bound where it can drive the arcs and there is one such way.
    """
    rows: dict[tuple[tuple[int, ...], int], int] = {}
    if not restrictions.paths:
        return rows
    via_arcs = _via_arcs(restrictions.paths, chains)
    for each in restrictions.paths:
        ways: dict[int, list[tuple[int, ...]]] = defaultdict(list)  # by mode
        for arcs, modes in _driven(each, chains, ends, via_arcs):
            for mode in TravelMode:
                if modes >> mode & 1:
                    ways[mode].append(arcs)
        if not ways:
            fate[each.relation].add("turns_no_road")
        for bound, found in ways.items():
            if len(found) > 1:
                fate[each.relation].add("turns_ambiguous")
                continue
            fate[each.relation].add("turns_kept")
            key = (found[0], int(each.only))
            rows[key] = rows.get(key, 0) | 1 << bound
    return rows


def _via_arcs(paths: Sequence[PathRestriction], chains: Chains) -> dict[tuple[int, int], list[int]]:
    """Return the arcs out of each node along each way that paths lead over, by node and way."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    wanted = np.array(sorted({way for path in paths for way in path.via_way_ids}), dtype=np.int64)
    way = chains.end_way_id
    whole = np.isin(way[:, 0], wanted) & (way[:, 0] == way[:, 1])
    for road in np.flatnonzero(whole).tolist():
        for end, nodes in enumerate((chains.roads.tail, chains.roads.head)):
            found[int(nodes[road]), int(way[road, 0])].append(2 * road + end)
    return found


def _driven(
    path: PathRestriction,
    chains: Chains,
    ends: Mapping[tuple[int, int], Sequence[tuple[int, int]]],
    via_arcs: Mapping[tuple[int, int], Sequence[int]],
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield the arcs by which a path can be driven, no road between twice, and by which modes."""
    roads, last = chains.roads, len(path.via_way_ids) - 1

    def modes_of(arc: int) -> int:
        levels = roads.access[arc >> 1, arc & 1]
        return sum(1 << mode for mode in TravelMode if levels[mode])

    def end_of(arc: int) -> int:
        return int((roads.tail if arc & 1 else roads.head)[arc >> 1])

    starts = [
        2 * road + 1 - end
        for (_, way), found in ends.items()
        if way == path.from_way_id
        for road, end in found
    ]
    # arcs so far, which of the ways between the last is of, and the modes that can drive them
    under_way: list[tuple[tuple[int, ...], int, int]] = [
        ((arc,), -1, path.modes & modes_of(arc)) for arc in starts
    ]
    while under_way:
        arcs, at, modes = under_way.pop()
        if not modes:
            continue
        node = end_of(arcs[-1])
        if at == last:
            for road, end in ends.get((node, path.to_way_id), ()):
                if whole := modes & modes_of(2 * road + end):
                    yield (*arcs, 2 * road + end), whole
        used = {arc >> 1 for arc in arcs}
        for following in range(max(at, 0), min(at + 1, last) + 1):
            under_way += [
                ((*arcs, arc), following, modes & modes_of(arc))
                for arc in via_arcs.get((node, path.via_way_ids[following]), ())
                if arc >> 1 not in used
            ]


def _ends_at(chains: Chains, vias: set[int]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Return roads and which end (0 tail, 1 head) stands at a node, by node and way."""
    at: dict[tuple[int, int], list[tuple[int, int]]] = {}
    wanted = np.array(sorted(vias), dtype=np.int64)
    for end, nodes in enumerate((chains.roads.tail, chains.roads.head)):
        for road in np.flatnonzero(np.isin(nodes, wanted)).tolist():
            key = int(nodes[road]), int(chains.end_way_id[road, end])
            at.setdefault(key, []).append((road, end))
    return at


def _roads(
    chains: Chains, ends: Sequence[tuple[int, int]], modes: int, *, leaving: bool
) -> list[int]:
    """Return those roads by which some mode may come to the node, or leave it."""
    bound = [mode for mode in TravelMode if modes >> mode & 1]
    found = {
        road: None
        for road, end in ends
        if chains.roads.access[road, int(end == leaving), bound].any()
    }
    return list(found)


def via_rows(node_id: Ints, restrictions: TurnRestrictions) -> dict[int, int]:
    """Return rows of the restrictions' nodes by id; of several with one id, the first."""
    wanted = np.array(sorted(restrictions.node_ids), dtype=np.int64)
    rows = np.flatnonzero(np.isin(node_id, wanted))
    return {int(node_id[row]): int(row) for row in rows[::-1].tolist()}
