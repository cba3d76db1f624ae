"""Places, travel bands and matrices of a problem, asked of the travel engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from geo.localtime import DAY_S, moment_at
from geo.model import Floats, HourBand, Point, TrafficDay
from geo.ports import RoadTravel
from routes.errors import ProblemError
from routes.model import Team, travel_band
from routes.planning.problem import EscortStation, Matrix, PlanPlace, PlanTeam, TimeBand, WorkShift

if TYPE_CHECKING:
    from geo.travel.closures import Closure

__all__ = ["Conditions", "Places", "conditions_at", "travel_bands", "travel_matrices"]

_HOUR_S = 3600
_SECOND = timedelta(seconds=1)
_AHEAD = timedelta(minutes=30)


class Places:
    """Gives each point one row of the matrices; points asked for twice share it."""

    def __init__(self) -> None:
        self._ids: dict[Point, str] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def at(self, point: Point, name: str) -> str:
        """Return the id of the place at a point, ``name`` where it is new."""
        return self._ids.setdefault(point, name)

    def count_new(self, points: Iterable[Point]) -> int:
        """Return how many of the points have no row yet."""
        return len(set(points) - self._ids.keys())

    def listed(self) -> tuple[PlanPlace, ...]:
        """Return the places in the order of the rows."""
        return tuple(PlanPlace(name, p.lon, p.lat) for p, name in self._ids.items())


@dataclass(frozen=True, slots=True)
class Conditions:
    """How the roads are driven: part and kind of the day, and what is closed."""

    band: HourBand
    day: TrafficDay
    closures: tuple[Closure, ...] = ()


def conditions_at(
    day: date, second: int, *, traffic: TrafficDay, closures: Iterable[Closure]
) -> Conditions:
    """Return what holds for a team that leaves at this second of a day.

    A closure counts from half an hour before it begins until it ends, since who leaves in that
    half hour may meet it on the way.
    """
    leaving = moment_at(day, second)
    until = leaving + _AHEAD + _SECOND
    return Conditions(
        travel_band(second % DAY_S),
        traffic,
        tuple(closure for closure in closures if closure.meets(leaving, until)),
    )


def travel_bands(
    shifts: Sequence[WorkShift],
    traffic: Mapping[date, TrafficDay],
    closures: Sequence[Closure] = (),
) -> tuple[tuple[TimeBand, ...], dict[str, Conditions]]:
    """Return the bands of the days, and under which conditions each name of a band is driven.

    A day is cut where its hour band changes and where a closure begins or ceases to count.
    Hours in which nobody is out take the conditions of the nearest hour in which somebody is, so
    that no matrix is computed for them. Bands under the same conditions share a name, so that
    days and hours without a closure cost no matrix more than if there were none; days that are
    all alike share their bands.

    Parameters
    ----------
    shifts
        Everybody's hours; at least one.
    traffic
        The kind of each day to plan.
    closures
        Those that nobody lifted, at whatever time they are in force.
    """
    first_s = min(s.start_s for s in shifts)
    last_s = max(s.end_s + s.overtime_s for s in shifts) - 1
    names: dict[Conditions, str] = {}
    by_day: dict[date, list[tuple[str, int, int]]] = {}
    for day, kind in traffic.items():
        bands = by_day[day] = []
        for start_s, end_s in pairwise(_cuts(day, first_s, last_s, closures)):
            out_s = min(max(start_s, first_s), last_s)
            held = conditions_at(day, out_s, traffic=kind, closures=closures)
            name = names.setdefault(held, _name(held, names))
            if bands and bands[-1][0] == name:
                start_s = bands.pop()[1]
            bands.append((name, start_s, end_s))
    alike = len({tuple(bands) for bands in by_day.values()}) == 1
    listed = dict.fromkeys(
        TimeBand(*band, None if alike else day) for day, bands in by_day.items() for band in bands
    )
    return tuple(listed), {name: held for held, name in names.items()}


def _cuts(day: date, first_s: int, last_s: int, closures: Iterable[Closure]) -> list[int]:
    """Return the seconds at which conditions may change, with the day's begin and end."""
    close_s = max(DAY_S, (last_s // _HOUR_S + 1) * _HOUR_S)
    cuts = set(range(0, close_s, _HOUR_S))
    midnight = moment_at(day, 0)
    for closure in closures:
        if closure.begin is not None:
            cuts.add((closure.begin - _AHEAD - midnight) // _SECOND)
        if closure.end is not None:
            cuts.add(-((midnight - closure.end) // _SECOND))
    return sorted({0, close_s} | {second for second in cuts if first_s < second <= last_s})


def _name(held: Conditions, named: Iterable[Conditions]) -> str:
    """Return a name for conditions; sets of closures are numbered in the order they are met."""
    parts = [held.band.value]
    if held.day is not TrafficDay.WORKDAY:
        parts.append(held.day.value)
    if held.closures:
        met = dict.fromkeys(one.closures for one in named if one.closures)
        met[held.closures] = None
        parts.append(f"closed-{list(met).index(held.closures) + 1}")
    return " ".join(parts)


def travel_matrices(
    travel: RoadTravel,
    places: Sequence[PlanPlace],
    conditions: Mapping[str, Conditions],
    teams: Sequence[Team | PlanTeam],
    *,
    stations: Sequence[EscortStation],
    advance: Callable[[], None],
) -> tuple[Matrix, ...]:
    """Return whole seconds, rounded up, and whole metres between all places, by band name.

    No road is closed in ``travel`` itself.

    Parameters
    ----------
    stations
        Those whose officers may come by a vehicle of their own.

    Raises
    ------
    ProblemError
        If a team or a station goes by a vehicle that the engine does not know.
    """
    lonlat = np.array([(p.lon, p.lat) for p in places], dtype=np.float64).reshape(-1, 2)
    engines = {
        closures: travel.with_closures(closures) if closures else travel
        for closures in dict.fromkeys(held.closures for held in conditions.values())
    }
    matrices = []
    own = [station.profile for station in stations if station.profile]
    for profile in dict.fromkeys([*(team.profile for team in teams), *own]):
        if profile not in travel.profiles and profile in own:
            raise ProblemError(
                "派出所 %(id)s 的出警交通方式 %(profile)s 不在路网之内，可用：%(known)s",
                id=next(one.id for one in stations if one.profile == profile),
                profile=profile,
                known="、".join(travel.profiles),
            )
        if profile not in travel.profiles:
            raise ProblemError(
                "小组 %(team)s 的交通方式 %(profile)s 不在路网之内，可用：%(known)s",
                team=next(t.id for t in teams if t.profile == profile),
                profile=profile,
                known="、".join(travel.profiles),
            )
        for name, held in conditions.items():
            found = engines[held.closures].matrix(
                lonlat, lonlat, profile=profile, band=held.band, day=held.day
            )
            matrices.append(
                Matrix(
                    profile,
                    name,
                    _whole(found.travel_s, np.ceil),
                    _whole(found.length_m, np.round),
                )
            )
            advance()
    return tuple(matrices)


def _whole(array: Floats, rounding: Callable[[Floats], Floats]) -> Floats:
    whole = rounding(np.array(array, dtype=np.float64))
    np.fill_diagonal(whole, 0.0)
    return whole
