"""Locate one address, or all address claims and duties that have no place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from geo.model import AreaKind, Geocode, Precision
from geo.ports import Geocoder
from routes.model import ClaimId, Place
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.i18n import marked, translator
from web.progress import notify, stage
from web.wiring import Court, using

__all__ = ["geocode_claims", "geocode_duties", "geocode_text", "geocoding"]

_AT_THE_DOOR = (Precision.DOOR, Precision.INTERPOLATED, Precision.POI)
"""How near a position must be, that a team is sent there at a fixed hour."""

_CHUNK = 500


@contextmanager
def geocoding(court: Court, service: str | None) -> Iterator[Geocoder]:
    """Yield the court's geocoder; one that also asks an online service tells its trouble last.

    Raises
    ------
    SettingsError, OnlineRefusedError
        If the service may not be asked.
    """
    if service is None:
        yield court.geocoder
        return
    online = court.online_geocoder(service)
    try:
        yield online
    finally:
        if online.trouble is not None:
            notify(online.trouble.message.render(translator(court.settings.language)))


def geocode_text(
    settings: Settings, text: str, *, online: str | None = None, clock: Clock = system_clock
) -> dict[str, Any]:
    """Locate one address; the most likely position first.

    Parameters
    ----------
    online
        Service to ask where offline is not sure enough; None asks nobody.

    Raises
    ------
    SettingsError, OnlineRefusedError
        If the service may not be asked.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court, geocoding(court, online) as geocoder:
        answer = geocoder.geocode(text)
    return {
        "candidates": [
            {
                "lon": round(candidate.point.lon, 6),
                "lat": round(candidate.point.lat, 6),
                "precision": candidate.precision.value,
                "confidence": round(candidate.confidence, 3),
                "label": candidate.label,
                "reason": candidate.reason.render(say),
                "township_code": candidate.township_code,
                "grid_code": candidate.grid_code,
            }
            for candidate in answer.candidates
        ]
    }


def geocode_claims(court: Court) -> int:
    """Locate every address claim that has no place yet; returns how many were located.

    What a person found to be nowhere stays without a place.

    Positions are written piece by piece, so that a stopped run goes on where it was.
    """
    decided = court.store.place_decisions.settled()
    claims = [
        claim for claim in court.store.claims() if claim.place is None and claim.id not in decided
    ]
    located = 0
    with stage(court.settings, marked("定位地址线索")) as listener:
        for begin in range(0, len(claims), _CHUNK):
            part = claims[begin : begin + _CHUNK]
            answers = court.geocoder.geocode_many((claim.text.reveal() for claim in part), limit=1)
            places = _places(court, [claim.id for claim in part], answers)
            court.store.set_places(places)
            located += len(places)
            listener(begin + len(part), len(claims))
    if claims:
        detail = {"claims": len(claims), "located": located}
        court.store.audit.append("cli", "claims.geocode", "store:-", detail)
    return located


def geocode_duties(court: Court, *, since: date) -> int:
    """Locate hearings and other duties from a day on by their addresses; returns how many were.

    A road or a village is no place to be at on time: such a duty stays without a position.
    """
    waiting = court.store.unplaced_duties(since=since)
    texts = ("" if one.address is None else one.address.reveal() for one in waiting)
    answers = court.geocoder.geocode_many(texts, limit=1) if waiting else ()
    points = {
        one.id: answer.best.point
        for one, answer in zip(waiting, answers, strict=True)
        if answer.best is not None and answer.best.precision in _AT_THE_DOOR
    }
    if points:
        court.store.set_duty_places(points)
    return len(points)


def _places(
    court: Court, claim_ids: Sequence[ClaimId], answers: Sequence[Geocode]
) -> dict[ClaimId, Place]:
    found = [
        (claim_id, answer.best)
        for claim_id, answer in zip(claim_ids, answers, strict=True)
        if answer.best is not None and answer.best.precision is not Precision.NONE
    ]
    stations = court.area_codes([best.point for _, best in found], kind=AreaKind.STATION_TERRITORY)
    return {
        claim_id: Place.from_candidate(best, station_id=station)
        for (claim_id, best), station in zip(found, stations, strict=True)
    }
