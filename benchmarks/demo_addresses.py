"""A demonstration district as files and as the list of its houses, the truth that is asked for."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from data.demo.areas import as_feature_collection
from data.demo.district import SHAPE_STEPS, District, make_district
from data.demo.fieldtables import Row, gazetteer_rows
from data.demo.frame import to_lonlat
from data.demo.osm import write_osm
from data.demo.plan import FULL, SMALL
from data.demo.tables import write_table
from data.demo.villagegroups import VillageGroups
from data.files import write_atomically
from data.imports import import_file
from data.imports.columns import TableKind
from data.store import Store
from geo.areas import AreaSet
from geo.gazetteer import Gazetteer, build_gazetteer
from geo.model import GazetteerEntry
from geo.network import build_network, load_network, save_network
from geo.osmfile import read_features
from geo.placefile import load_places, places_json
from web.clock import system_clock

__all__ = ["MAPPED_SHARE", "House", "load_names", "prepare"]

MAPPED_SHARE = 0.3
"""Share of houses whose number is in the road file."""

_MADE_ON = date(2026, 1, 5)
_TRUTH = "houses.json"


@dataclass(frozen=True, slots=True)
class House:
    """One house: where its door is and what an address calls it.

    ``old_village`` and ``old_roads`` are names that the court's own table lists; ``group`` is 0
    where houses have no group.
    """

    lon: float
    lat: float
    township_code: str
    grid_code: str
    township: str
    village: str
    suffix: str
    old_village: str
    hamlet: str
    group: int
    road: str
    old_roads: tuple[str, ...]
    number: int
    urban: bool


def prepare(folder: Path, *, seed: int, small: bool) -> tuple[House, ...]:
    """Make district, store, road network and named places in a folder, unless they are there.

    What :func:`load_names` needs is then in the folder; the houses are returned.
    """
    made = {"seed": seed, "small": small, "mapped_share": MAPPED_SHARE}
    truth = folder / _TRUTH
    if truth.exists():
        kept = json.loads(truth.read_text(encoding="utf-8"))
        if kept["made"] == made:
            _say("reusing the district")
            return tuple(
                House(**row | {"old_roads": tuple(row["old_roads"])}) for row in kept["houses"]
            )
        truth.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    plan = replace(SMALL if small else FULL, mapped_share=MAPPED_SHARE)
    district = make_district(
        plan,
        seed=seed,
        total=SHAPE_STEPS,
        progress=lambda done, total: _say(f"district {done}/{total}"),
    )
    roads, areas, table = folder / "roads.osm.pbf", folder / "areas.geojson", folder / "names.xlsx"
    write_osm(district, roads, seed=seed)
    with write_atomically(areas) as file:
        file.write(json.dumps(as_feature_collection(district.areas)).encode())
    groups = VillageGroups(district)
    rows = list(gazetteer_rows(district, groups, seed=seed))
    write_table(table, TableKind.GAZETTEER, rows, as_of=_MADE_ON)
    _say("importing areas and names")
    shutil.rmtree(folder / "court", ignore_errors=True)
    with closing(_store(folder, create=True)) as store:
        import_file(store, "areas", areas)
        import_file(store, "gazetteer", table)
    _say("reading the roads")
    save_network(build_network(roads), folder / "network")
    with write_atomically(folder / "places.json") as file:
        file.write(places_json(read_features(roads)).encode())
    houses = _houses(district, groups, rows)
    content = {"made": made, "houses": [asdict(house) for house in houses]}
    with write_atomically(truth) as file:
        file.write(json.dumps(content, ensure_ascii=False).encode())
    return houses


def load_names(folder: Path, learnt: Sequence[GazetteerEntry] = ()) -> tuple[Gazetteer, AreaSet]:
    """Build the gazetteer as the court's own programs do, from what :func:`prepare` left.

    Parameters
    ----------
    learnt
        What confirmed places taught besides.
    """
    with closing(_store(folder)) as store:
        areas, entries = AreaSet(store.areas()), store.gazetteer_entries()
    gazetteer = build_gazetteer(
        features=load_places(folder / "places.json"),
        network=load_network(folder / "network"),
        areas=areas,
        entries=(*entries, *learnt),
    )
    return gazetteer, areas


def _houses(district: District, groups: VillageGroups, rows: Sequence[Row]) -> tuple[House, ...]:
    houses, places, plan = district.houses, district.places, district.plan
    old_roads: dict[tuple[str, str], tuple[str, ...]] = {
        (str(row["township"]), str(row["name"])): tuple(str(row["aliases"]).split("、"))
        for row in rows
        if row["kind"] == "道路"
    }
    found = []
    for i, (lon, lat) in enumerate(to_lonlat(houses.door_m).tolist()):
        village = places.villages[int(houses.village[i])]
        township = plan.townships[village.township].full_name
        found.append(
            House(
                lon=lon,
                lat=lat,
                township_code=places.township_codes[village.township],
                grid_code=village.code,
                township=township,
                village=village.name,
                suffix=village.suffix,
                old_village=village.old_name,
                hamlet=houses.hamlet[i],
                group=int(groups.number[i]),
                road=houses.road[i],
                old_roads=old_roads.get((township, houses.road[i]), ()),
                number=int(houses.number[i]),
                urban=village.urban,
            )
        )
    return tuple(found)


def _store(folder: Path, *, create: bool = False) -> Store:
    return Store.open(folder / "court", clock=system_clock, create=create)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
