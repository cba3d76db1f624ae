"""What the invented district holds, in the full size and in a tenth of it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CITY",
    "COURT",
    "DISTRICT",
    "DISTRICT_CODE",
    "FULL",
    "PROVINCE",
    "SMALL",
    "DistrictPlan",
    "TownshipPlan",
]

PROVINCE = "福建省"
CITY = "泉濑市"
DISTRICT = "洛屿区"
DISTRICT_CODE = "350599"
"""A region code that is assigned to no county."""
COURT = "闽0599"
"""A court code that is assigned to no court."""


@dataclass(frozen=True, slots=True)
class TownshipPlan:
    """A township: where its centre is tried (shares of width and height) and how large.

    ``grids`` counts its village-level units, ``core`` how many of them make up the built-up
    centre, ``spread_m`` how far its villages lie apart at most.
    """

    name: str
    kind: str
    at: tuple[float, float]
    grids: int
    core: int
    spread_m: float

    @property
    def full_name(self) -> str:
        """Name with its kind, as an address writes it."""
        return f"{self.name}{self.kind}"


@dataclass(frozen=True, slots=True)
class DistrictPlan:
    """Sizes and rough layout of a variant. Pairs are shares of width and height.

    ``mapped_share`` is the share of houses whose number the map names.
    """

    width_m: float
    height_m: float
    mesh_m: float
    townships: tuple[TownshipPlan, ...]
    river: tuple[tuple[float, float], ...]
    river_width_m: tuple[float, float]
    reservoir: tuple[float, float]
    expressway: tuple[tuple[float, float], ...]
    exits: tuple[tuple[str, float], ...]
    railway: tuple[tuple[float, float], ...]
    rail_stations: tuple[tuple[str, float], ...]
    hamlets: int
    tracks: int
    houses: int
    pois: int
    police: tuple[tuple[str, tuple[int, ...]], ...]
    teams: int
    cases: int
    claims: int
    outcomes: int
    leads: int
    restrictions: int
    mapped_share: float = 0.3


FULL = DistrictPlan(
    width_m=25_000.0,
    height_m=35_000.0,
    mesh_m=260.0,
    townships=(
        TownshipPlan("清埔", "街道", (0.60, 0.41), 17, 12, 1500.0),
        TownshipPlan("洛滨", "街道", (0.65, 0.55), 14, 9, 1600.0),
        TownshipPlan("河埔", "镇", (0.70, 0.17), 17, 4, 2200.0),
        TownshipPlan("霞屿", "镇", (0.69, 0.80), 16, 3, 2200.0),
        TownshipPlan("岭兜", "镇", (0.31, 0.47), 13, 2, 2600.0),
        TownshipPlan("云坂", "乡", (0.27, 0.79), 9, 1, 3200.0),
    ),
    river=(
        (-0.02, 0.72),
        (0.14, 0.66),
        (0.26, 0.56),
        (0.42, 0.55),
        (0.58, 0.49),
        (0.74, 0.485),
        (0.95, 0.46),
    ),
    river_width_m=(28.0, 170.0),
    reservoir=(0.17, 0.30),
    expressway=(
        (0.44, -0.01),
        (0.42, 0.14),
        (0.47, 0.30),
        (0.47, 0.45),
        (0.50, 0.62),
        (0.50, 0.80),
        (0.56, 1.01),
    ),
    exits=(("河埔西", 0.17), ("清埔", 0.40), ("岭兜", 0.52), ("霞屿", 0.79)),
    railway=(
        (0.84, -0.01),
        (0.79, 0.16),
        (0.755, 0.34),
        (0.755, 0.50),
        (0.79, 0.66),
        (0.78, 0.82),
        (0.83, 1.01),
    ),
    rail_stations=(("洛屿", 0.43), ("霞屿北", 0.83)),
    hamlets=150,
    tracks=260,
    houses=26_000,
    pois=320,
    police=(
        ("清埔派出所", (0,)),
        ("洛滨派出所", (1,)),
        ("河埔派出所", (2,)),
        ("霞屿派出所", (3,)),
        ("岭兜派出所", (4, 5)),
    ),
    teams=6,
    cases=3_000,
    claims=5_000,
    outcomes=2_500,
    leads=40,
    restrictions=40,
)

SMALL = DistrictPlan(
    width_m=8_000.0,
    height_m=11_000.0,
    mesh_m=220.0,
    townships=(
        TownshipPlan("清埔", "街道", (0.60, 0.36), 5, 3, 1300.0),
        TownshipPlan("岭兜", "镇", (0.42, 0.74), 5, 1, 1900.0),
    ),
    river=((-0.02, 0.70), (0.20, 0.60), (0.45, 0.57), (0.70, 0.53), (0.95, 0.50)),
    river_width_m=(22.0, 90.0),
    reservoir=(0.16, 0.34),
    expressway=((0.40, -0.01), (0.36, 0.25), (0.38, 0.50), (0.30, 0.75), (0.34, 1.01)),
    exits=(("清埔", 0.33), ("岭兜", 0.72)),
    railway=((0.82, -0.01), (0.76, 0.25), (0.74, 0.50), (0.72, 0.75), (0.78, 1.01)),
    rail_stations=(("洛屿", 0.34), ("岭兜东", 0.77)),
    hamlets=14,
    tracks=24,
    houses=2_600,
    pois=40,
    police=(("清埔派出所", (0,)), ("岭兜派出所", (1,))),
    teams=3,
    cases=300,
    claims=500,
    outcomes=250,
    leads=8,
    restrictions=6,
)
