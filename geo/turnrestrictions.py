"""Turn restrictions: read from relations, then tied to roads and junctions.

Kept are those that always hold and lead through one node. The others are counted by reason:
those through ways, those of certain hours, those of vehicles that are none of ours or of people
on foot, whom no turn costs or bars, those without their members, those whose ways are no roads
here or cannot be driven so, and those whose way runs on through the node, so that nothing tells
which half is meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.model import Ints
from geo.roadchains import Chains
from geo.roadtags import TravelMode

__all__ = ["Restriction", "TurnRestrictions", "tie_to_roads", "via_rows"]

_MOTOR, _BICYCLE = 1 << TravelMode.MOTOR, 1 << TravelMode.BICYCLE
_BOUND = {
    "restriction": _MOTOR | _BICYCLE,
    "restriction:vehicle": _MOTOR | _BICYCLE,
    "restriction:motor_vehicle": _MOTOR,
    "restriction:motorcar": _MOTOR,
    "restriction:bicycle": _BICYCLE,
}
_EXCEPT = {
    "vehicle": ~0,
    "motor_vehicle": _MOTOR,
    "motorcar": _MOTOR,
    "bicycle": _BICYCLE,
}
_HOURS = ("day_on", "day_off", "hour_on", "hour_off")


class Restriction(NamedTuple):
    """A turn that is forbidden, or with ``only`` the only one allowed; from one way to another.

    ``modes`` is the sum of ``1 << mode`` over the modes bound; ``relation`` tells which of the
    relations read it belongs to.
    """

    relation: int
    from_way_id: int
    via_node_id: int
    to_way_id: int
    only: bool
    u_turn: bool
    modes: int


class TurnRestrictions:
    """The turn restrictions of one file, and why some were not kept.

    ``via_way_ids`` are the relations that lead through a way, which no turn of one junction
    can express.
    """

    def __init__(self) -> None:
        self.rows: list[Restriction] = []
        self.read = 0
        self.left = Counter[str]()
        self.via_way_ids: list[int] = []

    def add(
        self, relation_id: int, tags: Mapping[str, str], members: Iterable[tuple[str, int, str]]
    ) -> None:
        """Read one relation; a member is its type (``n``, ``w``, ``r``), id and role."""
        self.read += 1
        kinds = self._kinds(tags)
        if isinstance(kinds, str):
            self.left[kinds] += 1
            return
        found: dict[str, list[tuple[str, int]]] = {"from": [], "via": [], "to": []}
        for kind, ref, role in members:
            found.get(role, []).append((kind, ref))
        via = found["via"]
        if (via and all(kind == "w" for kind, _ in via)) or len(via) > 1:
            self.left["turns_via_way"] += 1
            self.via_way_ids.append(relation_id)
            return
        ways = [[ref for kind, ref in found[role] if kind == "w"] for role in ("from", "to")]
        if not (ways[0] and ways[1] and via and via[0][0] == "n"):
            self.left["turns_incomplete"] += 1
            return
        for text, modes in kinds:
            for from_id in ways[0]:
                for to_id in ways[1]:
                    only, u_turn = text.startswith("only_"), text == "no_u_turn"
                    row = (self.read, from_id, via[0][1], to_id, only, u_turn, modes)
                    self.rows.append(Restriction(*row))

    @staticmethod
    def _kinds(tags: Mapping[str, str]) -> list[tuple[str, int]] | str:
        """Return kinds and modes bound, or why there are none."""
        if any(key in tags for key in _HOURS):
            return "turns_conditional"
        spared = 0
        for name in tags.get("except", "").split(";"):
            spared |= _EXCEPT.get(name.strip(), 0)
        kinds = [(tags[key], modes & ~spared) for key, modes in _BOUND.items() if key in tags]
        known = [(kind, modes) for kind, modes in kinds if kind.startswith(("no_", "only_"))]
        if any(modes for _, modes in known):
            return [(kind, modes) for kind, modes in known if modes]
        if any(key.endswith(":conditional") for key in tags):
            return "turns_conditional"
        others = known or any(key.startswith("restriction:") for key in tags)
        return "turns_other_modes" if others else "turns_incomplete"


def tie_to_roads(
    restrictions: TurnRestrictions, chains: Chains, node_row: Mapping[int, int]
) -> tuple[npt.NDArray[np.int32], Counter[str]]:
    """Find the roads and junctions of restrictions.

    Parameters
    ----------
    restrictions
        Those of the file.
    chains
        The roads, with the nodes they run between.
    node_row
        Row of each via node's id; those not in the network may be missing.

    Returns
    -------
    turns, counts
        Rows as in :class:`geo.network.RoadNetwork`, and counts by field of the report: of
        relations read, kept, and left for each reason.
    """
    at = _ends_at(chains, set(node_row.values()))
    rows: dict[tuple[int, ...], int] = {}
    fate: dict[int, set[str]] = {}
    for each in restrictions.rows:
        via = node_row.get(each.via_node_id, -1)
        before = _roads(chains, at.get((via, each.from_way_id), ()), each.modes, leaving=False)
        after = _roads(chains, at.get((via, each.to_way_id), ()), each.modes, leaving=True)
        if each.u_turn and each.from_way_id == each.to_way_id:
            pairs = [(road, road) for road in before if road in after]
        else:
            pairs = [(one, other) for one in before for other in after]
        if not pairs:
            fate.setdefault(each.relation, set()).add("turns_no_road")
        elif len(pairs) > 1 and not (each.u_turn and each.from_way_id == each.to_way_id):
            fate.setdefault(each.relation, set()).add("turns_ambiguous")
        else:
            fate.setdefault(each.relation, set()).add("turns_kept")
            for one, other in pairs:
                key = (one, via, other, int(each.only))
                rows[key] = rows.get(key, 0) | each.modes
    counts = Counter(restrictions.left)
    counts["turns_read"] = restrictions.read
    for reasons in fate.values():
        order = ("turns_kept", "turns_ambiguous", "turns_no_road")
        counts[next(reason for reason in order if reason in reasons)] += 1
    turns = [(*key, modes) for key, modes in rows.items()]
    return np.array(turns, dtype=np.int32).reshape(-1, 5), counts


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
    """Return the row of each via node that is there; of several with one id, the first."""
    wanted = np.array(sorted({each.via_node_id for each in restrictions.rows}), dtype=np.int64)
    rows = np.flatnonzero(np.isin(node_id, wanted))
    return {int(node_id[row]): int(row) for row in rows[::-1].tolist()}
