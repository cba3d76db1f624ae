"""The made districts: wrong by at most what they say, true to themselves, open to no foresight."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from benchmarks.locating_scores import calibration_error
from benchmarks.locating_visits import WEEK_D, fixed_policy, weekly_p_found
from benchmarks.simulated_claims import LOST
from benchmarks.simulated_district import OFFICERS, District, VisitRows, make_district, outcomes_of
from benchmarks.simulated_nature import MOST_WRONG, PRESENT, draw_nature
from benchmarks.simulated_own import draw_own
from benchmarks.simulated_people import NOWHERE, day_types
from routes.calendar import WorkCalendar
from routes.locating import DayType, DayTypes, default_parameters
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

PARAMETERS = default_parameters()
START = date(2025, 9, 1)
WEEKS = 20
FOUND = list(OutcomeKind).index(OutcomeKind.FOUND)
MOVED = list(OutcomeKind).index(OutcomeKind.MOVED)


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(PARAMETERS, seed=501, debtors=300, start=START, days=WEEKS * WEEK_D)


def some_visits(district: District, count: int = 20_000) -> VisitRows:
    random = np.random.default_rng(1)
    return VisitRows(
        random.integers(len(district.slot), size=count),
        random.integers(district.days, size=count),
        random.integers(len(VisitBand), size=count),
        random.integers(OFFICERS, size=count),
    )


def test_numbers_are_wrong_by_no_more_than_they_may_be() -> None:
    base = PARAMETERS.anchor.residence
    most = 0.0
    for seed in range(40):
        nature = draw_nature(
            PARAMETERS, townships=3, officers=2, random=np.random.default_rng(seed)
        )
        off = [nature.fresh_odds[s] / (base * PARAMETERS.claim.fresh[s]) for s in ClaimSource]
        mean = [
            PARAMETERS.presence.mean[k, b, d] for k in PlaceKind for b in VisitBand for d in DayType
        ]
        odds = np.array(mean) / (1.0 - np.array(mean))
        off += (np.exp(nature.presence.ravel()) / odds).tolist()
        assert max(np.abs(np.log(off))) <= np.log(MOST_WRONG) + 1e-9
        most = max(most, *np.abs(np.log(off)))
        assert nature.reports.sum(axis=2) == pytest.approx(1.0)
    assert most == pytest.approx(np.log(MOST_WRONG))


def test_officers_have_habits_of_their_own(district: District) -> None:
    found = district.nature.reports[:, PRESENT, FOUND]
    assert found.max() - found.min() > 0.02


def test_a_seed_fixes_the_district() -> None:
    one, again, other = (
        make_district(PARAMETERS, seed=seed, debtors=20, start=START, days=30) for seed in (7, 7, 8)
    )
    assert one.known.claims == again.known.claims
    assert np.array_equal(one.people.where, again.people.where)
    assert one.known.claims != other.known.claims


def test_people_are_found_where_they_are_and_hardly_elsewhere(district: District) -> None:
    visits = some_visits(district)
    found = district.report(visits) == FOUND
    row = district.known.debtor_of[visits.claim]
    where = district.people.where[row, visits.day, visits.band]
    there = (where == district.slot[visits.claim]) & (where != NOWHERE)
    assert found[there].mean() > 0.4
    assert found[~there].mean() < 0.02
    assert not there[district.slot[visits.claim] == LOST].any()


def test_two_visits_in_one_band_meet_the_same(district: District) -> None:
    visits = some_visits(district)
    assert np.array_equal(district.report(visits), district.report(visits))


def test_some_people_move_and_are_then_no_longer_found(district: District) -> None:
    people = district.people
    moved = (people.moved_on < district.days) & (people.home[:, 0] != NOWHERE)
    assert 0.02 < moved.mean() < 0.4
    for row in np.flatnonzero(moved).tolist():
        old = people.home[row, 0]
        assert people.home[row, people.moved_on[row]] != old
        gone = people.where[row, people.moved_on[row] :]
        assert ((gone == old).mean() == 0.0) or old == 1  # the parents' house is visited


def test_absence_comes_in_spells_of_many_lengths(district: District) -> None:
    out = (district.people.where == NOWHERE).all(axis=2)
    lengths = []
    for days in out:
        edges = np.flatnonzero(np.diff(np.concatenate(([0], days.astype(int), [0]))))
        lengths += (edges[1::2] - edges[::2]).tolist()
    assert {1, 2, 3, 5, 8} <= set(lengths)


def test_some_statements_repeat_others_without_saying_so(district: District) -> None:
    known = district.known
    later = [
        (a, b)
        for a in range(len(known.claims))
        for b in range(a + 1, min(a + 12, len(known.claims)))
        if known.debtor_of[a] == known.debtor_of[b]
        and district.slot[a] == district.slot[b] != LOST
        and known.claims[a].source is not known.claims[b].source
        and known.claims[a].text != known.claims[b].text
    ]
    assert len(later) > 30


def test_day_types_are_those_of_the_model_though_reckoned_apart() -> None:
    days = 365
    numbers = np.arange(days) + (START - date(1970, 1, 1)).days
    assert np.array_equal(day_types(START, days), DayTypes(WorkCalendar()).codes(numbers))


def test_the_policy_goes_once_a_week_to_known_addresses(district: District) -> None:
    random = np.random.default_rng(2)
    visits, kinds = fixed_policy(district, weeks=range(WEEKS), chance=0.5, random=random)
    known = district.known
    week = visits.day // WEEK_D
    pairs = list(zip(known.debtor_of[visits.claim].tolist(), week.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert len(pairs) == pytest.approx(0.5 * 300 * WEEKS, rel=0.05)
    for claim, one in zip(visits.claim.tolist(), week.tolist(), strict=True):
        assert known.claims[claim].seen_on < START + timedelta(days=one * WEEK_D)
    assert np.array_equal(kinds, district.report(visits))
    order = np.lexsort((week, known.debtor_of[visits.claim]))
    claim, said = visits.claim[order], kinds[order]
    same_debtor = np.diff(known.debtor_of[claim]) == 0
    again = np.diff(claim) == 0
    moved = same_debtor & (said[:-1] == MOVED)
    assert again[moved].mean() < 0.5 * again[same_debtor & ~moved].mean()


def test_beliefs_heed_nothing_that_comes_after_their_monday(district: District) -> None:
    random = np.random.default_rng(2)
    visits, kinds = fixed_policy(district, weeks=range(4), chance=0.9, random=random)
    last = visits.day >= 3 * WEEK_D
    judged = visits.take(last)
    every = outcomes_of(district.known, visits, kinds)
    before = outcomes_of(district.known, visits.take(~last), kinds[~last])
    believed = weekly_p_found(district.known, every, judged, PARAMETERS)
    assert np.array_equal(believed, weekly_p_found(district.known, before, judged, PARAMETERS))
    assert believed.std() > 0.05


def test_under_its_own_truth_the_model_is_right_and_a_wrong_one_is_not() -> None:
    truth = draw_own(PARAMETERS, seed=502, debtors=700, start=START)
    wrong = replace(
        PARAMETERS, anchor=replace(PARAMETERS.anchor, residence=3.0, day_place=3.0, seat=3.0)
    )
    errors = [
        calibration_error(
            weekly_p_found(truth.known, truth.outcomes, truth.visits, parameters), truth.found
        )
        for parameters in (PARAMETERS, wrong)
    ]
    assert errors[0] < 0.03
    assert errors[1] > 1.5 * errors[0]
