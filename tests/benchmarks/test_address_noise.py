"""The texts of the geocoding benchmark: clean ones name the house, noise does what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from benchmarks.address_noise import SHARES, address, draw_queries, spoil
from benchmarks.demo_addresses import House

RURAL = House(
    lon=118.6,
    lat=25.0,
    township_code="350599101",
    grid_code="350599101201",
    township="岭兜镇",
    village="前洋",
    suffix="村",
    old_village="旧墩",
    hamlet="溪头",
    group=3,
    road="",
    old_roads=(),
    number=12,
    urban=False,
)
TOWN = replace(
    RURAL,
    township="清埔街道",
    village="锦亭",
    suffix="社区",
    hamlet="",
    group=0,
    road="中山路",
    old_roads=("老中山路",),
    number=45,
    urban=True,
)
HOUSES = (RURAL, TOWN)
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module", autouse=True)
def tables() -> None:
    """Build the tables of sounds once, so that no example waits for them."""
    draw_queries(HOUSES, 200, seed=1)


def text_of(house: House, seed: int, *kinds: str) -> str:
    rng = np.random.default_rng(seed)
    return spoil(address(house, rng, numbered=True), house, set(kinds), rng)[0]


def clean_of(house: House, seed: int) -> str:
    return text_of(house, seed)


@given(seeds, st.sampled_from(HOUSES))
def test_a_clean_text_names_every_level(seed: int, house: House) -> None:
    text = clean_of(house, seed)
    assert "洛屿区" in text
    assert house.township in text
    assert house.village + house.suffix in text
    assert (house.road or house.hamlet) in text
    assert f"{house.number}号" in text


def test_the_community_of_a_town_road_is_sometimes_left_out_by_custom() -> None:
    rng = np.random.default_rng(3)
    texts = [
        "".join(p.text for p in address(TOWN, rng, numbered=True, full=False)) for _ in "x" * 200
    ]
    assert 40 < sum("锦亭社区" not in text for text in texts) < 120


@given(seeds, st.sampled_from(HOUSES), st.sampled_from(("slip", "homophone")))
def test_one_character_is_replaced(seed: int, house: House, kind: str) -> None:
    clean, spoilt = clean_of(house, seed), text_of(house, seed, kind)
    changed = [(a, b) for a, b in zip(clean, spoilt, strict=True) if a != b]
    assert len(changed) == 1
    if kind == "homophone":
        before, after = changed[0]
        assert lazy_pinyin(before) == lazy_pinyin(after)


@given(seeds, st.sampled_from(HOUSES))
def test_slip_and_sound_strike_different_characters(seed: int, house: House) -> None:
    clean, spoilt = clean_of(house, seed), text_of(house, seed, "slip", "homophone")
    assert sum(a != b for a, b in zip(clean, spoilt, strict=True)) == 2


@given(seeds, st.sampled_from(HOUSES))
def test_one_level_is_missing_and_a_small_place_stays(seed: int, house: House) -> None:
    clean, spoilt = clean_of(house, seed), text_of(house, seed, "missing")
    assert len(spoilt) < len(clean)
    levels = ("洛屿区", house.township, house.village + house.suffix)
    assert sum(level not in spoilt for level in levels) == 1
    assert (house.road or house.hamlet) in spoilt


@given(seeds, st.sampled_from(HOUSES))
def test_an_old_name_is_one_the_court_lists(seed: int, house: House) -> None:
    text = text_of(house, seed, "old", "missing")
    assert house.old_village + house.suffix in text or "老中山路" in text
    assert house.village + house.suffix not in text or "老中山路" in text


@given(seeds, st.sampled_from(HOUSES))
def test_junk_stands_behind_the_address(seed: int, house: House) -> None:
    clean, spoilt = clean_of(house, seed), text_of(house, seed, "junk")
    assert spoilt.startswith(clean)
    assert len(spoilt) > len(clean)


@pytest.fixture(scope="module")
def many() -> tuple[tuple[str, ...], ...]:
    return tuple(query.noise for query in draw_queries(HOUSES, 20_000, seed=5))


@pytest.mark.parametrize("kind", SHARES)
def test_each_kind_comes_at_least_as_often_as_it_says(
    many: tuple[tuple[str, ...], ...], kind: str
) -> None:
    share = sum(kind in noise for noise in many) / len(many)
    assert SHARES[kind] * 0.97 < share < SHARES[kind] * 1.15


def test_kinds_are_drawn_apart(many: tuple[tuple[str, ...], ...]) -> None:
    table = np.array([[kind in noise for kind in SHARES] for noise in many], dtype=float)
    together = np.corrcoef(table, rowvar=False) - np.eye(len(SHARES))
    assert np.abs(together).max() < 0.03


def test_every_house_is_asked_for_as_often_as_any_other() -> None:
    queries = draw_queries(HOUSES, 1000, seed=6)
    assert sum(query.house for query in queries) == 500
    assert 0.8 < sum(query.numbered for query in queries) / 1000 < 0.9


def test_a_seed_fixes_the_texts() -> None:
    assert draw_queries(HOUSES, 50, seed=7) == draw_queries(HOUSES, 50, seed=7)
    assert draw_queries(HOUSES, 50, seed=7) != draw_queries(HOUSES, 50, seed=8)
