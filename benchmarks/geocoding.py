"""Messy addresses of an invented district into points, how sure the answers are, and how fast.

``python -m benchmarks.geocoding [--seed N] [--noise-seed N] [--queries N] [--small]
[--folder DIR]`` prints ``name value unit``. The default seeds are kept for measuring: whoever
improves the geocoder works with others.

The road file holds 30 % of the house numbers; texts are drawn over all houses. An answer is right
if it lies within 100 m of the door where the text holds a number, else if it names the right
village. Confidence is held to that, over all texts; a text without an answer has confidence 0 and
is wrong. A confident answer has 0.9 or more.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from benchmarks import coordinates
from benchmarks.address_noise import SHARES, Query, draw_queries
from benchmarks.demo_addresses import MAPPED_SHARE, House, load_names, prepare
from benchmarks.memory import PeakMemory
from benchmarks.report import figure
from geo.areas import AreaSet
from geo.geocoding import OfflineGeocoder
from geo.model import AreaKind, Floats, Precision
from geo.placefile import load_places

__all__ = ["Answers", "calibration_bins", "calibration_error", "main"]

Bools = npt.NDArray[np.bool_]

_DISTRICT_SEED = 71
_NOISE_SEED = 72
_CONFIDENT = 0.9
_NEAR_M = 100.0
_BINS = 10
_CORES = 2
_MATCHED = 3_000  # texts that the plain text match is asked for
_M_PER_DEG = 111_195.0


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """First candidates, one entry a text: nan, 0 and empty where there is none.

    ``seconds`` is what looking up took, ``load_s`` what building the geocoder took.
    """

    lonlat: Floats
    confidence: Floats
    precision: tuple[str, ...]
    township: tuple[str, ...]
    grid: tuple[str, ...]
    load_s: float
    seconds: float


def main() -> None:
    """Measure geocoding, then coordinates."""
    parser = argparse.ArgumentParser(description="Measure geocoding on an invented district.")
    parser.add_argument("--seed", type=int, default=_DISTRICT_SEED, help="of the district")
    parser.add_argument("--noise-seed", type=int, default=_NOISE_SEED, help="of the texts")
    parser.add_argument("--queries", type=int, help="texts, 100,000 by default (small: 10,000)")
    parser.add_argument("--small", action="store_true", help="a tenth of the district")
    parser.add_argument("--folder", type=Path, help="keeps the district for a next run")
    options = parser.parse_args()
    count = options.queries or (10_000 if options.small else 100_000)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        houses = prepare(folder, seed=options.seed, small=options.small)
        queries = draw_queries(houses, count, seed=options.noise_seed)
        _describe(houses, queries)
        with PeakMemory() as memory:
            answers = _in_process(_geocode, folder, [query.text for query in queries])
        _score(houses, queries, answers)
        figure("geocode_rows_per_s", len(queries) / answers.seconds, "rows/s")
        distinct = len({query.text for query in queries})  # equal texts are looked up once
        figure("geocode_distinct_rows_per_s", distinct / answers.seconds, "rows/s")
        figure("geocode_load_s", answers.load_s, "s")
        figure("geocode_peak_mib", memory.mib, "MiB")
        _match_texts(folder, houses, queries)
    coordinates.main()


def _describe(houses: Sequence[House], queries: Sequence[Query]) -> None:
    """Print what was asked."""
    figure("geocode_queries", len(queries), "texts")
    figure("geocode_distinct_share", len({q.text for q in queries}) / len(queries), "share")
    figure("geocode_mapped_share", MAPPED_SHARE, "share")
    figure("geocode_ambiguous_share", _ambiguous_share(houses), "share")
    figure("geocode_numbered_share", np.mean([q.numbered for q in queries]).item(), "share")
    for kind in SHARES:
        share = np.mean([kind in query.noise for query in queries]).item()
        figure(f"geocode_noise_{kind}_share", share, "share")
    figure("geocode_noise_none_share", np.mean([not q.noise for q in queries]).item(), "share")


def _ambiguous_share(houses: Sequence[House]) -> float:
    """Return the share of houses whose full clean address another house far away has too."""
    by_address: dict[tuple[object, ...], list[int]] = {}
    for index, house in enumerate(houses):
        place = house.road or house.hamlet
        by_address.setdefault((house.grid_code, place, house.number), []).append(index)
    doors = np.array([(house.lon, house.lat) for house in houses])
    far = 0
    for members in by_address.values():
        if len(members) > 1:
            gaps = _distance_m(doors[members][:, None], doors[members][None])
            far += int((gaps.max(axis=1) > _NEAR_M).sum())
    return far / len(houses)


def _score(houses: Sequence[House], queries: Sequence[Query], answers: Answers) -> None:
    """Print how right and how sure the answers are."""
    meant = [houses[query.house] for query in queries]
    numbered = np.array([query.numbered for query in queries])
    away = _distance_m(answers.lonlat, np.array([(house.lon, house.lat) for house in meant]))
    near = away <= _NEAR_M  # nan, no answer, is not near
    township = np.array(
        [a == house.township_code for a, house in zip(answers.township, meant, strict=True)]
    )
    village = np.array([a == house.grid_code for a, house in zip(answers.grid, meant, strict=True)])
    right = np.where(numbered, near, village)
    confident = answers.confidence >= _CONFIDENT
    figure("geocode_top1_100m_share", _mean(near[numbered]), "share")
    figure("geocode_top1_500m_share", _mean(away[numbered] <= 500.0), "share")
    figure("geocode_median_error_m", float(np.nanmedian(away[numbered])), "m")
    figure("geocode_village_unnumbered_share", _mean(village[~numbered]), "share")
    figure("geocode_village_share", _mean(village), "share")
    figure("geocode_township_share", _mean(township), "share")
    figure("geocode_confident_share", _mean(confident), "share")
    figure("geocode_confident_wrong_share", _mean(~right[confident]), "share")
    bins = calibration_bins(answers.confidence, right)
    figure("geocode_calibration_error", calibration_error(bins), "share")
    for number, (confidence, share, _) in enumerate(bins.tolist(), start=1):
        figure(f"geocode_bin_{number:02d}_confidence", confidence, "share")
        figure(f"geocode_bin_{number:02d}_right", share, "share")
    _draw(bins)
    kinds = {kind: np.array([kind in query.noise for query in queries]) for kind in SHARES}
    kinds["none"] = np.array([not query.noise for query in queries])
    for kind, has in kinds.items():
        some = has & numbered
        figure(f"geocode_top1_100m_{kind}_share", _mean(near[some]), "share")
        figure(f"geocode_township_{kind}_share", _mean(township[has]), "share")
        figure(f"geocode_confident_{kind}_share", _mean(confident[has]), "share")
        figure(f"geocode_confident_wrong_{kind}_share", _mean(~right[has & confident]), "share")
    precision = np.array(answers.precision)
    for name in Precision:
        has = precision == name.value
        figure(f"geocode_at_{name}_share", _mean(has), "share")
        if has.any():
            figure(f"geocode_at_{name}_right_share", _mean(right[has]), "share")
            figure(f"geocode_at_{name}_confidence", _mean(answers.confidence[has]), "share")


def calibration_bins(confidence: Floats, right: Bools, *, bins: int = _BINS) -> Floats:
    """Return mean confidence, share right and size of bins of equal count, shape (bins, 3).

    Answers are put in order of confidence; equal ones keep the order they came in. The
    calibration error is the mean gap of the first two columns, weighted by the third (Naeini,
    Cooper and Hauskrecht 2015, there with bins of equal width).

    Examples
    --------
    >>> right = np.array([True, False, True, False])
    >>> calibration_bins(np.array([0.9, 0.1, 0.7, 0.3]), right, bins=2).tolist()
    [[0.2, 0.0, 2.0], [0.8, 1.0, 2.0]]
    """
    order = np.argsort(confidence, kind="stable")
    return np.array(
        [
            (_mean(confidence[part]), _mean(right[part]), len(part))
            for part in np.array_split(order, bins)
        ]
    )


def calibration_error(bins: Floats) -> float:
    """Return the mean gap of :func:`calibration_bins`, each bin weighted by its size."""
    gaps = np.abs(bins[:, 0] - bins[:, 1])
    return float((gaps * bins[:, 2]).sum() / bins[:, 2].sum())


def _draw(bins: Floats) -> None:
    """Show the reliability diagram on the error stream."""
    print("confidence claimed, share right (#), gap", file=sys.stderr)
    for confidence, share, _ in bins.tolist():
        bar = ("#" * round(50 * share)).ljust(51)
        at = round(50 * confidence)
        row = f"{bar[:at]}|{bar[at + 1 :]}"
        print(f"{confidence:.3f} {row} {share:.3f} {share - confidence:+.3f}", file=sys.stderr)


def _geocode(folder: Path, texts: Sequence[str]) -> Answers:
    """Build the geocoder from a folder and look the texts up on two cores."""
    started_s = time.perf_counter()
    gazetteer, areas = load_names(folder)
    geocoder = OfflineGeocoder(gazetteer, areas)
    loaded_s = time.perf_counter()
    answers = geocoder.geocode_many(texts, progress=_Tenths(), workers=_CORES)
    seconds = time.perf_counter() - loaded_s
    best = [answer.best for answer in answers]
    return Answers(
        np.array([(b.point.lon, b.point.lat) if b else (np.nan, np.nan) for b in best]),
        np.array([b.confidence if b else 0.0 for b in best]),
        tuple(b.precision.value if b else Precision.NONE.value for b in best),
        tuple((b.township_code or "") if b else "" for b in best),
        tuple((b.grid_code or "") if b else "" for b in best),
        loaded_s - started_s,
        seconds,
    )


class _Tenths:
    """Tells on the error stream of each tenth of the work."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if tenth > self._told:
            self._told = tenth
            print(f"geocoded {done}/{total}", file=sys.stderr, flush=True)


def _in_process(work: Callable[..., Answers], *args: object) -> Answers:
    """Run ``work`` in a fresh process, so that its memory is its own."""
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=_send_result, args=(send, work, args))
    child.start()
    send.close()
    try:
        result: Answers = receive.recv()
    except EOFError:
        raise SystemExit("the geocoding process ended without an answer") from None
    finally:
        child.join()
    return result


def _send_result(send: Connection, work: Callable[..., Answers], args: tuple[object, ...]) -> None:
    send.send(work(*args))


def _match_texts(folder: Path, houses: Sequence[House], queries: Sequence[Query]) -> None:
    """Print how far the nearest known address text gets, the peer that needs no knowledge."""
    _, areas = load_names(folder)
    texts, points = _known_texts(folder, areas)
    asked = [query for query in queries if query.numbered][:_MATCHED]
    started_s = time.perf_counter()
    scores = process.cdist(
        [query.text for query in asked], texts, scorer=fuzz.ratio, workers=_CORES
    )
    seconds = time.perf_counter() - started_s
    doors = np.array([(houses[q.house].lon, houses[q.house].lat) for q in asked])
    near = _distance_m(points[scores.argmax(axis=1)], doors) <= _NEAR_M
    figure("geocode_top1_100m_share_text_match", _mean(near), "share")
    figure("geocode_text_match_rows_per_s", len(asked) / seconds, "rows/s")


def _known_texts(folder: Path, areas: AreaSet) -> tuple[list[str], Floats]:
    """Return full address and position of every house number of the road file."""
    doors = load_places(folder / "places.json").house_numbers
    lonlat = np.array([(door.lon, door.lat) for door in doors])
    names = {
        kind: {area.code: area.name for area in areas.areas(kind)}
        for kind in (AreaKind.JURISDICTION, AreaKind.TOWNSHIP, AreaKind.GRID)
    }
    heads = [
        "".join(names[kind].get(code or "", "") for kind, code in zip(names, codes, strict=True))
        for codes in zip(*(areas.code_at(lonlat, kind=kind) for kind in names), strict=True)
    ]
    texts = [
        head + (door.street or ("" if head.endswith(door.place) else door.place)) + door.number
        for head, door in zip(heads, doors, strict=True)
    ]
    return texts, lonlat


def _distance_m(a: Floats, b: Floats) -> Floats:
    """Return metres between near points; right to 0.3 % within a district."""
    step = (a - b) * np.stack([np.cos(np.radians(b[..., 1])), np.ones(b.shape[:-1])], axis=-1)
    return np.asarray(np.hypot(step[..., 0], step[..., 1]) * _M_PER_DEG, dtype=np.float64)


def _mean(values: npt.NDArray[Any]) -> float:
    """Return the mean, 0 of nothing."""
    return float(values.mean()) if len(values) else 0.0


if __name__ == "__main__":
    main()
