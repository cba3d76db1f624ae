"""How likely somebody is at a place of a kind, by band and day type, learned from outcomes.

A Beta prior for each kind, band and day type, updated by the visits that tell: *found* counts
as there, *lives here but absent* as away. So few visits move the configured mean a little,
many move it far (Beta-Binomial shrinkage).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from geo.localtime import DAY_S, local_day
from routes.calendar import DayKind, WorkCalendar
from routes.errors import CalendarError
from routes.locating.parameters import DayType, LocatingParameters
from routes.model import AddressClaim, Outcome, OutcomeKind, PlaceKind, VisitBand

__all__ = ["DayTypes", "PresenceCell", "PresenceTable", "age_days", "learn_presence"]


@dataclass(frozen=True, slots=True)
class PresenceCell:
    """Posterior of presence for one kind, band and day type.

    Parameters
    ----------
    mean
        Posterior mean, inside the limits of the parameters.
    found, absent
        Weighted visits that were counted: there, and away.
    """

    mean: float
    found: float
    absent: float


PresenceTable = Mapping[tuple[PlaceKind, VisitBand, DayType], PresenceCell]


class DayTypes:
    """Day types of past days; a day that no calendar knows is read by its weekday.

    That is good enough for statistics. Rules never use this.
    """

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar
        self._known: dict[date, DayType] = {}

    def __call__(self, day: date) -> DayType:
        held = self._known.get(day)
        if held is None:
            try:
                workday = self._calendar.day_kind(day) is DayKind.WORKDAY
            except CalendarError:
                workday = day.weekday() < 5
            held = self._known[day] = DayType.WORKDAY if workday else DayType.REST_DAY
        return held


def age_days(moment: datetime, now: datetime) -> float:
    """Return the days from a moment to now; a future moment has age zero."""
    return max((now - moment).total_seconds() / DAY_S, 0.0)


def learn_presence(
    claims: Iterable[AddressClaim],
    outcomes: Iterable[Outcome],
    *,
    now: datetime,
    parameters: LocatingParameters,
    calendar: WorkCalendar | None = None,
) -> PresenceTable:
    """Return presence by kind of place, band and day type, over all cases given.

    Parameters
    ----------
    claims
        Claims that the outcomes speak of; an outcome of another claim is left out.
    outcomes
        Visits; withdrawn ones and ones after ``now`` are left out.
    now
        Aware; an outcome's weight halves with each half-life before it.
    """
    kinds = {claim.id: claim.kind for claim in claims}
    day_type = DayTypes(calendar or WorkCalendar())
    rule = parameters.presence
    seen: dict[tuple[PlaceKind, VisitBand, DayType], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for outcome in outcomes:
        kind = kinds.get(outcome.claim_id)
        if kind is None or outcome.withdrawn or outcome.at > now:
            continue
        if outcome.kind not in (OutcomeKind.FOUND, OutcomeKind.LIVES_HERE_ABSENT):
            continue
        weight = 2.0 ** (-age_days(outcome.at, now) / rule.half_life_d)
        day = day_type(local_day(outcome.at))
        seen[kind, outcome.band, day][outcome.kind is not OutcomeKind.FOUND] += weight
    table: dict[tuple[PlaceKind, VisitBand, DayType], PresenceCell] = {}
    for key, prior in rule.mean.items():
        found, absent = seen.get(key, (0.0, 0.0))
        mean = (rule.strength * prior + found) / (rule.strength + found + absent)
        table[key] = PresenceCell(min(max(mean, rule.least), rule.most), found, absent)
    return table
