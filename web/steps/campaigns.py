"""Campaign days for weeks ahead, at the terminal."""

from __future__ import annotations

from datetime import date
from typing import Any

from geo.localtime import local_day
from routes.ports import Clock
from web.campaign_board import campaign_json, campaign_notes, campaigns_of, next_monday
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import marked, translator
from web.progress import stage
from web.steps.geocoding import geocode_claims
from web.wiring import Court, using

__all__ = ["list_campaigns"]


def list_campaigns(
    settings: Settings, *, first: date | None, weeks: int, clock: Clock = system_clock
) -> dict[str, Any]:
    """Return campaign days by township and kind, weeks with their load, and needs.

    Parameters
    ----------
    first
        First day of the first week; None: next Monday.

    Raises
    ------
    WebError
        If the day is past.
    ProblemError
        If nobody is on shift in these weeks.
    """
    with using(Court(settings, clock=clock)) as court:
        say = translator(settings.language)
        start = first or next_monday(court)
        if start < local_day(court.clock()):
            raise WebError("首日 %(day)s 已过，请给出今天或以后的日期", day=start.isoformat())
        geocode_claims(court)
        with stage(settings, marked("估计所在、适用规则、计算行车时间")):
            located = court.locate(
                debtors=court.store.debtors(),
                claims=court.store.claims(),
                outcomes=court.store.outcomes(),
                leads=court.store.leads(),
                now=court.clock(),
                answers=court.store.answers(),
            )
            travel = court.engine if court.has_network else None
            found = campaigns_of(
                court,
                located,
                court.seasons,
                travel,
                first=start,
                weeks=weeks,
                rests=court.policy.rests,
            )
        court.store.audit.append("cli", "campaign.list", "store:-", {"weeks": weeks})
        return {
            "first": start.isoformat(),
            **campaign_json(found, court.areas),
            "notes": [note.render(say) for note in campaign_notes(found)],
        }
