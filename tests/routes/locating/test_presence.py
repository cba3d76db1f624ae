from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routes.calendar import DayKind, DayOverride, WorkCalendar
from routes.locating import DayType, learn_presence
from routes.model import Outcome, OutcomeKind, PlaceKind, VisitBand

from .samples import NOW, PARAMETERS, claim, outcome

HOME = claim("A")
CELL = (PlaceKind.HOME, VisitBand.MORNING, DayType.WORKDAY)


def visits(found: int, absent: int) -> list[Outcome]:
    """All this very morning, so that none has faded."""
    kinds = [OutcomeKind.FOUND] * found + [OutcomeKind.LIVES_HERE_ABSENT] * absent
    return [outcome(f"O{i}", HOME, kind, age_d=0.0) for i, kind in enumerate(kinds)]


def test_without_outcomes_the_prior_means_stand() -> None:
    table = learn_presence([HOME], [], now=NOW, parameters=PARAMETERS)
    means = {key: cell.mean for key, cell in table.items()}
    assert means == pytest.approx(dict(PARAMETERS.presence.mean))


@given(st.integers(0, 60), st.integers(0, 60))
def test_posterior_mean_is_the_beta_binomial_one(found: int, absent: int) -> None:
    table = learn_presence([HOME], visits(found, absent), now=NOW, parameters=PARAMETERS)
    strength = PARAMETERS.presence.strength
    a = strength * PARAMETERS.presence.mean[CELL] + found
    b = strength * (1.0 - PARAMETERS.presence.mean[CELL]) + absent
    assert table[CELL].mean == pytest.approx(a / (a + b))
    untouched = table[PlaceKind.HOME, VisitBand.MORNING, DayType.REST_DAY]
    assert untouched.found == untouched.absent == 0.0


def test_limits_hold_after_very_many_visits() -> None:
    table = learn_presence([HOME], visits(5000, 0), now=NOW, parameters=PARAMETERS)
    assert table[CELL].mean == PARAMETERS.presence.most


def test_outcomes_fade_by_half_life() -> None:
    half_life_d = PARAMETERS.presence.half_life_d
    old = replace(visits(1, 0)[0], at=NOW - timedelta(days=half_life_d))
    table = learn_presence([HOME], [old], now=NOW, parameters=PARAMETERS)
    assert sum(cell.found for cell in table.values()) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "kind", sorted(set(OutcomeKind) - {OutcomeKind.FOUND, OutcomeKind.LIVES_HERE_ABSENT})
)
def test_outcomes_that_tell_nothing_of_presence_are_left_out(kind: OutcomeKind) -> None:
    table = learn_presence([HOME], [outcome("O", HOME, kind)], now=NOW, parameters=PARAMETERS)
    assert all(cell.found == cell.absent == 0.0 for cell in table.values())


def test_outcomes_of_unknown_claims_withdrawn_or_future_are_left_out() -> None:
    (visit,) = visits(1, 0)
    for unusable in (replace(visit, withdrawn=True), replace(visit, at=NOW + timedelta(days=1))):
        table = learn_presence([HOME], [unusable], now=NOW, parameters=PARAMETERS)
        assert table[CELL].found == 0.0
    assert learn_presence([], [visit], now=NOW, parameters=PARAMETERS)[CELL].found == 0.0


def test_day_type_is_read_from_the_calendar_in_local_time() -> None:
    (visit,) = visits(1, 0)
    rest = WorkCalendar([DayOverride(NOW.date(), DayKind.HOLIDAY, "示例", NOW.date())])
    table = learn_presence([HOME], [visit], now=NOW, parameters=PARAMETERS, calendar=rest)
    assert table[CELL].found == 0.0
    assert table[PlaceKind.HOME, VisitBand.MORNING, DayType.REST_DAY].found == 1.0
