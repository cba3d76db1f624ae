"""An officer confirms where an address is: the claim gets the place, the gazetteer learns it."""

from __future__ import annotations

from typing import Any

import numpy as np

from data.place_decisions import PlaceBasis
from geo.coordinates import check_china_lonlat, distance_m, to_wgs84
from geo.model import AreaKind, Datum, Point
from routes.model import ClaimId
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.desk import confirm_place, held_claim, spread_places
from web.i18n import marked, translator
from web.wiring import Court, using

__all__ = ["confirm"]

_OUTSIDE = marked(
    "位置在本院辖区以外，未记入地名表；若有误，请核对坐标和坐标系（--datum）后重新确认"
)


def confirm(
    settings: Settings,
    claim: str,
    *,
    lon: float,
    lat: float,
    datum: Datum = Datum.WGS84,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Confirm a claim's place, given in any datum, on the command line.

    The next geocoding of the same address, whoever's it is, finds the confirmed point; addresses
    near it are located anew. The result says how far the place moved, and what holds it, so that
    a slip is seen at once.

    Raises
    ------
    WebError
        If there is no such claim.
    """
    given = np.array([[lon, lat]])
    check_china_lonlat(given)
    ((wgs_lon, wgs_lat),) = to_wgs84(given, datum).tolist()
    claim_id, point = ClaimId(claim), Point(wgs_lon, wgs_lat)
    with using(Court(settings, clock=clock)) as court:
        store, places = court.store, court.places
        before = held_claim(store, claim_id).place
        made = confirm_place(
            store, places, claim_id, point, basis=PlaceBasis.VISIT, by="cli", again=True
        )
        held = {
            kind.value: area.name
            for kind in (AreaKind.TOWNSHIP, AreaKind.GRID)
            if (code := places.codes([point], kind)[0])
            and (area := court.areas.find(code, kind=kind))
        }
        outside = places.outside(point)
        near = spread_places(store, places)
    return {
        "claim": claim_id,
        **({} if before is None else {"moved_m": _metres(before.point, point)}),
        **held,
        "learnt": len(made.taught),
        "near_moved": near["moved"],
        "notes": [translator(settings.language)(_OUTSIDE)] if outside else [],
    }


def _metres(one: Point, other: Point) -> int:
    return round(float(distance_m((one.lon, one.lat), (other.lon, other.lat))))
