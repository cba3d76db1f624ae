"""Measured legs on the command line: taken in, shown as factors, put in use, dropped."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from data.store import Store
from geo.model import HourBand, Point, TrafficDay
from geo.network import RoadNetwork, save_network
from geo.osmfile import OsmFeatures
from geo.placefile import places_json
from geo.roadtags import RoadClass
from geo.travel import load_engine
from geo.travel.observed import LegPredictor, ObservedLeg
from tests.data.samples import write_csv
from tests.geo.roads import LAT, LON, STEP, network_of
from web.cli import main
from web.clock import system_clock
from web.config import PLACES_FILE, read_settings
from web.wiring import Court, using

SIDE, APART = 10, 4  # spots a side, and grid steps between them: some 8 km
TRUE = np.array([1.0, 1.6, 1.2, 1.0])
MORNING = "08:00"


def _network() -> RoadNetwork:
    """Return a grid of local roads with two arterials across it."""
    spots = [(x * APART, y * APART) for y in range(SIDE) for x in range(SIDE)]

    def kind(line: int) -> RoadClass:
        return RoadClass.PRIMARY if line in (2, 6) else RoadClass.TERTIARY

    roads = []
    for y in range(SIDE):
        for x in range(SIDE):
            here = y * SIDE + x
            if x + 1 < SIDE:
                roads.append((here, here + 1, kind(y), "=", False))
            if y + 1 < SIDE:
                roads.append((here, here + SIDE, kind(x), "=", False))
    return network_of(spots, roads)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """Return 200 legs of workday mornings over ten days; every fifth had a long stop."""
    network, rng = _network(), np.random.default_rng(7)
    predictor = LegPredictor(network, load_engine(network))
    made: list[dict[str, str]] = []
    while len(made) < 200:
        ends = np.round(rng.uniform(0, (SIDE - 1) * APART, (2, 2)) * STEP + (LON, LAT), 5)
        if np.abs(ends[0] - ends[1]).sum() < 8 * STEP:
            continue
        day = date(2026, 11, 2) + timedelta(days=[0, 1, 2, 3, 4, 7, 8, 9, 10, 11][len(made) % 10])
        leg = ObservedLeg(
            *("v", day, "car", TrafficDay.WORKDAY, HourBand.MORNING_PEAK),
            *(Point(*end) for end in ends.tolist()),
            1800.0,
        )
        times = predictor.times(leg)
        assert times is not None
        took = (np.array(times.tier_s) @ TRUE + times.fixed_s) * np.exp(rng.normal(0, 0.1))
        minutes = max(2, round(took / 60 * (rng.uniform(2, 4) if len(made) % 5 == 0 else 1)))
        (from_lon, from_lat), (to_lon, to_lat) = ends.astype(str).tolist()
        made.append(
            {
                "日期": day.isoformat(),
                "出发时间": MORNING,
                "到达时间": f"{8 + minutes // 60:02d}:{minutes % 60:02d}",
                "出行方式": "汽车",
                "出发经度": from_lon,
                "出发纬度": from_lat,
                "到达经度": to_lon,
                "到达纬度": to_lat,
                "小组": f"T{len(made)}",
            }
        )
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "court"
    Store.open(made, clock=system_clock, create=True).close()
    settings = read_settings(str(made), None)
    save_network(_network(), settings.network_dir)
    (settings.network_dir / PLACES_FILE).write_text(places_json(OsmFeatures()), "utf-8")
    return made


Run = Callable[..., Result]


@pytest.fixture
def run(folder: Path) -> Run:
    def call(*words: str, given: str | None = None, language: str = "zh") -> Result:
        before = ["--data-dir", str(folder), "--lang", language, "travel"]
        return CliRunner().invoke(main, [*before, *words], input=given)

    return call


def found(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def acts(folder: Path) -> list[str]:
    with closing(Store.open(folder, clock=system_clock)) as store:
        return [entry.act for entry in store.audit.entries() if "correction" in entry.act]


def test_from_a_file_to_an_engine_that_is_corrected(
    run: Run, folder: Path, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    path = str(write_csv(tmp_path / "legs.csv", rows))
    assert found(run("observed", path, "--json"))["accepted"] == 200
    again = found(run("observed", path, "--json"))
    assert (again["accepted"], again["unchanged"], again["measured_legs"]) == (0, 200, 200)

    shown = found(run("correction", "--json"))
    (band,) = shown["bands"]
    arterial, local = (band["tiers"][row]["value"] for row in (1, 2))
    assert (arterial, local) == (pytest.approx(1.6, rel=0.1), pytest.approx(1.2, rel=0.1))
    assert shown["error_after"] < shown["error_before"]
    assert shown["in_use"] is None
    assert acts(folder) == []

    ends = (
        np.array([(LON, LAT + 2 * APART * STEP)]),
        np.array([(LON + 9 * APART * STEP, LAT + 2 * APART * STEP)]),
    )

    def engine_s(band: HourBand) -> float:
        with using(Court(read_settings(str(folder), None))) as court:
            return float(court.engine.matrix(*ends, band=band).travel_s[0, 0])

    before = {band: engine_s(band) for band in HourBand}
    applied = found(run("correction", "--apply", "--yes", shown["correction"], "--json"))
    assert applied == {"correction": shown["correction"], "changed": True}
    assert engine_s(HourBand.MORNING_PEAK) > 1.15 * before[HourBand.MORNING_PEAK]
    assert engine_s(HourBand.NIGHT) == before[HourBand.NIGHT]
    assert found(run("correction", "--apply", "--yes", shown["correction"], "--json")) == {
        "correction": shown["correction"],
        "changed": False,
    }
    assert found(run("correction", "--json"))["in_use"] == shown["correction"]

    assert found(run("correction", "--drop", "--json"))["changed"]
    assert not found(run("correction", "--drop", "--json"))["changed"]
    assert engine_s(HourBand.MORNING_PEAK) == before[HourBand.MORNING_PEAK]
    assert acts(folder) == ["travel_correction.drop", "travel_correction.apply"]


def test_the_court_s_own_speeds_count_everywhere(
    run: Run, folder: Path, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    path = str(write_csv(tmp_path / "legs.csv", rows))
    run("observed", path)
    shown = found(run("correction", "--json"))["correction"]
    run("correction", "--apply", "--yes", shown)
    ends = np.array([(LON, LAT)]), np.array([(LON + 9 * APART * STEP, LAT)])

    def engine_s() -> float:
        with using(Court(read_settings(str(folder), None))) as court:
            return float(court.engine.matrix(*ends, profile="police_car").travel_s[0, 0])

    before = engine_s()
    own = read_settings(str(folder), None).speeds_path
    slow = "".join(f"[factor.workday.{band}]\nlocal = 0.3\n" for band in ("midday", "morning_peak"))
    own.write_text(f"\ufeff# 本院\n{slow}", "utf-8")
    assert engine_s() > 1.8 * before
    stale = found(run("correction", "--json"))
    assert stale["bands"] == []  # foretold by the other table
    assert any("200" in note for note in stale["notes"])
    assert any("不起作用" in note for note in stale["notes"])
    again = found(run("observed", path, "--json"))
    assert (again["accepted"], again["measured_legs"]) == (200, 200)
    assert found(run("correction", "--json"))["correction"] != shown
    own.write_text("# nothing differs\n", "utf-8")
    assert engine_s() == before
    assert found(run("correction", "--json"))["in_use"] == shown


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[police_car]\nmax_kmh = 0", ("speeds.toml", "[police_car]", "max_kmh", "300")),
        (b"[polce_car]\nmax_kmh = 80", ("speeds.toml", "polce_car", "[police_car]")),
        (b"[police_car\n", ("speeds.toml", "TOML")),
        ("# 车速".encode("gb18030"), ("speeds.toml", "UTF-8")),
    ],
)
def test_a_fault_in_the_court_s_speeds_is_named(
    content: bytes, words: tuple[str, ...], run: Run, folder: Path
) -> None:
    read_settings(str(folder), None).speeds_path.write_bytes(content)
    for language in ("zh", "en"):
        refused = run("correction", language=language)
        assert refused.exit_code == 1
        for word in words:
            assert word in refused.stderr
        assert str(folder) not in refused.stderr


def test_a_slow_engine_is_told_once_in_the_user_s_language(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "geo.travel.hierarchy", raising=False)
    monkeypatch.setitem(sys.modules, "routingkit_cch", None)
    with using(Court(read_settings(str(folder), "en"))) as court:
        assert court.engine.profiles == court.vehicles
        del court.engine
        assert court.engine
    told = capsys.readouterr().err
    assert told.count("routingkit-cch") == 1
    assert "install it" in told.replace("\n", " ")


def test_it_is_shown_and_asked_for_before_it_is_used(
    run: Run, folder: Path, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    run("observed", str(write_csv(tmp_path / "legs.csv", rows)))
    refused = run("correction", "--apply", given="n\n")
    assert refused.exit_code == 1
    assert acts(folder) == []
    taken = run("correction", "--apply", given="y\n")
    assert taken.exit_code == 0, taken.output
    for word in ("早高峰", "工作日", "干路", "用时系数", "修正前误差", "–"):
        assert word in taken.stdout
    assert "morning_peak" not in taken.stdout
    assert acts(folder) == ["travel_correction.apply"]
    english = run("correction", language="en")
    assert not [letter for letter in english.stdout if "一" <= letter <= "龥"], english.stdout


def test_what_changed_since_it_was_shown_is_not_put_in_use(
    run: Run, folder: Path, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    run("observed", str(write_csv(tmp_path / "a.csv", rows[:150])))
    shown = found(run("correction", "--json"))["correction"]
    run("observed", str(write_csv(tmp_path / "b.csv", rows[150:])))
    late = run("correction", "--apply", "--yes", shown)
    assert late.exit_code == 1
    assert shown in late.stderr
    assert acts(folder) == []


def test_without_legs_or_roads_or_with_a_correction_that_does_not_help(
    run: Run, folder: Path, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    empty = run("correction")
    assert empty.exit_code == 0
    assert "travel observed" in empty.stdout
    assert run("correction", "--apply", "--yes", "0" * 12).exit_code == 1
    run("observed", str(write_csv(tmp_path / "one.csv", rows[1:2])))
    shown = found(run("correction", "--json"))
    assert shown["notes"]
    useless = run("correction", "--apply", "--yes", shown["correction"])
    assert useless.exit_code == 1
    assert "误差" in useless.stderr
    (read_settings(str(folder), None).network_dir / PLACES_FILE).unlink()
    no_roads = run("observed", str(tmp_path / "one.csv"))
    assert no_roads.exit_code == 1
    assert "network build" in no_roads.stderr


def test_a_bad_row_is_named_and_nothing_is_stored(
    run: Run, folder: Path, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    bad = [*rows[:3], {**rows[3], "到达时间": "07:00"}]
    refused = run("observed", str(write_csv(tmp_path / "bad.csv", bad)))
    assert refused.exit_code == 1
    for word in ("bad.csv", "5", "到达时间"):
        assert word in refused.stderr
    assert rows[3]["出发经度"] not in refused.stderr
    assert (
        found(run("observed", str(tmp_path / "bad.csv"), "--quarantine", "--json"))["measured_legs"]
        == 3
    )


def test_old_legs_are_forgotten_and_wrong_use_is_told(
    run: Run, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    run("observed", str(write_csv(tmp_path / "legs.csv", rows[:10])))
    assert found(run("forget", "2026-11-04", "--json")) == {"forgotten_legs": 2, "measured_legs": 8}
    for words in (
        ("correction", "--yes", "1"),
        ("correction", "--apply", "--drop"),
        ("forget", "next-workday"),
        ("forget", "yesterday"),
    ):
        assert run(*words).exit_code == 2, words
