"""The fuzzer itself: what it makes, and what it says."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.imports import main, mutate


def test_the_same_seed_damages_a_file_in_the_same_way() -> None:
    data = bytes(range(256)) * 4
    made = [mutate(data, random.Random(seed)) for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
    assert data not in made


def test_a_short_run_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--cases", "40", "--seed", "5", "--kept", str(tmp_path / "kept")]
    assert main(words) == 0
    told = dict(line.split()[:2] for line in capsys.readouterr().out.splitlines())
    assert told["fuzz_cases"] == "40"
    assert told["fuzz_crashes"] == told["fuzz_hangs"] == told["fuzz_over_memory"] == "0"
    assert int(told["fuzz_refused"]) > 10
    assert not (tmp_path / "kept").exists()
