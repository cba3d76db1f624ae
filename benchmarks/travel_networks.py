"""The networks that the travel benchmark runs on, and points and closures upon them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from benchmarks.reference import reference_folder
from data.demo.district import SHAPE_STEPS, make_district
from data.demo.osm import write_osm
from data.demo.plan import SMALL
from geo.errors import NetworkCacheError
from geo.model import Floats, Ints
from geo.network import RoadNetwork, build_network, load_network, save_network
from geo.roadtags import RoadClass
from geo.travel.closures import Closure, Direction, ref_of
from geo.travel.profiles import PROFILES, open_arcs

__all__ = ["Named", "Spots", "named_networks", "read", "say", "some_closures", "some_spots"]

_REAL = {
    "beijing": "small_beijing_tsinghua.osm",
    "guixi": "small_guixi_jiangxi.osm",
    "liechtenstein": "small_liechtenstein.osm.pbf",
    "porto": "medium_porto.osm.pbf",
}
_DEMO_SEED = 7
_BEGUN_S = time.perf_counter()
_ASIDE_DEG = 0.0003  # points lie up to thirty metres beside their road
_NEAR_SHARE = 0.02  # radius of a closed area, as a share of the network's width


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A network under the name that its figures end with.

    ``read_s`` is what reading its file took, nan where it was kept from before.
    """

    name: str
    network: RoadNetwork
    read_s: float
    folder: Path


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Points beside roads: degrees, and the road and junction that each was drawn at."""

    lonlat: Floats
    road: Ints
    node: Ints

    def __getitem__(self, rows: slice) -> Spots:
        return Spots(self.lonlat[rows], self.road[rows], self.node[rows])


def say(text: str) -> None:
    """Tell on the error stream how far the run has come."""
    print(f"[{time.perf_counter() - _BEGUN_S:.0f} s] {text}", file=sys.stderr, flush=True)


def named_networks(folder: Path) -> Iterator[Named]:
    """Yield the real extracts and the demonstration district, the largest last.

    Raises
    ------
    SystemExit
        If the folder of reference data is not set or holds no such file.
    """
    demo = folder / "demo.osm.pbf"
    if not demo.exists():
        say("making the demonstration district")
        district = make_district(SMALL, seed=_DEMO_SEED, total=SHAPE_STEPS)
        write_osm(district, demo, seed=_DEMO_SEED)
    yield read("demo", demo, folder)
    data = reference_folder()
    for name, file in _REAL.items():
        source = data / "osm" / file
        if not source.exists():
            raise SystemExit(
                f"{source} is missing: set FIELDWRIT_REFERENCE_DATA to the reference data, "
                "or name a file by --network"
            )
        yield read(name, source, folder)


def read(name: str, source: Path, folder: Path) -> Named:
    """Read a road file, or take the network kept in the folder from the same file."""
    kept = folder / name / "network"
    try:
        network = load_network(kept, source=source)
    except NetworkCacheError:
        say(f"reading {source.name}")
        begun_s = time.perf_counter()
        network = build_network(source)
        read_s = time.perf_counter() - begun_s
        save_network(network, kept)
        return Named(name, network, read_s, folder / name)
    say(f"reusing {source.name}")
    return Named(name, network, float("nan"), folder / name)


def some_spots(network: RoadNetwork, count: int, rng: np.random.Generator) -> Spots:
    """Return points beside roads that cars may use, motorways left out."""
    usable = open_arcs(network, PROFILES["car"]).any(axis=1) & (network.length_m > 1.0)
    usable &= network.road_class > RoadClass.MOTORWAY_LINK
    road = rng.choice(np.flatnonzero(usable), count)
    lines = np.array([shapely.LineString(network.points_lonlat(each)) for each in road.tolist()])
    on_road = shapely.line_interpolate_point(lines, rng.random(count), normalized=True)
    lonlat = shapely.get_coordinates(on_road) + rng.uniform(-_ASIDE_DEG, _ASIDE_DEG, (count, 2))
    return Spots(lonlat, road, network.tail[road].astype(np.int64))


def some_closures(network: RoadNetwork, rng: np.random.Generator) -> tuple[Closure, ...]:
    """Return closures of single roads, one way or both, and of areas."""
    roads = rng.choice(network.road_count, 12)
    ways = rng.choice(np.array(list(Direction), dtype=object), len(roads))
    found = [
        Closure(
            id=str(number),
            reason="benchmark",
            roads=(ref_of(network, int(road)),),
            direction=way,
        )
        for number, (road, way) in enumerate(zip(roads, ways, strict=True))
    ]
    width = np.ptp(network.node_lonlat, axis=0).min()
    middles = network.node_lonlat[rng.choice(network.node_count, 3)]
    areas = shapely.buffer(shapely.points(middles), _NEAR_SHARE * width, quad_segs=3)
    found += [
        Closure(id=f"area-{number}", reason="benchmark", area=area)
        for number, area in enumerate(areas)
    ]
    return tuple(found)
