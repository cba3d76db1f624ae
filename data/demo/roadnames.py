"""Names of roads: towns draw from a common stock, country roads join two place names."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from data.demo.frame import stream
from data.demo.mesh import Mesh
from data.demo.names import CORE_ROADS, LANE_WORDS
from data.demo.plan import DistrictPlan
from data.demo.roads import Line
from data.demo.settlements import Settlements
from data.demo.streets import Zone

__all__ = ["name_lines"]

_TRUNK = ("洛屿大道", "滨海大道", "泉屿大道", "清源大道")
_DIGITS = "一二三四五六七八九"


def name_lines(
    plan: DistrictPlan,
    places: Settlements,
    zones: tuple[Zone, ...],
    mesh: Mesh,
    lines: list[Line],
    lengths_m: list[float],
    *,
    seed: int,
) -> list[tuple[str, str]]:
    """Return name and reference number of each line; unnamed lanes get empty texts."""
    rng = stream(seed, "road names")
    towns = cKDTree(mesh.xy_m[places.centres])
    sites = cKDTree(mesh.xy_m[[village.node for village in places.villages]])
    found: list[tuple[str, str]] = [("", "")] * len(lines)
    used: set[str] = set()
    order = sorted(range(len(lines)), key=lambda i: -lengths_m[i])
    trunks = primaries = 0
    for i in order:
        line = lines[i]
        if line.zone >= 0:
            continue
        ends = line.xy_m[[0, -1]]
        if line.road_class == "trunk":
            name = _TRUNK[min(trunks, len(_TRUNK) - 1)]
            trunks += 1
            found[i] = (name, "G5999")
        elif line.road_class == "primary":
            pair = [plan.townships[int(t)].name for t in towns.query(ends)[1]]
            name = _joined(pair, "路", used, rng)
            primaries += 1
            found[i] = (name, f"S{590 + min(primaries, 9)}")
        elif line.road_class in ("secondary", "tertiary") or (
            line.road_class == "unclassified" and lengths_m[i] > 500.0 and rng.random() < 0.55
        ):
            pair = [places.villages[int(v)].name for v in sites.query(ends)[1]]
            name = _joined(pair, "路", used, rng)
            ref = f"X{500 + int(rng.integers(10, 99))}" if lengths_m[i] > 4000.0 else ""
            found[i] = (name, ref)

    streets: dict[int, list[int]] = {}
    for i, line in enumerate(lines):
        if line.street >= 0:
            streets.setdefault(line.street, []).append(i)
    length_of = {street: sum(lengths_m[i] for i in parts) for street, parts in streets.items()}
    zone_of = {street: lines[parts[0]].zone for street, parts in streets.items()}
    given: dict[int, set[str]] = {}
    for street in sorted(streets, key=lambda s: (-length_of[s], s)):
        zone = zones[zone_of[street]]
        village = places.villages[zone.village]
        taken = given.setdefault(village.township if zone.town else 1000 + zone.village, set())
        road_class = lines[streets[street][0]].road_class
        name = _street_name(zone, village.name, road_class, length_of[street], taken, rng)
        if name:
            taken.add(name)
            for i in streets[street]:
                found[i] = (name, "")
    return found


def _joined(pair: list[str], suffix: str, used: set[str], rng: np.random.Generator) -> str:
    a, b = pair
    tries = [f"{a}{suffix}"] if a == b else [f"{a[0]}{b[0]}{suffix}", f"{a[0]}{b[-1]}{suffix}"]
    tries += [f"{a}{word}{suffix}" for word in ("东", "西", "南", "北", "中", "新", "环")]
    tries += [f"{a}{b}{suffix}"]
    for name in tries:
        if name not in used and len(set(name)) == len(name):
            used.add(name)
            return name
    return tries[int(rng.integers(len(tries)))]


def _street_name(
    zone: Zone,
    place: str,
    road_class: str,
    length_m: float,
    taken: set[str],
    rng: np.random.Generator,
) -> str:
    if zone.town:
        if length_m < 120.0 and rng.random() < 0.55:
            return ""
        suffix = (
            "路"
            if road_class == "tertiary"
            else ("街", "路", "巷")[int(rng.choice(3, p=(0.3, 0.35, 0.35)))]
        )
        for _ in range(4):
            name = CORE_ROADS[int(rng.integers(len(CORE_ROADS)))] + suffix
            if name not in taken and not any(name[:-1] == other[:-1] for other in taken):
                return name
        base = CORE_ROADS[int(rng.integers(len(CORE_ROADS)))]
        for word in (*(f"{d}巷" for d in _DIGITS), "东路", "西路", "南街", "北街"):
            if f"{base}{word}" not in taken:
                return f"{base}{word}"
        return ""
    if length_m < 110.0 or rng.random() < 0.35:
        return ""
    base = zone.hamlet or place
    tries = [f"{base}{word}" for word in ("路", "中路", "东路", "西路", "新街", "老街")]
    word = LANE_WORDS[int(rng.integers(len(LANE_WORDS)))]
    name = f"{word}{('路', '巷')[int(rng.integers(2))]}"
    if rng.random() < 0.4 or name in taken:
        name = next((t for t in tries if t not in taken), "")
    return name
