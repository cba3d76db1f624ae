"""What confirmed doors teach of the addresses around them, on an invented district.

``python -m benchmarks.desk [--seed N] [--noise-seed N] [--confirmed N] [--small] [--folder DIR]``
prints ``name value unit``. Houses are confirmed at random, by noisy texts. Measured are noisy
texts of houses that are not in the road file and were not confirmed, with a number at most six
away from a confirmed one on the same road, or in the same village where houses count there.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.address_noise import Query, draw_queries
from benchmarks.demo_addresses import House, load_names, prepare
from benchmarks.report import figure
from geo.addresses import parse_many
from geo.areas import AreaSet
from geo.confirming import learnt_entries
from geo.gazetteer import Gazetteer
from geo.geocoding import OfflineGeocoder
from geo.model import GazetteerEntry, Point, Precision
from geo.nearby import near_distance_m

__all__ = ["main"]

_DISTRICT_SEED, _NOISE_SEED = 71, 72
_NEXT = 6
_NEAR_M = 100.0


def main() -> None:
    """Measure neighbours before and after the doors are known."""
    parser = argparse.ArgumentParser(description="Measure what confirmed doors teach.")
    parser.add_argument("--seed", type=int, default=_DISTRICT_SEED, help="of the district")
    parser.add_argument("--noise-seed", type=int, default=_NOISE_SEED, help="of the texts")
    parser.add_argument("--confirmed", type=int, default=400, help="doors")
    parser.add_argument("--small", action="store_true", help="a tenth of the district")
    parser.add_argument("--folder", type=Path, help="keeps the district for a next run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        houses = prepare(folder, seed=options.seed, small=options.small)
        queries = [
            one
            for one in draw_queries(houses, 20 * options.confirmed, seed=options.noise_seed)
            if one.numbered
        ]
        before, areas = load_names(folder)
        taught, others = queries[: options.confirmed], queries[options.confirmed :]
        learnt = _learn(taught, houses, before, areas)
        near = _neighbours(others, taught, houses)
        known = OfflineGeocoder(before, areas).geocode_many((q.text for q in near), limit=1)
        asked = [
            query
            for query, answer in zip(near, known, strict=True)
            if answer.best is None or answer.best.precision is not Precision.DOOR
        ]
        figure("desk_confirmed", len(taught), "doors")
        figure("desk_neighbours", len(asked), "texts")
        _score("before", asked, houses, OfflineGeocoder(before, areas))
        after, areas = load_names(folder, learnt)
        _score("after", asked, houses, OfflineGeocoder(after, areas))


def _learn(
    queries: Sequence[Query], houses: Sequence[House], names: Gazetteer, areas: AreaSet
) -> list[GazetteerEntry]:
    parsed = parse_many((query.text for query in queries), names=names.local_names)
    return [
        entry
        for query, cut in zip(queries, parsed, strict=True)
        for entry in learnt_entries(cut, _door(houses[query.house]), gazetteer=names, areas=areas)
    ]


def _neighbours(
    queries: Sequence[Query], taught: Sequence[Query], houses: Sequence[House]
) -> list[Query]:
    numbers: dict[tuple[str, str], set[int]] = {}
    for query in taught:
        house = houses[query.house]
        numbers.setdefault(_row(house), set()).add(house.number)
    done = {query.house for query in taught}
    return [
        query
        for query in queries
        if query.house not in done
        and any(
            abs(houses[query.house].number - number) <= _NEXT
            for number in numbers.get(_row(houses[query.house]), ())
        )
    ]


def _row(house: House) -> tuple[str, str]:
    return house.grid_code, house.road or house.hamlet


def _door(house: House) -> Point:
    return Point(house.lon, house.lat)


def _score(
    when: str, queries: Sequence[Query], houses: Sequence[House], geocoder: OfflineGeocoder
) -> None:
    answers = geocoder.geocode_many((query.text for query in queries), limit=1)
    away = np.array(
        [
            np.inf
            if answer.best is None
            else near_distance_m(_door(houses[query.house]), answer.best.point)
            for query, answer in zip(queries, answers, strict=True)
        ]
    )
    sure = np.array([0.0 if a.best is None else a.best.confidence for a in answers])
    figure(f"desk_{when}_100m_share", float((away <= _NEAR_M).mean()), "share")
    figure(f"desk_{when}_median_error_m", float(np.median(away)), "m")
    figure(f"desk_{when}_confident_share", float((sure >= 0.9).mean()), "share")
    figure(f"desk_{when}_confident_wrong", float((away[sure >= 0.9] > _NEAR_M).mean()), "share")


if __name__ == "__main__":
    main()
