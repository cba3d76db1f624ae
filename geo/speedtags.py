"""Speed limits as people tag them, in kilometres an hour."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["WAY_KEYS", "Limits", "ferry_kmh", "max_speed_kmh", "speed_limits"]

_KMH = {
    "mph": 1.609344,
    **dict.fromkeys(("knots", "knot", "kn"), 1.852),
    **dict.fromkeys(("", "km", "km/h", "kmh", "kph", "kmph", "km/hr"), 1.0),
    **dict.fromkeys(("公里", "公里/小时", "公里/时", "公里每小时"), 1.0),
    **dict.fromkeys(("千米", "千米/小时", "千米/时", "千米每小时"), 1.0),
}
_SPEED = re.compile(rf"(?:限速|时速)?(\d+(?:\.\d+)?)\s*({'|'.join(map(re.escape, _KMH))})")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d(?!\d))")  # "50,5" is one number, "50,30" are two
_LIST = re.compile(r"[;|,、]")
_ZONE = re.compile(r"(?:[a-z]{2}:)?zone:?\s*(\d+)|(\d+)\s*zone")
_IMPLICIT_KMH = {
    "cn:urban": 50.0,  # Road Traffic Safety Law regulations, art. 45: one lane a direction
    "cn:rural": 70.0,  # same article, roads outside towns
    "cn:motorway": 120.0,  # same regulations, art. 78
    "cn:expressway": 120.0,  # what the law's English calls them
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
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3})(?:[:h时]|小时)(\d{2})")
_MINUTES = re.compile(r"\d+(?:\.\d+)?")
_PART = r"(?:(\d+(?:\.\d+)?)\s*(?:{})\s*)?"
_WORDS = re.compile(
    _PART.format("天|d|days?")
    + _PART.format("小时|时|h|hrs?|hours?")
    + _PART.format("分钟|分|m|mins?|minutes?")
    + _PART.format("秒|s|secs?|seconds?")
)
_PERIOD = re.compile(  # ISO 8601; "p20m" would be months, and minutes are meant
    r"p(?:0y)?(?:0m(?=.*t))?"
    + _PART.format("d")
    + "t?"
    + _PART.format("h")
    + _PART.format("m")
    + _PART.format("s")
)
_PARTS_S = (86_400.0, 3600.0, 60.0, 1.0)

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
                    unread |= limit_kmh is None and _plain(text) not in _SAYS_NOTHING
        if limit_kmh is None:
            texts = (tags.get(key, "") for key in _TYPE_KEYS)
            limit_kmh = next((kmh for kmh in map(max_speed_kmh, texts) if kmh), math.nan)
        found.append(limit_kmh)
    along_kmh, against_kmh = found
    return Limits(along_kmh, against_kmh, unread)


def max_speed_kmh(text: str, *, slowest_kmh: float = _SLOWEST_KMH) -> float | None:
    """Return the speed limit that a ``maxspeed`` text states, or None.

    Several values, as in ``50;30`` or ``60|40``, give the lowest; a comma before a single digit
    is a decimal point. Wide characters count as narrow ones. ``none``, ``signals``,
    ``variable`` and whatever is no speed between ``slowest_kmh`` and 150 km/h give None.

    Examples
    --------
    >>> max_speed_kmh("50"), max_speed_kmh("30 mph"), max_speed_kmh("CN:urban")
    (50.0, 48.28032, 50.0)
    >>> max_speed_kmh("50;30"), max_speed_kmh("walk"), max_speed_kmh("none")
    (30.0, 6.0, None)
    >>> max_speed_kmh("50,5"), max_speed_kmh("60公里/小时")
    (50.5, 60.0)
    """
    plain = _DECIMAL_COMMA.sub(".", _plain(text))
    found = [_one_speed(part.strip(), slowest_kmh) for part in _LIST.split(plain)]
    speeds = [speed for speed in found if speed is not None]
    return min(speeds, default=None)


def _one_speed(text: str, slowest_kmh: float) -> float | None:
    if match := _ZONE.fullmatch(text):
        speed = float(match[1] or match[2])
    elif match := _SPEED.fullmatch(text):
        speed = float(match[1]) * _KMH[match[2]]
    else:
        implicit = _IMPLICIT_KMH.get(text) or _IMPLICIT_KMH.get(text.rpartition(":")[2])
        if implicit is None:
            return None
        speed = implicit
    return speed if slowest_kmh <= speed <= _FASTEST_KMH else None


def ferry_kmh(tags: Mapping[str, str], length_m: float) -> Limits:
    """Return the speed of a ferry by its ``duration``, else by its ``maxspeed``.

    ``duration`` may be ``HH:MM``, ``HH:MM:SS``, minutes, a period such as ``PT20M`` or ``P1D``,
    or words such as ``1h 30m``, ``20 min`` and ``1小时30分``.

    Examples
    --------
    >>> ferry_kmh({"duration": "00:30"}, 8000.0)
    Limits(along_kmh=16.0, against_kmh=16.0, unread=False)
    """
    text = _DECIMAL_COMMA.sub(".", _plain(tags.get("duration", "")))
    seconds = _duration_s(text)
    if seconds:
        kmh = length_m / seconds * 3.6
        if _SLOWEST_FERRY_KMH <= kmh <= _FASTEST_FERRY_KMH:
            return Limits(kmh, kmh, False)
    limits = speed_limits(tags, slowest_kmh=_SLOWEST_FERRY_KMH)
    return limits._replace(unread=limits.unread or bool(text))


def _duration_s(text: str) -> float:
    """Return seconds, or 0 where the text holds no duration."""
    if _MINUTES.fullmatch(text):
        return float(text) * 60.0
    if match := _CLOCK.fullmatch(text):
        if match[1] is None:
            return int(match[2]) * 3600.0 + int(match[3]) * 60.0
        return int(match[1]) * 3600.0 + int(match[2]) * 60.0 + int(match[3])
    if match := _PERIOD.fullmatch(text) or _WORDS.fullmatch(text):
        parts = zip(match.groups(), _PARTS_S, strict=True)
        return sum(float(count or 0.0) * seconds for count, seconds in parts)
    return 0.0


def _plain(text: str) -> str:
    """Return a text in small letters, with wide characters made narrow."""
    return unicodedata.normalize("NFKC", text).strip().lower()
