"""The field page without a signal: how soon it is usable, and what a bad line makes of outcomes.

Five browsers fetch a team's day, go off the network and open the page again. On each, outcomes are
kept by the page's own modules; then the line comes back and is cut at random: before a request, in
it, after the outcome was stored and before the answer, and in the answer.

``python -m benchmarks.web_field`` prints how many were stored exactly once.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from benchmarks.report import figure
from tests.web.browser import is_installed
from tests.web.cut_connection import Cut
from tests.web.field_day import field_day
from web.build import compile_catalogues

__all__ = ["main"]

_DEVICES = 5
_OUTCOMES = 40
_SEED = 1


def main() -> None:
    """Print the figures; nothing where no browser is installed."""
    if not is_installed():
        return
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    compile_catalogues()
    with tempfile.TemporaryDirectory(prefix="fieldwrit-field-") as folder:
        told = field_day(Path(folder) / "data", devices=_DEVICES, outcomes=_OUTCOMES, seed=_SEED)
    figure("field_devices", _DEVICES, "devices")
    figure("field_outcomes_sent", told.sent, "outcomes")
    figure("field_outcomes_stored_once", told.once, "outcomes")
    figure("field_outcomes_waiting", told.waiting, "outcomes")
    figure("field_outcomes_lost", told.lost, "outcomes")
    figure("field_outcomes_doubled", told.doubled, "outcomes")
    figure("field_requests_cut", told.cuts.total() - told.cuts[Cut.NONE], "requests")
    figure("field_answers_lost", told.cuts[Cut.BEFORE_ANSWER] + told.cuts[Cut.IN_ANSWER], "answers")
    figure("field_offline_usable_s", sorted(told.usable_s)[len(told.usable_s) // 2], "s")
    figure("field_offline_usable_max_s", max(told.usable_s), "s")


if __name__ == "__main__":
    main()
