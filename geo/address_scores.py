"""How well parsed addresses agree with labelled ones: exact spans and levels, counted.

A part is right when a gold span has the same level, start and end. ``person``, ``redundant``
and unlabelled characters are no gold spans, so a part found there is a wrong one. Over a span
whose label is not known nothing can be said: parts that touch it are not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from geo.address_corpus import LABEL_LEVELS, LabelledText
from geo.model import AddressLevel, AddressPart

__all__ = [
    "TO_ROAD_NUMBER",
    "TO_TOWNSHIP",
    "LevelScore",
    "Scores",
    "Span",
    "gold_spans",
    "predicted_spans",
    "score",
]

_L = AddressLevel
Span = tuple[AddressLevel, int, int]
"""Level, start and end."""

TO_TOWNSHIP = frozenset({_L.PROVINCE, _L.CITY, _L.COUNTY, _L.TOWNSHIP})
"""Administrative divisions from province to township; a development zone is none."""

TO_ROAD_NUMBER = TO_TOWNSHIP | {_L.DEVELOPMENT_ZONE, _L.VILLAGE, _L.GROUP, _L.ROAD, _L.NUMBER}
"""Levels from province to road number, development zones among them."""

_SCORED_AS = {_L.ESTATE: _L.POI, _L.LANE: _L.NUMBER}


@dataclass(frozen=True, slots=True)
class LevelScore:
    """Counts of spans: labelled, predicted, and predicted right.

    Shares without any span to divide by are 0.
    """

    gold: int = 0
    predicted: int = 0
    correct: int = 0

    @property
    def precision(self) -> float:
        """Share of predicted spans that are right."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of labelled spans that were found."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 2 correct / (gold + predicted)."""
        both = self.gold + self.predicted
        return 2 * self.correct / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Scores:
    """Counts a level, and of whole rows."""

    levels: Mapping[AddressLevel, LevelScore]
    rows: int
    exact_rows: int

    @property
    def exact_share(self) -> float:
        """Share of rows with all spans right and none besides; 0 without rows."""
        return self.exact_rows / self.rows if self.rows else 0.0

    def micro(self, levels: Collection[AddressLevel] | None = None) -> LevelScore:
        """Return the counts summed over some levels, or over all."""
        chosen = [
            found for level, found in self.levels.items() if levels is None or level in levels
        ]
        return LevelScore(
            sum(found.gold for found in chosen),
            sum(found.predicted for found in chosen),
            sum(found.correct for found in chosen),
        )


def gold_spans(row: LabelledText) -> frozenset[Span]:
    """Return the spans of a labelled text that are scored, at the level they are scored as."""
    return frozenset(
        (_SCORED_AS.get(span.level, span.level), span.start, span.end)
        for span in row.spans
        if span.level is not None
    )


def predicted_spans(parts: Iterable[AddressPart]) -> frozenset[Span]:
    """Return parsed parts as spans, at the level they are scored as.

    The corpora know no estates and call a numbered lane a road number, so an estate is scored
    as a point of interest and a lane as a number.
    """
    return frozenset(
        (_SCORED_AS.get(part.level, part.level), part.start, part.end) for part in parts
    )


def score(gold: Iterable[LabelledText], predicted: Iterable[Collection[Span]]) -> Scores:
    """Count spans that agree exactly.

    Parameters
    ----------
    gold
        Labelled texts.
    predicted
        For each of them, in the same order, the spans of :func:`predicted_spans`.

    Raises
    ------
    ValueError
        If the two differ in length.

    Examples
    --------
    >>> from geo.address_corpus import LabelledSpan
    >>> row = LabelledText("中山路8号", (LabelledSpan("road", 0, 3), LabelledSpan("roadno", 3, 5)))
    >>> found = score([row], [{(AddressLevel.ROAD, 0, 3), (AddressLevel.NUMBER, 3, 4)}])
    >>> found.micro().f1, found.levels[AddressLevel.ROAD].f1, found.exact_share
    (0.5, 1.0, 0.0)
    """
    wanted: Counter[AddressLevel] = Counter()
    seen: Counter[AddressLevel] = Counter()
    correct: Counter[AddressLevel] = Counter()
    rows = exact_rows = 0
    for row, spans in zip(gold, predicted, strict=True):
        right = gold_spans(row)
        found = _known(row, spans)
        wanted.update(level for level, _, _ in right)
        seen.update(level for level, _, _ in found)
        correct.update(level for level, _, _ in right & found)
        rows += 1
        exact_rows += right == found
    levels = {
        level: LevelScore(wanted[level], seen[level], correct[level])
        for level in AddressLevel
        if wanted[level] or seen[level]
    }
    return Scores(levels, rows, exact_rows)


def _known(row: LabelledText, spans: Collection[Span]) -> frozenset[Span]:
    """Return the spans that touch no span of an unknown label."""
    unknown = [span for span in row.spans if span.label not in LABEL_LEVELS]
    return frozenset(
        span for span in spans if all(span[2] <= u.start or u.end <= span[1] for u in unknown)
    )
