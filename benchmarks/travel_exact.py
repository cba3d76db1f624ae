"""How far the engine's answers are from those of scipy and networkx; each should be 0 ms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.travel_graphs import turn_graph, weights_ms
from benchmarks.travel_networks import some_closures, some_spots
from benchmarks.travel_oracle import Roads, Stops, sparse_ms, split_ms
from geo.model import Floats, HourBand, TrafficDay
from geo.travel import RoadEngine
from geo.travel.closures import Closure, RoadIndex, blocks

__all__ = ["SETTINGS", "Mismatch", "Setting", "compared", "mismatch_ms", "roads_of"]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a question depends on besides its points."""

    profile: str
    band: HourBand = HourBand.MIDDAY
    day: TrafficDay = TrafficDay.WORKDAY
    turns: bool = False
    closed: bool = False


SETTINGS = (
    Setting("car", HourBand.MORNING_PEAK, turns=True, closed=True),
    Setting("car"),
    Setting("police_car", turns=True),
    Setting("ebike", HourBand.EVENING_PEAK, TrafficDay.REST_DAY, closed=True),
    Setting("foot", HourBand.NIGHT, turns=True, closed=True),
)
"""The first has all that an answer depends on."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Greatest difference, how many pairs were compared, and how many of them no road joins.

    The difference is inf where one of two finds a way and the other does not.
    """

    greatest_ms: float
    pairs: int
    unreachable: int

    def __add__(self, other: Mismatch) -> Mismatch:
        return Mismatch(
            max(self.greatest_ms, other.greatest_ms),
            self.pairs + other.pairs,
            self.unreachable + other.unreachable,
        )


def roads_of(index: RoadIndex, setting: Setting, closures: Sequence[Closure] = ()) -> Roads:
    """Return what the oracles need to know of a network."""
    network = index.network
    times_ms = weights_ms(network, setting.profile, setting.band, setting.day)
    turns = turn_graph(network, times_ms, setting.profile) if setting.turns else None
    return Roads(network, times_ms, blocks(index, closures), turns)


def mismatch_ms(
    engine: RoadEngine,
    setting: Setting,
    *,
    origins: int,
    targets: int,
    seed: int,
    by_networkx: bool = False,
) -> Mismatch:
    """Compare the matrix between random points with an oracle's.

    Parameters
    ----------
    engine
        One whose turns are as the setting says, without closures.
    """
    rng = np.random.default_rng(seed)
    network = engine.network
    closures = some_closures(network, rng) if setting.closed else ()
    engine = engine.with_closures(closures)
    starts = some_spots(network, origins, rng).lonlat
    ends = some_spots(network, targets, rng).lonlat
    found = engine.matrix(
        starts, ends, profile=setting.profile, band=setting.band, day=setting.day
    ).travel_s
    here, there = (
        Stops(each, engine.snap(each, profile=setting.profile)) for each in (starts, ends)
    )
    oracle = split_ms if by_networkx else sparse_ms
    return compared(found, oracle(roads_of(RoadIndex(network), setting, closures), here, there))


def compared(found_s: Floats, wanted_ms: Floats) -> Mismatch:
    """Compare seconds with milliseconds."""
    nowhere = np.isinf(wanted_ms)
    if not np.array_equal(np.isinf(found_s), nowhere):
        greatest = float("inf")
    else:
        gaps = np.abs(np.rint(found_s[~nowhere] * 1000.0) - wanted_ms[~nowhere])
        greatest = float(gaps.max(initial=0.0))
    return Mismatch(greatest, found_s.size, int(nowhere.sum()))
