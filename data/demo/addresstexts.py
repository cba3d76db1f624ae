"""Address texts as clerks, applicants and registers write them: with gaps, slips and notes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from data.demo.district import District
from data.demo.names import HOMOPHONES, person_names
from data.demo.people import phone
from data.demo.plan import CITY, DISTRICT, PROVINCE
from data.demo.villagegroups import VillageGroups, spoken_number
from geo.model import Floats

__all__ = ["AddressText", "AddressWriter"]

_FULL_WIDTH = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789-"}
_COMPASS = ("东", "东北", "北", "西北", "西", "西南", "南", "东南")
_NOTES = (
    "（租住）",
    "（户籍地）",
    "（老家）",
    "（房东提供）",
    "（现住址）",
    "(暂住)",
    "（厝主姓陈）",
)
_LABELS = ("住", "现住", "住址：", "地址：", "住所地：", "户籍地：")
_POI_REACH_M = 260.0


@dataclass(frozen=True, slots=True, eq=False)
class AddressText:
    """A text and what it tells.

    ``xy_m`` is the door that is meant, None where there is no such address; ``precision`` how
    exactly the text tells it: door, poi, group, road, village, township; ``flaws`` names what
    makes it hard to read.
    """

    text: str
    precision: str
    xy_m: Floats | None
    flaws: tuple[str, ...]


class AddressWriter:
    """Writes addresses of houses.

    Parameters
    ----------
    district
        The mapped district.
    groups
        Group numbers of rural houses.
    rng
        Random stream; the texts depend on the order of calls.
    """

    def __init__(self, district: District, groups: VillageGroups, rng: np.random.Generator) -> None:
        self._district = district
        self._groups = groups
        self._rng = rng
        self._pois = tuple(poi for poi in district.pois if not poi.company)
        doors = district.houses.door_m[[poi.house for poi in self._pois]]
        self._poi_tree = cKDTree(doors)
        self._poi_doors = doors
        self._company_at = {poi.house: poi.name for poi in district.pois if poi.company}

    def _chance(self, share: float) -> bool:
        return bool(self._rng.random() < share)

    def _one_of(self, words: tuple[str, ...]) -> str:
        return words[int(self._rng.integers(len(words)))]

    def write(self, house: int, *, mess: float, missing: bool = False) -> AddressText:
        """Return a text for a house.

        Parameters
        ----------
        house
            Position of the house.
        mess
            From 0 (a register's clean form) to 1 (as heard on the telephone).
        missing
            Give a number that no house has.
        """
        flaws: list[str] = []
        text, precision = self._body(house, mess, missing, flaws)
        if self._chance(0.16 * mess):
            text = text.translate(_FULL_WIDTH)
            flaws.append("full_width")
        text = self._noted(text, mess, flaws)
        door = None if missing else self._district.houses.door_m[house]
        return AddressText(text, precision, door, tuple(flaws))

    def _body(self, house: int, mess: float, missing: bool, flaws: list[str]) -> tuple[str, str]:
        houses, places = self._district.houses, self._district.places
        village = places.villages[int(houses.village[house])]
        if not missing and self._chance(0.13 * mess):
            beside = self._beside(house)
            if beside is not None:
                flaws.append("poi_direction")
                return beside
        if not missing and self._chance(0.05 * mess):
            flaws.append("vague")
            if self._chance(0.25):
                return self._head(house, mess, flaws, with_village=False), "township"
            return self._head(house, mess, flaws, with_village=True), "village"

        road, hamlet = houses.road[house], houses.hamlet[house]
        number = int(houses.number[house]) + (700 if missing else 0)
        group = int(self._groups.number[house])
        with_village = not road or village.suffix == "村" or not self._chance(0.45 + 0.2 * mess)
        head = self._head(house, mess, flaws, with_village=with_village)
        if group and self._chance(0.34):
            said = spoken_number(group) if self._chance(0.4) else str(group)
            flaws.append("group")
            if missing or (not road and not self._chance(0.4 * mess)):
                return f"{head}{said}组{self._number(number, mess)}", "door"
            return f"{head}{said}组", "group"
        if not road:
            if hamlet:
                head += hamlet + ("自然村" if self._chance(0.25) else "")
            return f"{head}{self._number(number, mess)}", "door"
        if hamlet and self._chance(0.5):
            head += hamlet
        named = self._slip(road, 0.09 * mess, flaws)
        if not missing and self._chance(0.05 * mess):
            flaws.append("no_number")
            return f"{head}{named}", "road"
        inside = self._inside(house, flaws)
        return f"{head}{named}{self._number(number, mess)}{inside}", "door"

    def _head(self, house: int, mess: float, flaws: list[str], *, with_village: bool) -> str:
        places, plan = self._district.places, self._district.plan
        village = places.villages[int(self._district.houses.village[house])]
        town = plan.townships[village.township]
        forms = (PROVINCE + CITY + DISTRICT, CITY + DISTRICT, DISTRICT, "", PROVINCE[:2] + CITY[:2])
        clean, messy = (
            np.asarray((0.55, 0.3, 0.15, 0.0, 0.0)),
            np.asarray((0.1, 0.2, 0.3, 0.3, 0.1)),
        )
        shares = clean * (1.0 - mess) + messy * mess
        head = forms[int(self._rng.choice(5, p=shares))]
        if with_village and self._chance(0.25 * mess):
            flaws.append("no_township")
        elif self._chance(0.08 * mess):
            head += self._slip(town.name, 0.1 * mess, flaws)
        else:
            head += self._slip(town.name, 0.07 * mess, flaws) + town.kind
        if not with_village:
            return head
        if self._chance(0.10 * mess):
            flaws.append("old_name")
            if self._chance(0.3):
                return f"{head}{village.name}（{village.old_name}）{village.suffix}"
            return head + village.old_name + village.suffix
        named = self._slip(village.name, 0.09 * mess, flaws)
        if village.suffix == "村" and self._chance(0.06 * mess):
            flaws.append("no_suffix")
            return head + named
        return head + named + village.suffix

    def _slip(self, name: str, share: float, flaws: list[str]) -> str:
        places = [i for i, character in enumerate(name) if character in HOMOPHONES]
        if not places or not self._chance(share):
            return name
        at = places[int(self._rng.integers(len(places)))]
        flaws.append("typo")
        return name[:at] + HOMOPHONES[name[at]] + name[at + 1 :]

    def _number(self, number: int, mess: float) -> str:
        draw = self._rng.random()
        if draw < 0.08 * mess:
            return f"{number}-{int(self._rng.integers(1, 4))}号"
        if draw < 0.12 * mess:
            return f"{number}号之{self._one_of(('一', '二'))}"
        if draw < 0.20 * mess:
            return str(number)
        if draw < 0.24 * mess:
            return f" {number} 号"
        return f"{number}号"

    def _inside(self, house: int, flaws: list[str]) -> str:
        houses = self._district.houses
        village = self._district.places.villages[int(houses.village[house])]
        if house in self._company_at and self._chance(0.5):
            flaws.append("company")
            return self._company_at[house]
        if not village.urban or not self._chance(0.3):
            return ""
        flaws.append("room")
        floor, door = int(self._rng.integers(1, 8)), int(self._rng.integers(1, 5))
        block, unit = int(self._rng.integers(1, 9)), int(self._rng.integers(1, 4))
        forms = (
            f"{block}栋{unit}单元{floor}{door:02d}室",
            f"{block}幢{floor}{door:02d}室",
            f"{floor}{door:02d}室",
            f"{block}#{floor}{door:02d}",
            f"{floor}楼",
        )
        return self._one_of(forms)

    def _beside(self, house: int) -> tuple[str, str] | None:
        door = self._district.houses.door_m[house]
        away, near = self._poi_tree.query(door)
        if away > _POI_REACH_M:
            return None
        poi = self._pois[int(near)]
        step = door - self._poi_doors[int(near)]
        side = _COMPASS[round(float(np.degrees(np.arctan2(step[1], step[0]))) / 45.0) % 8]
        tens = max(10, round(float(away) / 10.0) * 10)
        if away < 25.0:
            words = ("旁", "隔壁", "对面", "斜对面")
        else:
            words = (f"{side}侧{tens}米", f"往{side}{tens}米", f"{side}面", f"{side}边约{tens}米")
        village = self._district.places.villages[int(self._district.houses.village[house])]
        town = self._district.plan.townships[village.township]
        head = self._one_of((f"{DISTRICT}{town.full_name}", town.full_name, ""))
        return head + poi.name + self._one_of(words), "poi"

    def _noted(self, text: str, mess: float, flaws: list[str]) -> str:
        draw = self._rng.random()
        if draw < 0.06 * mess:
            flaws.append("note")
            return text + self._one_of(_NOTES)
        if draw < 0.11 * mess:
            flaws.append("phone")
            return f"{text}{self._one_of((' ', '，电话', '，联系电话：'))}{phone(self._rng)}"
        if draw < 0.14 * mess:
            flaws.append("phone")
            who = person_names(1, self._rng)[0]
            return f"{text}，{who}收，{phone(self._rng)}"
        if draw < 0.18 * mess:
            flaws.append("label")
            return self._one_of(_LABELS) + text
        if draw < 0.21 * mess and len(text) > 8:
            flaws.append("blank")
            at = int(self._rng.integers(3, len(text) - 2))
            return f"{text[:at]} {text[at:]}"
        return text
