from __future__ import annotations

import pytest


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """The database of a test of imports; those on what the database does ask for both."""
    return str(request.param)
