from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.addresses import LocalNames, parse
from geo.divisions import divisions
from geo.model import AddressLevel as L
from geo.model import ParsedAddress
from tests.geo import corpora
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
    ]
)


def levels(text: str) -> list[tuple[str, str]]:
    return [(part.level.value, part.text) for part in parse(text).parts]


def check_spans(parsed: ParsedAddress) -> None:
    spans = sorted([(part.start, part.end) for part in parsed.parts] + list(parsed.dropped))
    assert all(0 <= start < end <= len(parsed.text) for start, end in spans)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    assert [p.start for p in parsed.parts] == sorted(p.start for p in parsed.parts)
    assert all(0.0 <= part.confidence <= 1.0 and part.text for part in parsed.parts)


@settings(deadline=None)
@given(st.text(max_size=60) | st.lists(WORDS, max_size=12).map("".join))
def test_never_fails_and_spans_lie_in_the_text(text: str) -> None:
    check_spans(parse(text))


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
            "上海市静安区共和新路街道柳营路669弄14号1102",
            "city上海市 county静安区 township共和新路街道 road柳营路 lane669弄 number14号 room1102",
        ),
        (
            "西湖区文三路158号金都花园3栋2单元501室",
            "county西湖区 road文三路 number158号 estate金都花园 building3栋 unit2单元 room501室",
        ),
        ("新疆维吾尔自治区天山区", "province新疆维吾尔自治区 county天山区"),
        ("泉州洛江万安街道", "city泉州 county洛江 township万安街道"),
        ("青屿县河埔镇", "county青屿县 township河埔镇"),
        ("中山路与前进路交叉口", "road中山路 road前进路 direction交叉口"),
        ("G324国道东侧200米", "roadG324国道 direction东侧 distance200米"),
        ("沿山村五组6号附1号", "village沿山村 group五组 number6号附1号"),
        ("阳江社区5-2-301", "village阳江社区 building5 unit2 room301"),
        ("中山路128", "road中山路 number128"),
        ("河埔镇前洋12号", "township河埔镇 village前洋 number12号"),
        ("万安街道A3栋二楼", "township万安街道 buildingA3栋 floor二楼"),
        ("前洋村村民委员会", "village前洋村村民委员会"),
        ("南京西路100号", "road南京西路 number100号"),
        ("镇前村街头路8-2号", "village镇前村 road街头路 number8-2号"),
        ("乡贤路12号", "road乡贤路 number12号"),
        ("马路村", "village马路村"),
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
        "住址：中山路128号，王五收",
        "中山路128号(房东电话0595-22222222)",
    ],
)
def test_what_is_no_address_is_dropped(text: str) -> None:
    parsed = parse(text)
    assert [part.text for part in parsed.parts] == ["中山路", "128号"]
    assert parsed.dropped
    check_spans(parsed)


def test_full_width_text_keeps_its_place() -> None:
    parsed = parse("㈱中山路１２８号")
    (number,) = [part for part in parsed.parts if part.level is L.NUMBER]
    assert parsed.text[number.start : number.end] == "１２８号"
    assert number.text == "128号"


def test_local_names_stand_without_endings() -> None:
    names = LocalNames({"河埔": L.TOWNSHIP, "前洋": L.VILLAGE, "中山路": L.ROAD})
    parsed = parse("河埔前洋中山路8号", names=names)
    assert [part.text for part in parsed.parts] == ["河埔", "前洋", "中山路", "8号"]
    assert levels("河埔前洋中山路8号")[0] == ("road", "河埔前洋中山路")


def test_divisions_know_full_and_short_names() -> None:
    known = divisions()
    assert {d.code for d in known.named("洛江")} == {"350504"}
    assert known.named("广西")[0].level is L.PROVINCE
    assert known.named("上海市")[0].level is L.CITY
    assert known.named("延边")[0].name == "延边朝鲜族自治州"
    assert known.named("市辖区") == ()


GOLD = {"prov": L.PROVINCE, "city": L.CITY, "district": L.COUNTY, "road": L.ROAD}
NAMED_TOWN = ("镇", "乡", "街道")


@pytest.mark.reference
@pytest.mark.parametrize("name", corpora.FILES)
def test_real_texts(name: str) -> None:
    found: dict[str, int] = {}
    total: dict[str, int] = {}
    for row in corpora.read(reference_data() / "addresses" / name):
        parsed = parse(row.text)
        check_spans(parsed)
        marks = {(part.level, part.start, part.end) for part in parsed.parts}
        for label, start, end in row.spans:
            level = GOLD.get(label)
            if label == "town" and row.text[start:end].endswith(NAMED_TOWN):
                level = L.TOWNSHIP
            if level:
                total[label] = total.get(label, 0) + 1
                found[label] = found.get(label, 0) + ((level, start, end) in marks)
    recall = {label: found[label] / total[label] for label in total}
    assert all(total[label] > 500 for label in recall)
    floors = {"prov": 0.95, "city": 0.94, "district": 0.92, "town": 0.92, "road": 0.78}
    low = {
        label: (recall[label], floors[label]) for label in floors if recall[label] < floors[label]
    }
    assert not low
