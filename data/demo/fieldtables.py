"""Rows of stations, checkpoints, teams, liaisons and local place names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from data.demo.district import District
from data.demo.frame import stream, to_lonlat
from data.demo.names import person_names
from data.demo.people import phone
from data.demo.plan import DISTRICT
from data.demo.tables import Cell
from data.demo.villagegroups import VillageGroups, spoken_number
from geo.model import Floats
from routes.calendar import is_statutory

__all__ = [
    "calendar_rows",
    "checkpoint_rows",
    "duty_rows",
    "gazetteer_rows",
    "liaison_rows",
    "station_rows",
    "team_rows",
]

Row = dict[str, Cell]

_SHIFT = "周一至周五 06:30-17:30"
_TEAMS: tuple[tuple[int, str, str], ...] = (
    (3, "执行公务证、记录员、驾驶、闽南话", "汽车"),
    (3, "执行公务证、记录员、女性执行人员、驾驶", "汽车"),
    (4, "执行公务证、记录员、司法警察、开锁、驾驶", "警车"),
    (2, "执行公务证、记录员、驾驶", "汽车"),
    (4, "执行公务证、记录员、女性执行人员、司法警察、驾驶、闽南话", "警车"),
    (2, "驾驶、闽南话", "汽车"),
)
_ESCORTS = (
    "周一至周五 08:30-17:30 2人",
    "周一至周五 09:00-12:00 1人；周一至周五 14:30-17:30 1人",
    "周二 08:30-17:30 2人；周四 08:30-17:30 2人",
    "周一至周五 07:00-11:30 1人",
    "周一 09:00-17:00 1人；周三 09:00-17:00 1人；周五 09:00-17:00 2人",
)
_ROAD_ALIASES = ("老{name}", "{stem}老{last}", "旧{name}")


_SATURDAY = 5


def _at(xy_m: Floats) -> Row:
    lon, lat = np.round(to_lonlat(np.asarray(xy_m).reshape(1, 2))[0], 6).tolist()
    return {"lon": lon, "lat": lat, "datum": "WGS84"}


def _door_of(district: District, name: str) -> Floats:
    house = next(poi.house for poi in district.pois if poi.name == name)
    door: Floats = district.houses.door_m[house]
    return door


def station_rows(district: District) -> Iterator[Row]:
    """Yield the police stations with the hours in which they can send an escort."""
    for number, (name, _) in enumerate(district.plan.police, start=1):
        yield {
            "id": f"PS{number:02d}",
            "name": name,
            **_at(_door_of(district, name)),
            "escort_hours": _ESCORTS[(number - 1) % len(_ESCORTS)],
            "phone": f"0595-0000{100 + number:04d}",  # no subscriber's number begins with 0
        }


def checkpoint_rows(
    district: District, named: Sequence[tuple[str, str]], *, as_of: date
) -> Iterator[Row]:
    """Yield rail stations and expressway exits; some carry a weekly duty and its document.

    Parameters
    ----------
    named
        Case number and name of the debtors whom the documents name, one a duty; a duty that
        finds none left has no document.
    """
    network, mesh = district.network, district.mesh
    spots: list[tuple[str, str, Floats]] = [
        (f"{name}站", "火车站", mesh.xy_m[node]) for name, node, _ in district.corridors.forecourts
    ]
    spots += [(f"{name}收费站", "高速出口", network.nodes_m[node]) for name, node in network.exits]
    left = iter(named)
    duties = {0: "周一至周五 15:30-17:00", len(district.corridors.forecourts): "周二 07:30-09:00"}
    for number, (name, kind, spot) in enumerate(spots, start=1):
        row: Row = {"id": f"CP{number:02d}", "name": name, "kind": kind, **_at(spot)}
        if number - 1 in duties:
            row["duty_hours"] = duties[number - 1]
            debtor = next(left, None)
            if debtor is not None:
                row |= {
                    "duty_basis": f"协助执行通知书（{as_of.year}）第{number + 6}号",
                    "number": debtor[0],
                    "debtor_name": debtor[1],
                    "duty_purpose": "协助查找下落",
                    "duty_liaison": f"{name}值班室",
                    "duty_ends_on": as_of + timedelta(days=180),
                }
        yield row


def duty_rows(
    district: District, named: Sequence[tuple[str, str]], *, as_of: date
) -> Iterator[Row]:
    """Yield a hearing at the court and keys to be given over at a door, on the days to come.

    Parameters
    ----------
    named
        Case number and name of debtors, of whom the last two lend their cases.
    """
    court = _at(_door_of(district, f"{DISTRICT}人民法院"))
    shops = (poi for poi in district.pois if poi.name.endswith("市场"))
    shop = _at(district.houses.door_m[next(shops, district.pois[0]).house])
    kinds = (
        ("开庭", "执行异议听证，第三法庭", court, "09:00", "10:00", 60, ""),
        ("交接钥匙", "店面交付买受人", shop, "09:30", "16:00", 40, "开锁"),
    )
    days = [as_of + timedelta(days=n) for n in range(1, 15)]
    workdays = [day for day in days if day.weekday() < _SATURDAY and not is_statutory(day)]
    cases = [number for number, _ in named[-len(kinds) :]]
    for number, (kind, label, at, starts, ends, minutes, skills) in enumerate(kinds):
        yield {
            "id": f"QW{number + 1:02d}",
            "kind": kind,
            "label": label,
            **at,
            "day": workdays[number],
            "starts": starts,
            "ends": ends,
            "minutes": minutes,
            "skills": skills,
            "number": cases[number] if number < len(cases) else "",
        }


def team_rows(district: District) -> Iterator[Row]:
    """Yield the teams; all leave from the court."""
    base = _at(_door_of(district, f"{DISTRICT}人民法院"))
    for number, (officers, skills, profile) in enumerate(_TEAMS[: district.plan.teams], start=1):
        yield {
            "id": f"T{number}",
            "name": f"执行{'一二三四五六'[number - 1]}组",
            "officers": officers,
            "skills": skills,
            "profile": profile,
            **base,
            "shifts": _SHIFT,
        }


def liaison_rows(district: District, *, seed: int) -> Iterator[Row]:
    """Yield one liaison person a grid."""
    rng = stream(seed, "liaisons")
    villages = district.places.villages
    for number, (village, name) in enumerate(
        zip(villages, person_names(len(villages), rng), strict=True), start=1
    ):
        yield {
            "id": f"L{number:03d}",
            "grid_code": village.code,
            "name": name,
            "phone": phone(rng),
        }


def calendar_rows(as_of: date) -> Iterator[Row]:
    """Yield an invented notice for the first quarter of next year, so that December can plan.

    Published calendars come out late in the year; a real court signs its own until then.
    """
    day = date(as_of.year + 1, 1, 1)
    while day.month <= 3:
        kind = "休息日" if day.weekday() >= _SATURDAY else "工作日"
        named = "元旦" if day.month == day.day == 1 else "春节"  # the only ones of the quarter
        yield {
            "day": day,
            "kind": "法定节假日" if is_statutory(day) else kind,
            "name": named if is_statutory(day) else "",
            "signed_by": "示范法院",
            "signed_on": min(as_of, date(as_of.year, 11, 1)),
        }
        day += timedelta(days=1)


def gazetteer_rows(district: District, groups: VillageGroups, *, seed: int) -> Iterator[Row]:
    """Yield local names: places with old and short names, village groups, estates, roads."""
    rng = stream(seed, "gazetteer")
    plan, places, mesh = district.plan, district.places, district.mesh
    towns = plan.townships
    for town, node in zip(towns, places.centres, strict=True):
        yield {
            "name": town.full_name,
            "kind": "乡镇",
            **_at(mesh.xy_m[int(node)]),
            "aliases": town.name,
        }
    for position, village in enumerate(places.villages):
        home = towns[village.township].full_name
        aliases = [village.old_name, f"{village.old_name}{village.suffix}"]
        if rng.random() < 0.4:
            aliases.append(village.name)
        belongs: Row = {"township": home, "village": village.full_name}
        yield {
            "name": village.full_name,
            "kind": "村",
            **_at(mesh.xy_m[village.node]),
            "aliases": "、".join(aliases),
            "township": home,
        }
        for name, node, _ in village.hamlets:
            yield {
                "name": name,
                "kind": "自然村",
                **_at(mesh.xy_m[node]),
                "aliases": f"{name}自然村、{name}角落",
                **belongs,
            }
        for number, spot in groups.centres(position):
            spoken = spoken_number(number)
            yield {
                "name": f"{number}组",
                "kind": "自然村",
                **_at(spot),
                "aliases": f"第{number}组、{spoken}组、第{spoken}村民小组",
                **belongs,
            }
    for poi in district.pois:
        village = places.villages[int(district.houses.village[poi.house])]
        number = int(district.houses.number[poi.house])
        road = district.houses.road[poi.house]
        yield {
            "name": poi.name,
            "kind": poi.kind,
            **_at(district.houses.door_m[poi.house]),
            "aliases": _short(poi.name),
            "township": towns[village.township].full_name,
            "village": village.full_name,
            "road": road,
            "number": f"{number}号",
        }
    yield from _old_roads(district, rng)


def _short(name: str) -> str:
    for long, short in (
        ("村民委员会", "委会"),
        ("居民委员会", "居委会"),
        ("农贸市场", "市场"),
        ("中心卫生院", "卫生院"),
        ("人民政府", "政府"),
        ("街道办事处", "街道办"),
        ("人民法院", "法院"),
        ("有限公司", "公司"),
    ):
        if name.endswith(long):
            return name.removesuffix(long) + short
    return ""


def _old_roads(district: District, rng: np.random.Generator) -> Iterator[Row]:
    network, places = district.network, district.places
    longest: dict[str, tuple[int, Floats]] = {}
    for way in network.ways:
        if way.name and way.road_class not in ("motorway", "motorway_link"):
            middle = network.nodes_m[way.nodes[len(way.nodes) // 2]]
            if len(way.nodes) > longest.get(way.name, (0, middle))[0]:
                longest[way.name] = (len(way.nodes), middle)
    sites = district.mesh.xy_m[[village.node for village in places.villages]]
    for name in sorted(longest):
        if rng.random() > 0.12:
            continue
        spot = longest[name][1]
        village = places.villages[int(np.argmin(np.hypot(*(sites - spot).T)))]
        form = _ROAD_ALIASES[int(rng.integers(len(_ROAD_ALIASES)))]
        yield {
            "name": name,
            "kind": "道路",
            **_at(spot),
            "aliases": form.format(name=name, stem=name[:-1], last=name[-1]),
            "township": district.plan.townships[village.township].full_name,
        }
