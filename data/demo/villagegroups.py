"""Village groups (村民小组): parts of a village's houses that addresses count from one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data.demo.district import District
from geo.model import Floats, Ints

__all__ = ["VillageGroups", "spoken_number"]

_HOUSES = 45
_DIGITS = "零一二三四五六七八九"


def spoken_number(number: int) -> str:
    """Return a number from 1 to 99 in Chinese.

    Examples
    --------
    >>> spoken_number(12), spoken_number(20), spoken_number(7)
    ('十二', '二十', '七')
    """
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


class VillageGroups:
    """Numbers each rural house's group; 0 in towns.

    Houses of a village are swept around its middle, so that a group lies together.
    """

    def __init__(self, district: District) -> None:
        houses = district.houses
        self.number: Ints = np.zeros(len(houses.number), dtype=np.int64)
        self._centres: dict[int, list[tuple[int, Floats]]] = {}
        for position, village in enumerate(district.places.villages):
            mine = np.flatnonzero(houses.village == position)
            if village.suffix != "村" or len(mine) < 2 * _HOUSES // 3:
                continue
            xy = houses.centre_m[mine]
            spread = xy - np.median(xy, axis=0)
            order = np.argsort(np.arctan2(spread[:, 1], spread[:, 0]), kind="stable")
            parts = np.array_split(mine[order], max(2, round(len(mine) / _HOUSES)))
            found = []
            for number, part in enumerate(parts, start=1):
                self.number[part] = number
                found.append((number, np.median(houses.centre_m[part], axis=0)))
            self._centres[position] = found

    def centres(self, village: int) -> Iterator[tuple[int, Floats]]:
        """Yield number and middle (plane metres) of each group of a village."""
        yield from self._centres.get(village, ())
