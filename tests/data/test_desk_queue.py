"""Which addresses wait for a person, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from data.desk_queue import Bar, Unsure
from data.place_decisions import PlaceBasis
from data.store import Store
from geo.model import Point, Precision
from routes.model import CaseStatus, ClaimId, ClaimSource, Place, SecretText
from tests.data import samples

TODAY = date(2026, 11, 25)
TERMS = {"least": 0.5, "today": TODAY}


def place(precision: Precision, confidence: float) -> Place:
    return Place(Point(118.6, 24.9), precision, confidence)


@pytest.fixture
def court(store: Store) -> Store:
    """Seven cases; the number in a claim's id is its case's."""
    cases = [samples.case(n, claim_yuan=1000.0 * n) for n in range(1, 8)]
    cases[1] = replace(cases[1], status=CaseStatus.PAUSED, claim_yuan=900_000.0)
    cases[2] = replace(cases[2], status=CaseStatus.ENDED, claim_yuan=900_000.0)
    debtors = [samples.debtor(n) for n in range(1, 8)]

    def claim(n: int, text: str, where: Place | None, **more: object) -> object:
        made = replace(
            samples.claim(n), id=ClaimId(f"q{n}{text}"), text=SecretText(text), place=where
        )
        return replace(made, debtor_id=debtors[n - 1].id, **more)  # type: ignore[arg-type]

    store.put(
        cases_=cases,
        debtors=debtors,
        claims=[
            claim(1, "a", None),
            claim(1, "b", place(Precision.DOOR, 0.95)),  # sure
            claim(2, "a", None),
            claim(3, "a", None),  # ended
            claim(4, "a", place(Precision.DOOR, 0.4)),
            claim(4, "b", place(Precision.VILLAGE, 0.99)),
            claim(5, "a", place(Precision.INTERPOLATED, 0.8)),
            claim(5, "b", None, expires_on=TODAY - timedelta(days=1)),
            claim(6, "a", None, military_site=True),
            claim(7, "a", None, source=ClaimSource.JUDGMENT),
        ],
    )
    return store


def waiting(store: Store) -> list[str]:
    return [one.claim_id for one in store.queued_claims(**TERMS, limit=50)]


def test_the_most_useful_comes_first(court: Store) -> None:
    assert waiting(court) == ["q7a", "q5a", "q4a", "q4b", "q1a", "q6a", "q2a"]


def test_each_says_why_it_waits(court: Store) -> None:
    found = {one.claim_id: one for one in court.queued_claims(**TERMS, limit=50)}
    assert {key: found[ClaimId(key)].unsure for key in ("q7a", "q5a", "q4a", "q4b")} == {
        "q7a": Unsure.NOWHERE,
        "q5a": Unsure.RIVALS,
        "q4a": Unsure.LOW,
        "q4b": Unsure.COARSE,
    }
    assert found[ClaimId("q6a")].bar is Bar.MILITARY
    assert found[ClaimId("q1a")].has_sure
    assert not found[ClaimId("q7a")].has_sure
    assert court.count_queued(**TERMS) == {
        Unsure.NOWHERE: 4,
        Unsure.LOW: 1,
        Unsure.COARSE: 1,
        Unsure.RIVALS: 1,
    }
    assert court.queued_claim(ClaimId("q4a"), **TERMS) == found[ClaimId("q4a")]
    assert court.queued_claim(ClaimId("q1b"), **TERMS) is None


def test_what_was_decided_waits_no_more_by_any_source(court: Store) -> None:
    claim = next(one for one in court.claims() if one.id == "q7a")
    court.put(claims=[replace(claim, id=ClaimId("q7z"), source=ClaimSource.APPLICANT)])
    assert waiting(court).count("q7a") == 1
    assert "q7z" not in waiting(court)
    court.place_decisions.mark_unlocatable(ClaimId("q7z"), basis=PlaceBasis.MAP, by="u1")
    assert "q7a" not in waiting(court)
    court.place_decisions.undo_last(by="u1")
    assert waiting(court)[0] == "q7a"


def test_the_rules_own_confidence_moves_the_line(court: Store) -> None:
    assert court.count_queued(least=0.85, today=TODAY)[Unsure.LOW] == 2
