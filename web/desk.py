"""What a person decides of an address's place, and what follows for the addresses near it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from data.desk_queue import SURE
from data.place_decisions import PlaceBasis, PlaceDecision
from data.store import Store
from data.terminal import TERMINAL
from geo.confirming import speaks_of, spoken_names
from geo.model import AreaKind, Point, Precision
from geo.ports import ProgressListener
from routes.model import AddressClaim, ClaimId, Place
from web.errors import WebError
from web.local_places import LocalPlaces

__all__ = ["CONFIRMED", "confirm_place", "held_claim", "spread_places"]

CONFIRMED = 0.99
"""Confidence of a confirmed place; a mistaken confirmation stays possible."""

_CHUNK = 500


def held_claim(store: Store, claim_id: ClaimId) -> AddressClaim:
    """Return an address claim.

    Raises
    ------
    WebError
        If there is no such claim.
    """
    claim = store.claim(claim_id)
    if claim is None:
        raise WebError("没有编号为 %(claim)s 的地址线索，请核对编号", claim=claim_id)
    return claim


def confirm_place(
    store: Store,
    places: LocalPlaces,
    claim_id: ClaimId,
    point: Point,
    *,
    basis: PlaceBasis,
    by: str,
    again: bool = False,
) -> PlaceDecision:
    """Keep where an address is, and let the court's place names learn from it.

    Nothing is learnt from a place outside the court's district: the names would be of elsewhere.

    Raises
    ------
    WebError
        If there is no such claim.
    StoreError
        If somebody decided before, unless ``again``.
    """
    claim = held_claim(store, claim_id)
    township, grid, station = (
        places.codes([point], kind)[0]
        for kind in (AreaKind.TOWNSHIP, AreaKind.GRID, AreaKind.STATION_TERRITORY)
    )
    return store.place_decisions.confirm(
        claim_id,
        Place(point, Precision.DOOR, CONFIRMED, township, grid, station),
        basis=basis,
        taught=places.learnt(claim.text.reveal(), point),
        by=by,
        again=again,
    )


def spread_places(
    store: Store,
    places: LocalPlaces,
    *,
    by: str = TERMINAL,
    progress: Callable[[int], ProgressListener] | None = None,
) -> dict[str, int]:
    """Locate anew the addresses that speak of what was confirmed since the last time.

    An address moves only where it was unsure and is surer now. Those that a person decided stay.

    Parameters
    ----------
    progress
        Given how many addresses there are, returns what is told how many are done.

    Returns
    -------
    dict
        ``looked`` at, ``moved``.
    """
    decisions = store.place_decisions.unspread()
    names = spoken_names(entry for one in decisions for entry in one.taught)
    if not names:
        return {"looked": 0, "moved": 0}
    decided = store.place_decisions.settled()
    claims = [
        one
        for one in store.claims()
        if one.id not in decided and (one.place is None or one.place.confidence < SURE)
    ]
    told = None if progress is None else progress(len(claims))
    looked, found = 0, {}
    for begin in range(0, len(claims), _CHUNK):
        part = claims[begin : begin + _CHUNK]
        parsed = places.parse(one.text.reveal() for one in part)
        near = [one for one, cut in zip(part, parsed, strict=True) if speaks_of(cut, names)]
        looked += len(near)
        found.update(_surer(places, near))
        if told is not None:
            told(begin + len(part), len(claims))
    return {"looked": looked, "moved": store.place_decisions.spread(decisions, found, by=by)}


def _surer(places: LocalPlaces, claims: Sequence[AddressClaim]) -> dict[ClaimId, Place]:
    answers = places.geocode_many((one.text.reveal() for one in claims), limit=1)
    better = [
        (one.id, best)
        for one, answer in zip(claims, answers, strict=True)
        if (best := answer.best) is not None
        and best.precision is not Precision.NONE
        and best.confidence > (0.0 if one.place is None else one.place.confidence)
    ]
    stations = places.codes([best.point for _, best in better], AreaKind.STATION_TERRITORY)
    return {
        claim_id: Place.from_candidate(best, station_id=station)
        for (claim_id, best), station in zip(better, stations, strict=True)
    }
