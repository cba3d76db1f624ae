from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from data.crypto import FieldCipher
from data.errors import StoreError
from data.online_memory import OnlineMemory
from geo.online import Answer, AnswerMemory
from tests.fakes import StandingClock

TEXT = "青屿县河埔镇中山路77号"
ANSWERS = (
    Answer(118.61, 24.8, "门牌号", "青屿县中山路77号", "青屿县", "77号", 0.88),
    Answer(118.7, 24.9, "道路"),
)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "online.sqlite3"


def opened(path: Path, clock: StandingClock, *, secret: int = 1, most: int = 100) -> OnlineMemory:
    return OnlineMemory(path, cipher=FieldCipher(bytes([secret]) * 32), clock=clock, most=most)


def test_answers_come_back_until_they_are_old(path: Path, clock: StandingClock) -> None:
    memory: AnswerMemory = opened(path, clock)
    assert memory.recall("amap", TEXT) is None
    memory.keep("amap", TEXT, ANSWERS, days=7)
    memory.keep("amap", "无", (), days=7)
    memory = opened(path, clock)
    assert memory.recall("amap", TEXT) == ANSWERS
    assert memory.recall("amap", "无") == ()
    assert memory.recall("tianditu", TEXT) is None
    clock.advance(days=7)
    assert memory.recall("amap", TEXT) is None


def test_old_answers_leave_the_file(path: Path, clock: StandingClock) -> None:
    memory = opened(path, clock)
    for number in range(50):
        memory.keep("amap", f"{TEXT}{number}", ANSWERS, days=1)
    clock.advance(days=2)
    memory.keep("amap", TEXT, ANSWERS, days=10)
    clock.advance(days=-2)
    assert memory.recall("amap", f"{TEXT}3") is None
    assert memory.recall("amap", TEXT) == ANSWERS


def test_opening_drops_what_is_old(path: Path, clock: StandingClock) -> None:
    opened(path, clock).keep("amap", TEXT, ANSWERS, days=1)
    clock.advance(days=2)
    opened(path, clock)
    clock.advance(days=-2)
    assert opened(path, clock).recall("amap", TEXT) is None


def test_the_newest_answers_stay_when_there_are_too_many(path: Path, clock: StandingClock) -> None:
    memory = opened(path, clock, most=3)
    for number in range(6):
        memory.keep("amap", str(number), ANSWERS, days=7)
        clock.advance(seconds=1)
    kept = [number for number in range(6) if memory.recall("amap", str(number)) is not None]
    assert kept == [3, 4, 5]


def test_the_file_shows_nothing_and_is_its_owners(path: Path, clock: StandingClock) -> None:
    memory = opened(path, clock)
    memory.keep("amap", TEXT, ANSWERS, days=7)
    content = path.read_bytes()
    for secret in ("中山路", "青屿", "77号", "门牌", "118.61"):
        assert secret.encode() not in content
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_key_finds_nothing(path: Path, clock: StandingClock) -> None:
    opened(path, clock).keep("amap", TEXT, ANSWERS, days=7)
    assert opened(path, clock, secret=2).recall("amap", TEXT) is None


def test_questions_are_counted_by_service_and_day(path: Path, clock: StandingClock) -> None:
    memory = opened(path, clock)
    assert [memory.count("amap", per_day=2) for _ in range(4)] == [True, True, False, False]
    assert memory.count("tianditu", per_day=2)
    assert all(opened(path, clock).count("nominatim", per_day=0) for _ in range(5))
    clock.advance(days=1)
    assert memory.count("amap", per_day=2)


def test_a_damaged_file_is_named_with_the_cure(path: Path, clock: StandingClock) -> None:
    path.write_bytes(b"no database" * 200)
    with pytest.raises(StoreError, match="删除该文件"):
        opened(path, clock)
