"""Lighthouse's score of the main pages, on a slow phone or at a desk.

The small demonstration is served on loopback; Lighthouse reckons a slow line and a slow processor
into what it sees. Its scores go from 0 to 100.

``python -m benchmarks.web_lighthouse [--data-dir DIR]``.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from pathlib import Path

from benchmarks.report import figure
from tests.web.browser import is_installed, serving
from tests.web.conftest import Reader
from tests.web.lighthouse import CLI, inspect
from web import demonstration
from web.app import create_app
from web.config import Settings
from web.demonstration import PASSWORD
from web.wiring import Court, using

__all__ = ["main"]

_CATEGORIES = "performance,best-practices"


def main() -> None:
    """Print the scores; nothing where no browser or no Lighthouse is installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args()
    if not is_installed() or not CLI.exists():
        return
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="fieldwrit-lighthouse-") as folder:
        settings = Settings(given.data_dir or Path(folder) / "data")
        if given.data_dir is None:
            demonstration.run(settings, small=True, seed=1)
        _measured(settings)


def _measured(settings: Settings) -> None:
    with using(Court(settings)) as court:
        app = create_app(court.services(), secret_key="l" * 40)
        plan = court.stored_plan("latest")[0]
        case = court.store.cases()[0].id
        pages = (
            ("sign_in", "/login", "", True),
            ("field", "/field/", "officer", True),
            ("partner", "/partner", "police", True),
            ("overview", "/overview", "officer", False),
            ("plan", f"/plans/{plan}", "commander", False),
            ("case", f"/cases/{case}", "officer", False),
        )
        with serving(app) as address:
            for name, path, who, is_phone in pages:
                reader = Reader(app.test_client())
                if who:
                    reader.sign_in(who, PASSWORD)
                held = reader.client.get_cookie("fieldwrit")
                told = inspect(
                    address + path,
                    cookie="" if held is None else f"{held.key}={held.value}",
                    categories=_CATEGORIES,
                    is_phone=is_phone,
                )
                for category in _CATEGORIES.split(","):
                    score = told["categories"][category]["score"]
                    label = category.replace("-", "_")
                    figure(f"lighthouse_{name}_{label}", 100.0 * score, "points")


if __name__ == "__main__":
    main()
