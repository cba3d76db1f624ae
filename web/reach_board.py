"""What can be reached in time, for the map: bands of minutes as polygons with their size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from data.model import Account
from geo.model import HourBand, Point, TrafficDay
from geo.network import RoadNetwork
from geo.ports import RoadTravel
from geo.projections import local_projection
from geo.travel import PROFILES, RoadEngine
from geo.travel.isochrones import clip_parts, isochrone, merged_stretches
from geo.travel.parts import RoadParts
from geo.travel.unreachable import Unreachable, searches, unreachable, unreachable_points
from web.closure_board import Spot
from web.errors import ReachFormError
from web.services import Services

__all__ = [
    "Asked",
    "band_minutes",
    "bands_json",
    "parts_of",
    "point_of",
    "read_asked",
    "start_of",
    "unreachable_json",
]

LEAST_MINUTES, MOST_MINUTES = 5, 60
MOST_PARTS = 1500
"""Most roads out of reach that a page draws."""

_BESIDE_M = 100.0  # plots that are walked to from the road, so that a town is one area
_LEAST_HOLE_M2 = 40_000.0
_STEP = 5
_MOST_BANDS = 6
_DIGITS = 5  # of a degree, about a metre


@dataclass(frozen=True, slots=True)
class Asked:
    """From where, for how long, by what, when; and whether to say what is never reached."""

    start: Point
    minutes: int
    profile: str
    day: TrafficDay
    band: HourBand
    with_unreachable: bool = False


def read_asked(values: Mapping[str, Any], start: Point) -> Asked:
    """Return what a page asks.

    Parameters
    ----------
    values
        ``minutes``, ``profile``, ``day``, ``band`` as texts or numbers; ``unreachable``,
        1 where these are asked for.
    start
        See :func:`start_of`.

    Raises
    ------
    ReachFormError
        If one of them is missing or unknown.
    """
    try:
        minutes = int(values["minutes"])
        day, band = TrafficDay(values["day"]), HourBand(values["band"])
        profile = str(values["profile"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ReachFormError("可达范围的条件不完整或无法识别，请刷新页面后重新选择") from None
    if profile not in PROFILES:
        raise ReachFormError("可达范围的条件不完整或无法识别，请刷新页面后重新选择")
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise ReachFormError(
            "行车时间须在 %(least)d 至 %(most)d 分钟之间", least=LEAST_MINUTES, most=MOST_MINUTES
        )
    with_unreachable = str(values.get("unreachable", "")) == "1"
    return Asked(start, minutes, profile, day, band, with_unreachable)


def start_of(name: str, here: Services, reader: Account) -> Point | None:
    """Return where ``station:ID`` or ``team:ID`` lies; None where the reader may not know it.

    A partner may start from its own station only.
    """
    kind, _, key = name.partition(":")
    if kind == "station" and reader.station_id in (None, key):
        return next((one.point for one in here.store.stations() if one.id == key), None)
    if kind == "team" and reader.station_id is None:
        return next((one.base for one in here.store.teams() if one.id == key), None)
    return None


def point_of(values: Mapping[str, Any]) -> Point:
    """Return a point that was chosen on the map.

    Raises
    ------
    ReachFormError
        If it is none.
    """
    lon: Any = values.get("lon")
    lat: Any = values.get("lat")
    if not (_is_degrees(lon, 180) and _is_degrees(lat, 90)):
        raise ReachFormError("出发点的坐标无法识别，请在地图上重新点选")
    return Point(float(lon), float(lat))


def _is_degrees(value: object, most: int) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= most  # type: ignore[arg-type]


def band_minutes(minutes: int) -> list[int]:
    """Return the limits of the bands up to some minutes, at most six.

    Examples
    --------
    >>> band_minutes(15), band_minutes(60)
    ([5, 10, 15], [10, 20, 30, 40, 50, 60])
    """
    step = _STEP * math.ceil(minutes / _STEP / _MOST_BANDS)
    return sorted({*range(step, minutes, step), minutes})


def parts_of(asked: Asked, engine: RoadTravel) -> RoadParts:
    """Return the parts of roads that are reached.

    Raises
    ------
    ReachFormError
        If the start lies off the network, or the vehicle may use no road there.
    """
    parts = engine.reach(
        np.array([[asked.start.lon, asked.start.lat]]),
        limit_s=asked.minutes * 60.0,
        profile=asked.profile,
        band=asked.band,
        day=asked.day,
    )
    if not len(parts.road):
        raise ReachFormError("从这里用此交通方式到不了任何道路：离道路太远，或道路已封闭")
    return parts


def bands_json(network: RoadNetwork, parts: RoadParts, asked: Asked) -> list[dict[str, Any]]:
    """Return each band as a ring about the nearer ones, with what lies within its limit.

    Returns
    -------
    list of dict
        ``minutes``; ``geometry`` as GeoJSON; ``area_km2`` of the drawing and ``road_km``, both
        from the start to the limit.
    """
    limits = band_minutes(asked.minutes)
    drawn = isochrone(
        network,
        parts,
        limits_s=[60.0 * limit for limit in limits],
        width_m=_BESIDE_M,
        smallest_hole_m2=_LEAST_HOLE_M2,
        simplify_m=_BESIDE_M / 10.0,
    )
    areas_m2 = drawn.to_crs(local_projection([[asked.start.lon, asked.start.lat]])).area
    nearer: BaseGeometry | None = None
    found = []
    for limit, shape, area_m2 in zip(limits, drawn.geometry, areas_m2, strict=True):
        ring = shape if nearer is None else shapely.difference(shape, nearer)
        road, low, high = merged_stretches(clip_parts(parts, 60.0 * limit))
        found.append(
            {
                "minutes": limit,
                "geometry": mapping(shapely.set_precision(ring, 10.0**-_DIGITS)),
                "area_km2": round(float(area_m2) / 1e6, 2),
                "road_km": round(float(((high - low) * network.length_m[road]).sum()) / 1000.0, 1),
            }
        )
        nearer = shape
    return found


def unreachable_json(
    engine: RoadEngine,
    asked: Asked,
    *,
    spots: Sequence[Spot],
    say: Callable[[str], str],
    tell_closures: bool,
) -> dict[str, Any]:
    """Return the roads and places that are not reached in any time, and why.

    Parameters
    ----------
    engine
        With the closures in force.
    asked
        Start, vehicle and hour; the minutes do not matter.
    spots
        Places that the reader may know.
    say
        Turns Chinese source text into the reader's language.
    tell_closures
        Whether the reader may know which closure bars a road.

    Returns
    -------
    dict
        ``reasons`` with roads and km, the longest first; ``parts`` to draw, the nearest and at
        most ``MOST_PARTS``; ``left_out``, how many are not drawn; ``places`` with kind, label,
        position and reason. Roads that the vehicle may never use are summed but not drawn.
    """
    start = np.array([[asked.start.lon, asked.start.lat]])
    found = searches(engine, start, profile=asked.profile, band=asked.band, day=asked.day)
    told = engine.closures if tell_closures else ()
    lost = unreachable(
        engine.network,
        found,
        profile=engine.profiles[asked.profile],
        closures=told,
        blocks=engine.blocks,
        say=say,
    )
    reaches = unreachable_points(
        engine,
        found,
        start,
        np.array([(spot.lon, spot.lat) for spot in spots]),
        closures=told,
        profile=asked.profile,
        band=asked.band,
        day=asked.day,
    )
    lost["km"] = lost.to_crs(local_projection(start)).length / 1000.0
    sums = lost.groupby("detail").agg(roads=("road", "nunique"), km=("km", "sum"))
    drawn = lost[lost["reason"] != Unreachable.NO_ACCESS].copy()
    drawn["away"] = shapely.distance(shapely.Point(start[0]), np.asarray(drawn.geometry))
    drawn = drawn.sort_values("away", kind="stable")
    shown = drawn.head(MOST_PARTS)
    return {
        "reasons": [
            {"reason": detail, "roads": int(row.roads), "km": round(float(row.km), 1)}
            for detail, row in sums.sort_values("km", ascending=False).iterrows()
        ],
        "parts": [
            {"geometry": mapping(shapely.set_precision(line, 10.0**-_DIGITS)), "reason": detail}
            for line, detail in zip(shown.geometry, shown["detail"], strict=True)
        ],
        "left_out": len(drawn) - len(shown),
        "places": [
            {
                "kind": spot.kind,
                "label": spot.label,
                "lon": round(spot.lon, _DIGITS),
                "lat": round(spot.lat, _DIGITS),
                "reason": each.detail.render(say),
            }
            for spot, each in zip(spots, reaches, strict=True)
            if each.detail is not None
        ],
    }
