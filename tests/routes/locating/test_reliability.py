"""Forecasts of past visits against the posterior of each moment, and scores against hand sums."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings

from geo.localtime import local_day
from routes.errors import LocatingError
from routes.locating import PlannedVisit, locate
from routes.locating.reliability import FEWEST, Forecasts, forecasts, reliability, townships
from routes.model import AddressClaim, DebtorId, Lead, Outcome, OutcomeKind, VisitBand
from tests.routes.locating.samples import (
    DEBTOR,
    NOW,
    PARAMETERS,
    claim,
    debtors_evidence,
    lead,
    outcome,
)

FOUND, CLOSED = OutcomeKind.FOUND, OutcomeKind.CLOSED
OTHER = replace(DEBTOR, id=DebtorId("D2"))


def _forecasts(
    claims: list[AddressClaim], outcomes: list[Outcome], leads: list[Lead] | None = None
) -> Forecasts:
    return forecasts(
        debtors=[DEBTOR, OTHER],
        claims=claims,
        outcomes=outcomes,
        leads=leads or [],
        now=NOW,
        parameters=PARAMETERS,
    )


def _then(
    visit: Outcome, claims: list[AddressClaim], outcomes: list[Outcome], leads: list[Lead]
) -> float:
    """Ask the model itself at the moment of a visit, with only what came before."""
    day = local_day(visit.at)
    before = [o for o in outcomes if o.at < visit.at and not o.withdrawn]
    seen = {visit.claim_id, *(o.claim_id for o in before)}
    then = locate(
        debtors=[DEBTOR, OTHER],
        claims=[c for c in claims if c.seen_on <= day or c.id in seen],
        outcomes=before,
        leads=leads,
        now=visit.at,
        parameters=PARAMETERS,
    )
    return then.p_found_any([PlannedVisit(visit.claim_id, day, visit.band)])


@settings(max_examples=25, deadline=None)
@given(debtors_evidence(), debtors_evidence())
def test_each_visit_is_forecast_as_the_model_would_have_then(
    one: tuple[list[AddressClaim], list[Outcome], list[Lead]],
    two: tuple[list[AddressClaim], list[Outcome], list[Lead]],
) -> None:
    others = [replace(c, id=f"x{c.id}", debtor_id=OTHER.id) for c in two[0]]
    claims = [*one[0], *others]
    more = [replace(o, id=f"x{o.id}", claim_id=f"x{o.claim_id}") for o in two[1]]
    outcomes = [*one[1], *more]
    told = _forecasts(claims, outcomes, one[2])
    past = [o for o in outcomes if o.at <= NOW]
    assert len(told.p) + told.unforeseen == len(past)
    for visit, p in zip(told.outcomes, told.p.tolist(), strict=True):
        assert p == pytest.approx(_then(visit, claims, outcomes, one[2]), abs=1e-12)
    forecast = {visit.id for visit in told.outcomes}
    for visit in past:
        if visit.id not in forecast:
            assert _then(visit, claims, outcomes, one[2]) == 0.0


def test_nothing_that_came_later_changes_a_forecast() -> None:
    own = [claim("a", age_d=300), claim("b", at=2, age_d=250)]
    first = outcome("o1", own[0], CLOSED, age_d=100.0)
    alone = _forecasts(own, [first]).p[0]
    later = [
        first,
        outcome("o2", own[0], OutcomeKind.MOVED, age_d=99.9),
        outcome("o3", own[1], FOUND, age_d=5.0),
    ]
    more = [*own, claim("c", at=5, age_d=20)]
    told = _forecasts(more, later, [lead("L", own[0], band=VisitBand.MORNING)])
    assert [one.id for one in told.outcomes] == ["o1", "o2", "o3"]
    assert told.p[0] == alone
    assert told.p[1] < alone  # the earlier visit of the day is known
    assert told.found.tolist() == [False, False, True]


def test_a_lead_of_the_same_day_is_known_from_its_hour_on() -> None:
    own = claim("a", age_d=300)
    other = replace(claim("b", age_d=300), debtor_id=OTHER.id)
    visits = [
        outcome("o1", own, CLOSED, age_d=10.2),
        outcome("o2", other, CLOSED, age_d=10.0),
    ]
    heard = lead("L", own, received_d=10.1, expires_d=-10.05)
    told = dict(zip("12", _forecasts([own, other], visits, [heard]).p.tolist(), strict=True))
    bare = dict(zip("12", _forecasts([own, other], visits).p.tolist(), strict=True))
    assert told == bare
    known = lead("L", own, received_d=10.25, expires_d=-10.05)
    assert _forecasts([own, other], visits, [known]).p[0] > bare["1"]


def test_visits_before_the_first_day_are_known_and_not_forecast() -> None:
    own = claim("a", age_d=300)
    visits = [outcome("o1", own, CLOSED, age_d=50.0), outcome("o2", own, FOUND, age_d=9.0)]
    withdrawn = replace(outcome("o3", own, FOUND, age_d=8.0), withdrawn=True)
    late = outcome("o4", own, FOUND, age_d=-1.0)
    known = {
        "debtors": [DEBTOR],
        "claims": [own],
        "outcomes": [*visits, withdrawn, late],
        "leads": [],
        "parameters": PARAMETERS,
    }
    seen: list[tuple[int, int]] = []
    told = forecasts(
        **known,  # type: ignore[arg-type]
        now=NOW,
        since=NOW - timedelta(days=20),
        listener=lambda done, total: seen.append((done, total)),
    )
    assert [one.id for one in told.outcomes] == ["o2"]
    assert told.p[0] == _forecasts([own], visits).p[1]
    assert seen == [(1, 1)]
    with pytest.raises(LocatingError):
        forecasts(**known, now=NOW.replace(tzinfo=None))  # type: ignore[arg-type]
    naive = replace(visits[0], at=visits[0].at.replace(tzinfo=None))
    with pytest.raises(LocatingError):
        forecasts(**{**known, "outcomes": [naive]}, now=NOW)  # type: ignore[arg-type]


def test_scores_are_those_reckoned_by_hand() -> None:
    p = np.repeat([0.1, 0.4, 0.8], 10)
    found = np.array([True] + [False] * 9 + [True] * 6 + [False] * 4 + [True] * 7 + [False] * 3)
    told = reliability(p, found)
    assert told is not None
    assert told.count == 30
    assert told.mean == pytest.approx(13 / 30)
    assert told.share == pytest.approx(14 / 30)
    # 1 x .81 + 9 x .01, 6 x .36 + 4 x .16, 7 x .04 + 3 x .64
    assert told.brier == pytest.approx((0.9 + 2.8 + 2.2) / 30)
    assert told.brier_of_share == pytest.approx(14 * 16 / 900)
    terms = {0.1: 1, 0.9: 9, 0.4: 6, 0.6: 4, 0.8: 7, 0.2: 3}
    assert told.log_loss == pytest.approx(-sum(n * math.log(q) for q, n in terms.items()) / 30)
    assert told.calibration_error == pytest.approx((0.0 + 0.2 + 0.1) / 3)
    assert [one.count for one in told.bins] == [10, 10, 10]
    assert [one.mean for one in told.bins] == pytest.approx([0.1, 0.4, 0.8])
    assert [one.share for one in told.bins] == pytest.approx([0.1, 0.6, 0.7])
    # Wilson, 1 of 10: (0.1 + z2/20 -+ z sqrt(0.09/10 + z2/400)) / (1 + z2/10)
    z2 = 1.959964**2
    half = math.sqrt(z2 * (0.009 + z2 / 400))
    low, high = ((0.1 + z2 / 20 + s * half) / (1 + z2 / 10) for s in (-1, 1))
    assert (told.bins[0].low, told.bins[0].high) == pytest.approx((low, high), abs=1e-6)


def test_few_visits_say_nothing_and_many_have_ten_bins() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(5000)
    found = rng.random(5000) < p
    assert reliability(p[: FEWEST - 1], found[: FEWEST - 1]) is None
    assert reliability(p[:0], found[:0]) is None
    told = reliability(p, found)
    assert told is not None
    assert {one.count for one in told.bins} == {500}
    assert len(told.bins) == 10
    assert told.calibration_error < 0.03
    assert told.brier < told.brier_of_share
    sure = reliability(np.zeros(40), np.ones(40, dtype=np.bool_))
    assert sure is not None
    assert math.isfinite(sure.log_loss)
    assert sure.brier == sure.calibration_error == 1.0


def test_visits_are_told_by_township_the_most_first() -> None:
    own = [claim("a", township="350599101"), claim("b", township="350599102"), claim("c", at=None)]
    visits = [outcome(f"o{i}", own[at], CLOSED) for i, at in enumerate((0, 1, 1, 2))]
    found = townships(visits, own)
    assert {code: at.tolist() for code, at in found.items()} == {
        "350599102": [1, 2],
        "": [3],
        "350599101": [0],
    }
    assert next(iter(found)) == "350599102"
