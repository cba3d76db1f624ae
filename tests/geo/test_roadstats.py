from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.network import RoadNetwork
from geo.roadstats import road_statistics
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from tests.geo.roads import network_of

SQUARE = [(0, 0), (2, 0), (2, 2), (0, 2), (4, 0), (6, 0)]


@pytest.fixture
def network() -> RoadNetwork:
    """A square, a one-way street out of it, a private one behind that, and a gate."""
    made = network_of(
        SQUARE,
        [
            (0, 1, RoadClass.PRIMARY, "=", False),
            (1, 2, RoadClass.PRIMARY, "=", False),
            (2, 3, RoadClass.MOTORWAY, "=", False),
            (3, 0, RoadClass.RESIDENTIAL, "=", False),
            (1, 4, RoadClass.RESIDENTIAL, ">", False),
            (4, 5, RoadClass.SERVICE, "=", True),
            (0, 3, RoadClass.GATE, "=", False),
        ],
    )
    lengths, limits = made.length_m.copy(), made.limit_kmh.copy()
    lengths[:] = (1000.0, 3000.0, 2000.0, 500.0, 250.0, 100.0, 0.0)
    limits[0, 1] = 60.0
    signals = made.node_signal.copy()
    signals[:2] = True
    return replace(made, length_m=lengths, limit_kmh=limits, node_signal=signals)


def test_classes_are_counted_and_points_are_no_roads(network: RoadNetwork) -> None:
    found = road_statistics(network)
    assert [(one.road_class, one.roads, one.length_km) for one in found.classes] == [
        (RoadClass.MOTORWAY, 1, 2.0),
        (RoadClass.PRIMARY, 2, 4.0),
        (RoadClass.RESIDENTIAL, 2, 0.75),
        (RoadClass.SERVICE, 1, 0.1),
    ]
    assert found.length_km == pytest.approx(6.85)
    assert found.limit_share == pytest.approx(1.0 / 6.85)
    assert found.classes[1].limit_share == pytest.approx(0.25)
    assert (found.signals, found.gates, found.toll_booths) == (2, 1, 0)


def test_modes_are_counted_by_who_may_go(network: RoadNetwork) -> None:
    car, bicycle, foot = road_statistics(network).modes
    assert (car.mode, bicycle.mode, foot.mode) == tuple(TravelMode)
    assert car.open_km == pytest.approx(6.75)
    assert car.restricted_km == pytest.approx(0.1)
    assert car.oneway_km == pytest.approx(0.25)
    assert bicycle.closed_km == pytest.approx(2.0)  # the motorway


def test_nothing_in_use_is_no_error(network: RoadNetwork) -> None:
    closed = replace(network, access=np.full_like(network.access, AccessLevel.CLOSED))
    for one in road_statistics(closed).modes:
        assert one.open_km == 0.0
        assert one.closed_km == pytest.approx(6.85)
