"""What the tags of a road mean for a driver: class, speed limit, direction, access."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum

__all__ = [
    "AccessLevel",
    "RoadClass",
    "TravelMode",
    "direction",
    "is_open",
    "is_restricted",
    "max_speed_kmh",
    "road_name",
]


class RoadClass(IntEnum):
    """Classes of drivable roads, the widest first; the names are the values of ``highway``."""

    MOTORWAY = 0
    MOTORWAY_LINK = 1
    TRUNK = 2
    TRUNK_LINK = 3
    PRIMARY = 4
    PRIMARY_LINK = 5
    SECONDARY = 6
    SECONDARY_LINK = 7
    TERTIARY = 8
    TERTIARY_LINK = 9
    UNCLASSIFIED = 10
    RESIDENTIAL = 11
    LIVING_STREET = 12
    SERVICE = 13
    ROAD = 14
    BUSWAY = 15
    TRACK = 16
    CYCLEWAY = 17
    PEDESTRIAN = 18
    FOOTWAY = 19
    FERRY = 20
    GATE = 21
    TOLL_BOOTH = 22

    @property
    def tag(self) -> str:
        """The value of the ``highway`` tag, such as ``motorway_link``."""
        return self.name.lower()

    @classmethod
    def of(cls, tag: str) -> RoadClass | None:
        """Return the class of a ``highway`` value, or None for a way that no car may use."""
        return _CLASSES.get(tag)


class TravelMode(IntEnum):
    """Ways of moving that access rules tell apart; the second axis of ``access``."""

    MOTOR = 0
    BICYCLE = 1
    FOOT = 2


class AccessLevel(IntEnum):
    """Who may use a road in one direction, by one mode; a higher level admits more."""

    CLOSED = 0
    GATED = 1  # behind a locked gate, or for emergency vehicles
    RESTRICTED = 2  # private, residents, customers, deliveries
    OPEN = 3


_CLASSES = {each.tag: each for each in RoadClass if each <= RoadClass.ROAD}
_ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_RESTRICTED = frozenset(
    (
        *("private", "destination", "customers", "delivery", "permit", "residents"),
        *("agricultural", "forestry", "military", "official"),
    )
)
_FORWARD = frozenset(("yes", "true", "1"))
_BACKWARD = frozenset(("-1", "reverse"))
_ROUND = frozenset(("roundabout", "circular"))
_KMH = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?")
_ZONE = re.compile(r"(?:[a-z]{2}:)?zone:?\s*(\d+)|(\d+)\s*zone")
_IMPLICIT_KMH = {
    "cn:urban": 50.0,  # Road Traffic Safety Law regulations, art. 45: one lane a direction
    "cn:rural": 70.0,  # same article, roads outside towns
    "cn:motorway": 120.0,  # same regulations, art. 78
    "urban": 50.0,
    "rural": 80.0,
    "living_street": 20.0,
    "walk": 6.0,
}
_SLOWEST_KMH, _FASTEST_KMH = 5.0, 150.0


def max_speed_kmh(text: str) -> float | None:
    """Return the speed limit that a ``maxspeed`` text states, or None.

    Several values, as in ``50;30`` or ``60|40``, give the lowest. ``none``, ``signals``,
    ``variable`` and whatever is no speed between 5 and 150 km/h give None.

    Examples
    --------
    >>> max_speed_kmh("50"), max_speed_kmh("30 mph"), max_speed_kmh("CN:urban")
    (50.0, 48.28032, 50.0)
    >>> max_speed_kmh("50;30"), max_speed_kmh("walk"), max_speed_kmh("none")
    (30.0, 6.0, None)
    """
    found = [_one_speed(part.strip().lower()) for part in re.split(r"[;|,]", text)]
    speeds = [speed for speed in found if speed is not None]
    return min(speeds, default=None)


def _one_speed(text: str) -> float | None:
    if match := _ZONE.fullmatch(text):
        speed = float(match[1] or match[2])
    elif match := _SPEED.fullmatch(text):
        speed = float(match[1]) * _KMH[match[2] or ""]
    else:
        implicit = _IMPLICIT_KMH.get(text) or _IMPLICIT_KMH.get(text.rpartition(":")[2])
        if implicit is None:
            return None
        speed = implicit
    return speed if _SLOWEST_KMH <= speed <= _FASTEST_KMH else None


def direction(tags: Mapping[str, str]) -> int:
    """Return 1 if cars may only go along the drawing, -1 only against it, 0 for both."""
    oneway = tags.get("oneway:motor_vehicle") or tags.get("oneway", "")
    if oneway in _FORWARD:
        return 1
    if oneway in _BACKWARD:
        return -1
    implied = tags.get("junction") in _ROUND or tags.get("highway") == "motorway"
    return 1 if implied and oneway != "no" else 0


def is_open(tags: Mapping[str, str]) -> bool:
    """Tell whether some car may use the way at all; areas and building sites are none."""
    return _access(tags) != "no" and tags.get("area") != "yes"


def is_restricted(tags: Mapping[str, str]) -> bool:
    """Tell whether only those with business there may drive in."""
    return _access(tags) in _RESTRICTED


def _access(tags: Mapping[str, str]) -> str:
    """Return the most particular access tag that speaks of cars."""
    return next((tags[key] for key in _ACCESS_KEYS if tags.get(key)), "")


def road_name(tags: Mapping[str, str]) -> str:
    """Return the Chinese name, the name, or the road number; empty if the road has none."""
    return tags.get("name:zh") or tags.get("name") or tags.get("ref", "")
