"""Measured legs: what is taken, and how the engine's time splits over tiers of road."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from geo.errors import ObservedTimeError
from geo.model import HourBand, Point, TrafficDay
from geo.network import RoadNetwork
from geo.roadtags import RoadClass
from geo.travel import PROFILES, load_engine
from geo.travel.observed import LegPredictor, LegTimes, ObservedLeg, doubt, speeds_basis
from geo.travel.profiles import TIERS, load_profiles, speeds_kmh
from geo.travel.snapping import near_m
from tests.geo.roads import LAT, LON, STEP, network_of

C = RoadClass
NETWORK = network_of(
    [(0, 0), (4, 0), (8, 0), (8, 4), (0, 4)],
    [
        (0, 1, C.PRIMARY, "=", False),
        (1, 2, C.RESIDENTIAL, "=", False),
        (3, 2, C.SERVICE, "=", False),
        (0, 4, C.TERTIARY, "=", False),
    ],
)


def spot(x: float, y: float) -> Point:
    return Point(LON + x * STEP, LAT + y * STEP)


def leg(**other: Any) -> ObservedLeg:
    facts: dict[str, Any] = {
        "id": "v1",
        "on": date(2026, 11, 2),
        "profile": "car",
        "day": TrafficDay.WORKDAY,
        "band": HourBand.MIDDAY,
        "origin": spot(0, 0),
        "target": spot(8, 4),
        "travel_s": 600.0,
    }
    return ObservedLeg(**{**facts, **other})


def times(network: RoadNetwork, observed: ObservedLeg) -> LegTimes:
    found = LegPredictor(network, load_engine(network)).times(observed)
    assert found is not None
    return found


def test_the_basis_tells_speeds_apart_but_not_remarks() -> None:
    shipped = speeds_basis(PROFILES)
    assert len(shipped) == 12
    assert speeds_basis(load_profiles("# a remark\n[car]\nmax_kmh = 120")) == shipped
    others = (
        "[car]\nmax_kmh = 119.0",
        "[police_car]\nuses_gated = false",
        "[foot]\nclosed = ['motorway']",
        "[ebike.turns]\nleft_bias = 1.5",
        "[factor.rest_day.night]\nlane = 0.8",
    )
    assert len({shipped, *(speeds_basis(load_profiles(text)) for text in others)}) == 6


def test_a_leg_is_split_by_the_speeds_of_the_engine() -> None:
    own = load_profiles("[factor.workday.midday]\nlocal = 0.3")
    engine = load_engine(NETWORK, profiles=own)
    found = LegPredictor(NETWORK, engine, own).times(leg())
    assert found is not None
    shipped = times(NETWORK, leg())
    assert found.tier_s[2] == pytest.approx(2.5 * shipped.tier_s[2], rel=1e-3)
    assert found.fixed_s == pytest.approx(shipped.fixed_s, abs=0.05)


def test_a_path_splits_into_the_seconds_of_its_roads() -> None:
    found = times(NETWORK, leg())
    speed = speeds_kmh(NETWORK, PROFILES["car"], HourBand.MIDDAY, TrafficDay.WORKDAY)
    seconds = NETWORK.length_m / (speed[:, 0] / 3.6)
    assert list(TIERS) == ["expressway", "arterial", "local", "lane"]
    assert found.tier_s == pytest.approx((0.0, seconds[0], seconds[1], seconds[2]), rel=1e-3)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("band", [HourBand.MORNING_PEAK, HourBand.NIGHT])
def test_the_parts_add_up_to_the_engine_s_time(profile: str, band: HourBand) -> None:
    rng = np.random.default_rng(3)
    engine = load_engine(NETWORK)
    predictor = LegPredictor(NETWORK, engine)
    for origin, target in rng.uniform((0, 0), (8, 4), (10, 2, 2)).tolist():
        one = leg(profile=profile, band=band, origin=spot(*origin), target=spot(*target))
        found = predictor.times(one)
        path = engine.path(one.origin, one.target, profile=profile, band=band)
        assert found is not None
        assert path is not None
        assert sum(found.tier_s) + found.fixed_s == pytest.approx(path.travel_s, abs=0.05)


def test_the_walk_to_the_road_and_back_is_no_road() -> None:
    found = times(NETWORK, leg(origin=spot(0.5, -1), target=spot(3.5, -1)))
    away_m = 2 * float(near_m(np.array([[LON, LAT]]), np.array([[LON, LAT + STEP]]))[0])
    assert found.fixed_s == pytest.approx(away_m / (4.0 / 3.6), rel=0.3)
    assert found.tier_s[0] == found.tier_s[2] == found.tier_s[3] == 0.0
    assert found.tier_s[1] > 0.0


def test_the_way_against_the_drawing_has_its_own_limit() -> None:
    limit = np.full((4, 2), np.nan, dtype=np.float32)
    limit[0] = (60.0, 20.0)
    plain = NETWORK
    network = RoadNetwork(
        **{
            name: limit if name == "limit_kmh" else getattr(plain, name)
            for name in plain.__dataclass_fields__
        }
    )
    there = times(network, leg(target=spot(4, 0)))
    back = times(network, leg(origin=spot(4, 0), target=spot(0, 0)))
    assert back.tier_s[1] == pytest.approx(3 * there.tier_s[1], rel=1e-3)


def test_a_place_without_a_road_has_no_times() -> None:
    predictor = LegPredictor(NETWORK, load_engine(NETWORK))
    assert predictor.times(leg(target=spot(60, 4), travel_s=3600.0)) is None


@pytest.mark.parametrize(
    ("travel_s", "words"),
    [
        (0.0, "不晚于"),
        (-60.0, "不晚于"),
        (float("nan"), "不晚于"),
        (3 * 3600.0 + 1, "3 小时"),
        (20.0, "150 公里"),
    ],
)
def test_a_time_that_cannot_be_right_is_refused(travel_s: float, words: str) -> None:
    why = doubt(spot(0, 0), spot(8, 4), travel_s)
    assert words in str(why)
    with pytest.raises(ObservedTimeError, match="v1") as caught:
        leg(travel_s=travel_s)
    assert words in str(caught.value)
    assert str(LON) not in str(caught.value)


def test_an_unknown_profile_and_bad_seconds_are_refused() -> None:
    with pytest.raises(ObservedTimeError, match="horse"):
        leg(profile="horse")
    good = times(NETWORK, leg())
    facts = {name: getattr(good, name) for name in LegTimes.__slots__}
    for bad in ({"measured_s": 0.0}, {"fixed_s": -1.0}, {"tier_s": (1.0, float("inf"), 0.0, 0.0)}):
        with pytest.raises(ObservedTimeError, match="v1"):
            LegTimes(**{**facts, **bad})
