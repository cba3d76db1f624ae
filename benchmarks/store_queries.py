"""The questions that pages ask of the store, each many times with different arguments."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice

import numpy as np

from benchmarks.store_court import BOX, FilledCourt
from data.case_lists import CaseFilter
from data.store import Store
from routes.model import CaseId, CaseKind, CaseStatus, Grade

__all__ = ["query_times_ms"]

_PAGE = 50
_SHOWN = 300
_BOX_DEG = 0.015

Question = Callable[[], object]


def query_times_ms(
    store: Store, court: FilledCourt, *, repeats: int = 100, seed: int = 1
) -> Mapping[str, list[float]]:
    """Return how long each question of the pages took, each time."""
    rng = np.random.default_rng(seed)
    asked: Mapping[str, Iterator[Question]] = {
        "list": _lists(store, rng),
        "case": _cases(store, court, rng),
        "find": _finds(store, court, rng),
        "box": _boxes(store, rng),
        "audit": _once(lambda: store.audit.entries(_SHOWN)),
        "plans": _once(store.latest),
    }
    return {
        name: [_ms(question) for question in islice(questions, repeats)]
        for name, questions in asked.items()
    }


def _ms(question: Question) -> float:
    begun_s = time.perf_counter()
    question()
    return 1000.0 * (time.perf_counter() - begun_s)


def _lists(store: Store, rng: np.random.Generator) -> Iterator[Question]:
    """Yield pages of the list: of all cases, by each filter, by two; first, late and between."""
    filters = (
        CaseFilter(),
        *(CaseFilter(kind=kind) for kind in CaseKind),
        *(CaseFilter(status=status) for status in CaseStatus),
        *(CaseFilter(grade=grade) for grade in Grade),
        *(CaseFilter(kind=kind, status=CaseStatus.ACTIVE) for kind in CaseKind),
    )
    totals = {wanted: store.case_lines(wanted, first=0, count=1).total for wanted in filters}
    while True:
        wanted = filters[int(rng.integers(len(filters)))]
        late = float(rng.choice((0.0, 0.5, 1.0, rng.random())))
        last = max(0, (totals[wanted] - 1) // _PAGE)
        yield partial(store.case_lines, wanted, first=int(last * late) * _PAGE, count=_PAGE)


def _cases(store: Store, court: FilledCourt, rng: np.random.Generator) -> Iterator[Question]:
    while True:
        case_id = court.ids[int(rng.integers(len(court.ids)))]

        def page(case_id: CaseId = case_id) -> object:
            return (
                store.case(case_id),
                store.debtors(case_id),
                store.claims(case_id),
                store.outcomes(case_id),
                store.leads(case_id),
                store.restrictions.of_case(case_id),
            )

        yield page


def _finds(store: Store, court: FilledCourt, rng: np.random.Generator) -> Iterator[Question]:
    while True:
        for texts in (court.numbers, court.names, court.identities):
            text = texts[int(rng.integers(len(texts)))]
            yield partial(store.find_cases, text)


def _boxes(store: Store, rng: np.random.Generator) -> Iterator[Question]:
    while True:
        west, south = rng.uniform(BOX[:2], (BOX[2] - _BOX_DEG, BOX[3] - _BOX_DEG)).tolist()
        yield partial(store.places_in, west, south, west + _BOX_DEG, south + _BOX_DEG)


def _once(question: Question) -> Iterator[Question]:
    while True:
        yield question
