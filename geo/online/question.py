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
_PLACES = frozenset((_L.VILLAGE, _L.GROUP, _L.ROAD, _L.LANE, _L.ESTATE))
_COUNTED = re.compile(r"^(?=.*[\d零〇一二两三四五六七八九十百甲乙丙丁])[^\s]{1,10}$")
_FORMS = {
    _L.PROVINCE: re.compile(r"[省市区]$"),
    _L.CITY: re.compile(r"[市州盟区]$"),
    _L.COUNTY: re.compile(r"[县区市旗]$"),
    _L.DEVELOPMENT_ZONE: re.compile(r"(?:[区园]|基地)$"),
    _L.TOWNSHIP: re.compile(r"(?:[镇乡]|街道|街道办|办事处|苏木|政府)$"),
    _L.VILLAGE: re.compile(r"(?:[村居社]|社区|委员会|居委会|村委会|嘎查)$"),
    _L.GROUP: re.compile(r"[组队厝村寨庄屯坑头尾埔洋坂落社里仔]$"),
    _L.ROAD: re.compile(r"(?:[路街道巷弄线]|胡同)$"),
    _L.LANE: re.compile(r"[弄巷里坊条街路]$"),
    _L.NUMBER: _COUNTED,
    _L.BUILDING: _COUNTED,
    _L.ESTATE: re.compile(
        r"(?:小区|花园|公寓|新村|大厦|广场|[苑园城湾府庭里居邸轩郡庄])(?:[一二三四五六七八九十\d]期)?$"
    ),
}
"""How the parts of a level look; another part may be a person's name, and stays here."""

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
    parts = [
        part
        for part in parsed.parts
        if (form := _FORMS.get(part.level)) is not None and form.search(part.text)
    ]
    levels = {part.level for part in parts}
    if not levels & _PLACES:
        return None
    text = "".join(dict.fromkeys(part.text for part in parts))
    if not levels.intersection(_DIVISIONS):
        text = region + text
    if len(text) > _LONGEST or _TOO_MANY_DIGITS.search(text) or not text.isprintable():
        return None
    return text
