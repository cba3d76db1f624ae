"""The tiny court with place names: a town of two villages, and addresses in it that are unsure."""

from __future__ import annotations

from dataclasses import replace

from geo.addresses import AddressParser
from geo.gazetteer import Gazetteer, build_gazetteer
from geo.model import Point, Precision
from geo.tagging.model import shipped_model
from routes.model import ClaimId, Place, SecretText
from tests.geo import smalltown
from web.local_places import LocalPlaces
from web.services import Services

FIRST, SECOND = ClaimId("a0460"), ClaimId("a0440")
"""The addresses that have their turn first; the second is a neighbour of the first."""
THIRD = ClaimId("a0420")
TEXTS = {FIRST: "河埔镇中山路37号", SECOND: "河埔镇中山路39号", THIRD: "新华路8号"}
DOOR = Point(118.6085, 24.8048)


def with_places(court: Services, *, only_three: bool = True) -> Services:
    """Give the court the town's names, and leave three addresses unsure, alone or with others."""
    store = court.store
    claims = store.claims()
    sure = Place(Point(118.56, 24.92), Precision.DOOR, 0.95)
    store.put(
        claims=[
            replace(claim, text=SecretText(TEXTS[claim.id]), place=None)
            for claim in claims
            if claim.id in TEXTS
        ]
    )
    if only_three:
        store.set_places({claim.id: sure for claim in claims if claim.id not in TEXTS})
    with store.write() as work:
        from data.claim_places import write_places

        write_places(work, dict.fromkeys(TEXTS))

    def build() -> Gazetteer:
        return build_gazetteer(
            features=smalltown.FEATURES,
            network=smalltown.network(),
            areas=smalltown.AREAS,
            entries=(*smalltown.ENTRIES, *store.gazetteer_entries()),
        )

    places = LocalPlaces(store, smalltown.AREAS, AddressParser(shipped_model()), build)
    return replace(court, places=places)
