"""Factors learnt from made legs whose true factors are known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ObservedTimeError
from geo.model import Floats, HourBand, TrafficDay
from geo.ports import TimeFactors
from geo.roadtags import RoadClass, TravelMode
from geo.travel.correction import FACTOR_BOUNDS, SpeedCorrection
from geo.travel.estimation import Prior, estimate
from geo.travel.observed import LegTimes
from geo.travel.profiles import PROFILES, TIERS, load_profiles

WORK, PEAK = TrafficDay.WORKDAY, HourBand.MORNING_PEAK
TRUE = np.array([1.0, 1.5, 1.25, 0.9])


def made(
    count: int,
    factors: Floats = TRUE,
    *,
    seed: int = 1,
    unusual: float = 0.0,
    noise: float = 0.15,
    profile: str = "car",
    band: HourBand = PEAK,
) -> list[LegTimes]:
    """Return legs over ten days; unusual ones take two to six times as long."""
    rng = np.random.default_rng(seed)
    total = np.exp(rng.normal(np.log(700.0), 0.6, count))
    tier_s = total[:, None] * rng.dirichlet([0.4, 1.2, 1.0, 0.4], count)
    fixed_s = rng.uniform(10.0, 120.0, count)
    measured = (tier_s @ factors + fixed_s) * np.exp(rng.normal(0.0, noise, count))
    longer = rng.random(count) < unusual
    measured[longer] *= rng.uniform(2.0, 6.0, int(longer.sum()))
    return [
        LegTimes(
            id=f"v{band.value}{profile}{row}",
            on=date(2026, 11, 2) + timedelta(days=row % 10),
            profile=profile,
            day=WORK,
            band=band,
            measured_s=max(60.0, round(measured[row] / 60.0) * 60.0),
            tier_s=tuple(tier_s[row].tolist()),
            fixed_s=float(fixed_s[row]),
        )
        for row in range(count)
    ]


def factors_of(correction: SpeedCorrection) -> Floats:
    by_class = correction.by_class(TravelMode.MOTOR, PEAK, WORK)
    return np.array([by_class[classes[0]] for classes in TIERS.values()])


@pytest.mark.parametrize("seed", range(5))
def test_true_factors_are_found_among_gross_errors(seed: int) -> None:
    found = estimate(made(300, seed=seed, unusual=0.2), seed=1)
    assert factors_of(found) == pytest.approx(TRUE, rel=0.2)
    (band,) = found.bands
    assert band.unusual_share == pytest.approx(0.2, abs=0.08)
    assert found.error_after < 0.7 * found.error_before
    for tier in band.tiers:
        assert tier.low <= tier.value <= tier.high
        assert tier.weight < tier.legs


def test_bounds_hold_the_truth_about_as_often_as_they_say() -> None:
    inside = []
    for seed in range(60):
        (band,) = estimate(made(60, seed=seed, unusual=0.2), seed=1).bands
        inside += [
            tier.low <= true <= tier.high for tier, true in zip(band.tiers, TRUE, strict=True)
        ]
    assert np.mean(inside) >= 0.88


def test_gross_errors_move_the_factors_little() -> None:
    clean, dirty = (factors_of(estimate(made(200, unusual=share), seed=1)) for share in (0.0, 0.25))
    assert dirty == pytest.approx(clean, rel=0.12)


def test_without_data_everything_is_exactly_one() -> None:
    nothing: TimeFactors = estimate([], seed=1)
    learnt = estimate(made(50), seed=1)
    for factors in (
        nothing.by_class(TravelMode.MOTOR, PEAK, WORK),
        learnt.by_class(TravelMode.MOTOR, HourBand.NIGHT, WORK),
        learnt.by_class(TravelMode.MOTOR, PEAK, TrafficDay.REST_DAY),
        learnt.by_class(TravelMode.FOOT, PEAK, WORK),
    ):
        assert factors.shape == (len(RoadClass),)
        assert (factors == 1.0).all()
    assert (learnt.by_class(TravelMode.MOTOR, PEAK, WORK) != 1.0).any()


def test_the_courts_own_profiles_say_of_which_kind_a_vehicle_is() -> None:
    own = load_profiles("[ebike]\nmode = 'motor'")
    legs = [replace(leg, profile="ebike") for leg in made(20)]
    kinds = [estimate(legs, each, seed=1).bands[0].kind for each in (PROFILES, own)]
    assert kinds == [PROFILES["ebike"].mode, TravelMode.MOTOR]
    assert kinds[0] is not TravelMode.MOTOR


def test_few_legs_move_little_and_more_move_more() -> None:
    far = np.full(4, 2.0)
    found = [
        estimate(made(count, far, noise=0.02), seed=1).bands[0].overall for count in (1, 3, 10, 100)
    ]
    values = [one.value for one in found]
    assert 1.0 < values[0] < values[1] < values[3]
    assert values[3] == pytest.approx(2.0, rel=0.05)
    widths = [np.log(one.high / one.low) for one in found]
    assert widths[0] > widths[3]


def test_one_gross_leg_alone_is_hardly_believed() -> None:
    (leg,) = made(1, np.full(4, 5.0), noise=0.0)
    assert estimate([leg], seed=1).bands[0].overall.value < 1.3


def test_a_tier_that_no_leg_used_follows_its_band() -> None:
    legs = [
        replace(leg, tier_s=(0.0, sum(leg.tier_s), 0.0, 0.0))
        for leg in made(100, np.full(4, 1.6), noise=0.05)
    ]
    (band,) = estimate(legs, seed=1).bands
    unused = band.tiers[0]
    assert (unused.legs, unused.weight) == (0, 0.0)
    assert band.overall.value == pytest.approx(1.6, rel=0.05)
    assert 1.2 < unused.value < band.overall.value  # the other tier may be alone in this
    assert unused.high - unused.low > 2 * (band.tiers[1].high - band.tiers[1].low)


def test_the_order_of_legs_and_cars_of_all_kinds_do_not_matter() -> None:
    legs = made(40) + made(30, profile="police_car", seed=2) + made(20, profile="ebike", seed=3)
    found = estimate(legs, seed=4)
    assert estimate(legs[::-1], seed=4) == found
    assert [(band.kind, band.overall.legs) for band in found.bands] == [
        (TravelMode.MOTOR, 70),
        (TravelMode.BICYCLE, 20),
    ]
    assert found.legs == 90


def test_a_leg_that_hardly_used_roads_is_counted_only() -> None:
    short = LegTimes("v", date(2026, 11, 2), "car", WORK, PEAK, 300.0, (0.0, 9.0, 0.0, 0.0), 280.0)
    found = estimate([short], seed=1)
    assert (found.legs, found.bands) == (1, ())


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(1, 30),
    factor=st.floats(0.05, 20.0),
    unusual=st.floats(0.0, 0.9),
    seed=st.integers(0, 99),
)
def test_any_legs_give_sane_factors_that_survive_json(
    count: int, factor: float, unusual: float, seed: int
) -> None:
    found = estimate(made(count, TRUE * factor, seed=seed, unusual=unusual), seed=seed)
    for band in found.bands:
        for one in (band.overall, *band.tiers):
            assert FACTOR_BOUNDS[0] <= one.low <= one.value <= one.high <= FACTOR_BOUNDS[1]
    again = SpeedCorrection.from_json(found.to_json())
    assert again == found
    assert again.fingerprint == found.fingerprint
    for kind in TravelMode:
        assert (again.by_class(kind, PEAK, WORK) == found.by_class(kind, PEAK, WORK)).all()


def test_other_factors_have_another_fingerprint() -> None:
    assert estimate(made(40), seed=1).fingerprint != estimate(made(41), seed=1).fingerprint


@pytest.mark.parametrize(
    "damage",
    [
        lambda table: table.update(version=2),
        lambda table: table.pop("bands"),
        lambda table: table["bands"].append(table["bands"][0]),
        lambda table: table["bands"][0]["tiers"].pop(),
        lambda table: table["bands"][0]["overall"].update(value=9.0),
        lambda table: table["bands"][0]["overall"].update(low="x"),
        lambda table: table["bands"][0]["overall"].update(weight=1e9),
        lambda table: table["bands"][0].update(band="noon"),
        lambda table: table["bands"][0].update(unusual_share=-1),
        lambda table: table.update(error_after=-1),
    ],
)
def test_a_damaged_correction_is_refused(damage: object) -> None:
    table = json.loads(estimate(made(20), seed=1).to_json())
    damage(table)  # type: ignore[operator]
    with pytest.raises(ObservedTimeError):
        SpeedCorrection.from_json(json.dumps(table))
    with pytest.raises(ObservedTimeError, match="重新计算"):
        SpeedCorrection.from_json("{")


def test_priors_and_folds_make_sense_or_are_refused() -> None:
    with pytest.raises(ObservedTimeError, match="两份"):
        estimate([], folds=1, seed=1)
    for wrong in ({"band_sd": 0.0}, {"noise_legs": float("nan")}, {"unusual_share": 1.0}):
        with pytest.raises(ObservedTimeError, match="先验"):
            Prior(**wrong)
    firm = Prior(band_sd=0.01, tier_sd=0.01)
    assert factors_of(estimate(made(10), prior=firm, seed=1)) == pytest.approx(1.0, abs=0.05)
