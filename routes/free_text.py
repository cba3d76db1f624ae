"""What may not stand in a text that is written freely: numbers of people, journeys by rail.

Clerks paste whole sentences into an address or a note. A number that has a column of its own is
cut out; a journey, or words of another kind of data that may not come in, refuse the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from routes.data_types import DataType, data_type_of, forms_of

__all__ = ["Cut", "cut_numbers", "journey_in", "kind_in", "kinds_in"]

# One sign for one sign, so that places in the plain text are places in the text.
_HALF_WIDTH = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}

_LABEL = r"(?:(?:联系|手机)?(?:电话|手机)(?:号码?)?|身份证(?:号码?)?|证件号码?)?\s*[:]?\s*"
_DAY = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_IDENTITY = rf"(?<![0-9A-Za-z])[0-9]{{6}}{_DAY}[0-9]{{3}}[0-9Xx](?![0-9A-Za-z])"
_MOBILE = r"(?<![0-9A-Za-z])(?:\+?86[ \-]?)?1[3-9][0-9](?:[ \-]?[0-9]{4}){2}(?![0-9A-Za-z])"
_NUMBER = re.compile(rf"{_LABEL}(?:{_IDENTITY}|{_MOBILE})")
_LONG_NUMBER = re.compile(r"[0-9０-９](?:[ 　\-－]?[0-9０-９]){10}")
"""What every such number holds: eleven digits, in half or full width."""

_EMPTY = re.compile(r"[(（]\s*[)）]")
_JOURNEY = re.compile(
    r"(?<![0-9A-Za-z])[GDCZTKYS][0-9]{1,4}\s*次"
    r"|[0-9]{1,2}\s*号?车厢?\s*[0-9]{1,3}\s*(?:[A-F]\s*(?:座|号)?|座|号座|铺|号铺)"
)


class Cut(NamedTuple):
    """A text without the numbers that stood in it, and how many those were."""

    text: str
    numbers: int


def cut_numbers(text: str) -> Cut:
    """Take identity numbers and mobile telephone numbers out of a text.

    An identity number is told by the birth date in it, so that a wrong check digit saves none.

    Examples
    --------
    >>> cut_numbers("示例村12号（电话：13800000000）")
    Cut(text='示例村12号', numbers=1)
    >>> cut_numbers("（2026）闽0599执123号").numbers
    0
    """
    if _LONG_NUMBER.search(text) is None:
        return Cut(text, 0)
    plain, last, parts, count = text.translate(_HALF_WIDTH), 0, [], 0
    for found in _NUMBER.finditer(plain):
        parts.append(text[last : found.start()])
        last, count = found.end(), count + 1
    if not count:
        return Cut(text, 0)
    left = _EMPTY.sub("", "".join((*parts, text[last:])))
    return Cut(left.strip(" ，,；;、：:　"), count)


def journey_in(text: str) -> bool:
    """Return whether a text names a train or a seat.

    Examples
    --------
    >>> journey_in("乘D6521次05车12F座"), journey_in("G324国道12号")
    (True, False)
    """
    if "次" not in text and "车" not in text:
        return False
    return _JOURNEY.search(text.translate(_HALF_WIDTH)) is not None


def kind_in(text: str) -> DataType | None:
    """Return the ruled kind of data that a text tells of, a journey by rail among them."""
    return DataType.TICKET if journey_in(text) else data_type_of(text)


def kinds_in(texts: Sequence[str]) -> frozenset[DataType]:
    """Return what :func:`kind_in` finds in these texts; those that differ in digits are one.

    Examples
    --------
    >>> kinds_in(["户籍回执（2021）第7号", "户籍回执（2022）第8号"])
    frozenset()
    """
    joined = "".join(texts)
    told: Collection[str] = texts if "次" in joined or "车" in joined else forms_of(texts)
    return frozenset(kind for text in told if (kind := kind_in(text)) is not None)
