"""What the readers of road files hand on, whatever the kind of file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from geo.roadaccess import Barrier
from geo.roadchains import Segments
from geo.roadlights import Light
from geo.turnrestrictions import TurnRestrictions

__all__ = ["EARTH_M", "RoadData", "lengths_m"]

EARTH_M = 6_371_009.0
"""Mean radius of the earth, as osmnx takes it."""


@dataclass(frozen=True, slots=True, eq=False)
class RoadData:
    """Pieces of road between junctions, barriers, lights and ends of ways.

    Parameters
    ----------
    node_lonlat, node_id
        Positions, shape (nodes, 2), and ids of the nodes where pieces end.
    segments
        The pieces.
    names
        Names that ``segments.name_id`` points to; the first is empty.
    barriers
        What bars the road, by row of the node.
    lights
        Traffic lights.
    restrictions
        Turn restrictions.
    counts
        Fields of :class:`geo.network.NetworkReport`.
    """

    node_lonlat: Floats
    node_id: Ints
    segments: Segments
    names: tuple[str, ...]
    barriers: Mapping[int, Barrier] = field(default_factory=dict)
    lights: list[Light] = field(default_factory=list)
    restrictions: TurnRestrictions = field(default_factory=TurnRestrictions)
    counts: Mapping[str, int] = field(default_factory=dict)


def lengths_m(a_lonlat: npt.NDArray[np.float64], b_lonlat: npt.NDArray[np.float64]) -> Floats:
    """Return great-circle metres between points of shape (n, 2), by the haversine formula.

    The same sphere as in ``osmnx.distance.great_circle``.
    """
    (lon_a, lat_a), (lon_b, lat_b) = np.radians(a_lonlat).T, np.radians(b_lonlat).T
    half = np.sin((lat_b - lat_a) / 2.0) ** 2
    half += np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2.0) ** 2
    metres: Floats = 2.0 * EARTH_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return metres
