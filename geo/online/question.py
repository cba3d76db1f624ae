"""What of an address may leave the court: the place, and nothing of who lives there.

The question is put together from recognised levels, from province to house number, estate and
building. Floor, room and unit are left out (they single out a household), and so are names of
shops and other points (they hold people's names), directions, and whatever the parser dropped
or did not recognise. A text with more digits in a row than a house number has is not sent.
"""

from __future__ import annotations

import re

from geo.model import AddressLevel, ParsedAddress

__all__ = ["question"]

_L = AddressLevel
_DIVISIONS = (_L.PROVINCE, _L.CITY, _L.COUNTY)
_SENT = frozenset(
    (
        *_DIVISIONS,
        *(_L.DEVELOPMENT_ZONE, _L.TOWNSHIP, _L.VILLAGE, _L.GROUP, _L.ROAD, _L.LANE, _L.NUMBER),
        *(_L.ESTATE, _L.BUILDING),
    )
)
_PLACES = frozenset((_L.VILLAGE, _L.GROUP, _L.ROAD, _L.LANE, _L.ESTATE))
_ENDINGS = {
    _L.VILLAGE: re.compile(r"(?:村|社区|居委会|村委会|委员会|嘎查|居|社)$"),
    _L.GROUP: re.compile(r"(?:[组队]|厝|自然村|村|寨|庄|屯|坑|头|尾|埔|洋|坂|角落|小组|社|里|仔)$"),
    _L.ROAD: re.compile(r"(?:[路街道巷弄线]|胡同|大街|大道|公路|国道|省道|县道)$"),
    _L.ESTATE: re.compile(
        r"(?:小区|花园|公寓|家园|新村|山庄|大厦|广场|[苑园城湾府庭里居邸轩郡])(?:[一二三四五六七八九十]期)?$"
    ),
}
_TOO_MANY_DIGITS = re.compile(r"\d{6}")
_LONGEST = 80


def question(parsed: ParsedAddress, *, region: str = "") -> str | None:
    """Return the text that may be sent to a service for an address, or None.

    Parameters
    ----------
    parsed
        An address as the parser read it.
    region
        Province, city and county of the court, put before a text that names none of them.

    Examples
    --------
    >>> from geo.addresses import parse
    >>> question(parse("河埔镇前洋村中山路12号3单元501室 张三 13800000000"))
    '河埔镇前洋村中山路12号'
    >>> question(parse("河埔镇")) is None
    True
    """
    parts = [part for part in parsed.parts if part.level in _SENT and _named(part.level, part.text)]
    levels = {part.level for part in parts}
    if not levels & _PLACES:
        return None
    text = "".join(dict.fromkeys(part.text for part in parts))
    if not levels.intersection(_DIVISIONS):
        text = region + text
    if len(text) > _LONGEST or _TOO_MANY_DIGITS.search(text) or not text.isprintable():
        return None
    return text


def _named(level: AddressLevel, text: str) -> bool:
    """Tell whether a part ends as names of its level do, so that it is none of a person."""
    ending = _ENDINGS.get(level)
    return ending is None or ending.search(text) is not None
