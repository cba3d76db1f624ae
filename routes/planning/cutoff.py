"""Which places closed roads cut off, and which closures do so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from geo.ports import RoadTravel
from routes.model import Team
from routes.planning.journeys import Conditions
from routes.planning.problem import (
    CutOff,
    Matrix,
    PlanPlace,
    PlanTeam,
    TimeBand,
    WorkShift,
    bands_on,
)

if TYPE_CHECKING:
    from geo.travel.closures import Closure

__all__ = ["cut_off_places"]


def cut_off_places(
    travel: RoadTravel,
    places: Sequence[PlanPlace],
    bands: Sequence[TimeBand],
    conditions: Mapping[str, Conditions],
    matrices: Iterable[Matrix],
    shifts: Iterable[WorkShift],
    teams: Iterable[Team | PlanTeam],
) -> tuple[CutOff, ...]:
    """Return the places that some team cannot reach, or not come back from, while roads are closed.

    The reasons told are those of every closure that cuts a place off alone; where only several
    do so together, of each without which the place could be reached, or else of all. A place that
    is out of reach on open roads too is not told.

    Parameters
    ----------
    travel
        No road is closed in it.
    bands, conditions
        As :func:`routes.planning.journeys.travel_bands` returns them.
    matrices
        Between the places, under these conditions.
    """
    lonlat = np.array([(p.lon, p.lat) for p in places], dtype=np.float64).reshape(-1, 2)
    row = {place.id: index for index, place in enumerate(places)}
    profile_of: dict[str, str] = {team.id: team.profile for team in teams}
    matrix_of = {(m.profile, m.band): m.travel_s for m in matrices}
    asked: dict[tuple[str, int, str], dict[int, tuple[str, ...]]] = {}
    told: defaultdict[tuple[str, date], dict[str, None]] = defaultdict(dict)
    for shift in shifts:
        profile, base = profile_of[shift.team], row[shift.start_place]
        for name in dict.fromkeys(band.name for band in bands_on(bands, shift.day)):
            held, key = conditions[name], (profile, base, name)
            if held.closures and key not in asked:
                travel_s = matrix_of[profile, name]
                lost = np.flatnonzero(~np.isfinite(travel_s[base] + travel_s[:, base]))
                asked[key] = _reasons(travel, lonlat, base, lost, profile, held)
            for place, said in asked.get(key, {}).items():
                told[places[place].id, shift.day] |= dict.fromkeys(said)
    return tuple(CutOff(place, day, "；".join(said)) for (place, day), said in told.items())


def _reasons(
    travel: RoadTravel, lonlat: Floats, base: int, lost: Ints, profile: str, held: Conditions
) -> dict[int, tuple[str, ...]]:
    """Return why the places that are lost under some conditions are so, by row."""
    if not len(lost):
        return {}

    def cuts(closures: Sequence[Closure]) -> npt.NDArray[np.bool_]:
        shut = Conditions(held.band, held.day, tuple(closures))
        return ~_reached(travel, lonlat[base : base + 1], lonlat[lost], profile, shut)

    never = cuts(())
    closures = held.closures
    told = np.array([cuts([closure]) for closure in closures])
    if not told.any(axis=0).all():
        others = [[one for one in closures if one is not closure] for closure in closures]
        told |= ~told.any(axis=0) & ~np.array([cuts(some) for some in others])
    told |= ~told.any(axis=0)
    return {
        place: tuple(
            one.reason for one, said in zip(closures, told[:, column], strict=True) if said
        )
        for column, place in enumerate(lost.tolist())
        if not never[column]
    }


def _reached(
    travel: RoadTravel,
    bases_lonlat: Floats,
    points_lonlat: Floats,
    profile: str,
    held: Conditions,
) -> npt.NDArray[np.bool_]:
    """Return whether each point can be reached from some base, and some base from it.

    Parameters
    ----------
    bases_lonlat, points_lonlat
        WGS84 degrees, shapes (n, 2) and (m, 2); at least one base.
    """
    engine = travel.with_closures(held.closures) if held.closures else travel
    there = engine.matrix(
        bases_lonlat, points_lonlat, profile=profile, band=held.band, day=held.day
    )
    back = engine.matrix(points_lonlat, bases_lonlat, profile=profile, band=held.band, day=held.day)
    found: npt.NDArray[np.bool_] = np.isfinite(there.travel_s.min(axis=0)) & np.isfinite(
        back.travel_s.min(axis=1)
    )
    return found
