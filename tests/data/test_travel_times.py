"""Corrections of travel times in the store: one in use, all remembered."""

from __future__ import annotations

from datetime import date

import pytest

from data.store import Store
from geo.errors import ObservedTimeError
from geo.model import HourBand, TrafficDay
from geo.roadtags import TravelMode
from geo.travel.correction import BandCorrection, Factor, SpeedCorrection
from tests.fakes import StandingClock


def correction(value: float) -> SpeedCorrection:
    factor = Factor(value, value - 0.1, value + 0.1, 9, 8.5)
    band = BandCorrection(
        *(TravelMode.MOTOR, TrafficDay.WORKDAY, HourBand.MIDDAY),
        *(factor, (factor,) * 4, 0.1, 0.2, 0.1),
    )
    return SpeedCorrection((band,), 9, 0.2, 0.1)


def test_the_last_one_put_in_use_holds_and_all_are_remembered(
    store: Store, clock: StandingClock
) -> None:
    times = store.travel_times
    assert times.in_use() is None
    assert times.apply(correction(1.2), basis="b1", by="u1")
    assert not times.apply(correction(1.2), basis="b1", by="u1")
    clock.advance(days=1)
    assert times.apply(correction(1.3), basis="b1", by="u2")
    held = times.in_use()
    assert held is not None
    assert held.correction == correction(1.3)
    assert (held.fingerprint, held.basis) == (correction(1.3).fingerprint, "b1")
    clock.advance(days=1)
    assert times.drop(by="u3")
    assert not times.drop(by="u3")
    assert times.in_use() is None
    assert [(one.applied_by, one.ended_by) for one in times.history()] == [
        ("u1", "u2"),
        ("u2", "u3"),
    ]
    acts = [(entry.actor, entry.act) for entry in reversed(store.audit.entries())]
    assert acts[-3:] == [
        ("u1", "travel_correction.apply"),
        ("u2", "travel_correction.apply"),
        ("u3", "travel_correction.drop"),
    ]
    assert store.audit.verify() == len(store.audit.entries())


def test_the_same_factors_for_other_speeds_are_another_correction(store: Store) -> None:
    assert store.travel_times.apply(correction(1.2), basis="b1", by="u1")
    assert store.travel_times.apply(correction(1.2), basis="b2", by="u1")
    assert [one.basis for one in store.travel_times.history() if one.ended_at is None] == ["b2"]


def test_a_changed_row_is_refused(store: Store) -> None:
    store.travel_times.apply(correction(1.2), basis="b1", by="u1")
    with store.write() as work:
        work.connection.exec_driver_sql("update travel_correction set correction = '{}'")
    with pytest.raises(ObservedTimeError, match="重新计算"):
        store.travel_times.in_use()


def test_nothing_is_forgotten_where_nothing_is_kept(store: Store) -> None:
    assert store.travel_times.forget(date(2026, 1, 1), by="u1") == 0
    assert store.travel_times.count() == 0
