"""The divisions of an invented address: which there are, and how they are written."""

from __future__ import annotations

import csv
import random
from bisect import bisect
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate

from geo.addressmaking.grammar import Piece
from geo.townships import townships

__all__ = ["Place", "Places", "head", "places"]

_MUNICIPALITIES = frozenset(("11", "12", "31", "50"))
_SOUTH_FUJIAN = frozenset(("3501", "3502", "3503", "3505", "3506"))
_NORTH = frozenset(
    ("11", "12", "13", "14", "15", "21", "22", "23", "37", "41", "61", "62", "63", "64", "65")
)
_SHARES = {
    "33": 36.0,
    "35": 20.0,
    "44": 9.0,
    "32": 5.0,
    "31": 1.5,
    "37": 3.0,
    "41": 3.0,
    "51": 3.0,
    "42": 3.0,
    "43": 3.0,
    "34": 3.0,
    "36": 2.0,
    "13": 2.0,
}  # in percent of all addresses; the court's own province and those that post most
_OTHER_SHARE = 0.9
_HOME_CITY_SHARE = 0.7  # of Fujian's addresses, in the cities of its coast
_RANKS = (
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "地区",
    "省",
    "市",
    "县",
    "区",
    "盟",
    "旗",
)
_TOWN_RANKS = ("街道", "镇", "乡", "苏木")
_ZONE_ENDS = ("开发区", "园区", "新区", "保税区", "示范区", "基地", "工业区", "技园", "业园", "园")
_PEOPLES = (
    "壮族",
    "回族",
    "藏族",
    "蒙古族",
    "维吾尔",
    "土家族",
    "苗族",
    "彝族",
    "侗族",
    "布依族",
    "畲族",
    "满族",
    "朝鲜族",
    "哈尼族",
    "傣族",
    "白族",
    "羌族",
    "瑶族",
    "黎族",
)
_SHOWN = (  # province, city, county, and how often
    ((True, True, True), 34.0),
    ((True, False, True), 10.0),
    ((True, True, False), 3.0),
    ((False, True, True), 15.0),
    ((False, True, False), 4.0),
    ((False, False, True), 16.0),
    ((False, False, False), 17.0),
    ((True, False, False), 1.0),
)
_SHOWN_SUMS = tuple(accumulate(weight for _, weight in _SHOWN))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an invented address is: names of its divisions, empty where there is none."""

    province: str
    city: str
    county: str
    town: str
    is_municipality: bool
    region: str


def stem(name: str) -> str:
    """Return a division's name without its rank, unless one character would be left.

    Examples
    --------
    >>> stem("恩施土家族苗族自治州"), stem("洛江区"), stem("吴县")
    ('恩施', '洛江', '吴县')
    """
    short = next((name.removesuffix(rank) for rank in _RANKS if name.endswith(rank)), name)
    if "自治" in name:
        while cut := next((one for one in _PEOPLES if short.endswith(one)), ""):
            if len(short) - len(cut) < 2:
                break
            short = short.removesuffix(cut)
    return short if len(short) >= 2 else name


def town_stem(name: str) -> str:
    """Return a township's name without its rank, unless one character would be left."""
    short = next((name.removesuffix(rank) for rank in _TOWN_RANKS if name.endswith(rank)), name)
    return short if len(short) >= 2 else name


class Places:
    """All places of the country, drawn province by province."""

    def __init__(self) -> None:
        text = resources.files("geo").joinpath("divisions.csv").read_text("utf-8")
        self._names = {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}
        self._counties: dict[str, list[str]] = defaultdict(list)
        for code in townships().by_county:
            self._counties[code[:2]].append(code)
        self._coast = [code for code in self._counties["35"] if code[:4] in _SOUTH_FUJIAN]
        self._provinces = sorted(self._counties)
        self._sums = tuple(accumulate(_SHARES.get(code, _OTHER_SHARE) for code in self._provinces))
        self.cities = tuple(
            stem(name)
            for code, name in self._names.items()
            if len(code) == 4 and name.endswith("市")
        )

        self.towns = tuple(sorted(townships().names))

    def draw(self, rng: random.Random) -> Place:
        """Return a township with what it belongs to."""
        province = self._provinces[bisect(self._sums, rng.random() * self._sums[-1])]
        counties = self._counties[province]
        if province == "35" and rng.random() < _HOME_CITY_SHARE:
            counties = self._coast
        code = rng.choice(counties)
        region = ""
        if code[:4] in _SOUTH_FUJIAN:
            region = "minnan"
        elif province == "31":
            region = "shanghai"
        elif province in _NORTH:
            region = "north"
        is_municipality = province in _MUNICIPALITIES
        return Place(
            province=self._names[province],
            city=self._names[province] if is_municipality else self._names.get(code[:4], ""),
            county="" if code.endswith("00") else self._names.get(code, ""),
            town=rng.choice(townships().by_county[code]),
            is_municipality=is_municipality,
            region=region,
        )


@cache
def places() -> Places:
    """Return the country's places, read once."""
    return Places()


def head(place: Place, rng: random.Random) -> list[Piece]:
    """Return the divisions of an address as people write them, the widest first."""
    shown = _SHOWN[bisect(_SHOWN_SUMS, rng.random() * _SHOWN_SUMS[-1])][0]
    pieces = _divisions(place, shown, rng)
    chance = rng.random()
    if pieces and chance < 0.045:
        pieces = _repeated(place, pieces, rng)
    elif pieces and chance < 0.06:
        pieces.insert(
            rng.randrange(len(pieces) + 1),
            (
                rng.choice(("市辖区", "市辖区", "城区", "其他地区", "其它区", "市", "县")),
                "redundant",
            ),
        )
    elif pieces and chance < 0.07:
        pieces.insert(0, ("中国", "country"))
    if rng.random() < (0.62 if not pieces else 0.5):
        town = _town(place, rng)
        pieces.append(town)
        again = rng.random()
        if again < 0.012:
            pieces.append(town)
        elif again < 0.024 and pieces[0][1] in ("prov", "city"):
            pieces.insert(0, (town[0], "redundant"))
    return pieces


def _divisions(place: Place, shown: tuple[bool, bool, bool], rng: random.Random) -> list[Piece]:
    province, city, county = shown
    pieces: list[Piece] = []
    is_short = rng.random() < 0.12
    if place.is_municipality:
        if province and rng.random() < 0.35:
            name = place.province if rng.random() < 0.3 else stem(place.province)
            pieces.append((name, "redundant"))  # it is the city's name, which comes next
            city = True
        city = city or province
    elif province:
        pieces.append(
            (stem(place.province) if is_short else _slip_rank(place.province, rng), "prov")
        )
    if city and place.city and place.city != place.county:
        share = 0.7 if is_short else 0.12
        if rng.random() < 0.02:  # forms that put the city's short name before the full one
            pieces += [(stem(place.city), "redundant"), (place.city, "city")]
        else:
            pieces.append((stem(place.city) if rng.random() < share else place.city, "city"))
    if county and place.county:
        pieces.append((_county(place.county, is_short=is_short, rng=rng), "district"))
    return pieces


def _slip_rank(name: str, rng: random.Random) -> str:
    """Sometimes write an autonomous region in short with its rank: 广西省."""
    return stem(name) + "省" if name.endswith("自治区") and rng.random() < 0.2 else name


def _county(name: str, *, is_short: bool, rng: random.Random) -> str:
    if rng.random() < (0.3 if is_short else 0.06):
        return stem(name)
    if name.endswith("区") and rng.random() < 0.03:  # what it was before it became a district
        return stem(name) + rng.choice(("市", "县"))
    if name.endswith("市") and rng.random() < 0.02:
        return stem(name) + "县"
    return name


def _town(place: Place, rng: random.Random) -> Piece:
    name = place.town
    if name.endswith(_ZONE_ENDS):
        return name, "devzone"
    chance = rng.random()
    short = town_stem(name)
    if chance < 0.13:
        return short, "town"
    if name.endswith("街道"):
        if chance < 0.16:
            return f"{name}办事处", "town"
        if chance < 0.17:
            return f"{short}街办", "town"
        if chance < 0.19:
            return f"{short}办事处", "town"
        if chance < 0.24:
            return f"{short}镇", "town"
    elif name.endswith("镇"):
        if chance < 0.16:
            return f"{short}街道", "town"
        if chance < 0.18:
            return f"{short}乡", "town"
    elif name.endswith("乡") and chance < 0.2:
        return f"{short}镇", "town"
    return name, "town"


def _repeated(place: Place, pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """Write divisions twice, as forms do that fill them in before what was typed.

    A chain that begins anew from the province in the same words makes the first one a filler.
    Other repeats keep their labels.
    """
    chance = rng.random()
    if chance < 0.25 and pieces[-1][1] == "district":
        return [
            *pieces,
            (pieces[-1][0] if rng.random() < 0.8 else stem(pieces[-1][0]), "district"),
        ]
    shown = rng.choice(
        ((True, True, True), (True, True, True), (False, True, True), (True, True, False))
    )
    first = place if chance < 0.85 else places().draw(rng)
    filled = _divisions(first, shown, rng)
    if pieces[0][1] == "prov" and _same_words(filled, pieces):
        filled = [(text, "redundant") for text, _ in filled]
    if rng.random() < 0.12:
        filled.append(("中国", "country"))
    return filled + pieces


def _same_words(filled: list[Piece], pieces: list[Piece]) -> bool:
    return [text for text, _ in filled] == [text for text, _ in pieces[: len(filled)]]
