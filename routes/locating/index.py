"""Where items of the evidence stand, by their identifiers: carried on from update to update."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from routes.locating.evidence import Evidence
from routes.model import ClaimId

__all__ = ["Index", "index_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Positions that are looked up by identifier, so that an update searches nothing.

    Parameters
    ----------
    claims
        Position of each claim in the evidence; no update moves one.
    outcomes
        Debtor of each outcome that was there at the outset. One that was withdrawn since stays.
    added
        Debtor of each outcome that came later.
    """

    claims: dict[ClaimId, int]
    outcomes: Mapping[str, int]
    added: Mapping[str, int]

    def debtor_of(self, outcome: str, evidence: Evidence) -> int | None:
        """Return whose outcome it is; None where the evidence does not hold it (any more)."""
        for held in (self.added, self.outcomes):
            debtor = held.get(outcome)
            if debtor is not None and outcome in evidence.outcome_ids[debtor]:
                return debtor
        return None

    def with_outcome(self, outcome: str, debtor: int) -> Index:
        """Return the index with one outcome more."""
        return replace(self, added={**self.added, outcome: debtor})


def index_of(evidence: Evidence) -> Index:
    """Return the index of all claims and outcomes."""
    return Index(
        claims={claim: i for i, claim in enumerate(evidence.claims)},
        outcomes=dict(
            itertools.chain.from_iterable(
                zip(ids, itertools.repeat(d)) for d, ids in enumerate(evidence.outcome_ids)
            )
        ),
        added={},
    )
