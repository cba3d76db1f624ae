"""Where a debtor is likely to be, when, and what going there is worth.

:func:`locate` weighs address claims, outcomes and leads; :func:`learn_presence` learns when
people are at which kind of place; :func:`visit_value` turns a probability into the worth of
an attempt. The numbers stand in ``defaults.toml``, each with where it comes from.

>>> default_parameters().value.livelihood
2.0
"""

from __future__ import annotations

from routes.locating.estimate import ClaimEstimate, Located, likelihood_ratio, locate
from routes.locating.parameters import (
    DayType,
    LocatingParameters,
    default_parameters,
    load_parameters,
)
from routes.locating.presence import PresenceCell, PresenceTable, learn_presence
from routes.locating.value import case_weight, visit_value

__all__ = [
    "ClaimEstimate",
    "DayType",
    "Located",
    "LocatingParameters",
    "PresenceCell",
    "PresenceTable",
    "case_weight",
    "default_parameters",
    "learn_presence",
    "likelihood_ratio",
    "load_parameters",
    "locate",
    "visit_value",
]
