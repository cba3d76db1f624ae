"""The address benchmark runs on corpora it has not seen, and says what it misses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.address_peers import PEERS, Peer
from geo.address_corpus import LabelledSpan, LabelledText
from geo.address_scores import Span
from geo.model import AddressLevel

ROOT = Path(__file__).resolve().parents[2]
L = AddressLevel

BI = "中 B-road\n山 I-road\n路 I-road\n128 B-roadno\n号 I-roadno\n空 B-shelf\n位 I-shelf\n"
BIES = "泉 B-city\n州 E-city\n_ O\n3 B-houseNo\n栋 E-houseNo\n\n中 B-road\n山 I-road\n路 E-road\n"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.addresses", "--untrained", "--rows", "20", *words],
        cwd=ROOT,
        env={**os.environ, "FIELDWRIT_REFERENCE_DATA": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_unseen_corpora_of_both_layouts(tmp_path: Path) -> None:
    files = (tmp_path / "一号.txt", tmp_path / "Court rows.conll")
    for path, content in zip(files, (BI, BIES), strict=True):
        path.write_text(content, encoding="utf-8")
    ended = run(tmp_path, "--corpus", *map(str, files))
    assert ended.returncode == 0, ended.stderr
    lines = [line.split(" ") for line in ended.stdout.splitlines()]
    values = {name: float(value) for name, value, _ in lines}
    assert len(values) == len(lines)
    assert values["parse_micro_f1"] == 1.0
    assert values["parse_f1_court_rows_building"] == 1.0
    assert values["parse_rows"] == 20
    assert "shelf" in ended.stderr


def test_missing_or_broken_files_are_told(tmp_path: Path) -> None:
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert "ccks2021_dev.conll" in ended.stderr
    assert "FIELDWRIT_REFERENCE_DATA" in ended.stderr
    (tmp_path / "cut.txt").write_text("中 B-road\n山", encoding="utf-8")
    ended = run(tmp_path, "--corpus", str(tmp_path / "cut.txt"))
    assert ended.returncode == 1
    assert "cut.txt 第 2 行" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not ended.stdout


class Answers:
    """A peer's module that always gives one answer."""

    def __init__(self, **answer: object) -> None:
        self._answer = answer

    def parse_location(self, text: str, *, town_village: bool) -> dict[str, object]:
        names = ("province", "city", "county", "detail", "town", "village")
        return dict.fromkeys(names) | {"detail": ""} | self._answer


def jionlp(**answer: object) -> Peer:
    return PEERS["jionlp"](Answers(**answer))


@pytest.mark.parametrize(
    ("text", "gold", "answer", "wanted"),
    [
        (
            "泉州洛江区万安",
            (),
            {"province": "福建省", "city": "泉州市", "county": "洛江区", "detail": "万安"},
            {(L.CITY, 0, 2), (L.COUNTY, 2, 5)},
        ),
        (
            "浙江省杭州市浙江省杭州市",
            (LabelledSpan("prov", 6, 9),),
            {"province": "浙江省", "city": "杭州市"},
            {(L.PROVINCE, 6, 9), (L.CITY, 3, 6)},
        ),
        (
            "上海市静安区",
            (LabelledSpan("city", 0, 3),),
            {"province": "上海市", "city": "上海市", "county": "静安区"},
            {(L.CITY, 0, 3), (L.COUNTY, 3, 6)},
        ),
        (
            "杭州市江干区九堡镇",
            (),
            {"province": "浙江省", "city": "杭州市", "county": "上城区", "detail": "九堡镇"},
            {(L.CITY, 0, 3), (L.COUNTY, 3, 6)},
        ),
        (
            "洛江区马甲镇永安村5组",
            (),
            {
                "city": "泉州市",
                "county": "洛江区",
                "detail": "马甲镇永安村5组",
                "town": "马甲镇",
                "village": "永安村民委员会",
            },
            {(L.COUNTY, 0, 3), (L.TOWNSHIP, 3, 6), (L.VILLAGE, 6, 9)},
        ),
        (
            "乐清市温州路",
            (),
            {"city": "温州市", "county": "乐清市", "detail": "温州路"},
            {(L.COUNTY, 0, 3)},
        ),
        ("", (), {}, set()),
    ],
)
def test_a_peer_is_read_kindly(
    text: str, gold: tuple[LabelledSpan, ...], answer: dict[str, object], wanted: set[Span]
) -> None:
    assert jionlp(**answer).spans(LabelledText(text, gold)) == wanted
