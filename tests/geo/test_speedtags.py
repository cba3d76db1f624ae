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
    [("00:20", 15.0), ("20", 15.0), ("PT20M", 15.0), ("PT1H", 5.0), ("0:20:00", 15.0)],
)
def test_ferries_go_by_their_duration(text: str, kmh: float) -> None:
    assert ferry_kmh({"duration": text}, 5000.0).along_kmh == pytest.approx(kmh)


@pytest.mark.parametrize("text", ["soon", "0", "PT", "00:00", "99:00"])
def test_a_duration_that_is_none_is_told(text: str) -> None:
    found = ferry_kmh({"duration": text, "maxspeed": "12"}, 5000.0)
    assert (found.along_kmh, found.unread) == (12.0, True)
