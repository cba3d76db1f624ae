"""Coordinates as people write them: degrees, minutes and seconds, hemispheres, pairs in a cell.

Longitude and latitude are told apart by what the text says (E, 东经, 经度) and by nothing else:
a pair without such a word is longitude first, and refused where only the other order lies in
this country. Half of a text is never taken: what does not fit as a whole is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from geo.coordinates import CHINA_LAT, CHINA_LON
from geo.errors import CoordinateError

__all__ = ["Axis", "parse_degrees", "parse_lonlat"]

_MAX_TEXT = 120


class Axis(StrEnum):
    """Which of the two numbers a text states."""

    LON = "lon"
    LAT = "lat"


_HEMISPHERES = {
    "东经": (Axis.LON, 1),
    "東經": (Axis.LON, 1),
    "东": (Axis.LON, 1),
    "east": (Axis.LON, 1),
    "e": (Axis.LON, 1),
    "西经": (Axis.LON, -1),
    "西經": (Axis.LON, -1),
    "西": (Axis.LON, -1),
    "west": (Axis.LON, -1),
    "w": (Axis.LON, -1),
    "北纬": (Axis.LAT, 1),
    "北緯": (Axis.LAT, 1),
    "北": (Axis.LAT, 1),
    "north": (Axis.LAT, 1),
    "n": (Axis.LAT, 1),
    "南纬": (Axis.LAT, -1),
    "南緯": (Axis.LAT, -1),
    "南": (Axis.LAT, -1),
    "south": (Axis.LAT, -1),
    "s": (Axis.LAT, -1),
}
_LABELS = {
    "经度": Axis.LON,
    "經度": Axis.LON,
    "longitude": Axis.LON,
    "long": Axis.LON,
    "lon": Axis.LON,
    "lng": Axis.LON,
    "纬度": Axis.LAT,
    "緯度": Axis.LAT,
    "latitude": Axis.LAT,
    "lat": Axis.LAT,
}
_SIGNS = str.maketrans(
    "".join(map(chr, range(0xFF01, 0xFF5F)))  # full width
    + "º˚⁰∘゜′’‘´`ʹʼ″”“〃ʺ−–—‐‑、；｜|/;。\u3000",
    "".join(map(chr, range(0x21, 0x7F))) + "°" * 5 + "'" * 7 + '"' * 5 + "-" * 5 + "," * 6 + ". ",
)


def _words(table: Mapping[str, object]) -> str:
    return "|".join(sorted(table, key=len, reverse=True))


_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{0,15})?"
_ONE = rf"""
    (?:(?P<label>{_words(_LABELS)})\s*[:=]?\s*)?
    (?:(?P<before>{_words(_HEMISPHERES)})\s*:?\s*)?
    (?P<sign>[+-])?\s*
    (?:
        (?P<d1>[0-9]{{1,3}})\s*[°度]\s*(?P<m1>[0-9]{{1,2}})\s*['分]\s*(?P<s1>{_NUMBER})
        \s*(?:"|''|秒|)
      | (?P<d2>[0-9]{{1,3}})\s*[°度]\s*(?P<m2>{_NUMBER})\s*['分]?
      | (?P<d3>[0-9]{{1,3}})(?P<gap>\s+|\s*[:-]\s*)(?P<m3>[0-9]{{1,2}})(?P=gap)(?P<s3>{_NUMBER})
      | (?P<d4>{_NUMBER})\s*[°度]?
    )
    (?(before)|(?:\s*(?P<after>{_words(_HEMISPHERES)})(?![a-z]))?)
"""
_FLAGS = re.VERBOSE | re.IGNORECASE


def _numbered(number: int) -> str:
    """Return the pattern of one coordinate with its groups renamed."""
    return re.sub(r"(?<=\(\?P[<=])\w+|(?<=\(\?\()\w+", rf"\g<0>_{number}", _ONE)


_SINGLE = re.compile(_numbered(1), _FLAGS)
_BETWEEN = r"\s*,\s*|\s+|(?<![0-9.])|(?![0-9.+-])"  # no digits run into each other
_PAIR = re.compile(rf"[(\[]?\s*{_numbered(1)}(?:{_BETWEEN}){_numbered(2)}\s*[)\]]?", _FLAGS)


@dataclass(frozen=True, slots=True)
class _Coordinate:
    degrees: float
    axis: Axis | None


def parse_degrees(text: str, axis: Axis) -> float:
    """Return one coordinate of a known axis in decimal degrees.

    Parameters
    ----------
    text
        Decimal degrees or degrees, minutes and seconds, in signs, in Chinese or separated by
        colons, blanks or dashes; with or without hemisphere.
    axis
        What the cell should hold.

    Raises
    ------
    CoordinateError
        If the text is none, states the other axis, or is out of range. Never repeats the text.

    Examples
    --------
    >>> round(parse_degrees("东经118度40分32.5秒", Axis.LON), 6)
    118.675694
    >>> round(parse_degrees("24°52.44′N", Axis.LAT), 6)
    24.874
    """
    clean = _clean(text)
    match = _SINGLE.fullmatch(clean)
    if match is None:
        if _PAIR.fullmatch(clean):
            raise CoordinateError("一格内写了两个坐标；请把经度和纬度分成两列填写")
        raise _unreadable()
    found = _coordinate(match, 1)
    if axis is Axis.LON and found.axis is Axis.LAT:
        raise CoordinateError("应为经度，内容却写明是纬度；请核对两列是否写反")
    if axis is Axis.LAT and found.axis is Axis.LON:
        raise CoordinateError("应为纬度，内容却写明是经度；请核对两列是否写反")
    return _within(found.degrees, axis)


def parse_lonlat(text: str) -> tuple[float, float]:
    """Return longitude and latitude of one text, in decimal degrees.

    Parameters
    ----------
    text
        Two coordinates as :func:`parse_degrees` takes them, side by side or separated by a
        comma, blank, slash or semicolon. Without a hemisphere or label: longitude first.

    Raises
    ------
    CoordinateError
        If the text is none, names one axis twice, is out of range, or is in the order latitude,
        longitude without saying so.

    Examples
    --------
    >>> parse_lonlat("N24.8739 E118.6758")
    (118.6758, 24.8739)
    >>> parse_lonlat("118.6758，24.8739")
    (118.6758, 24.8739)
    """
    match = _PAIR.fullmatch(_clean(text))
    if match is None:
        raise _unreadable()
    first, second = _coordinate(match, 1), _coordinate(match, 2)
    if first.axis is not None and first.axis is second.axis:
        raise CoordinateError("两个坐标写明的是同一个方向；请写一个经度和一个纬度")
    swapped = first.axis is Axis.LAT or second.axis is Axis.LON
    lon, lat = (second, first) if swapped else (first, second)
    if first.axis is second.axis is None and _reads_swapped(lon.degrees, lat.degrees):
        raise CoordinateError(
            "经纬度写反了；请把经度（73 至 136）写在前、纬度（3 至 54）写在后，或写明 E、N"
        )
    return _within(lon.degrees, Axis.LON), _within(lat.degrees, Axis.LAT)


def _clean(text: str) -> str:
    """Return the text in half width, without what cannot be seen."""
    if len(text) > _MAX_TEXT:
        raise _unreadable()
    seen = "".join(
        " " if category == "Cc" else "" if category == "Cf" else sign
        for sign, category in ((sign, unicodedata.category(sign)) for sign in text)
    )
    return seen.translate(_SIGNS).strip(" ,")


def _unreadable() -> CoordinateError:
    return CoordinateError(
        "坐标无法识别；请写成十进制度（如 118.6758），或写成 118°40′32.5″E、北纬24度52分26秒"
    )


def _coordinate(match: re.Match[str], number: int) -> _Coordinate:
    def group(name: str) -> str | None:
        return match[f"{name}_{number}"]

    parts = next(
        [
            group(f"{name}{form}")
            for name in "dms"
            if f"{name}{form}_{number}" in match.re.groupindex
        ]
        for form in (1, 2, 3, 4)
        if group(f"d{form}") is not None
    )
    degrees, minutes, seconds = (*(float(part or 0) for part in parts), 0.0, 0.0)[:3]
    if minutes >= 60.0 or seconds >= 60.0:
        raise CoordinateError("坐标的分或秒不小于 60；请核对")
    word, sign = group("before") or group("after"), group("sign")
    if word and sign:
        raise CoordinateError("坐标的方向写了两次；请只用 E、N 或正负号之一")
    minus = None, -1 if sign == "-" else 1
    axis, direction = _HEMISPHERES[word.casefold()] if word else minus
    label = group("label")
    if label is not None:
        stated = _LABELS[label.casefold()]
        if axis not in (None, stated):
            raise CoordinateError("坐标前写明的经度或纬度与方向不符；请核对")
        axis = stated
    return _Coordinate(direction * (degrees + minutes / 60.0 + seconds / 3600.0), axis)


def _reads_swapped(lon: float, lat: float) -> bool:
    return CHINA_LAT[0] <= lon <= CHINA_LAT[1] and CHINA_LON[0] <= lat <= CHINA_LON[1]


def _within(degrees: float, axis: Axis) -> float:
    if abs(degrees) > 180.0:
        raise CoordinateError("不是经纬度，可能是平面坐标；请换算为十进制度")
    if axis is Axis.LAT and abs(degrees) > 90.0:
        raise CoordinateError("应为纬度，数值却超过 90 度；请核对是否与经度写反")
    return degrees
