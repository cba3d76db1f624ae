"""Parts of roads that can be reached within a limit of time."""

from __future__ import annotations

from dataclasses import dataclass

from geo.model import Floats, Ints

__all__ = ["RoadParts"]


@dataclass(frozen=True, slots=True, eq=False)
class RoadParts:
    """Reached parts of roads, one row a part and direction of travel; arrays of shape (k,).

    Parameters
    ----------
    road
        Row of the road.
    from_share, to_share
        Where the part begins and ends in the direction of travel, as shares of the road's
        length from its tail; ``from_share`` is the larger one against the drawing.
    from_s, to_s
        Seconds from the origin to both, at most the limit.
    """

    road: Ints
    from_share: Floats
    to_share: Floats
    from_s: Floats
    to_s: Floats
