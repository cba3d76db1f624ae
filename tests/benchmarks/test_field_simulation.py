"""The simulated field work: a court that plans, visits and finds, the same way twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.field_simulation import Arms, found_over
from benchmarks.locating_visits import WEEK_D, p_found
from benchmarks.simulated_district import VisitRows
from benchmarks.simulated_field import FieldWork, Week, begin, believed, offered, work_weeks
from routes.bands import BAND_HOURS_S
from routes.locating import default_parameters
from routes.model import OutcomeKind, VisitBand
from routes.planning import Engine

PARAMETERS = default_parameters()
FOUND = list(OutcomeKind).index(OutcomeKind.FOUND)


@pytest.fixture(scope="module")
def court() -> FieldWork:
    made = begin(PARAMETERS, seed=521, debtors=150, weeks=4)
    work_weeks(made, range(2), seed=1)
    return made


def test_who_was_found_is_not_visited_again(court: FieldWork) -> None:
    owner = court.district.known.debtor_of[court.visits.claim]
    week = court.visits.day // WEEK_D
    assert sorted(np.flatnonzero(court.found)) == sorted(set(owner[court.kinds == FOUND]))
    for row in np.flatnonzero(court.found).tolist():
        when = week[(owner == row) & (court.kinds == FOUND)].min()
        assert week[owner == row].max() == when
    assert sum(each.found for each in court.weeks) == court.found.sum() > 0


def test_only_cases_that_came_in_are_visited(court: FieldWork) -> None:
    owner = court.district.known.debtor_of[court.visits.claim]
    assert (court.comes_in[owner] <= court.visits.day // WEEK_D).all()
    assert (court.comes_in > 0).any()


def test_visits_are_on_workdays_and_reports_are_the_districts(court: FieldWork) -> None:
    assert (court.visits.day % WEEK_D < 5).all()
    assert np.array_equal(court.kinds, court.district.report(court.visits))
    assert set(court.visits.band.tolist()) <= set(range(len(VisitBand)))
    assert all(start_s < 21 * 3600 for start_s, _ in BAND_HOURS_S.values())


def test_a_fork_goes_its_own_way_and_the_same_way_with_the_same_numbers(court: FieldWork) -> None:
    one, again, other = court.fork(), court.fork(), court.fork()
    changed = replace(PARAMETERS, away=replace(PARAMETERS.away, week=0.25, day=0.6))
    for fork, learn in ((one, None), (again, None), (other, lambda court, week: changed)):
        work_weeks(fork, range(2, 3), seed=1, learn=learn)
    assert np.array_equal(one.visits.claim, again.visits.claim)
    assert one.weeks == again.weeks
    assert other.weeks[-1].expected < one.weeks[-1].expected
    assert len(court.weeks) == 2


def test_each_band_of_a_day_is_offered_its_own_best(court: FieldWork) -> None:
    week, known = 2, court.district.known
    located = believed(court, week)
    offers = offered(court, week, located, most=3)
    owner = known.debtor_of[offers.visits.claim]
    offered_to = set(
        zip(owner.tolist(), offers.visits.day.tolist(), offers.visits.band.tolist(), strict=True)
    )
    assert len(offered_to) == len(owner) == 3 * 5 * len(VisitBand)

    listed = (court.comes_in <= week) & ~court.found
    today = known.day(week * WEEK_D)
    for band in range(len(VisitBand)):
        for day in range(week * WEEK_D, week * WEEK_D + 5):
            here = (offers.visits.band == band) & (offers.visits.day == day)
            days = set(owner[offers.visits.day == day].tolist())
            left = [
                at
                for at, claim in enumerate(known.claims)
                if known.debtor_of[at] in days
                and listed[known.debtor_of[at]]
                and claim.seen_on < today
                and known.debtor_of[at] not in owner[here]
            ]
            rows = VisitRows(*(np.array(left), *(np.full(len(left), x) for x in (day, band, 0))))
            assert p_found(known, located, rows).max(initial=0.0) <= offers.p_found[here].min()
            assert (np.bincount(owner[here]) <= 1).all()


def test_a_habit_works_by_the_address_that_was_seen_last(court: FieldWork) -> None:
    known = court.district.known
    by_habit = court.fork(Engine.NEAREST_FIRST)
    work_weeks(by_habit, range(2, 3), seed=1)
    new = by_habit.visits.claim[len(court.visits.claim) :].tolist()
    assert new
    for at in new:
        ours = [k for k in range(len(known.claims)) if known.debtor_of[k] == known.debtor_of[at]]
        today = known.day(2 * WEEK_D)
        seen = [known.claims[k].seen_on for k in ours if known.claims[k].seen_on < today]
        assert known.claims[at].seen_on == max(seen)
    assert by_habit.weeks[-1].visits == len(new)
    assert court.fork().engine is Engine.ALNS


def test_our_plans_are_held_against_those_of_a_habit() -> None:
    week = Week(found=30, visits=60, expected=30.0, team_days=15, hours=100.0)
    arms = Arms(*((replace(week, found=found),) for found in (30, 30, 30, 20, 10)))
    assert found_over([arms], Engine.NEAREST_FIRST).value == pytest.approx(1.5)
    assert found_over([arms], Engine.VILLAGE_BY_VILLAGE).value == pytest.approx(3.0)
