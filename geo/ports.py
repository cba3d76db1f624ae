"""What geo offers to, and needs from, the layers above, as Protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from geo.model import (
    Area,
    AreaKind,
    Floats,
    Geocode,
    HourBand,
    Point,
    TrafficDay,
    TravelMatrix,
    TravelPath,
)

__all__ = ["AreaIndex", "Geocoder", "ProgressListener", "TimeFactors", "TravelEngine"]


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

    def by_class(self, profile: str, band: HourBand, day: TrafficDay) -> Floats:
        """Return what multiplies the time on each :class:`geo.roadtags.RoadClass`, (classes,)."""
        ...


class TravelEngine(Protocol):
    """Travel times and paths on one road network.

    A point that lies off the network (beyond the engine's snapping limit) is unreachable:
    its row and column hold ``inf``. nan coordinates raise :class:`geo.errors.TravelError`.
    """

    @property
    def profiles(self) -> tuple[str, ...]:
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
