"""Doubles of what online geocoding needs from outside: the network, a memory, time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import shapely
from geopy.adapters import AdapterHTTPError, BaseSyncAdapter

from geo.addresses import parse
from geo.areas import AreaSet
from geo.messages import message
from geo.model import AddressLevel, Area, AreaKind, Candidate, Geocode, Point, Precision
from geo.online import Answer, OnlineUse
from geo.ports import ProgressListener

AREAS = AreaSet(
    [
        Area("C1", "青屿县", AreaKind.JURISDICTION, shapely.box(118.60, 24.80, 118.64, 24.82)),
        Area("T1", "河埔镇", AreaKind.TOWNSHIP, shapely.box(118.60, 24.80, 118.62, 24.82)),
        Area("T2", "万安街道", AreaKind.TOWNSHIP, shapely.box(118.62, 24.80, 118.64, 24.82)),
        Area("G1", "前洋村", AreaKind.GRID, shapely.box(118.60, 24.80, 118.62, 24.81), "T1"),
        Area("G2", "后坑村", AreaKind.GRID, shapely.box(118.60, 24.81, 118.62, 24.82), "T1"),
    ]
)
"""The invented county in which the recorded answers lie."""

RECORDED = Path(__file__).parent / "recorded"


class Replay(BaseSyncAdapter):  # type: ignore[misc]  # geopy ships no types
    """Answers with recorded files in turn, the last one again and again; notes what was asked.

    An entry may also be an HTTP status or an error to raise.
    """

    def __init__(self, *records: str | int | Exception) -> None:
        super().__init__(proxies={}, ssl_context=None)
        self.records = list(records)
        self.urls: list[str] = []

    def __call__(self, *, proxies: Any, ssl_context: Any) -> Replay:
        """Stand in for the factory that geopy calls."""
        return self

    def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> str:
        self.urls.append(url)
        record = self.records.pop(0) if len(self.records) > 1 else self.records[0]
        if isinstance(record, Exception):
            raise record
        if isinstance(record, int):
            raise AdapterHTTPError(f"HTTP {record}", status_code=record, headers={}, text=None)
        return (RECORDED / f"{record}.json").read_text(encoding="utf-8")

    def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        return json.loads(self.get_text(url, timeout=timeout, headers=headers))

    @property
    def asked(self) -> list[dict[str, list[str]]]:
        """The questions, as the fields of their URLs."""
        return [parse_qs(urlsplit(url).query) for url in self.urls]


class Offline:
    """Implements ``Geocoder``: knows one door, roads and townships."""

    def geocode(self, text: str, *, limit: int = 5) -> Geocode:
        parsed = parse(text)
        if limit < 1:
            return Geocode(parsed)
        if parsed.get(AddressLevel.ROAD) == "中山路" and "河埔镇" in text:
            return Geocode(parsed, (_candidate(Precision.ROAD, 0.9),))
        if text == "中山路301号":
            return Geocode(parsed, (_candidate(Precision.DOOR, 0.95),))
        if text == "河埔镇":
            return Geocode(parsed, (_candidate(Precision.TOWNSHIP, 0.9),))
        return Geocode(parsed)

    def geocode_many(
        self, texts: Iterable[str], *, limit: int = 5, progress: ProgressListener | None = None
    ) -> list[Geocode]:
        return [self.geocode(text, limit=limit) for text in texts]


def _candidate(precision: Precision, confidence: float) -> Candidate:
    point = Point(118.61, 24.805)
    return Candidate(point, precision, confidence, "", message("名称与地名库一致"), "T1", "G1")


class MemoryAnswers:
    """Implements ``AnswerMemory``; its day moves on by hand."""

    def __init__(self) -> None:
        self.today = date(2026, 11, 25)
        self.kept: dict[tuple[str, str], tuple[date, tuple[Answer, ...]]] = {}
        self.counts: dict[tuple[str, date], int] = {}

    def recall(self, service: str, text: str) -> tuple[Answer, ...] | None:
        until, answers = self.kept.get((service, text), (self.today, ()))
        return answers if until > self.today else None

    def keep(self, service: str, text: str, answers: Sequence[Answer], *, days: int) -> None:
        self.kept[service, text] = (self.today + timedelta(days=days), tuple(answers))

    def count(self, service: str, *, per_day: int) -> bool:
        asked = self.counts.get((service, self.today), 0)
        if per_day and asked >= per_day:
            return False
        self.counts[service, self.today] = asked + 1
        return True


class Heard:
    """Implements ``UseListener`` by remembering."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []
        self.uses: list[OnlineUse] = []

    def begins(self, service: str, texts: int) -> None:
        self.begun.append((service, texts))

    def ended(self, service: str, use: OnlineUse) -> None:
        self.uses.append(use)


class HandClock:
    """Seconds that move when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds
