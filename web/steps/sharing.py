"""Who sees a plan: the shares of its stations, listed and ended at the terminal."""

from __future__ import annotations

from typing import Any

from data.rights import Right
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import ApprovalError
from web.person import Person
from web.share_board import share_views
from web.steps.accounts import person_who_may
from web.wiring import Court, using

__all__ = ["end_share", "list_shares"]


def list_shares(settings: Settings, action: str, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Return the stations that a plan was shared with, until when, and which share was ended."""
    with using(Court(settings, clock=clock)) as court:
        action_id, _problem, _plan = court.stored_plan(action)
        court.store.audit.append("cli", "share.list", f"action:{action_id}")
        return {
            "action": str(action_id),
            "shares": [
                {
                    "station": one.station_id,
                    "expires_at": one.expires_at.isoformat(),
                    "ended_at": None if one.ended_at is None else one.ended_at.isoformat(),
                }
                for one in share_views(court.store, action_id)
            ],
        }


def end_share(
    settings: Settings,
    action: str,
    station_id: str,
    *,
    person: Person,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """End what a station sees of a plan, in the name of a person.

    Raises
    ------
    WebError
        If the person is not known here, or may not share.
    ApprovalError
        If the plan is not shared with the station now.
    """
    with using(Court(settings, clock=clock)) as court:
        by = person_who_may(court.store, person, Right.SHARE_WRITE)
        action_id, _problem, _plan = court.stored_plan(action)
        held = court.store.shares.for_station(station_id, court.clock())
        share = next((one for one in held if one.action_id == action_id), None)
        if share is None:
            raise ApprovalError(
                "计划 %(id)s 现在没有共享给派出所 %(station)s；可用 fieldwrit plan shares 查看",
                id=action_id,
                station=station_id,
            )
        court.store.shares.revoke(share.id, by.id)
        return {"action": str(action_id), "station": station_id, "ended": True}
