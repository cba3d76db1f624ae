"""Measured legs of the invented teams: the engine's own times, made longer by hidden factors."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from data.demo.frame import stream
from data.files import write_atomically
from data.imports.columns import MEASURED_LEG_COLUMNS
from geo.coordinates import distance_m
from geo.model import Floats, HourBand, Point, TrafficDay
from geo.network import RoadNetwork
from geo.travel.observed import LONGEST_LEG_S, LegTimes, ObservedLeg

__all__ = ["HIDDEN", "LEGS", "write_legs"]

LEGS = 300
_DAYS = 10
_TEAMS = 4
_NEAREST_M, _FARTHEST_M = 1500.0, 12000.0
_NOISE_SD = 0.12
_STOPPED_SHARE = 0.1
_STOPPED_TIMES = (1.8, 4.0)
_BEGIN_H = {HourBand.MORNING_PEAK: 7.0, HourBand.MIDDAY: 9.5, HourBand.EVENING_PEAK: 17.0}
_WITHIN_H = 1.9
_DIGITS = 5

HIDDEN: dict[HourBand, tuple[float, ...]] = {
    HourBand.MORNING_PEAK: (1.05, 1.45, 1.20, 1.05),
    HourBand.MIDDAY: (0.95, 1.10, 1.00, 1.10),
    HourBand.EVENING_PEAK: (1.05, 1.35, 1.25, 1.05),
}
"""By how much the invented roads are slower than the engine says, a factor a tier of road."""


def write_legs(
    path: Path,
    network: RoadNetwork,
    foretell: Callable[[ObservedLeg], LegTimes | None],
    *,
    traffic_day: Callable[[date], TrafficDay],
    seed: int,
    as_of: date,
) -> None:
    """Write a table of measured legs over the ten workdays before a day.

    A leg takes the engine's time by tier of road times :data:`HIDDEN`, times noise; one in ten
    had a long stop. The bytes depend on the roads, ``seed`` and ``as_of`` only.

    Parameters
    ----------
    path
        Text table to write, in the columns of ``docs/observed-times.md``.
    network
        Legs lead from junction to junction of these roads.
    foretell
        The engine's time of a leg by tier of road; None where no road leads.
    traffic_day
        Tells workdays from days of rest.
    seed
        Seed of the legs.
    as_of
        Legs lie before this day.

    Raises
    ------
    StoreFullError, ExportError
        If the file cannot be written; an older one stays as it was.
    """
    rng = stream(seed, "legs")
    days = _workdays(as_of, traffic_day)
    rows: dict[tuple[date, str, str, str], tuple[float, ...]] = {}
    while len(rows) < LEGS:
        number = len(rows)
        day, band = days[number // len(HIDDEN) % _DAYS], list(HIDDEN)[number % len(HIDDEN)]
        ends = _ends(network, rng)
        origin, target = (Point(*each) for each in ends.tolist())
        times = foretell(
            ObservedLeg("", day, "car", TrafficDay.WORKDAY, band, origin, target, LONGEST_LEG_S)
        )
        if times is None:
            continue
        begin_min = round(60.0 * (_BEGIN_H[band] + rng.uniform(0.0, _WITHIN_H)))
        end_min = begin_min + _minutes(times, band, rng)
        key = (day, _clock(begin_min), _clock(end_min), f"T{1 + number % _TEAMS}")
        rows.setdefault(key, tuple(ends.ravel().tolist()))
    written = io.StringIO()
    table = csv.DictWriter(
        written, [column.header for column in MEASURED_LEG_COLUMNS], lineterminator="\n"
    )
    table.writeheader()
    for (day, departed, arrived, team), (from_lon, from_lat, to_lon, to_lat) in rows.items():
        row = {
            "on": day.isoformat(),
            "departed": departed,
            "arrived": arrived,
            "profile": "汽车",
            "from_lon": from_lon,
            "from_lat": from_lat,
            "to_lon": to_lon,
            "to_lat": to_lat,
            "datum": "WGS84",
            "team": team,
        }
        table.writerow({column.header: row[column.key] for column in MEASURED_LEG_COLUMNS})
    with write_atomically(path) as file:
        file.write(written.getvalue().encode())


def _workdays(before: date, traffic_day: Callable[[date], TrafficDay]) -> list[date]:
    days: list[date] = []
    day = before
    while len(days) < _DAYS:
        day -= timedelta(days=1)
        if traffic_day(day) is TrafficDay.WORKDAY:
            days.append(day)
    return days


def _ends(network: RoadNetwork, rng: np.random.Generator) -> Floats:
    """Draw two junctions that lie some way apart, shape (2, 2)."""
    while True:
        drawn = network.node_lonlat[rng.integers(network.node_count, size=2)]
        ends: Floats = np.round(drawn, _DIGITS)
        if _NEAREST_M <= float(distance_m(ends[0], ends[1])) <= _FARTHEST_M:
            return ends


def _minutes(times: LegTimes, band: HourBand, rng: np.random.Generator) -> int:
    took_s = float(np.dot(times.tier_s, HIDDEN[band])) + times.fixed_s
    took_s *= rng.lognormal(0.0, _NOISE_SD)
    if rng.random() < _STOPPED_SHARE:
        took_s *= rng.uniform(*_STOPPED_TIMES)
    return min(LONGEST_LEG_S // 60, max(2, math.ceil(took_s / 60.0)))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
