"""P(found) of sets of visits: one less the probability that none of them finds the debtor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from geo.model import Floats, Ints
from routes.errors import LocatingError
from routes.locating import kernels
from routes.locating.days import DayTypes, day_number
from routes.locating.evidence import DAY, HOME, Evidence, position
from routes.locating.layout import Flags, Room, Visits, frozen, room_of
from routes.locating.numbers import ABSENT, NOT_HERE, PRESENT, hours
from routes.model import ClaimId, OutcomeKind, VisitBand

if TYPE_CHECKING:
    from routes.locating.posterior import Weighed

__all__ = [
    "Asked",
    "PlannedVisit",
    "VisitSets",
    "asked_of",
    "found_asked",
    "found_by",
    "there_by",
]

_FOUND = list(OutcomeKind).index(OutcomeKind.FOUND)


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit that may be made: to the place of a claim, on a day, in a band."""

    claim_id: ClaimId
    day: date
    band: VisitBand


@dataclass(frozen=True, slots=True, eq=False)
class VisitSets:
    """Sets of planned visits, each of one debtor, as arrays.

    Parameters
    ----------
    first
        Where each set begins, one more at the end; shape (sets + 1).
    claim
        Position in ``evidence.claims``, by visit.
    day
        Days since 1970-01-01.
    band, day_type
        Positions in their enumeration.
    """

    first: Ints
    claim: Ints
    day: Ints
    band: Ints
    day_type: Ints


def pack(
    sets: Sequence[Sequence[PlannedVisit]],
    *,
    claim_at: dict[ClaimId, int],
    day_types: DayTypes,
) -> VisitSets:
    """Turn sets of planned visits into arrays.

    Raises
    ------
    LocatingError
        If a claim is not among the evidence.
    """
    flat = [visit for one in sets for visit in one]
    for visit in flat:
        if visit.claim_id not in claim_at:
            raise unknown_claim(visit.claim_id)
    day = np.array([day_number(visit.day) for visit in flat], dtype=np.int64)
    return VisitSets(
        first=np.cumsum([0, *(len(one) for one in sets)]).astype(np.int64),
        claim=np.array([claim_at[visit.claim_id] for visit in flat], dtype=np.int64),
        day=day,
        band=np.array([position(visit.band) for visit in flat], dtype=np.int64),
        day_type=day_types.codes(day),
    )


def unknown_claim(claim: ClaimId) -> LocatingError:
    """Return the error of a claim that the evidence does not hold."""
    return LocatingError("地址线索 %(id)s 不在本次定位计算之内，请连同其被执行人一并载入", id=claim)


def found_by(weighed: Weighed, sets: VisitSets) -> Floats:
    """Return for each set the probability that at least one visit finds the debtor.

    Exact with all that visits share: the place, the habit, a week or day away, one band. Past
    visits of the same week count too. A visit to a place that no usable claim names and nobody
    visited finds nobody.

    Returns
    -------
    shape (sets,), 0 for an empty set.

    Raises
    ------
    LocatingError
        If a set holds visits of several debtors.
    """
    return found_asked(weighed, asked_of(weighed, sets))


def found_asked(weighed: Weighed, asked: Asked) -> Floats:
    """Return what :func:`found_by` does of sets that were laid out before."""
    numbers, precision = weighed.numbers, weighed.evidence.claim_precision[asked.sets.claim]
    detection = numbers.detection[precision]
    found = numbers.reports[:, _FOUND]
    present = detection * found[PRESENT] + (1.0 - detection) * found[ABSENT]
    return _any(weighed, asked, present, float(found[ABSENT]), float(found[NOT_HERE]))


def there_by(weighed: Weighed, sets: VisitSets) -> Floats:
    """Return for each set the probability that the debtor is there at one of the visits."""
    return _any(weighed, asked_of(weighed, sets), np.ones(len(sets.claim)), 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Sets of visits as the kernel takes them; they serve for one evidence under any numbers.

    Parameters
    ----------
    sets
        As they were asked for.
    owner
        Each set's debtor.
    order
        Of the visits, set by set in time.
    named
        Whether a usable claim, or a visit, names the place; in that order.
    planned
        The visits in that order, without what numbers make of them.
    room, merged
        Where the kernel reckons.
    """

    sets: VisitSets
    owner: Ints
    order: Ints
    named: Flags
    planned: Visits
    room: Room
    merged: tuple[Visits, Visits]


def asked_of(weighed: Weighed, sets: VisitSets) -> Asked:
    """Lay out sets of visits.

    Raises
    ------
    LocatingError
        If a set holds visits of several debtors.
    """
    evidence = weighed.evidence
    owner, wrong = set_owners(evidence, sets)
    if wrong:
        raise LocatingError("一组走访只能属于同一被执行人；请按被执行人分组")
    order = np.lexsort((sets.band, sets.day, np.repeat(np.arange(len(owner)), np.diff(sets.first))))
    place = evidence.claim_place[sets.claim[order]]
    named = (weighed.stated.named[HOME] | weighed.stated.named[DAY])[place]
    nothing = np.zeros(len(order))
    planned_most = int(np.diff(sets.first).max(initial=0))
    room = room_of(weighed.places, weighed.visits, weighed.model, owner, planned_most)
    return Asked(
        sets,
        owner,
        order,
        named,
        Visits(
            first=sets.first.astype(np.int64),
            place=np.where(named, place, -2).astype(np.int32),
            day=sets.day[order].astype(np.int32),
            band=sets.band[order].astype(np.int8),
            hour=hours(sets.band[order], sets.day_type[order]),
            base=nothing,
            absent=nothing,
            gain=nothing,
        ),
        room,
        room.merged(),
    )


def _any(weighed: Weighed, asked: Asked, present: Floats, absent: float, not_here: float) -> Floats:
    if not len(asked.owner):
        return np.zeros(0)
    base = np.log1p(-not_here)
    planned = asked.planned._replace(
        base=np.where(asked.named, base, 0.0),
        absent=np.full(len(asked.order), np.log1p(-absent) - base),
        gain=(1.0 - present[asked.order]) / (1.0 - absent),
    )
    missed = np.empty(len(asked.owner))
    kernels.not_found(
        weighed.model,
        weighed.places,
        weighed.visits,
        frozen(planned),
        asked.owner,
        asked.room,
        *asked.merged,
        missed,
    )
    missed[np.diff(asked.sets.first) == 0] = 1.0  # exactly
    return np.clip(1.0 - missed, 0.0, 1.0)


def set_owners(evidence: Evidence, sets: VisitSets) -> tuple[Ints, bool]:
    """Return each set's debtor (0 for an empty set), and whether a set has several."""
    owner = np.searchsorted(evidence.claim_first, sets.claim, side="right") - 1
    counts = np.diff(sets.first)
    lead = np.zeros(len(counts), dtype=np.int64)
    filled = counts > 0
    lead[filled] = owner[sets.first[:-1][filled]]
    return lead, bool((np.repeat(lead, counts) != owner).any())
