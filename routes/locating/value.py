"""What finding a debtor is worth to the court, less what a failed attempt costs."""

from __future__ import annotations

import math
from datetime import datetime

from geo.localtime import local_day
from routes.errors import LocatingError
from routes.locating.parameters import LocatingParameters
from routes.model import Case, Grade

__all__ = ["case_weight", "visit_value"]

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


def visit_value(
    case: Case,
    p_found: float,
    *,
    now: datetime,
    parameters: LocatingParameters,
    urgency: float = 0.0,
) -> float:
    """Return the expected gain of a visit, never below zero.

    Parameters
    ----------
    p_found
        Probability that the visit finds the debtor.
    now
        Aware; the case's age is taken at this moment.
    urgency
        As in :func:`case_weight`.

    Raises
    ------
    LocatingError
        If ``p_found`` is no probability, or ``urgency`` outside its range.
    """
    if not 0.0 <= p_found <= 1.0:
        raise LocatingError("找到的概率 %(value)s 不在 0 至 1 之间", value=p_found)
    gain = p_found * case_weight(case, now=now, parameters=parameters, urgency=urgency)
    return max(gain - (1.0 - p_found) * parameters.value.failed_cost, 0.0)
