"""Speed limits as people tag them, in kilometres an hour."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["RULES", "WAY_KEYS", "Limits", "ferry_kmh", "max_speed_kmh", "speed_limits"]

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
_SAYS_NOTHING = frozenset(
    (
        *(
            "",
            "none",
            "no",
            "signals",
            "variable",
            "unknown",
            "implicit",
            "default",
            "national",
        ),
        *("sign", "markings", "survey", "yes", "estimated"),
    )
)
_TYPE_KEYS = ("maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic")
_SPEED_KEYS = ("maxspeed:motorcar", "maxspeed:motor_vehicle", "maxspeed")
_SLOWEST_KMH, _FASTEST_KMH = 5.0, 150.0
_SLOWEST_FERRY_KMH, _FASTEST_FERRY_KMH = 0.5, 100.0
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2})")
_PERIOD = re.compile(r"pt?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")

RULES = (
    _KMH,
    _IMPLICIT_KMH,
    sorted(_SAYS_NOTHING),
    _TYPE_KEYS,
    _SLOWEST_KMH,
    _FASTEST_KMH,
)
"""The tables behind these answers: where they change, a network read before is stale."""

WAY_KEYS = frozenset(
    (
        *(f"{key}{way}" for key in _SPEED_KEYS for way in ("", ":forward", ":backward")),
        *(*_TYPE_KEYS, "duration"),
    )
)
"""Keys of the tags that :func:`speed_limits` and :func:`ferry_kmh` read."""


class Limits(NamedTuple):
    """Limits along and against the drawing of a way, nan where none is stated.

    ``unread`` tells that a text which should hold a speed holds none.
    """

    along_kmh: float
    against_kmh: float
    unread: bool


def speed_limits(tags: Mapping[str, str], *, slowest_kmh: float = _SLOWEST_KMH) -> Limits:
    """Return the limits that the tags of a way state for cars.

    The most particular tag that can be read decides: for motor vehicles before for all, for
    one direction before for both, a figure before a kind of limit such as ``CN:urban`` in
    ``maxspeed:type``, ``source:maxspeed``, ``zone:maxspeed`` or ``zone:traffic``.

    Examples
    --------
    >>> speed_limits({"maxspeed": "60", "maxspeed:backward": "40"})
    Limits(along_kmh=60.0, against_kmh=40.0, unread=False)
    >>> speed_limits({"maxspeed": "fast", "source:maxspeed": "CN:urban"})
    Limits(along_kmh=50.0, against_kmh=50.0, unread=True)
    """
    if not any("maxspeed" in key or key == "zone:traffic" for key in tags):
        return Limits(math.nan, math.nan, False)
    unread = False
    found = []
    for way in ("forward", "backward"):
        limit_kmh = None
        for kind in _SPEED_KEYS:
            for key in (f"{kind}:{way}", kind):
                text = tags.get(key, "")
                if limit_kmh is None and text:
                    limit_kmh = max_speed_kmh(text, slowest_kmh=slowest_kmh)
                    unread |= limit_kmh is None and text.strip().lower() not in _SAYS_NOTHING
        if limit_kmh is None:
            texts = (tags.get(key, "") for key in _TYPE_KEYS)
            limit_kmh = next((kmh for kmh in map(max_speed_kmh, texts) if kmh), math.nan)
        found.append(limit_kmh)
    along_kmh, against_kmh = found
    return Limits(along_kmh, against_kmh, unread)


def max_speed_kmh(text: str, *, slowest_kmh: float = _SLOWEST_KMH) -> float | None:
    """Return the speed limit that a ``maxspeed`` text states, or None.

    Several values, as in ``50;30`` or ``60|40``, give the lowest. ``none``, ``signals``,
    ``variable`` and whatever is no speed between ``slowest_kmh`` and 150 km/h give None.

    Examples
    --------
    >>> max_speed_kmh("50"), max_speed_kmh("30 mph"), max_speed_kmh("CN:urban")
    (50.0, 48.28032, 50.0)
    >>> max_speed_kmh("50;30"), max_speed_kmh("walk"), max_speed_kmh("none")
    (30.0, 6.0, None)
    """
    found = [_one_speed(part.strip().lower(), slowest_kmh) for part in re.split(r"[;|,]", text)]
    speeds = [speed for speed in found if speed is not None]
    return min(speeds, default=None)


def _one_speed(text: str, slowest_kmh: float) -> float | None:
    if match := _ZONE.fullmatch(text):
        speed = float(match[1] or match[2])
    elif match := _SPEED.fullmatch(text):
        speed = float(match[1]) * _KMH[match[2] or ""]
    else:
        implicit = _IMPLICIT_KMH.get(text) or _IMPLICIT_KMH.get(text.rpartition(":")[2])
        if implicit is None:
            return None
        speed = implicit
    return speed if slowest_kmh <= speed <= _FASTEST_KMH else None


def ferry_kmh(tags: Mapping[str, str], length_m: float) -> Limits:
    """Return the speed of a ferry by its ``duration``, else by its ``maxspeed``.

    ``duration`` may be ``HH:MM``, ``HH:MM:SS``, minutes or a period such as ``PT20M``.

    Examples
    --------
    >>> ferry_kmh({"duration": "00:30"}, 8000.0)
    Limits(along_kmh=16.0, against_kmh=16.0, unread=False)
    """
    text = tags.get("duration", "").strip().lower()
    seconds = _duration_s(text)
    if seconds:
        kmh = length_m / seconds * 3.6
        if _SLOWEST_FERRY_KMH <= kmh <= _FASTEST_FERRY_KMH:
            return Limits(kmh, kmh, False)
    limits = speed_limits(tags, slowest_kmh=_SLOWEST_FERRY_KMH)
    return limits._replace(unread=limits.unread or bool(text))


def _duration_s(text: str) -> float:
    """Return seconds, or 0 where the text holds no duration."""
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text) * 60.0
    if match := _CLOCK.fullmatch(text):
        if match[1] is None:
            return int(match[2]) * 3600.0 + int(match[3]) * 60.0
        return int(match[1]) * 3600.0 + int(match[2]) * 60.0 + int(match[3])
    if text.startswith("p") and (match := _PERIOD.fullmatch(text)):
        hours, minutes, seconds = (float(each or 0.0) for each in match.groups())
        return hours * 3600.0 + minutes * 60.0 + seconds
    return 0.0
