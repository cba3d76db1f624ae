"""Turn restrictions as relations tell them; :mod:`geo.turnties` finds their roads.

Kept are those that always hold, through one node or through one or more ways. The others are
counted by reason: those of certain hours, those of vehicles that are none of ours or of people on
foot, whom no turn costs or bars, those without their members or with one twice, those whose ways
do not touch, are no roads here or cannot be driven so, and those whose way runs on through the
node, so that nothing tells which half is meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from geo.roadtags import TravelMode

__all__ = ["PathRestriction", "Restriction", "TurnRestrictions"]

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


class PathRestriction(NamedTuple):
    """What is forbidden after one way and then others, or with ``only`` alone allowed.

    ``via_way_ids`` are in the order of travel; the rest is as in :class:`Restriction`.
    """

    relation: int
    from_way_id: int
    via_way_ids: tuple[int, ...]
    to_way_id: int
    only: bool
    modes: int


class TurnRestrictions:
    """The turn restrictions of one file, and why some were not kept.

    ``rows`` lead through a node and ``paths`` through ways; ``left`` counts relations by reason.
    Of relations through ways ``path_id`` has the id by number, ``broken`` number and reason of
    what cannot be kept, and ``joint_node_ids`` are the nodes where their ways touch.
    """

    def __init__(self) -> None:
        self.rows: list[Restriction] = []
        self.paths: list[PathRestriction] = []
        self.read = 0
        self.left = Counter[str]()
        self.path_id: dict[int, int] = {}
        self.broken: list[tuple[int, str]] = []
        self.joint_node_ids: set[int] = set()

    @property
    def node_ids(self) -> set[int]:
        """The nodes at which roads must end, so that restrictions can be tied to them."""
        return self.joint_node_ids.union(each.via_node_id for each in self.rows)

    @property
    def path_way_ids(self) -> set[int]:
        """The ways of all paths."""
        return {
            way
            for each in self.paths
            for way in (each.from_way_id, *each.via_way_ids, each.to_way_id)
        }

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
        ways = [[ref for kind, ref in found[role] if kind == "w"] for role in ("from", "to")]
        if any(kind == "w" for kind, _ in via):
            self.path_id[self.read] = relation_id
            self._add_paths(kinds, ways[0], via, ways[1])
            return
        if not (ways[0] and ways[1] and len(via) == 1 and via[0][0] == "n"):
            self.left["turns_incomplete"] += 1
            return
        for text, modes in kinds:
            for from_id in ways[0]:
                for to_id in ways[1]:
                    only, u_turn = text.startswith("only_"), text == "no_u_turn"
                    row = (self.read, from_id, via[0][1], to_id, only, u_turn, modes)
                    self.rows.append(Restriction(*row))

    def _add_paths(
        self,
        kinds: Sequence[tuple[str, int]],
        from_ids: Sequence[int],
        via: Sequence[tuple[str, int]],
        to_ids: Sequence[int],
    ) -> None:
        via_ids = tuple(ref for kind, ref in via if kind == "w")
        if not (from_ids and to_ids) or len(via_ids) < len(via):
            self.broken.append((self.read, "turns_incomplete"))
        elif len({*via_ids, *from_ids}) < len(via_ids) + len(from_ids) or {*via_ids} & {*to_ids}:
            self.broken.append((self.read, "turns_repeated"))
        else:
            self.paths += [
                PathRestriction(self.read, one, via_ids, other, text.startswith("only_"), modes)
                for text, modes in kinds
                for one in from_ids
                for other in dict.fromkeys(to_ids)
            ]

    def join_paths(self, nodes_of: Mapping[int, Sequence[int]]) -> None:
        """Put the ways of paths in order, note where they touch, and part with broken ones.

        Parameters
        ----------
        nodes_of
            Ids of the nodes of each way that is a road here.
        """
        paths, self.paths = self.paths, []
        for path in paths:
            if not {path.from_way_id, *path.via_way_ids, path.to_way_id} <= nodes_of.keys():
                self.broken.append((path.relation, "turns_no_road"))
            elif (order := _in_order(path, nodes_of)) is None:
                self.broken.append((path.relation, "turns_gap"))
            else:
                self.paths.append(path._replace(via_way_ids=order))
                for one, other in pairwise((path.from_way_id, *order, path.to_way_id)):
                    self.joint_node_ids |= {*nodes_of[one]} & {*nodes_of[other]}

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


def _in_order(
    path: PathRestriction, nodes_of: Mapping[int, Sequence[int]]
) -> tuple[int, ...] | None:
    """Return the ways between so that each touches the next, as listed where that will do.

    None where no way on is found, or the last does not touch the way after it.
    """

    def touch(one: int, other: int) -> bool:
        return not {*nodes_of[one]}.isdisjoint(nodes_of[other])

    order, left = [path.from_way_id], list(path.via_way_ids)
    while left:
        following = next((way for way in left if touch(order[-1], way)), None)
        if following is None:
            return None
        left.remove(following)
        order.append(following)
    return tuple(order[1:]) if touch(order[-1], path.to_way_id) else None
