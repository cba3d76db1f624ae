"""What geo offers to, and needs from, the layers above, as Protocols."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, Self

from geo.model import (
    Area,
    AreaKind,
    Floats,
    Geocode,
    HourBand,
    Ints,
    Point,
    TrafficDay,
    TravelMatrix,
    TravelPath,
)

if TYPE_CHECKING:
    from geo.roadtags import TravelMode
    from geo.travel.closures import Closure
    from geo.travel.parts import RoadParts

__all__ = [
    "AreaIndex",
    "Geocoder",
    "ProgressListener",
    "RoadTravel",
    "TimeFactors",
    "TravelEngine",
]


class ProgressListener(Protocol):
    """Told how far long work has come; raises nothing, changes nothing."""

    def __call__(self, done: int, total: int) -> None: ...


class Geocoder(Protocol):
    """Turns address texts into ranked candidates; offline, unless the court allowed a service."""

    def geocode(self, text: str, *, limit: int = 5) -> Geocode:
        """Return up to ``limit`` candidates, the most likely first."""
        ...

    def geocode_many(
        self, texts: Iterable[str], *, limit: int = 5, progress: ProgressListener | None = None
    ) -> list[Geocode]:
        """Return one answer a text, in order."""
        ...


class AreaIndex(Protocol):
    """Answers which area of a kind holds a point."""

    def areas(self, kind: AreaKind) -> Sequence[Area]: ...

    def code_at(self, points_lonlat: Floats, *, kind: AreaKind) -> list[str | None]:
        """Return the area code for each point of shape (n, 2); None outside all."""
        ...


class TimeFactors(Protocol):
    """Corrects how long roads take, from measured times."""

    def by_class(self, kind: TravelMode, band: HourBand, day: TrafficDay) -> Floats:
        """Return what multiplies the time on each :class:`geo.roadtags.RoadClass`, (classes,).

        All profiles of one kind of vehicle share it.
        """
        ...


class TravelEngine(Protocol):
    """Travel times and paths on one road network.

    A point that lies off the network (beyond the engine's snapping limit) is unreachable:
    its row and column hold ``inf``. nan coordinates raise :class:`geo.errors.TravelError`.
    """

    @property
    def profiles(self) -> Collection[str]:
        """Names of the vehicle profiles that can be asked for, such as ``car``."""
        ...

    def matrix(
        self,
        origins_lonlat: Floats,
        targets_lonlat: Floats,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelMatrix:
        """Return travel between all pairs; inputs have shapes (n, 2) and (m, 2)."""
        ...

    def path(
        self,
        origin: Point,
        target: Point,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelPath | None:
        """Return the quickest path with geometry, or None where no road leads."""
        ...


class RoadTravel(TravelEngine, Protocol):
    """A travel engine that closes roads, ranks targets by time, and tells how far one comes."""

    def with_closures(self, closures: Sequence[Closure]) -> Self:
        """Return an engine on which these closures, and no others, are in force.

        Their times are not read: choose by :func:`geo.travel.closures.in_force`. Cheap; what
        was prepared is shared.
        """
        ...

    def nearest(
        self,
        points_lonlat: Floats,
        targets_lonlat: Floats,
        count: int,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> tuple[Ints, Floats]:
        """Return the targets soonest reached from each point, and seconds.

        Both have shape (n, count), the soonest first; -1 and inf where there is no such target.
        """
        ...

    def reach(
        self,
        origins_lonlat: Floats,
        *,
        limit_s: float,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> RoadParts:
        """Return the parts of roads reached within a time from the nearest of the origins."""
        ...
