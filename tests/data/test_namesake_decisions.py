"""Decisions on namesakes in the store: kept whole, the last one rules, nothing in plain text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from data.demo.people import id_number
from data.errors import StoreError
from data.store import Store
from routes.items import Item
from routes.measures import Measure, MeasureKind, StepId
from routes.model import DebtorId, Identifier, NamesakeRuling, NamesakeVerdict, SecretText
from routes.namesake import Match, NamesakeDecision, Side, compare, decide
from tests.data import samples
from tests.fakes import StandingClock

BORN = date(1980, 5, 17)
NUMBER, REASON = id_number(BORN, 12), "网格员当面认出，证件已核对"
SAME, UNSURE, DIFFERENT = NamesakeVerdict.SAME, NamesakeVerdict.UNSURE, NamesakeVerdict.DIFFERENT
CLAIM = samples.claim(1)
DEBTOR = replace(samples.debtor(1), id_number=SecretText(NUMBER))


@pytest.fixture
def court(store: Store) -> Store:
    store.put(cases_=[samples.case(1)], debtors=[DEBTOR], claims=[CLAIM])
    return store


def made(clock: StandingClock, verdict: NamesakeVerdict, by: str = "u1") -> NamesakeDecision:
    compared = compare(
        Side(name="示例甲", id_number=NUMBER),
        Side(name="示例乙", id_number=NUMBER),
        seen={Identifier.KIN: Match.MATCH},
    )
    return decide(compared, verdict, subject=f"claim:{CLAIM.id}", by=by, at=clock(), reason=REASON)


def ruling(store: Store) -> NamesakeRuling | None:
    (claim,) = store.claims(DEBTOR.case_id)
    assert claim.ruling == store.claims()[0].ruling
    return claim.ruling


def test_the_last_decision_that_stands_rules(court: Store, clock: StandingClock) -> None:
    assert ruling(court) is None
    keep = court.namesake_decisions
    first = keep.add(made(clock, SAME), of=DEBTOR.id)
    clock.advance(minutes=1)
    second = keep.add(made(clock, DIFFERENT, "u2"), of=DEBTOR.id)
    matched = frozenset({Identifier.ID_NUMBER, Identifier.KIN})
    mismatched = frozenset({Identifier.NAME})
    assert ruling(court) == NamesakeRuling(DIFFERENT, matched, mismatched)
    keep.withdraw(second, of=DEBTOR.case_id, by="u1")
    assert ruling(court) == NamesakeRuling(SAME, matched, mismatched)
    one, other = keep.of_case(DEBTOR.case_id)
    assert (one.id, one.reason, one.decided_by, one.override) == (first, REASON, "u1", False)
    assert (other.id, other.withdrawn_by, other.override) == (second, "u1", True)
    ended_at = other.withdrawn_at
    clock.advance(hours=1)
    keep.withdraw(second, of=DEBTOR.case_id, by="u3")
    assert keep.of_case(DEBTOR.case_id)[1].withdrawn_at == ended_at
    keep.withdraw(first, of=DEBTOR.case_id, by="u3")
    assert ruling(court) is None


def test_a_number_changed_since_makes_the_same_one_unsure(
    court: Store, clock: StandingClock
) -> None:
    court.namesake_decisions.add(made(clock, SAME), of=DEBTOR.id)
    court.put(debtors=[replace(DEBTOR, id_number=SecretText(id_number(BORN, 14)))])
    found = ruling(court)
    assert found is not None
    assert found.verdict is UNSURE
    assert court.namesake_decisions.of_case(DEBTOR.case_id)[0].outdated
    court.put(debtors=[DEBTOR])
    found = ruling(court)
    assert found is not None
    assert found.verdict is SAME


def test_property_is_ruled_on_apart_from_what_its_step_says(
    court: Store, clock: StandingClock
) -> None:
    step = Measure(StepId("-"), MeasureKind.SEIZURE, DEBTOR.case_id, DEBTOR.id)
    kept = court.measures.add(step, by="u1")
    item = court.measures.add_item(kept.step.id, Item("-"), "住房一套", by="u1").item
    said = made(clock, DIFFERENT)
    said = replace(said, decision=replace(said.decision, subject=f"item:{item.id}"))
    other = samples.debtor(2)
    court.put(cases_=[samples.case(2)], debtors=[other])
    with pytest.raises(StoreError):
        court.namesake_decisions.add(said, of=other.id)
    decided = court.namesake_decisions.add(said, of=DEBTOR.id)
    (held,) = court.measures.items()
    assert held.item.ruling is not None
    assert held.item.ruling.verdict is DIFFERENT
    court.measures.revise_item(replace(held, description="住房两套"), by="u1")
    court.namesake_decisions.withdraw(decided, of=DEBTOR.case_id, by="u1")
    (held,) = court.measures.items(DEBTOR.case_id)
    assert held.item == item


def test_putting_a_claim_anew_leaves_the_decision(court: Store, clock: StandingClock) -> None:
    court.namesake_decisions.add(made(clock, DIFFERENT), of=DEBTOR.id)
    (held,) = court.claims()
    court.put(claims=[held])
    assert court.claims() == (held,)
    court.put(claims=[replace(CLAIM, basis="另一份回执")])
    found = ruling(court)
    assert found is not None
    assert found.verdict is DIFFERENT


def test_what_is_not_the_debtors_or_the_cases_is_refused(
    court: Store, clock: StandingClock
) -> None:
    other = samples.debtor(2)
    court.put(cases_=[samples.case(2)], debtors=[other])
    keep = court.namesake_decisions
    for wrong in (other.id, DebtorId("none")):
        with pytest.raises(StoreError):
            keep.add(made(clock, SAME), of=wrong)
    kept = keep.add(made(clock, SAME), of=DEBTOR.id)
    with pytest.raises(StoreError):
        keep.withdraw(kept, of=other.case_id, by="u1")
    assert keep.of_case(other.case_id) == ()


def test_nothing_of_the_records_and_no_reason_is_kept_in_plain_text(
    court: Store, clock: StandingClock
) -> None:
    court.namesake_decisions.add(made(clock, SAME), of=DEBTOR.id)
    with court.write() as work:
        row = work.connection.execute(text("SELECT * FROM namesake_decision")).one()
        audit = work.connection.execute(text("SELECT detail FROM audit_entry")).all()
    shown = repr(row) + repr(audit)
    assert all(secret not in shown for secret in (REASON, NUMBER, "示例乙", "kin", "id_number"))
    acts = [each.act for each in court.audit.entries(3)]
    assert "namesake.decide" in acts
