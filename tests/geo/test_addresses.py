from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.address_corpus import read_corpus
from geo.address_scores import TO_ROAD_NUMBER, TO_TOWNSHIP, predicted_spans, score
from geo.addresses import LocalNames, parse, parse_many, separate
from geo.divisions import divisions
from geo.model import AddressLevel as L
from geo.model import ParsedAddress
from tests.reference import reference_data

WORDS = st.sampled_from(
    [
        *("福建省", "泉州市", "洛江区", "河埔镇", "万安街道", "前洋村", "社区", "中山路", "大道"),
        *("里", "弄", "巷", "１２８号", "12号", "之一", "3栋", "A座", "2单元", "501室", "五组"),
        *("（租房）", "(原中山路)", "13800000000", "张三", "收", "旁", "对面", "东侧200米", "与"),
        *(
            "，",
            "、",
            "-",
            "5-2-301",
            "G324国道",
            "小区",
            "城",
            "市",
            "区",
            "县",
            "㎡",
            "①",
            "电话：",
        ),
        *("臺灣", "=1+1", "😀", "\x00", "\u202e", "\ud800", "　", "\n", "Rm 12", "🏠3栋"),
    ]
)
TEXTS = st.text(max_size=60) | st.lists(WORDS, max_size=12).map("".join)


def levels(text: str) -> list[tuple[str, str]]:
    return [(part.level.value, part.text) for part in parse(text).parts]


def check_spans(parsed: ParsedAddress) -> None:
    """Spans lie in the text, in order and apart, and what they hold is what the text says."""
    spans = sorted([(part.start, part.end) for part in parsed.parts] + list(parsed.dropped))
    assert all(0 <= start < end <= len(parsed.text) for start, end in spans)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    assert [p.start for p in parsed.parts] == sorted(p.start for p in parsed.parts)
    assert all(0.0 <= part.confidence <= 1.0 and part.text for part in parsed.parts)
    assert all(len(part.text) == part.end - part.start for part in parsed.parts)


@settings(deadline=None)
@given(TEXTS)
def test_never_fails_and_spans_lie_in_the_text(text: str) -> None:
    check_spans(parse(text))


@settings(deadline=None)
@given(TEXTS)
def test_joining_the_levels_loses_nothing_that_was_recognised(text: str) -> None:
    parsed = parse(text)
    covered = {i for part in parsed.parts for i in range(part.start, part.end)}
    assert sum(len(part.text) for part in parsed.parts) == len(covered)
    assert sorted(p for each in separate(parsed) for p in map(id, each.parts)) == sorted(
        map(id, parsed.parts)
    )


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_many_are_parsed_as_one_by_one(texts: list[str]) -> None:
    alone = [parse(text) for text in texts]
    together = parse_many(texts)
    assert [[(p.level, p.start, p.end) for p in each.parts] for each in together] == [
        [(p.level, p.start, p.end) for p in each.parts] for each in alone
    ]
    assert [each.dropped for each in together] == [each.dropped for each in alone]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "福建省泉州市洛江区河市镇梧宅村下厝12号",
            "province福建省 city泉州市 county洛江区 township河市镇 village梧宅村 "
            "group下厝 number12号",
        ),
        (
            "河埔镇前洋村中山路１２８号旁",
            "township河埔镇 village前洋村 road中山路 number128号 direction旁",
        ),
        (
            "西湖区文三路158号金都花园3栋2单元501室",
            "county西湖区 road文三路 number158号 estate金都花园 building3栋 unit2单元 room501室",
        ),
        ("新疆维吾尔自治区天山区", "province新疆维吾尔自治区 county天山区"),
        ("泉州洛江万安街道", "city泉州 county洛江 township万安街道"),
        ("中山路与前进路交叉口", "road中山路 road前进路 intersection交叉口"),
        ("G324国道东侧200米", "roadG324国道 direction东侧 distance200米"),
        ("沿山村五组6号附1号", "village沿山村 group五组 number6号附1号"),
        ("阳江社区5-2-301", "village阳江社区 building5 unit2 room301"),
        ("中山路128", "road中山路 number128"),
        ("万安街道A3栋二楼", "township万安街道 buildingA3栋 floor二楼"),
        ("南京西路100号", "road南京西路 number100号"),
        ("乡贤路12号", "road乡贤路 number12号"),
        ("馬甲鎮永安村１０號", "township马甲镇 village永安村 number10号"),
        ("", ""),
    ],
)
def test_levels(text: str, wanted: str) -> None:
    assert " ".join(level + word for level, word in levels(text)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "中山路128号（租房）",
        "中山路128号 13800000000 张三",
        "张三 13800000000 中山路128号",
        "收件人：李四 电话：13800000000 地址：中山路128号",
        "中山路128号(房东电话0595-22222222)",
    ],
)
def test_what_is_no_address_is_dropped(text: str) -> None:
    parsed = parse(text)
    assert [part.text for part in parsed.parts] == ["中山路", "128号"]
    assert parsed.dropped
    check_spans(parsed)


@pytest.mark.parametrize("number", ["13800000000", "0595-22222222", "350504199001011234"])
@pytest.mark.parametrize("where", ["{}中山路128号", "中山路128号{}", "中山路128号，{}，万安街道"])
def test_no_telephone_or_identity_number_is_part_of_an_address(number: str, where: str) -> None:
    parsed = parse(where.format(number))
    assert not any(number[-6:] in part.text for part in parsed.parts)
    assert any(number in parsed.text[start:end] for start, end in parsed.dropped)


def test_full_width_text_keeps_its_place() -> None:
    parsed = parse("河埔镇中山路１２８号")
    (number,) = [part for part in parsed.parts if part.level is L.NUMBER]
    assert parsed.text[number.start : number.end] == "１２８号"
    assert number.text == "128号"


def test_local_names_stand_without_endings() -> None:
    names = LocalNames({"河埔": L.TOWNSHIP, "前洋": L.VILLAGE, "中山路": L.ROAD})
    parsed = parse("河埔前洋中山路8号", names=names)
    assert [part.text for part in parsed.parts] == ["河埔", "前洋", "中山路", "8号"]
    assert [part.level for part in parsed.parts] == [L.TOWNSHIP, L.VILLAGE, L.ROAD, L.NUMBER]


def test_two_addresses_in_one_cell_are_told_apart() -> None:
    two = separate(parse("河埔镇前洋村8号；万安街道中山路12号"))
    assert [[part.text for part in each.parts] for each in two] == [
        ["河埔镇", "前洋村", "8号"],
        ["万安街道", "中山路", "12号"],
    ]
    for text in ("福建省泉州市洛江区河市镇梧宅村下厝12号", "前洋村8号(河埔镇)"):
        one = parse(text)
        assert separate(one) == (one,)


@pytest.mark.parametrize(
    "text",
    [
        "福建省泉州市洛江区" * 1_200,
        "号" * 10_000,
        "1" * 10_000,
        "😀" * 5_000,
        "中山路8号\n" * 1_000,
    ],
)
def test_very_long_cells(text: str) -> None:
    check_spans(parse(text))


@pytest.mark.parametrize(
    "text", ["=cmd|'/c calc'!A1", "+中山路8号", "@SUM(A1)", "-1", "\t中山路8号"]
)
def test_formulas_and_marks_are_text(text: str) -> None:
    parsed = parse(text)
    check_spans(parsed)
    assert not any(part.text[0] in "=+@\t" for part in parsed.parts)


def test_divisions_know_full_and_short_names() -> None:
    known = divisions()
    assert {d.code for d in known.named("洛江")} == {"350504"}
    assert known.named("广西")[0].level is L.PROVINCE
    assert known.named("上海市")[0].level is L.CITY
    assert known.named("延边")[0].name == "延边朝鲜族自治州"
    assert known.named("市辖区") == ()


@pytest.mark.reference
@pytest.mark.parametrize("name", ["ccks2021_dev.conll", "ncap_dev.txt"])
def test_real_texts(name: str) -> None:
    rows = read_corpus(reference_data() / "addresses" / name)
    parsed = parse_many(row.text for row in rows)
    for each in parsed:
        check_spans(each)
    scores = score(rows, [predicted_spans(each.parts) for each in parsed])
    assert scores.micro().f1 > 0.8
    assert scores.micro(TO_ROAD_NUMBER).f1 > 0.9
    assert scores.micro(TO_TOWNSHIP).f1 > 0.94
