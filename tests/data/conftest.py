from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from data.store import Store
from tests.data.courts import CourtFolder, copied
from tests.fakes import StandingClock


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """The database on which a test of the store runs; each runs on all."""
    return str(request.param)


@pytest.fixture
def empty_court(database_kind: str, request: pytest.FixtureRequest) -> CourtFolder:
    """A new store, only to be copied."""
    kind = "empty_database" if database_kind == "postgresql" else "empty_file"
    found: CourtFolder = request.getfixturevalue(kind)
    return found


@pytest.fixture
def court(empty_court: CourtFolder, tmp_path: Path) -> Iterator[CourtFolder]:
    """The folder of a new store, with its database."""
    with copied(empty_court, tmp_path / "court") as made:
        yield made


@pytest.fixture
def store(court: CourtFolder, clock: StandingClock) -> Iterator[Store]:
    opened = court.open(clock)
    yield opened
    opened.close()


@pytest.fixture
def outside(store: Store, court: CourtFolder) -> Iterator[Connection]:
    """The database as someone with access to it but not the key may change it."""
    with court.outside() as connection:
        yield connection
