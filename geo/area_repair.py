"""Invalid polygons made valid, with an account of what that did to their area."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.coordinates import area_m2
from geo.messages import Message, message
from geo.model import Point

__all__ = ["MAX_LOST_SHARE", "Mending", "fault_of", "mend", "polygonal"]

MAX_LOST_SHARE = 0.05
"""Share of the drawn area that a repair may drop; beyond, a person has to draw it anew."""

_POLYGONAL = ("Polygon", "MultiPolygon")
_REASONS: Mapping[str, Message] = MappingProxyType(
    {
        "Self-intersection": message("边界自相交"),
        "Ring Self-intersection": message("边界在一点上自相交"),
        "Hole lies outside shell": message("空洞位于外边界之外"),
        "Holes are nested": message("空洞中又有空洞"),
        "Nested shells": message("面的各部分互相套叠"),
        "Interior is disconnected": message("内部被空洞隔断"),
        "Duplicate Rings": message("环重复"),
        "Too few points in geometry component": message("环的点数不足"),
        "Ring is not closed": message("环未闭合"),
    }
)
_OTHER = message("边界不合规范")
_REASON = re.compile(r"(?P<words>[^\[]+)(?:\[(?P<x>\S+) (?P<y>[^\]\s]+)\])?")


@dataclass(frozen=True, slots=True)
class Mending:
    """What was wrong with a polygon and what its repair did.

    Parameters
    ----------
    reason
        The first fault found.
    near
        Where that is, to about a hundred metres; None where GEOS names no place.
    stated_m2
        Area by the rings as they stand, loops that turn the other way counted negative: what
        most programs show for the broken polygon.
    mended_m2
        Area of the valid polygon.
    lost_m2
        Area that some ring encloses and that is neither in the result nor in a proper hole.
    """

    reason: Message
    near: Point | None
    stated_m2: float
    mended_m2: float
    lost_m2: float

    @property
    def changed_m2(self) -> float:
        """By how much the area differs from the stated one."""
        return abs(self.mended_m2 - self.stated_m2)

    @property
    def changed_share(self) -> float:
        """The change as a share of the larger of the two areas."""
        return self.changed_m2 / max(self.mended_m2, self.stated_m2, 1e-9)

    @property
    def lost_share(self) -> float:
        """The loss as a share of all that was drawn."""
        return self.lost_m2 / max(self.mended_m2 + self.lost_m2, 1e-9)


def mend(shape: BaseGeometry) -> tuple[BaseGeometry | None, Mending | None]:
    """Return a valid polygon for one in WGS84 degrees, and what was mended if anything.

    Each ring is made valid by itself (all that it winds around is inside), the parts are
    united, and holes are cut from their own part only, so that a hole which lies outside of
    its shell does not become land, as :func:`shapely.make_valid` would have it.

    Parameters
    ----------
    shape
        A polygon or multipolygon in two dimensions with finite coordinates.

    Returns
    -------
    tuple
        None in the place of the polygon where no area is left.
    """
    if shape.is_valid:
        return polygonal(shape), None
    parts = shapely.get_parts(shape)
    rings = [shapely.get_rings(part) for part in parts]
    shells = [_filled(of_part[:1]) for of_part in rings]
    holes = [_filled(of_part[1:]) for of_part in rings]
    kept = shapely.union_all(shapely.difference(shells, holes))
    drawn = shapely.union_all([*shells, *holes])
    proper = shapely.union_all(shapely.intersection(shells, holes))
    lost = shapely.difference(shapely.difference(drawn, kept), proper)
    polygon = polygonal(kept)
    reason, near = _reason(shape)
    mending = Mending(
        reason,
        near,
        stated_m2=float(np.sum(area_m2(parts))),
        mended_m2=0.0 if polygon is None else float(area_m2(polygon)),
        lost_m2=float(area_m2(lost)),
    )
    return polygon, mending


def fault_of(shape: BaseGeometry) -> Message | None:
    """Return what makes a polygon invalid, or None for a valid one."""
    return None if shape.is_valid else _reason(shape)[0]


def polygonal(shape: BaseGeometry) -> BaseGeometry | None:
    """Return the part of a valid shape that has area, or None."""
    if shape.geom_type not in _POLYGONAL:
        parts = [part for part in shapely.get_parts(shape) if part.geom_type in _POLYGONAL]
        shape = shapely.union_all(parts)
    return shape if shape.area > 0 else None


def _filled(rings: npt.NDArray[np.object_]) -> BaseGeometry:
    """Return all that some of the rings wind around."""
    wound = np.array(
        [
            shapely.make_valid(shapely.polygons(ring), method="structure", keep_collapsed=False)
            for ring in rings
        ],
        dtype=object,
    )
    return shapely.union_all(wound[shapely.get_dimensions(wound) == 2])


def _reason(shape: BaseGeometry) -> tuple[Message, Point | None]:
    found = _REASON.match(shapely.is_valid_reason(shape))
    if found is None:
        return _OTHER, None
    near = None
    if found["x"] is not None:
        near = Point(round(float(found["x"]), 3), round(float(found["y"]), 3))
    return _REASONS.get(found["words"].strip(), _OTHER), near
