"""Address texts shared among processes: the same answers, in order, whatever happens to them."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Sequence

import pytest

from geo.geocoding_pool import Workers
from geo.model import Geocode, ParsedAddress
from tests.geo import smalltown


class Echo:
    """Answers with the text, and tells by which process in a dropped span."""

    def answers(self, texts: Sequence[str], limit: int) -> list[Geocode]:
        return [
            Geocode(ParsedAddress(text, (), ((0, os.getpid() % 9999 + 1),)), ()) for text in texts
        ]


class Fatal(Echo):
    """Ends the process that answers, unless it is the one that asked."""

    def __init__(self) -> None:
        self.home = os.getpid()

    def answers(self, texts: Sequence[str], limit: int) -> list[Geocode]:
        if texts and os.getpid() != self.home:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().answers(texts, limit)


TEXTS = [str(number) for number in range(9_001)]


def _texts(parts: list[list[Geocode]]) -> list[str]:
    return [answer.parsed.text for part in parts for answer in part]


def _processes(parts: list[list[Geocode]]) -> set[int]:
    return {answer.parsed.dropped[0][1] for part in parts for answer in part}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_answers_come_in_order(count: int) -> None:
    with Workers(Echo(), count) as workers:
        parts = list(workers.answers(TEXTS, 1))
        assert _texts(parts) == TEXTS
        assert len(_processes(parts)) <= count
        assert list(workers.answers([], 1)) == []
        assert _texts(list(workers.answers(TEXTS[:1], 1))) == TEXTS[:1]


def test_with_another_thread_processes_start_once_they_pay() -> None:
    done = threading.Event()
    threading.Thread(target=done.wait, daemon=True).start()
    try:
        with Workers(Echo(), 2) as workers:
            here = _processes(list(workers.answers(TEXTS[:100], 1)))
            for begin in range(0, 6_000, 500):
                parts = list(workers.answers(TEXTS[begin : begin + 500], 1))
                assert _texts(parts) == TEXTS[begin : begin + 500]
            assert not here & _processes(parts)
    finally:
        done.set()


def test_a_process_that_dies_costs_no_answer() -> None:
    with Workers(Fatal(), 2) as workers:
        for _ in range(2):
            assert _texts(list(workers.answers(TEXTS, 1))) == TEXTS


def test_a_geocoder_can_be_handed_to_another_process() -> None:
    geocoder = smalltown.geocoder()
    copy = pickle.loads(pickle.dumps(geocoder))
    text = "河埔镇前洋村中山路8号"
    assert copy.geocode(text) == geocoder.geocode(text)
