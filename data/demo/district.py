"""The invented district as a whole: ground, places, roads, houses and boundaries."""

from __future__ import annotations

from dataclasses import dataclass

from data.demo.areas import AreaRecord, area_records
from data.demo.houses import Houses, make_houses
from data.demo.mesh import Mesh, make_mesh
from data.demo.network import Network, build_network
from data.demo.plan import DistrictPlan
from data.demo.pois import Poi, make_pois
from data.demo.relief import Relief, make_relief
from data.demo.roads import Corridors, make_corridors, make_roads
from data.demo.settlements import Settlements, make_settlements
from data.demo.streets import Zone, make_streets, make_zones
from geo.ports import ProgressListener

__all__ = ["SHAPE_STEPS", "District", "make_district"]

SHAPE_STEPS = 5
"""How often :func:`make_district` reports progress."""


@dataclass(frozen=True, slots=True, eq=False)
class District:
    """Everything that is mapped, in plane metres."""

    plan: DistrictPlan
    relief: Relief
    mesh: Mesh
    places: Settlements
    corridors: Corridors
    zones: tuple[Zone, ...]
    network: Network
    houses: Houses
    pois: tuple[Poi, ...]
    areas: tuple[AreaRecord, ...]


def make_district(
    plan: DistrictPlan, *, seed: int, total: int, progress: ProgressListener | None = None
) -> District:
    """Build a plan's district; the same seed gives the same district.

    Parameters
    ----------
    plan
        Sizes and layout.
    seed
        Seed of all random streams.
    total
        Steps that ``progress`` is told of; this function does the first ``SHAPE_STEPS``.
    """

    def done(step: int) -> None:
        if progress is not None:
            progress(step, total)

    relief = make_relief(plan, seed=seed)
    mesh = make_mesh(plan, relief, seed=seed)
    places = make_settlements(plan, relief, mesh, seed=seed)
    done(1)
    corridors = make_corridors(plan, relief, mesh, seed=seed)
    roads = make_roads(plan, relief, mesh, places, corridors, seed=seed)
    done(2)
    zones = make_zones(plan, relief, mesh, places, seed=seed)
    streets = make_streets(relief, zones, roads, corridors, seed=seed)
    done(3)
    network = build_network(
        plan, relief, mesh, places, zones, corridors, roads + streets, seed=seed
    )
    done(4)
    houses = make_houses(plan, relief, mesh, places, zones, network, seed=seed)
    pois = make_pois(plan, places, mesh, houses, seed=seed)
    done(5)
    return District(
        plan,
        relief,
        mesh,
        places,
        corridors,
        zones,
        network,
        houses,
        pois,
        area_records(plan, places),
    )
