"""Legs that a team has driven: how long they took, and what the engine had said.

A leg is only useful with the time that the engine foretells for it, split by tier of road. That
split is all that is kept of where a leg led.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely

from geo.errors import ObservedTimeError
from geo.messages import Message, message
from geo.model import Floats, HourBand, Ints, Point, TrafficDay, TravelPath
from geo.network import RoadNetwork
from geo.ports import TravelEngine
from geo.roadtags import RoadClass
from geo.travel.profiles import PROFILES, TIERS, Profile, speeds_kmh
from geo.travel.snapping import near_m

__all__ = [
    "LONGEST_LEG_S",
    "UNCORRECTED",
    "LegPredictor",
    "LegTimes",
    "ObservedLeg",
    "doubt",
    "speeds_basis",
]

LONGEST_LEG_S = 3 * 3600
"""A longer leg is a day's tour, or a mistake."""

UNCORRECTED = (RoadClass.FERRY, RoadClass.GATE, RoadClass.TOLL_BOOTH)
"""Classes whose time follows no traffic; what they take counts as fixed."""

_FASTEST_KMH = 150.0
_ON_ROAD_DEG = 1e-6  # some 0.1 m
_TIER_OF_CLASS = np.array(
    [next(row for row, tier in enumerate(TIERS.values()) if each in tier) for each in RoadClass]
)


def speeds_basis(profiles: Mapping[str, Profile]) -> str:
    """Return twelve characters that stand for the profiles by which legs are foretold.

    Foretold times, and factors on them, hold only with the profiles that they were made with.
    """
    plain = json.dumps([_plain(each) for each in profiles.values()])
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def _plain(value: Any) -> Any:
    """Return a profile, or a part of it, in the forms that JSON knows."""
    if is_dataclass(value):
        return [_plain(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, Mapping):
        return [[*key, _plain(one)] for key, one in value.items()]
    if isinstance(value, frozenset):
        return sorted(value)
    return value.tolist() if isinstance(value, np.ndarray) else value


def _check_name(profile: str) -> None:
    """Refuse a vehicle that no court has: its own table may change those shipped, not add one."""
    if profile not in PROFILES:
        raise ObservedTimeError("未知的出行方式 %(profile)s", profile=profile)


def doubt(origin: Point, target: Point, travel_s: float) -> Message | None:
    """Say why a measured time cannot be right, or return None.

    It must be positive, at most three hours, and not so short that the straight line between
    both ends was passed at more than 150 km/h.
    """
    if not (math.isfinite(travel_s) and travel_s > 0.0):
        return message("到达不晚于出发；请核对时间")
    if travel_s > LONGEST_LEG_S:
        return message(
            "行程超过 %(hours)d 小时；请核对时间，途中停留的请分成几段", hours=LONGEST_LEG_S // 3600
        )
    straight_m = float(near_m(_lonlat(origin), _lonlat(target))[0])
    if straight_m / travel_s * 3.6 > _FASTEST_KMH:
        return message(
            "两地直线距离除以用时超过每小时 %(limit)d 公里；请核对时间和坐标", limit=_FASTEST_KMH
        )
    return None


@dataclass(frozen=True, slots=True)
class ObservedLeg:
    """One way from door to door that a team has made.

    Parameters
    ----------
    id
        Identifies it; tells nothing about it.
    on
        Local day.
    profile
        Vehicle profile, such as ``car``.
    day, band
        Kind of day and hour band in which it began.
    origin, target
        Its ends, WGS84.
    travel_s
        Measured seconds.

    Raises
    ------
    ObservedTimeError
        If the profile is unknown or the time cannot be right; see :func:`doubt`.
    """

    id: str
    on: date
    profile: str
    day: TrafficDay
    band: HourBand
    origin: Point
    target: Point
    travel_s: float

    def __post_init__(self) -> None:
        _check_name(self.profile)
        if (why := doubt(self.origin, self.target, self.travel_s)) is not None:
            raise ObservedTimeError("行程 %(id)s：%(why)s", id=self.id, why=why)


@dataclass(frozen=True, slots=True)
class LegTimes:
    """What is kept of a measured leg: its time, and the time foretold by tier of road.

    Parameters
    ----------
    id, on, profile, day, band
        As in :class:`ObservedLeg`.
    measured_s
        Measured seconds.
    tier_s
        Foretold seconds on the roads of each tier, in the order of
        :data:`geo.travel.profiles.TIERS`.
    fixed_s
        Foretold seconds besides: turns, gates, toll booths, ferries, the walks at both ends.

    Raises
    ------
    ObservedTimeError
        If the profile is unknown or a time is no finite number of seconds.
    """

    id: str
    on: date
    profile: str
    day: TrafficDay
    band: HourBand
    measured_s: float
    tier_s: tuple[float, ...]
    fixed_s: float

    def __post_init__(self) -> None:
        _check_name(self.profile)
        foretold = (*self.tier_s, self.fixed_s)
        if not (
            len(self.tier_s) == len(TIERS)
            and all(math.isfinite(one) and one >= 0.0 for one in foretold)
            and math.isfinite(self.measured_s)
            and self.measured_s > 0.0
        ):
            raise ObservedTimeError("行程 %(id)s 的用时不是有效的秒数，请重新导入", id=self.id)


class LegPredictor:
    """Foretells measured legs, split by tier of road.

    Parameters
    ----------
    network
        The roads.
    engine
        Travel on them, without any correction.
    profiles
        What the engine goes by.
    """

    def __init__(
        self,
        network: RoadNetwork,
        engine: TravelEngine,
        profiles: Mapping[str, Profile] = PROFILES,
    ) -> None:
        self._network = network
        self._engine = engine
        self._profiles = profiles
        self._lines = network.lines()
        self._tree = shapely.STRtree(self._lines)
        self._speeds: dict[tuple[str, HourBand, TrafficDay], Floats] = {}

    def times(self, leg: ObservedLeg) -> LegTimes | None:
        """Return the leg's foretold times, or None where no road leads."""
        path = self._engine.path(
            leg.origin, leg.target, profile=leg.profile, band=leg.band, day=leg.day
        )
        if path is None:
            return None
        tier_s = self._by_tier(path, leg)
        return LegTimes(
            id=leg.id,
            on=leg.on,
            profile=leg.profile,
            day=leg.day,
            band=leg.band,
            measured_s=leg.travel_s,
            tier_s=tuple(np.round(tier_s, 3).tolist()),
            fixed_s=round(max(path.travel_s - float(tier_s.sum()), 0.0), 3),
        )

    def _by_tier(self, path: TravelPath, leg: ObservedLeg) -> Floats:
        """Return the seconds on roads of each tier, shape (tiers,)."""
        start, end, road = self._pieces(path)
        line = self._lines[road]
        ends = [shapely.line_locate_point(line, shapely.points(each)) for each in (start, end)]
        key = (leg.profile, leg.band, leg.day)
        if key not in self._speeds:
            profile = self._profiles[leg.profile]
            self._speeds[key] = speeds_kmh(self._network, profile, leg.band, leg.day)
        corrected = ~np.isin(self._network.road_class[road], UNCORRECTED)
        against = (ends[1] < ends[0]).astype(np.int64)
        seconds = near_m(start, end) / (self._speeds[key][road, against] / 3.6)
        tier = _TIER_OF_CLASS[self._network.road_class[road]]
        return np.bincount(tier, weights=seconds * corrected, minlength=len(TIERS)).astype(
            np.float64
        )

    def _pieces(self, path: TravelPath) -> tuple[Floats, Floats, Ints]:
        """Return begin, end and road of each straight piece of a path that lies on a road.

        The walks between road and door lie on none.
        """
        start, end = path.lonlat[:-1], path.lonlat[1:]
        piece, road = self._tree.query(
            shapely.points((start + end) / 2), predicate="dwithin", distance=_ON_ROAD_DEG
        )
        on = np.ones(len(piece), dtype=bool)
        for each in (start, end):
            away_deg = shapely.distance(shapely.points(each[piece]), self._lines[road])
            on &= away_deg <= _ON_ROAD_DEG
        found, first = np.unique(piece[on], return_index=True)
        roads: Ints = road[on][first].astype(np.int64)
        return start[found], end[found], roads


def _lonlat(point: Point) -> Floats:
    return np.array([[point.lon, point.lat]])
