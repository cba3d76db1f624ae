"""Campaign days for weeks ahead: what each township needs, what teams can give, what waiting costs.

A campaign day is a team's day in one township for one kind of case. Week after week those come
first that lose most by waiting, for the team-hours that they take; what finds no room is named as
overload. Nothing is searched: the arithmetic can be done by hand.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from geo.messages import Message
from routes.errors import ProblemError

__all__ = [
    "Campaign",
    "CampaignKind",
    "CampaignPlan",
    "Need",
    "OpenDay",
    "Prospect",
    "Way",
    "WeekLoad",
    "propose",
    "team_s",
]

WEEK_D = 7
_SAME = 1e-9  # of a worth: no reason to wait or not to


class CampaignKind(StrEnum):
    """What a campaign is about; each debtor belongs to one."""

    WAGES = "wages"  # before the Spring Festival
    LEASES = "leases"  # leases and evictions
    RETURNING = "returning"  # at home in a season, away in others
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Prospect:
    """A debtor who may be visited, and what a visit is worth on each open day.

    Parameters
    ----------
    values
        By open day, the expected gain of one visit at its best hour; 0 where none is allowed.
    chances
        By open day, P(found) then.
    later
        What a visit is worth after the last of these days.
    limit
        Last day before something is lost; None where nothing is.
    why
        What is lost then.
    """

    debtor: str
    township: str
    kind: CampaignKind
    values: tuple[float, ...]
    chances: tuple[float, ...]
    later: float
    limit: date | None = None
    why: Message | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How far a township is: seconds from the base, one way, and from door to door."""

    base_s: int
    between_s: int


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A day with the seconds of work of each shift, rests taken off.

    ``assumed``: no calendar knows the day, it was read by its weekday.
    """

    day: date
    shifts_s: tuple[int, ...]
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Campaign:
    """A team's time in one township, for one kind of case, on one day.

    Parameters
    ----------
    debtors
        In the order of what they lose by waiting.
    expected_found, value
        Sums over the debtors on this day.
    lost
        What all of them lose if they wait for the best later day.
    team_s
        From the base and back, with the visits.
    limit, why
        The soonest last day among the debtors, and what is lost after it.
    """

    day: date
    township: str
    kind: CampaignKind
    debtors: tuple[str, ...]
    expected_found: float
    value: float
    lost: float
    team_s: int
    limit: date | None
    why: Message | None


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """What a week needs and holds, in seconds of teams.

    Parameters
    ----------
    pressing_s
        For those who lose by waiting beyond this week.
    planned_s
        Of all campaigns of the week.
    overload_s
        Of those who lose by waiting and found no room in this week.
    left_waiting
        How many debtors these are.
    """

    first: date
    capacity_s: int
    pressing_s: int
    planned_s: int
    overload_s: int
    left_waiting: int
    assumed_days: int


@dataclass(frozen=True, slots=True)
class Need:
    """What a township needs for one kind of case, whenever it is done.

    ``planned`` counts the debtors that have a campaign; ``team_s`` is 0 where no road leads.
    """

    township: str
    kind: CampaignKind
    debtors: int
    expected_found: float
    team_s: int
    planned: int
    reachable: bool


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """Campaigns by day, those that lose most by waiting first; loads by week; needs."""

    campaigns: tuple[Campaign, ...]
    weeks: tuple[WeekLoad, ...]
    needs: tuple[Need, ...]


def team_s(visits: int, way: Way, service_s: int) -> int:
    """Return seconds of a team for some visits in a township, from the base and back."""
    if visits == 0:
        return 0
    return 2 * way.base_s + visits * service_s + (visits - 1) * way.between_s


def propose(
    prospects: Sequence[Prospect],
    days: Sequence[OpenDay],
    ways: Mapping[str, Way],
    *,
    first: date,
    weeks: int,
    service_s: int,
) -> CampaignPlan:
    """Return campaign days for some weeks.

    In each week first those who lose by waiting beyond it, by loss for a team-second; then, while
    there is room, those for whom no later day is better, the soonest limit first, else by worth
    for a team-second. A campaign
    takes the day of the week that is worth most and has a shift with room. Who found no room at
    the best time takes what is left at others.

    Parameters
    ----------
    days
        Open days in order, as ``values`` of the prospects name them.
    ways
        By township; one that is missing cannot be reached.
    first
        First day of the first week.
    service_s
        Seconds at a door.

    Raises
    ------
    ProblemError
        If a prospect has not one value and chance a day.
    """
    if any(not len(one.values) == len(one.chances) == len(days) for one in prospects):
        raise ProblemError("行动对象的价值须与日期一一对应")
    return _Proposer(days, ways, service_s).plan(prospects, first, weeks)


@dataclass(slots=True)
class _Block:
    """Prospects of one township and kind that one shift can visit, with what each loses."""

    way: Way
    members: list[tuple[float, Prospect]]

    def seconds(self, service_s: int) -> int:
        return team_s(len(self.members), self.way, service_s)

    def first(self, count: int) -> _Block:
        return replace(self, members=self.members[:count])

    def rest(self, count: int) -> _Block:
        return replace(self, members=self.members[count:])


def _urgent_first(member: tuple[float, Prospect]) -> tuple[float, date, float, str]:
    loss, one = member
    return -loss, one.limit or date.max, -max(one.values), one.debtor


class _Proposer:
    def __init__(self, days: Sequence[OpenDay], ways: Mapping[str, Way], service_s: int) -> None:
        self.days = days
        self.ways = ways
        self.service_s = service_s
        self.room_s = [list(one.shifts_s) for one in days]
        self.longest_s = max((s for one in days for s in one.shifts_s), default=0)
        self.campaigns: list[Campaign] = []

    def plan(self, prospects: Sequence[Prospect], first: date, weeks: int) -> CampaignPlan:
        pending = {
            one.debtor: one for one in prospects if one.township in self.ways and self._most(one)
        }
        loads: list[WeekLoad] = []
        end = first
        for week in range(weeks):
            start = first + timedelta(days=WEEK_D * week)
            end = start + timedelta(days=WEEK_D)
            here = [k for k, one in enumerate(self.days) if start <= one.day < end]
            after = [k for k, one in enumerate(self.days) if one.day >= end]
            loads.append(self._week(start, here, after, pending))
        inside = [k for k, one in enumerate(self.days) if first <= one.day < end]
        self._fill(pending, inside)
        made = {debtor for one in self.campaigns for debtor in one.debtors}
        planned_s: defaultdict[date, int] = defaultdict(int)
        for each in self.campaigns:
            past_d = (each.day - first).days % WEEK_D
            planned_s[each.day - timedelta(days=past_d)] += each.team_s
        loads = [replace(load, planned_s=planned_s[load.first]) for load in loads]
        order = sorted(self.campaigns, key=lambda one: (one.day, -one.lost, one.township, one.kind))
        return CampaignPlan(tuple(order), tuple(loads), self._needs(prospects, made))

    def _most(self, one: Prospect) -> int:
        """Return how many of a township's doors the longest shift visits."""
        way = self.ways[one.township]
        left_s = self.longest_s - 2 * way.base_s + way.between_s
        each_s = self.service_s + way.between_s
        return max(0, left_s // each_s) if each_s else 0

    def _week(
        self, start: date, here: list[int], after: list[int], pending: dict[str, Prospect]
    ) -> WeekLoad:
        pressing: list[tuple[float, Prospect]] = []
        patient: list[tuple[float, Prospect]] = []
        for one in pending.values():
            now = max((one.values[k] for k in here), default=0.0)
            then = max((one.later, *(one.values[k] for k in after)))
            if now > then + _SAME:
                pressing.append((now - then, one))
            elif now > max(then - _SAME, 0.0):
                patient.append((0.0, one))
        blocks = self._blocks(pressing)
        overload_s = left = 0
        for block in sorted(blocks, key=self._by_loss):
            placed, rest = self._place(block, here)
            overload_s += rest.seconds(self.service_s)
            left += len(rest.members)
            for _, one in placed.members:
                del pending[one.debtor]
        for block in sorted(self._blocks(patient), key=lambda each: self._by_worth(each, here)):
            placed, _rest = self._place(block, here)
            for _, one in placed.members:
                del pending[one.debtor]
        return WeekLoad(
            first=start,
            capacity_s=sum(sum(self.days[k].shifts_s) for k in here),
            pressing_s=sum(block.seconds(self.service_s) for block in blocks),
            planned_s=0,
            overload_s=overload_s,
            left_waiting=left,
            assumed_days=sum(self.days[k].assumed for k in here),
        )

    def _fill(self, pending: Mapping[str, Prospect], here: list[int]) -> None:
        """Put those who found no room on their best days where there is room on others."""
        left = [(0.0, one) for one in pending.values() if any(one.values[k] > 0.0 for k in here)]
        for block in sorted(self._blocks(left), key=lambda each: self._by_worth(each, here)):
            self._place(block, here)

    def _blocks(self, members: Iterable[tuple[float, Prospect]]) -> list[_Block]:
        """Return members by township and kind, those who lose most first, a shift at a time."""
        grouped: defaultdict[tuple[str, CampaignKind], list[tuple[float, Prospect]]]
        grouped = defaultdict(list)
        for loss, one in members:
            grouped[one.township, one.kind].append((loss, one))
        blocks = []
        for (township, _kind), found in sorted(grouped.items()):
            found.sort(key=_urgent_first)
            most = self._most(found[0][1])
            blocks += [
                _Block(self.ways[township], found[at : at + most])
                for at in range(0, len(found), most)
            ]
        return blocks

    def _by_loss(self, block: _Block) -> tuple[float, date, str, str]:
        loss = math.fsum(loss for loss, _ in block.members) / block.seconds(self.service_s)
        limits = [one.limit for _, one in block.members if one.limit is not None]
        head = block.members[0][1]
        return -loss, min(limits, default=date.max), head.township, head.debtor

    def _by_worth(self, block: _Block, here: list[int]) -> tuple[date, float, str, str]:
        worth = max((self._value(block, k) for k in here), default=0.0)
        head = block.members[0][1]
        limit = head.limit or date.max
        return limit, -worth / block.seconds(self.service_s), head.township, head.debtor

    def _value(self, block: _Block, k: int) -> float:
        return math.fsum(one.values[k] for _, one in block.members)

    def _place(self, block: _Block, here: list[int]) -> tuple[_Block, _Block]:
        """Put as much of a block as fits on the best day; return what was put and what not."""
        room_s = max((room for k in here for room in self.room_s[k]), default=0)
        count = len(block.members)
        while count and block.first(count).seconds(self.service_s) > room_s:
            count -= 1
        placed, rest = block.first(count), block.rest(count)
        if not count:
            return placed, rest
        needed_s = placed.seconds(self.service_s)
        fitting = [k for k in here if max(self.room_s[k], default=0) >= needed_s]
        k = max(fitting, key=lambda day: (self._value(placed, day), -day))
        shift = min(
            (n for n, room in enumerate(self.room_s[k]) if room >= needed_s),
            key=lambda n: self.room_s[k][n],
        )
        self.room_s[k][shift] -= needed_s
        self.campaigns.append(self._campaign(placed, k, needed_s))
        return placed, rest

    def _campaign(self, block: _Block, k: int, needed_s: int) -> Campaign:
        members = [one for _, one in block.members]
        limited = [one for one in members if one.limit is not None]
        soonest = min(limited, key=lambda one: (one.limit or date.max, one.debtor), default=None)
        return Campaign(
            day=self.days[k].day,
            township=members[0].township,
            kind=members[0].kind,
            debtors=tuple(one.debtor for one in members),
            expected_found=math.fsum(one.chances[k] for one in members),
            value=self._value(block, k),
            lost=math.fsum(loss for loss, _ in block.members),
            team_s=needed_s,
            limit=None if soonest is None else soonest.limit,
            why=None if soonest is None else soonest.why,
        )

    def _needs(self, prospects: Sequence[Prospect], made: set[str]) -> tuple[Need, ...]:
        grouped: defaultdict[tuple[str, CampaignKind], list[Prospect]] = defaultdict(list)
        for one in prospects:
            grouped[one.township, one.kind].append(one)
        needs = []
        for (township, kind), found in sorted(grouped.items()):
            way = self.ways.get(township)
            most = 0 if way is None else self._most(found[0])
            seconds = 0
            if way is not None and most:
                whole, left = divmod(len(found), most)
                seconds = whole * team_s(most, way, self.service_s)
                seconds += team_s(left, way, self.service_s)
            best = (max(one.chances, default=0.0) for one in found)
            needs.append(
                Need(
                    township,
                    kind,
                    len(found),
                    math.fsum(best),
                    seconds,
                    sum(one.debtor in made for one in found),
                    reachable=most > 0,
                )
            )
        return tuple(needs)
