"""Compiled loops that gather places of a house number which count as one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

from geo.model import Floats, Ints

__all__ = ["gathered"]

_Loop = TypeVar("_Loop", bound=Callable[..., Any])


def _compiled(loop: _Loop) -> _Loop:
    """Compile at the first call, and keep the machine code on disk."""
    options: dict[str, Any] = {"cache": True, "nogil": True, "no_cfunc_wrapper": True}
    return cast(_Loop, njit(error_model="numpy", **options)(loop))


@_compiled
def gathered(
    xy_m: Floats, weight: Floats, limit: int, least: float, near_m: float
) -> tuple[Ints, Floats, Floats, Floats]:
    """Return places by the weight within reach: the heaviest member, middle, weight, radius.

    The first one is told whatever its weight, further ones down to ``least``. Two thirds of all
    weight lie within the radius of a middle.

    Parameters
    ----------
    xy_m
        Positions, shape (n, 2); a few dozen, for every pair is looked at.
    weight
        Weight of each, shape (n,).
    limit
        Most places.
    least
        Least weight of a place but the first.
    near_m
        Positions this near to one another count as one place.

    Returns
    -------
    tuple
        For each place: position of its heaviest member, middle, shape (k, 2), weight, radius.
    """
    count = len(weight)
    first = np.zeros(limit, dtype=np.int64)
    middle = np.zeros((limit, 2))
    mass = np.zeros(limit)
    radius = np.zeros(limit)
    left = weight.copy()
    away = np.empty(count)
    within = near_m * near_m
    whole = 0.0
    for i in range(count):
        whole += weight[i]
    found = 0
    while found < limit:
        best, most = -1, 0.0
        for i in range(count):
            near = 0.0
            for j in range(count):
                east, north = xy_m[i, 0] - xy_m[j, 0], xy_m[i, 1] - xy_m[j, 1]
                if east * east + north * north <= within:
                    near += left[j]
            if near > most:
                best, most = i, near
        if best < 0 or (found > 0 and most < least):
            break
        x, y = 0.0, 0.0
        for j in range(count):
            east, north = xy_m[best, 0] - xy_m[j, 0], xy_m[best, 1] - xy_m[j, 1]
            if east * east + north * north <= within:
                x += left[j] * xy_m[j, 0]
                y += left[j] * xy_m[j, 1]
        x, y = x / most, y / most
        around = 0.0
        for j in range(count):
            away[j] = math.hypot(xy_m[j, 0] - x, xy_m[j, 1] - y)
            if away[j] <= near_m:
                around += left[j]
        if around < most * 0.999:  # the middle is nobody's: the best of them stands for all
            x, y = xy_m[best, 0], xy_m[best, 1]
        else:
            most = around
        centred = around == most
        heaviest = -1
        for j in range(count):
            east, north = xy_m[best, 0] - xy_m[j, 0], xy_m[best, 1] - xy_m[j, 1]
            inside = away[j] <= near_m if centred else east * east + north * north <= within
            if not centred:
                away[j] = math.hypot(xy_m[j, 0] - x, xy_m[j, 1] - y)
            if inside and left[j] > 0.0:
                if heaviest < 0 or weight[j] > weight[heaviest]:
                    heaviest = j
                left[j] = 0.0
        first[found], middle[found, 0], middle[found, 1] = heaviest, x, y
        mass[found], radius[found] = most, _reach(away, weight, whole * 2 / 3)
        found += 1
    return first[:found], middle[:found], mass[:found], radius[:found]


@_compiled
def _reach(away: Floats, weight: Floats, enough: float) -> float:
    """Return the least distance within which so much weight lies."""
    total, reached = 0.0, 0.0
    order = np.argsort(away)
    for i in order:
        if total >= enough:
            break
        total += weight[i]
        reached = away[i]
    return reached
