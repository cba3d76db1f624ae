from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import coordinates
from geo.datum_evidence import Basis, KnownPlaces, judge_datum, known_places
from geo.model import Datum, Floats
from tests.geo import smalltown

_DATUMS = [Datum.WGS84, Datum.GCJ02, Datum.BD09]
_M = np.array([1 / 101_000, 1 / 110_570])  # degrees of a metre near 25 N


def _district(rng: np.random.Generator, villages: int = 60) -> dict[str, Floats]:
    places = rng.uniform((118.5, 24.7), (118.8, 25.0), (villages, 2))
    return {f"村{i}": place[None] for i, place in enumerate(places)}


def _roads(rng: np.random.Generator, count: int = 300) -> list[shapely.LineString]:
    start = rng.uniform((118.5, 24.7), (118.8, 25.0), (count, 2))
    angle = rng.uniform(0, 2 * np.pi, count)
    end = start + np.stack([np.cos(angle), np.sin(angle)], axis=-1) * 3_000 * _M
    return [shapely.LineString(pair) for pair in zip(start, end, strict=True)]


def _known(names: dict[str, Floats], roads: list[shapely.LineString] | None = None) -> KnownPlaces:
    return KnownPlaces(names, np.array(roads or [], dtype=object))


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(_DATUMS), st.integers(0, 2**32), st.sampled_from([5.0, 30.0, 120.0]))
def test_each_datum_is_told_by_names(datum: Datum, seed: int, noise_m: float) -> None:
    """30 % of the names stand for something else; the noise is up to that of a village's middle."""
    rng = np.random.default_rng(seed)
    known = _district(rng)
    truth = np.concatenate(list(known.values()))
    seen = truth + rng.normal(0.0, noise_m, truth.shape) * _M
    wrong = rng.permutation(len(truth))[: round(0.3 * len(truth))]
    seen[wrong] = rng.uniform((118.5, 24.7), (118.8, 25.0), (len(wrong), 2))
    table = coordinates.from_wgs84(seen, datum)
    evidence = judge_datum(table, _known(known), names=list(known))
    assert evidence.likely is datum
    assert evidence.basis is Basis.NAMES
    assert evidence.fits[0].median_m < 4 * noise_m + 20
    assert evidence.fits[0].near_share == pytest.approx(0.7, abs=0.25)
    for claimed in Datum:
        same = claimed is datum or (claimed is Datum.CGCS2000 and datum is Datum.WGS84)
        assert evidence.contradicts(claimed) is not same


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(_DATUMS), st.integers(0, 2**32), st.integers(0, 5))
def test_few_names_are_not_enough(datum: Datum, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    known = _district(rng, villages=count)
    table = coordinates.from_wgs84(np.concatenate([np.empty((0, 2)), *known.values()]), datum)
    evidence = judge_datum(table, _known(known), names=list(known))
    assert evidence.likely is None
    assert evidence.compared == count
    assert not any(evidence.contradicts(claimed) for claimed in Datum)
    assert "证据不足" in str(evidence.message(Datum.WGS84))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.sampled_from([300, 2_000, 20_000]))
def test_unrelated_points_are_not_enough(seed: int, away_m: int) -> None:
    """Names are the same, but nothing lies where its namesake does."""
    rng = np.random.default_rng(seed)
    known = _district(rng, villages=200)
    truth = np.concatenate(list(known.values()))
    angle = rng.uniform(0, 2 * np.pi, len(truth))
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    table = truth + circle * rng.uniform(0.5, 1.5, (len(truth), 1)) * away_m * 2.5 * _M
    assert judge_datum(table, _known(known), names=list(known)).likely is None
    random = rng.uniform((118.5, 24.7), (118.8, 25.0), (500, 2))
    assert judge_datum(random, _known({}, _roads(rng))).likely is None


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(_DATUMS), st.integers(0, 2**32))
def test_each_datum_is_told_by_roads_alone(datum: Datum, seed: int) -> None:
    rng = np.random.default_rng(seed)
    roads = _roads(rng)
    picked = rng.integers(0, len(roads), 400)
    doors = np.array(
        [roads[i].interpolate(rng.random(), normalized=True).coords[0] for i in picked]
    )
    doors += rng.normal(0.0, 15.0, doors.shape) * _M
    wrong = rng.random(len(doors)) < 0.3
    doors[wrong] = rng.uniform((118.5, 24.7), (118.8, 25.0), (wrong.sum(), 2))
    table = coordinates.from_wgs84(doors, datum)
    evidence = judge_datum(table, _known({}, roads))
    assert evidence.likely is datum
    assert evidence.basis is Basis.ROADS
    assert evidence.standard_errors >= 4.0


def test_the_sentence_names_figures_and_cure_and_no_place() -> None:
    rng = np.random.default_rng(1)
    known = _district(rng)
    table = coordinates.from_wgs84(np.concatenate(list(known.values())), Datum.GCJ02)
    evidence = judge_datum(table, _known(known), names=list(known))
    text = str(evidence.message(Datum.WGS84))
    assert "按 GCJ-02 解释时与 60 处同名地点相差中位数 0 米，按 WGS84 为 " in text
    assert "未作更改" in text
    assert "118." not in text
    assert "相符" in str(evidence.message(Datum.GCJ02))


def test_many_rows_of_one_place_are_heard_once() -> None:
    known = {"甲": np.array([[118.6, 24.8]])}
    table = np.tile(coordinates.from_wgs84([118.6, 24.8], Datum.GCJ02), (500, 1))
    evidence = judge_datum(table, _known(known), names=["甲村"] * 500)
    assert (evidence.compared, evidence.likely) == (1, None)


def test_missing_positions_and_an_empty_table_are_no_evidence() -> None:
    known = _known({"甲": np.array([[118.6, 24.8]])})
    assert judge_datum(np.full((3, 2), np.nan), known, names=["甲"] * 3).compared == 0
    assert judge_datum(np.empty((0, 2)), known, names=[]).compared == 0
    assert judge_datum(np.empty((0, 2)), known).likely is None


def test_a_road_file_names_roads_settlements_and_points() -> None:
    known = known_places(smalltown.network(), smalltown.FEATURES)
    assert len(known.names["中山路"]) > 20
    assert [118.6055, 24.8030] in known.names["前洋"].tolist()
    assert known.names["旧洋"] == pytest.approx(np.array([[118.6055, 24.8030]]))
    assert "" not in known.names
