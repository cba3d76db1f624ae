from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.speedtags import ferry_kmh, max_speed_kmh, speed_limits


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        *[("50", 50.0), (" 50 km/h ", 50.0), ("30 mph", 48.28032), ("10 knots", 18.52)],
        *[("50;30", 30.0), ("60|40", 40.0), ("walk", 6.0), ("CN:urban", 50.0)],
        *[("CN:rural", 70.0), ("CN:motorway", 120.0), ("DE:urban", 50.0), ("DE:zone:30", 30.0)],
        *[("zone30", 30.0), ("30 zone", 30.0), ("none;80", 80.0)],
        *[("50,5", 50.5), ("50,30", 30.0), ("50, 5 mph", 8.04672), ("40、60", 40.0)],
        *[(text, 60.0) for text in ("60公里", "60 公里/小时", "60公里每小时", "６０千米／时")],
        *[(text, 60.0) for text in ("限速60", "时速60公里", "60 km", "60km/hr", "60 KMPH")],
        *[("CN:expressway", 120.0), ("cn：urban", 50.0), ("10 knot", 18.52), ("7 kn", 12.964)],
        *[(text, None) for text in ("60码", "公里", "1,5", "DE:expressway")],
        *[(text, None) for text in ("none", "signals", "0", "-50", "fast", "999", "", "5000 mph")],
    ],
)
def test_spellings(text: str, kmh: float | None) -> None:
    assert max_speed_kmh(text) == kmh


@given(st.text(alphabet="0123456789 .;|kmhpCN:zoneurbanwalk", max_size=12))
def test_limits_are_plausible_or_none(text: str) -> None:
    speed = max_speed_kmh(text)
    assert speed is None or 5.0 <= speed <= 150.0


@pytest.mark.parametrize(
    ("tags", "along", "against", "unread"),
    [
        ({}, None, None, False),
        ({"maxspeed": "60"}, 60, 60, False),
        ({"maxspeed": "60", "maxspeed:backward": "40"}, 60, 40, False),
        ({"maxspeed:forward": "30 mph"}, 48.28032, None, False),
        ({"maxspeed:motorcar": "80", "maxspeed": "60"}, 80, 80, False),
        ({"maxspeed:type": "CN:urban"}, 50, 50, False),
        ({"source:maxspeed": "CN:zone40"}, 40, 40, False),
        ({"zone:maxspeed": "30"}, 30, 30, False),
        ({"zone:traffic": "CN:rural"}, 70, 70, False),
        ({"source:maxspeed": "survey"}, None, None, False),
        ({"maxspeed": "none", "maxspeed:type": "CN:motorway"}, 120, 120, False),
        ({"maxspeed": "signals"}, None, None, False),
        ({"maxspeed": "0"}, None, None, True),
        ({"maxspeed": "-50"}, None, None, True),
        ({"maxspeed": "fast", "maxspeed:forward": "50"}, 50, None, True),
    ],
)
def test_limits_by_direction(
    tags: dict[str, str], along: float | None, against: float | None, unread: bool
) -> None:
    found = speed_limits(tags)
    assert found.unread == unread
    for kmh, wanted in ((found.along_kmh, along), (found.against_kmh, against)):
        assert math.isnan(kmh) if wanted is None else kmh == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        *[("00:20", 15.0), ("20", 15.0), ("PT20M", 15.0), ("PT1H", 5.0), ("0:20:00", 15.0)],
        *[(text, 15.0) for text in ("20 min", "20min", "20 minutes", "20m", "1200 s", "P20M")],
        *[(text, 15.0) for text in ("20分钟", "20 分", "２０分", "PT0H20M0S", "P0DT0H20M")],
        *[(text, 15.0) for text in ("P0Y0M0DT0H20M0S", "PT1200S", "pt20m", " 00:20 ")],
        *[(text, 10 / 3) for text in ("1h 30m", "1h30", "1 h 30 min", "1 hour 30 minutes")],
        *[(text, 10 / 3) for text in ("1小时30分", "1小时30", "PT1H30M", "PT1.5H", "PT1,5H")],
        *[(text, 10 / 3) for text in ("1:30", "90", "1.5 h", "1.5小时", "01:30:00")],
    ],
)
def test_ferries_go_by_their_duration(text: str, kmh: float) -> None:
    assert ferry_kmh({"duration": text}, 5000.0).along_kmh == pytest.approx(kmh)


@pytest.mark.parametrize("text", ["P1D", "1 day", "1天", "24:00", "PT24H"])
def test_a_ferry_may_take_a_day(text: str) -> None:
    assert ferry_kmh({"duration": text}, 480_000.0).along_kmh == pytest.approx(20.0)


@pytest.mark.parametrize("text", ["P", "P1Y", "h", "20 minuets", "00:20;00:30"])
def test_no_time_is_guessed(text: str) -> None:
    assert ferry_kmh({"duration": text}, 5000.0).unread


@pytest.mark.parametrize("text", ["soon", "0", "PT", "00:00", "99:00"])
def test_a_duration_that_is_none_is_told(text: str) -> None:
    found = ferry_kmh({"duration": text, "maxspeed": "12"}, 5000.0)
    assert (found.along_kmh, found.unread) == (12.0, True)
