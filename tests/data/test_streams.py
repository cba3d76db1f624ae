"""Tables of any size go through: whole, in order, unchanged, and again after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from data.errors import ExportError, StoreFullError, TableFileError
from data.streams import Row, StreamReport, Value, open_table, transform_table
from data.streams.journal import Journal
from geo.errors import GeoError
from geo.messages import Message
from tests.data.streams_samples import ADDRESS, Lengths, read_csv, write_csv

ROWS = [[str(n), f"中山路{n}号", "旧"] for n in range(1, 2501)]
_IDENTITY = 987_654_321_012_345_677  # as long as the number of an identity card
TABLE = [["序号", ADDRESS, "备注"], *ROWS]


def _run(
    source: Path, target: Path, transform: Lengths | None = None, **more: object
) -> StreamReport:
    return transform_table(
        source,
        target,
        transform=transform or Lengths(),
        fingerprint="1",
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_row_comes_back_unchanged(encoding: str, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", TABLE, encoding)
    heard: list[tuple[int, int]] = []
    report = _run(
        source, tmp_path / "b.csv", progress=lambda done, total: heard.append((done, total))
    )
    rows = read_csv(tmp_path / "b.csv")
    assert [row[:3] for row in rows] == TABLE
    assert rows[0][3:] == ["长度", "说明", "经度", "纬度"]
    assert rows[1][3:] == ["5", "第5", "", ""]
    assert rows[10][3:] == ["6", "'=6", "118.66", "24.8"]
    assert (report.rows, report.resumed_rows) == (2500, 0)
    assert heard == [(1000, 2500), (2000, 2500), (2500, 2500)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "b.csv"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), max_size=4
        ),
        max_size=12,
    )
)
def test_any_cells_survive(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    folder = tmp_path_factory.mktemp("any")
    source = write_csv(folder / "a.csv", [["甲", ADDRESS, "乙", "丙"], *rows], "utf-8-sig")
    _run(source, folder / "b.csv", batch_rows=5)
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    found = read_csv(folder / "b.csv")
    assert [row[:4] for row in found[1:]] == [row + [""] * (4 - len(row)) for row in rows]


def test_rows_longer_than_the_header_and_blank_rows_stay(tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "a.csv",
        [["某院清单"], ["序号", ADDRESS], ["1", "甲村"], [], ["2", "乙村", "多", "余"], ["", ""]],
    )
    _run(source, tmp_path / "b.csv")
    rows = read_csv(tmp_path / "b.csv")
    assert rows[0][:4] == ["序号", ADDRESS, "", ""]
    assert [row[:4] for row in rows[1:]] == [
        ["1", "甲村", "", ""],
        ["", "", "", ""],
        ["2", "乙村", "多", "余"],
    ]


@pytest.mark.parametrize("header", [ADDRESS, "在哪里"])
def test_commas_in_a_single_column_cut_nothing(header: str, tmp_path: Path) -> None:
    texts = ["甲村，收件人", "乙村", "丙路5号；2楼，东", "丁路|6号"]
    source = write_csv(tmp_path / "a.csv", [[header], *[[text] for text in texts]])
    with open_table(source, known=[ADDRESS]) as table:
        assert table.header == (header,)
        assert [row[0] for row in table.rows()] == texts


def _book(path: Path) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "名单"
    sheet.append(["清单"])
    sheet.append(["编号", ADDRESS, "日期", "金额", "时刻", "是否", "坏", "长号"])
    day, moment = date(2026, 1, 31), datetime.fromisoformat("2026-01-31T08:30")
    sheet.append([1, "中山路1号", day, 2.5, moment, True, "=1+1", "350583199001010000"])
    sheet.append([2, None, None, -3, None, False, "=cmd", "0012"])
    sheet.merge_cells("B3:B4")
    other = book.create_sheet("其他")
    other.append(["别的"])
    book.create_sheet("空白")
    hidden = book.create_sheet("藏", 0)
    hidden.append([ADDRESS])
    hidden.sheet_state = "hidden"
    sheet["G4"].data_type = "s"
    book.save(path)
    return path


def test_a_workbook_keeps_types_and_texts(tmp_path: Path) -> None:
    report = _run(_book(tmp_path / "a.xlsx"), tmp_path / "b.xlsx")
    assert (report.sheet, report.other_sheets, report.unread_cells) == ("名单", ("其他",), 1)
    sheet = load_workbook(tmp_path / "b.xlsx").worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    day, moment = datetime.fromisoformat("2026-01-31"), datetime.fromisoformat("2026-01-31T08:30")
    assert rows[1][:8] == [1, "中山路1号", day, 2.5, moment, True, None, "350583199001010000"]
    assert rows[2][:8] == [2, "中山路1号", None, -3, None, False, "=cmd", "0012"]
    assert rows[1][8:] == [5, "第5", None, None]
    assert (sheet["G3"].data_type, sheet["G3"].quotePrefix) == ("s", True)
    assert sheet.freeze_panes == "A2"


def test_a_workbook_becomes_text(tmp_path: Path) -> None:
    _run(_book(tmp_path / "a.xlsx"), tmp_path / "b.csv")
    assert read_csv(tmp_path / "b.csv")[1][:8] == [
        *("1", "中山路1号", "2026-01-31", "2.5", "2026-01-31 08:30:00", "TRUE", ""),
        "350583199001010000",
    ]


def test_the_named_sheet_is_read(tmp_path: Path) -> None:
    with open_table(_book(tmp_path / "a.xlsx"), sheet="其他") as table:
        assert (table.header, table.total, table.other_sheets) == (("别的",), 0, ())
    with (
        pytest.raises(TableFileError, match="名单、其他"),
        open_table(tmp_path / "a.xlsx", sheet="没有"),
    ):
        pass


def test_a_geopackage_gets_points_and_distinct_columns(tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "a.csv",
        [["fid", "长度", "", ADDRESS], ["7", "x", "y", "中山路12号"], ["8", "", "", "中山路1号"]],
    )
    _run(source, tmp_path / "b.gpkg")
    frame = gpd.read_file(tmp_path / "b.gpkg")
    assert [*frame.columns[:5]] == ["fid", "长度", "列3", ADDRESS, "长度_2"]
    assert frame["长度_2"].tolist() == [6, 5]
    assert frame["fid"].tolist() == ["7", "8"]
    assert frame.crs == "EPSG:4326"
    assert frame.geometry[0] == shapely.Point(118.66, 24.8)
    assert frame.geometry[1] is None
    assert pyogrio.list_layers(tmp_path / "b.gpkg")[:, 0].tolist() == ["b"]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp"])
def test_layers_keep_their_numbers(suffix: str, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"size": [1.5, None, 2.0], ADDRESS: ["中山路1号", None, "前洋村5号"]},
        geometry=shapely.points([[118.0, 24.0]] * 3),
        crs=4326,
    )
    frame.insert(0, "no", pd.array([_IDENTITY, 2, None], dtype="Int64"))
    source = tmp_path / f"a{suffix}"
    frame.to_file(source, encoding="utf-8")
    _run(source, tmp_path / "b.csv")
    assert [row[:5] for row in read_csv(tmp_path / "b.csv")] == [
        ["no", "size", ADDRESS, "长度", "说明"],
        [str(_IDENTITY), "1.5", "中山路1号", "5", "第5"],
        ["2", "", "", "0", "'=0"],
        ["", "2", "前洋村5号", "5", "第5"],
    ]
    _run(source, tmp_path / "b.gpkg")
    again = pyogrio.read_info(tmp_path / "b.gpkg")
    assert [str(d) for d in again["dtypes"][:4]] == ["int64", "float64", "object", "int64"]


def _bytes_of(path: Path) -> object:
    return path.read_bytes() if path.suffix == ".csv" else _values_of(path)


def _values_of(path: Path) -> object:
    if path.suffix == ".xlsx":
        sheet = load_workbook(path).worksheets[0]
        return [tuple(row) for row in sheet.iter_rows(values_only=True)]
    return gpd.read_file(path).to_json()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".gpkg"])
def test_a_stopped_run_goes_on(suffix: str, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", TABLE)
    whole, target = tmp_path / f"whole{suffix}", tmp_path / f"b{suffix}"
    _run(source, whole)
    with pytest.raises(KeyboardInterrupt):
        _run(source, target, Lengths(stop_after=1300), batch_rows=100)
    assert not target.exists()
    heard: list[Message] = []
    again = Lengths()
    report = _run(source, target, again, notice=heard.append)
    assert (report.resumed_rows, again.rows_seen) == (1300, 1200)
    assert "1300" in str(heard[0])
    assert _bytes_of(target) == _bytes_of(whole)
    assert len(list(tmp_path.iterdir())) == 3


_CHILD = """
import sys, time
from pathlib import Path
from data.streams import transform_table
from tests.data.streams_samples import Lengths

class Slow(Lengths):
    def __call__(self, rows):
        time.sleep(0.02)
        return super().__call__(rows)

source, target = map(Path, sys.argv[1:])
transform_table(source, target, transform=Slow(), fingerprint="1", batch_rows=50)
"""


def test_a_killed_process_goes_on(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", TABLE)
    whole, target = tmp_path / "whole.csv", tmp_path / "b.csv"
    _run(source, whole)
    child = subprocess.Popen([sys.executable, "-c", _CHILD, source, target], cwd=Path.cwd())
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            kept = [*tmp_path.glob(".b.*.unfinished/answers")]
            if kept and kept[0].stat().st_size > 20_000:
                break
            time.sleep(0.01)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    (kept,) = tmp_path.glob(".b.*.unfinished/answers")
    kept.write_bytes(kept.read_bytes()[:-7])  # what a power cut leaves of the last line
    report = _run(source, target)
    assert 0 < report.resumed_rows < 2500
    assert target.read_bytes() == whole.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "b.csv", "whole.csv"]


@pytest.mark.parametrize(
    ("change", "said"), [("source", "源文件"), ("fingerprint", "设置"), ("asked", "")]
)
def test_a_changed_run_starts_anew(change: str, said: str, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", TABLE)
    target = tmp_path / "b.csv"
    with pytest.raises(KeyboardInterrupt):
        _run(source, target, Lengths(stop_after=1300), batch_rows=100)
    if change == "source":
        write_csv(source, [*TABLE, ["2501", "后坑村", ""]])
    report = transform_table(
        source,
        target,
        transform=Lengths(),
        fingerprint="2" if change == "fingerprint" else "1",
        resume=change != "asked",
    )
    assert report.resumed_rows == 0
    assert [str(text)[: len(said)] for text in report.notices] == ([said] if said else [])


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 400), flip=st.integers(0, 7))
def test_a_torn_journal_keeps_its_sound_part(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flip: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "answers"
    answers: list[tuple[Value, ...]] = [(n, f"第{n}", None) for n in range(12)]
    with Journal(path, {"a": "1"}) as journal:
        for begin in range(0, 12, 3):
            journal.append(answers[begin : begin + 3])
    content = bytearray(path.read_bytes())
    place = min(cut, len(content) - 1)
    content[place] ^= 1 << flip
    path.write_bytes(content[: place + 5])
    with Journal(path, {"a": "1"}) as journal:
        done = journal.rows_done
        assert done % 3 == 0
        journal.append(answers[done:])
        assert [tuple(row) for row in journal.answers()] == answers


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", '地址,b\n甲,1\n"乙,2\n丙,3\n'.encode(), "第 3 行"),
        ("a.csv", "地址\n甲\0村\n".encode(), "断开|编码"),
        ("a.csv", ("地址\n" + "甲村\n" * 4000 + "乙\0村\n").encode(), "第 4002 行"),
        ("a.csv", "地址\n甲村".encode()[:-1], "断开"),
        ("a.csv", "地址\n甲村".encode("utf-16")[:-1], "断开"),
        ("a.csv", b"", "是空的"),
        ("a.csv", b"\n\n  \n", "是空的"),
        ("a.csv", b"\xff\xff\xff\xff\n\x80", "编码"),
        ("a.xlsx", b"PK\x03\x04 cut short", "不是完整"),
        ("a.gpkg", b"SQLite format 3\0 cut short", "不是完整"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea', "不是完整"),
        ("a.pdf", b"%PDF-1.7", "不受支持"),
    ],
)
def test_damaged_files_are_refused_before_any_work(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    transform = Lengths()
    with pytest.raises(TableFileError, match=said):
        _run(tmp_path / name, tmp_path / "b.csv", transform)
    assert transform.rows_seen == 0
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("suffix", [".xlsx", ".gpkg", ".geojson", ".csv"])
def test_a_file_cut_anywhere_is_refused_or_whole(suffix: str, tmp_path: Path) -> None:
    whole = write_csv(tmp_path / "whole.csv", TABLE[:400])
    source = tmp_path / f"a{suffix}"
    if suffix in (".gpkg", ".xlsx"):
        _run(whole, source)
    elif suffix == ".geojson":
        _run(whole, tmp_path / "c.gpkg")
        gpd.read_file(tmp_path / "c.gpkg").to_file(source)
    else:
        source.write_text('"a","地址"\n' + '"1","甲\n村"\n' * 400, encoding="utf-8")
    content = source.read_bytes()
    for share in (0.2, 0.5, 0.9, 0.99):
        cut = int(len(content) * share)
        if suffix == ".csv":
            cut = content.index("村".encode(), cut)  # in a quoted cell; elsewhere nothing tells
        source.write_bytes(content[:cut])
        with pytest.raises(TableFileError):
            _run(source, tmp_path / "b.csv")


def test_a_refused_column_leaves_nothing(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [["住处"], ["甲村"]])
    with pytest.raises(GeoError):
        _run(source, tmp_path / "b.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_targets_that_cannot_be_are_refused(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", TABLE)
    with pytest.raises(ExportError, match="类型不支持"):
        _run(source, tmp_path / "b.pdf")
    with pytest.raises(ExportError, match="源文件"):
        _run(source, source)
    with pytest.raises(ExportError, match="无法写入"):
        _run(source, tmp_path / "none" / "b.csv")
    with FileLock(_unfinished(tmp_path) / "lock"), pytest.raises(ExportError, match="另一个进程"):
        _run(source, tmp_path / "b.csv")


def _unfinished(folder: Path) -> Path:
    with pytest.raises(KeyboardInterrupt):
        _run(folder / "a.csv", folder / "b.csv", Lengths(stop_after=10), batch_rows=5)
    (found,) = folder.glob(".b.*.unfinished")
    return found


def test_nothing_lies_at_the_target_before_it_was_told_of(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", TABLE)
    target = tmp_path / "b.csv"
    heard: list[tuple[int, bool]] = []

    def refuse(rows: int) -> None:
        heard.append((rows, target.exists()))
        raise StoreFullError("磁盘空间不足")

    with pytest.raises(StoreFullError):
        _run(source, target, placing=refuse)
    assert heard == [(2500, False)]
    assert not target.exists()
    assert _run(source, target, placing=lambda _rows: None).resumed_rows == 2500
    assert target.exists()


def test_a_cell_too_long_for_a_workbook_is_named(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [["x", ADDRESS], ["1", "甲"], ["2", "乙" * 40_000]])
    with pytest.raises(ExportError, match="第 3 行第 2 列"):
        _run(source, tmp_path / "b.xlsx")
    again = Lengths()
    report = _run(source, tmp_path / "b.csv", again)  # the cure keeps what was done
    assert (report.resumed_rows, again.rows_seen) == (2, 0)


def test_a_source_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", TABLE)

    class Meddling(Lengths):
        def __call__(self, rows: Sequence[Row]) -> Sequence[Sequence[Value]]:
            os.utime(source, (1, 1))
            return super().__call__(rows)

    with pytest.raises(TableFileError, match="被改动"):
        _run(source, tmp_path / "b.csv", Meddling())
    assert not (tmp_path / "b.csv").exists()


_FULL = """
import resource, sys
from pathlib import Path
from data.streams import transform_table
from tests.data.streams_samples import Lengths
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    source, target = map(Path, sys.argv[1:])
    transform_table(source, target, transform=Lengths(), fingerprint="1", batch_rows=100)
except Exception as error:
    print(type(error).__name__)
"""


def test_a_full_disk_is_said_and_resumed(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", TABLE)
    run = subprocess.run(
        [sys.executable, "-c", _FULL, source, tmp_path / "b.csv"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == StoreFullError.__name__
    report = _run(source, tmp_path / "b.csv")
    assert report.resumed_rows > 0
    assert [row[:3] for row in read_csv(tmp_path / "b.csv")] == TABLE
