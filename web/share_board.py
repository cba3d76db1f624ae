"""Which stations see their part of a plan, as a commander reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data.store import Store
from routes.model import ActionId, SupportState

__all__ = ["Ending", "ShareView", "ending", "share_views"]


@dataclass(frozen=True, slots=True)
class ShareView:
    """One station's share. ``ended_at`` is set where it was ended before its time."""

    id: str
    station_id: str
    station: str
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ending:
    """What would end at once: shares, and the requests of their stations that still count.

    ``share_id`` is None where it is the release that would be taken back, with all shares.
    """

    share_id: str | None
    stations: tuple[str, ...]
    confirmed: int
    waiting: int

    @property
    def counted(self) -> str:
        """The numbers as a form sends them back, to tell whether they are still right."""
        return f"{len(self.stations)}-{self.confirmed}-{self.waiting}"


def ending(store: Store, action_id: ActionId, share_id: str | None = None) -> Ending:
    """Return what ends with one share of a plan; with its release where none is named."""
    open_ = [
        one
        for one in share_views(store, action_id)
        if one.ended_at is None and share_id in (None, one.id)
    ]
    stations = {one.station_id for one in open_}
    states = [
        one.state
        for one in (
            *store.support_requests.for_action(action_id),
            *store.support_requests.property_checks(action_id),
        )
        if one.station_id in stations
    ]
    return Ending(
        share_id,
        tuple(one.station for one in open_),
        states.count(SupportState.CONFIRMED),
        sum(state.is_open for state in states),
    )


def share_views(store: Store, action_id: ActionId) -> tuple[ShareView, ...]:
    """Return the last share of each station, by the station's name."""
    names = {station.id: station.name for station in store.stations()}
    latest = {one.station_id: one for one in reversed(store.shares.for_action(action_id))}
    views = (
        ShareView(
            one.id,
            one.station_id,
            names.get(one.station_id, one.station_id),
            one.expires_at,
            one.revoked_at,
        )
        for one in latest.values()
    )
    return tuple(sorted(views, key=lambda view: (view.station, view.station_id)))
