"""What a gazetteer learns from a place that someone has confirmed for an address text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from geo.address_reading import AddressReader, Reading
from geo.gazetteer import Gazetteer, Road
from geo.model import AddressLevel, AreaKind, GazetteerEntry, ParsedAddress, Point
from geo.nearby import near_distance_m
from geo.placenames import Match, name_key, village_stem
from geo.ports import AreaIndex

__all__ = ["learnt_entries", "speaks_of", "spoken_names"]

_L = AddressLevel
_ON_ROAD_M = 300.0
_COUNTED = re.compile(r"第?[\d一二三四五六七八九十]+(?:小)?[组队]")


def learnt_entries(
    parsed: ParsedAddress, point: Point, *, gazetteer: Gazetteer, areas: AreaIndex
) -> tuple[GazetteerEntry, ...]:
    """Return the names to add, so that the same address leads to this point from now on.

    A house number becomes a door of its road, village or natural village; a named point becomes
    one of the court's own. Where the text writes the name of that road or village in another
    way, the writing becomes an alias. Rooms, people and telephone numbers are left out.

    Parameters
    ----------
    parsed
        The address, as parsed with the names of the district.
    point
        Where it was found to be.
    gazetteer, areas
        What is known so far.
    """
    return tuple(_Learning(parsed, point, gazetteer, areas).entries())


def spoken_names(entries: Iterable[GazetteerEntry]) -> frozenset[str]:
    """Return the names by which other addresses may speak of what was learnt, as keys.

    A door is spoken of by its road, else by its village or natural village; all else by its own
    names.
    """
    names: set[str] = set()
    for entry in entries:
        if entry.kind == "door":
            names.add(entry.road or entry.village)
        else:
            names |= {entry.name, *entry.aliases}
    return frozenset(key for name in names for key in _keys(name))


def speaks_of(parsed: ParsedAddress, names: frozenset[str]) -> bool:
    """Return whether an address names one of these, written so or with another ending."""
    return any(
        key in names for part in parsed.parts if part.level in _SPEAKING for key in _keys(part.text)
    )


_SPEAKING = frozenset((_L.VILLAGE, _L.GROUP, _L.ROAD, _L.ESTATE, _L.POI))


def _keys(name: str) -> set[str]:
    return {key for key in (name_key(name), village_stem(name)) if len(key) >= 2}


class _Learning:
    """One confirmed address with what surrounds its place."""

    def __init__(
        self, parsed: ParsedAddress, point: Point, gazetteer: Gazetteer, areas: AreaIndex
    ) -> None:
        self._parsed = parsed
        self._point = point
        self._names = gazetteer
        self._reading: Reading = AddressReader(gazetteer).read(parsed)
        lonlat = np.array([(point.lon, point.lat)])
        (township,) = areas.code_at(lonlat, kind=AreaKind.TOWNSHIP)
        (self._grid,) = areas.code_at(lonlat, kind=AreaKind.GRID)
        self._township = gazetteer.township_names.get(township or "", "")
        self._village = gazetteer.grid_names.get(self._grid or "", "")

    def entries(self) -> Iterator[GazetteerEntry]:
        """Yield what is learnt."""
        yield from self._village_alias()
        if self._reading.number is None:
            yield from self._named_point()
        elif self._reading.road_named:
            yield from self._road_door()
        else:
            yield from self._village_door()

    def _village_alias(self) -> Iterator[GazetteerEntry]:
        """Yield another writing of the village that holds the point."""
        written = self._parsed.get(_L.VILLAGE)
        for unit, how in self._reading.village_units:
            if unit.code == self._grid and how.how is not Match.EXACT and written:
                yield GazetteerEntry(
                    unit.name, "village", unit.point, (written,), township=self._township
                )

    def _road_door(self) -> Iterator[GazetteerEntry]:
        road = self._road()
        written = self._parsed.get(_L.ROAD) or ""
        name = road.name if road else written
        if not name:
            return
        if road and written and road not in self._names.roads.exact(written):
            yield GazetteerEntry(
                name,
                "road",
                self._point,
                (written,),
                township=self._township,
                village=self._village,
            )
        yield self._door(name, road=name, village=self._village)

    def _road(self) -> Road | None:
        """Return the road of the text that passes the point."""
        near = [
            (how.loss, road) for road, how in self._reading.roads if self._away_m(road) < _ON_ROAD_M
        ]
        return min(near, key=lambda pair: pair[0])[1] if near else None

    def _away_m(self, road: Road) -> float:
        lon, lat = road.samples[
            int(np.hypot(*(road.samples - (self._point.lon, self._point.lat)).T).argmin())
        ].tolist()
        return near_distance_m(self._point, Point(lon, lat))

    def _village_door(self) -> Iterator[GazetteerEntry]:
        here = [(spot, how) for spot, how in self._reading.settlements if spot.grid == self._grid]
        written = self._parsed.get(_L.GROUP) or ""
        name = self._village
        if _COUNTED.fullmatch(written):  # every village has a 2组, and counts on through them
            pass
        elif here:
            spot, how = here[0]
            name = spot.name
            if how.how is not Match.EXACT and written:
                yield GazetteerEntry(
                    name,
                    "group",
                    spot.point,
                    (written,),
                    township=self._township,
                    village=self._village,
                )
        elif written:
            name = written
        if village_stem(name):
            yield self._door(name, road="", village=name)

    def _door(self, name: str, *, road: str, village: str) -> GazetteerEntry:
        number = str(self._reading.number)
        return GazetteerEntry(
            f"{name}{number}",
            "door",
            self._point,
            township=self._township,
            village=village,
            road=road,
            number=number,
        )

    def _named_point(self) -> Iterator[GazetteerEntry]:
        if self._reading.beside:  # the point lies near what is named, not there
            return
        for level, kind in ((_L.POI, "poi"), (_L.ESTATE, "estate")):
            name = self._parsed.get(level)
            if name and len(name_key(name)) >= 2:
                yield GazetteerEntry(
                    name, kind, self._point, township=self._township, village=self._village
                )
                return
