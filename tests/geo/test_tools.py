"""Series in, frames out: as geopandas does it, with Chinese addresses and no network."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import tools
from geo.addresses import parse
from geo.addressparts import dropped_texts, texts_by_level, unread_texts
from geo.errors import CoordinateError
from geo.model import AddressLevel
from tests.geo import smalltown

TEXTS = pd.Series(
    ["河埔镇前洋村5号", None, "没有的地方", "新华路8号", np.nan], index=[30, 10, 10, 7, 5]
)


def test_one_row_a_text_with_its_index() -> None:
    frame = tools.geocode(TEXTS, geocoder=smalltown.geocoder())
    assert frame.index.tolist() == TEXTS.index.tolist()
    assert frame.crs == "EPSG:4326"
    assert frame.geometry.iloc[0].distance(shapely.Point(118.6060, 24.8020)) < 0.001
    assert frame["confidence"].iloc[0] > 0.5
    assert frame["township_code"].iloc[0] == "T1"
    assert frame["township_code"].isna().tolist() == [False, True, True, False, True]
    assert frame.geometry.is_empty.tolist() == [False, True, True, False, True]
    assert frame["confidence"].isna().tolist() == [False, True, True, False, True]


def test_several_candidates_are_ranked() -> None:
    frame = tools.geocode(TEXTS, geocoder=smalltown.geocoder(), limit=3)
    both = frame.loc[7]
    assert both["rank"].tolist() == list(range(1, len(both) + 1))
    assert 2 <= len(both) <= 3  # there are two roads of this name
    assert both["confidence"].is_monotonic_decreasing
    assert frame.loc[5, "rank"] == 1


def test_one_text_and_no_text() -> None:
    assert len(tools.geocode("新华路8号", geocoder=smalltown.geocoder())) == 1
    empty = tools.geocode([], geocoder=smalltown.geocoder())
    assert len(empty) == 0
    assert "label" in empty.columns
    assert tools.parse_addresses([]).columns.tolist()[:2] == ["country", "province"]


def test_levels_become_columns() -> None:
    frame = tools.parse_addresses(TEXTS)
    assert frame.index.tolist() == TEXTS.index.tolist()
    assert frame["village"].iloc[0] == "前洋村"
    assert frame.loc[30, "number"] == "5号"
    assert frame["village"].isna().iloc[1]
    assert np.isnan(frame["confidence"].iloc[4])
    assert set(frame.columns) == {
        *(level.value for level in AddressLevel),
        *("dropped", "unread", "confidence"),
    }


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_columns_lose_no_character_that_counts(text: str) -> None:
    parsed = parse(text)
    spans = [*((part.start, part.end) for part in parsed.parts), *parsed.dropped]
    covered = {index for start, end in spans for index in range(start, end)}
    unread = "".join(unread_texts(parsed))
    for index, character in enumerate(text):
        assert index in covered or not character.isalnum() or character in unread
    for part in parsed.parts:
        assert part.text in texts_by_level(parsed)[part.level]
    assert all(piece in text for piece in dropped_texts(parsed))


def test_points_get_addresses() -> None:
    points = gpd.GeoSeries(
        [
            shapely.Point(118.6061, 24.8020),  # ten metres from 前洋村 5号
            shapely.Point(118.6200, 24.8051),
            shapely.Point(118.6150, 24.8180),
            shapely.Point(110.0, 30.0),
            None,
        ],
        index=[5, 4, 3, 2, 1],
        crs=4326,
    )
    frame = tools.reverse_geocode(
        points,
        areas=smalltown.AREAS,
        network=smalltown.network(),
        houses=smalltown.FEATURES.house_numbers,
    )
    assert frame.index.tolist() == [5, 4, 3, 2, 1]
    assert frame["precision"].tolist() == ["door", "road", "village", "none", "none"]
    assert frame["address"].tolist()[0] == "河埔镇前洋村5号"
    assert frame["address"].tolist()[1].endswith("中山路")
    assert frame["address"].tolist()[2] == "河埔镇后坑村"
    assert frame["address"].isna().tolist() == [False, False, False, True, True]
    assert frame["distance_m"].iloc[0] == pytest.approx(10.1, abs=0.5)
    assert frame["distance_m"].iloc[1] == pytest.approx(11.1, abs=0.5)


def test_points_of_another_datum_are_moved_and_unstated_ones_refused() -> None:
    point = gpd.GeoSeries([shapely.Point(118.6061, 24.8020)], crs=4326)
    moved = point.datum.to("gcj02")
    houses = smalltown.FEATURES.house_numbers
    here = tools.reverse_geocode(moved, areas=smalltown.AREAS, houses=houses)
    assert here["address"].tolist() == ["河埔镇前洋村5号"]
    with pytest.raises(CoordinateError):
        tools.reverse_geocode(gpd.GeoSeries([shapely.Point(1, 2)]), areas=smalltown.AREAS)


def test_degrees_are_taken_as_they_are() -> None:
    frame = tools.reverse_geocode([(118.61, 24.818), (np.nan, 1)], areas=smalltown.AREAS)
    assert frame["grid_code"].iloc[0] == "G2"
    assert frame["grid_code"].isna().iloc[1]
    assert frame["precision"].tolist() == ["village", "none"]
