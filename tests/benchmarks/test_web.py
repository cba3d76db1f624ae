"""The benchmark of the pages names its parts, and that of the overview runs at a small size."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.web import PARTS
from benchmarks.web_overview import filled, measure
from tests.web.browser import MISSING, Screen, browsing, is_installed
from web import build

ROOT = Path(__file__).resolve().parents[2]


def test_each_part_can_be_run() -> None:
    for part in PARTS:
        assert callable(importlib.import_module(f"benchmarks.{part}").main)


def test_an_unknown_part_is_told_by_name() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.web", "web_nothing"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert "web_nothing" in told.stderr


@pytest.mark.browser
@pytest.mark.skipif(not is_installed(), reason=MISSING)
@pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build")
def test_the_overview_is_measured_beside_folium(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path / "data", 300)
    with browsing() as driver:
        driver.set_script_timeout(60)
        measure(tmp_path / "data", Screen(driver, ""), name="tiny", beside=True, pan_s=1.0)
    told = dict(line.split()[:2] for line in capsys.readouterr().out.splitlines())
    assert set(told) == {
        "overview_tiny_server_reads_s",
        "overview_html_tiny_kb",
        "overview_tiny_first_map_s",
        "overview_tiny_pan_fps",
        "heat_tiny_first_s",
        "heat_tiny_slider_ms",
        "folium_tiny_first_map_s",
        "overview_tiny_over_folium",
    }
    assert all(float(value) > 0.0 for value in told.values())
