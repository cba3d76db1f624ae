"""Townships of the country: towns, townships and street offices, with their codes.

The table ``townships.csv.xz`` lists code and name of 41,352 units as the National Bureau of
Statistics published them for 2023 (from the package china-division 2.7.0, WTFPL licence). A code
has nine digits; the first six are its county's. Statistical units that are no townships, such
as farms and development zones, are listed too.
"""

from __future__ import annotations

import csv
import io
import lzma
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

__all__ = ["Townships", "townships"]

_ENDINGS = ("街道", "镇", "乡", "苏木")


@dataclass(frozen=True, slots=True)
class Townships:
    """Names of townships by code, and what follows from them.

    Parameters
    ----------
    by_code
        Name by nine-digit code.
    by_county
        Names by six-digit code of the county, in the table's order. A city without counties
        has its townships under its four digits and ``00``.
    names
        Every name that ends as a township's does.
    """

    by_code: Mapping[str, str]
    by_county: Mapping[str, tuple[str, ...]]
    names: frozenset[str]


@cache
def townships() -> Townships:
    """Return the country's townships, read once.

    Examples
    --------
    >>> "万安街道" in townships().by_county["350504"]
    True
    """
    packed = resources.files("geo").joinpath("townships.csv.xz").read_bytes()
    rows = csv.DictReader(io.StringIO(lzma.decompress(packed).decode("utf-8")))
    by_code = {row["code"]: row["name"] for row in rows}
    by_county: dict[str, list[str]] = defaultdict(list)
    for code, name in by_code.items():
        by_county[code[:6]].append(name)
    return Townships(
        MappingProxyType(by_code),
        MappingProxyType({code: tuple(names) for code, names in by_county.items()}),
        frozenset(name for name in by_code.values() if name.endswith(_ENDINGS)),
    )
