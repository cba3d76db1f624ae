from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routes.calendar import WorkCalendar
from routes.errors import ValueRangeError
from routes.model import (
    CaseKind,
    CaseStatus,
    DebtorKind,
    Grade,
    Identifier,
    Instalment,
    Situation,
    Team,
    TeamId,
)
from routes.rules.fixes import (
    FixKind,
    LawfulVisit,
    VisitAsk,
    cheapest_fix,
    open_findings,
)
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, LOCAL, POINT, PROFILE, TEAM, TODAY

CALENDAR = WorkCalendar()


def _ask(hour: int = 10, **changes: object) -> VisitAsk:
    starts_at = datetime.combine(TODAY, time(hour), tzinfo=LOCAL)
    ask = VisitAsk(
        CASE, DEBTOR, CLAIM, TEAM, starts_at, starts_at + timedelta(minutes=30), inside=True
    )
    return replace(ask, **changes)  # type: ignore[arg-type]


def _fixed(ask: VisitAsk, **more: object) -> LawfulVisit | None:
    found = cheapest_fix(ask, calendar=CALENDAR, profile=PROFILE, **more)  # type: ignore[arg-type]
    return found if isinstance(found, LawfulVisit) else None


def test_a_lawful_visit_needs_no_change() -> None:
    found = _fixed(_ask())
    assert found is not None
    assert found.fixes == ()
    assert found.cost_min == 0


@pytest.mark.parametrize(
    ("ask", "kind", "rule"),
    [
        (_ask(hour=5), FixKind.HOUR, "T1"),
        (_ask(hour=23), FixKind.HOUR, "T1"),
        (_ask(team=replace(TEAM, officers=1)), FixKind.CREW, "B2"),
        (_ask(team=None), FixKind.CREW, "B1"),
        (_ask(debtor=replace(DEBTOR, needs_female_officer=True)), FixKind.CREW, "B4"),
        (_ask(case=replace(CASE, grade=Grade.WHITE)), FixKind.CONTACT, "N3"),
        (_ask(case=replace(CASE, major_matter=True)), FixKind.APPROVAL, "A6"),
        (_ask(case=replace(CASE, vulnerable=("elderly",))), FixKind.APPROVAL, "E3"),
        (_ask(case=replace(CASE, basis_document=None)), FixKind.RECORD, "A1"),
        (_ask(case=replace(CASE, performance_due_on=TODAY)), FixKind.DAY, "A1"),
        (_ask(team=replace(TEAM, outsiders=1)), FixKind.CREW, "B5"),
        (_ask(inside=False, other_province=None), FixKind.COURT, "A7"),
        (_ask(inside=None), FixKind.RECORD, "A7"),
        (_ask(case=replace(CASE, objection_pending=True)), FixKind.APPROVAL, "A5"),
        (_ask(debtor=replace(DEBTOR, situation=Situation.IMPRISONED)), FixKind.COURT, "A10"),
        (_ask(claim=replace(CLAIM, military_site=True)), FixKind.COURT, "A9"),
        (
            _ask(case=replace(CASE, instalments=(Instalment(TODAY + timedelta(days=1)),))),
            FixKind.DAY,
            "N5",
        ),
        (_ask(claim=replace(CLAIM, identifiers=frozenset())), FixKind.IDENTITY, "N1"),
        (_ask(claim=replace(CLAIM, basis=" ")), FixKind.RECORD, "N7"),
        (_ask(claim=replace(CLAIM, expires_on=TODAY - timedelta(days=1))), FixKind.RECORD, "P5"),
        (_ask(case=replace(CASE, paused_until=TODAY + timedelta(days=2))), FixKind.DAY, "N5"),
    ],
)
def test_one_change_cures_one_fault(ask: VisitAsk, kind: FixKind, rule: str) -> None:
    found = _fixed(ask)
    assert found is not None
    assert [(fix.kind, fix.rule) for fix in found.fixes] == [(kind, rule)]
    assert open_findings(found.ask, calendar=CALENDAR, profile=PROFILE) == ()


@pytest.mark.parametrize(
    "case",
    [
        replace(CASE, grade=Grade.RED),
        replace(CASE, status=CaseStatus.ENDED),
        replace(CASE, status=CaseStatus.BANKRUPTCY),
        replace(CASE, paused_until=TODAY + timedelta(days=200)),
    ],
)
def test_some_visits_no_change_makes_lawful(case: object) -> None:
    assert _fixed(_ask(case=case)) is None


def test_another_team_goes_before_more_officers() -> None:
    other = Team(TeamId("T2"), "执行二组", 2, frozenset({"licence", "recorder"}), "car", POINT)
    found = _fixed(_ask(team=replace(TEAM, officers=1)), teams=[other])
    assert found is not None
    assert found.ask.team == other


def test_night_on_an_administrative_case_is_never_signed_away() -> None:
    found = _fixed(_ask(hour=22, case=replace(CASE, kind=CaseKind.ADMINISTRATIVE)))
    assert found is not None
    assert [fix.kind for fix in found.fixes] == [FixKind.HOUR]
    local = found.ask.ends_at.astimezone(LOCAL)
    assert local.time() <= time(21)


CASES = st.builds(
    lambda doc, grade, due_d, major, kind, status: replace(
        CASE,
        basis_document=doc,
        grade=grade,
        performance_due_on=TODAY + timedelta(days=due_d),
        major_matter=major,
        kind=kind,
        status=status,
    ),
    st.sampled_from(["文书1号", None]),
    st.sampled_from(Grade),
    st.integers(-3, 3),
    st.booleans(),
    st.sampled_from([CaseKind.LOAN, CaseKind.ADMINISTRATIVE]),
    st.sampled_from([CaseStatus.ACTIVE, CaseStatus.STAYED, CaseStatus.PAUSED]),
)
CLAIMS = st.builds(
    lambda basis, ids: replace(CLAIM, basis=basis, identifiers=ids),
    st.sampled_from(["回执", ""]),
    st.frozensets(st.sampled_from([Identifier.KIN, Identifier.NAME])),
)
TEAMS = st.builds(
    lambda officers, skills: replace(TEAM, officers=officers, skills=skills),
    st.integers(1, 3),
    st.frozensets(st.sampled_from(["licence", "recorder"])),
)


@settings(deadline=None, max_examples=120)
@given(CASES, CLAIMS, st.none() | TEAMS, st.integers(0, 23))
def test_what_is_proposed_is_lawful_and_no_part_of_it_is_idle(
    case: object, claim: object, team: object, hour: int
) -> None:
    ask = _ask(hour, case=case, claim=claim, team=team)
    found = _fixed(ask)
    if found is None:
        assert open_findings(ask, calendar=CALENDAR, profile=PROFILE)
        return
    assert open_findings(found.ask, calendar=CALENDAR, profile=PROFILE) == ()
    before = {one.rule for one in open_findings(ask, calendar=CALENDAR, profile=PROFILE)}
    for fix in found.fixes:
        if fix.kind is not FixKind.HOUR and fix.kind is not FixKind.DAY:
            assert fix.rule in before
    assert len(set(found.fixes)) == len(found.fixes)
    assert (found.cost_min == 0) == (not before)


@settings(deadline=None, max_examples=40)
@given(CASES, CLAIMS, TEAMS)
def test_nothing_cheaper_of_its_own_changes_is_enough(
    case: object, claim: object, team: object
) -> None:
    """Leaving out any changes leaves something open: each fix changes one field."""
    ask = _ask(10, case=case, claim=claim, team=team)
    found = _fixed(ask)
    if found is None:
        return
    names = [
        name
        for name in ("case", "claim", "team", "starts_at", "signed")
        if getattr(found.ask, name) != getattr(ask, name)
    ]
    for some in (few for size in range(len(names)) for few in combinations(names, size)):
        moved = {name: getattr(found.ask, name) for name in some}
        if "starts_at" in moved:
            moved["ends_at"] = found.ask.ends_at
        tried = replace(ask, **moved)
        assert open_findings(tried, calendar=CALENDAR, profile=PROFILE)


def test_moments_need_a_zone_and_an_order() -> None:
    naive = datetime(2026, 11, 25, 10)  # noqa: DTZ001
    with pytest.raises(ValueRangeError):
        _ask(starts_at=naive)
    with pytest.raises(ValueRangeError):
        _ask(ends_at=datetime(2026, 11, 25, 9, tzinfo=LOCAL))


def test_what_bars_the_case_bars_it_for_whoever_goes() -> None:
    """Entrusting a place abroad or an institution cures no red list and no running promise."""
    held = replace(DEBTOR, situation=Situation.IMPRISONED)
    found = _fixed(_ask(debtor=held))
    assert found is not None
    assert [fix.rule for fix in found.fixes] == ["A10"]
    assert _fixed(_ask(debtor=held, case=replace(CASE, grade=Grade.RED))) is None


def test_a_company_known_by_name_can_be_told_apart_otherwise() -> None:
    company = replace(DEBTOR, kind=DebtorKind.COMPANY, identifiers=frozenset({Identifier.NAME}))
    own = replace(CLAIM, identifiers=frozenset({Identifier.CREDIT_CODE}))
    found = _fixed(_ask(debtor=company, claim=own))
    assert found is not None
    assert [fix.kind for fix in found.fixes] == [FixKind.IDENTITY]
