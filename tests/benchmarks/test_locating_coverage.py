"""Ranges of P(found) hold what they are made for as often as they say."""

from __future__ import annotations

import numpy as np

from benchmarks.locating_coverage import coverage


def test_nine_ranges_of_ten_hold_the_truth() -> None:
    """Courts whose numbers are drawn from the spreads; wide margins, for there are 20 courts."""
    courts = [coverage(seed, debtors=30) for seed in range(101, 121)]
    assert 0.82 < np.mean([each.held for each in courts]) < 0.96
    assert 0.05 < np.mean([each.width for each in courts]) < 0.30
