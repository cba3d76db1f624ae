"""The PostgreSQL server of the tests; where there is none they are skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import postgres_server
from benchmarks.postgres_server import (
    PASSWORD,
    NoServerError,
    Server,
    as_owner,
    database,
    make,
    own_folder,
    started,
)

__all__ = [
    "PASSWORD",
    "Server",
    "as_owner",
    "database",
    "make",
    "own_folder",
    "running",
    "started",
    "wanted",
]

_NEEDED = "FIELDWRIT_TESTS_NEED_POSTGRESQL"


def wanted() -> Path:
    """Return the folder of the server's programs; skips the test where there is none.

    With ``FIELDWRIT_TESTS_NEED_POSTGRESQL`` set, the test fails instead.
    """
    with _or_skipped():
        return postgres_server.programs_folder()


@contextmanager
def running() -> Iterator[Server]:
    """Yield a fast server with PostGIS, or skip as :func:`wanted` does."""
    with _or_skipped(), postgres_server.running() as server:
        yield server


@contextmanager
def _or_skipped() -> Iterator[None]:
    try:
        yield
    except NoServerError as error:
        if os.environ.get(_NEEDED):
            pytest.fail(str(error))
        pytest.skip(str(error))
