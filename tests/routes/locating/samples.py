"""Builders of invented debtors, addresses, visits and leads, and generators of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from geo.model import Point, Precision
from routes.locating import Located, LocatingParameters, default_parameters, locate
from routes.model import (
    AddressClaim,
    CaseId,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    Lead,
    NamesakeRuling,
    NamesakeVerdict,
    Outcome,
    OutcomeKind,
    Place,
    PlaceKind,
    SecretText,
    VisitBand,
)

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
DEBTOR = Debtor(DebtorId("D1"), CaseId("C1"), DebtorKind.PERSON, SecretText("示例"))
PARAMETERS = default_parameters()
SAME, NAMESAKES = (
    NamesakeRuling(verdict, frozenset(), frozenset())
    for verdict in (NamesakeVerdict.SAME, NamesakeVerdict.DIFFERENT)
)


def spot(n: int) -> Point:
    """The n-th place: about a kilometre from the one before."""
    return Point(118.6 + n / 100.0, 24.9)


def claim(
    name: str,
    *,
    at: int | None = 0,
    source: ClaimSource = ClaimSource.HOUSEHOLD_REGISTER,
    kind: PlaceKind = PlaceKind.HOME,
    age_d: int = 100,
    confidence: float = 0.9,
    precision: Precision = Precision.DOOR,
    text: str = "示例地址",
    township: str | None = None,
) -> AddressClaim:
    place = None if at is None else Place(spot(at), precision, confidence, township)
    seen_on = (NOW - timedelta(days=age_d)).date()
    return AddressClaim(
        ClaimId(name), DEBTOR.id, SecretText(text), source, kind, seen_on, place=place
    )


def outcome(
    name: str,
    of: AddressClaim,
    kind: OutcomeKind,
    *,
    age_d: float = 10.0,
    band: VisitBand = VisitBand.MORNING,
) -> Outcome:
    return Outcome(name, of.id, kind, NOW - timedelta(days=age_d), band)


def lead(
    name: str,
    of: AddressClaim | None,
    *,
    band: VisitBand | None = None,
    source: str = "示例网格",
    received_d: float = 3.0,
    expires_d: float = 5.0,
) -> Lead:
    return Lead(
        name,
        DEBTOR.id,
        source,
        NOW - timedelta(days=received_d),
        NOW + timedelta(days=expires_d),
        None if of is None else of.id,
        band,
    )


def located(
    claims: list[AddressClaim],
    outcomes: list[Outcome] | None = None,
    leads: list[Lead] | None = None,
    *,
    debtor: Debtor = DEBTOR,
    parameters: LocatingParameters = PARAMETERS,
) -> Located:
    return locate(
        debtors=[debtor],
        claims=claims,
        outcomes=outcomes or [],
        leads=leads or [],
        now=NOW,
        parameters=parameters,
    )


@st.composite
def debtors_evidence(
    draw: st.DrawFn,
) -> tuple[list[AddressClaim], list[Outcome], list[Lead]]:
    """Some addresses at few places, with visits and leads on them."""
    claims = [
        replace(
            claim(
                f"A{i}",
                at=draw(st.sampled_from([0, 1, 2, None])),
                source=draw(st.sampled_from(ClaimSource)),
                kind=draw(st.sampled_from(PlaceKind)),
                age_d=draw(st.one_of(st.integers(-3, 40), st.integers(0, 3000))),
                confidence=draw(st.floats(0.0, 1.0)),
                precision=draw(st.sampled_from(Precision)),
                text=draw(st.sampled_from(["甲", "乙"])),
                township=draw(st.sampled_from([None, "350599101", "350599102"])),
            ),
            expires_on=draw(st.sampled_from([None, None, NOW.date() - timedelta(days=1)])),
            ruling=draw(st.sampled_from([None, None, None, SAME, NAMESAKES])),
        )
        for i in range(draw(st.integers(0, 4)))
    ]
    if not claims:
        return [], [], [lead("L0", None)]
    outcomes = [
        outcome(
            f"O{i}",
            draw(st.sampled_from(claims)),
            draw(st.sampled_from(OutcomeKind)),
            age_d=draw(
                st.one_of(st.sampled_from([0.1, 1.0, 1.1, 2.0, 3.0, 9.0]), st.floats(-5.0, 1000.0))
            ),
            band=draw(st.sampled_from([VisitBand.DAWN, VisitBand.MORNING])),
        )
        for i in range(draw(st.integers(0, 5)))
    ]
    leads = [
        lead(
            f"L{i}",
            draw(st.sampled_from([None, *claims])),
            band=draw(st.sampled_from([None, *VisitBand])),
            source=draw(st.sampled_from(["甲", "乙"])),
            received_d=draw(st.sampled_from([0.5, 3.0, 30.0])),
            expires_d=draw(st.sampled_from([-0.1, 5.0])),
        )
        for i in range(draw(st.integers(0, 3)))
    ]
    return claims, outcomes, leads
