"""The locating benchmark runs whole on a tiny district and prints each figure once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.field_simulation import Arms, learning_gain
from benchmarks.simulated_field import Week

ROOT = Path(__file__).resolve().parents[2]
TINY = {
    "locating": ("--debtors", "60", "--field-debtors", "120", "--large", "50"),
    "field_simulation": ("--debtors", "120"),
}
LIMITED = {
    "calibration_error_own_model",
    "calibration_error_wrong_model",
    "calibration_error_after_learning",
    "log_loss_over_best_peer",
    "learning_gain",
}


@pytest.mark.parametrize("name", TINY)
def test_figures_are_printed_once_with_their_intervals(name: str) -> None:
    if name == "locating":
        pytest.importorskip("sklearn")
    run = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--seeds", "1", "--workers", "1", *TINY[name]],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    rows = [line.split(" ", 2) for line in run.stdout.splitlines()]
    values = {figure: float(value) for figure, value, _ in rows}
    assert len(values) == len(rows)
    wanted = LIMITED if name == "locating" else {"learning_gain"}
    for figure in wanted:
        assert values[f"{figure}_low"] <= values[figure] <= values[f"{figure}_high"]
    if name == "locating":
        assert {
            "posterior_10000_s",
            "outcome_update_ms",
            "outcome_withdrawal_most_ms",
            "explain_200_claims_s",
        } <= set(values)
    assert "1 of 1 seeds" in run.stderr


def test_the_gain_is_that_of_persons_found_and_not_of_visits() -> None:
    def weeks(*found: int) -> tuple[Week, ...]:
        return tuple(Week(n, 99, 10.0, 15, 90.0) for n in found)

    habits = (weeks(8), weeks(7))
    arms = [
        Arms(weeks(9), weeks(10, 20), weeks(20, 16), *habits),
        Arms(weeks(9), weeks(5), weeks(6), *habits),
    ]
    found = learning_gain(arms)
    assert found.value == pytest.approx((36 / 30 + 6 / 15) / (30 / 30 + 5 / 15))
    assert found.low == pytest.approx(1.2)
