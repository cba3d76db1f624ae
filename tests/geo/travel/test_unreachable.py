from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.errors import TravelError
from geo.model import Floats
from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from geo.travel import PROFILES, RoadEngine, load_engine
from geo.travel.closures import Closure, Direction, RoadRef
from geo.travel.profiles import load_profiles
from geo.travel.unreachable import (
    PlaceReach,
    Unreachable,
    searches,
    unreachable,
    unreachable_points,
)
from tests.geo.roads import LAT, LON, STEP, network_of

#  0 -0- 1 -1- 2 -2- 3     4 -3- 5 apart     1 -4- 6 gated -5- 7     2 -6- 8 footway
SPOTS = [(0, 0), (2, 0), (4, 0), (6, 0), (20, 0), (22, 0), (2, 2), (2, 4), (4, 2)]
ROADS = [
    *((0, 1, RoadClass.PRIMARY, "=", False), (1, 2, RoadClass.PRIMARY, "=", False)),
    *((2, 3, RoadClass.PRIMARY, "=", False), (4, 5, RoadClass.PRIMARY, "=", False)),
    *((1, 6, RoadClass.SERVICE, "=", False), (6, 7, RoadClass.SERVICE, "=", False)),
    (2, 8, RoadClass.FOOTWAY, "=", False),
]


def _network() -> RoadNetwork:
    plain = network_of(SPOTS, ROADS)
    values = {name: getattr(plain, name) for name in RoadNetwork.__slots__}
    access = plain.access.copy()
    access[4, :, TravelMode.MOTOR] = AccessLevel.GATED
    access[6, :, TravelMode.MOTOR] = AccessLevel.CLOSED
    return RoadNetwork(**(values | {"access": access}))


NETWORK = _network()
ENGINE = load_engine(NETWORK)
ORIGIN = np.array([(LON + 0.5 * STEP, LAT)])
BRIDGE = Closure(id="F1", reason="桥梁维修", roads=(RoadRef(1, 1, 2),))


def _across(name: str, reason: str, west: float, east: float) -> Closure:
    area = shapely.box(LON + west * STEP, LAT - STEP, LON + east * STEP, LAT + STEP)
    return Closure(id=name, reason=reason, area=area)


HALF = _across("F2", "积水", 2.8, 3.2)


def _places(
    engine: RoadEngine, steps: list[tuple[float, float]], *, profile: str = "car"
) -> list[PlaceReach]:
    points: Floats = np.array([(LON + x * STEP, LAT + y * STEP) for x, y in steps])
    found = searches(engine, ORIGIN, profile=profile)
    return unreachable_points(
        engine, found, ORIGIN, points, closures=engine.closures, profile=profile
    )


def test_each_road_is_told_with_its_reason() -> None:
    engine = ENGINE.with_closures([BRIDGE])
    found = unreachable(
        NETWORK,
        searches(engine, ORIGIN),
        profile=PROFILES["car"],
        closures=engine.closures,
        blocks=engine.blocks,
    )
    assert dict(zip(found.road, found.reason, strict=True)) == {
        1: Unreachable.CLOSED,
        2: Unreachable.CUT_OFF,
        3: Unreachable.ISLAND,
        4: Unreachable.GATED,
        5: Unreachable.GATED,
        6: Unreachable.NO_ACCESS,
    }
    assert found.detail[0] == "被封闭 F1：桥梁维修"
    assert found.closure.tolist() == ["F1", "", "", "", "", ""]
    assert found.geometry.is_valid.all()


def test_a_vehicle_that_passes_gates_finds_none_shut() -> None:
    found = unreachable(
        NETWORK, searches(ENGINE, ORIGIN, profile="police_car"), profile=PROFILES["police_car"]
    )
    assert dict(zip(found.road, found.reason, strict=True)) == {3: "island", 6: "no_access"}


def test_only_the_closed_stretch_of_a_road_is_told() -> None:
    engine = ENGINE.with_closures([HALF])
    found = unreachable(
        NETWORK,
        searches(engine, ORIGIN),
        profile=PROFILES["car"],
        closures=engine.closures,
        blocks=engine.blocks,
    )
    rows = found[found.road == 1]
    assert rows.reason.tolist() == ["closed", "cut_off"]
    closed, behind = rows.geometry
    assert (closed.bounds[0] - LON) / STEP == pytest.approx(2.8, abs=0.01)
    assert (closed.bounds[2] - LON) / STEP == pytest.approx(3.2, abs=0.01)
    assert (behind.bounds[2] - LON) / STEP == pytest.approx(4.0, abs=0.01)


def test_each_point_is_told_with_its_reason() -> None:
    engine = ENGINE.with_closures([BRIDGE])
    steps = [(1.5, 0), (3, 0.2), (5, 0.2), (21, 0.2), (2.2, 3.5), (60, 0)]
    found = _places(engine, steps)
    assert [each.reached for each in found] == [True, *[False] * 5]
    assert [each.reason for each in found] == [
        *(None, Unreachable.CLOSED, Unreachable.CUT_OFF, Unreachable.ISLAND),
        *(Unreachable.CLOSED, None),  # one would walk in past the gate from the closed road
    ]
    assert found[0].detail is None
    assert str(found[1].detail).startswith("被封闭 F1：桥梁维修；最近的能到的道路在直线 ")
    assert found[5].distance_m == pytest.approx(
        38 * STEP * 111_195 * np.cos(np.radians(LAT)), rel=0.01
    )
    assert "米" in str(found[5].detail)


def test_a_gate_is_named_only_where_it_is_what_stops_the_vehicle() -> None:
    values = {name: getattr(NETWORK, name) for name in RoadNetwork.__slots__}
    far = values["node_lonlat"] + np.where(np.arange(len(SPOTS)) == 7, 0.03, 0.0)[:, None]
    lane = values["geometry_lonlat"].copy()
    lane[np.isclose(lane, values["node_lonlat"][7]).all(axis=1)] = far[7]
    network = RoadNetwork(**(values | {"node_lonlat": far, "geometry_lonlat": lane}))
    engine = load_engine(network)
    behind = far[7][None]
    found = unreachable_points(engine, searches(engine, ORIGIN), ORIGIN, behind)
    assert [each.reason for each in found] == [Unreachable.GATED]
    own = load_profiles('[car]\nclosed = ["track"]\n')
    track = network_of(
        [(0, 0), (2, 0), (4, 0)],
        [(0, 1, RoadClass.PRIMARY, "=", False), (1, 2, RoadClass.TRACK, "=", False)],
    )
    engine = load_engine(track, profiles=own)
    told = unreachable(track, searches(engine, ORIGIN), profile=own["car"], blocks=engine.blocks)
    assert told.reason.tolist() == ["no_access"]


def test_a_place_lost_to_a_closure_says_so_although_a_lane_apart_is_nearer() -> None:
    network = network_of(
        [(0, 0), (2, 0), (4, 0), (2.9, 0.25), (3.1, 0.25)],
        [
            (0, 1, RoadClass.PRIMARY, "=", False),
            (1, 2, RoadClass.RESIDENTIAL, "=", False),
            (3, 4, RoadClass.SERVICE, "=", False),
        ],
    )
    engine = load_engine(network).with_closures([BRIDGE])
    door = np.array([(LON + 3 * STEP, LAT + 0.3 * STEP)])
    (told,) = unreachable_points(
        engine, searches(engine, ORIGIN), ORIGIN, door, closures=engine.closures
    )
    assert told.reason is Unreachable.CLOSED
    assert "F1" in str(told.detail)


def test_of_several_closures_of_a_road_those_at_the_place_are_told() -> None:
    engine = ENGINE.with_closures(
        [_across("F1", "积水", 2.2, 2.6), _across("F2", "修路", 3.4, 3.8)]
    )
    found = unreachable(
        NETWORK,
        searches(engine, ORIGIN),
        profile=PROFILES["car"],
        closures=engine.closures,
        blocks=engine.blocks,
    )
    rows = found[found.road == 1]
    assert rows.detail.tolist() == [
        "被封闭 F1：积水",
        "夹在几处封闭之间：F1：积水；F2：修路",
        "被封闭 F2：修路",
        "道路未封闭，但通往它的路都被封闭",
    ]
    assert rows.closure.tolist() == ["F1", "F1、F2", "F2", ""]
    assert rows.geometry.bounds.maxx.tolist()[:-1] == pytest.approx(
        rows.geometry.bounds.minx.tolist()[1:], abs=1e-9
    )
    places = _places(engine, [(2.1, 0.1), (2.4, 0.3), (3.0, 0.3), (3.6, 0.2), (5.0, 0.2)])
    assert [each.reason for each in places] == [
        *(None, Unreachable.CLOSED, Unreachable.CUT_OFF, Unreachable.CLOSED, Unreachable.CUT_OFF)
    ]
    assert "F1" in str(places[2].detail)
    assert "F2" in str(places[2].detail)
    assert "F1" not in str(places[3].detail)


def test_a_reader_who_may_not_know_closures_is_told_none() -> None:
    engine = ENGINE.with_closures([HALF])
    found = unreachable(
        NETWORK, searches(engine, ORIGIN), profile=PROFILES["car"], blocks=engine.blocks
    )
    assert found[found.road == 1].detail.tolist() == [
        "道路被封闭",
        "道路未封闭，但通往它的路都被封闭",
    ]
    assert found.closure.eq("").all()


def test_closures_of_both_directions_together_close_a_road() -> None:
    ref = BRIDGE.roads
    ways = [Closure("F1", "限行", roads=ref, direction=Direction.ALONG)]
    alone = _places(ENGINE.with_closures(ways), [(3, 0.2)])
    assert alone[0].reason is Unreachable.CUT_OFF
    ways.append(Closure("F2", "修路", roads=ref, direction=Direction.AGAINST))
    (both,) = _places(ENGINE.with_closures(ways), [(3, 0.2)])
    assert both.reason is Unreachable.CLOSED
    assert "F1：限行；F2：修路" in str(both.detail)


def test_beside_an_expressway_nothing_is_cut_off_without_closures() -> None:
    spots = [(0, 0), (4, 0), (4, 40)]
    roads = [(0, 1, RoadClass.PRIMARY, "=", False), (1, 2, RoadClass.MOTORWAY, "=", False)]
    engine = load_engine(network_of(spots, roads))
    (far,) = _places(engine, [(4.5, 38)])
    assert not far.reached
    assert far.reason is None
    assert far.distance_m > 2000.0
    assert "不在路网上" in str(far.detail)


def test_a_vehicle_without_any_road_is_told_so() -> None:
    spots = [(0, 0), (4, 0)]
    engine = load_engine(network_of(spots, [(0, 1, RoadClass.FOOTWAY, "=", False)]))
    values = {name: getattr(engine.network, name) for name in RoadNetwork.__slots__}
    access = engine.network.access.copy()
    access[:, :, TravelMode.MOTOR] = AccessLevel.CLOSED
    engine = load_engine(RoadNetwork(**(values | {"access": access})))
    (nowhere,) = _places(engine, [(2, 0)])
    assert (nowhere.reached, nowhere.reason) == (False, None)
    assert nowhere.distance_m == np.inf
    assert "没有这种出行方式" in str(nowhere.detail)


def test_origins_off_the_network_reach_nothing() -> None:
    far = np.array([(LON + 1.0, LAT)])
    found = unreachable(NETWORK, searches(ENGINE, far), profile=PROFILES["car"])
    assert sorted(set(found.road)) == list(range(7))
    assert set(found.reason) == {"island", "gated", "no_access"}


def test_no_origin_is_an_error() -> None:
    with pytest.raises(TravelError, match="起点"):
        searches(ENGINE, np.empty((0, 2)))


def test_reasons_are_those_of_the_courts_own_vehicles() -> None:
    """A police car that may not pass gates is told where they are shut to it."""
    own = load_profiles("[police_car]\nuses_gated = false\n", file="speeds.toml")
    engine = load_engine(NETWORK, profiles=own)
    found = unreachable(
        NETWORK,
        searches(engine, ORIGIN, profile="police_car"),
        profile=engine.profiles["police_car"],
    )
    shipped = unreachable(
        NETWORK,
        searches(ENGINE, ORIGIN, profile="police_car"),
        profile=ENGINE.profiles["police_car"],
    )
    assert set(found.road) > set(shipped.road)
