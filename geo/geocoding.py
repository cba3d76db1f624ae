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
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from geo.address_reading import AddressReader, Reading
from geo.addresses import AddressParser
from geo.confidence import AnswerKind, Confidence, Evidence, shipped
from geo.doors import DoorFinder, distance_m, with_name_doubt
from geo.frontage import M_PER_DEG
from geo.gazetteer import Gazetteer, Spot
from geo.geocoding_pool import Workers
from geo.messages import Message, message
from geo.model import (
    AddressLevel,
    AreaKind,
    Candidate,
    Geocode,
    ParsedAddress,
    Point,
    Precision,
)
from geo.placenames import Match, township_stem, village_stem
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
_BESIDE_LOSS = 0.1  # "near", "opposite" and the like
_ROUNDABOUT_LOSS = 0.3  # a point named together with its village
_OFFICE_LENGTH = 6  # a unit's name as long as this may be its office: 前洋村村民委员会
_SAME_PLACE_M = 60.0
_CROSSING_DEG = 0.0008
_PROGRESS_EVERY = 200
_POINT_LEVELS = (_L.ESTATE, _L.POI, _L.SUBPOI)
_UNIT_LEVELS = (_L.TOWNSHIP, _L.VILLAGE, _L.GROUP)
_JOINABLE = (*_POINT_LEVELS, *_UNIT_LEVELS, _L.ROAD, _L.BUILDING)
_GAP = re.compile(r"(?<=[一-龥])(?:\s+(?=[一-龥])|[(（][^()（）]*[)）](?=村|社区|镇|乡|街道))")
_WITHIN_M = 100.0
_HAMLET_WITHIN = 0.3  # share of a hamlet's doors within 100 m of its point
_VILLAGE_WITHIN = 0.1
_TOWNSHIP_WITHIN = 0.01


@dataclass(frozen=True, slots=True)
class _Found:
    """A thing that the text may mean.

    ``loss`` is that of its names, ``size`` the houses it stands for; ``within`` is the chance
    that a door of it lies within 100 m of its point, ``coarse`` that the text names something
    finer. ``confidence`` is filled in by competition.
    """

    point: Point
    precision: Precision
    loss: float
    label: str
    reason: Message
    township: str | None
    grid: str | None
    size: float = 1.0
    within: float = 1.0
    coarse: bool = False
    evidence: Evidence | None = None
    confidence: float = 0.0


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
        self._houses = _house_counts(gazetteer)
        self._in_grid = Counter(grid for _, grid in gazetteer.frontage.houses.codes)

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

    def evidence(self, texts: Sequence[str]) -> list[tuple[Point, Evidence] | None]:
        """Return the first candidate's point and what its confidence is made of, for each text."""
        found = []
        for _, candidates in self._read(texts, 1):
            best = candidates[0] if candidates else None
            found.append((best.point, best.evidence) if best and best.evidence else None)
        return found

    def answers(self, texts: Sequence[str], limit: int) -> list[Geocode]:
        """Return the answer for each text."""
        return [
            Geocode(parsed, tuple(map(_candidate, found)))
            for parsed, found in self._read(texts, limit)
        ]

    def _read(
        self, texts: Sequence[str], limit: int
    ) -> Iterator[tuple[ParsedAddress, list[_Found]]]:
        """Yield the candidates of each text, or of the text without gaps if that says more."""
        names = self._names.local_names
        closed = [_GAP.sub("", text) for text in texts]
        gaps = [without for text, without in zip(texts, closed, strict=True) if without != text]
        others = iter(self._parser.parse_many(gaps, names=names))
        cut = self._parser.parse_many(texts, names=names)
        for parsed, without in zip(cut, closed, strict=True):
            found = self._compete(parsed, limit)
            if without != parsed.text:
                found = max(found, self._compete(next(others), limit), key=_telling)
            yield parsed, found

    def _compete(self, parsed: ParsedAddress, limit: int) -> list[_Found]:
        """Return the candidates of a text with their confidence, best first."""
        reading = self._reader.read(parsed)
        if reading.foreign or limit < 1:
            return []
        ranked = self._numbered(reading, limit)
        if ranked and ranked[0].confidence >= _ENOUGH:
            return _listed(ranked, limit)
        levels = (
            self._crossings(reading),
            self._points(reading, parsed),
            self._on_roads(reading),
            self._settled(reading),
            self._villages(reading),
            self._townships(reading),
            self._county(reading),
        )
        for level in levels:
            scored = self._scored(level, reading)
            fresh = list(_distinct(scored, ranked))
            ranked += [each for each in fresh if each.confidence >= _LEAST] or fresh[: not ranked]
            if fresh and max(each.confidence for each in fresh) >= _ENOUGH:
                break
        ranked.sort(key=lambda each: -each.confidence)
        return _listed(ranked, limit)

    def _scored(self, level: Iterable[_Found], reading: Reading) -> list[_Found]:
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

    def _numbered(self, reading: Reading, limit: int) -> list[_Found]:
        """Return places of the house number, with their confidence."""
        ranked = []
        for find in self._doors.find(reading, limit=limit):
            share, point, precision = find.share, find.point, find.precision
            township, grid = find.township, find.grid
            if reading.beside:
                share *= math.exp(-_BESIDE_LOSS)
                point = reading.shifted(point)
                if point != find.point:
                    precision = Precision.INTERPOLATED
                    township, grid = self._codes(point)
            low = 1.0 / math.sqrt(find.number)
            evidence = Evidence(find.kind, share, find.loss, find.disorder, low)
            ranked.append(
                _Found(
                    point,
                    precision,
                    find.loss,
                    self._label(township, grid, find.name, str(reading.number)),
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

    def _crossings(self, reading: Reading) -> Iterator[_Found]:
        """Yield where two roads of the text meet, if it names no house number."""
        exact = [road for road, how in reading.roads if how.how is not Match.NEAR]
        names = list(dict.fromkeys(road.name for road in exact))
        if len(names) != 2 or reading.number is not None:
            return
        first, second = ([road for road in exact if road.name == name] for name in names)
        for one in first:
            tree = cKDTree(one.samples)
            for other in second:
                gap, _ = tree.query(other.samples)
                at = int(gap.argmin())
                if gap[at] > _CROSSING_DEG:
                    continue
                codes = next(key for key, members in other.within.items() if at in members)
                lon, lat = other.samples[at].tolist()
                yield _Found(
                    Point(lon, lat),
                    Precision.POI,
                    reading.loss(*codes),
                    self._label(*codes, f"{one.name}与{other.name}交叉口"),
                    message("两条道路的交叉口"),
                    *codes,
                )

    def _points(self, reading: Reading, parsed: ParsedAddress) -> Iterator[_Found]:
        """Yield estates and named points that the text names."""
        best: dict[Spot, tuple[float, Match]] = {}
        for name, loss in self._point_names(reading, parsed):
            for spot, how in self._names.spots.match(name):
                if how.how is Match.NEAR and (loss or len(name) < _OFFICE_LENGTH - 1):
                    continue  # short names that differ in a character are other places
                total = loss + how.loss + reading.loss(spot.township, spot.grid)
                if spot not in best or total < best[spot][0]:
                    best[spot] = total, how.how
        for spot, (loss, how_named) in best.items():
            yield _Found(
                reading.shifted(spot.point),
                Precision.POI,
                loss + (_BESIDE_LOSS if reading.beside else 0.0),
                self._label(spot.township, spot.grid, spot.name),
                with_name_doubt(message("名称与地名库一致"), how_named),
                spot.township,
                spot.grid,
            )

    def _point_names(self, reading: Reading, parsed: ParsedAddress) -> Iterator[tuple[str, float]]:
        """Yield the writings of a point's name: alone, with its neighbours, with its unit."""
        tail = ""
        for part in parsed.parts:
            tail = tail + part.text if part.level in _JOINABLE else ""
            if part.level in _UNIT_LEVELS and len(part.text) >= _OFFICE_LENGTH:
                yield part.text, 0.0
            if tail != part.text and self._names.spots.exact(tail):
                yield tail, 0.0
            if part.level not in _POINT_LEVELS or len(part.text) < 2:
                continue
            yield part.text, 0.0
            for unit, how in reading.village_units:
                if how.loss == 0.0:
                    yield village_stem(unit.name) + part.text, _ROUNDABOUT_LOSS
                    yield unit.name + part.text, _ROUNDABOUT_LOSS
            for code, loss in reading.townships.items():
                name = self._names.township_names.get(code, "")
                if loss == 0.0:
                    yield township_stem(name) + part.text, _ROUNDABOUT_LOSS
                    yield name + part.text, _ROUNDABOUT_LOSS
            if part.level is _L.ROAD:
                yield part.text, _ROUNDABOUT_LOSS

    def _on_roads(self, reading: Reading) -> Iterator[_Found]:
        """Yield for each road the middle of its part in each village."""
        for road, how in reading.roads:
            houses = self._houses.get(road.index, {})
            for codes, members in road.within.items():
                loss = how.loss + reading.loss(*codes)
                if loss > 3 * _NOWHERE:
                    continue
                points = road.samples[members]
                away = np.hypot(*(points - points.mean(axis=0)).T)
                middle = int(away.argmin())
                lon, lat = points[middle].tolist()
                near = float((away <= _WITHIN_M / M_PER_DEG).mean())
                reason = (
                    message("只定位到道路，门牌不在地名库中")
                    if reading.number
                    else message("只定位到道路")
                )
                yield _Found(
                    Point(lon, lat),
                    Precision.ROAD,
                    loss,
                    self._label(*codes, road.name),
                    with_name_doubt(reason, how.how),
                    *codes,
                    size=houses.get(codes, 0) + 0.2,
                    within=near,
                )

    def _settled(self, reading: Reading) -> Iterator[_Found]:
        for spot, how in reading.settlements:
            village = spot.precision is Precision.VILLAGE
            yield _Found(
                spot.point,
                spot.precision,
                how.loss + reading.loss(spot.township, spot.grid),
                self._label(spot.township, spot.grid, spot.name),
                with_name_doubt(message("只定位到自然村或居民点"), how.how),
                spot.township,
                spot.grid if village else None,
                within=_HAMLET_WITHIN,
            )

    def _villages(self, reading: Reading) -> Iterator[_Found]:
        same = sum(how.loss == 0.0 for _, how in reading.village_units)
        missed = reading.road_named and not reading.roads
        for unit, how in reading.village_units:
            if same > 1:
                reason = message("只定位到村（社区），同名 %(count)d 处", count=same)
            else:
                reason = message("只定位到村（社区）")
            yield _Found(
                unit.point,
                Precision.VILLAGE,
                reading.loss(unit.township, unit.code) + (_ROUNDABOUT_LOSS if missed else 0.0),
                self._label(unit.township, unit.code),
                with_name_doubt(reason, how.how),
                unit.township,
                unit.code,
                size=1.0 + self._in_grid.get(unit.code, 0),
                within=_VILLAGE_WITHIN,
            )

    def _townships(self, reading: Reading) -> Iterator[_Found]:
        finer = reading.road_named or reading.place_named or bool(reading.villages)
        for code, loss in reading.townships.items():
            for unit in self._names.townships.exact(self._names.township_names.get(code, "")):
                if unit.code == code:
                    yield _Found(
                        unit.point,
                        Precision.TOWNSHIP,
                        loss,
                        unit.name,
                        message("只定位到乡镇（街道）"),
                        code,
                        None,
                        within=_TOWNSHIP_WITHIN,
                        coarse=finer,
                    )

    def _county(self, reading: Reading) -> Iterator[_Found]:
        if reading.county and self._names.home:
            yield _Found(
                self._names.home,
                Precision.COUNTY,
                0.0,
                self._names.home_names[0],
                message("只定位到县（区）"),
                None,
                None,
                within=_TOWNSHIP_WITHIN,
                coarse=bool(reading.townships or reading.villages or reading.road_named),
            )

    def _label(self, township: str | None, grid: str | None, *names: str) -> str:
        units = (
            self._names.township_names.get(township or "", ""),
            self._names.grid_names.get(grid or "", ""),
        )
        return "".join((*units, *names))


def _listed(ranked: list[_Found], limit: int) -> list[_Found]:
    """Return a sure answer alone, else as many as were asked for."""
    return ranked[:1] if ranked and ranked[0].confidence >= _SURE else ranked[:limit]


def _exclusive(found: Sequence[_Found]) -> list[_Found]:
    """Return candidates of which only one is right, with confidences that do not exceed one.

    Two that are equally likely have at most one half each. Candidates of one village are no
    rivals where a text without a number asks for the village.
    """
    fixed: list[_Found] = []
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


def _share(found: _Found) -> float:
    return found.evidence.share if found.evidence else 0.0


def _kind(found: _Found, *, numbered: bool) -> AnswerKind:
    """Return the kind of an answer that places no house number."""
    if numbered:
        return AnswerKind.POINT if found.precision is Precision.POI else AnswerKind.COARSE
    if found.coarse:
        return AnswerKind.UNIT
    return _KINDS[found.precision]


def _house_counts(names: Gazetteer) -> dict[int, dict[tuple[str | None, str | None], int]]:
    """Return how many houses stand along each road, by township and grid."""
    found: dict[int, dict[tuple[str | None, str | None], int]] = {}
    houses = names.frontage.houses
    for road, codes in zip(houses.road.tolist(), houses.codes, strict=True):
        if road >= 0:
            here = found.setdefault(road, {})
            here[codes] = here.get(codes, 0) + 1
    return found


def _distinct(level: Iterable[_Found], before: Sequence[_Found]) -> Iterator[_Found]:
    """Yield what stands at no place of the same precision that was seen already."""
    seen = list(before)
    for each in level:
        near = any(
            other.precision is each.precision
            and distance_m(other.point, each.point) < _SAME_PLACE_M
            for other in seen
        )
        if not near:
            seen.append(each)
            yield each


def _telling(found: Sequence[_Found]) -> tuple[float, int]:
    """Return how much an answer says: by its likelihood, then by its precision."""
    if not found:
        return 0.0, 0
    fineness = len(_ORDER) - _ORDER.index(found[0].precision)
    return fineness * found[0].confidence, fineness


def _candidate(found: _Found) -> Candidate:
    return Candidate(
        found.point,
        found.precision,
        max(round(found.confidence, 3), 0.001),
        found.label,
        found.reason,
        found.township,
        found.grid,
    )
