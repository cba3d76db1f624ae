"""Vehicle profiles: what each may use, how fast it goes at which hour, what stops cost it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.errors import TravelError
from geo.model import Floats, HourBand, Ints, TrafficDay
from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from geo.tomlfile import parse_toml
from geo.travel.arctimes import arc_times
from geo.travel.speedtable import SpeedTable

__all__ = [
    "PROFILES",
    "TIERS",
    "Profile",
    "TurnCosts",
    "arc_costs",
    "load_profiles",
    "open_arcs",
    "speeds_kmh",
    "stop_roads",
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

_STOPS = (RoadClass.GATE, RoadClass.TOLL_BOOTH, RoadClass.FERRY)
_NO_STOPPING = (*TIERS["expressway"], *_STOPS)  # on the former by art. 82 of the Regulations

_KNOWN = ("car", "police_car", "ebike", "foot")
_KEYS = (
    *("mode", "uses_gated", "uses_service", "closed", "uses_limits", "max_kmh"),
    *("steady_factor", "restricted_factor", "gated_factor", "passing_s", "turns"),
)
_FLAG = {True: True, False: False}
_KMH, _SHARE, _SECONDS, _BIAS = (1.0, 300.0), (0.05, 2.0), (0.0, 7200.0), (0.5, 3.0)


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
    passing_s
        Seconds added once to each road of a class, shape (classes,): opening a gate, paying at
        a toll booth, boarding a ferry.
    turns
        What turns cost; None where they cost nothing and no turn restriction binds.

    Notes
    -----
    A ferry goes at its own speed, whatever it carries and at whatever hour.
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
    passing_s: Floats
    turns: TurnCosts | None

    def __post_init__(self) -> None:
        for array in (self.default_kmh, *self.factors.values(), self.access_factor, self.passing_s):
            array.flags.writeable = False


def load_profiles(text: str = "", *, file: str = "speeds.toml") -> dict[str, Profile]:
    """Read profiles from TOML with the tables of the shipped ``speeds.toml``.

    Parameters
    ----------
    text
        What differs from the shipped table; whatever it leaves out stays as shipped.
    file
        Name of the file, for errors.

    Raises
    ------
    TravelError
        If a table or a key is missing or unknown, or a number is none or out of range; names
        file, table, key and cure.
    """
    shipped = parse_toml(files("geo.travel").joinpath("speeds.toml").read_text("utf-8"))
    table = SpeedTable.read(text, file).over(shipped)
    table.allow(("default_kmh", "factor", *_KNOWN))
    speeds = table.table("default_kmh")
    speeds.allow([each.tag for each in RoadClass])
    default_kmh = np.array([speeds.number(each.tag, _KMH) for each in RoadClass])
    traffic = table.table("factor")
    traffic.allow(list(TrafficDay))
    factors = {}
    for day in TrafficDay:
        bands = traffic.table(day.value)
        bands.allow(list(HourBand))
        for band in HourBand:
            factors[day, band] = _by_tier(bands.table(band.value))
    return {name: _profile(table.table(name), default_kmh, factors) for name in _KNOWN}


def _by_tier(table: SpeedTable) -> Floats:
    table.allow(list(TIERS))
    factors = np.ones(len(RoadClass))
    for tier, classes in TIERS.items():
        factors[list(classes)] = table.number(tier, _SHARE)
    return factors


def _profile(
    table: SpeedTable,
    default_kmh: Floats,
    factors: Mapping[tuple[TrafficDay, HourBand], Floats],
) -> Profile:
    table.allow(_KEYS)
    if "steady_factor" in table.rows:
        steady = np.full(len(RoadClass), table.number("steady_factor", _SHARE))
        factors = dict.fromkeys(factors, steady)
    closed = table.choices("closed", {each.tag: each for each in RoadClass})
    if not table.choice("uses_service", _FLAG):
        closed |= {RoadClass.SERVICE}
    slow = {AccessLevel.GATED: "gated_factor", AccessLevel.RESTRICTED: "restricted_factor"}
    passing = table.table("passing_s")
    passing.allow([each.tag for each in _STOPS])
    passing_s = np.zeros(len(RoadClass))
    passing_s[list(_STOPS)] = [passing.number(each.tag, _SECONDS) for each in _STOPS]
    return Profile(
        name=table.name,
        mode=table.choice("mode", {each.name.lower(): each for each in TravelMode}),
        least_access=(
            AccessLevel.GATED if table.choice("uses_gated", _FLAG) else AccessLevel.RESTRICTED
        ),
        default_kmh=default_kmh,
        factors=factors,
        max_kmh=table.number("max_kmh", _KMH),
        access_factor=np.array(
            [table.number(slow[each], _SHARE) if each in slow else 1.0 for each in AccessLevel]
        ),
        closed=closed,
        uses_limits=table.choice("uses_limits", _FLAG),
        passing_s=passing_s,
        turns=_turns(table.table("turns")) if "turns" in table.rows else None,
    )


def _turns(table: SpeedTable) -> TurnCosts:
    table.allow(TurnCosts.__slots__)
    return TurnCosts(
        turn_s=table.number("turn_s", _SECONDS),
        left_bias=table.number("left_bias", _BIAS),
        u_turn_s=table.number("u_turn_s", _SECONDS),
        signal_s=table.number("signal_s", _SECONDS),
    )


PROFILES = load_profiles()
"""The profiles as shipped, by name; a court's own have the same names."""


class _Paces(NamedTuple):
    """What sets the speed on a road, by its class; ``slow`` by level of access too."""

    default_kmh: Floats
    most_kmh: Floats
    share: Floats
    slow: Floats
    tagged: npt.NDArray[np.bool_]  # whether a tagged limit counts


def _paces(profile: Profile, band: HourBand, day: TrafficDay) -> _Paces:
    default_kmh = profile.default_kmh.copy()
    if not profile.uses_limits:
        default_kmh[:] = profile.max_kmh
    most_kmh = np.full(len(RoadClass), profile.max_kmh)
    share = profile.factors[day, band].copy()
    slow = np.tile(profile.access_factor, (len(RoadClass), 1))
    tagged = np.full(len(RoadClass), profile.uses_limits)
    ferry = RoadClass.FERRY
    default_kmh[ferry], most_kmh[ferry] = profile.default_kmh[ferry], np.inf
    share[ferry], slow[ferry], tagged[ferry] = 1.0, 1.0, True
    return _Paces(default_kmh, most_kmh, share, slow, tagged)


def speeds_kmh(
    network: RoadNetwork,
    profile: Profile,
    band: HourBand,
    day: TrafficDay = TrafficDay.WORKDAY,
) -> Floats:
    """Return the speed along and against each road, shape (roads, 2); always above 0.

    It is the least of the road's limit and the vehicle's own, times the share that is driven at
    this hour, times the share that access allows. A tagged limit of 0 or nan counts as none.
    """
    paces, road_class = _paces(profile, band, day), network.road_class[:, None]
    tagged = paces.tagged[road_class] & (network.limit_kmh > 0.0)
    limit = np.where(tagged, network.limit_kmh, paces.default_kmh[road_class])
    speed = np.minimum(limit, paces.most_kmh[road_class]) * paces.share[road_class]
    slowed: Floats = speed * paces.slow[road_class, network.access[:, :, profile.mode]]
    return slowed


def open_arcs(network: RoadNetwork, profile: Profile) -> npt.NDArray[np.bool_]:
    """Return which ways along each road are open: shape (roads, 2), along and against it."""
    both: npt.NDArray[np.bool_] = network.access[:, :, profile.mode] >= profile.least_access
    both[_are(network, profile.closed)] = False
    return both


def stop_roads(network: RoadNetwork, profile: Profile) -> Ints:
    """Return the rows of the roads that the vehicle may stop on, in order.

    These are the open ones but expressways and their ramps, gates, toll booths and ferries; all
    open ones where nothing else is open.
    """
    usable = open_arcs(network, profile).any(axis=1)
    fit = usable & ~_are(network, _NO_STOPPING)
    return np.flatnonzero(fit if fit.any() else usable)


def arc_costs(
    network: RoadNetwork,
    profile: Profile,
    band: HourBand,
    day: TrafficDay = TrafficDay.WORKDAY,
    *,
    time_factor: Floats | None = None,
) -> Ints:
    """Return the cost of each road along and against its drawing, shape (roads, 2).

    The time is that of driving at :func:`speeds_kmh` times ``time_factor``, and what passing a
    gate, a toll booth or a ferry takes besides. Every open way costs a millisecond at least; a
    closed one costs ``NEVER``.

    Parameters
    ----------
    network, profile, band, day
        Roads, vehicle and hour.
    time_factor
        What multiplies the time of driving, by road class, shape (classes,).

    Raises
    ------
    TravelError
        If there is not one positive factor a class.
    """
    factor = np.ones(len(RoadClass)) if time_factor is None else np.array(time_factor, dtype=float)
    if factor.shape != (len(RoadClass),) or not (np.isfinite(factor) & (factor > 0.0)).all():
        raise TravelError("行驶时间的修正系数必须是大于 0 的数，请重新估算后再启用")
    paces = _paces(profile, band, day)
    closed = np.zeros(len(RoadClass), dtype=bool)
    closed[list(profile.closed)] = True
    return arc_times(
        network.length_m,
        network.road_class,
        network.limit_kmh,
        network.access[:, :, profile.mode],
        profile.least_access.value,
        closed,
        *paces,
        factor,
        profile.passing_s,
    )


def _are(network: RoadNetwork, classes: Collection[RoadClass]) -> npt.NDArray[np.bool_]:
    chosen = np.zeros(len(RoadClass), dtype=bool)
    chosen[list(classes)] = True
    return chosen[network.road_class]
