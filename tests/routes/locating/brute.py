"""The locating model once more in plain Python: every hidden variable is enumerated.

Shares no code with the package: it reads debtors, claims, outcomes and leads, not arrays, and
sums the probabilities of whole histories (residence, day place, habit, each week and day away
or not, where the debtor was in each band), without logarithms and without any product rule
beyond "visits of different weeks are independent given the habit and the anchors of each week".
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from geo.model import Precision
from routes.calendar import DayKind, WorkCalendar
from routes.locating import DayType, LocatingParameters, PlannedVisit
from routes.model import (
    AddressClaim,
    ClaimId,
    ClaimSource,
    DebtorKind,
    Lead,
    NamesakeVerdict,
    Outcome,
    OutcomeKind,
    PlaceKind,
    VisitBand,
)

FINE = {Precision.DOOR, Precision.INTERPOLATED, Precision.POI}
ORDER_HOME = [PlaceKind.HOME, PlaceKind.REGISTERED, PlaceKind.BUSINESS, PlaceKind.WORK]
ORDER_DAY = [PlaceKind.BUSINESS, PlaceKind.WORK, PlaceKind.REGISTERED, PlaceKind.HOME]
# Five-point Gauss-Hermite quadrature of the standard normal, from Abramowitz and Stegun 25.4.46.
NODES = [
    (0.0, 8.0 / 15.0),
    *(
        (sign * math.sqrt(5.0 - math.sqrt(10.0)), (7.0 + 2.0 * math.sqrt(10.0)) / 60.0)
        for sign in (-1.0, 1.0)
    ),
    *(
        (sign * math.sqrt(5.0 + math.sqrt(10.0)), (7.0 - 2.0 * math.sqrt(10.0)) / 60.0)
        for sign in (-1.0, 1.0)
    ),
]

Place = int | None
Report = Callable[[str], float]  # probability of a report, by role


@dataclass(frozen=True)
class Seen:
    """A visit with what it reported, past or "not found"."""

    place: int
    day: date
    band: VisitBand
    report: Report


@dataclass
class Brute:
    """One debtor's model."""

    kind: DebtorKind
    claims: Sequence[AddressClaim]
    outcomes: Sequence[Outcome]
    leads: Sequence[Lead]
    now: datetime
    parameters: LocatingParameters

    def __post_init__(self) -> None:
        self.today = (self.now + timedelta(hours=8)).date()
        self.place_of = self._places()
        self.used = [
            c
            for c in self.claims
            if c.seen_on <= self.today
            and (c.expires_on is None or c.expires_on >= self.today)
            and not is_namesakes(c)
        ]
        live = {self.place_of[c.id] for c in self.used}
        self.possible = {self.place_of[c.id] for c in self.claims if not is_namesakes(c)}
        self.past = [s for s in map(self._seen, self.outcomes) if s is not None]
        visited = {seen.place for seen in self.past} - live
        once = [c for c in self.claims if self.place_of[c.id] in visited and not is_namesakes(c)]
        self.naming = [*self.used, *once]
        self.homes = self._weights("home", live | visited)
        self.days = self._weights("day", live | visited)

    def anchor(self, c: AddressClaim) -> str:
        if self.kind is DebtorKind.COMPANY or c.kind in (PlaceKind.WORK, PlaceKind.BUSINESS):
            return "day"
        business = (ClaimSource.COMPANY_REGISTER, ClaimSource.SOCIAL_INSURANCE)
        return "day" if c.kind is PlaceKind.REGISTERED and c.source in business else "home"

    def _places(self) -> dict[ClaimId, int]:
        def same(a: AddressClaim, b: AddressClaim) -> bool:
            fine = [is_fine(c) for c in (a, b)]
            if all(fine):
                assert a.place is not None
                assert b.place is not None
                return a.place.point == b.place.point  # samples are on a spot or far apart
            if a.text != b.text:
                return False
            return not any(fine) or len({c.place.point for c in self._fine_of(a)}) == 1

        return {
            c.id: next(g for g, group in enumerate(self._closed(self.claims, same)) if c in group)
            for c in self.claims
        }

    @staticmethod
    def _closed(
        items: Sequence[AddressClaim], same: Callable[[AddressClaim, AddressClaim], bool]
    ) -> list[list[AddressClaim]]:
        groups: list[list[AddressClaim]] = []
        for item in items:
            touching = [g for g in groups if any(same(item, other) for other in g)]
            groups = [g for g in groups if g not in touching]
            groups.append([*itertools.chain.from_iterable(touching), item])
        return groups

    def _fine_of(self, c: AddressClaim) -> list[AddressClaim]:
        """Return the fine claims with the text of this one."""
        return [other for other in self.claims if other.text == c.text and is_fine(other)]

    def confidence(self, c: AddressClaim) -> float:
        own = [x for x in self._fine_of(c) if self.place_of[x.id] == self.place_of[c.id]]
        if own and not is_fine(c):
            return max(x.place.confidence for x in own)
        return 0.0 if c.place is None else c.place.confidence

    def ratio(self, c: AddressClaim) -> float:
        numbers = self.parameters.claim
        still = 0.5 ** (max((self.today - c.seen_on).days, 0) / numbers.half_life_d[c.source])
        ratio = still * numbers.fresh[c.source] + (1.0 - still) * numbers.stale[c.source]
        sure = self.confidence(c) * self.meant(c)[0]
        return sure * ratio + (1.0 - sure)

    def meant(self, c: AddressClaim) -> tuple[float, float]:
        """Return how surely a claim's statement is of its cell, given that one is; and that."""
        cells: dict[tuple[int, str], list[float]] = defaultdict(list)
        mine = 0.0
        numbers = self.parameters.claim

        def one(a: AddressClaim, b: AddressClaim) -> bool:
            said = numbers.family[a.source] == numbers.family[b.source]
            said = said and self.anchor(a) == self.anchor(b)
            wrote = a.source in numbers.transcribing or b.source in numbers.transcribing
            return a.text == b.text and (said or wrote or a.seen_on == b.seen_on)

        def cell(x: AddressClaim) -> tuple[int, str]:
            return self.place_of[x.id], self.anchor(x)

        for group in self._closed(self.used, one):
            best: dict[tuple[int, str], float] = {}
            for x in group:
                best[cell(x)] = max(best.get(cell(x), 0.01), self.confidence(x))
            for key, sure in best.items():
                share = sure / sum(best.values()) if len(best) > 1 else 1.0
                cells[key].append(share)
                if c in group and key == cell(c):
                    mine = share
        named = 1.0 - math.prod(1.0 - share for share in cells[cell(c)])
        return mine / named, named

    def _weights(self, anchor: str, live: set[int]) -> dict[Place, float]:
        numbers = self.parameters
        odds = (
            numbers.anchor.seat
            if self.kind is DebtorKind.COMPANY
            else numbers.anchor.residence
            if anchor == "home"
            else numbers.anchor.day_place
        )

        weights: dict[Place, float] = {None: 1.0}
        for place in live:
            if not any(
                self.place_of[c.id] == place and self.anchor(c) == anchor for c in self.naming
            ):
                continue
            own = [
                c for c in self.used if self.place_of[c.id] == place and self.anchor(c) == anchor
            ]
            told = [max(map(self.ratio, group)) for group in self._closed(own, self._copied(own))]
            leads = self._leads_on(place, anchor)
            named = self.meant(own[0])[1] if own else 1.0
            weights[place] = odds * named * math.prod(told) * numbers.lead_ratio ** len(leads)
        return weights

    def _copied(self, own: Sequence[AddressClaim]) -> Callable[[AddressClaim, AddressClaim], bool]:
        """Return what tells whether one claim repeats another, among those of a place."""
        numbers = self.parameters.claim
        repeats: dict[ClaimId, ClaimId] = {}  # of sources that copy, what they copied

        def copies(c: AddressClaim, other: AddressClaim) -> bool:
            alone = numbers.family[c.source] != numbers.family[other.source]
            return alone and c.text == other.text

        for at, c in enumerate(own):
            if c.source in numbers.transcribing:
                able = [x for x in own if x.source not in numbers.transcribing or x in own[:at]]
                for other in able:
                    if copies(c, other) and (
                        other.source not in numbers.transcribing or other.id not in repeats
                    ):
                        repeats[c.id] = other.id
                        break

        def copied(a: AddressClaim, b: AddressClaim) -> bool:
            if repeats.get(a.id) == b.id or repeats.get(b.id) == a.id:
                return True
            if a.id in repeats or b.id in repeats:
                return False
            same = numbers.family[a.source] == numbers.family[b.source]
            return same or (a.text == b.text and a.seen_on == b.seen_on)

        return copied

    def _usable(self) -> Iterator[tuple[Lead, AddressClaim | None]]:
        by_id = {c.id: c for c in self.claims}
        for lead in self.leads:
            if lead.withdrawn or not lead.received_at <= self.now < lead.expires_at:
                continue
            if lead.claim_id is None or lead.claim_id in by_id:
                yield lead, None if lead.claim_id is None else by_id[lead.claim_id]

    def _leads_on(self, place: int, anchor: str) -> set[str]:
        """Return the sources of the leads on a place; each is heard once."""
        return {
            lead.source
            for lead, c in self._usable()
            if c is not None and self.place_of[c.id] == place and self.anchor(c) == anchor
        }

    def _seen(self, outcome: Outcome) -> Seen | None:
        claim = next(c for c in self.claims if c.id == outcome.claim_id)
        if outcome.withdrawn or outcome.at > self.now:
            return None
        day = (outcome.at + timedelta(hours=8)).date()
        place = self.place_of[claim.id]
        if place not in self.possible:
            return None
        return Seen(place, day, outcome.band, lambda role: self._shares(claim, role)[outcome.kind])

    def _shares(self, claim: AddressClaim, role: str) -> dict[OutcomeKind, float]:
        numbers = self.parameters.outcome
        wrong = numbers.mistaken_share
        return {
            kind: (1.0 - wrong) * share + wrong * numbers.mistaken[kind]
            for kind, share in self._told(claim, role).items()
        }

    def _told(self, claim: AddressClaim, role: str) -> dict[OutcomeKind, float]:
        numbers = self.parameters.outcome
        if role == "not_here":
            return dict(numbers.not_here)
        if role == "absent":
            return dict(numbers.here_absent)
        precision = Precision.NONE if claim.place is None else claim.place.precision
        met = self.parameters.detection[precision]
        return {
            kind: met * numbers.here_present[kind] + (1.0 - met) * numbers.here_absent[kind]
            for kind in OutcomeKind
        }

    def planned(self, visit: PlannedVisit) -> Seen | None:
        """Return the visit with "not found" as its report."""
        claim = next(c for c in self.claims if c.id == visit.claim_id)
        place = self.place_of[claim.id]
        if place not in self.homes and place not in self.days:
            return None
        return Seen(
            place,
            visit.day,
            visit.band,
            lambda role: 1.0 - self._shares(claim, role)[OutcomeKind.FOUND],
        )

    def presence(self, place: int, anchor: str, band: VisitBand, day: date, habit: float) -> float:
        own = [
            c.kind for c in self.naming if self.place_of[c.id] == place and self.anchor(c) == anchor
        ]
        kind = min(own, key=(ORDER_HOME if anchor == "home" else ORDER_DAY).index)
        mean = self.parameters.presence.mean[kind, band, day_type(day)]
        towns = [
            c.place.township_code
            for c in self.claims
            if self.place_of[c.id] == place and c.place is not None and c.place.township_code
        ]
        town = self.parameters.presence.township.get(towns[0], 0.0) if towns else 0.0
        log_odds = math.log(mean / (1.0 - mean)) + town + habit
        if any(
            lead.band is band and (c is None or self.place_of[c.id] == place)
            for lead, c in self._usable()
        ):
            log_odds += math.log(self.parameters.lead_band_ratio)
        return 1.0 / (1.0 + math.exp(-log_odds))

    def states(self, visits: Sequence[Seen]) -> Iterator[tuple[Place, Place, float]]:
        """Yield residence, day place and the probability of both with all the reports."""
        this_week = monday(self.today)
        weeks: dict[date, list[Seen]] = defaultdict(list, {this_week: []})
        for seen in visits:
            weeks[monday(seen.day)].append(seen)
        home, day = (
            {place: weight / sum(odds.values()) for place, weight in odds.items()}
            for odds in (self.homes, self.days)
        )
        for node, share in NODES:
            habit = node * self.parameters.presence.habit_sd
            p = {(r, w): home[r] * day[w] * share for r in home for w in day}
            before = min(weeks)
            for week in sorted(weeks):
                if week <= this_week:  # nobody moves later
                    p = self._moved(p, home, day, (week - before).days / 365.25)
                    before = week
                p = {
                    (r, w): past * self._week(weeks[week], r, w, habit)
                    for (r, w), past in p.items()
                }
            for (r, w), now in p.items():
                yield r, w, now

    def _moved(
        self,
        p: dict[tuple[Place, Place], float],
        home: dict[Place, float],
        day: dict[Place, float],
        years: float,
    ) -> dict[tuple[Place, Place], float]:
        rates = self.parameters.move
        by_day = rates.seat if self.kind is DebtorKind.COMPANY else rates.day_place
        stay_r, stay_w = math.exp(-rates.residence * years), math.exp(-by_day * years)
        return {
            (r, w): sum(
                past
                * ((1.0 - stay_r) * home[r] + (stay_r if r == old_r else 0.0))
                * ((1.0 - stay_w) * day[w] + (stay_w if w == old_w else 0.0))
                for (old_r, old_w), past in p.items()
            )
            for r, w in p
        }

    def _week(self, visits: Sequence[Seen], r: Place, w: Place, habit: float) -> float:
        """Sum over whole histories of one week."""
        away = self.parameters.away
        bands: dict[date, set[VisitBand]] = defaultdict(set)
        for seen in visits:
            bands[seen.day].add(seen.band)
        days = [list(self._days(day, sorted(own), r, w, habit)) for day, own in bands.items()]
        histories: list[tuple[float, dict[tuple[date, VisitBand], str]]] = [(away.week, {})]
        for chosen in itertools.product(*days):
            p = (1.0 - away.week) * math.prod(share for share, _ in chosen)
            histories.append((p, {k: z for _, where in chosen for k, z in where.items()}))
        total = 0.0
        for p, where in histories:
            for seen in visits:
                z = where.get((seen.day, seen.band), "away")
                here = seen.place == {"w": w, "r": r}.get(z)
                mine = seen.place in (r, w)
                p *= seen.report("present" if here else "absent" if mine else "not_here")
            total += p
        return total

    def _days(
        self, day: date, bands: Sequence[VisitBand], r: Place, w: Place, habit: float
    ) -> Iterator[tuple[float, dict[tuple[date, VisitBand], str]]]:
        """Yield the histories of one day: away, or where the debtor is in each band."""
        away = self.parameters.away.day
        yield away, {}
        for where in itertools.product(("w", "r", "out"), repeat=len(bands)):
            p = 1.0 - away
            for band, z in zip(bands, where, strict=True):
                p_w = 0.0 if w is None else self.presence(w, "day", band, day, habit)
                p_r = 0.0 if r is None else self.presence(r, "home", band, day, habit)
                p *= {"w": p_w, "r": (1 - p_w) * p_r, "out": (1 - p_w) * (1 - p_r)}[z]
            yield p, {(day, band): z for band, z in zip(bands, where, strict=True)}

    def p_found(self, visits: Sequence[PlannedVisit]) -> float:
        """Return the probability that one of the visits finds the debtor."""
        new = [seen for seen in map(self.planned, visits) if seen is not None]
        missed = sum(p for *_, p in self.states([*self.past, *new]))
        return 1.0 - missed / self.evidence()

    def evidence(self) -> float:
        return sum(p for *_, p in self.states(self.past))

    def share(self, holds: Callable[[Place, Place], bool]) -> float:
        """Return the posterior of a statement on residence and day place."""
        return sum(p for r, w, p in self.states(self.past) if holds(r, w)) / self.evidence()


def is_fine(c: AddressClaim) -> bool:
    return c.place is not None and c.place.precision in FINE


def is_namesakes(c: AddressClaim) -> bool:
    return c.ruling is not None and c.ruling.verdict is NamesakeVerdict.DIFFERENT


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@cache
def day_type(day: date) -> DayType:
    """Read festivals by hand: a run of days off that holds a statutory holiday."""
    kinds = WorkCalendar()
    if kinds.day_kind(day) is DayKind.WORKDAY:
        return DayType.WORKDAY
    first = last = day
    while kinds.day_kind(first - timedelta(days=1)) is not DayKind.WORKDAY:
        first -= timedelta(days=1)
    while kinds.day_kind(last + timedelta(days=1)) is not DayKind.WORKDAY:
        last += timedelta(days=1)
    run = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    festive = any(kinds.day_kind(d) is DayKind.HOLIDAY for d in run)
    return DayType.FESTIVAL if festive else DayType.REST_DAY
