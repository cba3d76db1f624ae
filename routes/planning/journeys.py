"""Places, travel bands and matrices of a problem, asked of the travel engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from geo.model import Floats, HourBand, Point
from geo.ports import TravelEngine
from routes.errors import ProblemError
from routes.model import Team, travel_band
from routes.planning.problem import Matrix, PlanPlace, TimeBand, WorkShift

__all__ = ["Places", "travel_bands", "travel_matrices"]

_HOUR_S = 3600


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


def travel_bands(shifts: Sequence[WorkShift], *, workday: bool) -> tuple[TimeBand, ...]:
    """Return the bands of the day, the first and last needed ones stretched to its ends.

    Hours in which nobody is out take the band of the nearest hour in which somebody is, so
    that no matrix is computed for them.

    Parameters
    ----------
    shifts
        Everybody's hours; at least one.
    workday
        Whether roads have their workday peaks on any of the days.
    """
    first = min(s.start_s for s in shifts) // _HOUR_S
    last = max(s.end_s - 1 for s in shifts) // _HOUR_S
    bands: list[TimeBand] = []
    for hour in range(24):
        out = min(max(hour, first), last)
        name = travel_band(out % 24 * _HOUR_S, workday=workday).value
        if bands and bands[-1].name == name:
            bands[-1] = TimeBand(name, bands[-1].start_s, (hour + 1) * _HOUR_S)
        else:
            bands.append(TimeBand(name, hour * _HOUR_S, (hour + 1) * _HOUR_S))
    return tuple(bands)


def travel_matrices(
    travel: TravelEngine,
    places: Sequence[PlanPlace],
    bands: Sequence[TimeBand],
    teams: Sequence[Team],
    *,
    advance: Callable[[], None],
) -> tuple[Matrix, ...]:
    """Return whole seconds, rounded up, and whole metres between all places.

    Raises
    ------
    ProblemError
        If a team goes by a vehicle that the engine does not know.
    """
    lonlat = np.array([(p.lon, p.lat) for p in places], dtype=np.float64).reshape(-1, 2)
    matrices = []
    for profile in dict.fromkeys(team.profile for team in teams):
        if profile not in travel.profiles:
            raise ProblemError(
                "小组 %(team)s 的交通方式 %(profile)s 不在路网之内，可用：%(known)s",
                team=next(t.id for t in teams if t.profile == profile),
                profile=profile,
                known="、".join(travel.profiles),
            )
        for band in dict.fromkeys(b.name for b in bands):
            found = travel.matrix(lonlat, lonlat, profile=profile, band=HourBand(band))
            matrices.append(
                Matrix(
                    profile,
                    band,
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
