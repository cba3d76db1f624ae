"""Named places that people give instead of an address: schools, markets, works, estates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.demo.frame import stream
from data.demo.houses import Houses
from data.demo.mesh import Mesh
from data.demo.names import company_names
from data.demo.plan import CITY, DISTRICT, DistrictPlan
from data.demo.settlements import Settlements

__all__ = ["Poi", "make_pois"]


@dataclass(frozen=True, slots=True)
class Poi:
    """A named place in a house. ``tag`` is its OSM tag; ``company`` marks business premises."""

    name: str
    kind: str
    house: int
    tag: tuple[str, str]
    company: bool = False


_VILLAGE_KINDS: tuple[tuple[str, tuple[str, str]], ...] = (
    ("小学", ("amenity", "school")),
    ("幼儿园", ("amenity", "kindergarten")),
    ("老人活动中心", ("amenity", "social_centre")),
    ("卫生所", ("amenity", "clinic")),
    ("便利店", ("shop", "convenience")),
    ("宫", ("amenity", "place_of_worship")),
    ("菜市场", ("amenity", "marketplace")),
)
_TOWN_KINDS: tuple[tuple[str, tuple[str, str]], ...] = (
    ("中学", ("amenity", "school")),
    ("中心卫生院", ("amenity", "hospital")),
    ("农贸市场", ("amenity", "marketplace")),
    ("汽车站", ("amenity", "bus_station")),
    ("建材市场", ("shop", "trade")),
    ("文化站", ("amenity", "community_centre")),
)
_ESTATES = ("花园", "新城", "家园", "公寓", "名苑", "小区")
_ESTATE_FRONT = ("锦绣", "滨江", "阳光", "海景", "御景", "丽景", "东方", "金色", "书香", "翠湖")


def make_pois(
    plan: DistrictPlan, places: Settlements, mesh: Mesh, houses: Houses, *, seed: int
) -> tuple[Poi, ...]:
    """Name places in houses: offices in the centres, some in every village, then companies."""
    rng = stream(seed, "pois")
    taken: set[int] = set()

    def house_of(village: int, *, near_m: float) -> int:
        spot = mesh.xy_m[places.villages[village].node]
        away = np.hypot(*(houses.centre_m - spot).T) + rng.uniform(0.0, near_m, len(houses.number))
        if taken:
            away[list(taken)] = np.inf
        best = int(np.argmin(away))
        taken.add(best)
        return best

    heads = [
        next(i for i, v in enumerate(places.villages) if v.township == t)
        for t in range(len(plan.townships))
    ]
    found = [
        Poi(
            f"{DISTRICT}人民法院",
            "单位",
            house_of(heads[0], near_m=250.0),
            ("amenity", "courthouse"),
        ),
        Poi(
            f"{DISTRICT}人民政府", "单位", house_of(heads[0], near_m=250.0), ("amenity", "townhall")
        ),
        Poi(f"{CITY}第二医院", "单位", house_of(heads[0], near_m=900.0), ("amenity", "hospital")),
    ]
    for name, members in plan.police:
        found.append(
            Poi(name, "单位", house_of(heads[members[0]], near_m=300.0), ("amenity", "police"))
        )
    for head, town in zip(heads, plan.townships, strict=True):
        office = "街道办事处" if town.kind == "街道" else "人民政府"
        title = town.name if town.kind == "街道" else town.full_name
        found.append(
            Poi(f"{title}{office}", "单位", house_of(head, near_m=200.0), ("amenity", "townhall"))
        )
        for word, tag in _TOWN_KINDS:
            found.append(Poi(f"{town.name}{word}", "单位", house_of(head, near_m=700.0), tag))
    for position, village in enumerate(places.villages):
        office = "居民委员会" if village.suffix == "社区" else "村民委员会"
        found.append(
            Poi(
                f"{village.full_name}{office}",
                "单位",
                house_of(position, near_m=120.0),
                ("office", "government"),
            )
        )
    names = {poi.name for poi in found}
    while len(found) < plan.pois:
        position = int(rng.integers(len(places.villages)))
        village = places.villages[position]
        draw = rng.random()
        if village.urban and draw < 0.4:
            name = (
                _ESTATE_FRONT[int(rng.integers(len(_ESTATE_FRONT)))]
                + _ESTATES[int(rng.integers(len(_ESTATES)))]
            )
            poi = Poi(name, "小区", house_of(position, near_m=700.0), ("landuse", "residential"))
        elif draw < 0.65:
            word, tag = _VILLAGE_KINDS[int(rng.integers(len(_VILLAGE_KINDS)))]
            poi = Poi(f"{village.name}{word}", "单位", house_of(position, near_m=300.0), tag)
        else:
            place = plan.townships[village.township].name
            name = company_names(1, place, rng)[0][0]
            poi = Poi(name, "单位", house_of(position, near_m=500.0), ("office", "company"), True)
        if poi.name not in names:
            names.add(poi.name)
            found.append(poi)
    return tuple(found)
