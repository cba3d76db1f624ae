"""Address texts into ranked candidates, offline: doors, points, roads, villages, townships.

Every reading of a text is weighed: how likely the text is if this place is meant (its names may
be misheard, mistyped, former or left out), and how likely its number stands there. The share of
a place among all that the text may mean, with what is known of its position, becomes a
confidence (:mod:`geo.confidence`): the probability that the point lies within 100 m of the door
where the text holds a number, else that it names the right village.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from geo.address_reading import AddressReader, Reading
from geo.addresses import AddressParser, separate
from geo.confidence import AnswerKind, Confidence, Evidence, shipped
from geo.doors import DoorFinder
from geo.gazetteer import Gazetteer
from geo.geocoding_pool import Workers
from geo.model import (
    AddressLevel,
    AreaKind,
    Candidate,
    Geocode,
    ParsedAddress,
    Point,
    Precision,
)
from geo.nearby import near_distance_m
from geo.placefinding import BESIDE_LOSS, Found, PlaceFinder
from geo.ports import AreaIndex, ProgressListener
from geo.tagging.model import shipped_model

__all__ = ["OfflineGeocoder"]

_L = AddressLevel
_ORDER = (
    *(Precision.DOOR, Precision.INTERPOLATED, Precision.POI, Precision.ROAD),
    *(Precision.VILLAGE, Precision.TOWNSHIP, Precision.COUNTY),
)
_KINDS = {
    Precision.POI: AnswerKind.POINT,
    Precision.ROAD: AnswerKind.ROAD,
    Precision.VILLAGE: AnswerKind.PLACE,
    Precision.TOWNSHIP: AnswerKind.UNIT,
    Precision.COUNTY: AnswerKind.UNIT,
}
_BY_VILLAGE = (AnswerKind.ROAD, AnswerKind.PLACE)
_LEAST = 0.02
_TINY = 1e-9
_ENOUGH = 0.5
_SURE = 0.9  # nobody looks for another place behind such an answer
_NOWHERE = 4.0  # loss of meaning a place that the gazetteer does not know
_SAME_PLACE_M = 60.0
_GAP = re.compile(r"(?<=[一-龥])(?:\s+(?=[一-龥])|[(（][^()（）]*[)）](?=村|社区|镇|乡|街道))")


class OfflineGeocoder:
    """Finds address texts in a gazetteer; implements :class:`geo.ports.Geocoder`.

    Parameters
    ----------
    gazetteer
        Names of the district.
    areas
        Areas that name township and grid of computed points.
    confidence
        How evidence becomes confidence; the shipped table by default.
    parser
        Cuts texts into parts; one with the shipped model by default.
    """

    def __init__(
        self,
        gazetteer: Gazetteer,
        areas: AreaIndex,
        *,
        confidence: Confidence | None = None,
        parser: AddressParser | None = None,
    ) -> None:
        self._names = gazetteer
        self._areas = areas
        self._confidence = shipped() if confidence is None else confidence
        self._parser = AddressParser(shipped_model()) if parser is None else parser
        self._reader = AddressReader(gazetteer)
        self._doors = DoorFinder(gazetteer)
        self._places = PlaceFinder(gazetteer)

    def geocode(self, text: str, *, limit: int = 5) -> Geocode:
        """Return up to ``limit`` candidates, the most likely first.

        A text that names another county, or nothing that is known, has no candidates.
        """
        return self.answers([text], limit)[0]

    def geocode_many(
        self,
        texts: Iterable[str],
        *,
        limit: int = 5,
        progress: ProgressListener | None = None,
        workers: int | Workers = 1,
    ) -> list[Geocode]:
        """Return one answer a text, in order; equal texts are looked up once.

        Parameters
        ----------
        texts
            The texts.
        limit
            Most candidates of an answer.
        progress
            Told how many texts are done.
        workers
            How many processes share the work, or processes that are kept from call to call;
            with few texts this one does it alone.
        """
        if isinstance(workers, int):
            with Workers(self, workers) as hired:
                return self.geocode_many(texts, limit=limit, progress=progress, workers=hired)
        asked = list(texts)
        distinct = list(dict.fromkeys(asked))
        answers: dict[str, Geocode] = {}
        seen = 0
        for found in workers.answers(distinct, limit):
            answers.update(zip(distinct[len(answers) :], found, strict=False))
            if progress:
                while seen < len(asked) and asked[seen] in answers:
                    seen += 1
                progress(seen, len(asked))
        return [answers[text] for text in asked]

    def evidence(self, texts: Sequence[str]) -> list[tuple[Point, Evidence, str | None] | None]:
        """Return the first candidate's point, what its confidence is made of, and its grid code.

        One entry a text, None where it has no candidate.
        """
        found: list[tuple[Point, Evidence, str | None] | None] = []
        for _, candidates in self._read(texts, 1):
            best = candidates[0] if candidates else None
            if best is None or best.evidence is None:
                found.append(None)
            else:
                found.append((best.point, best.evidence, best.grid))
        return found

    def answers(self, texts: Sequence[str], limit: int) -> list[Geocode]:
        """Return the answer for each text."""
        return [
            Geocode(parsed, tuple(map(_candidate, found)))
            for parsed, found in self._read(texts, limit)
        ]

    def _read(
        self, texts: Sequence[str], limit: int
    ) -> Iterator[tuple[ParsedAddress, list[Found]]]:
        """Yield the candidates of each text, or of the text without gaps if that says more."""
        names = self._names.local_names
        closed = [_GAP.sub("", text) for text in texts]
        gaps = [without for text, without in zip(texts, closed, strict=True) if without != text]
        others = iter(self._parser.parse_many(gaps, names=names))
        cut = self._parser.parse_many(texts, names=names)
        for parsed, without in zip(cut, closed, strict=True):
            found = self._answer(parsed, limit)
            if without != parsed.text:
                found = max(found, self._answer(next(others), limit), key=_telling)
            yield parsed, found

    def _answer(self, parsed: ParsedAddress, limit: int) -> list[Found]:
        """Return the candidates of a text; of two addresses in it, each is as likely meant."""
        addresses = separate(parsed)
        if len(addresses) == 1:
            return self._compete(parsed, limit)
        found = [
            replace(each, confidence=each.confidence / len(addresses))
            for address in addresses
            for each in self._compete(address, limit)
        ]
        found.sort(key=lambda each: -each.confidence)
        best: dict[tuple[Point, Precision], Found] = {}
        for each in found:
            best.setdefault((each.point, each.precision), each)
        return list(best.values())[:limit]

    def _compete(self, parsed: ParsedAddress, limit: int) -> list[Found]:
        """Return the candidates of a text with their confidence, best first."""
        reading = self._reader.read(parsed)
        if reading.foreign or limit < 1:
            return []
        ranked = self._numbered(reading, limit)
        if ranked and ranked[0].confidence >= _ENOUGH:
            return _listed(ranked, limit)
        for level in self._places.levels(reading, parsed):
            scored = self._scored(level, reading)
            fresh = list(_distinct(scored, ranked))
            ranked += [each for each in fresh if each.confidence >= _LEAST] or fresh[: not ranked]
            if fresh and max(each.confidence for each in fresh) >= _ENOUGH:
                break
        ranked.sort(key=lambda each: -each.confidence)
        return _listed(ranked, limit)

    def _scored(self, level: Iterable[Found], reading: Reading) -> list[Found]:
        """Return the things of one level with their confidence, the likeliest first.

        Things of one village share its probability, since a text without a number asks for the
        right village.
        """
        found = list(level)
        if not found:
            return []
        weights = [each.size * math.exp(-each.loss) for each in found]
        nowhere = math.exp(-_NOWHERE - reading.least()) * max(each.size for each in found)
        whole = sum(weights) + nowhere
        by_grid: dict[str, float] = {}
        for each, weight in zip(found, weights, strict=True):
            if each.grid is not None:
                by_grid[each.grid] = by_grid.get(each.grid, 0.0) + weight
        numbered = reading.number is not None
        scored = []
        for each, weight in zip(found, weights, strict=True):
            own = weight if numbered or each.grid is None else by_grid[each.grid]
            share = own / whole * (each.within if numbered or each.coarse else 1.0)
            evidence = Evidence(_kind(each, numbered=numbered), share, each.loss)
            confidence = self._confidence.of(evidence)
            scored.append((weight, replace(each, evidence=evidence, confidence=confidence)))
        scored.sort(key=lambda pair: (-pair[1].confidence, -pair[0]))
        return _exclusive([each for _, each in scored])

    def _numbered(self, reading: Reading, limit: int) -> list[Found]:
        """Return places of the house number, with their confidence."""
        ranked = []
        for find in self._doors.find(reading, limit=limit):
            share, point, precision = find.share, find.point, find.precision
            township, grid = find.township, find.grid
            if reading.beside:
                share *= math.exp(-BESIDE_LOSS)
                point = reading.shifted(point)
                if point != find.point:
                    precision = Precision.INTERPOLATED
                    township, grid = self._codes(point)
            low = 1.0 / math.sqrt(find.number)
            evidence = Evidence(find.kind, share, find.loss, find.disorder, low)
            ranked.append(
                Found(
                    point,
                    precision,
                    find.loss,
                    self._places.label(township, grid, find.name, str(reading.number)),
                    find.reason,
                    township,
                    grid,
                    evidence=evidence,
                    confidence=self._confidence.of(evidence),
                )
            )
        return [each for each in _exclusive(ranked) if each.confidence >= _LEAST]

    def _codes(self, point: Point) -> tuple[str | None, str | None]:
        lonlat = np.array([(point.lon, point.lat)])
        (township,) = self._areas.code_at(lonlat, kind=AreaKind.TOWNSHIP)
        (grid,) = self._areas.code_at(lonlat, kind=AreaKind.GRID)
        return township, grid


def _listed(ranked: list[Found], limit: int) -> list[Found]:
    """Return a sure answer alone, else as many as were asked for."""
    return ranked[:1] if ranked and ranked[0].confidence >= _SURE else ranked[:limit]


def _exclusive(found: Sequence[Found]) -> list[Found]:
    """Return candidates of which only one is right, with confidences that do not exceed one.

    Two that are equally likely have at most one half each. Candidates of one village are no
    rivals where a text without a number asks for the village.
    """
    fixed: list[Found] = []
    left = 1.0
    heads: dict[str | int | None, float] = {}
    for position, each in enumerate(found):
        by_village = each.evidence is not None and each.evidence.kind in _BY_VILLAGE
        own = each.grid if by_village else position
        most = left
        if own in heads:
            most = heads[own]
        elif not fixed:
            rival = max(
                (_share(it) for it in found[1:] if not by_village or it.grid != each.grid),
                default=0.0,
            )
            most = 1.0 - rival / (2.0 * max(_share(each), rival, _TINY))
        confidence = min(each.confidence, most)
        if own not in heads:
            heads[own] = confidence
            left = max(left - confidence, 0.0)
        fixed.append(
            each if confidence == each.confidence else replace(each, confidence=confidence)
        )
    fixed.sort(key=lambda each: -each.confidence)
    return fixed


def _share(found: Found) -> float:
    return found.evidence.share if found.evidence else 0.0


def _kind(found: Found, *, numbered: bool) -> AnswerKind:
    """Return the kind of an answer that places no house number."""
    if numbered:
        return AnswerKind.POINT if found.precision is Precision.POI else AnswerKind.COARSE
    if found.coarse:
        return AnswerKind.UNIT
    return _KINDS[found.precision]


def _distinct(level: Iterable[Found], before: Sequence[Found]) -> Iterator[Found]:
    """Yield what stands at no place of the same precision that was seen already."""
    seen = list(before)
    for each in level:
        near = any(
            other.precision is each.precision
            and near_distance_m(other.point, each.point) < _SAME_PLACE_M
            for other in seen
        )
        if not near:
            seen.append(each)
            yield each


def _telling(found: Sequence[Found]) -> tuple[float, int]:
    """Return how much an answer says: by its likelihood, then by its precision."""
    if not found:
        return 0.0, 0
    fineness = len(_ORDER) - _ORDER.index(found[0].precision)
    return fineness * found[0].confidence, fineness


def _candidate(found: Found) -> Candidate:
    return Candidate(
        found.point,
        found.precision,
        max(round(found.confidence, 3), 0.001),
        found.label,
        found.reason,
        found.township,
        found.grid,
    )
