"""What many tests start from: the small demonstration, built once for all workers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

from tests.data.courts import EMPTY, CourtFolder, new_court
from tests.postgres import Server, database, running
from tests.unaudited import watching_writes

# The same examples each time, so that a change is judged by what it changed;
# HYPOTHESIS_PROFILE=roam draws others.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("roam", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

FIELDWRIT = Path(sys.executable).with_name("fieldwrit")


def run_fieldwrit(
    *words: str | Path, cwd: Path, timeout_s: float = 240
) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, in a process of its own."""
    return subprocess.run(
        [FIELDWRIT, *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@pytest.fixture(scope="session", autouse=True)
def _watched_writes() -> Iterator[None]:
    """Whatever a test writes into a store is in the audit chain."""
    with watching_writes():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server with PostGIS, one a worker; the test is skipped where there is none."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> CourtFolder:
    """A new store in a folder, only to be copied."""
    return new_court(CourtFolder(tmp_path_factory.mktemp("empty") / "court"))


@pytest.fixture(scope="session")
def empty_database(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server
) -> Iterator[CourtFolder]:
    """A new store on the server, only to be copied."""
    with database(postgres, EMPTY) as url:
        yield new_court(CourtFolder(tmp_path_factory.mktemp("empty") / "court", url, postgres))


@pytest.fixture(scope="session")
def _demonstration(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    """Build the small demonstration by its command, once for all workers of a run."""
    root = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        root = root.parent  # what the workers of one run share
    summary = root / "demonstration.json"
    with FileLock(root / "demonstration.lock"):
        if not summary.exists():
            run = run_fieldwrit(
                *("--data-dir", root / "court", "demo", "--no-serve", "--small", "--json"),
                cwd=root,
            )
            assert run.returncode == 0, run.stderr
            summary.write_text(run.stdout, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def demo_dir(_demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the small demonstration; copy it before changing anything.

    Each process has one of its own, since a database that another has open cannot be copied.
    """
    folder = tmp_path_factory.mktemp("demonstration") / "court"
    shutil.copytree(_demonstration / "court", folder)
    return folder


@pytest.fixture(scope="session")
def demo_summary(_demonstration: Path) -> dict[str, Any]:
    """What ``fieldwrit demo --no-serve --small --json`` printed."""
    found: dict[str, Any] = json.loads(
        (_demonstration / "demonstration.json").read_text(encoding="utf-8")
    )
    return found
