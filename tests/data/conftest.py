from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.store import Store
from tests.fakes import StandingClock


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="session")
def empty_court(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new store, to be copied: making tables takes longer than a copy."""
    folder = tmp_path_factory.mktemp("empty") / "court"
    Store.open(folder, clock=StandingClock(), create=True).close()
    return folder


@pytest.fixture
def store(tmp_path: Path, clock: StandingClock, empty_court: Path) -> Iterator[Store]:
    shutil.copytree(empty_court, tmp_path / "court")
    opened = Store.open(tmp_path / "court", clock=clock)
    yield opened
    opened.close()
