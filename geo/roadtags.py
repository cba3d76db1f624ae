"""Classes of road, ways of moving, levels of access; and the class and name of a tagged way."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

__all__ = [
    "ROAD_RANK",
    "WAY_KEYS",
    "AccessLevel",
    "RoadClass",
    "TravelMode",
    "road_class",
    "road_name",
]


class RoadClass(IntEnum):
    """Classes of road; for cars the widest first, then those mainly for others."""

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
    FOOTWAY = 19  # paths and steps too
    FERRY = 20
    GATE = 21  # a barrier: a road of no length between two nodes in one place
    TOLL_BOOTH = 22  # likewise

    @property
    def tag(self) -> str:
        """The value of the ``highway`` tag, such as ``motorway_link``."""
        return self.name.lower()

    @classmethod
    def of(cls, tag: str) -> RoadClass | None:
        """Return the class of a ``highway`` value, or None for a way that nobody may use.

        The names of the last three classes, which are no values of ``highway``, are known too.
        """
        return _CLASSES.get(tag)


ROAD_RANK = tuple(min(each // 2, 6) if each is not RoadClass.ROAD else 5 for each in RoadClass)
"""How important each class is on a map: 0 motorway to 6 service road; links like their roads."""


class TravelMode(IntEnum):
    """Ways of moving that access rules tell apart; the second axis of ``access``.

    An electric bicycle that keeps to GB 17761 is a bicycle in law (Road Traffic Safety Law,
    article 119).
    """

    MOTOR = 0
    BICYCLE = 1
    FOOT = 2


class AccessLevel(IntEnum):
    """Who may use a road in one direction, by one mode; a higher level admits more."""

    CLOSED = 0
    GATED = 1  # behind a locked gate, or for emergency vehicles
    RESTRICTED = 2  # private, residents, customers, deliveries
    OPEN = 3


_CLASSES = {each.tag: each for each in RoadClass} | dict.fromkeys(
    ("path", "steps", "bridleway"), RoadClass.FOOTWAY
)


WAY_KEYS = frozenset(("highway", "route", "name:zh", "name", "ref"))
"""Keys of the tags that :func:`road_class` and :func:`road_name` read."""


def road_class(tags: Mapping[str, str]) -> RoadClass | None:
    """Return the class of a way, or None where nobody travels along it.

    Examples
    --------
    >>> road_class({"highway": "steps"}).tag, road_class({"route": "ferry"}).tag
    ('footway', 'ferry')
    >>> road_class({"highway": "construction"}) is road_class({"route": "bus"}) is None
    True
    """
    if "highway" in tags:
        return RoadClass.of(tags["highway"])
    return RoadClass.FERRY if tags.get("route") == "ferry" else None


def road_name(tags: Mapping[str, str]) -> str:
    """Return the Chinese name, the name, or the road number; empty if the road has none."""
    return tags.get("name:zh") or tags.get("name") or tags.get("ref", "")
