"""How well the geocoder's confidence carries over to a district it was not fitted on.

``python -m benchmarks.confidence [--queries N] [--write]`` asks for noisy addresses of the
districts that development uses, fits the curves of :mod:`geo.confidence` to all but one, judges
them on the one left out, and prints ``name value unit``. ``--write`` fits them to all and writes
the table that ships. The districts of :mod:`benchmarks.geocoding` are others.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import geo.confidence
from benchmarks.address_noise import draw_queries
from benchmarks.demo_addresses import load_names, prepare
from benchmarks.geocoding import calibration_bins, calibration_error
from benchmarks.report import figure
from geo.confidence import Confidence, Outcome, fit, to_toml
from geo.coordinates import distance_m
from geo.geocoding import OfflineGeocoder

_SEEDS = (1, 2, 3)
_QUERIES = 10_000
_NEAR_M = 100.0
_TABLE = Path(geo.confidence.__file__).with_suffix(".toml")
_NOTE = """Curves from evidence to confidence (geo/confidence.py), fitted to {count} answers for
noisy addresses of three invented districts (seeds 1, 2 and 3) of which the map knows 30 % of the
house numbers, by python -m benchmarks.confidence --write. A court refits them from its own
confirmed places."""


def main() -> None:
    """Measure, and write the table where that is asked for."""
    parser = argparse.ArgumentParser(description="Fit and judge the geocoder's confidence.")
    parser.add_argument("--queries", type=int, default=_QUERIES, help="texts a district")
    parser.add_argument("--write", action="store_true", help=f"write {_TABLE.name}")
    options = parser.parse_args()
    districts = [_outcomes(seed, options.queries) for seed in _SEEDS]
    errors = []
    for left_out, known in enumerate(districts):
        others = [each for at, some in enumerate(districts) if at != left_out for each in some]
        errors.append(_error(fit(others, start=Confidence()), known))
        figure(f"confidence_calibration_error_{_SEEDS[left_out]}", errors[-1], "share")
    figure("confidence_calibration_error", max(errors), "share")
    if options.write:
        every = [each for some in districts for each in some]
        table = fit(every, start=Confidence())
        _TABLE.write_text(to_toml(table, note=_NOTE.format(count=len(every))), encoding="utf-8")


def _outcomes(seed: int, count: int) -> list[Outcome]:
    """Return what the geocoder answers for the texts of one district, and whether it was right."""
    with tempfile.TemporaryDirectory() as scratch:
        houses = prepare(Path(scratch), seed=seed, small=False)
        gazetteer, areas = load_names(Path(scratch))
    queries = draw_queries(houses, count, seed=seed)
    geocoder = OfflineGeocoder(gazetteer, areas)
    outcomes = []
    for query, answer in zip(
        queries, geocoder.evidence([query.text for query in queries]), strict=True
    ):
        if answer is None:
            continue
        point, evidence, grid = answer
        house = houses[query.house]
        away_m = distance_m((point.lon, point.lat), (house.lon, house.lat))
        right = away_m <= _NEAR_M if query.numbered else grid == house.grid_code
        outcomes.append(Outcome(evidence, bool(right)))
    return outcomes


def _error(confidence: Confidence, outcomes: Sequence[Outcome]) -> float:
    """Return the calibration error over bins of equal count."""
    claimed = np.array([confidence.of(each.evidence) for each in outcomes])
    right = np.array([each.right for each in outcomes])
    return calibration_error(calibration_bins(claimed, right))


if __name__ == "__main__":
    main()
