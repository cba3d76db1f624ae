"""Roads and places that cannot be reached, and why.

A search says only that no way leads there. Three searches say why: as things are, without
closures, and with a vehicle that may pass gates. Of several closures on a road those are told
that bar the place itself, or else those between which it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from geo.runs import runs
from geo.travel.closures import Bars, Blocks, Closure
from geo.travel.doors import EDGE_SHARE
from geo.travel.engine import RoadEngine
from geo.travel.isochrones import cut_lines, merged_stretches
from geo.travel.parts import RoadParts
from geo.travel.profiles import Profile, open_arcs, stop_roads
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


_Flags = npt.NDArray[np.bool_]

_TOLD = {
    Unreachable.CLOSED: message("道路被封闭"),
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
        The same for people; None where it is reached. On a closed road it says how far the
        nearest road is that is reached, for who would walk from there.
    distance_m
        Straight way to the nearest road that the vehicle may stop on; inf where there is none.
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
    passing = _passes_gates(engine.profiles, profile)
    return Searches(reached, without, parts(opened, passing) if passing else None)


def unreachable(
    network: RoadNetwork,
    found: Searches,
    *,
    profile: Profile,
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
    closures
        What is in force; empty where the reader may not know it.
    blocks
        What it bars on these roads.
    say
        Turns Chinese source text into the reader's language.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``road``, ``reason``, ``detail``, ``closure`` (ids of those told, joined by 、)
        and ``geometry``, a line in WGS84; rows by road.
    """
    import geopandas as gpd  # half a second to import, and only drawing needs it

    road, low, high = _gaps(network.road_count, *merged_stretches(found.reached))
    if blocks is not None:
        road, low, high = _split(road, low, high, blocks.bars)
    told = (high - low) * network.length_m[road] >= _LEAST_M
    road, low, high = road[told], low[told], high[told]
    why = _reasons(network, found, profile, blocks, road, (low + high) / 2.0)
    lonlat, line = cut_lines(network, road, low, high)
    return gpd.GeoDataFrame(
        {
            "road": road,
            "reason": [str(each.reason) for each in why],
            "detail": [_told(each, closures).render(say) for each in why],
            "closure": ["、".join(one.id for one in each.named(closures)) for each in why],
        },
        geometry=np.asarray(shapely.linestrings(lonlat, indices=line), dtype=object).reshape(-1),
        crs=4326,
    )


def unreachable_points(
    engine: RoadEngine,
    found: Searches,
    origins_lonlat: Floats,
    points_lonlat: Floats,
    *,
    closures: Sequence[Closure] = (),
    profile: str = "car",
    band: HourBand = HourBand.MIDDAY,
    day: TrafficDay = TrafficDay.WORKDAY,
) -> list[PlaceReach]:
    """Return for each point whether it is reached from some origin, and if not, why.

    Parameters
    ----------
    engine
        With the closures in force.
    found
        What is reached from the same origins at the same hour by the same vehicle.
    origins_lonlat, points_lonlat
        Degrees, shapes (n, 2) and (m, 2); at least one origin.
    closures
        Those of the engine; empty where the reader may not know them.
    profile, band, day
        Vehicle and hour.

    Raises
    ------
    TravelError
        As for :meth:`geo.travel.RoadEngine.matrix`.
    """
    network, points = engine.network, np.asarray(points_lonlat, dtype=np.float64).reshape(-1, 2)
    travel_s = engine.matrix(origins_lonlat, points, profile=profile, band=band, day=day).travel_s
    reached: _Flags = np.isfinite(travel_s.min(axis=0))
    own = engine.snap(points, profile=profile)
    distance_m = own.distance_m.copy()
    off = np.flatnonzero(~reached)  # roads apart, which the engine leaves out, may be nearer
    anywhere = Snapper(network, limit_m=_ANYWHERE_M)
    stops = np.zeros(network.road_count, dtype=bool)
    stops[stop_roads(network, engine.profiles[profile])] = True
    nearest = anywhere.snap(points[off], stops)
    # where the way was open without closures, its own road is the one to speak of
    lost = (own.road[off] >= 0) & _holds(found.opened, own.road[off], own.fraction[off])
    away = np.where(lost, own.distance_m[off], nearest.distance_m)
    road = np.where(lost, own.road[off], nearest.road)
    at = np.where(lost, own.fraction[off], nearest.fraction)
    distance_m[off] = away
    near = np.flatnonzero(away <= _SNAP_M)
    road, at = road[near], at[near]
    why = _reasons(network, found, engine.profiles[profile], engine.blocks, road, at)
    free = stops & ~engine.blocks.closed.any(axis=1)
    free &= np.bincount(found.reached.road, minlength=network.road_count) > 0
    parked_m = anywhere.snap(points[off[near]], free).distance_m
    told = {
        row: (each.reason, _told_place(each, closures, walk_m))
        for row, each, walk_m in zip(off[near].tolist(), why, parked_m.tolist(), strict=True)
    }
    places = []
    for row, away_m in enumerate(distance_m.tolist()):
        reason, detail = told.get(row, (None, None))
        if detail is None and not reached[row]:
            detail = (
                message("离最近的道路 %(distance)d 米，不在路网上", distance=round(away_m))
                if np.isfinite(away_m)
                else message("路网中没有这种出行方式可停的道路")
            )
        places.append(PlaceReach(bool(reached[row]), reason, detail, away_m))
    return places


def _passes_gates(profiles: Mapping[str, Profile], name: str) -> str | None:
    """Return the profile of the same mode that may pass gates, if this one may not."""
    profile = profiles[name]
    if profile.least_access <= AccessLevel.GATED:
        return None
    return next(
        (
            each.name
            for each in profiles.values()
            if each.mode == profile.mode
            and each.least_access == AccessLevel.GATED
            and each.closed >= profile.closed  # it comes farther by gates alone
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


def _split(road: Ints, low: Floats, high: Floats, bars: Bars) -> tuple[Ints, Floats, Floats]:
    """Return stretches cut where closures of their road begin and end, in the same order."""
    cuts = np.unique(np.concatenate([2.0 * bars.road + bars.low, 2.0 * bars.road + bars.high]))
    first = np.searchsorted(cuts, 2.0 * road + low, side="right")
    count = np.maximum(np.searchsorted(cuts, 2.0 * road + high) - first, 0)
    stretch = np.repeat(np.arange(len(road)), count)
    share = cuts[runs(first, count)] - 2.0 * road[stretch]
    begin = np.concatenate([low, share])
    of = np.concatenate([np.arange(len(road)), stretch])
    order = np.lexsort((begin, of))
    begin, of = begin[order], of[order]
    last = np.r_[of[1:] != of[:-1], True] if len(of) else np.zeros(0, dtype=bool)
    end = np.where(last, high[of], np.roll(begin, -1))
    return road[of], begin, end


def _holds(parts: RoadParts | None, road: Ints, at: Floats) -> _Flags:
    """Return whether a place on a road is on some part."""
    if parts is None or not len(parts.road):
        return np.zeros(len(road), dtype=bool)
    held, low, high = merged_stretches(parts)
    row = np.searchsorted(low + 2.0 * held, at + 2.0 * road, side="right") - 1
    row = np.maximum(row, 0)
    found: _Flags = (held[row] == road) & (low[row] <= at) & (at <= high[row])
    return found


@dataclass(frozen=True, slots=True)
class _Why:
    """Why a place is not reached, and the rows of the closures to be told for it."""

    reason: Unreachable
    rows: tuple[int, ...] = ()

    def named(self, closures: Sequence[Closure]) -> list[Closure]:
        """Return the closures to be told, none where the reader may not know them."""
        return [closures[row] for row in self.rows] if closures else []


def _reasons(
    network: RoadNetwork,
    found: Searches,
    profile: Profile,
    blocks: Blocks | None,
    road: Ints,
    at: Floats,
) -> list[_Why]:
    """Return why places on roads, by the share of the length from the tail, are not reached."""
    usable: _Flags = open_arcs(network, profile)[road, :]
    level = network.access[road, :, profile.mode].max(axis=1)
    barred, closing, enclosing = _barred(blocks, road, at, usable)
    passing = _holds(found.gated, road, at)
    fenced = (level == AccessLevel.GATED) & (profile.least_access > AccessLevel.GATED)
    shut = ~usable.any(axis=1)
    lost = _holds(found.opened, road, at) & ~_holds(found.reached, road, at)
    rules = [
        (shut & fenced, Unreachable.GATED),
        (shut, Unreachable.NO_ACCESS),
        (barred, Unreachable.CLOSED),
        (lost, Unreachable.CUT_OFF),
        (passing, Unreachable.GATED),
    ]
    names = [name for _, name in rules] + [Unreachable.ISLAND]
    held = np.stack([flags for flags, _ in rules] + [np.ones(len(road), dtype=bool)])
    rows_of = {Unreachable.CLOSED: closing, Unreachable.CUT_OFF: enclosing}
    return [
        _Why(names[which], rows_of.get(names[which], {}).get(row, ()))
        for row, which in enumerate(np.argmax(held, axis=0).tolist())
    ]


def _barred(
    blocks: Blocks | None, road: Ints, at: Floats, usable: _Flags
) -> tuple[_Flags, dict[int, tuple[int, ...]], dict[int, tuple[int, ...]]]:
    """Return which places closures bar, and the rows of closures by place.

    Returns
    -------
    barred
        Whether every direction that the vehicle may use is closed at the place.
    closing, enclosing
        The closures at a place; those of its road, where it lies between two of them.
    """
    shut = np.zeros((len(road), 2), dtype=bool)
    if blocks is None:
        return shut[:, 0], {}, {}
    bars = blocks.bars
    first = np.searchsorted(bars.road, road)
    count = np.searchsorted(bars.road, road, side="right") - first
    place, bar = np.repeat(np.arange(len(road)), count), runs(first, count)
    counts = (bars.closed[bar] & usable[place]).any(axis=1)
    place, bar = place[counts], bar[counts]
    begun, over = bars.low[bar] <= at[place] + EDGE_SHARE, bars.high[bar] < at[place] - EDGE_SHARE
    here, before, after = begun & ~over, over, ~begun
    np.logical_or.at(shut, place[here], bars.closed[bar[here]])
    sides = [np.bincount(place[each], minlength=len(road)) > 0 for each in (before, after)]
    between = (sides[0] & sides[1])[place] & ~here
    barred = usable.any(axis=1) & (shut | ~usable).all(axis=1)
    return (
        np.asarray(barred),
        _by_place(place[here], bars.closure[bar[here]]),
        _by_place(place[between], bars.closure[bar[between]]),
    )


def _by_place(place: Ints, closure: Ints) -> dict[int, tuple[int, ...]]:
    """Return the closures of each place, each once, in their order."""
    found: dict[int, dict[int, None]] = {}
    for row, each in zip(place.tolist(), closure.tolist(), strict=True):
        found.setdefault(row, {})[each] = None
    return {row: tuple(sorted(several)) for row, several in found.items()}


def _told(why: _Why, closures: Sequence[Closure]) -> Message:
    named = "；".join(f"{one.id}：{one.reason}" for one in why.named(closures))
    if not named:
        return _TOLD[why.reason]
    if why.reason is Unreachable.CLOSED:
        return message("被封闭 %(closures)s", closures=named)
    return message("夹在几处封闭之间：%(closures)s", closures=named)


def _told_place(why: _Why, closures: Sequence[Closure], walk_m: float) -> Message:
    """Return the reason with the way on foot from where one may park, on a closed road."""
    told = _told(why, closures)
    if why.reason is not Unreachable.CLOSED or not walk_m <= _SNAP_M:
        return told
    return message(
        "%(why)s；最近的能到的道路在直线 %(distance)d 米外，可考虑停车步行",
        why=told,
        distance=round(walk_m),
    )
