"""Which visits of one debtor may be planned together, and what the second one adds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

from routes.locating import Located, LocatingParameters, PlannedVisit, visits_value
from routes.model import ClaimId, DebtorId, VisitBand
from routes.planning.problem import Option, VisitSet

__all__ = ["visit_sets"]

_LEAST_SHARE = 0.05  # of the better visit's value; a second one that adds less is not offered


def visit_sets(
    options: Sequence[Option],
    located: Located,
    *,
    weights: Mapping[DebtorId, float],
    parameters: LocatingParameters,
) -> tuple[VisitSet, ...]:
    """Return the pairs of plain visits of a debtor of which the later one is worth a try.

    P(found) of a pair is exact: two tries on one morning are hardly more than one, and one who
    was not at home is the sooner somewhere else.

    Parameters
    ----------
    weights
        Worth of finding each debtor, see :func:`routes.locating.case_weight`.
    """
    of_debtor: defaultdict[str, list[Option]] = defaultdict(list)
    for option in sorted(options, key=lambda o: (o.day, o.window_start_s, o.window_end_s, o.id)):
        if not option.step:
            of_debtor[option.debtor].append(option)
    pairs = [pair for tries in of_debtor.values() for pair in combinations(tries, 2)]
    found = located.found_by([[_visit(option) for option in pair] for pair in pairs]).tolist()
    made = []
    for (first, second), p_any in zip(pairs, found, strict=True):
        p_found = max(p_any, first.p_found, second.p_found)  # but for rounding it is
        value = visits_value(
            weights[DebtorId(first.debtor)], (first.p_found, p_found), parameters=parameters
        )
        better = max(first.value, second.value)
        if value > (1.0 + _LEAST_SHARE) * better:
            made.append(VisitSet((first.id, second.id), value, p_found))
    return tuple(made)


def _visit(option: Option) -> PlannedVisit:
    return PlannedVisit(ClaimId(option.claim), option.day, VisitBand(option.band))
