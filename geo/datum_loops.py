"""The compiled loop that moves points between WGS84, GCJ-02 and BD-09 on one core, in place.

GCJ-02 adds to a WGS84 point sines of its longitude and latitude (x and y are degrees from
105 E, 35 N): sin 6πx, 2πx, πx, πx/3, πx/12, πx/30 and πy, πy/3, πy/12, πy/30. All of these
angles are multiples of πx/60 or πy/180, so one sine and one cosine of each give the rest by the
identities of doubled angles and sums, to within 1e-13 of their value. Sines and cosines are
Taylor polynomials, without a call, so that the compiler works on several points at once.

The way back solves for the WGS84 point by Newton's method with the analytic Jacobian. The shift
bends so little that its error shrinks from 1 km to 0.2 m, to 0.1 μm, to the last digit. (At
105 E the root of x has a cusp: there the last step leaves up to 10 μm.) BD-09 turns and
stretches a GCJ-02 point about the origin by small sines, and is undone in the same way. Points
are worked on in blocks that stay in the processor's nearest memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

from geo.model import Floats

__all__ = ["move"]

_WEST, _SOUTH, _EAST, _NORTH = 72.004, 0.8293, 137.8347, 55.8271
_BLOCK = 256
_ROUNDS = 3
_KRASOVSKY_M = 6378245.0
_KRASOVSKY_E2 = 0.00669342162296594323
_SIN_35, _COS_35 = math.sin(math.radians(35.0)), math.cos(math.radians(35.0))
_DEG = 180.0 / math.pi
_TURNS = 3000.0 / 360.0  # of a sine, a degree of BD-09
_BD09_RADIANS = 2.0 * math.pi * _TURNS
_SINE = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in range(9))
_COSINE = tuple((-1.0) ** k / math.factorial(2 * k) for k in range(9))
_S1, _S2, _S3, _S4, _S5, _S6, _S7, _S8 = _SINE[1:]
_C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8 = _COSINE[1:]

_Loop = TypeVar("_Loop", bound=Callable[..., Any])
_Six = tuple[float, float, float, float, float, float]


def _inlined(part: _Loop) -> _Loop:
    """Compile as a part of the loop that calls it."""
    options: dict[str, Any] = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True}
    return cast(_Loop, njit(error_model="numpy", fastmath={"contract"}, **options)(part))


@_inlined
def _sincos(angle: float) -> tuple[float, float]:
    """Return sine and cosine of at most 0.9 radians either way, to 1e-16."""
    q = angle * angle
    sine = _S5 + q * (_S6 + q * (_S7 + q * _S8))
    sine = angle + angle * q * (_S1 + q * (_S2 + q * (_S3 + q * (_S4 + q * sine))))
    cosine = _C5 + q * (_C6 + q * (_C7 + q * _C8))
    cosine = 1.0 + q * (_C1 + q * (_C2 + q * (_C3 + q * (_C4 + q * cosine))))
    return sine, cosine


@_inlined
def _sum(s: float, c: float, t: float, d: float) -> tuple[float, float]:
    """Return sine and cosine of the sum of two angles."""
    return s * d + c * t, c * d - s * t


@_inlined
def _shift(lon: float, lat: float) -> _Six:
    """Return where GCJ-02 moves a WGS84 point, and how that changes with the point.

    The derivatives are those of longitude by lon, by lat, and of latitude by lon, by lat.
    """
    x, y = lon - 105.0, lat - 35.0
    s, c = _sincos(x * (math.pi / 120.0))
    s1, c1 = _sum(s, c, s, c)  # of πx/60
    s2, c2 = _sum(s1, c1, s1, c1)
    s4, c4 = _sum(s2, c2, s2, c2)
    s5, c5 = _sum(s4, c4, s1, c1)
    s10, c10 = _sum(s5, c5, s5, c5)
    s20, c20 = _sum(s10, c10, s10, c10)
    s40, c40 = _sum(s20, c20, s20, c20)
    s60, c60 = _sum(s40, c40, s20, c20)
    s120, c120 = _sum(s60, c60, s60, c60)
    s240, c240 = _sum(s120, c120, s120, c120)
    s360, c360 = _sum(s240, c240, s120, c120)
    t1, d1 = _sincos(y * (math.pi / 180.0))
    t2, d2 = _sum(t1, d1, t1, d1)
    t3, d3 = _sum(t2, d2, t1, d1)
    t6, d6 = _sum(t3, d3, t3, d3)
    t12, d12 = _sum(t6, d6, t6, d6)
    t15, d15 = _sum(t12, d12, t3, d3)
    t30, d30 = _sum(t15, d15, t15, d15)
    t60, d60 = _sum(t30, d30, t30, d30)
    t120, d120 = _sum(t60, d60, t60, d60)
    t180, d180 = _sum(t120, d120, t60, d60)

    size = abs(x)
    root = math.sqrt(size)
    root_by_x = 0.5 * x / (size * root + 1e-6)  # tame at the cusp of the root
    high = 20.0 * (s360 + s120)
    high_by_x = math.pi * (120.0 * c360 + 40.0 * c120)
    east_m = high + 20.0 * s60 + 40.0 * s20 + 150.0 * s5 + 300.0 * s2
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * (x + y) + 0.1 * root + east_m * (2.0 / 3.0)
    east_by_x = high_by_x + math.pi * (20.0 * c60 + 40.0 / 3.0 * c20 + 12.5 * c5 + 10.0 * c2)
    east_by_x = 1.0 + 0.2 * x + 0.1 * y + 0.1 * root_by_x + east_by_x * (2.0 / 3.0)
    east_by_y = 2.0 + 0.1 * x
    north_m = high + 20.0 * t180 + 40.0 * t60 + 160.0 * t15 + 320.0 * t6
    north_m = (
        -100.0 + 2.0 * x + 3.0 * y + 0.1 * y * (2.0 * y + x) + 0.2 * root + (north_m * (2.0 / 3.0))
    )
    north_by_x = 2.0 + 0.1 * y + 0.2 * root_by_x + high_by_x * (2.0 / 3.0)
    north_by_y = 20.0 * d180 + 40.0 / 3.0 * d60 + 40.0 / 3.0 * d15 + 32.0 / 3.0 * d6
    north_by_y = 3.0 + 0.4 * y + 0.1 * x + north_by_y * (math.pi * 2.0 / 3.0)

    sine, cosine = _sum(t1, d1, _SIN_35, _COS_35)
    magic = 1.0 - _KRASOVSKY_E2 * sine * sine
    roots = math.sqrt(magic)
    parallel = (_DEG / _KRASOVSKY_M) * roots / cosine
    meridian = (_DEG / _KRASOVSKY_M / (1.0 - _KRASOVSKY_E2)) * magic * roots
    bend = (-_KRASOVSKY_E2 / _DEG) * sine * cosine / magic
    return (
        lon + east_m * parallel,
        lat + north_m * meridian,
        1.0 + east_by_x * parallel,
        (east_by_y + east_m * (bend + sine / (cosine * _DEG))) * parallel,
        north_by_x * meridian,
        1.0 + (north_by_y + north_m * 3.0 * bend) * meridian,
    )


@_inlined
def _turn_sincos(degrees: float) -> tuple[float, float]:
    """Return sine and cosine of BD-09's angle, which turns 8⅓ times a degree."""
    turns = degrees * _TURNS
    s, c = _sincos((turns - math.floor(turns + 0.5)) * (0.5 * math.pi))
    s, c = _sum(s, c, s, c)
    return _sum(s, c, s, c)


@_inlined
def _turn(x: float, y: float) -> _Six:
    """Return where BD-09 moves a GCJ-02 point, and the derivatives as :func:`_shift` does."""
    s_y, c_y = _turn_sincos(y)
    s_x, c_x = _turn_sincos(x)
    whole = 0.00002 / math.sqrt(x * x + y * y)
    stretch = 1.0 + whole * s_y
    angle = 0.000003 * c_x
    # exact to 1e-28, as the angle is at most 3e-6
    sine, cosine = angle * (1.0 - angle * angle / 6.0), 1.0 - 0.5 * angle * angle
    u, v = x * cosine - y * sine, x * sine + y * cosine
    stretch_by_y = whole * _BD09_RADIANS * c_y
    angle_by_x = -0.000003 * _BD09_RADIANS * s_x
    return (
        stretch * u + 0.0065,
        stretch * v + 0.006,
        stretch * (cosine - v * angle_by_x),
        stretch_by_y * u - stretch * sine,
        stretch * (sine + u * angle_by_x),
        stretch_by_y * v + stretch * cosine,
    )


def _compiled(loop: _Loop) -> _Loop:
    """Compile at the first call, keep the machine code on disk, and let other threads run."""
    options: dict[str, Any] = {"cache": True, "nogil": True, "no_cfunc_wrapper": True}
    fast = {"contract"}  # multiply and add in one instruction; nan stays nan
    return cast(_Loop, njit(error_model="numpy", fastmath=fast, **options)(loop))


@_compiled
def move(points: Floats, source: int, target: int) -> None:
    """Replace degrees of ``source`` by degrees of ``target``, in place.

    Points outside the rectangle, and those with nan, stay as they are.

    Parameters
    ----------
    points
        Degrees, longitude first, shape (n, 2), contiguous and writeable.
    source, target
        Steps away from WGS84: 0 for WGS84, 1 for GCJ-02, 2 for BD-09; not the same.
    """
    x, y, u, v = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK)
    lon, lat, a = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK)
    b, c, d = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK)
    step = 1 if source < target else -1
    for begin in range(0, points.shape[0], _BLOCK):
        block = points[begin : begin + _BLOCK]
        count = block.shape[0]
        for j in range(count):
            inside = (block[j, 0] >= _WEST) & (block[j, 0] <= _EAST)
            inside &= (block[j, 1] >= _SOUTH) & (block[j, 1] <= _NORTH)
            u[j] = x[j] = block[j, 0] if inside else 105.0
            v[j] = y[j] = block[j, 1] if inside else 35.0
        for datum in range(source, target, step):
            for _ in range(1 if step > 0 else _ROUNDS):
                if datum + min(step, 0) == 0:
                    for j in range(count):
                        lon[j], lat[j], a[j], b[j], c[j], d[j] = _shift(x[j], y[j])
                else:
                    for j in range(count):
                        lon[j], lat[j], a[j], b[j], c[j], d[j] = _turn(x[j], y[j])
                if step > 0:
                    x, y, lon, lat = lon, lat, x, y
                else:
                    for j in range(count):
                        dx, dy = lon[j] - u[j], lat[j] - v[j]
                        whole = 1.0 / (a[j] * d[j] - b[j] * c[j])
                        x[j] -= (d[j] * dx - b[j] * dy) * whole
                        y[j] -= (a[j] * dy - c[j] * dx) * whole
            for j in range(count):
                u[j], v[j] = x[j], y[j]
        for j in range(count):
            inside = (block[j, 0] >= _WEST) & (block[j, 0] <= _EAST)
            inside &= (block[j, 1] >= _SOUTH) & (block[j, 1] <= _NORTH)
            block[j, 0] = x[j] if inside else block[j, 0]
            block[j, 1] = y[j] if inside else block[j, 1]
