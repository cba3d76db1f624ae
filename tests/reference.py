"""The one place that knows where the reference data lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_DEFAULT = _ROOT.parent / "shared" / "data"


def reference_data() -> Path:
    """Return the folder of reference data, or skip the calling test with the reason."""
    folder = Path(os.environ.get("FIELDWRIT_REFERENCE_DATA") or _DEFAULT)
    if not folder.is_dir():
        pytest.skip("no reference data: set FIELDWRIT_REFERENCE_DATA to its folder")
    return folder
