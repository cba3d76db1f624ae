"""Which district a text names: the only thing that may be sent for a download by name.

Only names in the table of the country's divisions pass, so that no person's name, door, number
or position can leave by mistake (LAW.md P9).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from geo.divisions import Division, divisions
from geo.errors import OnlineRefusedError

__all__ = ["District", "district_named"]

_GAPS = re.compile(r"[\s,，、;；/]+")
_COUNTRY = re.compile(r"^(中华人民共和国|中国)|(中华人民共和国|中国)$")
_MOST_SHOWN = 6


@dataclass(frozen=True, slots=True)
class District:
    """A county or a city: its code, and its names from the smallest unit to the largest."""

    code: str
    names: tuple[str, ...]

    @property
    def query(self) -> str:
        """The text that is sent, such as ``洛江区, 泉州市, 福建省, 中国``."""
        return ", ".join((*self.names, "中国"))

    @property
    def title(self) -> str:
        """The names as people write them, such as ``福建省泉州市洛江区``."""
        return "".join(reversed(self.names))


def district_named(text: str) -> District:
    """Return the one county or city that a text names, and nothing besides.

    Parameters
    ----------
    text
        Its name, alone or with its city and province, from the largest to the smallest or the
        other way round.

    Raises
    ------
    OnlineRefusedError
        If the text holds anything else, or names several counties, or a whole province. The
        error does not repeat the text, which may be a person's.

    Examples
    --------
    >>> district_named("洛江区").query
    '洛江区, 泉州市, 福建省, 中国'
    >>> district_named("福州市鼓楼区").code
    '350102'
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    parts = [part for part in _GAPS.split(plain) if part]
    found = {
        one.code: one
        for order in (parts, parts[::-1])
        for one in _readings(_COUNTRY.sub("", "".join(order)))
    }
    if any(not one.short for one in found.values()):
        found = {code: one for code, one in found.items() if not one.short}
    if not found:
        raise OnlineRefusedError(
            "按地名下载只接受全国行政区划中的区、县、市名称（例如 福建省泉州市洛江区），所给文字"
            "不是，或含有其他内容，未发送；人名、门址、证件号、电话和坐标一律不得发送"
        )
    places = {_district(found[code]).title: found[code] for code in sorted(found, reverse=True)}
    if len(places) > 1:
        titles = list(places)[::-1]
        raise OnlineRefusedError(
            "该地名对应多个行政区（%(titles)s%(more)s），未发送；请连同省、市一起写",
            titles="、".join(titles[:_MOST_SHOWN]),
            more="……" if len(titles) > _MOST_SHOWN else "",
        )
    (one,) = places.values()  # of a city that is its own county, the shorter code
    if len(one.code) == 2:
        raise OnlineRefusedError(
            "%(title)s 的范围过大，未发送；请写到区县，或改用本地道路文件", title=one.name
        )
    return _district(one)


def _readings(text: str, start: int = 0, within: str = "") -> Iterator[Division]:
    """Yield the last division of each way to read the whole text as ever smaller divisions."""
    for end, one in divisions().at(text, start):
        if not one.code.startswith(within) or (within and len(one.code) <= len(within)):
            continue
        if end == len(text):
            yield one
        else:
            yield from _readings(text, end, one.code)


def _district(one: Division) -> District:
    table = divisions()
    units = [table.of(one.code[:length]) for length in (6, 4, 2) if length <= len(one.code)]
    return District(one.code, tuple(dict.fromkeys(unit.name for unit in units if unit)))
