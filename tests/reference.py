"""The reference data for tests: there, or a reason to skip."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.reference import reference_folder


def reference_data() -> Path:
    """Return the folder of reference data, or skip the calling test with the reason."""
    folder = reference_folder()
    if not folder.is_dir():
        pytest.skip("no reference data: set FIELDWRIT_REFERENCE_DATA to its folder")
    return folder
