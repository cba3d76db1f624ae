"""What finding a debtor is worth to the court, less what a failed attempt costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from geo.localtime import local_day
from routes.errors import LocatingError
from routes.locating.parameters import LocatingParameters
from routes.model import Case, Grade

__all__ = ["case_weight", "visits_value"]

_YEAR_D = 365.25


def case_weight(
    case: Case, *, now: datetime, parameters: LocatingParameters, urgency: float = 0.0
) -> float:
    """Return the worth of finding the debtor: amount, age, livelihood first, black list, limits.

    The formula and its numbers stand in ``defaults.toml``, table ``value``.

    Parameters
    ----------
    now
        Aware; the case's age is taken at this moment.
    urgency
        How the soonest limit of the case presses, in [0, 1]; see
        :func:`routes.rules.clocks.urgency`.

    Raises
    ------
    LocatingError
        If ``urgency`` is outside its range.
    """
    if not 0.0 <= urgency <= 1.0:
        raise LocatingError("期限的紧迫程度 %(value)s 不在 0 至 1 之间", value=urgency)
    value = parameters.value
    years = max((local_day(now) - case.filed_on).days, 0) / _YEAR_D
    weight = (
        value.base
        + value.amount * math.log10(1.0 + case.claim_yuan / value.amount_yuan)
        + min(value.age_per_year * years, value.age_most)
    )
    if case.kind.is_livelihood:
        weight *= value.livelihood
    if case.grade is Grade.BLACK:
        weight *= value.black
    return weight * (1.0 + value.urgency * urgency)


def visits_value(
    weight: float, p_found: Sequence[float], *, parameters: LocatingParameters
) -> float:
    """Return the expected gain of visits made one after another until one finds the debtor.

    Each visit that is made and finds nobody costs ``failed_cost``.

    Parameters
    ----------
    weight
        Worth of finding the debtor, see :func:`case_weight`.
    p_found
        Probability that the debtor is found by the end of each visit, in their order; not falling.

    Returns
    -------
    never below zero

    Raises
    ------
    LocatingError
        If a number is no probability.
    """
    for chance in p_found:
        if not 0.0 <= chance <= 1.0:
            raise LocatingError("找到的概率 %(value)s 不在 0 至 1 之间", value=chance)
    failures = sum(1.0 - chance for chance in p_found)
    return max(p_found[-1] * weight - failures * parameters.value.failed_cost, 0.0)
