"""Vehicle profiles: what each may use, and how fast it goes at which hour."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from geo.errors import TravelError
from geo.model import Floats, HourBand, Ints, TrafficDay
from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from geo.travel.costs import NEVER, cost

__all__ = [
    "PROFILES",
    "TIERS",
    "Profile",
    "arc_costs",
    "load_profiles",
    "open_arcs",
    "speeds_kmh",
]

TIERS: dict[str, tuple[RoadClass, ...]] = {
    "expressway": (RoadClass.MOTORWAY, RoadClass.MOTORWAY_LINK),
    "arterial": (
        *(RoadClass.TRUNK, RoadClass.TRUNK_LINK, RoadClass.PRIMARY, RoadClass.PRIMARY_LINK),
        *(RoadClass.SECONDARY, RoadClass.SECONDARY_LINK),
    ),
    "local": (
        *(RoadClass.TERTIARY, RoadClass.TERTIARY_LINK, RoadClass.UNCLASSIFIED),
        *(RoadClass.RESIDENTIAL, RoadClass.ROAD, RoadClass.BUSWAY),
    ),
    "lane": (
        *(RoadClass.LIVING_STREET, RoadClass.SERVICE, RoadClass.TRACK, RoadClass.CYCLEWAY),
        *(RoadClass.PEDESTRIAN, RoadClass.FOOTWAY, RoadClass.FERRY, RoadClass.GATE),
        RoadClass.TOLL_BOOTH,
    ),
}
"""Classes of road whose speeds fall alike over the day, by name; each class is in one."""


@dataclass(frozen=True, slots=True)
class TurnCosts:
    """What a vehicle loses at junctions, in seconds; see :func:`geo.travel.turns.turn_costs`.

    ``left_bias`` above 1 makes turns to the left dearer than those to the right.
    """

    turn_s: float
    left_bias: float
    u_turn_s: float
    signal_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One kind of vehicle.

    Parameters
    ----------
    name
        ``car``, ``police_car``, ``ebike`` or ``foot``.
    mode
        The access rules that bind it.
    least_access
        The lowest level of access that admits it.
    default_kmh
        Speed by road class where no limit is tagged, shape (classes,).
    factors
        Share of that speed that is driven, by road class, for each kind of day and hour band.
    max_kmh
        The vehicle's own limit.
    access_factor
        Share of the speed by level of access, shape (levels,).
    closed
        Classes that the vehicle may not use.
    uses_limits
        Whether the road sets its speed; otherwise it is ``max_kmh`` everywhere.
    turns
        What turns cost; None where they cost nothing and no turn restriction binds.
    """

    name: str
    mode: TravelMode
    least_access: AccessLevel
    default_kmh: Floats
    factors: Mapping[tuple[TrafficDay, HourBand], Floats]
    max_kmh: float
    access_factor: Floats
    closed: frozenset[RoadClass]
    uses_limits: bool
    turns: TurnCosts | None


def load_profiles(text: str) -> dict[str, Profile]:
    """Read profiles from TOML with the tables of ``speeds.toml``.

    Raises
    ------
    TravelError
        If a table or a number is missing, or a speed is not positive.
    """
    try:
        table = tomllib.loads(text)
        default_kmh = np.array([float(table["default_kmh"][each.tag]) for each in RoadClass])
        factors = {
            (day, band): _by_class(table["factor"][band.value])
            for day in TrafficDay
            for band in HourBand
        }
        profiles = {
            name: Profile(
                name=name,
                mode=TravelMode[row["mode"].upper()],
                least_access=AccessLevel[row["least_access"].upper()],
                default_kmh=default_kmh,
                factors=factors,
                max_kmh=float(row["max_kmh"]),
                access_factor=np.array([1.0, 1.0, float(row["restricted_factor"]), 1.0]),
                closed=frozenset(RoadClass[tag.upper()] for tag in row["closed"]),
                uses_limits=bool(row["uses_limits"]),
                turns=TurnCosts(**row["turns"]) if "turns" in row else None,
            )
            for name, row in table.items()
            if name not in ("default_kmh", "factor")
        }
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise TravelError("车速表无法读取（%(detail)s），请核对", detail=str(error)) from error
    speeds = [default_kmh, *factors.values()]
    speeds += [np.append(each.access_factor, each.max_kmh) for each in profiles.values()]
    if not all((each > 0.0).all() and (each < 1000.0).all() for each in speeds):
        raise TravelError("车速表中的车速与系数必须大于 0，请核对")
    return profiles


def _by_class(tiers: Mapping[str, float]) -> Floats:
    factors = np.zeros(len(RoadClass))
    for tier, classes in TIERS.items():
        factors[list(classes)] = float(tiers[tier])
    return factors


PROFILES = load_profiles(files("geo.travel").joinpath("speeds.toml").read_text("utf-8"))
"""The profiles that Fieldwrit knows, by name."""


def speeds_kmh(
    network: RoadNetwork,
    profile: Profile,
    band: HourBand,
    day: TrafficDay = TrafficDay.WORKDAY,
) -> Floats:
    """Return the speed along and against each road, shape (roads, 2)."""
    if profile.uses_limits:
        by_class = profile.default_kmh[network.road_class][:, None]
        limit = np.where(np.isnan(network.limit_kmh), by_class, network.limit_kmh)
        factor = profile.factors[day, band][network.road_class]
        speed = np.minimum(limit * factor[:, None], profile.max_kmh)
    else:
        speed = np.full((network.road_count, 2), profile.max_kmh)
    slowed: Floats = speed * profile.access_factor[network.access[:, :, profile.mode]]
    return slowed


def open_arcs(network: RoadNetwork, profile: Profile) -> npt.NDArray[np.bool_]:
    """Return which ways along each road are open: shape (roads, 2), along and against it."""
    both: npt.NDArray[np.bool_] = network.access[:, :, profile.mode] >= profile.least_access
    both[np.isin(network.road_class, list(profile.closed))] = False
    return both


def arc_costs(
    network: RoadNetwork,
    profile: Profile,
    band: HourBand,
    day: TrafficDay = TrafficDay.WORKDAY,
) -> Ints:
    """Return the cost of each road along and against its drawing, shape (roads, 2).

    Every open way costs a millisecond at least; a closed one costs ``NEVER``.
    """
    seconds = network.length_m[:, None] / (speeds_kmh(network, profile, band, day) / 3.6)
    costs = cost(np.maximum(seconds, 0.001), network.length_m[:, None])
    opened: Ints = np.where(open_arcs(network, profile), costs, NEVER)
    return opened
