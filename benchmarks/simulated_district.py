"""A made district with a hidden truth that is not of the locating model's making.

:mod:`benchmarks.simulated_nature` draws what is true on the whole, :mod:`.simulated_people` where
everybody is, :mod:`.simulated_claims` what sources state. This module joins them, gives out what
a court would know as values of :mod:`routes.model`, and answers visits. It shares no code with
the locating model; of its parameters it takes the numbers that are to be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.simulated_claims import LOST, draw_claims
from benchmarks.simulated_nature import (
    ABSENT,
    FORMER,
    LONG_ABSENT,
    PRESENT,
    STRANGER,
    Nature,
    draw_nature,
)
from benchmarks.simulated_people import NOWHERE, STRANGERS, People, draw_people
from geo.localtime import moment_at
from geo.model import Floats, Ints, Precision
from routes.bands import BAND_HOURS_S
from routes.locating import LocatingParameters
from routes.model import (
    AddressClaim,
    CaseId,
    ClaimId,
    Debtor,
    DebtorId,
    DebtorKind,
    Lead,
    Outcome,
    OutcomeKind,
    SecretText,
    VisitBand,
)

__all__ = ["OFFICERS", "TOWNSHIPS", "Case", "District", "VisitRows", "make_district", "outcomes_of"]

TOWNSHIPS = 8
OFFICERS = 8
_LEADS_A_DAY = 0.002  # for a debtor
_LEAD_LASTS_D = 30
_KINDS = tuple(OutcomeKind)
_BANDS = tuple(VisitBand)


class VisitRows(NamedTuple):
    """Visits as arrays: position of the claim, day of the simulation, band, officer."""

    claim: Ints
    day: Ints
    band: Ints
    officer: Ints

    def take(self, chosen: Ints | npt.NDArray[np.bool_]) -> VisitRows:
        """Return some of the visits."""
        return VisitRows(*(column[chosen] for column in self))


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What a court knows, apart from outcomes, and the day on which it begins.

    Parameters
    ----------
    debtor_of
        Position of each claim's debtor.
    """

    start: date
    debtors: tuple[Debtor, ...]
    claims: tuple[AddressClaim, ...]
    leads: tuple[Lead, ...]
    debtor_of: Ints

    def day(self, number: int) -> date:
        """Return the date of a day of the simulation."""
        return self.start + timedelta(days=number)


@dataclass(frozen=True, slots=True, eq=False)
class District:
    """The district: what is known, and what is true.

    Parameters
    ----------
    known
        All claims and leads, those of later days included.
    slot, detection
        What each claim truly names, and the chance to find that door.
    door, answer
        Random numbers of each debtor, day and band: whether the door is found, and what is
        reported. Two visits of one band meet the same.
    """

    known: Case
    nature: Nature
    people: People
    slot: Ints
    detection: Floats
    door: Floats
    answer: Floats

    @property
    def days(self) -> int:
        """Number of simulated days."""
        return int(self.people.home.shape[1])

    def report(self, visits: VisitRows) -> Ints:
        """Return what each visit reports, a position in :class:`OutcomeKind`."""
        row, slot = self.known.debtor_of[visits.claim], self.slot[visits.claim]
        people = self.people
        where = people.where[row, visits.day, visits.band]
        belongs = (people.home[row, visits.day] == slot) | (people.work[row, visits.day] == slot)
        draw = (row, visits.day, visits.band)
        there = (where == slot) & (where != NOWHERE)
        met = there & (self.door[draw] < self.detection[visits.claim])
        absent = np.where(people.long_away[row, visits.day], LONG_ABSENT, ABSENT)
        away = np.where((slot == LOST) | (slot >= STRANGERS), STRANGER, FORMER)
        state = np.where(met, PRESENT, np.where(belongs | there, absent, away))
        shares = self.nature.reports[visits.officer, state]
        below = np.cumsum(shares, axis=1) < self.answer[draw][:, None]
        kinds: Ints = np.minimum(below.sum(axis=1), len(_KINDS) - 1).astype(np.int64)
        return kinds


def make_district(
    believed: LocatingParameters, *, seed: int, debtors: int, start: date, days: int
) -> District:
    """Draw a district.

    Parameters
    ----------
    believed
        The planner's own numbers, which the district's differ from.
    start
        First day; a Monday keeps weeks whole.
    """
    random = np.random.default_rng(seed)
    nature = draw_nature(believed, townships=TOWNSHIPS, officers=OFFICERS, random=random)
    people = draw_people(nature, debtors, start=start, days=days, random=random)
    names = tuple(DebtorId(f"d{row}") for row in range(debtors))
    made = draw_claims(nature, people, names=names, start=start, random=random)
    slot = np.array([one.slot for one in made], dtype=np.int64)
    owner = np.array([one.debtor for one in made], dtype=np.int64)
    claims = tuple(one.claim for one in made)
    known = Case(
        start=start,
        debtors=tuple(
            Debtor(
                id=name,
                case_id=CaseId(f"c{row}"),
                kind=DebtorKind.COMPANY if people.company[row] else DebtorKind.PERSON,
                name=SecretText("示例"),
            )
            for row, name in enumerate(names)
        ),
        claims=claims,
        leads=tuple(_leads(nature, people, slot, owner, names, claims, start, random)),
        debtor_of=owner,
    )
    shape = (debtors, days, len(_BANDS))
    codes = {precision: code for code, precision in enumerate(Precision)}
    precision = [codes[claim.place.precision] for claim in claims if claim.place is not None]
    return District(
        known,
        nature,
        people,
        slot,
        nature.detection[precision],
        random.random(shape),
        random.random(shape),
    )


def _leads(
    nature: Nature,
    people: People,
    slot: Ints,
    owner: Ints,
    names: Sequence[DebtorId],
    claims: Sequence[AddressClaim],
    start: date,
    random: np.random.Generator,
) -> list[Lead]:
    """Draw hints that name one of the debtor's addresses, rather the true one."""
    first = np.searchsorted(owner, np.arange(len(names) + 1))
    made: list[Lead] = []
    days = people.home.shape[1]
    for row, day in np.argwhere(random.random((len(names), days)) < _LEADS_A_DAY).tolist():
        own = [
            at
            for at in range(first[row], first[row + 1])
            if claims[at].seen_on <= start + timedelta(days=day)
        ]
        if not own:
            continue
        true = (slot[own] == people.home[row, day]) | (slot[own] == people.work[row, day])
        weight = np.where(true, nature.lead_odds, 1.0)
        at = own[random.choice(len(own), p=weight / weight.sum())]
        received = moment_at(start + timedelta(days=day), 12 * 3600)
        made.append(
            Lead(
                id=f"l{len(made)}",
                debtor_id=names[row],
                source="示例",
                received_at=received,
                expires_at=received + timedelta(days=_LEAD_LASTS_D),
                claim_id=ClaimId(claims[at].id),
            )
        )
    return made


def outcomes_of(known: Case, visits: VisitRows, kinds: Ints) -> tuple[Outcome, ...]:
    """Return visits and what they reported as values; each half an hour into its band."""
    starts_s = [BAND_HOURS_S[band][0] + 1800 for band in _BANDS]
    return tuple(
        Outcome(
            id=f"o{number}",
            claim_id=known.claims[claim].id,
            kind=_KINDS[kind],
            at=moment_at(known.day(day), starts_s[band]),
            band=_BANDS[band],
        )
        for number, (claim, day, band, kind) in enumerate(
            zip(
                visits.claim.tolist(),
                visits.day.tolist(),
                visits.band.tolist(),
                kinds.tolist(),
                strict=True,
            )
        )
    )
