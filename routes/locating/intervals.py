"""Ranges of P(found): what the uncertainty of the parameters leaves open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.model import Floats
from routes.locating.change import part
from routes.locating.draws import draw_numbers
from routes.locating.found import VisitSets, found_by, set_owners
from routes.locating.parameters import LocatingParameters
from routes.locating.posterior import Weighed, weigh

__all__ = ["intervals"]


def intervals(
    weighed: Weighed, parameters: LocatingParameters, sets: VisitSets, *, level: float
) -> Floats:
    """Return lower and upper limits of P(found) of each set, shape (sets, 2).

    The posterior of the debtors concerned is reckoned for each of ``spread.draws`` draws of
    the parameters; ``level`` of the draws lie between the limits, which always hold the
    estimate itself.
    """
    middle = found_by(weighed, sets)
    if not len(sets.claim):
        return np.stack([middle, middle], axis=1)
    owners, _ = set_owners(weighed.evidence, sets)
    some, claim_at = part(weighed.evidence, np.unique(owners))
    own = replace(sets, claim=claim_at[sets.claim])
    drawn = np.stack(
        [
            found_by(weigh(some, numbers), own)
            for numbers in draw_numbers(parameters, some.townships)
        ]
    )
    rest = (1.0 - level) / 2.0
    low, high = np.quantile(drawn, [rest, 1.0 - rest], axis=0)
    return np.stack([np.minimum(low, middle), np.maximum(high, middle)], axis=1)
