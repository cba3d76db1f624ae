"""A table drawn from real address corpora goes through the command; no row of it is shown."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from geo.address_corpus import read_corpus
from tests.reference import reference_data
from web.cli import main

ROWS = 1500
CORPORA = ("ccks2021_dev.conll", "ncap_dev.txt")


@pytest.mark.reference
def test_every_row_of_a_corpus_comes_back(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    texts = [
        row.text
        for name in CORPORA
        for row in read_corpus(reference_data() / "addresses" / name)[: ROWS // 2]
    ]
    source, target = tmp_path / "table.csv", tmp_path / "located.csv"
    with source.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([["序号", "地址"], *enumerate(texts)])
    words = ["--data-dir", str(folder), "geocode", "--input", str(source), "--output", str(target)]
    result = CliRunner().invoke(main, [*words, "--json"])
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["rows"] == len(texts)
    rows = list(csv.reader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    kept = [row[1] for row in rows[1:]] == texts
    assert kept  # a failing comparison of the lists themselves would print addresses
    confident = sum(float(row[5] or 0) > 0.5 for row in rows[1:])
    assert confident < 0.05 * len(texts)  # these lie elsewhere, and are not claimed to lie here


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_cells_that_look_like_formulas_stay_text(
    suffix: str, demo_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    source, target = tmp_path / "table.csv", tmp_path / f"located{suffix}"
    source.write_text('备注,地址\n=1+1,"中山路12号"\n', encoding="utf-8")
    words = ["--data-dir", str(folder), "geocode", "--input", str(source), "--output", str(target)]
    assert CliRunner().invoke(main, words).exit_code == 0
    if suffix == ".xlsx":
        sheet = load_workbook(target).worksheets[0]
        assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")
    else:
        assert "=1+1" in target.read_text(encoding="utf-8-sig")


def test_table_without_the_column_is_refused(demo_dir: Path, tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    source.write_text("住处,备注\n中山路12号,\n", encoding="utf-8")
    target = tmp_path / "located.csv"
    words = ["--data-dir", str(demo_dir), "geocode", "--input", str(source)]
    result = CliRunner().invoke(main, [*words, "--output", str(target)])
    assert result.exit_code == 1
    assert "地址" in result.stderr
    assert not target.exists()
