from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import TravelError
from geo.model import Floats, HourBand, TrafficDay
from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from geo.travel.costs import LENGTH_SPAN, LIMIT, NEVER, cost
from geo.travel.profiles import (
    PROFILES,
    TIERS,
    Profile,
    arc_costs,
    load_profiles,
    open_arcs,
    speeds_kmh,
    stop_roads,
)
from tests.geo.roads import network_of

TEXT = files("geo.travel").joinpath("speeds.toml").read_text("utf-8")
_LENGTHS = st.sampled_from([0.0, 0.04, 17.3, 250.0, 81_234.567]) | st.floats(0.0, 1e5)
_LIMITS = st.sampled_from([np.nan, 0.0, 5.0, 30.0, 60.0, 120.0, 150.0])


@st.composite
def networks(draw: st.DrawFn) -> RoadNetwork:
    """Return roads of every class, limit and access, right or nonsense."""
    count = draw(st.integers(1, 12))
    levels = hnp.arrays(np.uint8, (count, 2, 3), elements=st.integers(0, 3))
    return replace(
        network_of([(0, 0), (1, 0)], [(0, 1, RoadClass.ROAD, "=", False)] * count),
        length_m=np.array(draw(st.lists(_LENGTHS, min_size=count, max_size=count))),
        road_class=draw(hnp.arrays(np.uint8, count, elements=st.integers(0, len(RoadClass) - 1))),
        limit_kmh=draw(hnp.arrays(np.float32, (count, 2), elements=_LIMITS)),
        access=draw(levels),
    )


FACTORS = st.none() | hnp.arrays(np.float64, len(RoadClass), elements=st.floats(0.5, 2.0))


@settings(deadline=None, max_examples=80)
@given(
    networks(),
    st.sampled_from(list(PROFILES)),
    st.sampled_from(HourBand),
    st.sampled_from(TrafficDay),
    FACTORS,
)
def test_arcs_cost_what_the_formula_says(
    network: RoadNetwork, name: str, band: HourBand, day: TrafficDay, factor: Floats | None
) -> None:
    profile = PROFILES[name]
    speed = speeds_kmh(network, profile, band, day)
    assert (speed > 0.0).all()
    length_m = network.length_m[:, None]
    by_class = np.ones(len(RoadClass)) if factor is None else factor
    driven_s = length_m / (speed / 3.6) * by_class[network.road_class][:, None]
    seconds = driven_s + profile.passing_s[network.road_class][:, None]
    wanted = cost(np.maximum(seconds, 0.001), length_m)
    opened = open_arcs(network, profile)
    found = arc_costs(network, profile, band, day, time_factor=factor)
    fits = wanted < LIMIT
    np.testing.assert_array_equal(found[opened & fits], wanted[opened & fits])
    assert ((found >= LIMIT) & (found < NEVER))[opened & ~fits].all()
    assert (found[~opened] == NEVER).all()
    assert (found >= LENGTH_SPAN).all()


def plain_speed(profile: Profile, kind: RoadClass, limit: float, level: int, share: float) -> float:
    if kind is RoadClass.FERRY:
        return limit if limit > 0.0 else float(profile.default_kmh[kind])
    if not profile.uses_limits:
        limit = profile.max_kmh
    elif not limit > 0.0:
        limit = float(profile.default_kmh[kind])
    return min(limit, profile.max_kmh) * share * float(profile.access_factor[level])


@settings(deadline=None, max_examples=50)
@given(networks(), st.sampled_from(list(PROFILES)), st.sampled_from(HourBand))
def test_speeds_are_those_of_a_plain_loop(network: RoadNetwork, name: str, band: HourBand) -> None:
    profile = PROFILES[name]
    found = speeds_kmh(network, profile, band, TrafficDay.REST_DAY)
    share = profile.factors[TrafficDay.REST_DAY, band]
    for road in range(network.road_count):
        kind = RoadClass(network.road_class[road])
        for way in range(2):
            level = int(network.access[road, way, profile.mode])
            limit = float(network.limit_kmh[road, way])
            wanted = plain_speed(profile, kind, limit, level, float(share[kind]))
            assert found[road, way] == pytest.approx(wanted, rel=1e-12)


def one_road(kind: RoadClass, *, level: AccessLevel = AccessLevel.OPEN) -> RoadNetwork:
    network = network_of([(0, 0), (1, 0)], [(0, 1, kind, "=", False)])
    return replace(network, access=np.full((1, 2, 3), level, dtype=np.uint8))


def seconds(network: RoadNetwork, name: str, factor: Floats | None = None) -> float:
    costs = arc_costs(network, PROFILES[name], HourBand.MIDDAY, time_factor=factor)
    return float(costs[0, 0] // LENGTH_SPAN) / 1000.0


def test_gates_toll_booths_and_ferries_delay_once() -> None:
    gate = replace(one_road(RoadClass.GATE), length_m=np.zeros(1))
    assert seconds(gate, "car") == 30.0
    assert seconds(gate, "foot") == 5.0
    booth = replace(one_road(RoadClass.TOLL_BOOTH), length_m=np.zeros(1))
    assert seconds(booth, "police_car") == 15.0
    assert seconds(booth, "ebike") == 0.001
    ferry = replace(one_road(RoadClass.FERRY), length_m=np.array([1500.0]))
    assert {seconds(ferry, name) for name in PROFILES} == {300.0 + 1.5 / 15.0 * 3600.0}


def test_measured_factors_multiply_driving_but_not_waiting() -> None:
    double = np.full(len(RoadClass), 2.0)
    gate = replace(one_road(RoadClass.GATE), length_m=np.zeros(1))
    assert seconds(gate, "car", double) == 30.0
    street = one_road(RoadClass.PRIMARY)
    assert seconds(street, "car", double) == pytest.approx(2 * seconds(street, "car"), abs=0.002)


@pytest.mark.parametrize(
    "factor",
    [np.zeros(len(RoadClass)), np.full(len(RoadClass), np.nan), np.ones(3), np.array(1.0)],
)
def test_a_factor_that_is_no_factor_is_refused(factor: Floats) -> None:
    with pytest.raises(TravelError, match="修正系数"):
        arc_costs(one_road(RoadClass.ROAD), PROFILES["car"], HourBand.NIGHT, time_factor=factor)


def test_who_may_use_what() -> None:
    gated = one_road(RoadClass.SERVICE, level=AccessLevel.GATED)
    assert [name for name in PROFILES if open_arcs(gated, PROFILES[name]).any()] == ["police_car"]
    motorway = one_road(RoadClass.MOTORWAY)
    assert [name for name in PROFILES if open_arcs(motorway, PROFILES[name]).any()] == [
        "car",
        "police_car",
    ]
    for kind in RoadClass:
        if kind not in TIERS["expressway"]:
            assert open_arcs(one_road(kind), PROFILES["foot"]).all()
    assert not open_arcs(one_road(RoadClass.ROAD, level=AccessLevel.CLOSED), PROFILES["foot"]).any()


def test_a_court_may_keep_its_cars_off_gated_and_service_roads() -> None:
    begin = TEXT.index("[police_car]")
    text = TEXT[:begin] + TEXT[begin:].replace("uses_gated = true", "uses_gated = false", 1)
    gated = one_road(RoadClass.SERVICE, level=AccessLevel.GATED)
    assert not open_arcs(gated, load_profiles(text)["police_car"]).any()
    text = TEXT[:begin] + TEXT[begin:].replace("uses_service = true", "uses_service = false", 1)
    profiles = load_profiles(text)
    assert not open_arcs(gated, profiles["police_car"]).any()
    assert open_arcs(one_road(RoadClass.SERVICE), profiles["car"]).all()
    assert profiles["police_car"].least_access is AccessLevel.GATED


def test_hours_and_days_rank_as_traffic_does() -> None:
    streets = one_road(RoadClass.PRIMARY)
    car = PROFILES["car"]

    def kmh(band: HourBand, day: TrafficDay) -> float:
        return float(speeds_kmh(streets, car, band, day)[0, 0])

    workday = [kmh(band, TrafficDay.WORKDAY) for band in HourBand]
    rest_day = [kmh(band, TrafficDay.REST_DAY) for band in HourBand]
    morning, midday, evening, night = workday
    assert evening < morning < midday < night
    assert rest_day[0] > morning
    assert rest_day[2] > evening
    for name in ("ebike", "foot"):
        speeds = {
            float(speeds_kmh(streets, PROFILES[name], band, day)[0, 0])
            for band in HourBand
            for day in TrafficDay
        }
        assert len(speeds) == 1


def test_an_ebike_keeps_to_the_law() -> None:
    ebike = PROFILES["ebike"]
    assert ebike.mode is TravelMode.BICYCLE
    assert ebike.max_kmh == 25.0
    for kind in (RoadClass.PRIMARY, RoadClass.CYCLEWAY, RoadClass.RESIDENTIAL):
        assert speeds_kmh(one_road(kind), ebike, HourBand.MIDDAY)[0, 0] == pytest.approx(15.0)


def test_where_a_vehicle_may_stop() -> None:
    kinds = [*RoadClass]
    network = network_of([(0, 0), (1, 0)], [(0, 1, kind, "=", False) for kind in kinds])
    network = replace(network, access=np.full((len(kinds), 2, 3), 3, dtype=np.uint8))
    off = {RoadClass.MOTORWAY, RoadClass.MOTORWAY_LINK}
    off |= {RoadClass.FERRY, RoadClass.GATE, RoadClass.TOLL_BOOTH}
    wanted = [row for row, kind in enumerate(kinds) if kind not in off]
    assert stop_roads(network, PROFILES["car"]).tolist() == wanted
    assert stop_roads(one_road(RoadClass.MOTORWAY), PROFILES["car"]).tolist() == [0]
    assert stop_roads(one_road(RoadClass.MOTORWAY), PROFILES["foot"]).tolist() == []


def test_a_road_that_takes_for_ever_is_beyond_reach_but_not_closed() -> None:
    endless = replace(one_road(RoadClass.FOOTWAY), length_m=np.array([5e6]))
    costs = arc_costs(endless, PROFILES["foot"], HourBand.NIGHT)
    assert ((costs >= LIMIT) & (costs < NEVER)).all()


def test_every_number_has_a_source() -> None:
    for line in TEXT.splitlines():
        if re.match(r"\w+ = [\d.]+", line):
            _, _, comment = line.partition("#")
            named = r"assumed|JTG|CJJ|Reg\.|Law|GB \d|OSRM|Valhalla|Amap|TomTom"
            assert re.search(named, comment), line


def test_tiers_cover_every_class_once() -> None:
    assert sorted(kind for tier in TIERS.values() for kind in tier) == sorted(RoadClass)


@pytest.mark.parametrize(
    ("old", "new", "facts"),
    [
        ("[foot]", "[walk]", {"key": "walk"}),
        ("[foot.passing_s]", "[foot.waiting_s]", {"table": "foot", "key": "waiting_s"}),
        ("[default_kmh]", "[default]", {"key": "default"}),
        ("[factor.rest_day.night]", "[factor.rest_day.dawn]", {"key": "dawn"}),
        ("[factor.rest_day", "[factor.sunday", {"table": "factor", "key": "sunday"}),
        ("motorway = 100.0", "motorway = 0", {"table": "default_kmh", "key": "motorway"}),
        ("motorway = 100.0", "motorway = -3", {"key": "motorway", "value": -3}),
        ("motorway = 100.0", "motorway = nan", {"key": "motorway"}),
        ("motorway = 100.0", "motorway = inf", {"key": "motorway", "high": 300.0}),
        ("motorway = 100.0", "motorway = true", {"key": "motorway"}),
        ("motorway = 100.0", "motorway = 'walk'", {"key": "motorway", "value": "walk"}),
        ("motorway = 100.0", "highway = 100.0", {"key": "highway"}),
        ("arterial = 0.57", "arterial = 0.0", {"table": "factor.workday.morning_peak"}),
        ("gate = 30.0", "gate = -1.0", {"table": "car.passing_s", "key": "gate"}),
        ("gate = 30.0", "gait = 30.0", {"table": "car.passing_s", "key": "gait"}),
        ("turn_s = 7.5", "turn_s = nan", {"table": "car.turns", "key": "turn_s"}),
        ("closed = []", "closed = ['motorroad']", {"table": "car", "value": "motorroad"}),
        ("closed = []", "closed = 'service'", {"table": "car", "key": "closed"}),
        ('mode = "motor"', 'mode = "hover"', {"table": "car", "value": "hover"}),
        ("uses_service = true", "uses_service = 1", {"table": "car", "key": "uses_service"}),
        ("max_kmh = 120.0", "max_kmh = 0.0", {"table": "car", "key": "max_kmh"}),
        ("max_kmh = 120.0", "max_mph = 70.0", {"table": "car", "key": "max_mph"}),
    ],
)
def test_a_fault_is_named_by_file_table_and_key(
    old: str, new: str, facts: dict[str, object]
) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new) if old.endswith("day") else TEXT.replace(old, new, 1)
    with pytest.raises(TravelError, match="法院车速") as caught:
        load_profiles(text, file="法院车速.toml")
    assert "%" not in str(caught.value)
    assert facts.items() <= caught.value.facts.items()


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(TravelError, match="TOML"):
        load_profiles("[car\n")


def test_a_court_gives_only_what_differs() -> None:
    own = load_profiles("[police_car]\nuses_gated = false\n[police_car.passing_s]\ngate = 60")
    car, shipped = own["police_car"], PROFILES["police_car"]
    assert car.least_access > shipped.least_access
    assert (car.passing_s != shipped.passing_s).nonzero()[0].tolist() == [RoadClass.GATE]
    assert car.turns == shipped.turns
    assert list(own) == list(PROFILES)
    np.testing.assert_array_equal(own["car"].default_kmh, PROFILES["car"].default_kmh)


def test_turns_that_foot_has_not_must_be_whole() -> None:
    with pytest.raises(TravelError, match="缺少") as caught:
        load_profiles("[foot.turns]\nturn_s = 1.0")
    assert caught.value.facts["table"] == "foot.turns"


@pytest.mark.parametrize("text", ["[polce_car]\nuses_gated = false", "uses_gated = false"])
def test_a_table_that_is_unknown_is_told_with_those_that_are(text: str) -> None:
    with pytest.raises(TravelError, match=r"\[police_car\]"):
        load_profiles(text)


@pytest.mark.parametrize("text", ["car = 1", "factor = 0.5", "car.turns = 'none'"])
def test_what_should_be_a_table_is_told(text: str) -> None:
    with pytest.raises(TravelError, match="不是表"):
        load_profiles(text)
