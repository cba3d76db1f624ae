from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.address_corpus import (
    LABEL_LEVELS,
    LabelledSpan,
    LabelledText,
    Layout,
    detect_layout,
    masked,
    read_corpus,
    unknown_labels,
    without_overlap,
    write_corpus,
)
from geo.errors import AddressCorpusError
from geo.model import AddressLevel
from tests.reference import reference_data

TABLE = Path(__file__).resolve().parents[2] / "docs" / "address-labels.md"
FILES = ("ccks2021_train.conll", "ccks2021_dev.conll", "ncap_train.txt", "ncap_dev.txt")


@st.composite
def labelled_texts(draw: st.DrawFn, alphabet: str | None = None) -> LabelledText:
    """A text of any characters, cut into spans with gaps between some of them."""
    characters = st.characters(codec="utf-8") if alphabet is None else st.sampled_from(alphabet)
    text = draw(st.text(characters, min_size=1, max_size=30))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = [
        LabelledSpan(draw(st.sampled_from(sorted(LABEL_LEVELS))), start, end)
        for start, end in itertools.pairwise(cuts)
        if draw(st.booleans())
    ]
    return LabelledText(text, tuple(spans))


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "rows.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def seen(rows: tuple[LabelledText, ...]) -> list[list[tuple[str, str]]]:
    return [[(row.text[s.start : s.end], s.label) for s in row.spans] for row in rows]


@given(rows=st.lists(labelled_texts(), min_size=1, max_size=5))
def test_what_is_written_is_read_back(
    rows: list[LabelledText], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("corpus") / "rows.txt"
    for layout in Layout:
        write_corpus(path, rows, layout)
        assert detect_layout(path) is layout
        back = read_corpus(path)
        assert [row.text for row in back] == [re.sub("[\n\ufeff]", " ", row.text) for row in rows]
        if layout is Layout.BIES:
            assert [row.spans for row in back] == [row.spans for row in rows]
        else:
            for found, row in zip(back, rows, strict=True):
                assert set(row.spans) <= set(found.spans)
                rest = set(found.spans) - set(row.spans)
                assert all(span.label == "redundant" for span in rest)
                assert sum(s.end - s.start for s in found.spans) == len(row.text)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("洛 B-district\n江 I-district\n\n5 B-roadno\n号 I-roadno\n\n", "洛江/district;5号/roadno"),
        ("洛 B-district\n江 E-district\n5 S-roadno\n_ O", "洛江/district 5/roadno"),
        ("\ufeff洛\tB-district\r\n江\tI-district\r\n\r\n\r\n", "洛江/district"),
        ("开 b-devZone\n区 i-DEVZONE\n", "开区/devzone"),
        ("832 B-roadno\n弄 I-roadno\n", "832弄/roadno"),
        ("a B-road\n  I-road\nb I-road\n", "a b/road"),
        ("a B-road\n\t\tI-road\nb   I-road  \n", "a\tb/road"),
        ("a B-road\n I-road\n", "a /road"),
        ("路 B-road\n街 B-road\n", "路/road 街/road"),
        ("路 I-road\n街 I-road\n5 I-roadno\n", "路街/road 5/roadno"),
        ("路 B-road\n街 E-road\n口 I-road\n号 E-roadno\n", "路街/road 口/road 号/roadno"),
        ("路 S-road\n街 I-road\n_ O\n口 E-road\n", "路/road 街/road 口/road"),
        ("O O\n路 S-road\n", "路/road"),
        ("\u2028 B-road\n\x85 I-road\n\u3000 I-road\n", "\u2028\x85\u3000/road"),
    ],
)
def test_layouts_and_their_flaws(tmp_path: Path, content: str, wanted: str) -> None:
    rows = read_corpus(written(tmp_path, content))
    assert ";".join(" ".join("/".join(pair) for pair in row) for row in seen(rows)) == wanted


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("洛 B-district\n江\n", "第 2 行"),
        ("洛 B-district\n江 I\n", "第 2 行"),
        ("洛 B-district\n江 X-district\n", "第 2 行"),
        ("洛 江 B-district\n", "第 1 行"),
        ("洛 B-district\n\n江 I-distr", "“distr”不认识"),
        ("洛 B-district\n江 B-地名\n", "第 2 行"),
        ("路 S-road\n\n洛 B-district\n江 I-district\n", "第 4 行中断"),
        ("路 S-road\n\n洛 B-district\n江 I-district", "第 4 行中断"),
        ("", "没有标注地址"),
        ("\n \n\n", "没有标注地址"),
        ("洛 B-district\n江 I-district\n".encode("gbk"), "UTF-8"),
        ("洛 B-district\n江 I-district\n".encode()[:17], "UTF-8"),
    ],
)
def test_a_bad_file_is_told_with_its_line(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(AddressCorpusError, match=said) as raised:
        read_corpus(written(tmp_path, content))
    assert "rows.txt" in str(raised.value)
    assert str(tmp_path) not in str(raised.value)


def test_a_missing_file_or_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(AddressCorpusError, match="无法读取"):
        read_corpus(tmp_path / "none.txt")
    with pytest.raises(AddressCorpusError, match="无法读取"):
        detect_layout(tmp_path)
    with pytest.raises(AddressCorpusError, match="无法写入"):
        write_corpus(tmp_path / "no" / "rows.txt", [LabelledText("路")], Layout.BI)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    def rows() -> Iterator[LabelledText]:
        yield LabelledText("街")
        raise RuntimeError

    path = tmp_path / "rows.txt"
    write_corpus(path, [LabelledText("路\ud800")], Layout.BIES)
    assert read_corpus(path) == (LabelledText("路?"),)
    with pytest.raises(RuntimeError):
        write_corpus(path, rows(), Layout.BIES)
    assert read_corpus(path) == (LabelledText("路?"),)
    assert list(tmp_path.iterdir()) == [path]


def test_unknown_labels_are_taken_only_when_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "路 B-way\n5 B-roadno\n")
    with pytest.raises(AddressCorpusError, match="roadno"):
        read_corpus(path)
    rows = read_corpus(path, any_label=True)
    assert unknown_labels(rows) == ("way",)
    assert [span.level for span in rows[0].spans] == [None, AddressLevel.NUMBER]


@pytest.mark.parametrize(
    "spans", [[(0, 0)], [(0, 3)], [(1, 2), (0, 1)], [(0, 2), (1, 2)], [(-1, 1)]]
)
def test_spans_are_checked(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(AddressCorpusError):
        LabelledText("路口", tuple(LabelledSpan("road", *span) for span in spans))


def test_texts_of_one_origin_are_found() -> None:
    assert masked("１２号34室٣") == "0号0室0"
    rows = [LabelledText(text) for text in ("路12号", "路7号", "路七号", "街1号")]
    kept, removed = without_overlap(rows, [LabelledText("路000号"), LabelledText("巷1号")])
    assert [row.text for row in kept] == ["路七号", "街1号"]
    assert removed == 2


def table_rows() -> list[list[str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("| `")
    ]


def test_the_table_in_the_documentation_is_the_mapping() -> None:
    levels = {level.value for level in AddressLevel}
    told = {row[0]: row[1] for row in table_rows()}
    known = {
        label: level.value if level else "not scored"
        for label, level in LABEL_LEVELS.items()
        if label in told or label not in levels
    }
    assert told == known
    assert len(set(told.values()) - {"not scored"}) >= 15


@functools.cache
def corpus(name: str) -> tuple[LabelledText, ...]:
    return read_corpus(reference_data() / "addresses" / name)


@pytest.mark.reference
def test_the_table_counts_what_the_corpora_hold() -> None:
    for column, name in enumerate(FILES, start=2):
        counts = Counter(span.label for row in corpus(name) for span in row.spans)
        told = {row[0]: int(row[column].replace(",", "")) for row in table_rows()}
        assert counts == {label: count for label, count in told.items() if count}


@pytest.mark.reference
@pytest.mark.parametrize(("name", "layout"), [(FILES[1], Layout.BIES), (FILES[3], Layout.BI)])
def test_a_real_corpus_is_written_back_as_it_was(name: str, layout: Layout, tmp_path: Path) -> None:
    path = reference_data() / "addresses" / name
    assert detect_layout(path) is layout
    write_corpus(tmp_path / name, corpus(name), layout)
    same = read_corpus(tmp_path / name) == corpus(name)
    assert same  # a failing comparison of the texts themselves would print addresses
    if layout is Layout.BIES:
        same = (tmp_path / name).read_bytes().strip() == path.read_bytes().strip()
        assert same
