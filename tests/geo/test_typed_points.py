from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openlocationcode import openlocationcode

from geo.model import Point
from geo.typed_points import typed_point

LON = st.floats(73, 136).map(lambda value: round(value, 6))
LAT = st.floats(3, 54).map(lambda value: round(value, 6))


@given(LON, LAT, st.sampled_from([",", ", ", "，", " ", ";"]), st.booleans())
def test_a_pair_is_read_in_any_order(lon: float, lat: float, between: str, swapped: bool) -> None:
    pair = (lat, lon) if swapped else (lon, lat)
    text = between.join(f"{value:.6f}" for value in pair)
    assert typed_point(text) == Point(lon, lat)


@given(LON, LAT)
def test_a_plus_code_is_its_cell(lon: float, lat: float) -> None:
    found = typed_point(openlocationcode.encode(lat, lon))
    assert found is not None
    assert abs(found.lon - lon) <= 0.000063
    assert abs(found.lat - lat) <= 0.000063


@given(LON, LAT)
def test_a_short_plus_code_is_the_nearest_to_the_map(lon: float, lat: float) -> None:
    code = openlocationcode.encode(lat, lon)
    short = openlocationcode.shorten(code, lat, lon)
    assert "+" in short
    assert typed_point(short.lower(), near=Point(lon, lat)) == typed_point(code)


@pytest.mark.parametrize(
    "text",
    [
        "118°36'36\"E, 24°55'12\"N",
        "24°55′12″N 118°36′36″E",
        "东经118.61，北纬24.92",
        "北纬24度55分12秒 东经118度36分36秒",
        "N24.92 E118.61",
    ],
)
def test_a_pair_is_read_as_it_is_written_in_tables(text: str) -> None:
    found = typed_point(text)
    assert found is not None
    assert (round(found.lon, 9), round(found.lat, 9)) == (118.61, 24.92)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "东经12，北纬13",
        "118°36'E",
        "12",
        "12, 13",
        "200, 24",
        "118.6",
        "中山路12号",
        "WJR2+22",
        "（2026）闽0504执1号",
    ],
)
def test_other_texts_name_no_position(text: str) -> None:
    assert typed_point(text) is None
