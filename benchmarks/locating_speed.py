"""Seconds for the full posterior of a large court, and for one more outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import numpy as np

from benchmarks.locating_visits import evidence_at, located_at
from benchmarks.simulated_district import Case, VisitRows, outcomes_of
from benchmarks.travel_timing import seconds
from geo.model import Point, Precision
from routes.locating import LocatingParameters, posterior
from routes.model import (
    AddressClaim,
    CaseId,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    Outcome,
    OutcomeKind,
    Place,
    PlaceKind,
    SecretText,
    VisitBand,
)

__all__ = ["crowded_s", "large_court", "posterior_s", "update_ms", "withdrawal_ms"]

_CLAIMS, _VISITS = 5, 10
_PAST_D = 182
_CROWDED_CLAIMS, _CROWDED_VISITS = 200, 30
_STATED = (
    (ClaimSource.APPLICANT, PlaceKind.HOME, 0),
    (ClaimSource.HOUSEHOLD_REGISTER, PlaceKind.HOME, 1),
    (ClaimSource.LIAISON, PlaceKind.HOME, 0),
    (ClaimSource.SOCIAL_INSURANCE, PlaceKind.WORK, 2),
    (ClaimSource.APPLICANT, PlaceKind.BUSINESS, 3),
)
"""Source, kind of place and place of each claim: two claims agree."""


def large_court(*, seed: int, debtors: int, start: date) -> tuple[Case, tuple[Outcome, ...]]:
    """Return debtors with 5 claims and 10 outcomes each, of half a year."""
    random = np.random.default_rng(seed)
    today = start + timedelta(days=_PAST_D)
    lonlat = random.uniform((118.4, 24.9), (118.7, 25.1), (debtors, _CLAIMS, 2)).tolist()
    age_d = random.integers(1, 2_000, (debtors, _CLAIMS)).tolist()
    people, claims = [], []
    for row in range(debtors):
        name = DebtorId(f"d{row}")
        people.append(Debtor(name, CaseId(f"c{row}"), DebtorKind.PERSON, SecretText("示例")))
        for number, (source, kind, place) in enumerate(_STATED):
            lon, lat = lonlat[row][place]
            claims.append(
                AddressClaim(
                    id=ClaimId(f"{name}-{number}"),
                    debtor_id=name,
                    text=SecretText(f"示例 {row} {number}"),
                    source=source,
                    kind=kind,
                    seen_on=today - timedelta(days=age_d[row][number]),
                    place=Place(Point(lon, lat), Precision.DOOR, 0.9),
                )
            )
    count = debtors * _VISITS
    owner = np.repeat(np.arange(debtors), _VISITS)
    visits = VisitRows(
        claim=owner * _CLAIMS + random.integers(_CLAIMS, size=count),
        day=random.integers(_PAST_D, size=count),
        band=random.integers(len(VisitBand), size=count),
        officer=np.zeros(count, dtype=np.int64),
    )
    known = Case(start, tuple(people), tuple(claims), (), np.arange(debtors * _CLAIMS) // _CLAIMS)
    kinds = random.integers(len(OutcomeKind), size=count)
    return known, outcomes_of(known, visits, kinds)


def crowded_s(parameters: LocatingParameters, *, start: date, repeats: int) -> float:
    """Return the median time to locate and explain one debtor of 200 claims and 30 outcomes.

    All that the page of a case shows of each claim: ranges by band, and both kinds of sentences.
    """
    random = np.random.default_rng(0)
    today = start + timedelta(days=_PAST_D)
    kinds, sources = list(PlaceKind), list(ClaimSource)
    debtor = Debtor(DebtorId("d"), CaseId("c"), DebtorKind.PERSON, SecretText("示例"))
    claims = tuple(
        AddressClaim(
            id=ClaimId(f"d-{number}"),
            debtor_id=debtor.id,
            text=SecretText(f"示例 {number}"),
            source=sources[random.integers(len(sources))],
            kind=kinds[random.integers(len(kinds))],
            seen_on=today - timedelta(days=int(random.integers(1, 2_000))),
            place=Place(Point(118.0 + 0.002 * number, 25.0), Precision.DOOR, 0.9),
        )
        for number in range(_CROWDED_CLAIMS)
    )
    visits = VisitRows(
        claim=random.integers(_CROWDED_CLAIMS, size=_CROWDED_VISITS),
        day=random.integers(_PAST_D, size=_CROWDED_VISITS),
        band=random.integers(len(VisitBand), size=_CROWDED_VISITS),
        officer=np.zeros(_CROWDED_VISITS, dtype=np.int64),
    )
    known = Case(start, (debtor,), claims, (), np.zeros(_CROWDED_CLAIMS, dtype=np.int64))
    outcomes = outcomes_of(known, visits, random.integers(len(OutcomeKind), size=_CROWDED_VISITS))

    def work() -> None:
        located = located_at(known, outcomes, _PAST_D, parameters)
        for claim in claims:
            estimate = located.claims[claim.id]
            estimate.ranges("workday")
            _ = [str(line) for line in (*estimate.evidence, *estimate.explain("workday"))]

    work()
    return float(np.median([seconds(work) for _ in range(repeats)]))


def posterior_s(
    known: Case, outcomes: tuple[Outcome, ...], parameters: LocatingParameters, *, repeats: int
) -> float:
    """Return the median time from the values to everybody's posterior, with warm kernels."""

    def work() -> None:
        posterior(evidence_at(known, outcomes, _PAST_D, parameters), parameters)

    work()
    return float(np.median([seconds(work) for _ in range(repeats)]))


def update_ms(
    known: Case, outcomes: tuple[Outcome, ...], parameters: LocatingParameters, *, repeats: int
) -> float:
    """Return the median time to believe one more outcome, among all these debtors."""
    located = located_at(known, outcomes, _PAST_D, parameters)
    random = np.random.default_rng(0)
    chosen = random.choice(len(outcomes), size=repeats + 1, replace=False).tolist()
    times = []
    for number in chosen:
        more = replace(outcomes[number], id="more", at=outcomes[number].at - timedelta(hours=1))
        times.append(seconds(partial(located.with_outcome, more)))
    return 1_000.0 * float(np.median(times[1:]))


def withdrawal_ms(
    known: Case, outcomes: tuple[Outcome, ...], parameters: LocatingParameters, *, repeats: int
) -> float:
    """Return the longest time to withdraw one outcome after another, as a page does it.

    Each from what the one before left, the last debtor's first.
    """
    located = located_at(known, outcomes, _PAST_D, parameters)
    held = [ids[0] for ids in reversed(located.evidence.outcome_ids) if ids]
    gone = held[:: max(len(held) // repeats, 1)][:repeats]
    times = []
    for outcome in (gone[0], *gone):
        times.append(seconds(partial(located.without, outcome)))
        if len(times) > 1:
            located = located.without(outcome)
    return 1_000.0 * float(np.max(times[1:]))
