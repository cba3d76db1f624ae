"""Who may use a way or pass a barrier, by mode and direction.

Reads the tags of OpenStreetMap, the most particular first. Where none speaks, the class
decides, by the law of the People's Republic: neither foot nor bicycle on motorways (Road
Traffic Safety Law, article 67). Rules that hold at certain times only (``...:conditional``)
are not evaluated; :func:`is_conditional` finds the ways that have them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from geo.roadtags import AccessLevel, RoadClass, TravelMode

__all__ = [
    "NODE_KEYS",
    "WAY_KEYS",
    "Barrier",
    "WayAccess",
    "barrier_of",
    "is_conditional",
    "strictest",
    "way_access",
]

Levels = tuple[AccessLevel, AccessLevel, AccessLevel]
"""One level a :class:`geo.roadtags.TravelMode`."""

_C, _G, _R, _O = AccessLevel

_KEYS = {
    TravelMode.MOTOR: ("motorcar", "motor_vehicle", "vehicle", "access"),
    TravelMode.BICYCLE: ("electric_bicycle", "bicycle", "vehicle", "access"),
    TravelMode.FOOT: ("foot", "access"),
}
_ONEWAY_KEYS = {
    TravelMode.MOTOR: (
        "oneway:motorcar",
        "oneway:motor_vehicle",
        "oneway:vehicle",
        "oneway",
    ),
    TravelMode.BICYCLE: ("oneway:bicycle", "oneway:vehicle", "oneway"),
    TravelMode.FOOT: ("oneway:foot",),
}
_VALUES: dict[str, AccessLevel] = {
    **dict.fromkeys(("yes", "permissive", "designated", "official", "public", "true", "1"), _O),
    **dict.fromkeys(
        ("private", "destination", "customers", "delivery", "permit", "permit_holder"),
        _R,
    ),
    **dict.fromkeys(("resident", "residents", "employees", "members", "visitors", "limited"), _R),
    **dict.fromkeys(("restricted", "agricultural", "forestry", "discouraged", "dismount"), _R),
    **dict.fromkeys(("military", "emergency", "police", "locked", "bus", "psv"), _G),
    **dict.fromkeys(("no", "false", "none", "closed", "use_sidepath", "0"), _C),
}
_EMERGENCY = frozenset(("yes", "designated", "official", "destination", "permissive"))
_PLAIN: Levels = (_O, _O, _O)
_BY_CLASS: dict[RoadClass, Levels] = {
    RoadClass.MOTORWAY: (_O, _C, _C),
    RoadClass.MOTORWAY_LINK: (_O, _C, _C),
    RoadClass.BUSWAY: (_G, _C, _C),
    RoadClass.TRACK: (_R, _O, _O),
    RoadClass.CYCLEWAY: (_C, _O, _O),
    RoadClass.PEDESTRIAN: (_C, _C, _O),
    RoadClass.FOOTWAY: (_C, _C, _O),
}
_ROUGH = (  # a car would not come through
    ("tracktype", frozenset(("grade4", "grade5"))),
    ("4wd_only", frozenset(("yes", "recommended"))),
    ("smoothness", frozenset(("very_bad", "horrible", "very_horrible", "impassable"))),
)
_FORWARD = frozenset(("yes", "true", "1"))
_BACKWARD = frozenset(("-1", "reverse"))
_BOTH = frozenset(("no", "false", "0", "alternating"))
_ROUND = frozenset(("roundabout", "circular"))
_AGAINST_KEYS = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
_GATES = frozenset(("gate", "lift_gate", "swing_gate", "sliding_gate", "sliding_beam", "chain"))
_BARRIERS: dict[str, Levels] = {
    **dict.fromkeys(
        ("gate", "lift_gate", "swing_gate", "sliding_gate", "sliding_beam"),
        (_R, _O, _O),
    ),
    **dict.fromkeys(("hampshire_gate", "bump_gate", "yes"), (_R, _O, _O)),
    "chain": (_G, _O, _O),
    **dict.fromkeys(("bollard", "block", "jersey_barrier", "planter", "log", "rope"), (_C, _O, _O)),
    **dict.fromkeys(("cycle_barrier", "motorcycle_barrier", "bus_trap", "debris"), (_C, _O, _O)),
    **dict.fromkeys(("sump_buster", "delineators", "wicket_gate"), (_C, _O, _O)),
    **dict.fromkeys(("stile", "horse_stile", "kissing_gate", "turnstile"), (_C, _C, _O)),
    "full-height_turnstile": (_C, _C, _O),
    "toll_booth": _PLAIN,
    **dict.fromkeys(("border_control", "height_restrictor", "entrance", "cattle_grid"), _PLAIN),
}
_MOVABLE = frozenset(("removable", "rising", "foldable", "retractable"))
_CONDITIONAL = frozenset(
    (
        *(
            "access",
            "vehicle",
            "motor_vehicle",
            "motorcar",
            "bicycle",
            "foot",
            "oneway",
        ),
        *("oneway:motor_vehicle", "oneway:bicycle", "maxspeed"),
    )
)

_WAYS = ("", ":forward", ":backward")
_USERS = frozenset(key for keys in _KEYS.values() for key in keys)
_SERVICES = frozenset(("emergency", "police"))
WAY_KEYS = frozenset(
    (
        *(f"{key}{way}" for key in _USERS for way in _WAYS),
        *(f"{key}{way}:conditional" for key in _CONDITIONAL for way in _WAYS),
        *(key for keys in _ONEWAY_KEYS.values() for key in keys),
        *(f"{key}{end}" for key in _AGAINST_KEYS for end in ("", ":oneway")),
        *(key for key, _ in _ROUGH),
        *(*_SERVICES, "area", "highway", "junction", "motorroad", "service"),
    )
)
"""Keys of the tags of ways that these functions read."""

NODE_KEYS = frozenset((*_USERS, *_SERVICES, "barrier", "bollard", "locked"))
"""Keys of the tags of nodes that :func:`barrier_of` reads."""


class WayAccess(NamedTuple):
    """Levels along and against the drawing; ``reversible`` where the direction changes by hour."""

    along: Levels
    against: Levels
    reversible: bool = False


class Barrier(NamedTuple):
    """A barrier across a road: class and levels."""

    road_class: RoadClass
    levels: Levels


def way_access(tags: Mapping[str, str], road_class: RoadClass) -> WayAccess:
    """Return who may use a way of some class, along and against its drawing.

    A road whose direction changes by the hour (``oneway=reversible``) is closed to vehicles both
    ways, as nothing tells which holds; an ``alternating`` one, where lights let both directions
    through by turns, is open both ways. Where vehicles are kept out but ``emergency`` lets those
    of emergency services in, the level is ``GATED``.

    Examples
    --------
    >>> found = way_access({"oneway": "yes", "oneway:bicycle": "no"}, RoadClass.TERTIARY)
    >>> [level.name for level in found.along], [level.name for level in found.against]
    (['OPEN', 'OPEN', 'OPEN'], ['CLOSED', 'OPEN', 'OPEN'])
    """
    reversible = False
    levels: list[list[AccessLevel]] = [[], []]
    for mode in TravelMode:
        default = _default(tags, road_class, mode)
        may_go = _directions(tags, road_class, mode)
        reversible |= not any(may_go)
        for side, way in enumerate(("forward", "backward")):
            level = _tagged(tags, mode, way)
            level = default if level is None else level
            if mode is TravelMode.MOTOR and level is _C and _lets_emergency(tags):
                level = _G
            if mode is not TravelMode.MOTOR and road_class <= RoadClass.MOTORWAY_LINK:
                level = _C
            levels[side].append(level if may_go[side] else _C)
    (a, b, c), (d, e, f) = levels
    return WayAccess((a, b, c), (d, e, f), reversible)


def _default(tags: Mapping[str, str], road_class: RoadClass, mode: TravelMode) -> AccessLevel:
    level = _BY_CLASS.get(road_class, _PLAIN)[mode]
    if tags.get("area") == "yes":  # its edge can be walked along
        return level if mode is TravelMode.FOOT else _C
    if mode is TravelMode.MOTOR:
        if any(tags.get(key) in values for key, values in _ROUGH):
            return _C
        if tags.get("service") == "emergency_access":
            return min(level, _G)
        if road_class is RoadClass.FERRY and any(tags.get(key) for key in ("foot", "bicycle")):
            return _C  # a ferry that names others and not cars
    elif tags.get("motorroad") == "yes":
        return _C
    elif mode is TravelMode.BICYCLE and tags.get("highway") == "path":
        return _O
    return level


def _tagged(tags: Mapping[str, str], mode: TravelMode, way: str) -> AccessLevel | None:
    """Return the level that the most particular tag states, or None."""
    for key in _KEYS[mode]:
        for each in (f"{key}:{way}", key):
            if each in tags:
                level = _level(tags[each], mode)
                if level is not None:
                    return level
    return None


def _level(text: str, mode: TravelMode) -> AccessLevel | None:
    """Return the level of a value; of several, the one that admits most."""
    found = [_VALUES[part.strip()] for part in text.split(";") if part.strip() in _VALUES]
    level = max(found, default=None)
    if level is _G and mode is not TravelMode.MOTOR and "locked" not in text:
        return _C  # what lets emergency services or buses in bars bicycles and people
    return level


def strictest(texts: Sequence[str]) -> str:
    """Return the value of an access tag that admits least; the first where none is known."""
    return min(texts, key=lambda text: _VALUES.get(text, _O))


def _lets_emergency(tags: Mapping[str, str]) -> bool:
    return any(tags.get(key) in _EMERGENCY for key in _SERVICES)


def _directions(
    tags: Mapping[str, str], road_class: RoadClass, mode: TravelMode
) -> tuple[bool, bool]:
    """Return whether a mode may go along and against the drawing."""
    keys = _ONEWAY_KEYS[mode]
    if road_class is RoadClass.FERRY:
        keys = (*keys, "oneway")
    value = next((tags[key] for key in keys if key in tags), "")
    if mode is TravelMode.BICYCLE and "oneway:bicycle" not in tags and _rides_against(tags):
        return True, True
    if value in _FORWARD:
        return True, False
    if value in _BACKWARD:
        return False, True
    if value == "reversible":
        return False, False
    implied = tags.get("junction") in _ROUND or road_class is RoadClass.MOTORWAY
    return True, value in _BOTH or not implied or mode is TravelMode.FOOT


def _rides_against(tags: Mapping[str, str]) -> bool:
    """Tell whether a cycle lane lets bicycles ride against the traffic."""
    return any(
        tags.get(key, "").startswith("opposite") or tags.get(f"{key}:oneway") in ("no", "-1")
        for key in _AGAINST_KEYS
    )


def is_conditional(tags: Mapping[str, str]) -> bool:
    """Tell whether access, direction or speed is otherwise at certain times."""
    for key in tags:
        if key.endswith(":conditional"):
            stem = key.removesuffix(":conditional").removesuffix(":forward")
            if stem.removesuffix(":backward") in _CONDITIONAL:
                return True
    return False


def barrier_of(tags: Mapping[str, str]) -> Barrier | None:
    """Return the barrier that stands at a node, or None where everybody passes.

    A gate without tags is one of residents; a locked one, or a post that can be taken away,
    lets those with a key through. Tags of one mode go before ``locked``, which goes before
    ``access``. Walls, kerbs and other lines that merely meet the road are no barrier.

    Examples
    --------
    >>> [level.name for level in barrier_of({"barrier": "bollard"}).levels]
    ['CLOSED', 'OPEN', 'OPEN']
    >>> barrier_of({"barrier": "cattle_grid"}) is None
    True
    """
    kind = tags.get("barrier", "")
    if kind not in _BARRIERS:
        return None
    levels = []
    for mode in TravelMode:
        own = _own_level(tags, mode)
        level = _BARRIERS[kind][mode]
        if mode is TravelMode.MOTOR and tags.get("bollard") in _MOVABLE:
            level = _G
        general = _level(tags.get("access", ""), mode)
        level = level if general is None else general
        if tags.get("locked") == "yes" and kind in _GATES:
            level = min(level, _G)
        level = level if own is None else own
        if mode is TravelMode.MOTOR and level is _C and _lets_emergency(tags):
            level = _G
        levels.append(level)
    a, b, c = levels
    if kind == "toll_booth":
        return Barrier(RoadClass.TOLL_BOOTH, (a, b, c))
    return None if (a, b, c) == _PLAIN else Barrier(RoadClass.GATE, (a, b, c))


def _own_level(tags: Mapping[str, str], mode: TravelMode) -> AccessLevel | None:
    levels = (_level(tags.get(key, ""), mode) for key in _KEYS[mode] if key != "access")
    return next((level for level in levels if level is not None), None)
