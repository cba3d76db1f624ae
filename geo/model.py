"""Frozen, validated values of the geo package. No framework is imported here.

Coordinates are WGS84 degrees, longitude first. Lengths are metres, times seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from geo.errors import CoordinateError, GazetteerError
from geo.messages import Message

__all__ = [
    "AddressLevel",
    "AddressPart",
    "Area",
    "AreaKind",
    "Candidate",
    "Datum",
    "Floats",
    "GazetteerEntry",
    "Geocode",
    "HourBand",
    "Ints",
    "ParsedAddress",
    "Point",
    "Precision",
    "TrafficDay",
    "TravelMatrix",
    "TravelPath",
    "Turn",
    "TurnKind",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Datum(StrEnum):
    """A geodetic datum that Chinese tables use, named in every importer and exporter."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"


class Precision(StrEnum):
    """How near a geocode comes to the door, finest first."""

    DOOR = "door"
    INTERPOLATED = "interpolated"
    POI = "poi"
    ROAD = "road"
    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY = "county"
    NONE = "none"


class AreaKind(StrEnum):
    """What a polygon stands for; ``COUNTY`` is for the neighbours of the court's own district."""

    JURISDICTION = "jurisdiction"
    TOWNSHIP = "township"
    GRID = "grid"
    STATION_TERRITORY = "station_territory"
    CHECKPOINT_CATCHMENT = "checkpoint_catchment"
    COUNTY = "county"


class AddressLevel(StrEnum):
    """Levels of a Chinese address, widest first.

    A development zone is no division of its own; ``SUBPOI`` is a part of a place (a gate, a
    quarter of an estate); ``LANE`` is a numbered lane (669弄), ``INTERSECTION`` the word for it.
    """

    COUNTRY = "country"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    DEVELOPMENT_ZONE = "development_zone"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GROUP = "group"
    ROAD = "road"
    NUMBER = "number"
    LANE = "lane"
    ESTATE = "estate"
    BUILDING = "building"
    UNIT = "unit"
    FLOOR = "floor"
    ROOM = "room"
    POI = "poi"
    SUBPOI = "subpoi"
    INTERSECTION = "intersection"
    DIRECTION = "direction"
    DISTANCE = "distance"


class HourBand(StrEnum):
    """Part of the day over which a road's speed is taken as constant."""

    MORNING_PEAK = "morning_peak"
    MIDDAY = "midday"
    EVENING_PEAK = "evening_peak"
    NIGHT = "night"


class TrafficDay(StrEnum):
    """Kind of day over which a road's speeds by hour band are taken as the same."""

    WORKDAY = "workday"
    REST_DAY = "rest_day"


class TurnKind(StrEnum):
    """What a driver does where one road of a path becomes the next."""

    DEPART = "depart"
    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    SLIGHT_LEFT = "slight_left"
    SLIGHT_RIGHT = "slight_right"
    SHARP_LEFT = "sharp_left"
    SHARP_RIGHT = "sharp_right"
    U_TURN = "u_turn"
    ARRIVE = "arrive"


@dataclass(frozen=True, slots=True)
class Point:
    """A position in WGS84 degrees, longitude first.

    Raises
    ------
    CoordinateError
        If a number is missing, infinite or off the globe.
    """

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lon) and -180.0 <= self.lon <= 180.0):
            raise CoordinateError(
                "经度 %(lon)s 不在 -180 至 180 度之间，请核对经纬度顺序", lon=self.lon
            )
        if not (math.isfinite(self.lat) and -90.0 <= self.lat <= 90.0):
            raise CoordinateError(
                "纬度 %(lat)s 不在 -90 至 90 度之间，请核对经纬度顺序", lat=self.lat
            )


class AddressPart(NamedTuple):
    """One recognised level of an address, with its span in the original text."""

    level: AddressLevel
    text: str
    start: int
    end: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """An address text and the parts found in it, in order of appearance.

    ``dropped`` holds spans (start, end) that are no address: names, telephone numbers, notes.
    """

    text: str
    parts: tuple[AddressPart, ...] = ()
    dropped: tuple[tuple[int, int], ...] = ()

    def get(self, level: AddressLevel) -> str | None:
        """Return the text of the last part of this level, or None."""
        for part in reversed(self.parts):
            if part.level is level:
                return part.text
        return None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible position of an address.

    ``confidence`` is the probability that the point lies within 100 m of the door where the text
    holds a house number, else that it names the right village.
    """

    point: Point
    precision: Precision
    confidence: float
    label: str
    reason: Message
    township_code: str | None = None
    grid_code: str | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise CoordinateError(
                "地理编码可信度 %(value)s 不在 0 至 1 之间", value=self.confidence
            )


@dataclass(frozen=True, slots=True)
class Geocode:
    """Answer for one address text: candidates, the most likely first; may be empty."""

    parsed: ParsedAddress
    candidates: tuple[Candidate, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The first candidate, or None where nothing was found."""
        return self.candidates[0] if self.candidates else None


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A named polygon in WGS84 with the code that identifies it (names repeat, codes do not)."""

    code: str
    name: str
    kind: AreaKind
    geometry: BaseGeometry
    parent_code: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TravelMatrix:
    """Travel between origins and targets, arrays of shape (origins, targets).

    Parameters
    ----------
    travel_s
        Seconds, float64; ``inf`` where no road leads.
    length_m
        Metres along the quickest path, float64; ``inf`` where no road leads.
    """

    travel_s: Floats
    length_m: Floats

    def __post_init__(self) -> None:
        for array in (self.travel_s, self.length_m):
            array.flags.writeable = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of a turn list: do ``kind`` at ``point``, then follow ``road_name``.

    ``length_m`` and ``travel_s`` run from here to the next turn; ``road_name`` is empty on a
    road without a name.
    """

    kind: TurnKind
    point: Point
    road_name: str
    length_m: float
    travel_s: float


@dataclass(frozen=True, slots=True, eq=False)
class TravelPath:
    """A path along roads; ``lonlat`` has shape (n, 2).

    ``road_names`` lists the named roads in order, without repeats in a row; ``turns`` begins
    with a departure and ends with an arrival.
    """

    travel_s: float
    length_m: float
    lonlat: Floats
    road_names: tuple[str, ...] = field(default=())
    turns: Sequence[Turn] = ()


_GAZETTEER_KINDS = frozenset(("door", "estate", "poi", "road", "village", "group", "township"))


@dataclass(frozen=True, slots=True)
class GazetteerEntry:
    """A place name that the court adds to what the road file knows.

    Parameters
    ----------
    name
        The name in use today.
    kind
        ``door``, ``estate``, ``poi``, ``road``, ``village``, ``group`` (a natural village or
        group of houses) or ``township``.
    point
        Where it is.
    aliases
        Former, short and local names.
    township, village, road, number
        Larger units it belongs to, and its address; may be empty.

    Raises
    ------
    GazetteerError
        If the kind is none of these or the name is empty.
    """

    name: str
    kind: str
    point: Point
    aliases: tuple[str, ...] = ()
    township: str = ""
    village: str = ""
    road: str = ""
    number: str = ""

    def __post_init__(self) -> None:
        if self.kind not in _GAZETTEER_KINDS:
            raise GazetteerError(
                "地名类别“%(kind)s”不认识，请填写 %(known)s 之一",
                kind=self.kind,
                known="、".join(sorted(_GAZETTEER_KINDS)),
            )
        if not self.name.strip():
            raise GazetteerError("地名为空，请填写名称")
