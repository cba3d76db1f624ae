"""What planning and learning are worth in the field: persons found.

``python -m benchmarks.field_simulation [--seeds N] [--first SEED] [--debtors N] [--workers N]``
prints ``name value unit``. A court works 8 weeks by plans that believe the numbers it started
with, while the truth is another (:mod:`benchmarks.simulated_district`). Then it goes on twice
from the same day, 4 weeks each: with the same numbers, and with what it learns from its own
outcomes, anew every Monday, a person saying yes. Planner, seeds, debtors and their whereabouts
are the same. The 8 weeks are also worked by today's habits, from door to nearest door and village
by village, by the same teams in the same hours.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.locating_learning import learned
from benchmarks.locating_pool import over_seeds
from benchmarks.locating_scores import Interval, mean_interval, ratio_interval
from benchmarks.locating_visits import WEEK_D
from benchmarks.report import figure
from benchmarks.simulated_district import outcomes_of
from benchmarks.simulated_field import FieldWork, Week, begin, work_weeks
from geo.model import Floats
from routes.locating import LocatingParameters, default_parameters
from routes.planning import Engine

__all__ = ["Arms", "compare", "found_over", "learning_gain"]

SEEDS, FIRST_SEED, DEBTORS = 30, 1, 3_000
_LEARN_WEEKS, _MEASURED_WEEKS = 8, 4
_HABITS = (Engine.NEAREST_FIRST, Engine.VILLAGE_BY_VILLAGE)


@dataclass(frozen=True, slots=True)
class Arms:
    """One seed: the weeks before, then the same weeks twice; the weeks before by other planners."""

    before: tuple[Week, ...]
    frozen: tuple[Week, ...]
    learned: tuple[Week, ...]
    nearest_first: tuple[Week, ...]
    village_by_village: tuple[Week, ...]


def compare(seed: int, *, debtors: int) -> Arms:
    """Return what both courts of one seed came to."""
    parameters = default_parameters()
    weeks = _LEARN_WEEKS + _MEASURED_WEEKS
    court = begin(parameters, seed=seed, debtors=debtors, weeks=weeks)
    habits = {habit: court.fork(habit) for habit in _HABITS}
    for by_habit in habits.values():
        work_weeks(by_habit, range(_LEARN_WEEKS), seed=seed)
    work_weeks(court, range(_LEARN_WEEKS), seed=seed)
    other = court.fork()
    work_weeks(court, range(_LEARN_WEEKS, weeks), seed=seed)
    work_weeks(other, range(_LEARN_WEEKS, weeks), seed=seed, learn=partial(_learn, parameters))
    return Arms(
        before=tuple(court.weeks[:_LEARN_WEEKS]),
        frozen=tuple(court.weeks[_LEARN_WEEKS:]),
        learned=tuple(other.weeks[_LEARN_WEEKS:]),
        nearest_first=tuple(habits[Engine.NEAREST_FIRST].weeks),
        village_by_village=tuple(habits[Engine.VILLAGE_BY_VILLAGE].weeks),
    )


def _learn(outset: LocatingParameters, court: FieldWork, week: int) -> LocatingParameters:
    known = court.district.known
    outcomes = outcomes_of(known, court.visits, court.kinds)
    return learned(known, outcomes, week * WEEK_D, outset)


def learning_gain(arms: Sequence[Arms]) -> Interval:
    """Return persons found a team-day with learned over those with frozen numbers."""
    learnt, frozen = (_sums([getattr(each, arm) for each in arms]) for arm in ("learned", "frozen"))
    return ratio_interval(learnt, frozen)


def found_over(arms: Sequence[Arms], habit: Engine) -> Interval:
    """Return persons found a team-day by our plans over those by a habit, in the weeks before."""
    return ratio_interval(
        _sums([each.before for each in arms]), _sums([getattr(each, habit) for each in arms])
    )


def _sums(weeks: Sequence[Sequence[Week]]) -> Floats:
    """Return found persons a team-day of each seed."""
    return np.array(
        [sum(w.found for w in each) / sum(w.team_days for w in each) for each in weeks],
        dtype=np.float64,
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure what plans and learning find.")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many districts")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="seed of the first one")
    parser.add_argument("--debtors", type=int, default=DEBTORS, help="of each district")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    arms = over_seeds(
        partial(compare, debtors=options.debtors),
        seeds,
        name="field work",
        workers=options.workers,
    )
    figure("field_seeds", len(arms), "count")
    for name in ("before", "frozen", "learned"):
        weeks = [getattr(each, name) for each in arms]
        mean_interval(_sums(weeks)).print(f"found_per_team_day_{name}", "persons")
        first = 1 if name == "before" else _LEARN_WEEKS + 1
        for number in range(len(weeks[0])):
            one = np.mean([each[number].found_per_team_day for each in weeks])
            figure(f"found_per_team_day_{name}_week_{first + number}", float(one), "persons")
        flat = [week for each in weeks for week in each]
        team_days = sum(week.team_days for week in flat)
        visits = sum(week.visits for week in flat)
        figure(f"visits_per_team_day_{name}", visits / team_days, "visits")
        figure(f"hours_per_team_day_{name}", sum(w.hours for w in flat) / team_days, "h")
        figure(
            f"found_over_expected_{name}",
            sum(w.found for w in flat) / sum(w.expected for w in flat),
            "ratio",
        )
    learning_gain(arms).print("learning_gain", "ratio")
    for habit in _HABITS:
        found_over(arms, habit).print(f"found_over_{habit}", "ratio")


if __name__ == "__main__":
    main()
