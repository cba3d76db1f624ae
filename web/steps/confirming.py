"""An officer confirms where an address is: the claim gets the place, the gazetteer learns it."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.confirming import learnt_entries
from geo.coordinates import check_china_lonlat, distance_m, to_wgs84
from geo.messages import message
from geo.model import AreaKind, Datum, Point, Precision
from routes.model import ClaimId, Place
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import translator
from web.wiring import Court, using

__all__ = ["confirm", "confirm_claim"]

_OUTSIDE = message(
    "位置在本院辖区以外，未记入地名表；若有误，请核对坐标和坐标系（--datum）后重新确认"
)
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
    """Confirm a claim's place, given in any datum, on the command line.

    The result says how far the place moved, and what holds it, so that a slip is seen at once.
    """
    given = np.array([[lon, lat]])
    check_china_lonlat(given)
    ((wgs_lon, wgs_lat),) = to_wgs84(given, datum).tolist()
    with using(Court(settings, clock=clock)) as court:
        result = confirm_claim(court, ClaimId(claim), Point(wgs_lon, wgs_lat), by="cli")
    notes = [note.render(translator(settings.language)) for note in result.pop("notes")]
    return {**result, "notes": notes}


def confirm_claim(court: Court, claim_id: ClaimId, point: Point, *, by: str) -> dict[str, Any]:
    """Set the confirmed place of an address claim and let the gazetteer learn from it.

    The next geocoding of the same address, whoever's it is, finds the confirmed point. Nothing
    is learnt from a place outside the court's jurisdiction: the names would be of elsewhere.

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
    outside = bool(court.areas.areas(AreaKind.JURISDICTION)) and (
        court.area_codes([point], kind=AreaKind.JURISDICTION) == [None]
    )
    learnt = learnt_entries(parsed, point, gazetteer=court.gazetteer, areas=court.areas)
    entries = () if outside else learnt
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
    court.store.set_places({claim_id: place}, by=by)
    court.store.audit.append(by, "claim.confirm", f"claim:{claim_id}")
    for part in ("gazetteer", "geocoder"):  # made anew when they are next asked for
        vars(court).pop(part, None)
    moved = {"moved_m": _metres(claim.place.point, point)} if claim.place else {}
    held = {
        kind.value: area.name
        for kind in (AreaKind.TOWNSHIP, AreaKind.GRID)
        if (area := court.areas.find(codes[kind] or "", kind=kind))
    }
    return {
        "claim": claim_id,
        **moved,
        **held,
        "learnt": counts.added + counts.changed,
        "notes": [_OUTSIDE] if outside else [],
    }


def _metres(one: Point, other: Point) -> int:
    return round(float(distance_m((one.lon, one.lat), (other.lon, other.lat))))
