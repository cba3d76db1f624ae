"""Roads of a rectangle."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.generated_network import generated_network
from geo.roadtags import ROAD_RANK, RoadClass
from geo.roadwindow import RoadWindow

NETWORK = generated_network(400, seed=3)
WINDOW = RoadWindow(NETWORK)
_part = st.floats(0.0, 1.0)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(_part, _part, _part, _part)
def test_every_road_that_meets_the_rectangle_is_there(
    a: float, b: float, c: float, d: float
) -> None:
    low, high = NETWORK.node_lonlat.min(axis=0), NETWORK.node_lonlat.max(axis=0)
    (west, east), (south, north) = sorted((a, b)), sorted((c, d))
    corners = low + (high - low) * np.array([[west, south], [east, north]])
    found = WINDOW.within(*corners.ravel().tolist())
    box = shapely.box(*corners.ravel().tolist())
    shown = {line.lonlat.tobytes() for line in found}
    for road in range(len(NETWORK.tail)):
        at = NETWORK.geometry_lonlat[
            NETWORK.geometry_offset[road] : NETWORK.geometry_offset[road + 1]
        ]
        if shapely.intersects(shapely.LineString(at), box):
            assert at.tobytes() in shown
    ranks = [line.rank for line in found]
    assert ranks == sorted(ranks, reverse=True)


def test_links_rank_as_their_roads() -> None:
    assert ROAD_RANK[RoadClass.MOTORWAY_LINK] == ROAD_RANK[RoadClass.MOTORWAY] == 0
    assert ROAD_RANK[RoadClass.SERVICE] == 6
