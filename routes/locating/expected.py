"""What learning counts: the expectations of all that is hidden, given the evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.model import Floats
from routes.locating import kernels
from routes.locating.layout import room_of
from routes.locating.numbers import HABIT_NODES
from routes.locating.posterior import Posterior, Weighed, solve
from routes.model import PlaceKind, VisitBand

__all__ = ["Expected", "expected"]


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Expected counts under the posterior, exactly; draws that no visit touched are left out.

    Parameters
    ----------
    posterior
        Marginals of the anchors by place and debtor, and the log evidence by debtor.
    prior_home, prior_day
        By place: probability before any visit.
    home, day
        By place: draws of a residence, of a day place, that came to it: one for the first week
        with visits, and one for each time between two such weeks in which there was a move.
    home_draws, day_draws
        By debtor: how many draws there were.
    moves, gaps
        Times between weeks with visits in which there was a move, and all of them; by anchor
        (residence, day place, seat) and length in weeks.
    node
        By debtor and node of habit; shape (debtors, nodes).
    present, absent
        By visit: probability that the debtor belonged there and was there, or was out; what
        is left to one is "did not belong there".
    there, tries
        Draws of presence that came true, and that could; by told (whether a lead names the
        band), township, kind of place, band, day type and node of habit.
    weeks_away, weeks, days_away, days
        Weeks with visits, and days with visits in weeks not away, and how many were away.
    """

    posterior: Posterior
    prior_home: Floats
    prior_day: Floats
    home: Floats
    day: Floats
    home_draws: Floats
    day_draws: Floats
    moves: Floats
    gaps: Floats
    node: Floats
    present: Floats
    absent: Floats
    there: Floats
    tries: Floats
    weeks_away: float
    weeks: float
    days_away: float
    days: float


def expected(weighed: Weighed) -> Expected:
    """Return the expected counts of all debtors (the E step of learning)."""
    evidence, model = weighed.evidence, weighed.model
    n_debtors, n_visits = len(evidence.debtors), len(evidence.visit_place)
    debtors = np.arange(n_debtors)
    room = room_of(weighed.places, weighed.visits, model, debtors, keep=True)
    node = np.zeros((n_debtors, HABIT_NODES))
    present, absent = np.zeros(n_visits), np.zeros(n_visits)
    there, tries, away = np.zeros(model.there.shape), np.zeros(model.there.shape), np.zeros(4)
    home, day = np.zeros(len(weighed.places.home)), np.zeros(len(weighed.places.home))
    home_draws, day_draws = np.zeros(n_debtors), np.zeros(n_debtors)
    longest = int(np.ptp(evidence.visit_day)) // 7 + 2 if n_visits else 1
    moves, gaps = np.zeros((3, longest)), np.zeros((3, longest))
    kernels.expect(
        model,
        weighed.places,
        weighed.visits,
        debtors,
        room,
        node,
        present,
        absent,
        there,
        tries,
        away,
        home,
        day,
        home_draws,
        day_draws,
        moves,
        gaps,
    )
    shape = (2, len(evidence.townships), len(PlaceKind), len(VisitBand), -1, HABIT_NODES)
    return Expected(
        posterior=solve(weighed),
        prior_home=_shares(weighed.places.home, weighed),
        prior_day=_shares(weighed.places.day, weighed),
        home=home,
        day=day,
        home_draws=home_draws,
        day_draws=day_draws,
        moves=moves,
        gaps=gaps,
        node=node,
        present=present,
        absent=absent,
        there=there.reshape(shape),
        tries=tries.reshape(shape),
        weeks_away=float(away[0]),
        weeks=float(away[1]),
        days_away=float(away[2]),
        days=float(away[3]),
    )


def _shares(log_weight: Floats, weighed: Weighed) -> Floats:
    """Return weights against elsewhere (one) as probabilities by place."""
    first = weighed.places.first
    owner = np.repeat(np.arange(len(first) - 1), np.diff(first))
    weight = np.exp(log_weight)
    total = 1.0 + np.bincount(owner, weight, minlength=len(first) - 1)
    return np.asarray(weight / total[owner])
