"""The locating model: calibration, peers, speed, and what learning is worth in the field.

``python -m benchmarks.locating [--seeds N] [--first SEED] [--debtors N] [--workers N]`` prints
``name value unit``; ``_low`` and ``_high`` hold 95 % of the bootstrap draws over seeds. A
calibration error is the mean over seeds, so that errors of opposite sign in two districts do
not cancel; ``_by_chance`` is what probabilities without error would score on as many visits.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from benchmarks import field_simulation
from benchmarks.locating_calibration import Calibration, Score, measure
from benchmarks.locating_coverage import coverage
from benchmarks.locating_pool import over_seeds
from benchmarks.locating_scores import mean_interval, ratio_interval
from benchmarks.locating_speed import crowded_s, large_court, posterior_s, update_ms, withdrawal_ms
from benchmarks.report import figure
from benchmarks.simulated_field import START
from routes.locating import default_parameters

_DEBTORS = 600
_LARGE = 10_000
_RANGED = 60  # debtors of each court whose ranges are judged


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the locating model.")
    parser.add_argument(
        "--seeds", type=int, default=field_simulation.SEEDS, help="how many districts"
    )
    parser.add_argument(
        "--first", type=int, default=field_simulation.FIRST_SEED, help="seed of the first one"
    )
    parser.add_argument("--debtors", type=int, default=_DEBTORS, help="judged in each district")
    parser.add_argument(
        "--field-debtors",
        type=int,
        default=field_simulation.DEBTORS,
        help="of each district in which teams work",
    )
    parser.add_argument("--large", type=int, default=_LARGE, help="debtors of the timed court")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    _speed(options.large)
    judged = over_seeds(
        partial(measure, debtors=options.debtors),
        seeds,
        name="calibration",
        workers=options.workers,
    )
    _calibration(judged)
    _peers(judged)
    ranged = over_seeds(
        partial(coverage, debtors=_RANGED), seeds, name="ranges", workers=options.workers
    )
    held = np.array([each.held for each in ranged], dtype=np.float64)
    mean_interval(held).print("range_coverage", "share")
    figure("range_width", float(np.mean([each.width for each in ranged])), "share")
    arms = over_seeds(
        partial(field_simulation.compare, debtors=options.field_debtors),
        seeds,
        name="field work",
        workers=options.workers,
    )
    field_simulation.learning_gain(arms).print("learning_gain", "ratio")


def _speed(debtors: int) -> None:
    parameters = default_parameters()
    known, outcomes = large_court(seed=0, debtors=debtors, start=START)
    figure("posterior_10000_s", posterior_s(known, outcomes, parameters, repeats=5), "s")
    figure("outcome_update_ms", update_ms(known, outcomes, parameters, repeats=50), "ms")
    longest = withdrawal_ms(known, outcomes, parameters, repeats=50)
    figure("outcome_withdrawal_most_ms", longest, "ms")
    figure("explain_200_claims_s", crowded_s(parameters, start=START, repeats=5), "s")


def _calibration(judged: Sequence[Calibration]) -> None:
    figure("locating_seeds", len(judged), "count")
    figure("locating_visits", sum(each.visits for each in judged), "visits")
    figure("locating_found", float(np.mean([each.found for each in judged])), "share")
    models: tuple[tuple[str, Callable[[Calibration], Score]], ...] = (
        ("own_model", lambda each: each.own),
        ("wrong_model", lambda each: each.wrong),
        ("after_learning", lambda each: each.learned),
    )
    for name, score in models:
        scores = [score(each) for each in judged]
        errors = np.array([each.error for each in scores], dtype=np.float64)
        mean_interval(errors).print(f"calibration_error_{name}", "share")
        chance = float(np.mean([each.by_chance for each in scores]))
        figure(f"calibration_error_{name}_by_chance", chance, "share")


def _peers(judged: Sequence[Calibration]) -> None:
    """Print log losses; the best peer is another one for each seed, whichever is best there."""
    ours = np.array([each.learned.log_loss for each in judged], dtype=np.float64)
    mean_interval(ours).print("log_loss_after_learning", "nats")
    wrong = np.array([each.wrong.log_loss for each in judged], dtype=np.float64)
    mean_interval(wrong).print("log_loss_wrong_model", "nats")
    best = np.full(len(judged), np.inf)
    for name in judged[0].peers:
        losses = np.array([each.peers[name].log_loss for each in judged], dtype=np.float64)
        mean_interval(losses).print(f"log_loss_{name}", "nats")
        error = float(np.mean([each.peers[name].error for each in judged]))
        figure(f"calibration_error_{name}", error, "share")
        best = np.minimum(best, losses)
    ratio_interval(ours, best).print("log_loss_over_best_peer", "ratio")


if __name__ == "__main__":
    main()
