from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.address_corpus import LABEL_LEVELS, LabelledSpan, LabelledText
from geo.address_scores import (
    TO_ROAD_NUMBER,
    TO_TOWNSHIP,
    LevelScore,
    Span,
    gold_spans,
    predicted_spans,
    score,
)
from geo.model import AddressLevel, AddressPart

L = AddressLevel
LABELS = ("prov", "road", "subroad", "roadno", "person", "redundant", "estate", "lane", "poi")
SCORED_AS = {L.ESTATE: L.POI, L.LANE: L.NUMBER}


def cut(draw: st.DrawFn, length: int, labels: tuple[str, ...]) -> tuple[LabelledSpan, ...]:
    cuts = sorted(draw(st.sets(st.integers(0, length), max_size=6)))
    return tuple(
        LabelledSpan(draw(st.sampled_from(labels)), start, end)
        for start, end in itertools.pairwise(cuts)
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[LabelledText, LabelledText]:
    """Two labellings of one text: what is right, and what was predicted."""
    text = "路" * draw(st.integers(1, 8))
    predicted = tuple(name for name in LABELS if LABEL_LEVELS[name])
    gold = LabelledText(text, cut(draw, len(text), LABELS))
    if draw(st.integers(0, 3)) == 0:
        return gold, LabelledText(text, tuple(s for s in gold.spans if s.level))
    return gold, LabelledText(text, cut(draw, len(text), predicted))


def parts(row: LabelledText) -> list[AddressPart]:
    return [
        AddressPart(span.level, row.text[span.start : span.end], span.start, span.end)
        for span in row.spans
        if span.level is not None
    ]


def chunks(row: LabelledText) -> list[Span]:
    """The chunks that the usual scorers of tag sequences would find: B ends the one before."""
    tags = ["O"] * len(row.text)
    for span in row.spans:
        if span.level is None:
            continue
        level = SCORED_AS.get(span.level, span.level)
        tags[span.start] = f"B-{level.value}"
        for index in range(span.start + 1, span.end):
            tags[index] = f"I-{level.value}"
    found: list[Span] = []
    for index, tag in enumerate(tags):
        mark, _, name = tag.partition("-")
        if mark == "B":
            found.append((L(name), index, index + 1))
        elif mark == "I":
            level, start, _ = found.pop()
            found.append((level, start, index + 1))
    return found


@given(st.lists(pairs(), max_size=8))
def test_counts_are_those_of_tag_chunks(rows: list[tuple[LabelledText, LabelledText]]) -> None:
    found = score([gold for gold, _ in rows], [predicted_spans(parts(other)) for _, other in rows])
    for level in AddressLevel:
        wanted = LevelScore(
            sum(chunk[0] is level for gold, _ in rows for chunk in chunks(gold)),
            sum(chunk[0] is level for _, other in rows for chunk in chunks(other)),
            sum(
                chunk[0] is level and chunk in chunks(other)
                for gold, other in rows
                for chunk in chunks(gold)
            ),
        )
        assert found.levels.get(level, LevelScore()) == wanted
        assert found.micro({level}) == wanted
    assert found.exact_rows == sum(chunks(gold) == chunks(other) for gold, other in rows)
    assert found.rows == len(rows)
    total = found.micro()
    assert total.gold == sum(counts.gold for counts in found.levels.values())
    assert total.correct <= min(total.gold, total.predicted)
    both = total.precision + total.recall
    if both:
        assert total.f1 == pytest.approx(2 * total.precision * total.recall / both)
    else:
        assert total.f1 == 0.0


def test_fillers_and_recipients_are_no_gold_but_cost_a_prediction() -> None:
    row = LabelledText("路张三_", (LabelledSpan("road", 0, 1), LabelledSpan("person", 1, 3)))
    assert gold_spans(row) == {(L.ROAD, 0, 1)}
    found = score([row], [[(L.ROAD, 0, 1), (L.POI, 1, 3)]])
    assert found.micro() == LevelScore(gold=1, predicted=2, correct=1)
    assert found.exact_share == 0.0


def test_over_an_unknown_label_nothing_is_said() -> None:
    row = LabelledText("路某某号", (LabelledSpan("road", 0, 1), LabelledSpan("way", 1, 3)))
    found = score([row], [[(L.ROAD, 0, 1), (L.POI, 2, 4)]])
    assert found.micro() == LevelScore(gold=1, predicted=1, correct=1)
    assert found.exact_share == 1.0


def test_what_the_corpora_do_not_tell_apart_is_scored_as_one() -> None:
    row = LabelledText("园9弄", (LabelledSpan("poi", 0, 1), LabelledSpan("roadno", 1, 3)))
    found = score(
        [row],
        [predicted_spans([AddressPart(L.ESTATE, "园", 0, 1), AddressPart(L.LANE, "9弄", 1, 3)])],
    )
    assert found.micro().f1 == 1.0


def test_nothing_at_all_is_no_division_by_zero() -> None:
    found = score([], [])
    assert (found.micro().f1, found.exact_share, found.micro(TO_TOWNSHIP).recall) == (0, 0, 0)
    assert TO_TOWNSHIP < TO_ROAD_NUMBER
    with pytest.raises(ValueError, match="zip"):
        score([LabelledText("路")], [])
