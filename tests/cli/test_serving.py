"""The served demonstration: it answers on loopback, and says when its port is taken."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from benchmarks.ports import free_port
from tests.conftest import FIELDWRIT
from web.build import is_current


def _status(port: int) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/login")
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


@pytest.mark.skipif(not is_current(), reason="page assets are missing: run make assets")
def test_serve_answers_and_a_taken_port_is_told(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    port = free_port()
    command = [FIELDWRIT, "--data-dir", folder, "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline_s = time.monotonic() + 60
        while (status := _status(port)) is None and time.monotonic() < deadline_s:
            assert server.poll() is None
            time.sleep(0.2)
        assert status == 200
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 1
        assert "--port" in second.stderr
    finally:
        server.terminate()
        server.communicate(timeout=20)
