"""An officer confirms where an address is: the claim gets the place, the gazetteer learns it."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.confirming import learnt_entries
from geo.coordinates import check_china_lonlat, to_wgs84
from geo.model import AreaKind, Datum, Point, Precision
from routes.model import ClaimId, Place
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.wiring import Court, using

__all__ = ["confirm", "confirm_claim"]

_CONFIRMED = 0.99  # a mistaken confirmation stays possible


def confirm(
    settings: Settings,
    claim: str,
    *,
    lon: float,
    lat: float,
    datum: Datum = Datum.WGS84,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Confirm a claim's place, given in any datum, on the command line."""
    given = np.array([[lon, lat]])
    check_china_lonlat(given)
    ((wgs_lon, wgs_lat),) = to_wgs84(given, datum).tolist()
    with using(Court(settings, clock=clock)) as court:
        return confirm_claim(court, ClaimId(claim), Point(wgs_lon, wgs_lat), by="cli")


def confirm_claim(court: Court, claim_id: ClaimId, point: Point, *, by: str) -> dict[str, Any]:
    """Set the confirmed place of an address claim and let the gazetteer learn from it.

    The next geocoding of the same address, whoever's it is, finds the confirmed point.

    Parameters
    ----------
    claim_id
        The claim whose address was found.
    point
        Its place, WGS84.
    by
        Account that confirms, for the audit.

    Raises
    ------
    WebError
        If there is no such claim.
    """
    claim = next((claim for claim in court.store.claims() if claim.id == claim_id), None)
    if claim is None:
        raise WebError("没有编号为 %(claim)s 的地址线索，请核对编号", claim=claim_id)
    parsed = court.parser.parse(claim.text.reveal(), names=court.gazetteer.local_names)
    entries = learnt_entries(parsed, point, gazetteer=court.gazetteer, areas=court.areas)
    counts = court.store.learn_places(entries, by=by)
    codes = {
        kind: court.area_codes([point], kind=kind)[0]
        for kind in (AreaKind.TOWNSHIP, AreaKind.GRID, AreaKind.STATION_TERRITORY)
    }
    place = Place(
        point,
        Precision.DOOR,
        _CONFIRMED,
        codes[AreaKind.TOWNSHIP],
        codes[AreaKind.GRID],
        codes[AreaKind.STATION_TERRITORY],
    )
    court.store.set_places({claim_id: place})
    for part in ("gazetteer", "geocoder"):  # made anew when they are next asked for
        vars(court).pop(part, None)
    return {"claim": claim_id, "learnt": counts.added + counts.changed}
