"""Wrong files and wrong wishes: one clear message, exit code 1, and the store as it was."""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook

from data.demo.on_roads import write_court
from data.imports.columns import TableKind, columns_of
from data.model import Counts
from data.store import Store
from tests.conftest import FIELDWRIT
from web.cli import main
from web.clock import system_clock

Write = Callable[[Path], Path]

ROADS = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
<node id="1" lat="25.0" lon="118.6" version="1"/>
<node id="2" lat="25.01" lon="118.61" version="1"/>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="{kind}"/></way>
</osm>
"""


@pytest.fixture(scope="module")
def court(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad") / "court"
    shutil.copytree(demo_dir, folder)
    return folder


def _state(folder: Path) -> tuple[Counts, tuple[int, ...]]:
    store = Store.open(folder, clock=system_clock)
    try:
        counts = store.counts()
    finally:
        store.close()
    sizes = tuple(path.stat().st_mtime_ns for path in sorted((folder / "network").iterdir()))
    return counts, sizes


def _run(folder: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(folder), *map(str, words)])


def _table(
    kind: TableKind, change: dict[str, object], *, without: str = "", twice: bool = False
) -> Write:
    def write(folder: Path) -> Path:
        columns = [c for c in columns_of(kind, addresses=1) if c.key != without]
        row = {c.key: c.example for c in columns}
        row |= {"address_lon_1": 118.6, "address_lat_1": 25.0, "address_datum_1": "WGS84"}
        row |= {"lon": 118.6, "lat": 25.0, "kind": row.get("kind") or "火车站"} | change
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append([c.header for c in columns])
        for _ in range(2 if twice else 1):
            sheet.append([row.get(c.key, "") for c in columns])
        book.save(folder / f"{kind}.xlsx")
        return folder / f"{kind}.xlsx"

    return write


def _bytes(name: str, content: bytes) -> Write:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def _broken_workbook(folder: Path) -> Path:
    whole = _table(TableKind.CASES, {})(folder)
    whole.write_bytes(whole.read_bytes()[:2000])
    return whole


@pytest.mark.parametrize(
    ("words", "write", "named"),
    [
        (("network", "build"), _bytes("r.osm", b"<osm version='0.6'><node id='1'"), ["r.osm"]),
        (("network", "build"), _bytes("r.osm.pbf", b"\x00\x00\x00\x0dnonsense"), ["r.osm.pbf"]),
        (("network", "build"), _bytes("r.osm.gz", b"\x1f\x8b\x08\x00cut"), ["r.osm.gz"]),
        (
            ("network", "build"),
            _bytes("paths.osm", ROADS.format(kind="construction").encode()),
            ["paths.osm", "道路"],
        ),
        (
            ("import", "cases"),
            _table(TableKind.CASES, {}, without="claim_yuan"),
            ["cases.xlsx", "执行标的额"],
        ),
        (("import", "cases"), _broken_workbook, ["cases.xlsx"]),
        (
            ("import", "cases"),
            _bytes("cases.csv", "案号,案由\n一号,借贷".encode("gbk")[:-1] + b"\xff\xfe"),
            ["cases.csv"],
        ),
        (
            ("import", "cases"),
            _table(TableKind.CASES, {"number": "执字第123号"}),
            ["cases.xlsx", "2", "案号"],
        ),
        (("import", "cases"), _table(TableKind.CASES, {}, twice=True), ["cases.xlsx", "3"]),
        (
            ("import", "stations"),
            _table(TableKind.STATIONS, {"lon": 2.35, "lat": 48.85}),
            ["stations.xlsx", "2", "经度"],
        ),
        (
            ("import", "stations"),
            _table(TableKind.STATIONS, {"lon": 25.0, "lat": 118.6}),
            ["stations.xlsx", "2", "经"],
        ),
        (
            ("import", "cases"),
            _table(TableKind.CASES, {"filed_on": "去年"}),
            ["cases.xlsx", "2", "立案日期"],
        ),
        (("import", "areas"), _bytes("a.geojson", b'{"type": "FeatureCollection"'), ["a.geojson"]),
    ],
    ids=[
        *("osm-cut", "pbf-garbage", "gz-cut", "no-drivable-road", "missing-column"),
        *("workbook-cut", "gbk-broken", "case-number", "row-twice", "out-of-china", "swapped"),
        *("date", "areas-cut"),
    ],
)  # fmt: skip
def test_wrong_file_is_refused(
    words: tuple[str, ...], write: Write, named: list[str], court: Path, tmp_path: Path
) -> None:
    before = _state(court)
    result = _run(court, *words, write(tmp_path))
    assert result.exit_code == 1, result.output
    assert sum(line.startswith("错误：") for line in result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr
    for part in named:
        assert part in result.stderr
    assert _state(court) == before


def test_gbk_table_is_read_and_its_encoding_told(court: Path, tmp_path: Path) -> None:
    text = "编号,网格代码,姓名\nL900,350599001001,陈示例\n"
    grids = Store.open(court, clock=system_clock)
    code = grids.liaisons()[0].grid_code
    grids.close()
    path = tmp_path / "liaisons.csv"
    path.write_bytes(text.replace("350599001001", code).encode("gbk"))
    result = _run(court, "import", "liaisons", path, "--json")
    assert result.exit_code == 0, result.stderr
    assert "gb" in result.stdout.lower()


def test_past_day_is_refused(court: Path) -> None:
    before = _state(court)
    result = _run(court, "plan", "make", "--date", "2020-01-06", "--iterations", "0")
    assert result.exit_code == 1
    assert "2020-01-06" in result.stderr
    assert _state(court) == before


def test_place_name_is_refused_without_leave_and_with_cases(court: Path) -> None:
    assert "--allow-online" in _run(court, "network", "build", "洛江区").stderr
    result = _run(court, "network", "build", "洛江区", "--allow-online")
    assert result.exit_code == 1
    assert "不出境" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "make"),
        ("geocode",),
        ("geocode", "中山路1号", "--input", "."),
        ("import", "nonsense", "x"),
        ("plan", "make", "--date", "31.12.2026"),
    ],
)
def test_wrong_use_ends_with_two(words: tuple[str, ...], tmp_path: Path) -> None:
    assert _run(tmp_path, *words).exit_code == 2


def test_missing_store_says_how_to_make_one(tmp_path: Path) -> None:
    result = _run(tmp_path / "nowhere", "plan", "make", "--date", "tomorrow")
    assert result.exit_code == 1
    assert "fieldwrit init" in result.stderr


@pytest.mark.parametrize("act", ["import", "export"])
def test_full_disk_leaves_everything_as_it_was(act: str, demo_dir: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    before = _state(folder)
    if act == "import":
        roads = tmp_path / "roads.osm"
        roads.write_text(_grid_roads(), encoding="utf-8")
        tables = write_court(roads, tmp_path, cases=800, seed=3, as_of=date(2026, 11, 1))
        words = ["import", "cases", str(tables[TableKind.CASES])]
        limit = 300_000  # the journal of 800 cases is larger
    else:
        words = [
            "export",
            "latest",
            "--draft",
            "--format",
            "geojson",
            "--output",
            str(tmp_path / "plan"),
        ]
        (tmp_path / "plan").write_bytes(b"before")
        limit = 40_000
    run = subprocess.run(
        [FIELDWRIT, "--data-dir", folder, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert run.returncode == 1, run.stderr
    assert "磁盘" in run.stderr
    assert "Traceback" not in run.stderr
    if act == "export":
        assert (tmp_path / "plan").read_bytes() == b"before"
        assert _new_acts(folder, before[0].audit_entries) == ["plan.export.failed"]
        counts, sizes = before
        before = replace(counts, audit_entries=counts.audit_entries + 1), sizes
    assert _state(folder) == before


def _new_acts(folder: Path, known: int) -> list[str]:
    """Return the acts of the entries after so many, the oldest first."""
    store = Store.open(folder, clock=system_clock)
    try:
        added = store.counts().audit_entries - known
        return [entry.act for entry in reversed(store.audit.entries(added))]
    finally:
        store.close()


def _grid_roads(side: int = 30) -> str:
    nodes, ways = [], []
    for row in range(side):
        for column in range(side):
            node = row * side + column + 1
            lon, lat = 118.6 + column / 500, 25 + row / 500
            nodes.append(f'<node id="{node}" lat="{lat}" lon="{lon}" version="1"/>')
        refs = "".join(f'<nd ref="{row * side + column + 1}"/>' for column in range(side))
        ways.append(
            f'<way id="{row + 1}" version="1">{refs}<tag k="highway" v="residential"/></way>'
        )
        refs = "".join(f'<nd ref="{column * side + row + 1}"/>' for column in range(side))
        ways.append(
            f'<way id="{side + row + 1}" version="1">{refs}<tag k="highway" v="residential"/></way>'
        )
    return "<?xml version='1.0'?><osm version='0.6'>" + "".join(nodes + ways) + "</osm>"
