"""How right the probabilities are: under the model's own truth, a wrong one, and after learning.

In the wrong truth a court works for 26 weeks by the fixed policy; its outcomes are what the model
and the peers learn from. The visits of the 8 weeks after are then judged, each by what was known
on the Monday before it. All see the same visits and the same inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from benchmarks.locating_learning import learned
from benchmarks.locating_peers import PEERS, inputs_of
from benchmarks.locating_scores import calibration_error, chance_error, log_loss
from benchmarks.locating_visits import WEEK_D, fixed_policy, weekly_p_found
from benchmarks.simulated_district import make_district, outcomes_of
from benchmarks.simulated_own import draw_own
from geo.model import Floats
from routes.locating import LocatingParameters, default_parameters
from routes.model import OutcomeKind

__all__ = ["Calibration", "Score", "measure"]

_START = date(2025, 9, 1)  # a Monday
_PAST_WEEKS, _TEST_WEEKS = 26, 8
_CHANCE = 0.5  # of a debtor to be visited in a week
_FOUND = list(OutcomeKind).index(OutcomeKind.FOUND)


@dataclass(frozen=True, slots=True)
class Score:
    """Of one model on one seed: calibration error, the same if it were right, and log loss."""

    error: float
    by_chance: float
    log_loss: float

    @classmethod
    def of(cls, believed: Floats, found: npt.NDArray[np.bool_], *, seed: int) -> Score:
        """Judge probabilities by what was found."""
        random = np.random.default_rng((seed, 2))
        return cls(
            calibration_error(believed, found),
            chance_error(believed, random),
            log_loss(believed, found),
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one seed showed; ``peers`` by name."""

    own: Score
    wrong: Score
    learned: Score
    peers: Mapping[str, Score]
    visits: int
    found: float


def measure(seed: int, *, debtors: int) -> Calibration:
    """Judge the model and its peers on one seed, with so many debtors in each truth."""
    parameters = default_parameters()
    district = make_district(
        parameters,
        seed=seed,
        debtors=debtors,
        start=_START,
        days=(_PAST_WEEKS + _TEST_WEEKS) * WEEK_D,
    )
    known = district.known
    random = np.random.default_rng((seed, 3))
    visits, kinds = fixed_policy(
        district, weeks=range(_PAST_WEEKS + _TEST_WEEKS), chance=_CHANCE, random=random
    )
    outcomes = outcomes_of(known, visits, kinds)
    today = _PAST_WEEKS * WEEK_D
    later = visits.day >= today
    judged = visits.take(later)
    found = kinds[later] == _FOUND
    fitted = learned(known, outcomes, today, parameters)
    inputs = inputs_of(known, outcomes, visits, parameters)
    past, now = inputs.take(~later), inputs.take(later)
    return Calibration(
        own=_own(parameters, seed=seed, debtors=debtors),
        wrong=Score.of(weekly_p_found(known, outcomes, judged, parameters), found, seed=seed),
        learned=Score.of(weekly_p_found(known, outcomes, judged, fitted), found, seed=seed),
        peers={
            name: Score.of(peer(past, kinds[~later] == _FOUND, now), found, seed=seed)
            for name, peer in PEERS.items()
        },
        visits=len(found),
        found=float(found.mean()),
    )


def _own(parameters: LocatingParameters, *, seed: int, debtors: int) -> Score:
    truth = draw_own(parameters, seed=seed, debtors=2 * debtors, start=_START)
    believed = weekly_p_found(truth.known, truth.outcomes, truth.visits, parameters)
    return Score.of(believed, truth.found, seed=seed)
