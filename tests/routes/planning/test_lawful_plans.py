"""No plan of any district holds a visit that a rule blocks, whatever is wrong with the cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.model import Point, Precision
from routes.calendar import WorkCalendar
from routes.locating import default_parameters
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    CaseKind,
    CaseNumber,
    CaseStatus,
    ClaimId,
    Debtor,
    DebtorId,
    DebtorKind,
    Grade,
    Identifier,
    Outcome,
    OutcomeKind,
    Place,
    PlaceKind,
    VisitBand,
)
from routes.planning import MaxIterations, solve
from routes.planning.prepare import build_problem
from routes.planning.problem import StopKind
from routes.planning.recheck import recheck
from routes.planning.validate import violations
from tests.fakes import MemoryCases
from tests.routes.planning.test_prepare import DAY, NOW, Plain, _field
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, PROFILE

_DAYS = st.integers(-40, 40).map(lambda days: DAY + timedelta(days=days))
_CASES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(CaseKind),
        "status": st.sampled_from([*CaseStatus, *[CaseStatus.ACTIVE] * 8]),
        "basis_document": st.sampled_from(["文书", "文书", "文书", "", None]),
        "basis_served_on": st.none() | _DAYS,
        "performance_due_on": st.none() | _DAYS,
        "notice_sent_on": st.none() | _DAYS,
        "grade": st.sampled_from(Grade),
        "contact_logged_on": st.none() | _DAYS,
        "paused_until": st.sampled_from([None] * 4) | _DAYS,
        "major_matter": st.booleans(),
    }
)
_CLAIMS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(PlaceKind),
        "basis": st.sampled_from(["回执", "回执", " ", None]),
        "identifiers": st.frozensets(st.sampled_from(Identifier)),
        "seen_on": _DAYS,
        "expires_on": st.none() | _DAYS,
    }
)
_OUTCOMES = st.lists(
    st.tuples(st.sampled_from(OutcomeKind), st.sampled_from(VisitBand), st.floats(0.1, 90.0)),
    max_size=3,
)
_FILES = st.lists(
    st.tuples(
        _CASES,
        st.lists(st.tuples(_CLAIMS, _OUTCOMES), max_size=3),
        st.sampled_from(DebtorKind),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def _district(files: list[Any]) -> MemoryCases:
    cases: list[Case] = []
    debtors: list[Debtor] = []
    claims: list[AddressClaim] = []
    outcomes: list[Outcome] = []
    for n, (facts, addresses, kind, woman) in enumerate(files, start=1):
        case = replace(
            CASE, id=CaseId(f"C{n}"), number=CaseNumber(2026, "闽0599", "执", n), **facts
        )
        debtor = replace(
            DEBTOR,
            id=DebtorId(f"D{n}"),
            case_id=case.id,
            kind=kind,
            needs_female_officer=woman,
            identifiers=frozenset({Identifier.NAME}),
        )
        cases.append(case)
        debtors.append(debtor)
        for k, (told, seen) in enumerate(addresses):
            spot = Point(118.60 + n / 300, 24.95 + k / 300)
            claim = replace(
                CLAIM,
                id=ClaimId(f"A{n}.{k}"),
                debtor_id=debtor.id,
                place=Place(spot, Precision.DOOR, 0.9),
                **told,
            )
            claims.append(claim)
            outcomes += [
                Outcome(f"O{n}.{k}.{i}", claim.id, what, NOW - timedelta(days=ago), band)
                for i, (what, band, ago) in enumerate(seen)
            ]
    return MemoryCases(cases, debtors, claims, outcomes)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(_FILES, st.integers(0, 3))
def test_no_plan_holds_a_blocked_visit(files: list[Any], seed: int) -> None:
    store, field = _district(files), _field()
    problem = build_problem(
        problem_id="P",
        days=(DAY, DAY + timedelta(days=1)),
        now=NOW,
        cases=store,
        field=field,
        travel=Plain(),
        calendar=WorkCalendar(),
        parameters=default_parameters(),
        profile=PROFILE,
    ).problem
    plan = solve(problem, stop=MaxIterations(30), seed=seed)
    assert violations(problem, plan) == ()
    said = recheck(
        problem,
        plan,
        cases=store,
        field=field,
        calendar=WorkCalendar(),
        profile=PROFILE,
        now=NOW,
    )
    assert not [one for one in said if one.verdict == "block"]
    planned = {
        stop.ref for route in plan.routes for stop in route.stops if stop.kind is StopKind.VISIT
    }
    assert all(0.0 <= option.p_found <= 1.0 for option in problem.options if option.id in planned)
