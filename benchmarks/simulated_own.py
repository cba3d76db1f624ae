"""A truth drawn from the locating model's own numbers: what it must be right about.

The draws follow the model's description (decisions 0080 and 0087), one debtor and one visit at a
time, and call none of its code: an error in the compiled enumeration shows as a calibration error
here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from benchmarks.simulated_district import Case, VisitRows, outcomes_of
from benchmarks.simulated_people import day_types
from geo.localtime import moment_at
from geo.model import Ints, Point, Precision
from routes.locating import DayType, LocatingParameters
from routes.model import (
    AddressClaim,
    CaseId,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    Lead,
    Outcome,
    OutcomeKind,
    Place,
    PlaceKind,
    SecretText,
    VisitBand,
)

__all__ = ["OwnTruth", "draw_own"]

_PAST_D = 182
_VISITS, _TESTS = 10, 3
_FINE = (Precision.DOOR, Precision.INTERPOLATED, Precision.POI)
_COARSE = (Precision.ROAD, Precision.VILLAGE)
_OF_WORK = (ClaimSource.SOCIAL_INSURANCE, ClaimSource.APPLICANT, ClaimSource.LIAISON)
_KINDS = tuple(OutcomeKind)
_BANDS = tuple(VisitBand)
_DAYS = tuple(DayType)
_IN_VAIN = (OutcomeKind.MOVED, OutcomeKind.NO_SUCH_ADDRESS, OutcomeKind.NAMESAKE)
_SELDOM = 0.1  # weight of a claim after such a report, as in the fixed policy
_K = TypeVar("_K")


@dataclass(frozen=True, slots=True, eq=False)
class OwnTruth:
    """What is known on the first day of a week, and what visits of that week find.

    Parameters
    ----------
    today
        Number of that day; all ``outcomes`` are before it, all ``visits`` in its week.
    """

    known: Case
    today: int
    outcomes: tuple[Outcome, ...]
    visits: VisitRows
    found: npt.NDArray[np.bool_]


@dataclass(slots=True)
class _Spot:
    """A place of a debtor while it is being made: what was stated of it, as home and by day."""

    point: Point
    fine: bool
    home: list[AddressClaim]
    day: list[AddressClaim]
    leads_home: int = 0
    leads_day: int = 0
    told: frozenset[VisitBand] = frozenset()


def draw_own(believed: LocatingParameters, *, seed: int, debtors: int, start: date) -> OwnTruth:
    """Draw debtors, their statements, visits of half a year, and visits of the week after."""
    random = np.random.default_rng(seed)
    kinds = day_types(start, _PAST_D + 7)
    people: list[Debtor] = []
    claims: list[AddressClaim] = []
    leads: list[Lead] = []
    rows: list[tuple[int, int, int, int]] = []
    tests: list[tuple[int, int, int, int]] = []
    owner: list[int] = []
    for row in range(debtors):
        company = random.random() < 0.12
        name = DebtorId(f"d{row}")
        kind = DebtorKind.COMPANY if company else DebtorKind.PERSON
        people.append(Debtor(name, CaseId(f"c{row}"), kind, SecretText("示例")))
        draw = _OneDebtor(believed, random, kinds, name, company, start)
        first = len(claims)
        claims += draw.claims
        leads += draw.leads
        owner += [row] * len(draw.claims)
        for past, count, into in ((True, _VISITS, rows), (False, _TESTS, tests)):
            for claim, day, band, outcome in draw.visits(count, past=past):
                into.append((first + claim, day, band, outcome))
    known = Case(start, tuple(people), tuple(claims), tuple(leads), np.array(owner, dtype=np.int64))
    before, after = (_rows(each) for each in (rows, tests))
    return OwnTruth(
        known=known,
        today=_PAST_D,
        outcomes=outcomes_of(known, *before),
        visits=after[0],
        found=after[1] == _KINDS.index(OutcomeKind.FOUND),
    )


def _rows(made: list[tuple[int, int, int, int]]) -> tuple[VisitRows, Ints]:
    claim, day, band, kind = np.array(made, dtype=np.int64).T
    return VisitRows(claim, day, band, np.zeros_like(claim)), kind


class _OneDebtor:
    """Draws all that is known of one debtor and all that is hidden."""

    def __init__(
        self,
        believed: LocatingParameters,
        random: np.random.Generator,
        kinds: Ints,
        name: DebtorId,
        company: bool,
        start: date,
    ) -> None:
        self._believed, self._random, self._kinds = believed, random, kinds
        self._name, self._company, self._start = name, company, start
        self._today = start + timedelta(days=_PAST_D)
        self.claims: list[AddressClaim] = []
        self.leads: list[Lead] = []
        self._spots: list[_Spot] = []
        self._spot_of: list[int] = []
        for _ in range(int(random.integers(2, 8))):
            self._state()
        if random.random() < 0.15:
            self._lead()
        self._homes, self._days = self._history(home=True), self._history(home=False)
        self._habit = float(random.normal(0.0, believed.presence.habit_sd))
        self._away: dict[tuple[str, int], bool] = {}
        self._at: dict[tuple[int, int], int] = {}
        self._worth = dict.fromkeys(range(len(self.claims)), 1.0)

    def _state(self) -> None:
        """Add a statement, of a new place or of one that was stated before."""
        random = self._random
        number = len(self.claims)
        again = [i for i, spot in enumerate(self._spots) if spot.fine]
        if again and random.random() < 0.3:
            at = again[random.integers(len(again))]
        else:
            at = len(self._spots)
            point = Point(118.0 + 0.01 * at, 25.0 + 0.01 * random.random())
            self._spots.append(_Spot(point, bool(random.random() < 0.8), [], []))
        spot = self._spots[at]
        sources = tuple(ClaimSource)
        by_day = self._company or random.random() < 0.35
        if by_day and not self._company:
            source = _OF_WORK[random.integers(len(_OF_WORK))]
            kind = (PlaceKind.WORK, PlaceKind.BUSINESS)[random.integers(2)]
        elif by_day:
            source = sources[random.integers(len(sources))]
            kind = (PlaceKind.REGISTERED, PlaceKind.BUSINESS)[random.integers(2)]
        else:
            source = sources[random.integers(len(sources))]
            kind = PlaceKind.HOME
        precisions = _FINE if spot.fine else _COARSE
        claim = AddressClaim(
            id=ClaimId(f"{self._name}-{number}"),
            debtor_id=self._name,
            text=SecretText(f"示例 {self._name} {number}"),
            source=source,
            kind=kind,
            seen_on=self._today - timedelta(days=1 + number + int(random.exponential(500.0))),
            place=Place(
                spot.point,
                precisions[random.integers(len(precisions))],
                float(random.uniform(0.4, 0.99)),
            ),
        )
        self.claims.append(claim)
        self._spot_of.append(at)
        (spot.day if by_day else spot.home).append(claim)

    def _lead(self) -> None:
        random = self._random
        number = int(random.integers(len(self.claims)))
        claim, spot = self.claims[number], self._spots[self._spot_of[number]]
        band = _BANDS[random.integers(len(_BANDS))] if random.random() < 0.5 else None
        received = moment_at(self._today, -86_400)
        self.leads.append(
            Lead(
                id=f"{self._name}-l",
                debtor_id=self._name,
                source="示例",
                received_at=received,
                expires_at=received + timedelta(days=30),
                claim_id=claim.id,
                band=band,
            )
        )
        if band is not None:
            spot.told = frozenset({band})
        if claim in spot.day:
            spot.leads_day += 1
        else:
            spot.leads_home += 1

    def _weight(self, claims: list[AddressClaim], base: float, leads: int) -> float:
        """Return the odds of a place: the strongest statement of each family, multiplied."""
        stated = self._believed.claim
        best: dict[str, float] = {}
        for claim in claims:
            assert claim.place is not None
            age_d = (self._today - claim.seen_on).days
            still = 0.5 ** (age_d / stated.half_life_d[claim.source])
            ratio = stated.fresh[claim.source] * still
            ratio += stated.stale[claim.source] * (1.0 - still)
            worth = claim.place.confidence * ratio + 1.0 - claim.place.confidence
            family = stated.family[claim.source]
            best[family] = max(best.get(family, 0.0), worth)
        return base * math.prod(best.values()) * self._believed.lead_ratio**leads

    def _history(self, *, home: bool) -> list[int]:
        """Return the place of each week; at the end of a week it may be drawn anew."""
        rates = self._believed.move
        a_year = rates.residence if home else rates.seat if self._company else rates.day_place
        chance = 1.0 - math.exp(-a_year * 7.0 / 365.25)
        places = [self._draw_anchor(home=home)]
        for _ in range(_PAST_D // 7):
            moves = self._random.random() < chance
            places.append(self._draw_anchor(home=home) if moves else places[-1])
        return places

    def _draw_anchor(self, *, home: bool) -> int:
        """Return the place drawn, or -1."""
        odds = self._believed.anchor
        base = odds.residence if home else odds.seat if self._company else odds.day_place
        weights = [1.0]
        spots = [-1]
        for at, spot in enumerate(self._spots):
            claims = spot.home if home else spot.day
            if claims:
                leads = spot.leads_home if home else spot.leads_day
                weights.append(self._weight(claims, base, leads))
                spots.append(at)
        return spots[self._draw(dict(enumerate(weights)))]

    def _draw(self, weight: dict[_K, float]) -> _K:
        """Draw a key by weight."""
        left = self._random.random() * sum(weight.values())
        for key, value in weight.items():
            left -= value
            if left < 0.0:
                return key
        return next(reversed(weight))

    def _presence(self, at: int, kind: PlaceKind, day: int, band: VisitBand) -> float:
        mean = self._believed.presence.mean[kind, band, _DAYS[self._kinds[day]]]
        odds = mean / (1.0 - mean) * math.exp(self._habit)
        if band in self._spots[at].told:
            odds *= self._believed.lead_band_ratio
        return odds / (1.0 + odds)

    def _where(self, day: int, band: int) -> int:
        """Return the place at which the debtor is, or -1; drawn once for a band."""
        random, away = self._random, self._believed.away
        for unit, number, chance in (("week", day // 7, away.week), ("day", day, away.day)):
            if (unit, number) not in self._away:
                self._away[unit, number] = bool(random.random() < chance)
            if self._away[unit, number]:
                return -1
        if (day, band) not in self._at:
            at = -1
            by_day, home = self._days[day // 7], self._homes[day // 7]
            if by_day >= 0:
                kinds = {claim.kind for claim in self._spots[by_day].day}
                kind = next(
                    each
                    for each in (PlaceKind.BUSINESS, PlaceKind.WORK, PlaceKind.REGISTERED)
                    if each in kinds
                )
                if random.random() < self._presence(by_day, kind, day, _BANDS[band]):
                    at = by_day
            if at < 0 <= home and random.random() < self._presence(
                home, PlaceKind.HOME, day, _BANDS[band]
            ):
                at = home
            self._at[day, band] = at
        return self._at[day, band]

    def visits(self, count: int, *, past: bool) -> list[tuple[int, int, int, int]]:
        """Return claim, day, band and report of visits, of the past or of the week to come."""
        random, made = self._random, list[tuple[int, int, int, int]]()
        for _ in range(count):
            number = self._draw(self._worth)
            day = int(random.integers(_PAST_D)) if past else _PAST_D + int(random.integers(7))
            if past and made and random.random() < 0.3:  # again in the week of the last one
                day = made[-1][1] // 7 * 7 + int(random.integers(7))
            band = int(random.integers(len(_BANDS)))
            report = self._report(number, day, band)
            self._worth[number] = _SELDOM if _KINDS[report] in _IN_VAIN else 1.0
            made.append((number, day, band, report))
        return made

    def _report(self, number: int, day: int, band: int) -> int:
        told, at = self._believed.outcome, self._spot_of[number]
        place = self.claims[number].place
        assert place is not None
        if self._where(day, band) == at:
            met = self._random.random() < self._believed.detection[place.precision]
            table = told.here_present if met else told.here_absent
        elif at in (self._homes[day // 7], self._days[day // 7]):
            table = told.here_absent
        else:
            table = told.not_here
        mistaken = told.mistaken_share
        shares = {
            kind: (1.0 - mistaken) * table[kind] + mistaken * told.mistaken[kind] for kind in _KINDS
        }
        return _KINDS.index(self._draw(shares))
