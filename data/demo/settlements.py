"""Townships, village-level grids and hamlets: where they lie and what they are called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from data.demo.frame import stream
from data.demo.mesh import Mesh
from data.demo.names import place_names
from data.demo.plan import DISTRICT_CODE, DistrictPlan
from data.demo.relief import Relief
from geo.model import Floats, Ints

__all__ = ["Settlements", "Village", "make_settlements"]


@dataclass(frozen=True, slots=True)
class Village:
    """One village-level unit, a grid of its township.

    ``node`` is its mesh point; ``radius_m`` the rough size of its built-up part; ``urban``
    tells a neighbourhood of the town centre from a village.
    """

    code: str
    name: str
    suffix: str
    old_name: str
    township: int
    node: int
    radius_m: float
    urban: bool
    hamlets: tuple[tuple[str, int, float], ...] = ()

    @property
    def full_name(self) -> str:
        """Name with its kind, as an address writes it."""
        return self.name + self.suffix


@dataclass(frozen=True, slots=True, eq=False)
class Settlements:
    """All villages in order of their codes, and the mesh cells that belong to each.

    ``owner`` holds for each mesh point the position of its village, or -1.
    """

    centres: Ints
    township_codes: tuple[str, ...]
    villages: tuple[Village, ...]
    owner: Ints
    grids: tuple[BaseGeometry, ...]


def _gap_m(away_m: Floats, spread_m: float, *, core_m: float) -> Floats:
    return np.asarray(
        np.clip(560.0 + 0.62 * np.maximum(away_m - core_m, 0.0), 560.0, spread_m), dtype=np.float64
    )


def _sites(
    centre: int,
    candidates: Ints,
    mesh: Mesh,
    *,
    count: int,
    core: int,
    spread_m: float,
    appeal: Floats,
    rng: np.random.Generator,
) -> list[int]:
    """Pick village sites, close in the core and farther apart outside."""
    xy = mesh.xy_m
    away = np.hypot(*(xy[candidates] - xy[centre]).T)
    core_m = 330.0 * np.sqrt(core)
    gap = _gap_m(away, spread_m, core_m=core_m)
    chosen = [centre]
    squeeze = 1.0
    order = np.argsort(
        -(appeal[candidates] + 0.35 * rng.gumbel(size=len(candidates))), kind="stable"
    )
    while len(chosen) < count:
        for position in order:
            spot = int(candidates[position])
            if len(chosen) == count:
                break
            inner = away[position] < core_m * 1.5
            n_inner = sum(1 for c in chosen if np.hypot(*(xy[c] - xy[centre])) < core_m * 1.5)
            if inner and n_inner >= core:
                continue
            if not inner and count - len(chosen) <= core - n_inner:
                continue
            gaps = np.hypot(*(xy[chosen] - xy[spot]).T)
            if gaps.min() >= gap[position] * squeeze:
                chosen.append(spot)
        squeeze *= 0.9
        if squeeze < 0.02:
            break
    return chosen


def make_settlements(plan: DistrictPlan, relief: Relief, mesh: Mesh, *, seed: int) -> Settlements:
    """Place townships and their villages on ground that can be built on."""
    rng = stream(seed, "settlements")
    xy = mesh.xy_m
    slope = relief.slope_at(xy)
    height = relief.height_at_m(xy)
    brook = shapely.union_all(
        [shapely.LineString(line) for line in (relief.river_line, *relief.streams)]
    )
    to_water = shapely.distance(brook, shapely.points(xy))
    built = mesh.dry & mesh.inside & (slope < 0.22)
    appeal = -slope / 0.06 - height / 260.0 + 0.8 * np.exp(-to_water / 450.0)

    inside_cost = np.where(mesh.inside[mesh.edges].all(axis=1), mesh.effort_m, np.inf)
    inside_cost = inside_cost + np.where(mesh.wet, 1500.0, 0.0)
    centres: list[int] = []
    for township in plan.townships:
        aim = np.asarray(township.at) * (plan.width_m, plan.height_m)
        away = np.hypot(*(xy - aim).T)
        score = np.where(built, away + slope * 4000.0, np.inf)
        centres.append(int(np.argmin(score)))
    home = mesh.nearest_source(np.asarray(centres), inside_cost)
    home = _fill(home, mesh)

    total = sum(t.grids for t in plan.townships)
    hamlet_total = plan.hamlets
    names = place_names(
        total + hamlet_total + 10, rng, taken=frozenset(t.name for t in plan.townships)
    )
    old_names = place_names(total, rng, old=True)
    codes: list[str] = []
    raw: list[tuple[int, int, bool]] = []
    for index, township in enumerate(plan.townships):
        base = {"街道": 1, "镇": 100, "乡": 200}[township.kind]
        before = sum(t.kind == township.kind for t in plan.townships[:index])
        codes.append(f"{DISTRICT_CODE}{base + before:03d}")
        mine = np.flatnonzero(built & (home == index))
        sites = _sites(
            centres[index],
            mine,
            mesh,
            count=township.grids,
            core=township.core,
            spread_m=township.spread_m,
            appeal=appeal,
            rng=rng,
        )
        core_m = 330.0 * np.sqrt(township.core) * 1.5
        raw.extend(
            (index, site, bool(np.hypot(*(xy[site] - xy[centres[index]])) < core_m))
            for site in sites
        )
    sites_all = np.asarray([site for _, site, _ in raw])
    same = home[mesh.edges[:, 0]] == home[mesh.edges[:, 1]]
    owner = mesh.nearest_source(sites_all, np.where(same, inside_cost, np.inf))
    owner = _fill(np.where(mesh.inside, owner, -1), mesh, home=home)

    hamlets = _hamlets(raw, owner, built, mesh, names[total:], hamlet_total, rng)
    serial: dict[int, int] = {}
    villages: list[Village] = []
    for position, (index, site, urban) in enumerate(raw):
        serial[index] = serial.get(index, 0) + 1
        town = plan.townships[index]
        first = serial[index] == 1
        suffix = "社区" if urban and (town.kind == "街道" or first) else "村"
        size = rng.lognormal(np.log(185.0), 0.22)
        radius = 430.0 + 40.0 * rng.normal() if urban and town.kind == "街道" else size
        radius = radius * (1.55 if first and town.kind != "街道" else 1.0)
        crowd = 1.0 if town.kind != "乡" else 0.8
        unit = serial[index] + (200 if suffix == "村" else 0)
        villages.append(
            Village(
                code=f"{codes[index]}{unit:03d}",
                name=town.name if first else names[position],
                suffix=suffix,
                old_name=old_names[position],
                township=index,
                node=site,
                radius_m=float(np.clip(radius * crowd, 90.0, 560.0)),
                urban=urban,
                hamlets=tuple(hamlets.get(position, ())),
            )
        )
    grids = tuple(
        shapely.coverage_union_all(
            [c for c in mesh.cells[(owner == position) & mesh.inside] if c is not None]
        )
        for position in range(len(villages))
    )
    return Settlements(
        centres=np.asarray(centres),
        township_codes=tuple(codes),
        villages=tuple(villages),
        owner=owner,
        grids=tuple(_one(grid) for grid in grids),
    )


def _one(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape


def _fill(label: Ints, mesh: Mesh, *, home: Ints | None = None) -> Ints:
    """Give cells that no road reaches (river banks, islands) to a neighbour of the same home."""
    label = np.where(mesh.inside, label, -1)
    triangles = cKDTree(mesh.xy_m)
    while True:
        empty = np.flatnonzero(mesh.inside & (label < 0))
        if not len(empty):
            return np.asarray(label, dtype=np.int64)
        near = triangles.query(mesh.xy_m[empty], k=8)[1][:, 1:]
        found = label[near]
        if home is not None:
            found = np.where(home[near] == home[empty][:, None], found, -1)
        first = np.argmax(found >= 0, axis=1)
        taken = found[np.arange(len(empty)), first]
        if (taken < 0).all():
            if home is None:
                return np.asarray(np.maximum(label, -1), dtype=np.int64)
            home = None
            continue
        label[empty] = taken


def _hamlets(
    raw: list[tuple[int, int, bool]],
    owner: Ints,
    built: np.ndarray[tuple[int], np.dtype[np.bool_]],
    mesh: Mesh,
    names: list[str],
    count: int,
    rng: np.random.Generator,
) -> dict[int, list[tuple[str, int, float]]]:
    """Scatter natural villages over the rural grids, away from the main settlements."""
    sites = mesh.xy_m[[site for _, site, _ in raw]]
    away = cKDTree(sites).query(mesh.xy_m)[0]
    rural = np.asarray([not urban for _, _, urban in raw])
    fit = np.flatnonzero(built & (owner >= 0) & (away > 420.0) & (away < 1700.0))
    fit = fit[rural[owner[fit]]]
    chosen: list[int] = []
    for spot in rng.permutation(fit):
        if len(chosen) == count:
            break
        if chosen and np.hypot(*(mesh.xy_m[chosen] - mesh.xy_m[spot]).T).min() < 420.0:
            continue
        chosen.append(int(spot))
    found: dict[int, list[tuple[str, int, float]]] = {}
    for name, spot in zip(names, chosen, strict=False):
        found.setdefault(int(owner[spot]), []).append((name, spot, float(rng.uniform(45.0, 105.0))))
    return found
