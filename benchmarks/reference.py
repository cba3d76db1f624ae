"""The one place of benchmarks and tests that knows where the reference data lies."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["reference_folder"]

_DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"


def reference_folder() -> Path:
    """Return the folder that FIELDWRIT_REFERENCE_DATA names, else the one beside the project."""
    return Path(os.environ.get("FIELDWRIT_REFERENCE_DATA") or _DEFAULT)
