"""The invented measured legs: their days, their columns, and the factors hidden in them."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.demo.legs import HIDDEN, LEGS, write_legs
from data.imports.columns import MEASURED_LEG_COLUMNS
from geo.model import TrafficDay
from geo.network import RoadNetwork
from geo.roadtags import RoadClass
from geo.travel.estimation import estimate
from geo.travel.observed import LegTimes, ObservedLeg
from routes.calendar import WorkCalendar
from routes.model import travel_band
from tests.geo.roads import network_of

AS_OF = date(2026, 5, 6)  # after the days of rest at the beginning of May
SHARES = np.array([0.0, 0.6, 0.4, 0.0])
FIXED_S = 60.0


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    spots = [(step * 7.0, 0.0) for step in range(8)]
    return network_of(spots, [(i, i + 1, RoadClass.PRIMARY, "=", False) for i in range(7)])


def foretold(leg: ObservedLeg) -> LegTimes:
    """Foretell ten minutes and more, by how far apart the ends lie."""
    road_s = 600.0 + 1e4 * abs(leg.origin.lon - leg.target.lon)
    tier_s = tuple((SHARES * road_s).tolist())
    return LegTimes(leg.id, leg.on, leg.profile, leg.day, leg.band, leg.travel_s, tier_s, FIXED_S)


def write(path: Path, network: RoadNetwork, seed: int = 1) -> list[dict[str, str]]:
    write_legs(
        *(path, network, foretold),
        traffic_day=WorkCalendar().traffic_day,
        seed=seed,
        as_of=AS_OF,
    )
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes(network: RoadNetwork, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        write(path, network, seed)
    first, again, other = (path.read_bytes() for path in paths)
    assert first == again
    assert first != other


def test_legs_lie_on_ten_workdays_before(network: RoadNetwork, tmp_path: Path) -> None:
    rows = write(tmp_path / "legs.csv", network)
    assert len(rows) == LEGS
    assert list(rows[0]) == [column.header for column in MEASURED_LEG_COLUMNS]
    days = {date.fromisoformat(row["日期"]) for row in rows}
    assert len(days) == 10
    assert max(days) < AS_OF
    assert min(days) > AS_OF - timedelta(days=20)
    traffic_day = WorkCalendar().traffic_day
    assert {traffic_day(day) for day in days} == {TrafficDay.WORKDAY}
    assert len({tuple(row.values()) for row in rows}) == LEGS


def test_the_hidden_factors_are_found_again(network: RoadNetwork, tmp_path: Path) -> None:
    legs = []
    for number, row in enumerate(write(tmp_path / "legs.csv", network)):
        begin, end = (
            int(row[name][:2]) * 60 + int(row[name][3:]) for name in ("出发时间", "到达时间")
        )
        assert begin < end <= begin + 180
        road_s = 600.0 + 1e4 * abs(float(row["出发经度"]) - float(row["到达经度"]))
        legs.append(
            LegTimes(
                f"v{number}",
                date.fromisoformat(row["日期"]),
                "car",
                TrafficDay.WORKDAY,
                travel_band(begin * 60),
                (end - begin) * 60.0,
                tuple((SHARES * road_s).tolist()),
                FIXED_S,
            )
        )
    correction = estimate(legs, seed=1)
    assert correction.error_after < correction.error_before
    assert {band.band for band in correction.bands} == set(HIDDEN)
    for band in correction.bands:
        meant = float(SHARES @ HIDDEN[band.band])
        assert band.overall.value == pytest.approx(meant, rel=0.08)
        assert 0.03 < band.unusual_share < 0.2
