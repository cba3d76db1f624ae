"""Second tries are offered where they add something, and counted for what they add."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from routes.bands import BAND_HOURS_S
from routes.locating import Located, PlannedVisit, visits_value
from routes.model import ClaimId, ClaimSource, PlaceKind, VisitBand
from routes.planning import MaxIterations, solve
from routes.planning.problem import Option
from routes.planning.second_tries import visit_sets
from routes.planning.turns import Turn, turns
from tests.routes.locating.samples import DEBTOR, PARAMETERS, claim, located
from tests.routes.planning.samples import district

DAYS = (date(2026, 11, 26), date(2026, 11, 27))
BANDS = (VisitBand.DAWN, VisitBand.MORNING, VisitBand.EVENING)
WEIGHTS = {DEBTOR.id: 1.5}


def _located() -> Located:
    home = claim("c1", at=0, source=ClaimSource.LEASE)
    work = claim("c2", at=3, kind=PlaceKind.WORK)
    return located([home, work])


def _options(believed: Located) -> list[Option]:
    """Return each claim in each band of two days."""
    made = []
    for name in (ClaimId("c1"), ClaimId("c2")):
        for day in DAYS:
            for band in BANDS:
                start_s, end_s = BAND_HOURS_S[band]
                (p_found,) = believed.found_by([[PlannedVisit(name, day, band)]]).tolist()
                value = visits_value(1.5, (p_found,), parameters=PARAMETERS)
                number = f"{name}-{day:%d}-{band}"
                made.append(
                    Option(
                        number, DEBTOR.id, name, day, start_s, end_s, 900, value, p_found, band,
                        claim=name,
                    )
                )  # fmt: skip
    return made


def test_pairs_are_worth_more_than_one_visit_and_find_less_than_two() -> None:
    believed = _located()
    options = _options(believed)
    sets = visit_sets(options, believed, weights=WEIGHTS, parameters=PARAMETERS)
    assert sets
    by_id = {option.id: option for option in options}
    for one in sets:
        first, second = (by_id[name] for name in one.options)
        assert (first.day, first.window_start_s) <= (second.day, second.window_start_s)
        assert max(first.p_found, second.p_found) <= one.p_found
        assert one.p_found <= first.p_found + second.p_found + 1e-9
        assert max(first.value, second.value) < one.value
        in_turn = (first.p_found, one.p_found)
        assert one.value == visits_value(1.5, in_turn, parameters=PARAMETERS)


def test_no_pair_holds_a_step() -> None:
    believed = _located()
    options = [replace(option, step="M1") for option in _options(believed)]
    assert visit_sets(options, believed, weights=WEIGHTS, parameters=PARAMETERS) == ()


def test_visits_of_a_debtor_have_turns_and_add_up() -> None:
    problem = district()
    p_found = {frozenset(one.options): one.p_found for one in problem.sets}
    plan = solve(problem, stop=MaxIterations(500), seed=1)
    found = turns(problem, plan)
    debtor_of = {option.id: option.debtor for option in problem.options}
    seconds = [ref for ref, turn in found.items() if turn.number == 2]
    assert seconds
    for ref in seconds:
        (first,) = (o for o in found if debtor_of[o] == debtor_of[ref] and o != ref)
        assert found[first].number == 1
        total = found[first].p_added + found[ref].p_added
        assert total == pytest.approx(p_found[frozenset([first, ref])])


def test_without_sets_each_visit_adds_its_own() -> None:
    problem = replace(district(), sets=())
    p_found = {option.id: option.p_found for option in problem.options}
    found = turns(problem, solve(problem, stop=MaxIterations(200), seed=1))
    assert found == {ref: Turn(1, p_found[ref]) for ref in found}
