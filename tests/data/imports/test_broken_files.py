"""No file brings an import down: it is refused with its name and a cure, and nothing is kept."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data.courts import CourtFolder
from tests.data.imports.broken_files import BROKEN
from tests.data.imports.table_files import FORMATS, STATIONS, write_csv, write_xlsx
from tests.fuzz.worker import MOST_CPU_S, MOST_MIB, ImportWorker

_CURE = re.compile("请|须|只能|至多|应形如")


@pytest.fixture(scope="module")
def worker(empty_file: CourtFolder) -> Iterator[ImportWorker]:
    with ImportWorker(empty_file.folder) as started:
        yield started


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused(worker: ImportWorker, tmp_path: Path, name: str) -> None:
    path = BROKEN[name](tmp_path)
    if name == "unreadable" and os.geteuid() == 0:
        pytest.skip("root reads everything")
    trial = worker.attempt("stations", path)
    assert trial.end == "refused", trial.message
    assert path.name in trial.message
    assert _CURE.search(trial.message), trial.message
    assert not trial.written
    assert trial.cpu_s <= MOST_CPU_S
    assert trial.mib <= MOST_MIB


def test_there_are_enough_of_them() -> None:
    assert len(BROKEN) >= 200


@pytest.mark.parametrize("name", [name for name in BROKEN if re.search("csv with|geo|kml", name)])
def test_a_broken_file_is_no_boundary_either(
    worker: ImportWorker, tmp_path: Path, name: str
) -> None:
    path = BROKEN[name](tmp_path)
    trial = worker.attempt("areas", path)
    assert trial.end == "refused", trial.message
    assert path.name in trial.message
    assert not trial.written


def test_macros_and_calculated_formulas_are_read_as_their_values(
    worker: ImportWorker, tmp_path: Path
) -> None:
    import zipfile

    write_xlsx(tmp_path / "a.xlsx", STATIONS)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" * 100)
    path = (tmp_path / "a.xlsx").rename(tmp_path / "a.xlsm")
    assert worker.attempt("stations", path).end == "taken"


def test_the_rows_beside_a_bad_one_are_kept_in_quarantine_mode(
    worker: ImportWorker, tmp_path: Path
) -> None:
    rows = [dict(STATIONS[0]) | {"编号": "PS90"}, dict(STATIONS[1]) | {"经度": "1e400"}]
    write_csv(tmp_path / "a.csv", rows, "utf-8")
    trial = worker.attempt("stations", tmp_path / "a.csv", quarantine=True)
    assert trial.end == "taken"
    assert "第 3 行“经度”列" in trial.message


def test_triggers_of_a_layer_do_nothing(worker: ImportWorker, tmp_path: Path) -> None:
    import sqlite3

    path = FORMATS["gpkg"][1](tmp_path / "a.gpkg", STATIONS) or tmp_path / "a.gpkg"
    database = sqlite3.connect(path)
    database.execute("CREATE TRIGGER t AFTER INSERT ON gpkg_contents BEGIN DELETE FROM a; END")
    database.commit()
    database.close()
    before = path.read_bytes()
    assert worker.attempt("stations", path).end == "taken"
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.gpkg"]
