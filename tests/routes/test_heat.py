from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model import Point, Precision
from geo.nearby import M_PER_DEG
from routes.errors import LocatingError
from routes.heat import FEWEST, SIDES_M, Heat, Sited, heat
from routes.locating import DayType, Located, PlannedVisit, locate
from routes.model import (
    AddressClaim,
    CaseId,
    ClaimId,
    Debtor,
    DebtorId,
    DebtorKind,
    Outcome,
    OutcomeKind,
    Place,
    PlaceKind,
    SecretText,
    VisitBand,
)
from tests.routes.locating.samples import NOW, PARAMETERS, claim

DAYS = {  # far from any visit
    DayType.WORKDAY: date(2027, 3, 9),
    DayType.REST_DAY: date(2027, 3, 13),
}
Court = tuple[list[Debtor], list[AddressClaim], list[Outcome]]


@st.composite
def courts(draw: st.DrawFn) -> Court:
    """Debtors with some places each, all within a few squares."""
    debtors, claims, outcomes = [], [], []
    for d in range(draw(st.integers(0, 9))):
        case = CaseId(f"C{d // draw(st.sampled_from([1, 1, 2]))}")
        debtors.append(Debtor(DebtorId(f"D{d}"), case, DebtorKind.PERSON, SecretText("示例")))
        for a in range(draw(st.integers(1, 3))):
            point = Point(
                118.6 + draw(st.integers(0, 12)) * 0.0011, 24.9 + draw(st.integers(0, 4)) * 0.0013
            )
            made = replace(
                claim(f"D{d}A{a}", kind=draw(st.sampled_from(PlaceKind)), text=f"示例{d}{a}"),
                debtor_id=debtors[-1].id,
                place=Place(point, Precision.DOOR, draw(st.floats(0.3, 1.0))),
                expires_on=draw(st.sampled_from([None, None, None, NOW.date() - timedelta(3)])),
            )
            claims.append(made)
            if draw(st.booleans()):
                outcomes.append(
                    Outcome(
                        f"O{d}{a}",
                        made.id,
                        draw(st.sampled_from(OutcomeKind)),
                        NOW - timedelta(days=9),
                        draw(st.sampled_from(VisitBand)),
                    )
                )
    return debtors, claims, outcomes


def located(court: Court) -> Located:
    debtors, claims, outcomes = court
    return locate(
        debtors=debtors,
        claims=claims,
        outcomes=outcomes,
        leads=[],
        now=NOW,
        parameters=PARAMETERS,
    )


def sited(court: Court) -> Sited:
    case_of = {debtor.id: debtor.case_id for debtor in court[0]}
    held = [(one, one.place.point) for one in court[1] if one.place]
    return Sited(
        [one.id for one, _ in held],
        [case_of[one.debtor_id] for one, _ in held],
        np.array([(point.lon, point.lat) for _, point in held]).reshape(-1, 2),
    )


def by_hand(court: Court, found: Located) -> tuple[dict[tuple[float, ...], np.ndarray], int]:
    """Return the squares and their sums, one question to the model a debtor, square and band."""
    case_of = {debtor.id: debtor.case_id for debtor in court[0]}
    places: dict[int, AddressClaim] = {}
    for one in court[1]:
        at = found.at(one.id)
        if found.evidence.claim_used[at]:
            places.setdefault(int(found.evidence.claim_place[at]), one)
    rest, squares = list(places.values()), {}
    if not rest:
        return {}, 0
    lat = round(float(np.mean([one.place.point.lat for one in rest if one.place])))
    wide_m = M_PER_DEG * math.cos(math.radians(lat))
    for side_m in SIDES_M:
        held = defaultdict(list)
        for one in rest:
            assert one.place is not None
            x = math.floor(one.place.point.lon * wide_m / side_m)
            y = math.floor(one.place.point.lat * M_PER_DEG / side_m)
            held[x, y].append(one)
        for (x, y), members in held.items():
            cases = {case_of[one.debtor_id] for one in members}
            if len(cases) < FEWEST:
                continue
            rest = [one for one in rest if one not in members]
            total = np.zeros((len(DAYS), len(VisitBand)))
            for debtor in {one.debtor_id for one in members}:
                own = [one for one in members if one.debtor_id == debtor]
                for k, day in enumerate(DAYS.values()):
                    for b, band in enumerate(VisitBand):
                        total[k, b] += found.p_found_any(
                            [PlannedVisit(one.id, day, band) for one in own]
                        )
            squares[round(x * side_m / wide_m, 9), round(y * side_m / M_PER_DEG, 9), side_m] = total
    return squares, len({case_of[one.debtor_id] for one in rest})


def told(made: Heat) -> dict[tuple[float, ...], np.ndarray]:
    tall_m = (made.box[:, 3] - made.box[:, 1]) * M_PER_DEG
    return {
        (round(west, 9), round(south, 9), float(round(side_m))): expected[: len(DAYS)]
        for (west, south, _, _), side_m, expected in zip(
            made.box.tolist(), tall_m, made.expected, strict=True
        )
    }


@settings(deadline=None, max_examples=60)
@given(courts())
def test_sums_agree_with_asking_debtor_by_debtor(court: Court) -> None:
    found = located(court)
    made = heat(found, sited(court))
    wanted, left_out = by_hand(court, found)
    given_ = told(made)
    assert given_.keys() == wanted.keys()
    for square, expected in wanted.items():
        assert np.allclose(given_[square], expected, atol=1e-9), square
    assert made.left_out == left_out
    assert (made.cases >= FEWEST).all()
    assert np.allclose(made.total(), made.expected.sum(axis=0))


def neighbours(*cases: str) -> Court:
    debtors = [
        Debtor(DebtorId(f"D{n}"), CaseId(case), DebtorKind.PERSON, SecretText("示例"))
        for n, case in enumerate(cases)
    ]
    claims = [
        replace(
            claim(f"A{n}", text=f"示例{n}"),
            debtor_id=debtor.id,
            place=Place(Point(118.6, 24.9), Precision.DOOR, 0.9),
        )
        for n, debtor in enumerate(debtors)
    ]
    return debtors, claims, []


def test_two_cases_are_not_shown_and_three_are() -> None:
    few, enough = neighbours("C1", "C2", "C2"), neighbours("C1", "C2", "C3")
    hidden = heat(located(few), sited(few))
    assert (len(hidden.cases), hidden.left_out) == (0, 2)
    shown = heat(located(enough), sited(enough))
    assert (shown.cases.tolist(), shown.left_out) == ([3], 0)


def test_more_people_are_at_home_in_the_evening_than_at_noon_of_a_workday() -> None:
    court = neighbours("C1", "C2", "C3", "C4")
    by_band = heat(located(court), sited(court)).total()[0]
    assert (
        by_band[list(VisitBand).index(VisitBand.EVENING)]
        > by_band[list(VisitBand).index(VisitBand.MORNING)]
    )
    assert (by_band < 4).all()


def test_no_claims_give_no_squares() -> None:
    empty: Court = [], [], []
    assert heat(located(empty), sited(empty)).left_out == 0
    assert heat(located(empty), sited(empty)).total().shape == (len(DayType), len(VisitBand))


def test_a_claim_that_the_model_does_not_know_is_told() -> None:
    unknown = Sited([ClaimId("X")], [CaseId("C1")], np.array([[118.6, 24.9]]))
    with pytest.raises(LocatingError):
        heat(located(neighbours("C1")), unknown)


def test_the_work_tells_how_far_it_is_and_ends_when_its_listener_says_so() -> None:
    court = neighbours(*(f"C{n}" for n in range(9)))
    shares: list[float] = []
    heat(located(court), sited(court), tell=shares.append)
    assert shares == sorted(shares)
    assert all(0.0 <= share <= 1.0 for share in shares)

    def stop(share_done: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        heat(located(court), sited(court), tell=stop)
