"""What the screens need from below, as one frozen value; ``web/wiring.py`` fills it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from flask import Flask, current_app

from data.signing import PublicKey
from data.store import Store
from geo.model import Datum
from geo.ports import AreaIndex, RoadTravel
from geo.travel import Profile
from routes.calendar import WorkCalendar
from routes.checks import CheckAnswer
from routes.locating import Located, LocatingParameters, default_parameters
from routes.locating.columns import ClaimColumns, DebtorColumns
from routes.model import AddressClaim, Debtor, Lead, Outcome
from routes.planning.policy import PlanningPolicy, default_policy
from routes.ports import Clock
from routes.rules import RuleProfile
from routes.rules.profile import profile_values
from routes.seasons import Seasons, default_seasons
from web.live_events import LiveEvents
from web.local_places import LocalPlaces
from web.network_board import RoadBoard
from web.overview_index import OverviewIndex
from web.queueing import JobQueue
from web.route_lines import KnownLines
from web.single_sign_on import SingleSignOn

__all__ = [
    "Locate",
    "PictureSource",
    "Services",
    "TileSource",
    "attach",
    "services",
]

_KEY = "fieldwrit"


class TileSource(Protocol):
    """A base map cut into vector tiles."""

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return one tile's bytes, or None where the map is empty."""
        ...


class RasterSource(Protocol):
    """The base map as pictures."""

    def tile(self, theme: str, scale: int, z: int, x: int, y: int) -> bytes | None:
        """Return one picture as PNG, or None beyond the zooms and the edges of the map."""
        ...


class PictureSource(Protocol):
    """Pictures of the map that are fetched of a server; see :mod:`web.tile_server`."""

    kind: str
    layers: tuple[str, ...]
    datum: Datum
    attribution: str
    max_zoom: int

    def tile(self, layer: str, z: int, x: int, y: int) -> bytes:
        """Return one picture; :class:`~web.pictures.NoPictureError` where there is none."""
        ...


class Locate(Protocol):
    """The locating model with its parameters bound."""

    def __call__(
        self,
        *,
        debtors: Iterable[Debtor] | DebtorColumns,
        claims: Iterable[AddressClaim] | ClaimColumns,
        outcomes: Iterable[Outcome],
        leads: Iterable[Lead],
        now: datetime,
        answers: Iterable[CheckAnswer] = (),
    ) -> Located: ...


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """The parts that screens call; optional ones may be missing on a fresh installation.

    ``vehicles`` are those that the engine goes by. ``road_report`` tells in a language what was
    read from the road file. ``queue`` takes long work, with its files in ``uploads_dir`` and
    ``packs_dir``, ``certificates_dir`` holds those of erasures; ``public_key`` is that of the
    audit's signed checkpoints. ``rule_values`` are the parameters of ``profile`` as written.
    ``overview`` keeps what the overview map shows of the store, ``lines`` the ways of plans;
    ``live_events`` hands out the streams of the live room.
    """

    store: Store
    clock: Clock
    locate: Locate
    profile: RuleProfile
    calendar: WorkCalendar
    vehicles: Mapping[str, Profile]
    areas: AreaIndex | None = None
    places: LocalPlaces | None = None
    engine: RoadTravel | None = None
    basemap: TileSource | None = None
    raster: RasterSource | None = None
    tile_server: PictureSource | None = None
    roads: RoadBoard | None = None
    road_report: Callable[[str], Sequence[str]] | None = None
    seasons: Seasons = field(default_factory=default_seasons)
    policy: PlanningPolicy = field(default_factory=default_policy)
    parameters: LocatingParameters = field(default_factory=default_parameters)
    single_sign_on: SingleSignOn | None = None
    queue: JobQueue | None = None
    overview: OverviewIndex = field(default_factory=OverviewIndex)
    lines: KnownLines = field(default_factory=KnownLines)
    live_events: LiveEvents = field(default_factory=lambda: LiveEvents(0))
    public_key: PublicKey | None = None
    uploads_dir: Path = Path("uploads")
    packs_dir: Path = Path("packs")
    certificates_dir: Path = Path("certificates")
    rule_values: Mapping[str, Any] = field(default_factory=profile_values)


def services() -> Services:
    """Return the services of the running application."""
    found: Services = current_app.extensions[_KEY]
    return found


def attach(app: Flask, given: Services) -> None:
    """Let the views of ``app`` find these services."""
    app.extensions[_KEY] = given
