"""Answers to checks: worth what the question foretold, told once, and taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routes.checks import CHECK_SOURCES, Answer, Check, CheckAnswer
from routes.locating import Located, PlannedVisit, locate
from routes.locating.questions import next_steps
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

from .samples import DEBTOR, NOW, PARAMETERS, claim, debtors_evidence, outcome

TODAY = NOW.date()
DAY = TODAY + timedelta(days=1)
ENTERED = CHECK_SOURCES[Check.LIAISON]


def told(of, answer=Answer.NO, check=Check.LIAISON, *, age_d=0, name="q1") -> CheckAnswer:
    return CheckAnswer(name, of.id, check, answer, TODAY - timedelta(days=age_d))


def located(claims, outcomes=(), leads=(), answers=(), *, parameters=PARAMETERS) -> Located:
    return locate(
        debtors=[DEBTOR],
        claims=claims,
        outcomes=outcomes,
        leads=leads,
        answers=answers,
        now=NOW,
        parameters=parameters,
    )


@settings(deadline=None, max_examples=40)
@given(debtors_evidence(), st.sampled_from(Check), st.sampled_from(Answer), st.integers(0, 3))
def test_an_answer_is_worth_what_the_question_foretold(evidence, check, answer, which) -> None:
    """P(found) of the visit that was to follow an answer, with visits before it or without."""
    claims, outcomes, leads = evidence
    assume(claims)
    asked = claims[which % len(claims)]
    free = replace(PARAMETERS, question=replace(PARAMETERS.question, visit_cost=0.0))
    before = located(claims, outcomes, leads, parameters=free)
    (step,) = next_steps(
        before,
        weights={DEBTOR.id: 1e6},
        day=DAY,
        visits={c.id: tuple(VisitBand)[:2] for c in claims},
        checks={asked.id: [check]},
    )
    assume(step.questions)
    source = CHECK_SOURCES.get(check)
    assume(all(c.source is not source for c in claims))  # else it is not asked again
    visit = step.questions[0].after[answer]
    assert visit is not None
    after = located(claims, outcomes, leads, [told(asked, answer, check)], parameters=free)
    p_found = after.p_found_any([PlannedVisit(visit.claim_id, DAY, visit.band)])
    assert p_found == pytest.approx(visit.p_found, abs=1e-9)


def test_a_no_lowers_the_place_and_changes_what_comes_next() -> None:
    asked = claim("A")
    other = claim("B", at=1, source=ClaimSource.APPLICANT, text="另一示例")
    before = located([asked, other])
    after = located([asked, other], answers=[told(asked)])
    assert after.claims[asked.id].p_home < before.claims[asked.id].p_home / 3
    assert after.claims[other.id].p_home > before.claims[other.id].p_home
    shares = PARAMETERS.question.checks[Check.LIAISON]
    assert asked.place is not None
    sure = asked.place.confidence
    factor = sure * shares.here[Answer.NO] / shares.away[Answer.NO] + 1.0 - sure
    odds = [p / (1.0 - p) for p in (m.claims[asked.id].p_home for m in (before, after))]
    assert odds[1] / odds[0] == pytest.approx(factor)
    (now,) = {s.first and s.first.claim_id for s in steps(before)}
    (then,) = {s.first and s.first.claim_id for s in steps(after)}
    assert (now, then) == (asked.id, other.id)


def steps(made: Located):
    return next_steps(
        made,
        weights={DEBTOR.id: 3.0},
        day=DAY,
        visits=dict.fromkeys(made.evidence.claims, (VisitBand.DAWN,)),
        checks={},
    )


def test_it_fades_by_the_half_life_and_tells_nothing_of_the_future() -> None:
    asked = claim("A")
    half_life_d = round(PARAMETERS.claim.half_life_d[ENTERED])

    def p(age_d: int) -> float:
        return located([asked], answers=[told(asked, age_d=age_d)]).claims[asked.id].p_home

    assert p(0) < p(half_life_d) < p(20 * half_life_d)
    nothing = located([asked]).claims[asked.id].p_home
    assert p(-1) == nothing
    assert p(60 * half_life_d) == pytest.approx(nothing)


def test_one_source_says_one_thing_at_a_time() -> None:
    """Of a statement and answers within a half-life the newest counts, of one day the answer."""
    asked = claim("A")
    said = claim("B", source=ClaimSource.LIAISON, age_d=30)

    def p(*claims, answers=()) -> float:
        return located(list(claims), answers=answers).claims[asked.id].p_home

    once = p(asked, answers=[told(asked, Answer.YES)])
    again = [told(asked, Answer.YES), told(asked, Answer.YES, age_d=5, name="q0")]
    assert p(asked, answers=again) == once
    assert p(asked, said, answers=[told(asked, Answer.YES)]) == once
    assert p(asked, said, answers=[told(asked, Answer.NO, age_d=31)]) == p(asked, said)
    assert p(asked, said, answers=[told(asked)]) == p(asked, answers=[told(asked)])
    same_day = told(asked, Answer.NO, age_d=30)
    assert p(asked, said, answers=[same_day]) == p(asked, answers=[same_day])


def test_it_is_named_among_the_reasons_whose_product_holds() -> None:
    asked, other = claim("A"), claim("B", at=1, text="另一示例")
    visits = [outcome("O", other, OutcomeKind.MOVED, age_d=60)]
    made = located([asked, other], visits, answers=[told(asked)])
    summary = str(made.claims[asked.id].evidence[0])
    assert f"{TODAY.isoformat()} 询问网格联络员，答“否”（×" in summary
    assert "另一地址的核实" in str(made.claims[other.id].evidence[0])
    said = claim("C", source=ClaimSource.LIAISON, age_d=3)
    told_of = located([asked, said], answers=[told(asked)]).claims[said.id].evidence
    assert any("以答复为准" in str(line) for line in told_of)


def test_a_seat_is_asked_about_as_a_day_place() -> None:
    home, work = claim("A"), claim("B", kind=PlaceKind.WORK, text="另一示例")  # at one place
    before, after = (located([home, work], answers=a) for a in ((), (told(work),)))
    assert after.claims[work.id].p_day < before.claims[work.id].p_day
    assert after.claims[home.id].p_home == pytest.approx(before.claims[home.id].p_home)
