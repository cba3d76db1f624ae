"""Which stations see their part of a plan, as a commander reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data.store import Store
from routes.model import ActionId

__all__ = ["ShareView", "share_views"]


@dataclass(frozen=True, slots=True)
class ShareView:
    """One station's share. ``ended_at`` is set where it was ended before its time."""

    id: str
    station_id: str
    station: str
    expires_at: datetime
    ended_at: datetime | None


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
