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
from routes.locating.layout import Visits, frozen, room_of
from routes.locating.numbers import ABSENT, NOT_HERE, PRESENT, hours
from routes.model import ClaimId, OutcomeKind, VisitBand

if TYPE_CHECKING:
    from routes.locating.posterior import Weighed

__all__ = ["PlannedVisit", "VisitSets", "found_by", "there_by"]

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
    numbers, precision = weighed.numbers, weighed.evidence.claim_precision[sets.claim]
    detection = numbers.detection[precision]
    found = numbers.reports[:, _FOUND]
    present = detection * found[PRESENT] + (1.0 - detection) * found[ABSENT]
    return _any(weighed, sets, present, float(found[ABSENT]), float(found[NOT_HERE]))


def there_by(weighed: Weighed, sets: VisitSets) -> Floats:
    """Return for each set the probability that the debtor is there at one of the visits."""
    return _any(weighed, sets, np.ones(len(sets.claim)), 0.0, 0.0)


def _any(
    weighed: Weighed, sets: VisitSets, present: Floats, absent: float, not_here: float
) -> Floats:
    evidence = weighed.evidence
    owner, wrong = set_owners(evidence, sets)
    if wrong:
        raise LocatingError("一组走访只能属于同一被执行人；请按被执行人分组")
    if not len(owner):
        return np.zeros(0)
    order = np.lexsort((sets.band, sets.day, np.repeat(np.arange(len(owner)), np.diff(sets.first))))
    place = evidence.claim_place[sets.claim[order]]
    base = np.log1p(-not_here)
    named = (weighed.stated.named[HOME] | weighed.stated.named[DAY])[place]
    planned = frozen(
        Visits(
            first=sets.first.astype(np.int64),
            place=np.where(named, place, -2).astype(np.int32),
            day=sets.day[order].astype(np.int32),
            band=sets.band[order].astype(np.int8),
            hour=hours(sets.band[order], sets.day_type[order]),
            base=np.where(named, base, 0.0),
            absent=np.full(len(order), np.log1p(-absent) - base),
            gain=(1.0 - present[order]) / (1.0 - absent),
        )
    )
    missed = np.empty(len(owner))
    planned_most = int(np.diff(sets.first).max())
    room = room_of(weighed.places, weighed.visits, weighed.model, owner, planned_most)
    kernels.not_found(
        weighed.model,
        weighed.places,
        weighed.visits,
        planned,
        owner,
        room,
        *room.merged(),
        missed,
    )
    missed[np.diff(sets.first) == 0] = 1.0  # exactly
    return np.clip(1.0 - missed, 0.0, 1.0)


def set_owners(evidence: Evidence, sets: VisitSets) -> tuple[Ints, bool]:
    """Return each set's debtor (0 for an empty set), and whether a set has several."""
    owner = np.searchsorted(evidence.claim_first, sets.claim, side="right") - 1
    counts = np.diff(sets.first)
    lead = np.zeros(len(counts), dtype=np.int64)
    filled = counts > 0
    lead[filled] = owner[sets.first[:-1][filled]]
    return lead, bool((np.repeat(lead, counts) != owner).any())
