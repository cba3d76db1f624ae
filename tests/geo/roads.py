"""Small road files and networks for tests."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import osmium

from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, RoadClass
from geo.travel.snapping import near_m

LON, LAT = 118.60, 24.90
STEP = 0.002  # degrees between neighbours of a grid, some 200 m

Tags = Mapping[str, str]


def osm_xml(
    nodes: Mapping[int, tuple[float, float]],
    ways: Iterable[tuple[int, Sequence[int], Tags]],
    *,
    node_tags: Mapping[int, Tags] | None = None,
    relations: Iterable[tuple[Sequence[tuple[str, int, str]], Tags]] = (),
    nodes_last: bool = False,
) -> str:
    """Return an OpenStreetMap file; ``nodes`` are grid steps east and north of a corner."""

    def tags(pairs: Tags) -> str:
        return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in pairs.items())

    points = [
        f'<node id="{key}" version="1" lon="{LON + x * STEP:.7f}" lat="{LAT + y * STEP:.7f}">'
        f"{tags((node_tags or {}).get(key, {}))}</node>"
        for key, (x, y) in nodes.items()
    ]
    lines = [
        f'<way id="{key}" version="1">{"".join(f"""<nd ref="{n}"/>""" for n in refs)}'
        f"{tags(pairs)}</way>"
        for key, refs, pairs in ways
    ]
    groups = [
        f'<relation id="{key}" version="1">'
        + "".join(f'<member type="{t}" ref="{ref}" role="{role}"/>' for t, ref, role in members)
        + f"{tags(pairs)}</relation>"
        for key, (members, pairs) in enumerate(relations, start=1)
    ]
    parts = [*lines, *points, *groups] if nodes_last else [*points, *lines, *groups]
    return '<?xml version="1.0"?><osm version="0.6">' + "\n".join(parts) + "</osm>"


def write_osm(path: Path, text: str) -> Path:
    """Write the text as the name asks: XML, gzip or PBF."""
    if path.name.endswith(".osm.pbf"):
        plain = path.with_name("plain.osm")
        plain.write_text(text, encoding="utf-8")
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for item in osmium.FileProcessor(plain):
                writer.add(item)
        plain.unlink()
    elif path.name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def town_xml() -> str:
    """Return a square of two-way streets, a one-way street through it, and a house road."""
    return osm_xml(
        {1: (0, 0), 2: (2, 0), 3: (2, 2), 4: (0, 2), 5: (1, 0), 6: (1, 2), 7: (1, 3)},
        [
            (11, [1, 5, 2], {"highway": "primary", "name": "人民路", "maxspeed": "60"}),
            (12, [2, 3], {"highway": "residential"}),
            (13, [3, 6, 4], {"highway": "secondary", "name": "解放路"}),
            (14, [4, 1], {"highway": "residential"}),
            (15, [5, 6], {"highway": "tertiary", "oneway": "yes", "name": "单行街"}),
            (16, [6, 7], {"highway": "service", "access": "private"}),
            (17, [1, 3], {"highway": "footway"}),
        ],
    )


def _access(road_class: RoadClass, direction: str, restricted: bool) -> list[list[int]]:
    level = AccessLevel.RESTRICTED if restricted else AccessLevel.OPEN
    slow = 0 if road_class <= RoadClass.MOTORWAY_LINK else level
    along, against = (direction in "=>"), (direction in "=<")
    return [[level * along, slow * along, slow], [level * against, slow * against, slow]]


def network_of(
    spots: Sequence[tuple[float, float]],
    roads: Sequence[tuple[int, int, RoadClass, str, bool]],
    turns: Sequence[tuple[int, int, int, int, int]] = (),
    paths: Sequence[tuple[Sequence[int], int, int]] = (),
) -> RoadNetwork:
    """Return a network; a road is (tail, head, class, one of ``<`` ``>`` ``=``, restricted).

    Spots are grid steps. Each road bends a little, so that parallel ones are apart. Paths are
    turn restrictions through ways: arcs, 1 for "only" or 0, and modes bound.
    """
    lonlat = np.array([(LON + x * STEP, LAT + y * STEP) for x, y in spots])
    lines = []
    for row, (tail, head, *_) in enumerate(roads):
        middle = (lonlat[tail] + lonlat[head]) / 2 + STEP * 0.1 * (1 + row % 3)
        lines.append(np.array([lonlat[tail], middle, lonlat[head]]))
    count = len(roads)
    return RoadNetwork(
        node_lonlat=lonlat,
        node_id=np.arange(len(spots)),
        node_signal=np.zeros(len(spots), dtype=bool),
        tail=np.array([road[0] for road in roads], dtype=np.int32),
        head=np.array([road[1] for road in roads], dtype=np.int32),
        length_m=np.array([near_m(line[:-1], line[1:]).sum() for line in lines]),
        road_class=np.array([road[2] for road in roads], dtype=np.uint8),
        limit_kmh=np.full((count, 2), np.nan, dtype=np.float32),
        name_id=np.arange(count, dtype=np.int32),
        access=np.array([_access(*road[2:]) for road in roads], dtype=np.uint8),
        way_id=np.arange(count),
        geometry_offset=np.arange(count + 1) * 3,
        geometry_lonlat=np.concatenate(lines),
        turns=np.array(turns, dtype=np.int32).reshape(-1, 5),
        turn_path_offset=np.cumsum([0, *(len(arcs) for arcs, *_ in paths)]),
        turn_path_arcs=np.array([arc for arcs, *_ in paths for arc in arcs], dtype=np.int32),
        turn_path_rules=np.array([rule for _, *rule in paths], dtype=np.int32).reshape(-1, 2),
        names=("", *(f"{row}号路" for row in range(1, count))),
    )
