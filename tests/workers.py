"""A worker of long jobs in a process of its own, which may be killed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import FIELDWRIT
from web.config import Settings

__all__ = ["worker"]


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """Yield a worker that has begun; it is killed in the end."""
    process = subprocess.Popen(
        [FIELDWRIT, "--data-dir", settings.data_dir, "work"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "已启动" in process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()
