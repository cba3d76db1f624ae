"""What a question is worth: exact, never below zero when free, and nothing where it is idle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routes.checks import Answer, Check
from routes.locating import Located, LocatingParameters, PlannedVisit
from routes.locating.questions import CHECK_BASIS, NextStep, Question, next_steps
from routes.model import (
    AddressClaim,
    ClaimId,
    ClaimSource,
    DebtorKind,
    OutcomeKind,
    PlaceKind,
    VisitBand,
)

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

            sure = brute.confidence(asked)
            if_here = sure * shares.here[answer] + (1.0 - sure) * shares.away[answer]

            def joint(seen, p=place, a=anchor, h=if_here, s=shares, w=answer) -> float:
                return sum(
                    p_state * (h if (r if a == "home" else day) == p else s.away[w])
                    for r, day, p_state in brute.states(seen)
                )

            told = joint(brute.past)
            missed = joint([*brute.past, planned])
            assert question.p_answer[answer] == pytest.approx(told / brute.evidence(), abs=1e-9)
            assert visit.p_found == pytest.approx(1.0 - missed / told, abs=1e-9)
            assert 0.0 <= visit.low <= visit.p_found <= visit.high <= 1.0


ENTERED = {Check.LIAISON: ClaimSource.LIAISON, Check.LEASE_REGISTER: ClaimSource.LEASE}


@settings(deadline=None, max_examples=40)
@given(debtors_evidence(), st.sampled_from(sorted(ENTERED)), st.integers(0, 3))
def test_a_yes_is_worth_what_it_is_worth_once_entered(evidence, check, which) -> None:
    """Entered as a statement of today in the very words that were asked about.

    Exact before any visit; after visits a statement speaks of the week of the first one, the
    answer of today, which moves keep apart by little (decision 0098).
    """
    claims, _, leads = evidence
    if not claims:
        return
    asked = claims[which % len(claims)]
    made = located(claims, leads=leads)
    (step,) = next_steps(
        made,
        weights={DEBTOR.id: 1e6},
        day=DAY,
        visits={c.id: BANDS for c in claims},
        checks={asked.id: [check]},
    )
    numbers = PARAMETERS.claim
    family = numbers.family[ENTERED[check]]
    same = made.claims[asked.id].same_place
    here = [c for c in claims if c.id in {asked.id, *same}]
    assume(step.questions)
    assume(made.evidence.claim_used[made.at(asked.id)])  # else the answer brings its kind of place
    assume(asked.kind is not PlaceKind.REGISTERED)  # whether it is a home depends on the source
    assume(all(numbers.family[c.source] != family for c in here))  # these would be one statement
    assume(all(c.text != asked.text or c.seen_on != NOW.date() for c in here))
    assume(all(c.text != asked.text or c.source not in numbers.transcribing for c in here))
    assume(all(c.place is None or c.place.confidence == asked_sure(made, asked) for c in here))
    (question,) = step.questions
    told = replace(
        asked, id=ClaimId("told"), source=ENTERED[check], seen_on=NOW.date(), ruling=None
    )
    after = located([*claims, replace(told, expires_on=None)], leads=leads)
    visit = question.after[Answer.YES]
    assert visit is not None
    best = after.p_found_any([PlannedVisit(visit.claim_id, DAY, visit.band)])
    assert visit.p_found == pytest.approx(best, abs=1e-9)


def asked_sure(made: Located, claim: AddressClaim) -> float:
    return float(made.evidence.claim_confidence[made.at(claim.id)])


@settings(deadline=None, max_examples=40)
@given(debtors_evidence())
def test_what_is_expected_of_asking_is_the_average_over_the_answers(evidence) -> None:
    """For every visit: its P(found) now is the mean of what it would be after each answer."""
    claims = evidence[0]
    made = located(*evidence)
    for claim_ in claims:
        for band in BANDS:
            (step,) = next_steps(
                made,
                weights={DEBTOR.id: 1e6},
                day=DAY,
                visits={claim_.id: [band]},  # the only visit, whatever the answer
                checks={c.id: tuple(Check) for c in claims},
            )
            now = made.p_found_any([PlannedVisit(claim_.id, DAY, band)])
            for question in step.questions:
                visits = {a: v for a, v in question.after.items() if v is not None}
                if len(visits) == len(Answer):
                    mean = sum(question.p_answer[a] * v.p_found for a, v in visits.items())
                    assert mean == pytest.approx(now, abs=1e-9)


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


def test_only_so_many_debtors_are_told() -> None:
    made = located([claim("A")])
    ask = {"weights": {DEBTOR.id: 3.0}, "day": DAY, "visits": {}, "checks": {}}
    assert len(next_steps(made, **ask)) == 1
    assert next_steps(made, **ask, limit=0) == ()


def test_the_range_of_a_visit_is_that_of_the_model_and_is_told() -> None:
    only = claim("A", source=ClaimSource.LEASE)
    past = [outcome("O", only, OutcomeKind.LIVES_HERE_ABSENT)]
    step = step_of([only], past, weight=50.0)
    visit = step.visit
    assert visit is not None
    planned = [PlannedVisit(visit.claim_id, DAY, visit.band)]
    low, high = located([only], past).interval_of([planned])[0]
    assert (visit.low, visit.high) == (pytest.approx(low), pytest.approx(high))
    assert visit.low < visit.p_found < visit.high
    assert f"{visit.p_found:.2f}（{visit.low:.2f}–{visit.high:.2f}）" in str(visit.explain())
    for question in step.questions:
        for after in (question.after[Answer.YES], question.after[Answer.NO]):
            assert after is not None
            told = f"{after.p_found:.2f}，范围 {after.low:.2f}–{after.high:.2f}"
            assert told in str(question.explain())


@pytest.mark.parametrize("is_free", [True, False])
def test_an_answer_that_says_nothing_leaves_the_range_as_it_is(is_free: bool) -> None:
    """As likely at any place, it changes no range; else the range moves with the answer."""
    stated = PARAMETERS.question.checks[Check.LIAISON]
    asked = replace(stated, here=stated.away) if is_free else stated
    checks = {**PARAMETERS.question.checks, Check.LIAISON: asked}
    parameters = replace(PARAMETERS, question=replace(PARAMETERS.question, checks=checks))
    home, other = claim("A", source=ClaimSource.LEASE), claim("B", at=1)
    past = [outcome("O", home, OutcomeKind.LIVES_HERE_ABSENT)]
    step = step_of([home, other], past, weight=50.0, parameters=parameters, checks=[Check.LIAISON])
    assert step.visit is not None
    before = (step.visit.low, step.visit.high)
    asked_of_home = next(q for q in step.questions if q.claim_id == step.visit.claim_id)
    yes, no = (asked_of_home.after[answer] for answer in (Answer.YES, Answer.NO))
    assert yes is not None
    assert no is not None
    if is_free:
        assert (yes.low, yes.high) == pytest.approx(before)
        assert (no.low, no.high) == pytest.approx(before)
    else:
        assert yes.low > before[0]
        assert yes.high > before[1]
        assert no.claim_id != yes.claim_id or no.high < before[1]
