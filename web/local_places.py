"""Where addresses are, as of what was confirmed last; made anew when that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from data.store import Store
from geo.model import AreaKind, Geocode, Point
from geo.nearby import near_distance_m
from geo.ports import AreaIndex, ProgressListener

if TYPE_CHECKING:
    from geo.addresses import AddressParser
    from geo.gazetteer import Door, Gazetteer
    from geo.geocoding import OfflineGeocoder
    from geo.model import GazetteerEntry, ParsedAddress

__all__ = ["LocalPlaces"]


@dataclass(frozen=True, slots=True)
class _Made:
    state: tuple[int, int, int]
    gazetteer: Gazetteer
    geocoder: OfflineGeocoder
    doors: tuple[Door, ...]


class LocalPlaces:
    """The court's place names with the geocoder on them; implements :class:`geo.ports.Geocoder`.

    Parameters
    ----------
    areas
        Of the court.
    parser
        Cuts addresses into parts.
    build
        Gathers all names that are known now.
    """

    def __init__(
        self,
        store: Store,
        areas: AreaIndex,
        parser: AddressParser,
        build: Callable[[], Gazetteer],
    ) -> None:
        self.areas = areas
        self._store = store
        self._parser = parser
        self._build = build
        self._making = Lock()
        self._held: _Made | None = None

    def geocode(self, text: str, *, limit: int = 5) -> Geocode:
        """Return up to ``limit`` candidates, the most likely first."""
        return self._made().geocoder.geocode(text, limit=limit)

    def geocode_many(
        self, texts: Iterable[str], *, limit: int = 5, progress: ProgressListener | None = None
    ) -> list[Geocode]:
        """Return one answer a text, in order."""
        return self._made().geocoder.geocode_many(texts, limit=limit, progress=progress)

    def parse(self, texts: Iterable[str]) -> list[ParsedAddress]:
        """Return the parts of each text, by the names of the district."""
        names = self._made().gazetteer.local_names
        return self._parser.parse_many(texts, names=names)

    def learnt(self, text: str, point: Point) -> tuple[GazetteerEntry, ...]:
        """Return what a confirmed place teaches; nothing where it lies outside the district."""
        from geo.confirming import learnt_entries

        if self.outside(point):
            return ()
        (parsed,) = self.parse([text])
        names = self._made().gazetteer
        return learnt_entries(parsed, point, gazetteer=names, areas=self.areas)

    def outside(self, point: Point) -> bool:
        """Whether a point lies outside the court's district, where that is known."""
        kind = AreaKind.JURISDICTION
        return bool(self.areas.areas(kind)) and self.codes([point], kind) == [None]

    def codes(self, points: Iterable[Point], kind: AreaKind) -> list[str | None]:
        """Return the code of the area that holds each point."""
        import numpy as np

        lonlat = np.array([(one.lon, one.lat) for one in points], dtype=float).reshape(-1, 2)
        return self.areas.code_at(lonlat, kind=kind) if len(lonlat) else []

    def load(self) -> None:
        """Make them now, so that no reader waits."""
        self._made()

    def doors_near(self, point: Point, within_m: float) -> list[tuple[str, Point, bool]]:
        """Return known doors around a point, the nearest first: number, place, whether own."""
        near = [
            (away_m, str(door.key), door.point, door.own)
            for door in self._made().doors
            if (away_m := near_distance_m(point, door.point)) <= within_m
        ]
        return [door for _, *door in sorted(near, key=lambda one: one[0])]  # type: ignore[misc]

    def _made(self) -> _Made:
        """Return gazetteer and geocoder, made anew where somebody confirmed a place since."""
        from geo.geocoding import OfflineGeocoder

        with self._making:
            state = self._store.place_decisions.state()
            if self._held is None or self._held.state != state:
                names = self._build()
                coder = OfflineGeocoder(names, self.areas, parser=self._parser)
                self._held = _Made(state, names, coder, tuple(_doors(names)))
            return self._held


def _doors(names: Gazetteer) -> Iterator[Door]:
    for owners in (names.road_doors, names.group_doors):
        for numbers in owners.values():
            for same in numbers.values():
                yield from same
