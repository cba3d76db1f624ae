"""Where a debtor is likely to be, when, and what going there is worth.

:func:`locate` weighs address claims, outcomes and leads, by exact enumeration of where the
debtor may live and be by day. :func:`gather` and :func:`posterior` are its two steps over
arrays; :class:`Located` answers for claims and for sets of visits; :func:`visits_value` turns a
probability into the worth of an attempt. The numbers stand in ``defaults.toml``, each with
where it comes from.

>>> default_parameters().value.livelihood
2.0
"""

from __future__ import annotations

from routes.locating.days import DayTypes
from routes.locating.evidence import Evidence
from routes.locating.found import PlannedVisit, VisitSets, found_by
from routes.locating.gathering import gather
from routes.locating.located import ClaimEstimate, Located, locate
from routes.locating.parameters import (
    DayType,
    LocatingParameters,
    default_parameters,
    load_parameters,
)
from routes.locating.posterior import Posterior, posterior
from routes.locating.saving import parameters_basis, parameters_text
from routes.locating.value import case_weight, visits_value

__all__ = [
    "ClaimEstimate",
    "DayType",
    "DayTypes",
    "Evidence",
    "Located",
    "LocatingParameters",
    "PlannedVisit",
    "Posterior",
    "VisitSets",
    "case_weight",
    "default_parameters",
    "found_by",
    "gather",
    "load_parameters",
    "locate",
    "parameters_basis",
    "parameters_text",
    "posterior",
    "visits_value",
]
