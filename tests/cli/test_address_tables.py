"""``fieldwrit geocode`` and ``fieldwrit addresses parse`` over tables: columns, kinds, stopping."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

import geo.frames  # the accessor ``datum`` of frames
from data.store import Store
from geo.model import AddressLevel
from tests.conftest import FIELDWRIT
from tests.data.streams_samples import read_csv, write_csv
from web.cli import main
from web.clock import system_clock
from web.steps.address_parsing import LEVEL_NAMES

assert geo.frames


@pytest.fixture(scope="module")
def addresses(demo_dir: Path) -> list[str]:
    store = Store.open(demo_dir, clock=system_clock)
    texts = [claim.text.reveal() for claim in store.claims()]
    store.close()
    return texts


def _run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


def _geocode(court: Path, source: Path, target: Path, *words: str) -> Result:
    files = ("--input", source, "--output", target)
    return _run("--data-dir", court, "geocode", *files, *words)


def test_positions_in_each_kind_of_file(
    demo_dir: Path, addresses: list[str], tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "a.csv", [["序号", "住址"], *enumerate(addresses[:60])])
    for suffix in (".csv", ".xlsx", ".gpkg"):
        result = _geocode(demo_dir, source, tmp_path / f"b{suffix}", "--json")
        assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout)["rows"] == 60
    rows = read_csv(tmp_path / "b.csv")
    assert [row[1] for row in rows[1:]] == addresses[:60]
    assert {row[rows[0].index("坐标系")] for row in rows[1:]} <= {"WGS84", ""}
    frame = gpd.read_file(tmp_path / "b.gpkg")
    placed = ~frame.geometry.isna()
    assert placed.sum() == sum(bool(row[2]) for row in rows[1:]) > 30
    assert np.allclose(frame.geometry.x[placed], frame["经度"][placed])
    sheet = load_workbook(tmp_path / "b.xlsx").worksheets[0]
    assert sheet.max_row == 61


def test_positions_in_another_datum(demo_dir: Path, addresses: list[str], tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [["地址"], *[[text] for text in addresses[:40]]])
    assert _geocode(demo_dir, source, tmp_path / "w.gpkg").exit_code == 0
    assert _geocode(demo_dir, source, tmp_path / "g.gpkg", "--datum", "gcj02").exit_code == 0
    moved = gpd.read_file(tmp_path / "g.gpkg")
    assert moved.crs.name == "GCJ-02"
    assert set(moved["坐标系"].dropna()) == {"GCJ02"}
    back = moved.geometry.dropna().datum.to("wgs84")
    plain = gpd.read_file(tmp_path / "w.gpkg").geometry.dropna()
    assert np.abs(back.x - plain.x).max() < 2e-6
    assert np.abs(moved.geometry.dropna().x - plain.x).min() > 1e-3


def test_unsure_rows_list_candidates(demo_dir: Path, addresses: list[str], tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [["地址"], *[[text] for text in addresses[:150]]])
    result = _geocode(demo_dir, source, tmp_path / "b.csv", "--candidates", "2")
    assert result.exit_code == 0, result.stderr
    text = (tmp_path / "b.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    unsure = [row for row in rows if row["经度"] and float(row["可信度"]) < 0.9]
    sure = [row for row in rows if row["经度"] and float(row["可信度"]) >= 0.9]
    assert unsure
    for row in unsure:
        assert (row["候选1经度"], row["候选1可信度"]) == (row["经度"], row["可信度"])
        assert not row["候选2"] or float(row["候选2可信度"]) <= float(row["候选1可信度"])
    assert not any(row["候选1"] for row in sure)


def test_the_column_can_be_named_or_must_be(demo_dir: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [["甲方地址", "乙方地址"], ["中山路1号", "x"]])
    result = _geocode(demo_dir, source, tmp_path / "b.csv")
    assert result.exit_code == 1
    assert "--column" in result.stderr
    assert "乙方地址" in result.stderr
    assert _geocode(demo_dir, source, tmp_path / "b.csv", "--column", "甲方地址").exit_code == 0
    result = _geocode(demo_dir, source, tmp_path / "c.csv", "--column", "丙方")
    assert result.exit_code == 1
    assert "甲方地址" in result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "b.csv"]


def test_what_stands_for_headers_is_not_told_when_it_is_data(
    demo_dir: Path, tmp_path: Path
) -> None:
    person = ["陈某", "15400000000", "前洋村12号"]
    source = write_csv(tmp_path / "a.csv", [person, person])
    for words in ((), ("--column", "住在")):
        result = _geocode(demo_dir, source, tmp_path / "b.csv", *words)
        assert result.exit_code == 1
        assert not [cell for cell in person if cell in result.output]


def test_two_columns_of_one_header_are_refused(demo_dir: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [["地址", "地址 "], ["前洋村1号", "前洋村2号"]])
    for words in ((), ("--column", "地址")):
        result = _geocode(demo_dir, source, tmp_path / "b.csv", *words)
        assert result.exit_code == 1
        assert "2 列" in result.output
    assert not (tmp_path / "b.csv").exists()


def test_a_killed_command_goes_on(demo_dir: Path, addresses: list[str], tmp_path: Path) -> None:
    texts = [[f"{text} {number}"] for number in range(12) for text in addresses[:250]]
    source = write_csv(tmp_path / "a.csv", [["地址"], *texts])
    target = tmp_path / "b.csv"
    words = ["--data-dir", demo_dir, "geocode", "--input", source, "--output", target]
    child = subprocess.Popen([FIELDWRIT, *words], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and child.poll() is None:
        kept = [*tmp_path.glob(".b.*/answers")]
        if kept and kept[0].stat().st_size > 30_000:
            break
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=60) == 1
    assert not target.exists()
    result = _geocode(demo_dir, source, target, "--json")
    assert result.exit_code == 0, result.stderr
    shown = json.loads(result.stdout)
    assert 0 < shown["resumed_rows"] < shown["rows"] == 3000
    rows = read_csv(target)
    assert [[row[0]] for row in rows[1:]] == texts
    assert shown["geocoded"] == sum(bool(row[1]) for row in rows[1:])


def test_one_text_shows_its_parts_without_a_data_folder(tmp_path: Path) -> None:
    text = "河埔镇前洋村中山路128号（租房）13800000000"
    words = ("--data-dir", tmp_path / "none", "addresses", "parse", text)
    shown = _run(*words).stdout
    assert "门牌\t128号\t10-13\t" in shown
    assert "丢弃" in shown
    found = json.loads(_run(*words, "--json").stdout)
    for part in found["parts"]:
        assert text[part["start"] : part["end"]] == part["text"]
        assert part["level"] in set(AddressLevel)
    assert "13800000000" in "".join(piece["text"] for piece in found["dropped"])
    assert not (tmp_path / "none").exists()


def test_a_table_gets_one_column_a_level(tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "a.csv", [["编号", "住所地"], ["1", "河埔镇前洋村中山路128号"], ["2", ""]]
    )
    target = tmp_path / "b.csv"
    words = ("addresses", "parse", "--input", source, "--output", target, "--json")
    result = _run("--data-dir", tmp_path / "none", *words)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["recognised"] == 1
    with target.open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["村社区"], first["路街"], first["门牌"]) == ("前洋村", "中山路", "128号")
    assert not any(second[name] for name in LEVEL_NAMES.values())


@pytest.mark.parametrize("words", [(), ("中山路", "--input", "."), ("--output", "b.csv")])
def test_wrong_use(words: tuple[str, ...]) -> None:
    assert _run("addresses", "parse", *words).exit_code == 2


def test_every_level_has_a_name() -> None:
    assert set(LEVEL_NAMES) == set(AddressLevel)
    assert len(set(LEVEL_NAMES.values())) == len(AddressLevel)
