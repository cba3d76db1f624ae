from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.errors import ImportRefusedError
from data.imports import import_file
from data.store import Store
from geo import coordinates
from geo.datum_evidence import KnownPlaces
from geo.model import Datum
from tests.data.samples import write_csv


def _row(name: str, lon: str, lat: str, **more: str) -> dict[str, str]:
    return {"名称": name, "类别": "村", "经度": lon, "纬度": lat, **more}


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("118°40′32.52″E", "24°52′26.04″N"),
        ("东经118度40分32.52秒", "北纬24度52分26.04秒"),
        ("１１８．６７５７", "２４．８７３９"),
        ("118.6757E", "24.8739N"),
        ("118:40:32.52", "24 52 26.04"),
        ('="118.6757"', " 24.8739\t"),
    ],
)
def test_degrees_are_taken_as_people_write_them(
    store: Store, tmp_path: Path, lon: str, lat: str
) -> None:
    report = import_file(
        store, "gazetteer", write_csv(tmp_path / "a.csv", [_row("甲村", lon, lat)])
    )
    assert report.accepted == 1
    point = store.gazetteer_entries()[0].point
    assert (point.lon, point.lat) == pytest.approx((118.6757, 24.8739), abs=1e-9)


@pytest.mark.parametrize(
    ("lon", "lat", "told"),
    [
        ("24°52′26″N", "118°40′32″E", "写反"),
        ("24.8739", "118.6757", "写反"),
        ("118.6757,24.8739", "24.8739", "两列"),
        ("118°40′32″", "24°61′00″", "60"),
        ("=cmd|' /C calc'!A0", "24.8739", "公式"),
        ("@SUM(1)", "24.8739", "无法识别"),
        ("118.67📍", "24.8739", "无法识别"),
        ("118\x07.6757x", "24.8739", "无法识别"),
        ("39668880.1", "2752560.2", "平面坐标"),
        ("1" * 10_000, "24.8739", "字符"),
    ],
)
def test_cells_that_are_no_coordinates_are_told_with_place_and_cure(
    store: Store, tmp_path: Path, lon: str, lat: str, told: str
) -> None:
    path = write_csv(tmp_path / "a.csv", [_row("甲村", lon, lat)])
    with pytest.raises(ImportRefusedError) as caught:
        import_file(store, "gazetteer", path)
    text = "".join(map(str, caught.value.problems))
    assert told in text
    assert "文件 a.csv 第 2 行" in text
    assert "度”列" in text
    assert store.gazetteer_entries() == ()


def _villages(datum: Datum, count: int = 20) -> tuple[list[dict[str, str]], KnownPlaces]:
    rng = np.random.default_rng(7)
    lonlat = rng.uniform((118.5, 24.7), (118.8, 25.0), (count, 2))
    rows = [
        _row(f"第{i}村", f"{lon:.6f}", f"{lat:.6f}")
        for i, (lon, lat) in enumerate(coordinates.from_wgs84(lonlat, datum))
    ]
    known = {f"第{i}": point[None] for i, point in enumerate(lonlat)}
    return rows, KnownPlaces(known, np.array([], dtype=object))


def test_a_wrong_datum_is_told_with_figures_and_nothing_is_switched(
    store: Store, tmp_path: Path
) -> None:
    rows, known = _villages(Datum.GCJ02)
    path = write_csv(tmp_path / "a.csv", rows)
    report = import_file(store, "gazetteer", path, known=lambda: known)
    assert report.accepted == len(rows)
    (note,) = report.notes
    assert "按 GCJ-02 解释时与 20 处同名地点相差中位数 0 米，按 WGS84 为 " in str(note)
    assert {f"{entry.point.lon:.6f}" for entry in store.gazetteer_entries()} == {
        row["经度"] for row in rows
    }


@pytest.mark.parametrize("stated", ["option", "column"])
def test_the_right_datum_is_taken_in_silence(store: Store, tmp_path: Path, stated: str) -> None:
    rows, known = _villages(Datum.GCJ02)
    if stated == "column":
        rows = [row | {"坐标系": "GCJ-02"} for row in rows]
    path = write_csv(tmp_path / "a.csv", rows)
    datum = Datum.GCJ02 if stated == "option" else None
    assert import_file(store, "gazetteer", path, datum=datum, known=lambda: known).notes == ()


def test_a_few_positions_do_not_load_the_roads(store: Store, tmp_path: Path) -> None:
    rows, _ = _villages(Datum.GCJ02, count=5)

    def never() -> KnownPlaces:
        raise AssertionError("not asked for")

    path = write_csv(tmp_path / "a.csv", rows)
    assert import_file(store, "gazetteer", path, known=never).accepted == 5
