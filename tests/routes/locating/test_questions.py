"""What a question is worth: exact, never below zero when free, and nothing where it is idle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routes.locating import LocatingParameters, PlannedVisit
from routes.locating.parameters import Answer, Check
from routes.locating.questions import CHECK_BASIS, NextStep, Question, next_steps
from routes.model import AddressClaim, ClaimSource, DebtorKind, OutcomeKind, PlaceKind, VisitBand

from .brute import Brute
from .samples import (
    DEBTOR,
    NOW,
    PARAMETERS,
    claim,
    debtors_evidence,
    lead,
    located,
    outcome,
)

DAY = NOW.date() + timedelta(days=1)
BANDS = (VisitBand.DAWN, VisitBand.MORNING)


def step_of(
    claims: list[AddressClaim],
    outcomes=(),
    leads=(),
    *,
    weight: float = 3.0,
    parameters: LocatingParameters = PARAMETERS,
    checks=tuple(Check),
    to=None,
) -> NextStep:
    made = located(claims, list(outcomes), list(leads), parameters=parameters)
    (step,) = next_steps(
        made,
        weights={DEBTOR.id: weight},
        day=DAY,
        visits={c.id: BANDS for c in (claims if to is None else to)},
        checks={c.id: checks for c in claims},
    )
    return step


def costing(visit_cost: float) -> LocatingParameters:
    return replace(PARAMETERS, question=replace(PARAMETERS.question, visit_cost=visit_cost))


@settings(deadline=None, max_examples=15)
@given(debtors_evidence(), st.floats(0.0, 20.0), st.floats(0.0, 1.0))
def test_free_information_is_never_worth_less_than_nothing(evidence, weight, visit_cost) -> None:
    step = step_of(*evidence, weight=weight, parameters=costing(visit_cost))
    for question in step.questions:
        assert question.gain >= 0.0
        assert sum(question.p_answer.values()) == pytest.approx(1.0)
    worths = [question.worth for question in step.questions]
    assert worths == sorted(worths, reverse=True)


@settings(deadline=None, max_examples=15)
@given(debtors_evidence())
def test_answers_move_p_found_as_whole_histories_say(evidence) -> None:
    claims, outcomes, leads = evidence
    claims = [c for c in claims if c.expires_on is None]
    outcomes = [o for o in outcomes if o.claim_id in {c.id for c in claims}]
    if not claims:
        return
    leads = [x for x in leads if x.claim_id is None or x.claim_id in {c.id for c in claims}]
    step = step_of(claims, outcomes, leads, parameters=costing(0.0), weight=1e6)
    brute = Brute(DebtorKind.PERSON, claims, outcomes, leads, NOW, PARAMETERS)
    for question in step.questions:
        asked = next(c for c in claims if c.id == question.claim_id)
        place, anchor = brute.place_of[asked.id], brute.anchor(asked)
        shares = PARAMETERS.question.checks[question.check]
        for answer, visit in question.after.items():
            assert visit is not None  # such a debtor is worth any try
            planned = brute.planned(PlannedVisit(visit.claim_id, DAY, visit.band))
            assert planned is not None

            def joint(seen, p=place, a=anchor, s=shares, w=answer) -> float:
                return sum(
                    p_state * (s.here[w] if (r if a == "home" else day) == p else s.away[w])
                    for r, day, p_state in brute.states(seen)
                )

            told = joint(brute.past)
            missed = joint([*brute.past, planned])
            assert question.p_answer[answer] == pytest.approx(told / brute.evidence(), abs=1e-9)
            assert visit.p_found == pytest.approx(1.0 - missed / told, abs=1e-9)


def test_a_check_that_changes_nothing_is_worth_less_than_nothing() -> None:
    """One sure place and a weight that any answer leaves worth a visit."""
    only = claim("A", source=ClaimSource.DELIVERY_CONFIRMED, age_d=1)
    step = step_of([only], [outcome("O", only, OutcomeKind.FOUND)], weight=50.0)
    assert step.visit is not None
    for question in step.questions:
        assert question.gain == pytest.approx(0.0, abs=1e-9)
        assert question.worth < 0.0
    assert step.first is step.visit


def test_cheap_checks_come_before_a_raid_on_doubtful_places() -> None:
    places = [
        claim(f"A{n}", at=n, source=source, age_d=400)
        for n, source in enumerate((ClaimSource.APPLICANT, ClaimSource.HOUSEHOLD_REGISTER))
    ]
    step = step_of(places, weight=4.0)
    first = step.first
    assert isinstance(first, Question)
    assert first.check is Check.LIAISON
    assert step.worth > (step.visit.worth if step.visit else 0.0)
    no, yes = first.after[Answer.NO], first.after[Answer.YES]
    assert yes is not None
    assert yes.claim_id == first.claim_id
    assert no is None or no.claim_id != first.claim_id
    for words in ("依据：", "民事诉讼法第70条", "预期增值"):
        assert words in str(first.explain())
    assert set(CHECK_BASIS) == set(Check) == set(PARAMETERS.question.checks)


def test_a_place_is_asked_about_once() -> None:
    twice = [claim("A", source=ClaimSource.LEASE), claim("B", source=ClaimSource.UTILITY)]
    assert len(step_of(twice).questions) == len(Check)
    shop = claim("C", kind=PlaceKind.BUSINESS)
    assert len(step_of([*twice, shop]).questions) == 2 * len(Check)  # residence, day place


def test_without_a_lawful_hour_or_place_there_is_nothing_to_do() -> None:
    only = claim("A")
    step = step_of([only], to=[])
    assert step.visit is None
    assert step.first is None
    assert all(question.gain == 0.0 for question in step.questions)
    empty = step_of([], leads=[lead("L", None)])
    assert empty.questions == ()
    assert empty.worth == 0.0


def test_debtors_without_weight_are_left_out() -> None:
    made = located([claim("A")])
    assert next_steps(made, weights={}, day=DAY, visits={}, checks={}) == ()
