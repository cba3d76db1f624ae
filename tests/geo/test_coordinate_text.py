from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coordinate_text import Axis, parse_degrees, parse_lonlat
from geo.errors import CoordinateError

_LON = 118 + 40 / 60 + 32.5 / 3600
_LAT = 24 + 52 / 60 + 26 / 3600

decimals = st.floats(0, 59.9999).map(lambda value: round(value, 4))


@pytest.mark.parametrize(
    "text",
    [
        "118°40′32.5″E",
        "118°40'32.5\"E",
        "118° 40' 32.5'' E",
        "E118°40′32.5″",
        "e 118°40’32.5”",
        "118度40分32.5秒",
        "东经118度40分32.5秒",
        "東經118°40′32.5″",
        "东经：118°40′32.5″",
        "经度：东经118°40′32.5″",
        "１１８°４０′３２．５″Ｅ",
        "118º40´32.5″ East",
        "118:40:32.5",
        "118 40 32.5E",
        "118-40-32.5",
        "  118°40′32.5″E\u200b\n",
        "+118°40′32.5″",
        "lon=118°40′32.5",
        f"{_LON:.12f}",
        f"{_LON:.12f}°E",
        "118°40.5416666667′",
    ],
)
def test_ways_to_write_one_longitude(text: str) -> None:
    assert parse_degrees(text, Axis.LON) == pytest.approx(_LON, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["北纬24度52分26秒", "24°52′26″N", "N24°52′26″", "纬度24°52′26″北"]
)
def test_ways_to_write_one_latitude(text: str) -> None:
    assert parse_degrees(text, Axis.LAT) == pytest.approx(_LAT, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "118.6758,24.8739",
        "118.6758，24.8739",
        "118.6758 24.8739",
        "(118.6758, 24.8739)",
        "118.6758/24.8739",
        "N24.8739 E118.6758",
        "N24.8739E118.6758",
        "24.8739N118.6758E",
        "24.8739°N, 118.6758°E",
        "北纬24.8739度，东经118.6758度",
        "东经118.6758 北纬24.8739",
        "纬度:24.8739 经度:118.6758",
        "lat=24.8739,lng=118.6758",
        "118.6758°、24.8739°",
        "24.8739 N 118.6758",
    ],
)
def test_ways_to_write_a_pair(text: str) -> None:
    assert parse_lonlat(text) == pytest.approx((118.6758, 24.8739), abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "118°40′32.5″E 24°52′26″N",
        "北纬24度52分26秒 东经118度40分32.5秒",
        "118 40 32.5 24 52 26",
        "118°40′32.5″,24°52′26″",
        "118°40′32.5″24°52′26″",
        "N24°52′26″E118°40′32.5″",
    ],
)
def test_pairs_of_degrees_minutes_seconds(text: str) -> None:
    assert parse_lonlat(text) == pytest.approx((_LON, _LAT), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("24.8739,118.6758", "写反"),
        ("24°52′26″ 118°40′32.5″", "写反"),
        ("E118.6758 E24.8739", "同一个方向"),
        ("118.675824.8739", "无法识别"),
        ("11867582487", "无法识别"),
        ("118.6758", "无法识别"),
        ("118.6758,24.8739,5", "无法识别"),
        ("39512345.6,2752560.3", "平面坐标"),
    ],
)
def test_pairs_that_are_refused(text: str, word: str) -> None:
    with pytest.raises(CoordinateError, match=word):
        parse_lonlat(text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("24°52′26″N", "写反"),
        ("118.6758,24.8739", "两列"),
        ("118°60′32″", "60"),
        ("118°40′61″", "60"),
        ("E118.6758W", "无法识别"),
        ("E-118.6758", "两次"),
        ("纬度E118.6758", "不符"),
        ("181°", "平面坐标"),
        ("1184032.5", "平面坐标"),
        ("=118.6758", "无法识别"),
        ("@118.6758", "无法识别"),
        ("118.6758📍", "无法识别"),
        ("118°40′32.5″E（门口）", "无法识别"),
        ("118.67.58", "无法识别"),
        ("一百一十八度", "无法识别"),
        ("", "无法识别"),
        ("°", "无法识别"),
        ("118①", "无法识别"),
        ("1" * 10_000, "无法识别"),
        ("٣", "无法识别"),
    ],
)
def test_cells_that_are_refused(text: str, word: str) -> None:
    with pytest.raises(CoordinateError, match=word) as caught:
        parse_degrees(text, Axis.LON)
    assert len(text) < 9 or text not in str(caught.value)


anything = st.text(max_size=40)
right_signs = st.text(alphabet="0123456789.,°′″'\"EN北纬东经 -:度分秒=（）", max_size=30)


@given(st.one_of(anything, right_signs))
def test_any_text_gives_a_number_in_range_or_a_refusal(text: str) -> None:
    with suppress(CoordinateError):
        assert -180.0 <= parse_degrees(text, Axis.LON) <= 180.0
    with suppress(CoordinateError):
        lon, lat = parse_lonlat(text)
        assert -180.0 <= lon <= 180.0
        assert -90.0 <= lat <= 90.0


@given(
    st.integers(73, 135),
    st.integers(0, 59),
    decimals,
    st.sampled_from(["{}°{}′{}″", "{}度{}分{}秒", "东经{}°{}'{}\"", "{}:{}:{}", "{} {} {}E"]),
)
def test_written_degrees_are_read_back(d: int, m: int, s: float, form: str) -> None:
    text = form.format(d, m, f"{s:.4f}")
    assert parse_degrees(text, Axis.LON) == pytest.approx(d + m / 60 + s / 3600, abs=1e-9)


@given(st.floats(73, 135), st.floats(4, 53))
def test_written_pairs_are_read_back(lon: float, lat: float) -> None:
    lon, lat = round(lon, 7), round(lat, 7)
    for text in (f"{lon:.7f},{lat:.7f}", f"{lat:.7f}N {lon:.7f}E", f"E{lon:.7f}N{lat:.7f}"):
        assert parse_lonlat(text) == (lon, lat)
