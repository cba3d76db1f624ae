from __future__ import annotations

import random
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.address_corpus import LABEL_LEVELS, masked, read_corpus
from geo.address_generation import generate
from geo.addressmaking.grammar import Grammar
from geo.addressmaking.mess import messy
from geo.addressmaking.places import head, places, stem, town_stem
from geo.divisions import divisions
from geo.townships import townships
from tests.reference import reference_data

LABELS = frozenset(
    (
        "country",
        "prov",
        "city",
        "district",
        "devzone",
        "town",
        "community",
        "village_group",
        "road",
        "subroad",
        "roadno",
        "subroadno",
        "poi",
        "subpoi",
        "houseno",
        "cellno",
        "floorno",
        "roomno",
        "assist",
        "intersection",
        "distance",
        "person",
        "redundant",
    )
)


def test_the_same_seed_gives_the_same_texts_and_a_longer_run_begins_with_a_shorter_one() -> None:
    rows = list(generate(60, seed=5))
    assert rows == list(generate(60, seed=5))
    assert rows[:20] == list(islice(generate(20, seed=5), 20))
    assert rows != list(generate(60, seed=6))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_texts_are_not_empty_and_labels_are_known(seed: int) -> None:
    for row in generate(20, seed=seed):
        assert row.text.strip()
        assert {span.label for span in row.spans} <= LABELS
        assert not set("{}[]<>@") & set(row.text)


def test_every_label_of_the_corpora_is_made_and_has_a_level_or_none() -> None:
    found = Counter(span.label for row in generate(3000, seed=2) for span in row.spans)
    assert set(found) == LABELS
    assert set(LABEL_LEVELS) >= LABELS
    assert found["roadno"] > 500
    assert found["distance"] >= 5


def test_rows_differ_and_a_good_part_lies_on_the_fujian_coast() -> None:
    rows = list(generate(2000, seed=3))
    assert len({row.text for row in rows}) > 1900
    rng = random.Random(4)
    drawn = Counter(places().draw(rng).region for _ in range(2000))
    assert 200 < drawn["minnan"] < 500


def test_no_text_is_taken_from_the_evaluation_files() -> None:
    folder = reference_data() / "addresses"
    seen: set[str] = set()
    for name in ("ccks2021_dev.conll", "ncap_dev.txt"):
        seen |= {masked(row.text) for row in read_corpus(folder / name) if len(row.text) > 12}
    shared = [row for row in generate(3000, seed=9) if masked(row.text) in seen]
    assert not shared


def test_progress_ends_with_the_count() -> None:
    told: list[tuple[int, int]] = []
    list(generate(1100, seed=1, progress=lambda done, total: told.append((done, total))))
    assert told == [(500, 1100), (1000, 1100), (1100, 1100)]


def test_divisions_of_a_head_belong_together_and_stand_in_order() -> None:
    rng = random.Random(7)
    order = ["prov", "city", "district", "town"]
    for _ in range(300):
        place = places().draw(rng)
        pieces = head(place, rng)
        labels = [label for _, label in pieces if label in order]
        if len(set(labels)) == len(labels):
            assert labels == sorted(labels, key=order.index)
        assert place.province in {one.name for one in divisions()}


@given(data=st.data())
def test_mess_changes_the_labelled_parts_little(data: st.DataObject) -> None:
    words = st.text("路街区城东西一二三号123", min_size=1, max_size=8)
    pieces = data.draw(st.lists(st.tuples(words, st.sampled_from(["road", "poi"])), max_size=6))
    after = [
        (text, label)
        for text, label in messy(list(pieces), random.Random(data.draw(st.integers(0, 999))))
        if label not in ("", "redundant")
    ]
    assert [label for _, label in after] == [label for _, label in pieces]
    assert sum(abs(len(a) - len(b)) for (a, _), (b, _) in zip(after, pieces, strict=True)) <= 1


def test_stems_keep_two_characters() -> None:
    assert stem("延边朝鲜族自治州") == "延边"
    assert stem("吴县") == "吴县"
    assert town_stem("万安街道") == "万安"
    assert town_stem("南镇") == "南镇"


def test_townships_are_those_of_the_country() -> None:
    table = townships()
    assert len(table.by_code) == 41352
    assert "河市镇" in table.by_county["350504"]
    assert sum(map(len, table.by_county.values())) == len(table.by_code)
    assert "万安街道" in table.names
    assert "北京经济技术开发区" not in table.names


def _made(rules: dict[str, list[str]], *, region: str = "", seed: int = 0) -> list[tuple[str, str]]:
    grammar = Grammar({"tree": "松2 柏"}, rules)
    functions = {"two": lambda _: "2"}
    return grammar.pieces("start", random.Random(seed), functions=functions, region=region)


def test_a_rule_is_expanded_with_its_labels_options_functions_and_region() -> None:
    assert _made({"start": ["<road:[100:长]{@two}路>[0:短]到"]}) == [("长2路", "road"), ("到", "")]
    rules = {"start": ["{~place}"], "place": ["<poi:城>"], "place_minnan": ["<poi:厝>"]}
    assert _made(rules) == [("城", "poi")]
    assert _made(rules, region="minnan") == [("厝", "poi")]
    assert _made(rules | {"start_minnan": ["<poi:埔>"]}, region="minnan") == [("埔", "poi")]


def test_words_and_alternatives_appear_by_their_weights() -> None:
    found = Counter(_made({"start": ["3 {tree}", "竹"]}, seed=seed)[0][0] for seed in range(2000))
    assert found["松"] == pytest.approx(1000, abs=120)
    assert found["柏"] == pytest.approx(500, abs=100)
    assert found["竹"] == pytest.approx(500, abs=100)


@pytest.mark.parametrize("bad", ["<road:路", "路]", "[50:路>", "{none}", "{tree"])
def test_a_malformed_rule_is_refused_by_name(bad: str) -> None:
    with pytest.raises(ValueError, match="start"):
        Grammar({"tree": "松"}, {"start": [bad]})
