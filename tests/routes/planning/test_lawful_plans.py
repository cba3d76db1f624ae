"""No plan of any district holds a visit that a rule blocks, whatever is wrong with the cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import Any

import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.areas import AreaSet
from geo.model import Area, AreaKind, Point, Precision
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
    DutyKind,
    Finding,
    Grade,
    Identifier,
    Instalment,
    Lead,
    NamesakeRuling,
    NamesakeVerdict,
    Outcome,
    OutcomeKind,
    Place,
    PlaceKind,
    SecretText,
    Situation,
    Team,
    TeamId,
    Verdict,
    VisitBand,
)
from routes.planning import MaxIterations, solve
from routes.planning.fairness import default_fairness
from routes.planning.policy import default_policy
from routes.planning.prepare import build_problem
from routes.planning.recheck import recheck
from routes.planning.validate import violations
from routes.rules import (
    RULES,
    check_case,
    check_claim,
    check_duty,
    check_lead,
    check_visit,
)
from tests.fakes import MemoryCases
from tests.routes.planning.test_prepare import CREW, DAY, NOW, Plain, _field, _weekly
from tests.routes.rules.samples import (
    CASE,
    CHECKPOINT,
    CLAIM,
    DEBTOR,
    LOCAL,
    PROFILE,
    TEAM,
)

_OF_A_MINOR = "99010120130101" + "0019"
_DAYS = st.integers(-40, 40).map(lambda days: DAY + timedelta(days=days))
_CASES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*CaseKind, CaseKind.ADMINISTRATIVE]),
        "status": st.sampled_from([*CaseStatus, *[CaseStatus.ACTIVE] * 4]),
        "basis_document": st.sampled_from(["文书", "文书", "文书", "", None]),
        "basis_served_on": st.none() | _DAYS,
        "performance_due_on": st.none() | _DAYS,
        "notice_sent_on": st.none() | _DAYS,
        "grade": st.sampled_from(Grade),
        "contact_logged_on": st.none() | _DAYS,
        "paused_until": st.sampled_from([None] * 4) | _DAYS,
        "major_matter": st.booleans(),
        "vulnerable": st.sampled_from([(), (), ("minor_alone",), ("elderly", "ill")]),
        "objection_pending": st.booleans(),
        "instalments": st.sampled_from([()] * 4)
        | st.lists(st.builds(Instalment, _DAYS, st.none() | _DAYS), min_size=1, max_size=3).map(
            tuple
        ),
    }
)
_CLAIMS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(PlaceKind),
        "basis": st.sampled_from(["回执", "回执", " ", None]),
        "identifiers": st.frozensets(st.sampled_from(Identifier)),
        "seen_on": _DAYS,
        "expires_on": st.none() | _DAYS,
        "military_site": st.sampled_from([False, False, False, True]),
        "ruling": st.sampled_from(
            [
                None,
                None,
                None,
                *(NamesakeRuling(each, frozenset({Identifier.KIN})) for each in NamesakeVerdict),
            ]
        ),
    }
)
_DEBTORS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(DebtorKind),
        "needs_female_officer": st.booleans(),
        "situation": st.sampled_from([None, *Situation, *[Situation.ORDINARY] * 5]),
        "identifiers": st.frozensets(st.sampled_from([Identifier.NAME, Identifier.ID_NUMBER])),
        "id_number": st.sampled_from([None, SecretText("123"), SecretText(_OF_A_MINOR)]),
    }
)
_LEADS = st.lists(st.tuples(_DAYS, st.booleans(), st.sampled_from(VisitBand)), max_size=1)
_CREWS = st.lists(
    st.builds(
        lambda officers, skills, outsiders, recorders: replace(
            TEAM, officers=officers, skills=skills, outsiders=outsiders, recorders=recorders
        ),
        st.integers(1, 3),
        st.frozensets(
            st.sampled_from(["licence", "recorder", "female_officer", "judicial_police"])
        ),
        st.sampled_from([0, 0, 1]),
        st.sampled_from([1, 1, 0]),
    ),
    max_size=2,
)
_OUTCOMES = st.lists(
    st.tuples(st.sampled_from(OutcomeKind), st.sampled_from(VisitBand), st.floats(0.1, 90.0)),
    max_size=3,
)
_FILES = st.lists(
    st.tuples(
        _CASES,
        st.lists(st.tuples(_CLAIMS, _OUTCOMES), max_size=3),
        _DEBTORS,
        _LEADS,
    ),
    min_size=4,
    max_size=8,
)


def _district(files: list[Any]) -> MemoryCases:
    cases: list[Case] = []
    debtors: list[Debtor] = []
    claims: list[AddressClaim] = []
    outcomes: list[Outcome] = []
    leads: list[Lead] = []
    for n, (facts, addresses, person, hints) in enumerate(files, start=1):
        case = replace(
            CASE, id=CaseId(f"C{n}"), number=CaseNumber(2026, "闽0599", "执", n), **facts
        )
        debtor = replace(
            DEBTOR,
            id=DebtorId(f"D{n}"),
            case_id=case.id,
            **person,
        )
        cases.append(case)
        debtors.append(debtor)
        leads += [
            Lead(
                f"L{n}",
                debtor.id,
                "示例网格",
                NOW - timedelta(days=50),
                datetime.combine(until, time(), LOCAL),
                band=band,
                withdrawn=gone,
            )
            for until, gone, band in hints
        ]
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
    return MemoryCases(cases, debtors, claims, outcomes, leads)


_PART_OF_IT = AreaSet(
    [Area("350504", "示例区", AreaKind.JURISDICTION, shapely.box(118.61, 24.0, 119.0, 26.0))]
)

# What a visit or duty can break; A5, A8, B6 and B8 block an asset, what was typed of a step,
# a closing, what is carried.
_BLOCKING = frozenset(
    rule.id for rule in RULES.values() if rule.id[0] in "ABNT" and Verdict.BLOCK in rule.verdicts
) - {"A5", "A8", "B6", "B8"}


def test_no_plan_holds_a_blocked_visit_and_every_rule_that_blocks_one_was_met() -> None:
    met: set[str] = set()

    @settings(
        deadline=None,
        max_examples=70,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=True,
    )
    @given(_FILES, _CREWS, st.sampled_from([DAY, date(2026, 10, 1)]), st.integers(0, 3))
    def tried(files: list[Any], crews: list[Team], first: date, seed: int) -> None:
        store = _district(files)
        teams = [replace(team, id=TeamId(f"T{n}")) for n, team in enumerate(crews, start=2)]
        field = _field(
            teams=(CREW, *teams),
            shifts={team.id: _weekly(6, 23) for team in (CREW, *teams)},
        )
        now = datetime.combine(first - timedelta(days=1), time(10), LOCAL)
        problem = build_problem(
            problem_id="P",
            days=(first, first + timedelta(days=1)),
            now=now,
            cases=store,
            field=field,
            travel=Plain(),
            calendar=WorkCalendar(),
            parameters=default_parameters(),
            profile=PROFILE,
            fairness=default_fairness(),
            policy=default_policy(),
            areas=_PART_OF_IT,
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
            now=now,
            areas=_PART_OF_IT,
        )
        assert not [one for one in said if one.verdict == "block"]
        assert all(0.0 <= option.p_found <= 1.0 for option in problem.options)
        met.update(_blocks(store, (None, CREW, *teams), first))

    tried()
    assert _BLOCKING - met == set()


def _blocks(store: MemoryCases, teams: Sequence[Team | None], day: date) -> Iterator[str]:
    """Yield the rules that forbid some visit, duty or lead of a district, at any hour."""
    case_of = {case.id: case for case in store.cases()}
    debtor_of = {debtor.id: debtor for debtor in store.debtors()}
    said: list[Finding] = []
    for lead in store.leads():
        said += check_lead(lead, at=NOW, profile=PROFILE)
    for claim, team in product(store.claims(), teams):
        debtor = debtor_of[claim.debtor_id]
        case = case_of[debtor.case_id]
        said += check_case(case, debtor, (claim,), on=day, profile=PROFILE)
        said += check_claim(case, debtor, claim, on=day, profile=PROFILE)
        for on, hour in ((day, 10), (day, 23), (date(2027, 1, 4), 10)):
            said += check_visit(
                case,
                debtor,
                claim,
                team,
                starts_at=datetime.combine(on, time(hour), LOCAL),
                calendar=WorkCalendar(),
                profile=PROFILE,
            )
    handover = replace(CHECKPOINT, kind=DutyKind.HANDOVER)
    for team in teams:
        said += check_duty(handover, team, named=None, profile=PROFILE)
    yield from (one.rule for one in said if one.verdict is Verdict.BLOCK)
