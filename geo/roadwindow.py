"""The roads of a network within a rectangle, as lines with their names, for small maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.model import Floats
from geo.network import RoadNetwork
from geo.roadtags import ROAD_RANK

__all__ = ["RoadLine", "RoadWindow"]


@dataclass(frozen=True, slots=True, eq=False)
class RoadLine:
    """A road between two junctions.

    Parameters
    ----------
    rank
        0 for a motorway to 6 for a service road.
    name
        Empty where it has none.
    lonlat
        WGS84 degrees, shape (n, 2).
    """

    rank: int
    name: str
    lonlat: Floats


class RoadWindow:
    """Finds the roads in a rectangle.

    Parameters
    ----------
    network
        Whose roads they are.
    """

    def __init__(self, network: RoadNetwork) -> None:
        self._network = network
        starts = network.geometry_offset[:-1]
        lonlat = network.geometry_lonlat
        self._low = np.minimum.reduceat(lonlat, starts, axis=0) if len(starts) else lonlat[:0]
        self._high = np.maximum.reduceat(lonlat, starts, axis=0) if len(starts) else lonlat[:0]

    def within(self, west: float, south: float, east: float, north: float) -> tuple[RoadLine, ...]:
        """Return the roads whose bounds meet a rectangle, the least important first."""
        meets = ((self._low <= (east, north)) & (self._high >= (west, south))).all(axis=1)
        network = self._network
        found = [
            RoadLine(
                ROAD_RANK[int(network.road_class[road])],
                network.names[int(network.name_id[road])],
                network.geometry_lonlat[
                    network.geometry_offset[road] : network.geometry_offset[road + 1]
                ],
            )
            for road in np.flatnonzero(meets).tolist()
        ]
        return tuple(sorted(found, key=lambda line: -line.rank))
