"""One fixed policy of visits for all models, and what the locating model says of them.

The policy knows dates, bands, how new a claim is and what was reported there last; no model is
asked. It is a court that goes to newer addresses more often, seldom back to one where the debtor
is said to have moved or to be unknown, mostly on workdays and rather outside office hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from benchmarks.simulated_district import OFFICERS, Case, District, VisitRows
from geo.localtime import moment_at
from geo.model import Floats, Ints
from routes.locating import Located, LocatingParameters, VisitSets, gather, locate
from routes.locating.evidence import Evidence
from routes.model import AddressClaim, Debtor, Lead, Outcome, OutcomeKind

__all__ = [
    "WEEK_D",
    "by_week",
    "evidence_at",
    "fixed_policy",
    "located_at",
    "p_found",
    "planned_sets",
    "weekly_p_found",
]

WEEK_D = 7
_EPOCH_ORDINAL = 719163  # of 1970-01-01
_BAND_SHARES = (0.22, 0.23, 0.15, 0.18, 0.22)
_DAY_SHARES = (0.17, 0.17, 0.17, 0.17, 0.17, 0.09, 0.06)  # Monday to Sunday
_NEXT_CLAIM = 0.6  # weight of a claim against the one that is newer by one
_SELDOM = 0.1  # and where the last report says that the debtor is not to be found there
_IN_VAIN = [
    list(OutcomeKind).index(kind)
    for kind in (OutcomeKind.MOVED, OutcomeKind.NO_SUCH_ADDRESS, OutcomeKind.NAMESAKE)
]


def fixed_policy(
    district: District, *, weeks: range, chance: float, random: np.random.Generator
) -> tuple[VisitRows, Ints]:
    """Choose visits: each debtor at most once a week, to a claim that is known on its Monday.

    Parameters
    ----------
    weeks
        Of the simulation.
    chance
        Of a debtor to be visited in a week.

    Returns
    -------
    visits, kinds
        Ordered by week and debtor, and what each reported.
    """
    known = district.known
    seen_d = np.array([(claim.seen_on - known.start).days for claim in known.claims])
    order = np.lexsort((-seen_d, known.debtor_of))  # by debtor, newest first
    owner = known.debtor_of[order]
    worth = np.zeros(len(order))
    made: list[tuple[VisitRows, Ints]] = []
    for week in weeks:
        claim = _one_a_debtor(
            owner,
            np.where(seen_d[order] < week * WEEK_D, worth[order], -np.inf),
            random.random(len(known.debtors)) < chance,
            random,
        )
        count = len(claim)
        visits = VisitRows(
            claim=order[claim],
            day=week * WEEK_D + random.choice(WEEK_D, size=count, p=_DAY_SHARES),
            band=random.choice(len(_BAND_SHARES), size=count, p=_BAND_SHARES).astype(np.int64),
            officer=random.integers(OFFICERS, size=count),
        )
        kinds = district.report(visits)
        worth[visits.claim] = np.where(np.isin(kinds, _IN_VAIN), np.log(_SELDOM), 0.0)
        made.append((visits, kinds))
    return (
        VisitRows(*(np.concatenate(column) for column in zip(*(m[0] for m in made), strict=True))),
        np.concatenate([kinds for _, kinds in made]),
    )


def _one_a_debtor(
    owner: Ints, log_weight: Floats, wanted: npt.NDArray[np.bool_], random: np.random.Generator
) -> Ints:
    """Draw one claim of each wanted debtor; claims stand by debtor, newest first."""
    possible = np.isfinite(log_weight)
    counted = np.cumsum(possible)
    first = np.searchsorted(owner, owner)
    newer = counted - possible - (counted - possible)[first]
    # The largest of log weights with Gumbel noise is a draw by weight.
    key = log_weight + newer * np.log(_NEXT_CLAIM) + random.gumbel(size=len(owner))
    best = np.full(len(wanted), -np.inf)
    np.maximum.at(best, owner, key)
    return np.flatnonzero(possible & wanted[owner] & (key == best[owner]))


def evidence_at(
    known: Case, outcomes: Sequence[Outcome], day: int, parameters: LocatingParameters
) -> Evidence:
    """Return what is known at the first second of a day."""
    return gather(parameters=parameters, **_known_on(known, outcomes, day))


def located_at(
    known: Case, outcomes: Sequence[Outcome], day: int, parameters: LocatingParameters
) -> Located:
    """Return what is believed at the first second of a day."""
    return locate(parameters=parameters, **_known_on(known, outcomes, day))


class _Known(TypedDict):
    """What the locating model is given."""

    debtors: Sequence[Debtor]
    claims: Sequence[AddressClaim]
    outcomes: Sequence[Outcome]
    leads: Sequence[Lead]
    now: datetime


def _known_on(known: Case, outcomes: Sequence[Outcome], day: int) -> _Known:
    today = known.day(day)
    now = moment_at(today, 0)
    return _Known(
        debtors=known.debtors,
        claims=[claim for claim in known.claims if claim.seen_on < today],
        outcomes=[outcome for outcome in outcomes if outcome.at < now],
        leads=known.leads,
        now=now,
    )


def planned_sets(known: Case, located: Located, visits: VisitRows) -> VisitSets:
    """Return each visit as a set of its own."""
    count = len(visits.claim)
    ids = [known.claims[claim].id for claim in visits.claim.tolist()]
    day: Ints = visits.day + known.start.toordinal() - _EPOCH_ORDINAL
    return VisitSets(
        first=np.arange(count + 1),
        claim=np.array([located.claim_at[claim] for claim in ids], dtype=np.int64),
        day=day,
        band=visits.band,
        day_type=located.day_types.codes(day),
    )


def p_found(known: Case, located: Located, visits: VisitRows) -> Floats:
    """Return P(found) of each visit, as believed."""
    return located.found_by(planned_sets(known, located, visits))


def by_week(visits: VisitRows) -> Iterator[tuple[int, Ints]]:
    """Yield the first day of each week with visits, and the positions of its visits."""
    week = visits.day // WEEK_D
    for number in np.unique(week).tolist():
        yield number * WEEK_D, np.flatnonzero(week == number)


def weekly_p_found(
    known: Case,
    outcomes: Sequence[Outcome],
    visits: VisitRows,
    parameters: LocatingParameters,
) -> Floats:
    """Return P(found) of each visit as believed on the Monday before, from all outcomes then."""
    believed = np.empty(len(visits.claim))
    for day, chosen in by_week(visits):
        located = located_at(known, outcomes, day, parameters)
        believed[chosen] = p_found(known, located, visits.take(chosen))
    return believed
