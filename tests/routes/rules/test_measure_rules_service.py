from typing import Any

import pytest

from routes.measures import ActKind, Recipient, RecipientRole
from routes.model import DebtorKind, Verdict

from .measure_samples import SERVICE, acts, of_step, verdicts

BLOCK, GUIDE = Verdict.BLOCK, Verdict.CHECKLIST
PERSON, COMPANY = DebtorKind.PERSON, DebtorKind.COMPANY


def test_service_in_order_has_no_finding() -> None:
    assert of_step(SERVICE) == of_step(SERVICE, closing=True) == ()


@pytest.mark.parametrize(
    ("debtor_kind", "role", "adult", "expected"),
    [
        (PERSON, RecipientRole.FAMILY_LIVING_THERE, True, []),
        (PERSON, RecipientRole.FAMILY_LIVING_THERE, False, [BLOCK]),
        (PERSON, RecipientRole.FAMILY_LIVING_THERE, None, [BLOCK]),
        (PERSON, RecipientRole.AGENT, True, []),
        (PERSON, RecipientRole.OTHER, True, [BLOCK]),
        (PERSON, RecipientRole.COMPANY_RECEPTION, True, [BLOCK]),
        (COMPANY, RecipientRole.COMPANY_RECEPTION, True, []),
        (COMPANY, RecipientRole.ADDRESSEE, True, []),
        (COMPANY, RecipientRole.FAMILY_LIVING_THERE, True, [BLOCK]),
    ],
)
def test_papers_go_to_adults_whom_the_law_names(
    debtor_kind: DebtorKind, role: RecipientRole, adult: bool | None, expected: list[Verdict]
) -> None:
    found = of_step(SERVICE, debtor_kind, recipient=Recipient(role, adult))
    assert verdicts("R1", found) == expected


def test_a_guide_before_and_a_block_at_the_close() -> None:
    assert verdicts("R1", of_step(SERVICE, recipient=None)) == [GUIDE]
    assert verdicts("R1", of_step(SERVICE, recipient=None, closing=True)) == [BLOCK]


@pytest.mark.parametrize("proof", [ActKind.WITNESS_SIGNED, ActKind.FILMED])
def test_papers_are_left_with_witness_or_film(proof: ActKind) -> None:
    left: dict[str, Any] = {"recipient": None, "acts": acts(ActKind.PAPERS_LEFT)}
    assert verdicts("R1", of_step(SERVICE, **left)) == [GUIDE]
    assert verdicts("R1", of_step(SERVICE, closing=True, **left)) == [BLOCK]
    left["acts"] = acts(ActKind.PAPERS_LEFT, proof)
    assert of_step(SERVICE, closing=True, **left) == ()


@pytest.mark.parametrize("statement", [True, None])
def test_a_mediation_statement_is_never_left(statement: bool | None) -> None:
    log = acts(ActKind.PAPERS_LEFT, ActKind.FILMED)
    assert verdicts("R2", of_step(SERVICE, mediation_statement=statement)) == []
    assert verdicts("R2", of_step(SERVICE, mediation_statement=statement, acts=log)) == [BLOCK]


def test_refusal_away_from_home_is_filmed() -> None:
    assert verdicts("R2", of_step(SERVICE, away_from_home=True)) == [GUIDE]
    refused = acts(ActKind.SERVICE_REFUSED)
    found = of_step(SERVICE, away_from_home=True, acts=refused, closing=True)
    assert verdicts("R2", found) == [BLOCK]
    filmed = refused + acts(ActKind.FILMED)
    assert of_step(SERVICE, away_from_home=True, acts=filmed, closing=True) == ()
