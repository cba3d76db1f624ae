from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.errors import TravelError
from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from geo.travel import load_engine
from geo.travel.closures import Closure, RoadRef
from geo.travel.unreachable import Unreachable, searches, unreachable, unreachable_points
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
HALF = Closure(
    id="F2",
    reason="积水",
    area=shapely.box(LON + 2.8 * STEP, LAT - STEP, LON + 3.2 * STEP, LAT + STEP),
)


def test_each_road_is_told_with_its_reason() -> None:
    engine = ENGINE.with_closures([BRIDGE])
    found = unreachable(
        NETWORK,
        searches(engine, ORIGIN),
        profile="car",
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
        NETWORK, searches(ENGINE, ORIGIN, profile="police_car"), profile="police_car"
    )
    assert dict(zip(found.road, found.reason, strict=True)) == {3: "island", 6: "no_access"}


def test_only_the_closed_stretch_of_a_road_is_told() -> None:
    engine = ENGINE.with_closures([HALF])
    found = unreachable(
        NETWORK,
        searches(engine, ORIGIN),
        profile="car",
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
    points = np.array([(LON + x * STEP, LAT + y * STEP) for x, y in steps])
    found = unreachable_points(engine, ORIGIN, points)
    assert [each.reached for each in found] == [True, *[False] * 5]
    assert [each.reason for each in found] == [
        *(None, Unreachable.CLOSED, Unreachable.CUT_OFF, Unreachable.ISLAND, Unreachable.GATED),
        None,
    ]
    assert found[0].detail is None
    assert str(found[1].detail) == "被封闭 F1：桥梁维修"
    assert found[5].distance_m == pytest.approx(
        38 * STEP * 111_195 * np.cos(np.radians(LAT)), rel=0.01
    )
    assert "米" in str(found[5].detail)


def test_origins_off_the_network_reach_nothing() -> None:
    far = np.array([(LON + 1.0, LAT)])
    found = unreachable(NETWORK, searches(ENGINE, far), profile="car")
    assert sorted(set(found.road)) == list(range(7))
    assert set(found.reason) == {"island", "gated", "no_access"}


def test_no_origin_is_an_error() -> None:
    with pytest.raises(TravelError, match="起点"):
        searches(ENGINE, np.empty((0, 2)))
