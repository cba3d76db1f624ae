"""Turns at junctions: which arcs follow each other, at what angle, what is barred, what it costs.

Arc ``2 r`` goes along road ``r``, arc ``2 r + 1`` against it. Angles are positive to the left.
The way into and out of a junction is looked at over the next 15 m of a road's line, or half of
a shorter road, so that a kink in the drawing of a mouth does not count as a turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints, TurnKind
from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, TravelMode
from geo.runs import runs
from geo.travel import costs
from geo.travel.costs import NEVER
from geo.travel.profiles import Profile, TurnCosts

__all__ = ["SLIGHT_DEG", "TurnTable", "turn_costs", "turn_kind", "turn_table"]

_LOOK_M = 15.0
_M_PER_DEGREE = 111_195.0  # of a great circle on a sphere of 6,371 km

_STRAIGHT_DEG, _SHARP_DEG, _BACK_DEG = 20.0, 120.0, 170.0
SLIGHT_DEG = 40.0
"""A turn of up to so many degrees keeps going."""


@dataclass(frozen=True, slots=True, eq=False)
class TurnTable:
    """Pairs of arcs that meet, in order of ``before``, then ``after``; arrays of shape (k,).

    Parameters
    ----------
    before, after
        Arc that ends at a junction, and arc that begins there; int32.
    angle_deg
        Turning angle in (-180, 180], positive to the left; 180 back on the same road; float32.
    barred
        Sum of ``1 << mode`` over the modes that a turn restriction forbids; uint8.
    """

    before: npt.NDArray[np.int32]
    after: npt.NDArray[np.int32]
    angle_deg: npt.NDArray[np.float32]
    barred: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        for array in (self.before, self.after, self.angle_deg, self.barred):
            array.flags.writeable = False


def turn_table(network: RoadNetwork, mode: TravelMode) -> TurnTable:
    """Return every turn between two arcs that are not closed to a mode, barred or not.

    A road that leads back to its own junction meets itself there, as any two roads do.
    """
    begin = np.column_stack([network.tail, network.head]).reshape(-1)
    end = begin.reshape(-1, 2)[:, ::-1].reshape(-1)
    usable = (network.access[:, :, mode] > AccessLevel.CLOSED).reshape(-1)
    arcs = np.flatnonzero(usable).astype(np.int32)
    out = arcs[np.argsort(begin[arcs], kind="stable")]  # arcs by the junction they leave
    leaving = np.bincount(begin[arcs], minlength=network.node_count)
    first = np.cumsum(leaving) - leaving
    count = leaving[end[arcs]]
    before = np.repeat(arcs, count)
    after = out[runs(first[end[arcs]], count)]
    return TurnTable(
        before, after, _angles(network, before, after), _barred(network, before, after)
    )


def turn_costs(table: TurnTable, network: RoadNetwork, profile: Profile) -> Ints:
    """Return the packed cost of each turn of a table, shape (k,); ``NEVER`` where it is barred.

    The angle costs as in OSRM's car profile (``process_turn`` of ``profiles/car.lua``): a
    logistic curve from 0 to ``turn_s``, steeper and earlier to the left, which crosses the
    oncoming traffic. Angle and lights count at junctions where more than two roads of the mode
    meet; a turn back on the same road costs ``u_turn_s`` besides, anywhere. A profile without
    turn costs, as on foot, pays nothing and is bound by no restriction.
    """
    if profile.turns is None:
        return np.zeros(len(table.before), dtype=np.int64)
    back = table.after == table.before ^ 1
    node = _end_node(network, table.before)
    usable = (network.access[:, :, profile.mode] > AccessLevel.CLOSED).any(axis=1)
    ends = np.concatenate([network.tail[usable], network.head[usable]])
    junction = (np.bincount(ends, minlength=network.node_count) > 2)[node]
    lights = network.node_signal[node] & junction
    seconds = np.where(junction | back, _angle_s(table.angle_deg, profile.turns), 0.0)
    seconds += profile.turns.u_turn_s * back + profile.turns.signal_s * lights
    barred = (table.barred >> int(profile.mode)) & 1
    packed: Ints = np.where(barred, NEVER, costs.cost(seconds, 0.0))
    return packed


def turn_kind(angle_deg: float) -> TurnKind:
    """Return what a driver calls a turn of so many degrees, positive to the left.

    The bounds are those of OSRM's ``getTurnDirection``, but a turn within 10 degrees of the way
    back is a U-turn.
    """
    size = abs(angle_deg)
    if size <= _STRAIGHT_DEG:
        return TurnKind.STRAIGHT
    if size >= _BACK_DEG:
        return TurnKind.U_TURN
    left = angle_deg > 0.0
    if size <= SLIGHT_DEG:
        return TurnKind.SLIGHT_LEFT if left else TurnKind.SLIGHT_RIGHT
    if size <= _SHARP_DEG:
        return TurnKind.LEFT if left else TurnKind.RIGHT
    return TurnKind.SHARP_LEFT if left else TurnKind.SHARP_RIGHT


def _angle_s(angle_deg: npt.NDArray[np.float32], turns: TurnCosts) -> Floats:
    share = np.abs(angle_deg.astype(np.float64)) / 180.0
    left = (angle_deg > 0.0) & (angle_deg < 180.0)
    bias = np.where(left, turns.left_bias, 1.0 / turns.left_bias)
    seconds: Floats = turns.turn_s / (1.0 + np.exp(6.5 / bias - 13.0 * bias * share))
    return seconds


def _end_node(network: RoadNetwork, arcs: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    node: npt.NDArray[np.int32] = np.where(
        arcs & 1, network.tail[arcs >> 1], network.head[arcs >> 1]
    )
    return node


def _angles(
    network: RoadNetwork, before: npt.NDArray[np.int32], after: npt.NDArray[np.int32]
) -> npt.NDArray[np.float32]:
    from_tail, from_head = _ways_out(network)
    out = np.column_stack([from_tail, from_head]).reshape(-1)  # by arc, at its beginning
    heading = np.where(out == 0.0, np.nan, np.angle(out, deg=True))
    back = before ^ 1
    turned = heading[after] - heading[back] - 180.0
    angle: npt.NDArray[np.float32] = np.nan_to_num(180.0 - (180.0 - turned) % 360.0).astype(
        np.float32
    )
    angle[(angle <= -180.0) | (after == back)] = 180.0
    return angle


def _ways_out(
    network: RoadNetwork,
) -> tuple[npt.NDArray[np.complex128], npt.NDArray[np.complex128]]:
    """Return the way from tail and from head into each road; of no length, straight through it.

    Complex numbers: east and north.
    """
    lonlat, offset = network.geometry_lonlat, network.geometry_offset
    first, last = offset[:-1], offset[1:] - 1
    per_degree = np.cos(np.radians(np.repeat(lonlat[first, 1], np.diff(offset)))) * _M_PER_DEGREE
    east = lonlat[:, 0] - np.repeat(lonlat[first, 0], np.diff(offset))
    east = (east + 180.0) % 360.0 - 180.0  # roads across the antimeridian
    place = east * per_degree + 1j * (lonlat[:, 1] * _M_PER_DEGREE)
    step = np.abs(np.diff(place, prepend=place[:1]))
    step[first] = 0.0
    along = np.cumsum(step)
    look = np.minimum(_LOOK_M, (along[last] - along[first]) / 2.0)

    def way(ends: npt.NDArray[np.int64], at: Floats) -> npt.NDArray[np.complex128]:
        upper = np.clip(np.searchsorted(along, at), first + 1, last)
        size = step[upper]
        share = np.divide(at - along[upper - 1], size, out=np.zeros_like(at), where=size > 0.0)
        spot = place[upper - 1] + (place[upper] - place[upper - 1]) * share
        found: npt.NDArray[np.complex128] = spot - place[ends]
        return found

    from_tail, from_head = way(first, along[first] + look), way(last, along[last] - look)
    return from_tail, from_head


def _barred(
    network: RoadNetwork, before: npt.NDArray[np.int32], after: npt.NDArray[np.int32]
) -> npt.NDArray[np.uint8]:
    """Return the modes forbidden each turn; several ``only`` of one road allow all they name."""
    barred = np.zeros(len(before), dtype=np.uint8)
    bound = np.zeros(network.road_count, dtype=bool)
    bound[network.turns[:, 0]] = True
    rows = np.flatnonzero(bound[before >> 1])
    if not len(rows):
        return barred
    road, junction, following, only, modes = network.turns.T.astype(np.int64)
    nodes, roads = network.node_count, network.road_count
    entry, turn = road * nodes + junction, (road * nodes + junction) * roads + following
    here = (before[rows] >> 1).astype(np.int64) * nodes + _end_node(network, before[rows])
    there = here * roads + (after[rows] >> 1)
    forced = only == 1
    must = _modes_of(here, entry[forced], modes[forced])
    may = _modes_of(there, turn[forced], modes[forced])
    barred[rows] = _modes_of(there, turn[~forced], modes[~forced]) | must & ~may
    return barred


def _modes_of(wanted: Ints, keys: Ints, modes: Ints) -> npt.NDArray[np.uint8]:
    """Return for each wanted key the union of the modes listed under it."""
    unique, row = np.unique(keys, return_inverse=True)
    if not len(unique):
        return np.zeros(len(wanted), dtype=np.uint8)
    union = np.zeros(len(unique), dtype=np.uint8)
    np.bitwise_or.at(union, row, modes.astype(np.uint8))
    place = np.minimum(np.searchsorted(unique, wanted), len(unique) - 1)
    return np.where(unique[place] == wanted, union[place], np.uint8(0))
