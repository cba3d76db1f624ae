"""A confirmed place is what the same address leads to afterwards."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from data.store import Store
from geo.model import Precision
from web.cli import main
from web.clock import system_clock


def run(folder: Path, *words: str) -> dict[str, object]:
    result = CliRunner().invoke(main, ["--data-dir", str(folder), *words, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_confirmed_claim_teaches_the_gazetteer(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    with closing(Store.open(folder, clock=system_clock)) as store:
        claim = min(  # ids differ with the key; the first text names one road and no other
            (
                each
                for each in store.claims()
                if each.place and each.place.precision is Precision.INTERPOLATED
            ),
            key=lambda each: each.text.reveal(),
        )
    assert claim.place is not None
    lon, lat = claim.place.point.lon + 0.0011, claim.place.point.lat
    result = run(folder, "confirm", claim.id, "--lon", str(lon), "--lat", str(lat))
    assert result["learnt"] != 0
    assert result["moved_m"] == pytest.approx(111, abs=3)
    assert result["notes"] == []
    with closing(Store.open(folder, clock=system_clock)) as store:
        (entry,) = [each for each in store.audit.entries() if each.act == "place.decide"]
        assert (entry.actor[:4], entry.subject) == ("cli:", f"claim:{claim.id}")
        place = next(each.place for each in store.claims() if each.id == claim.id)
    assert place is not None
    assert (place.precision, place.point.lon) == (Precision.DOOR, pytest.approx(lon))
    best = run(folder, "geocode", claim.text.reveal())["candidates"][0]  # type: ignore[index]
    assert best["precision"] == "door"
    assert (best["lon"], best["lat"]) == pytest.approx((lon, lat), abs=2e-6)


def test_a_place_outside_is_told_and_teaches_nothing(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    with closing(Store.open(folder, clock=system_clock)) as store:
        claim = next(each for each in store.claims() if each.place)
        known = store.gazetteer_entries()
    words = ("confirm", claim.id, "--lon", "116.4", "--lat", "39.9")
    result = run(folder, *words)
    assert result["learnt"] == 0
    assert result["moved_m"] > 1_000_000  # type: ignore[operator]
    assert "辖区以外" in str(result["notes"])
    with closing(Store.open(folder, clock=system_clock)) as store:
        assert store.gazetteer_entries() == known
    shown = CliRunner().invoke(main, ["--data-dir", str(folder), "--lang", "en", *words])
    assert "outside" in shown.stdout
    assert "None" not in shown.stdout


def test_unknown_claim_and_foreign_point_are_refused(demo_dir: Path) -> None:
    words = ["--data-dir", str(demo_dir), "confirm", "nobody", "--lon"]
    unknown = CliRunner().invoke(main, [*words, "118.6", "--lat", "24.8"])
    assert unknown.exit_code == 1
    assert "nobody" in unknown.stderr
    swapped = CliRunner().invoke(main, [*words, "24.8", "--lat", "89.0"])
    assert swapped.exit_code == 1
