"""Whom to plan at all: the debtors who are worth the way to them, out of many candidates.

The matrices of a problem grow with the square of its places, and a day has room for a small part
of a court's list. What a debtor adds to a plan is the value of a visit; what it takes is the
visit's time and the way from and to the stops around it, so that a door in a village where others
are visited is worth more than the same door alone. Who those others are is not known beforehand:
the list begins with everybody and loses, round by round, those who give least for their time
among who is still on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from geo.model import Floats, Ints

__all__ = ["Need", "plane_m", "preselect"]

_DEGREE_M = 111_195.0
_SPEED_MS = 6.4  # 30 km/h on roads that are 1.3 times as long as the straight line
_STARTING_S = 180.0  # to park, find the door and start again
_STOPS_A_ROUTE = 12.0  # share the way from the base and back
_LOST = 0.05  # share of the list that a round drops

_Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Need:
    """At least so many of some debtors must stay on the list, the best of them.

    Parameters
    ----------
    debtors
        Their numbers.
    least
        How many.
    """

    debtors: Ints
    least: int


def plane_m(lonlat: Floats) -> Floats:
    """Return points of one district on a plane, metres east and north; shape (n, 2)."""
    east = math.cos(math.radians(float(lonlat[:, 1].mean()))) if len(lonlat) else 1.0
    metres: Floats = lonlat * np.array([east, 1.0]) * _DEGREE_M
    return metres


def preselect(
    tries_m: Floats,
    values: Floats,
    service_s: Floats,
    debtors: Ints,
    *,
    bases_m: Floats,
    anchors_m: Floats,
    most: int,
    most_places: int,
    needs: Sequence[Need] = (),
) -> Ints:
    """Return the debtors to plan for.

    Parameters
    ----------
    tries_m
        Where each debtor may be tried, shape (n, 2), metres of a plane.
    values, service_s
        Of each try, shape (n,).
    debtors
        Whose try it is, shape (n,), numbers from 0 on.
    bases_m
        Where teams begin and end, shape (m, 2).
    anchors_m
        Where teams come anyway, as for a duty, shape (k, 2).
    most
        Debtors that there is room for.
    most_places
        Different points that there is room for.
    needs
        Kept as far as ``most`` allows.

    Returns
    -------
    array of int
        Numbers of debtors in rising order. Of two whom nobody needs, at the same points, the one
        who is tried for more in no more time is never dropped for the other.
    """
    count = int(debtors.max(initial=-1)) + 1
    on_list = np.zeros(count, dtype=np.bool_)
    on_list[debtors] = True
    points, point = np.unique(tries_m, axis=0, return_inverse=True)
    point = point.reshape(-1)
    home_s = _nearest_s(points, bases_m, 1)[:, 0] * 2.0 / _STOPS_A_ROUTE
    spread = max(1, int(np.bincount(debtors, minlength=1).max()))
    highest = np.zeros(count)
    np.maximum.at(highest, debtors, values)
    stands = _best(values, debtors, count)
    while True:
        tries = np.flatnonzero(on_list[debtors])
        stops = np.flatnonzero(on_list)
        beyond = (len(np.unique(point[tries])) - most_places) / spread
        over = max(len(stops) - most, math.ceil(beyond))
        if over <= 0:
            return stops
        way_s = _way_s(points, point[stands[stops]], anchors_m) + home_s
        gain = values[tries] / (service_s[tries] + way_s[point[tries]] + _STARTING_S)
        best = _best(gain, debtors[tries], count)[stops]
        stands[stops] = tries[best]
        order = stops[np.lexsort((-stops, highest[stops], gain[best]))]
        held = _held(order[::-1], needs, count)[order]
        order = np.concatenate([order[~held], order[held]])
        on_list[order[: min(over, max(int(_LOST * len(stops)), 1))]] = False


def _best(gain: Floats, debtors: Ints, count: int) -> Ints:
    """Return the row of each debtor's best try, the first of equals; 0 for who has none."""
    order = np.lexsort((-np.arange(len(gain)), gain))
    found = np.zeros(count, dtype=np.int64)
    found[debtors[order]] = order
    return found


def _nearest_s(points_m: Floats, targets_m: Floats, k: int) -> Floats:
    """Return seconds to the k nearest targets, shape (n, k); 0 where there are fewer."""
    found = np.zeros((len(points_m), k))
    if len(targets_m) and len(points_m):
        reach = min(k, len(targets_m))
        found[:, :reach] = cKDTree(targets_m).query(points_m, list(range(1, reach + 1)))[0]
    return found / _SPEED_MS


def _way_s(points_m: Floats, stops: Ints, anchors_m: Floats) -> Floats:
    """Return the way from and to the stops next to each point, half of each way.

    ``stops`` are the points where the others are visited, one a debtor. A debtor's own stop is the
    nearest to itself, so that of three the two others count; who is tried elsewhere than where
    its stop stands counts that one too, which is as good as any other.
    """
    around = np.concatenate([points_m[stops], anchors_m.reshape(-1, 2)])
    nearest_s = _nearest_s(points_m, around, 3)
    way_s: Floats = nearest_s[:, 1:].mean(axis=1)
    return way_s


def _held(order: Ints, needs: Sequence[Need], count: int) -> _Flags:
    """Return who is needed: the first of each need in the given order."""
    held = np.zeros(count, dtype=np.bool_)
    for need in needs:
        member = np.zeros(count, dtype=np.bool_)
        member[need.debtors[need.debtors < count]] = True
        held[order[member[order]][: need.least]] = True
    return held
