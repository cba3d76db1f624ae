from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.address_corpus import read_corpus
from geo.areas import AreaSet
from geo.gazetteer import build_gazetteer
from geo.geocoding import OfflineGeocoder
from geo.model import Candidate, Geocode, Point, Precision
from geo.network import build_network
from geo.osmfile import read_features
from tests.geo import smalltown
from tests.reference import reference_data

WORDS = st.sampled_from(
    [
        *("青屿县", "浙江省", "西湖区", "河埔镇", "河埔", "万安街道", "前洋村", "后坑", "前洋社区"),
        *("中山路", "新华路", "榕下一巷", "大坑路", "下厝", "3组", "三组", "1号", "12号", "7号"),
        *("5", "一号", "99号", "8-2号", "金都花园", "前洋小学", "闽海鞋厂", "小学", "旁", "与"),
        *("东侧200米", "（租房）", "13800000000", " ", "，", "3栋", "501室", "弄", "村", "镇"),
    ]
)


def metres(one: Point, lon: float, lat: float) -> float:
    east = (one.lon - lon) * math.cos(math.radians(lat))
    return math.hypot(east, one.lat - lat) * 111_320.0


def best(text: str) -> Candidate:
    found = smalltown.geocoder().geocode(text).best
    assert found is not None
    return found


def check(answer: Geocode, limit: int) -> None:
    shares = [each.confidence for each in answer.candidates]
    assert len(shares) <= limit
    assert all(0.0 < share <= 1.0 for share in shares)
    assert shares == sorted(shares, reverse=True)
    places = [(each.point, each.precision) for each in answer.candidates]
    assert len(set(places)) == len(places)
    assert all(str(each.reason) and each.label for each in answer.candidates)


@settings(deadline=None)
@given(st.text(max_size=40) | st.lists(WORDS, max_size=9).map("".join), st.integers(0, 6))
def test_any_text_has_an_answer(text: str, limit: int) -> None:
    answer = smalltown.geocoder().geocode(text, limit=limit)
    assert answer.parsed.text == text
    check(answer, limit)
    assert answer == smalltown.geocoder().geocode(text, limit=limit)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(WORDS, max_size=6).map("".join), max_size=6))
def test_many_texts_are_answered_as_each_alone(texts: list[str]) -> None:
    geocoder = smalltown.geocoder()
    assert geocoder.geocode_many(texts) == [geocoder.geocode(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "precision", "lon", "lat", "within_m", "township", "grid"),
    [
        ("河埔镇前洋村中山路11号", "door", 118.6050, 24.8048, 1, "T1", "G1"),
        ("中山路１１号（租房） 13800000000", "door", 118.6050, 24.8048, 1, "T1", "G1"),
        ("老中山路十一号", "door", 118.6050, 24.8048, 1, "T1", "G1"),
        ("中山路11号附2号", "door", 118.6050, 24.8048, 1, "T1", "G1"),
        ("宗山路 11 号", "door", 118.6050, 24.8048, 1, "T1", "G1"),
        ("河埔镇中 山路11号", "door", 118.6050, 24.8048, 1, "T1", "G1"),
        ("河埔镇中山路6号", "interpolated", 118.6038, 24.8052, 20, "T1", "G1"),
        ("河埔镇中山路7号", "interpolated", 118.6042, 24.8048, 20, "T1", "G1"),
        ("河埔镇新华路8号", "door", 118.6040, 24.8152, 1, "T1", "G2"),
        ("万安街道新华路8号", "door", 118.6340, 24.8152, 1, "T2", "G4"),
        ("河埔镇前洋村5号", "door", 118.6060, 24.8020, 1, "T1", "G1"),
        ("旧洋村7号", "interpolated", 118.6064, 24.8020, 5, "T1", "G1"),
        ("大坑路7号", "door", 118.6010, 24.8190, 1, "T1", "G2"),
        ("金都花园3栋501室", "poi", 118.6320, 24.8080, 1, "T2", "G3"),
        ("津都花园", "poi", 118.6320, 24.8080, 1, "T2", "G3"),
        ("河埔镇前洋小学东侧200米", "poi", 118.60898, 24.8035, 5, "T1", "G1"),
        ("前洋村小学", "poi", 118.6070, 24.8035, 1, "T1", "G1"),
        ("前洋村村民委员会旁", "poi", 118.6056, 24.8031, 1, "T1", "G1"),
        ("海鞋", "poi", 118.6330, 24.8030, 1, "T2", "G3"),
        ("中山路与榕下一巷交叉口", "poi", 118.6100, 24.8050, 5, "T1", "G1"),
        ("河埔镇榕下一巷99号", "road", 118.6100, 24.8070, 60, "T1", "G1"),
        ("河埔镇后坑村", "village", 118.6100, 24.8180, 1, "T1", "G2"),
        ("青屿县河埔镇霞坑村村委会", "village", 118.6100, 24.8180, 1, "T1", "G2"),
        ("后坑村三组", "village", 118.6100, 24.8170, 1, "T1", "G2"),
        ("河埔镇前洋（小洋）村", "village", 118.6055, 24.8030, 1, "T1", "G1"),
        ("前洋村下厝", "village", 118.6150, 24.8030, 1, "T1", "G1"),
        ("河埔镇", "township", 118.6040, 24.8060, 1, "T1", None),
        ("福建泉濑河埔镇后坑村", "village", 118.6100, 24.8180, 1, "T1", "G2"),
        ("青屿县", "county", 118.6200, 24.8100, 1, None, None),
    ],
)
def test_texts(
    text: str,
    precision: str,
    lon: float,
    lat: float,
    within_m: float,
    township: str | None,
    grid: str | None,
) -> None:
    found = best(text)
    assert found.precision.value == precision
    assert metres(found.point, lon, lat) <= within_m
    assert (found.township_code, found.grid_code) == (township, grid)


@pytest.mark.parametrize(
    "text", ["", "   ", "13800000000", "杭州市西湖区中山路11号", "湖里区中山路11号", "无名路3号"]
)
def test_another_county_or_nothing_known_has_no_candidate(text: str) -> None:
    assert smalltown.geocoder().geocode(text).candidates == ()


def test_township_of_ours_outweighs_a_former_county() -> None:
    assert best("西湖区河埔镇中山路11号").precision is Precision.DOOR


def test_same_name_in_two_townships_halves_the_confidence() -> None:
    first, second = smalltown.geocoder().geocode("新华路8号").candidates[:2]
    assert {first.township_code, second.township_code} == {"T1", "T2"}
    assert first.confidence == second.confidence <= 0.5
    assert best("河埔镇新华路8号").confidence > 0.9
    villages = smalltown.geocoder().geocode("前洋").candidates
    assert {each.grid_code for each in villages} == {"G1", "G4"}
    assert "同名 2 处" in str(villages[0].reason)


def test_finer_agreement_is_more_certain() -> None:
    exact = best("河埔镇中山路11号")
    near, by_sound = best("河埔镇中山路7号"), best("河埔镇宗山路7号")
    far = best("万安街道中山路299号")
    assert near.confidence > by_sound.confidence
    assert exact.confidence > near.confidence
    assert far.precision is Precision.INTERPOLATED
    assert far.confidence < exact.confidence
    assert "误差约" in str(near.reason)
    assert "读音相同" in str(best("津都花园").reason)


def test_progress_reaches_the_end() -> None:
    seen: list[tuple[int, int]] = []
    smalltown.geocoder().geocode_many(
        [f"中山路{number}号" for number in range(1, 451)],
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(200, 450), (400, 450), (450, 450)]


@cache
def real_geocoder(path: Path) -> OfflineGeocoder:
    areas = AreaSet([])
    names = build_gazetteer(features=read_features(path), network=build_network(path), areas=areas)
    return OfflineGeocoder(names, areas)


@pytest.mark.reference
@pytest.mark.parametrize("name", ["small_beijing_tsinghua.osm", "small_guixi_jiangxi.osm"])
def test_roads_of_a_real_town(name: str) -> None:
    path = reference_data() / "osm" / name
    network = build_network(path)
    answers = real_geocoder(path).geocode_many(filter(None, network.names))
    low, high = network.geometry_lonlat.min(axis=0), network.geometry_lonlat.max(axis=0)
    found = [answer.best for answer in answers if answer.best]
    assert len(found) >= 0.9 * len(answers)
    inside = [
        (low <= (p.lon, p.lat)).all() and (high >= (p.lon, p.lat)).all()
        for p in (each.point for each in found if each.precision is Precision.ROAD)
    ]
    assert inside
    assert all(inside)


@pytest.mark.reference
def test_doors_of_a_real_town() -> None:
    path = reference_data() / "osm" / "small_beijing_tsinghua.osm"
    houses = [house for house in read_features(path).house_numbers if house.street]
    answers = real_geocoder(path).geocode_many(
        f"{house.street}{house.number.removesuffix('号')}号" for house in houses
    )
    near = [
        answer.best is not None
        and answer.best.precision is Precision.DOOR
        and metres(answer.best.point, house.lon, house.lat) < 60.0
        for house, answer in zip(houses, answers, strict=True)
    ]
    assert len(near) >= 20
    assert np.mean(near) >= 0.75


@pytest.mark.reference
@pytest.mark.parametrize("name", ["ccks2021_dev.conll", "ncap_dev.txt"])
def test_real_texts_of_other_places_are_not_taken_for_ours(name: str) -> None:
    rows = read_corpus(reference_data() / "addresses" / name)[:600]
    answers = smalltown.geocoder().geocode_many(row.text for row in rows)
    for answer in answers:
        check(answer, 5)
    sure = [answer.best is not None and answer.best.confidence >= 0.5 for answer in answers]
    assert np.mean(sure) < 0.02


def test_two_addresses_of_one_cell_are_both_told_and_neither_is_sure() -> None:
    answer = smalltown.geocoder().geocode("河埔镇前洋村9号；万安街道中山路301号")
    grids = {candidate.grid_code for candidate in answer.candidates[:2]}
    assert grids == {"G1", "G3"}
    assert all(candidate.confidence <= 0.5 for candidate in answer.candidates)
