"""Learning as a court does it: fit on what was seen, and a person who says yes."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.locating_visits import evidence_at
from benchmarks.simulated_district import Case
from routes.locating import LocatingParameters
from routes.locating.learning import fit
from routes.model import Outcome

__all__ = ["learned"]

_MOST_ROUNDS = 12  # what more rounds change, no visit would notice


def learned(
    known: Case, outcomes: Sequence[Outcome], day: int, parameters: LocatingParameters
) -> LocatingParameters:
    """Return the parameters fitted to all that is known on the morning of a day.

    Parameters
    ----------
    parameters
        What was believed at the outset, to which few data draw the fit.
    """
    evidence = evidence_at(known, outcomes, day, parameters)
    found = fit(evidence, parameters, most_rounds=_MOST_ROUNDS, spreads=False)
    return found.apply(parameters)
