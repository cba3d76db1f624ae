"""What a road network holds, counted for whoever has to judge the file it came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from geo.strongparts import largest_part, parts_of_roads

__all__ = ["ClassCount", "ModeCount", "RoadStatistics", "road_statistics", "within_largest_part"]

_POINTS = (RoadClass.GATE, RoadClass.TOLL_BOOTH)


@dataclass(frozen=True, slots=True)
class ClassCount:
    """Roads of one class: how many, how long, and what share of the length has a limit."""

    road_class: RoadClass
    roads: int
    length_km: float
    limit_share: float


@dataclass(frozen=True, slots=True)
class ModeCount:
    """What one mode of travel may use, in km of road.

    Each road counts once, by the better of its two directions; ``oneway_km`` is that part of
    the roads in use that is closed one way.
    """

    mode: TravelMode
    open_km: float
    restricted_km: float
    gated_km: float
    closed_km: float
    oneway_km: float


@dataclass(frozen=True, slots=True)
class RoadStatistics:
    """Counts of a network; gates and toll booths are points, not roads."""

    length_km: float
    limit_share: float
    signals: int
    gates: int
    toll_booths: int
    classes: tuple[ClassCount, ...]
    modes: tuple[ModeCount, ...]


def road_statistics(network: RoadNetwork) -> RoadStatistics:
    """Count what a network holds.

    Parameters
    ----------
    network
        Roads with class, access, limits and lengths.

    Returns
    -------
    RoadStatistics
        Classes from the widest to the narrowest, without those of no road; shares are of
        length, between 0 and 1, and 0 where there is no length.
    """
    is_road = ~np.isin(network.road_class, _POINTS)
    km = network.length_m / 1000.0
    limited = (~np.isnan(network.limit_kmh)).any(axis=1)
    classes = []
    for each in RoadClass:
        rows = is_road & (network.road_class == each)
        if rows.any():
            share = _share(km[rows & limited].sum(), km[rows].sum())
            classes.append(ClassCount(each, int(rows.sum()), float(km[rows].sum()), share))
    return RoadStatistics(
        length_km=float(km[is_road].sum()),
        limit_share=_share(km[is_road & limited].sum(), km[is_road].sum()),
        signals=int(network.node_signal.sum()),
        gates=int((network.road_class == RoadClass.GATE).sum()),
        toll_booths=int((network.road_class == RoadClass.TOLL_BOOTH).sum()),
        classes=tuple(classes),
        modes=tuple(_mode(network, mode, km) for mode in TravelMode),
    )


def _mode(network: RoadNetwork, mode: TravelMode, km: npt.NDArray[np.float64]) -> ModeCount:
    level = network.access[:, :, mode]
    best = level.max(axis=1)
    used = best > AccessLevel.CLOSED
    by_level = {each: float(km[best == each].sum()) for each in AccessLevel}
    return ModeCount(
        mode=mode,
        open_km=by_level[AccessLevel.OPEN],
        restricted_km=by_level[AccessLevel.RESTRICTED],
        gated_km=by_level[AccessLevel.GATED],
        closed_km=by_level[AccessLevel.CLOSED],
        oneway_km=float(km[used & (level == AccessLevel.CLOSED).any(axis=1)].sum()),
    )


def within_largest_part(
    network: RoadNetwork, passable: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return which roads have both ends in the strongly connected part with most length."""
    part = parts_of_roads(network.node_count, network.tail, network.head, passable)
    within = passable.any(axis=1) & (part[network.tail] == part[network.head])
    largest = largest_part(part[network.tail[within]], network.length_m[within])
    return np.asarray(within & (part[network.tail] == largest), dtype=np.bool_)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
