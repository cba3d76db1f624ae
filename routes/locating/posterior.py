"""The posterior of where debtors belong, over all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.model import Floats, Ints
from routes.locating import kernels
from routes.locating.days import week_number
from routes.locating.evidence import Evidence
from routes.locating.layout import Model, Places, Room, Small, Visits, frozen, room_of
from routes.locating.numbers import (
    ABSENT,
    NOT_HERE,
    PRESENT,
    Numbers,
    away_of,
    habit_nodes,
    hours,
    numbers_of,
    presence_rows,
    presence_tables,
    rates_of,
)
from routes.locating.parameters import LocatingParameters
from routes.locating.weights import (
    Stated,
    answer_factors,
    place_weights,
    stated,
    stated_by,
    told_bands,
)
from routes.model import VisitBand

__all__ = [
    "Posterior",
    "Weighed",
    "posterior",
    "reported",
    "solve",
    "solve_again",
    "weigh",
    "weigh_again",
]


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Evidence under given numbers, as the kernels take it."""

    evidence: Evidence
    numbers: Numbers
    model: Model
    places: Places
    visits: Visits
    stated: Stated


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Marginals, by place and by debtor of the evidence.

    Parameters
    ----------
    home, day, either
        By place: probability that it is the residence, the day place (seat), one of both.
    elsewhere, none, nowhere
        By debtor: that the residence is at none of the places; the day place is; both.
    habit
        By debtor: expected shift of the log odds of presence.
    log_evidence
        By debtor: log likelihood of the visits.
    """

    home: Floats
    day: Floats
    either: Floats
    elsewhere: Floats
    none: Floats
    nowhere: Floats
    habit: Floats
    log_evidence: Floats


def posterior(evidence: Evidence, parameters: LocatingParameters) -> Posterior:
    """Return the exact posterior of all debtors.

    Parameters
    ----------
    evidence
        As :func:`routes.locating.gather` makes it.
    """
    return solve(weigh(evidence, numbers_of(parameters, evidence.townships)))


def reported(
    numbers: Numbers, kind: Small | Ints, precision: Small | Ints
) -> tuple[Floats, Floats, Floats]:
    """Return log P(report) if the debtor is there, is out, and does not belong there.

    A debtor who is there is met with the detection of the place's precision.
    """
    met, rows = numbers.detection[precision], numbers.reports[:, kind]
    present = met * rows[PRESENT] + (1.0 - met) * rows[ABSENT]
    return np.log(present), np.log(rows[ABSENT]), np.log(rows[NOT_HERE])


def weigh(evidence: Evidence, numbers: Numbers) -> Weighed:
    """Put numbers to the evidence."""
    n_places = len(evidence.place_township)
    nothing = np.zeros(n_places)
    home_on, day_on = answer_factors(evidence, numbers)
    return _by_numbers(
        evidence,
        numbers,
        stated(evidence, numbers),
        Places(
            first=evidence.place_first,
            home=nothing,
            day=nothing,
            home_row=presence_rows(evidence.place_township, evidence.place_home_kind),
            day_row=presence_rows(evidence.place_township, evidence.place_day_kind),
            told=told_bands(evidence, len(VisitBand)),
            home_on=home_on,
            day_on=day_on,
            company=evidence.is_company,
        ),
        hours(evidence.visit_band, evidence.visit_day_type),
    )


def weigh_again(weighed: Weighed, numbers: Numbers) -> Weighed:
    """Put other numbers to the same evidence; quicker than :func:`weigh`, with the same answer."""
    evidence = weighed.evidence
    told = stated_by(weighed.stated, evidence, numbers)
    return _by_numbers(evidence, numbers, told, weighed.places, weighed.visits.hour)


def _by_numbers(
    evidence: Evidence, numbers: Numbers, told: Stated, places: Places, hour: Small
) -> Weighed:
    """Return evidence under numbers; of the places all but the weights stands already."""
    home, day = place_weights(evidence, numbers, told)
    present, absent, base = reported(numbers, evidence.visit_kind, evidence.visit_precision)
    there, out = presence_tables(numbers)
    return Weighed(
        evidence=evidence,
        numbers=numbers,
        model=frozen(
            Model(
                there,
                out,
                habit_nodes(numbers.habit_sd)[1].copy(),
                away_of(numbers),
                rates_of(numbers),
                np.array([week_number(evidence.now)]),
            )
        ),
        places=frozen(places._replace(home=home, day=day)),
        visits=frozen(
            Visits(
                first=evidence.visit_first,
                place=evidence.visit_place,
                day=evidence.visit_day,
                band=evidence.visit_band,
                hour=hour,
                base=base,
                absent=absent - base,
                gain=np.exp(present - absent),
            )
        ),
        stated=told,
    )


def solve(weighed: Weighed, *, room: Room | None = None) -> Posterior:
    """Return the posterior of all debtors; ``room`` serves for one evidence again and again."""
    n_places, n_debtors = len(weighed.places.home), len(weighed.evidence.debtors)
    empty = Posterior(
        *(np.zeros(n_places) for _ in range(3)), *(np.zeros(n_debtors) for _ in range(5))
    )
    return solve_again(weighed, empty, np.arange(n_debtors), room=room)


def solve_again(
    weighed: Weighed, before: Posterior, debtors: Ints, *, room: Room | None = None
) -> Posterior:
    """Return ``before`` with these debtors reckoned anew."""
    after = Posterior(
        home=before.home.copy(),
        day=before.day.copy(),
        either=before.either.copy(),
        elsewhere=before.elsewhere.copy(),
        none=before.none.copy(),
        nowhere=before.nowhere.copy(),
        habit=before.habit.copy(),
        log_evidence=before.log_evidence.copy(),
    )
    kernels.posterior(
        weighed.model,
        weighed.places,
        weighed.visits,
        debtors,
        room or room_of(weighed.places, weighed.visits, weighed.model, debtors),
        habit_nodes(weighed.numbers.habit_sd)[0],
        after.home,
        after.day,
        after.either,
        after.elsewhere,
        after.none,
        after.nowhere,
        after.habit,
        after.log_evidence,
    )
    return after
