from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routes.errors import LocatingError
from routes.locating import Evidence, gather, posterior
from routes.locating.fairness import ContactRate, Grouping, contact_rates
from routes.model import (
    Case,
    CaseId,
    CaseKind,
    CaseStatus,
    Debtor,
    DebtorId,
    Identifier,
    OutcomeKind,
    SecretText,
)
from tests.routes.locating.samples import DEBTOR, NOW, PARAMETERS, claim, outcome
from tests.routes.rules.samples import CASE


def _district(met: dict[str, list[bool]]) -> tuple[ContactRate, ...]:
    """Return the rates of townships, each with debtors who were visited or not."""
    cases: list[Case] = []
    debtors: list[Debtor] = []
    claims, outcomes = [], []
    for town, visited in met.items():
        for number, was in enumerate(visited):
            name = f"{town}{number}"
            case = replace(CASE, id=CaseId(name))
            cases.append(case)
            debtors.append(replace(DEBTOR, id=DebtorId(name), case_id=case.id))
            own = claim(name)
            assert own.place is not None
            placed = replace(own.place, township_code=town)
            claims.append(replace(own, debtor_id=DebtorId(name), place=placed))
            if was:
                outcomes.append(outcome(name, claims[-1], OutcomeKind.FOUND))
    return contact_rates(
        cases=cases,
        debtors=debtors,
        claims=claims,
        outcomes=outcomes,
        grouping=Grouping.TOWNSHIP,
    )


def test_a_township_that_is_visited_far_more_stands_apart() -> None:
    rates = _district({"350599101": [True] * 38 + [False] * 2, "350599102": [False] * 30})
    assert [(one.group, one.debtors, one.visited, one.met) for one in rates] == [
        ("350599101", 40, 38, 38),
        ("350599102", 30, 0, 0),
    ]
    assert all(one.apart for one in rates)
    assert rates[0].others == 0.0


def test_chance_sets_no_group_apart() -> None:
    """Groups that are visited alike stand apart in few reports, and a tiny one tells nothing."""
    rng = np.random.default_rng(5)
    told = 0
    for _ in range(60):
        groups = {f"{n}": (rng.random(30) < 0.4).tolist() for n in range(6)}
        told += any(rate.apart for rate in _district(groups))
    assert told <= 9  # 5 % of 60 reports are 3
    large = _district({"a": [True, False] * 200, "b": [True, False, False]})
    assert not any(rate.apart for rate in large)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.lists(st.booleans(), max_size=40))
def test_rates_are_shares_inside_their_intervals(one: list[bool], two: list[bool]) -> None:
    rates = _district({"a": one, "b": two}) if two else _district({"a": one})
    for rate, given_ in zip(sorted(rates, key=lambda each: each.group), (one, two), strict=False):
        assert rate.rate == pytest.approx(sum(given_) / len(given_))
        assert 0.0 <= rate.low <= rate.rate <= rate.high <= 1.0
        assert rate.met <= rate.visited <= rate.visits
    if one == two:
        assert not any(rate.apart for rate in rates)


def test_kinds_of_case_are_told_without_ended_ones() -> None:
    wages = replace(CASE, id=CaseId("W"), kind=CaseKind.WAGES)
    ended = replace(CASE, id=CaseId("E"), status=CaseStatus.ENDED)
    people = [replace(DEBTOR, id=DebtorId(c.id), case_id=c.id) for c in (CASE, wages, ended)]
    withdrawn = replace(outcome("o", claim("x"), OutcomeKind.FOUND), withdrawn=True)
    own = replace(claim("x"), debtor_id=people[1].id)
    rates = contact_rates(
        cases=[CASE, wages, ended],
        debtors=people,
        claims=[own],
        outcomes=[withdrawn],
        grouping=Grouping.CASE_KIND,
    )
    assert {rate.group: (rate.debtors, rate.visits) for rate in rates} == {
        "loan": (1, 0),
        "wages": (1, 0),
    }


def test_debtors_without_a_township_are_a_group_and_no_debtor_is_an_error() -> None:
    rates = contact_rates(
        cases=[CASE], debtors=[DEBTOR], claims=[], outcomes=[], grouping=Grouping.TOWNSHIP
    )
    assert [(rate.group, rate.debtors) for rate in rates] == [("", 1)]
    assert np.isnan(rates[0].others)
    assert not rates[0].apart
    with pytest.raises(LocatingError):
        contact_rates(
            cases=[], debtors=[DEBTOR], claims=[], outcomes=[], grouping=Grouping.TOWNSHIP
        )


def test_the_inputs_of_the_model_are_these_and_no_other() -> None:
    assert {each.name for each in fields(Evidence)} == {
        *("now", "debtors", "claims", "outcome_ids", "lead_ids", "lead_sources", "townships"),
        "is_company",
        *("claim_first", "place_first", "visit_first"),
        *("claim_place", "claim_used", "claim_namesake", "claim_anchor", "claim_copy"),
        *("claim_answered", "claim_share", "claim_source"),
        *("claim_kind", "claim_precision", "claim_confidence", "claim_age_d"),
        *("place_home_kind", "place_day_kind", "place_township"),
        *("place_home_share", "place_day_share"),
        *("answer_ids", "answer_claim", "answer_check", "answer_said", "answer_age_d"),
        *("visit_place", "visit_kind", "visit_claim", "visit_precision"),
        *("visit_day", "visit_band", "visit_day_type", "visit_age_d"),
        *("lead_debtor", "lead_place", "lead_anchor", "lead_band", "lead_source"),
        *("lead_age_d", "lead_day"),
    }


def test_who_a_debtor_is_changes_nothing() -> None:
    claims = [claim("a"), claim("b", at=3)]
    other = replace(
        DEBTOR,
        name=SecretText("另一示例"),
        id_number=SecretText("x"),
        identifiers=frozenset(Identifier),
        needs_female_officer=True,
    )
    answers = []
    for debtor in (DEBTOR, other):
        evidence = gather(
            debtors=[debtor],
            claims=claims,
            outcomes=[outcome("o", claims[0], OutcomeKind.MOVED)],
            leads=[],
            now=NOW,
            parameters=PARAMETERS,
        )
        answers.append(posterior(evidence, PARAMETERS))
    np.testing.assert_array_equal(answers[0].home, answers[1].home)
    np.testing.assert_array_equal(answers[0].elsewhere, answers[1].elsewhere)
