"""Which datum a table's positions are likely in, judged by places that are known in WGS84.

GCJ-02 lies about 500 m from WGS84 and BD-09 about 1 km from either, nearly the same way all over
a district. So each datum is tried in turn: the positions are brought to WGS84 as if they were
given in it, and their distances from the known places of the same name, or from the nearest road,
are fitted by two groups: points that belong (normal distances, of a spread that is fitted too)
and points that do not (spread evenly). The likelihoods of two datums are compared point by point
as Vuong does ("Likelihood Ratio Tests for Model Selection and Non-Nested Hypotheses",
Econometrica 57, 1989). The answer is evidence for people: nothing is converted here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import shapely

from geo.coordinates import to_wgs84
from geo.messages import Message, message
from geo.model import Datum, Floats, Ints
from geo.network import RoadNetwork
from geo.osmfile import NamedPlace, OsmFeatures, Poi
from geo.placenames import village_stem

__all__ = ["Basis", "DatumEvidence", "DatumFit", "KnownPlaces", "judge_datum", "known_places"]

_CANDIDATES = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
_SHOWN = {
    Datum.WGS84: "WGS84",
    Datum.GCJ02: "GCJ-02",
    Datum.BD09: "BD-09",
    Datum.CGCS2000: "CGCS2000",
}
_MOST_POINTS = 5_000
_SAMPLE_DEG = 0.0005  # of a road's course, about 50 m
_CELL_DEG = 0.001  # one point is heard of each name and cell of about 100 m
_LEAST_POINTS = 8
_LEAST_SHARE = 0.2
_LEAST_LOG_RATIO = math.log(1_000.0)
_ROUNDS = 30


class Basis(StrEnum):
    """What positions were compared with."""

    NAMES = "names"
    ROADS = "roads"


@dataclass(frozen=True, slots=True)
class _Scale:
    """How distances are spread: metres of spread to choose from, and the range looked at.

    ``least_z`` is how many standard errors the difference of two datums must come to.
    """

    dimensions: int
    spread_m: tuple[float, float]
    range_m: float
    least_z: float


_SCALES = {
    Basis.NAMES: _Scale(2, (5.0, 250.0), 5_000.0, 5.0),
    Basis.ROADS: _Scale(1, (3.0, 40.0), 300.0, 4.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class KnownPlaces:
    """Places known in WGS84: positions by name, and the roads.

    Parameters
    ----------
    names
        Positions of shape (n, 2) for the stem of each name (see
        :func:`geo.placenames.village_stem`); of a road, points along it.
    roads
        Lines in degrees.
    """

    names: Mapping[str, Floats]
    roads: npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class DatumFit:
    """How well positions fit when read in one datum.

    ``near_share`` is the part of them that belongs to the known places; ``log_likelihood`` is
    that of all distances under the fitted groups.
    """

    datum: Datum
    median_m: float
    near_share: float
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class DatumEvidence:
    """What the known places say.

    Parameters
    ----------
    basis
        What the positions were compared with.
    compared
        How many positions were.
    fits
        One a datum, the likeliest first; WGS84 stands for CGCS2000 too.
    log_ratio
        Logarithm of how many times likelier the first is than the second.
    standard_errors
        That difference in its own standard errors.
    likely
        The datum of the first fit where the evidence suffices, otherwise None.
    """

    basis: Basis
    compared: int
    fits: tuple[DatumFit, ...]
    log_ratio: float
    standard_errors: float
    likely: Datum | None

    def contradicts(self, claimed: Datum) -> bool:
        """Say whether the evidence is clear and speaks for another datum."""
        return self.likely is not None and self.likely is not _plain(claimed)

    def message(self, claimed: Datum) -> Message:
        """Return a sentence on the datum that a file claims, for people to decide by."""
        if self.likely is None:
            return message(
                "可比较的位置 %(count)d 个，证据不足，无法判断；仍按 %(claimed)s 读入",
                count=self.compared,
                claimed=_SHOWN[claimed],
            )
        medians = {fit.datum: round(fit.median_m) for fit in self.fits}
        facts = {
            "count": self.compared,
            "likely": _SHOWN[self.likely],
            "near": medians[self.likely],
            "claimed": _SHOWN[claimed],
            "far": medians[_plain(claimed)],
        }
        if not self.contradicts(claimed):
            if self.basis is Basis.NAMES:
                return message(
                    "按 %(claimed)s 解释时与 %(count)d 处同名地点相差中位数 %(near)d 米，相符",
                    **facts,
                )
            return message(
                "按 %(claimed)s 解释时 %(count)d 个位置距最近道路中位数 %(near)d 米，相符",
                **facts,
            )
        if self.basis is Basis.NAMES:
            return message(
                "坐标系可能有误：按 %(likely)s 解释时与 %(count)d 处同名地点相差中位数 "
                "%(near)d 米，按 %(claimed)s 为 %(far)d 米；文件声明为 %(claimed)s，"
                "未作更改，请核对后用正确的坐标系重新读入",
                **facts,
            )
        return message(
            "坐标系可能有误：按 %(likely)s 解释时 %(count)d 个位置距最近道路中位数 %(near)d 米，"
            "按 %(claimed)s 为 %(far)d 米；文件声明为 %(claimed)s，"
            "未作更改，请核对后用正确的坐标系重新读入",
            **facts,
        )


def known_places(network: RoadNetwork, features: OsmFeatures) -> KnownPlaces:
    """Return what a road file knows: named roads, settlements and points of use.

    The court's own names are left out: they may have come in the same wrong datum.
    """
    found: dict[str, list[Floats]] = {}
    lines = network.lines()
    named = np.flatnonzero(network.name_id > 0)
    samples, piece = shapely.get_coordinates(
        shapely.segmentize(lines[named], _SAMPLE_DEG), return_index=True
    )
    ids = network.name_id[named][piece]
    order = np.argsort(ids, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(ids[order])) + 1):
        if len(rows):
            found.setdefault(village_stem(network.names[ids[rows[0]]]), []).append(samples[rows])
    spots: tuple[NamedPlace | Poi, ...] = (*features.places, *features.pois)
    for spot in spots:
        for name in filter(None, (spot.name, *spot.aliases)):
            found.setdefault(village_stem(name), []).append(np.array([[spot.lon, spot.lat]]))
    return KnownPlaces({name: np.concatenate(points) for name, points in found.items()}, lines)


def judge_datum(
    lonlat: npt.ArrayLike, known: KnownPlaces, *, names: Sequence[str] | None = None
) -> DatumEvidence:
    """Judge the datum of positions by names, and by roads where the names do not suffice.

    Parameters
    ----------
    lonlat
        Degrees as the table gives them, longitude first, shape (n, 2); nan is left out.
    known
        What is known nearby.
    names
        Name of each position; without them only the roads speak.

    Returns
    -------
    DatumEvidence
        ``likely`` is None unless at least 8 positions and a fifth of all belong, the likelihood
        is 1,000 times that of the next datum, and the difference is 5 standard errors (4 by
        roads).
    """
    points = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    good = np.flatnonzero(np.isfinite(points).all(axis=1))
    stems = (
        [village_stem(names[i]) for i in good.tolist()] if names is not None else [""] * len(good)
    )
    kept = good[_heard_once(points[good], stems)]
    by_row = dict(zip(good.tolist(), stems, strict=True))
    named = np.array([i for i in kept.tolist() if by_row[i] in known.names], dtype=np.int64)
    by_names = _judge(
        Basis.NAMES,
        points[named],
        lambda wgs84: _to_names(wgs84, [by_row[i] for i in named.tolist()], known.names),
    )
    if by_names.likely is not None or not len(known.roads) or not len(kept):
        return by_names
    plane = _Plane(float(np.median(points[kept, 1])))
    tree = shapely.STRtree(shapely.transform(known.roads, plane.to_m))
    by_roads = _judge(Basis.ROADS, points[kept], lambda wgs84: _to_roads(plane.to_m(wgs84), tree))
    return by_roads if by_roads.likely is not None else by_names


def _plain(datum: Datum) -> Datum:
    return Datum.WGS84 if datum is Datum.CGCS2000 else datum


def _heard_once(points: Floats, stems: Sequence[str]) -> Ints:
    """Return positions of the first point of each name and cell, thinned where there are many."""
    cells = np.floor(points / _CELL_DEG).astype(np.int64).tolist()
    first: dict[tuple[str, int, int], int] = {}
    for i, (stem, (column, row)) in enumerate(zip(stems, cells, strict=True)):
        first.setdefault((stem, column, row), i)
    kept = np.array(list(first.values()), dtype=np.int64)
    return kept[:: -(-len(kept) // _MOST_POINTS) or 1]


@dataclass(frozen=True, slots=True)
class _Plane:
    """Metres around a latitude, right to 1 % over a district."""

    lat: float

    def to_m(self, lonlat: Floats) -> Floats:
        east_m = 111_320.0 * math.cos(math.radians(self.lat))
        return np.asarray(lonlat * np.array([east_m, 110_570.0]))


def _to_names(wgs84: Floats, stems: Sequence[str], names: Mapping[str, Floats]) -> Floats:
    """Return metres from each point to the nearest known place of its name."""
    distances_m = np.empty(len(wgs84))
    for i, (stem, point) in enumerate(zip(stems, wgs84, strict=True)):
        plane = _Plane(float(point[1]))
        away_m = plane.to_m(names[stem]) - plane.to_m(point)
        distances_m[i] = np.hypot(away_m[:, 0], away_m[:, 1]).min()
    return distances_m


def _to_roads(points_m: Floats, tree: shapely.STRtree) -> Floats:
    """Return metres from each point to the nearest road."""
    _, distances_m = tree.query_nearest(
        shapely.points(points_m), return_distance=True, all_matches=False
    )
    return np.asarray(distances_m, dtype=np.float64)


def _judge(basis: Basis, points: Floats, distances: Callable[[Floats], Floats]) -> DatumEvidence:
    if not len(points):
        return DatumEvidence(basis, 0, (), 0.0, 0.0, None)
    scale = _SCALES[basis]
    fitted: list[tuple[DatumFit, Floats]] = []
    for datum in _CANDIDATES:
        away_m = distances(to_wgs84(points, datum))
        share, likelihoods = _fit(np.minimum(away_m, scale.range_m), scale)
        fit = DatumFit(datum, float(np.median(away_m)), share, float(likelihoods.sum()))
        fitted.append((fit, likelihoods))
    fitted.sort(key=lambda pair: -pair[0].log_likelihood)
    (best, first), (_, second), *_ = fitted
    differences = first - second
    log_ratio, spread = float(differences.sum()), float(differences.std())
    errors = log_ratio / (spread * math.sqrt(len(points))) if spread > 0.0 else 0.0
    enough = (
        best.near_share * len(points) >= _LEAST_POINTS
        and best.near_share >= _LEAST_SHARE
        and log_ratio >= _LEAST_LOG_RATIO
        and errors >= scale.least_z
    )
    return DatumEvidence(
        basis=basis,
        compared=len(points),
        fits=tuple(fit for fit, _ in fitted),
        log_ratio=log_ratio,
        standard_errors=errors,
        likely=best.datum if enough else None,
    )


def _fit(away_m: Floats, scale: _Scale) -> tuple[float, Floats]:
    """Fit the two groups by expectation and maximisation.

    Returns
    -------
    tuple
        The share of points that belong, and the log-likelihood of each point.
    """
    least_m, most_m = scale.spread_m
    if scale.dimensions == 2:
        elsewhere = 1.0 / (math.pi * scale.range_m**2)
    else:
        elsewhere = 1.0 / scale.range_m

    def near(spread_m: float) -> Floats:
        bell = np.exp(-0.5 * (away_m / spread_m) ** 2)
        if scale.dimensions == 2:
            return np.asarray(bell / (2.0 * math.pi * spread_m**2))
        return np.asarray(bell * math.sqrt(2.0 / math.pi) / spread_m)

    best: tuple[float, Floats] | None = None
    for spread_m in np.geomspace(least_m, most_m, 3).tolist():
        share = 0.5
        for _ in range(_ROUNDS):
            belongs = share * near(spread_m)
            belongs /= belongs + (1.0 - share) * elsewhere
            weight = float(belongs.sum())
            share = min(max(weight / len(away_m), 1e-6), 1.0 - 1e-6)
            variance = float(belongs @ away_m**2) / max(scale.dimensions * weight, 1e-9)
            spread_m = min(max(math.sqrt(variance), least_m), most_m)
        likelihoods = np.log(share * near(spread_m) + (1.0 - share) * elsewhere)
        if best is None or likelihoods.sum() > best[1].sum():
            best = share, likelihoods
    assert best is not None
    return best
