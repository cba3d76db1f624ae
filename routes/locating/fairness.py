"""Whether some are looked for more than others: visits and findings by township and case kind.

The model sees no attribute of a person (:class:`routes.locating.Evidence` lists all it sees).
Places and kinds of case can still stand in for one, so the rates are told and a person looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scipy.stats import binomtest, fisher_exact

from routes.errors import LocatingError
from routes.model import (
    AddressClaim,
    Case,
    CaseKind,
    CaseStatus,
    Debtor,
    DebtorId,
    Outcome,
    OutcomeKind,
)

__all__ = ["ContactRate", "Grouping", "contact_rates"]


class Grouping(StrEnum):
    """What debtors are grouped by."""

    TOWNSHIP = "township"
    CASE_KIND = "case_kind"


@dataclass(frozen=True, slots=True)
class ContactRate:
    """How many debtors of a group were visited, and how many met.

    Parameters
    ----------
    grouping, group
        Township code ("" where none is known) or case kind.
    debtors
        Debtors of cases that have not ended, with an address in the group.
    visited, met
        Of these, how many were visited at least once, and how many were found at least once.
    visits
        All visits to them.
    rate, low, high
        Share of the debtors that was visited, with Wilson's 95 % interval.
    others
        The same share among all other debtors; nan where there are none.
    apart
        Whether Fisher's exact test against all others, at 5 % shared out over all groups, finds
        a difference: worth a look, no verdict.
    """

    grouping: Grouping
    group: str
    debtors: int
    visited: int
    met: int
    visits: int
    rate: float
    low: float
    high: float
    others: float
    apart: bool


def contact_rates(
    *,
    cases: Iterable[Case],
    debtors: Iterable[Debtor],
    claims: Iterable[AddressClaim],
    outcomes: Iterable[Outcome],
    grouping: Grouping,
) -> tuple[ContactRate, ...]:
    """Compare how often the debtors of each group were visited, largest group first.

    Parameters
    ----------
    outcomes
        Of the period that is looked at; withdrawn ones are left out.
    grouping
        A debtor with addresses in several townships counts in each.

    Raises
    ------
    LocatingError
        If no debtor of an open case is there.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal
    of the American Statistical Association 22 (1927). R. A. Fisher, Statistical Methods for
    Research Workers (1934), section 21.02.
    """
    kinds = {case.id: case.kind for case in cases if case.status is not CaseStatus.ENDED}
    kind_of = {d.id: kinds[d.case_id] for d in debtors if d.case_id in kinds}
    if not kind_of:
        raise LocatingError("没有未结案件的被执行人，无法比较走访率")
    own = [claim for claim in claims if claim.debtor_id in kind_of]
    seen = _seen(own, outcomes)
    members = _members(kind_of, own, grouping)
    rates = [
        _rate(grouping, group, people, set(kind_of) - people, seen, level=0.05 / len(members))
        for group, people in members.items()
    ]
    return tuple(sorted(rates, key=lambda each: (-each.debtors, each.group)))


def _seen(
    claims: Iterable[AddressClaim], outcomes: Iterable[Outcome]
) -> Mapping[DebtorId, tuple[int, bool]]:
    """Return how often each debtor was visited, and whether one visit found them."""
    owner = {claim.id: claim.debtor_id for claim in claims}
    found: defaultdict[DebtorId, tuple[int, bool]] = defaultdict(lambda: (0, False))
    for outcome in outcomes:
        who = owner.get(outcome.claim_id)
        if who is not None and not outcome.withdrawn:
            visits, met = found[who]
            found[who] = visits + 1, met or outcome.kind is OutcomeKind.FOUND
    return found


def _members(
    kind_of: Mapping[DebtorId, CaseKind], claims: Iterable[AddressClaim], grouping: Grouping
) -> dict[str, set[DebtorId]]:
    members: defaultdict[str, set[DebtorId]] = defaultdict(set)
    if grouping is Grouping.CASE_KIND:
        for who, kind in kind_of.items():
            members[str(kind)].add(who)
        return members
    for claim in claims:
        code = None if claim.place is None else claim.place.township_code
        if code is not None:
            members[code].add(claim.debtor_id)
    nowhere = set(kind_of).difference(*members.values())
    if nowhere:
        members[""] = nowhere
    return members


def _rate(
    grouping: Grouping,
    group: str,
    people: set[DebtorId],
    others: set[DebtorId],
    seen: Mapping[DebtorId, tuple[int, bool]],
    *,
    level: float,
) -> ContactRate:
    told = [seen[who] for who in people if who in seen]
    interval = binomtest(len(told), len(people)).proportion_ci(0.95, method="wilson")
    elsewhere = sum(who in seen for who in others)
    counts = [[len(told), len(people) - len(told)], [elsewhere, len(others) - elsewhere]]
    return ContactRate(
        grouping=grouping,
        group=group,
        debtors=len(people),
        visited=len(told),
        met=sum(met for _, met in told),
        visits=sum(visits for visits, _ in told),
        rate=len(told) / len(people),
        low=float(interval.low),
        high=float(interval.high),
        others=elsewhere / len(others) if others else float("nan"),
        apart=bool(others) and float(fisher_exact(counts).pvalue) < level,
    )
