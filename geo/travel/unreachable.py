"""Roads and places that cannot be reached, and why.

A search says only that no way leads there. Three searches say why: as things are, without
closures, and with a vehicle that may pass gates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import TravelError
from geo.messages import Message, message
from geo.model import Floats, HourBand, Ints, TrafficDay
from geo.network import RoadNetwork
from geo.roadtags import AccessLevel
from geo.travel.closures import Blocks, Closure
from geo.travel.engine import RoadEngine
from geo.travel.isochrones import cut_lines, merged_stretches
from geo.travel.parts import RoadParts
from geo.travel.profiles import PROFILES, Profile, open_arcs
from geo.travel.snapping import Snapper

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "PlaceReach",
    "Searches",
    "Unreachable",
    "searches",
    "unreachable",
    "unreachable_points",
    "unreachable_stretches",
]

_SNAP_M = 2000.0  # a place on an island is this near to a road of it
_LEAST_M = 1.0  # a shorter stretch is not told
_ANYWHERE_M = 20_100_000.0  # half round the earth


class Unreachable(StrEnum):
    """Why no way leads to a place on the roads, the first that holds."""

    NO_ACCESS = "no_access"
    GATED = "gated"
    CLOSED = "closed"
    CUT_OFF = "cut_off"
    ISLAND = "island"


_TOLD = {
    Unreachable.NO_ACCESS: message("这种出行方式不得驶入这条路"),
    Unreachable.GATED: message("隔着门禁，可通过门禁的车辆能到"),
    Unreachable.CUT_OFF: message("道路未封闭，但通往它的路都被封闭"),
    Unreachable.ISLAND: message("即使没有封闭，也没有路相连"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """What is reached from the same origins in any time.

    Parameters
    ----------
    reached
        As things are.
    opened
        If no closure were in force.
    gated
        If the vehicle might pass gates besides; None where that makes no difference.
    """

    reached: RoadParts
    opened: RoadParts
    gated: RoadParts | None = None


@dataclass(frozen=True, slots=True)
class PlaceReach:
    """Whether a place is reached, and if not, why.

    Parameters
    ----------
    reached
        Whether some way leads there.
    reason
        Why not; None where it is reached, and where it lies off the network.
    detail
        The same for people; None where it is reached.
    distance_m
        Straight way to the nearest road that the vehicle may stop on.
    """

    reached: bool
    reason: Unreachable | None
    detail: Message | None
    distance_m: float


def searches(
    engine: RoadEngine,
    origins_lonlat: Floats,
    *,
    profile: str = "car",
    band: HourBand = HourBand.MIDDAY,
    day: TrafficDay = TrafficDay.WORKDAY,
) -> Searches:
    """Search three times from the nearest of some origins.

    Raises
    ------
    TravelError
        If there is no origin, or as for :meth:`geo.travel.RoadEngine.reach`.
    """
    if not len(origins_lonlat):
        raise TravelError("没有给出起点，请给出至少一个派出所或坐标")

    def parts(chosen: RoadEngine, name: str) -> RoadParts:
        return chosen.reach(origins_lonlat, limit_s=np.inf, profile=name, band=band, day=day)

    reached, opened = parts(engine, profile), engine.with_closures(())
    without = parts(opened, profile) if engine.closures else reached
    passing = _passes_gates(PROFILES[profile])
    return Searches(reached, without, parts(opened, passing) if passing else None)


def unreachable(
    network: RoadNetwork,
    found: Searches,
    *,
    profile: str,
    closures: Sequence[Closure] = (),
    blocks: Blocks | None = None,
    say: Callable[[str], str] = str,
) -> gpd.GeoDataFrame:
    """Return the stretches of roads that are not reached, and why.

    Parameters
    ----------
    network, found
        Roads, and what of them is reached.
    profile
        Vehicle of the search.
    closures, blocks
        What is in force, and what it bars on these roads.
    say
        Turns Chinese source text into the reader's language.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``road``, ``reason``, ``detail``, ``closure`` (its id, or empty) and
        ``geometry``, a line in WGS84; rows by road.
    """
    import geopandas as gpd  # half a second to import, and only drawing needs it

    road, low, high, reasons = unreachable_stretches(
        network, found, profile=PROFILES[profile], blocks=blocks
    )
    lonlat, line = cut_lines(network, road, low, high)
    why = [
        _closure_of(closures, blocks, int(row), reason)
        for row, reason in zip(road, reasons, strict=True)
    ]
    return gpd.GeoDataFrame(
        {
            "road": road,
            "reason": [str(reason) for reason in reasons],
            "detail": [
                _told(reason, closure).render(say)
                for reason, closure in zip(reasons, why, strict=True)
            ],
            "closure": [closure.id if closure else "" for closure in why],
        },
        geometry=np.asarray(shapely.linestrings(lonlat, indices=line), dtype=object).reshape(-1),
        crs=4326,
    )


def unreachable_stretches(
    network: RoadNetwork, found: Searches, *, profile: Profile, blocks: Blocks | None = None
) -> tuple[Ints, Floats, Floats, list[Unreachable]]:
    """Return road, shares of its length from the tail, and reason of all that is not reached."""
    road, low, high = _gaps(network.road_count, *merged_stretches(found.reached))
    if blocks is not None:
        road, low, high = _split(road, low, high, blocks)
    told = (high - low) * network.length_m[road] >= _LEAST_M
    road, low, high = road[told], low[told], high[told]
    reasons = _reasons(network, found, profile, blocks, road, (low + high) / 2.0)
    return road, low, high, reasons


def unreachable_points(
    engine: RoadEngine,
    origins_lonlat: Floats,
    points_lonlat: Floats,
    *,
    profile: str = "car",
    band: HourBand = HourBand.MIDDAY,
    day: TrafficDay = TrafficDay.WORKDAY,
) -> list[PlaceReach]:
    """Return for each point whether it is reached from some origin, and if not, why.

    Parameters
    ----------
    engine
        With the closures in force.
    origins_lonlat, points_lonlat
        Degrees, shapes (n, 2) and (m, 2).
    profile, band, day
        Vehicle and hour.

    Raises
    ------
    TravelError
        If there is no origin, or as for :meth:`geo.travel.RoadEngine.matrix`.
    """
    found = searches(engine, origins_lonlat, profile=profile, band=band, day=day)
    network, points = engine.network, np.asarray(points_lonlat, dtype=np.float64).reshape(-1, 2)
    travel_s = engine.matrix(origins_lonlat, points, profile=profile, band=band, day=day).travel_s
    reached: npt.NDArray[np.bool_] = np.isfinite(travel_s.min(axis=0))
    snapped = engine.snap(points, profile=profile)
    road, fraction = snapped.road.copy(), snapped.fraction.copy()
    distance_m = snapped.distance_m.copy()
    off = np.flatnonzero(~reached)  # roads apart, which the engine leaves out, may be nearer
    if len(off):
        usable = open_arcs(network, PROFILES[profile])
        anywhere = Snapper(network, limit_m=_ANYWHERE_M)
        nearest = anywhere.snap(points[off], usable[:, 0] | usable[:, 1])
        distance_m[off] = nearest.distance_m
        near = np.flatnonzero(nearest.distance_m <= _SNAP_M)
        road[off[near]], fraction[off[near]] = nearest.road[near], nearest.fraction[near]
    lost = np.flatnonzero(~reached & (road >= 0))
    reasons = _reasons(
        network,
        found,
        PROFILES[profile],
        engine.blocks,
        road[lost],
        fraction[lost],
    )
    reason_of = dict(zip(lost.tolist(), reasons, strict=True))
    places = []
    for row, on in enumerate(road.tolist()):
        reason, away_m = reason_of.get(row), float(distance_m[row])
        detail = None
        if reason is not None:
            closure = _closure_of(engine.closures, engine.blocks, on, reason)
            detail = _told(reason, closure)
        elif not reached[row]:
            detail = message("离最近的道路 %(distance)d 米，不在路网上", distance=round(away_m))
        places.append(PlaceReach(bool(reached[row]), reason, detail, away_m))
    return places


def _passes_gates(profile: Profile) -> str | None:
    """Return the profile of the same mode that may pass gates, if this one may not."""
    if profile.least_access <= AccessLevel.GATED:
        return None
    return next(
        (
            each.name
            for each in PROFILES.values()
            if each.mode == profile.mode and each.least_access == AccessLevel.GATED
        ),
        None,
    )


def _gaps(count: int, road: Ints, low: Floats, high: Floats) -> tuple[Ints, Floats, Floats]:
    """Return the stretches of all roads that are not among some, by road."""
    starts = np.concatenate([np.arange(count), road])
    begin = np.concatenate([np.zeros(count), high])
    ends = np.concatenate([road, np.arange(count)])
    stop = np.concatenate([low, np.ones(count)])
    first, last = np.lexsort((begin, starts)), np.lexsort((stop, ends))
    open_ = begin[first] < stop[last]
    return starts[first][open_], begin[first][open_], stop[last][open_]


def _split(road: Ints, low: Floats, high: Floats, blocks: Blocks) -> tuple[Ints, Floats, Floats]:
    """Return stretches cut where a closure of their road begins and ends, in the same order."""
    begin = np.clip(blocks.low[road], low, high)
    end = np.clip(blocks.high[road], begin, high)
    edges = np.column_stack([low, begin, end, high])
    return np.repeat(road, 3), edges[:, :-1].reshape(-1), edges[:, 1:].reshape(-1)


def _holds(parts: RoadParts | None, road: Ints, at: Floats) -> npt.NDArray[np.bool_]:
    """Return whether a place on a road is on some part."""
    if parts is None or not len(parts.road):
        return np.zeros(len(road), dtype=bool)
    held, low, high = merged_stretches(parts)
    row = np.searchsorted(low + 2.0 * held, at + 2.0 * road, side="right") - 1
    row = np.maximum(row, 0)
    found: npt.NDArray[np.bool_] = (held[row] == road) & (low[row] <= at) & (at <= high[row])
    return found


def _reasons(
    network: RoadNetwork,
    found: Searches,
    profile: Profile,
    blocks: Blocks | None,
    road: Ints,
    at: Floats,
) -> list[Unreachable]:
    """Return why places on roads, by the share of the length from the tail, are not reached."""
    usable: npt.NDArray[np.bool_] = open_arcs(network, profile)[road, :]
    level = network.access[road, :, profile.mode].max(axis=1)
    barred = np.zeros(len(road), dtype=bool)
    if blocks is not None:
        inside = (blocks.low[road] <= at) & (at <= blocks.high[road])
        barred = usable.any(axis=1) & inside & (blocks.closed[road, :] | ~usable).all(axis=1)
    passing = _holds(found.gated, road, at)
    fenced = (level == AccessLevel.GATED) & (profile.least_access > AccessLevel.GATED)
    shut = ~usable.any(axis=1)
    rules = [
        (shut & (passing | fenced), Unreachable.GATED),
        (shut, Unreachable.NO_ACCESS),
        (barred, Unreachable.CLOSED),
        (_holds(found.opened, road, at), Unreachable.CUT_OFF),
        (passing, Unreachable.GATED),
    ]
    names = [name for _, name in rules] + [Unreachable.ISLAND]
    held = np.stack([flags for flags, _ in rules] + [np.ones(len(road), dtype=bool)])
    return [names[row] for row in np.argmax(held, axis=0)]


def _closure_of(
    closures: Sequence[Closure], blocks: Blocks | None, road: int, reason: Unreachable
) -> Closure | None:
    """Return the closure to be told, where a closure is the reason."""
    if blocks is None or reason is not Unreachable.CLOSED or blocks.closure[road] < 0:
        return None
    return closures[int(blocks.closure[road])]


def _told(reason: Unreachable, closure: Closure | None) -> Message:
    if closure is not None:
        return message("被封闭 %(id)s：%(reason)s", id=closure.id, reason=closure.reason)
    return _TOLD.get(reason, message("道路被封闭"))
