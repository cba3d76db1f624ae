"""Datum conversions on one core: points a second, and how far they are from the formula.

``python -m benchmarks.coordinates`` prints ``name value unit``; it is part of
``python -m benchmarks.geocoding``. The formula is written out here in plain float64, as it stands
in every public implementation; the peer is eviltransform, which converts point by point.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.report import figure
from geo.coordinates import from_wgs84, to_wgs84
from geo.model import Datum, Floats

__all__ = ["main"]

_POINTS = 1_000_000
_CHECKED = 200_000
_PEER_POINTS = 20_000
_RUNS = 5
_A_M = 6378245.0
_E2 = 0.00669342162296594323
_BD_PI = np.pi * 3000.0 / 180.0


def main() -> None:
    """Measure in a process of its own that is held to one core."""
    child = multiprocessing.get_context("spawn").Process(target=_measure)
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit("the coordinates benchmark failed")


def _measure() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rng = np.random.default_rng(73)
    wgs84 = np.stack([rng.uniform(73.5, 135.0, _POINTS), rng.uniform(3.5, 53.5, _POINTS)], axis=1)
    forward_per_s = {}
    errors: dict[str, list[float]] = {"forward": [], "inverse": []}
    for datum, standard in ((Datum.GCJ02, _gcj02), (Datum.BD09, _bd09)):
        moved = standard(wgs84)
        some = slice(0, _CHECKED)
        errors["forward"].append(_gap_deg(from_wgs84(wgs84[some], datum), moved[some]))
        errors["inverse"].append(_gap_deg(to_wgs84(moved[some], datum), wgs84[some]))
        forward_per_s[datum] = _POINTS / _best_s(from_wgs84, wgs84, datum)
        inverse_per_s = _POINTS / _best_s(to_wgs84, moved, datum)
        prefix = "coordinates" if datum is Datum.GCJ02 else "coordinates_bd09"
        figure(f"{prefix}_forward_per_s", forward_per_s[datum], "points/s")
        figure(f"{prefix}_inverse_per_s", inverse_per_s, "points/s")
    figure("coordinates_forward_error_deg", max(errors["forward"]), "deg")
    figure("coordinates_inverse_error_deg", max(errors["inverse"]), "deg")
    _peer(wgs84[:_PEER_POINTS], forward_per_s[Datum.GCJ02])


def _best_s(convert: Callable[[Floats, Datum], Floats], lonlat: Floats, datum: Datum) -> float:
    """Return the shortest of some runs, the first being for warmth only."""
    convert(lonlat[:1000], datum)
    found = []
    for _ in range(_RUNS):
        started_s = time.perf_counter()
        convert(lonlat, datum)
        found.append(time.perf_counter() - started_s)
    return min(found)


def _peer(wgs84: Floats, ours_per_s: float) -> None:
    try:
        peer = importlib.import_module("eviltransform")
    except ImportError:
        print("eviltransform is not installed: no peer for coordinates", file=sys.stderr)
        return
    points = wgs84.tolist()
    started_s = time.perf_counter()
    for lon, lat in points:
        peer.wgs2gcj(lat, lon)
    theirs_per_s = len(points) / (time.perf_counter() - started_s)
    figure("coordinates_forward_per_s_eviltransform", theirs_per_s, "points/s")
    figure("coordinates_forward_speed_over_eviltransform", ours_per_s / theirs_per_s, "times")


def _gap_deg(found: Floats, wanted: Floats) -> float:
    return float(np.abs(found - wanted).max())


def _gcj02(wgs84: Floats) -> Floats:
    x, y = wgs84[:, 0] - 105.0, wgs84[:, 1] - 35.0
    pi, sin = np.pi, np.sin
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    lat = wgs84[:, 1] / 180.0 * pi
    magic = 1.0 - _E2 * sin(lat) * sin(lat)
    root = np.sqrt(magic)
    north = north * 180.0 / ((_A_M * (1.0 - _E2)) / (magic * root) * pi)
    east = east * 180.0 / (_A_M / root * np.cos(lat) * pi)
    return np.stack([wgs84[:, 0] + east, wgs84[:, 1] + north], axis=1)


def _bd09(wgs84: Floats) -> Floats:
    gcj02 = _gcj02(wgs84)
    x, y = gcj02[:, 0], gcj02[:, 1]
    z = np.sqrt(x * x + y * y) + 0.00002 * np.sin(y * _BD_PI)
    theta = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_PI)
    return np.stack([z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006], axis=1)


if __name__ == "__main__":
    main()
