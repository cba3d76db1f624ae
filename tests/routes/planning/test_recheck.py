"""A finished plan against stores that have moved on since it was made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pytest
import shapely

from geo.areas import AreaSet
from geo.model import Area, AreaKind, Point, Precision
from routes.calendar import DayKind, DayOverride, WorkCalendar
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    CaseKind,
    CaseStatus,
    Checkpoint,
    Debtor,
    DebtorKind,
    EscortHours,
    Grade,
    Place,
)
from routes.people import People
from routes.planning.problem import (
    Matrix,
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    PlanPlace,
    PlanTeam,
    Problem,
    Route,
    Stop,
    StopKind,
    TimeBand,
    WorkShift,
)
from routes.planning.recheck import recheck
from routes.rules import RULES
from tests.fakes import MemoryCases, MemoryField
from tests.routes.rules.samples import CASE, CHECKPOINT, CLAIM, DEBTOR, LOCAL, POINT, PROFILE, TEAM

DAY = date(2026, 11, 26)  # a Thursday
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=LOCAL)
DUTY = "K1-20261126-1500"
VISIT = Stop(StopKind.VISIT, "o1", "door", 32400, 32400, 34200, 1.0)


def _problem() -> Problem:
    zero = np.zeros((2, 2))
    return Problem(
        id="P",
        places=(PlanPlace("base", 118.6, 24.9), PlanPlace("door", POINT.lon, POINT.lat)),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", zero, zero.copy()),),
        teams=(PlanTeam("T1", 2, TEAM.skills, "car"),),
        shifts=(WorkShift("s1", "T1", DAY, 28800, 64800, "base", "base"),),
        options=(Option("o1", "D1", "door", DAY, 32400, 32400, 1800, 1.0, 0.5, claim="A1"),),
        duties=(PlanDuty(DUTY, "checkpoint", "base", DAY, 54000, 54000, 3600),),
    )


def _plan(*stops: Stop, day: date = DAY) -> Plan:
    route = Route("s1", "T1", day, 32400, 60000, stops or (VISIT,), 0, 0)
    return Plan("P", "alns", 1, 1, 1.0, (route,))


def _field(**changes: Any) -> MemoryField:
    hours = (EscortHours(3, time(15), time(16), 1),)
    parts: dict[str, Any] = {
        "teams": (TEAM,),
        "checkpoints": (Checkpoint("K1", "东站", "rail", POINT),),
        "duty_hours": {"K1": hours},
        "duty_basis": {"K1": CHECKPOINT.basis},
    }
    return MemoryField(**{**parts, **changes})


def _cases(case: Case = CASE, debtor: Debtor = DEBTOR, claim: AddressClaim = CLAIM) -> MemoryCases:
    return MemoryCases([case], [debtor], [claim])


class Loose(MemoryCases):
    """Holds debtors without their cases, as no database would."""

    def people(self, debtor_ids: Iterable[str], *, claim_ids: Iterable[str] = ()) -> People:
        return replace(super().people(debtor_ids, claim_ids=claim_ids), cases={})


def _district(west: float, kind: AreaKind = AreaKind.JURISDICTION) -> AreaSet:
    return AreaSet([Area("1", "示例区", kind, shapely.box(west, 24.0, 119.0, 26.0))])


AT_HOME = _district(118.0)


def _said(
    plan: Plan | None = None,
    *,
    cases: MemoryCases | None = None,
    field: MemoryField | None = None,
    **changes: Any,
) -> list[tuple[str, str, str]]:
    found = _found(plan, cases=cases, field=field, **changes)
    assert len(set(found)) == len(found)
    assert all(finding.citation and "%(" not in finding.text for finding in found)
    assert all(finding.verdict in RULES[finding.rule].verdicts for finding in found)
    return [(finding.rule, finding.verdict, finding.subject) for finding in found]


def _found(
    plan: Plan | None,
    *,
    cases: MemoryCases | None,
    field: MemoryField | None,
    now: datetime = NOW,
    areas: AreaSet | None = AT_HOME,
) -> tuple[PlanFinding, ...]:
    return recheck(
        _problem(),
        _plan() if plan is None else plan,
        cases=_cases() if cases is None else cases,
        field=_field() if field is None else field,
        calendar=WorkCalendar(),
        profile=PROFILE,
        now=now,
        areas=areas,
    )


def test_a_plan_in_order_has_no_finding() -> None:
    assert _said() == []


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        (_cases(replace(CASE, status=CaseStatus.SETTLED)), ("A3", "block", "case:C1")),
        (_cases(replace(CASE, status=CaseStatus.STAYED)), ("A3", "block", "case:C1")),
        (_cases(replace(CASE, status=CaseStatus.BANKRUPTCY)), ("A4", "block", "case:C1")),
        (_cases(replace(CASE, grade=Grade.RED)), ("N2", "block", "case:C1")),
        (_cases(replace(CASE, major_matter=True)), ("A6", "sign_off", "case:C1")),
        (_cases(claim=replace(CLAIM, expires_on=NOW.date())), ("P5", "block", "claim:A1")),
        (_cases(claim=replace(CLAIM, basis=None)), ("N7", "block", "claim:A1")),
        (_cases(debtor=replace(DEBTOR, needs_female_officer=True)), ("B4", "block", "visit:o1")),
        (MemoryCases([CASE], [DEBTOR]), ("P5", "block", "claim:A1")),
        (Loose([CASE], [DEBTOR], [CLAIM]), ("P5", "block", "case:C1")),
    ],
)
def test_what_changed_since_planning_is_found(
    cases: MemoryCases, expected: tuple[str, str, str]
) -> None:
    assert _said(cases=cases) == [expected]


def test_what_is_no_longer_stored_is_forbidden() -> None:
    assert _said(cases=MemoryCases()) == [
        ("P5", "block", "debtor:D1"),
        ("P5", "block", "claim:A1"),
    ]
    assert _said(_plan(replace(VISIT, ref="o9"))) == [("P1", "block", "visit:o9")]
    gone = _said(field=_field(teams=()))
    assert ("B1", "block", "team:T1") in gone
    assert ("B2", "block", "visit:o1") in gone


def test_an_address_that_went_to_another_debtor_is_found_once() -> None:
    other = replace(CASE, id=CaseId("C2"), number=replace(CASE.number, seq=2))
    elsewhere = replace(DEBTOR, id=type(DEBTOR.id)("D2"), case_id=other.id)
    claim = replace(CLAIM, debtor_id=elsewhere.id)
    cases = MemoryCases([CASE, other], [DEBTOR, elsewhere], [claim])
    assert _said(cases=cases) == [("P1", "block", "claim:A1")]


def test_a_team_that_lost_its_licence_is_found() -> None:
    field = _field(teams=(replace(TEAM, skills=frozenset({"recorder"})),))
    assert _said(field=field) == [("B1", "block", "visit:o1")]


@pytest.mark.parametrize(("kind", "rule"), [(CaseKind.LOAN, "T1"), (CaseKind.ADMINISTRATIVE, "T2")])
def test_a_visit_into_the_night_is_found(kind: CaseKind, rule: str) -> None:
    late = replace(VISIT, arrival_s=74400, start_s=74400, departure_s=76200)  # 20:40 to 21:10
    verdict = "sign_off" if rule == "T1" else "block"
    cases = _cases(replace(CASE, kind=kind))
    assert _said(_plan(late), cases=cases) == [(rule, verdict, "visit:o1")]


def test_a_duty_for_a_debtor_who_settled_or_is_gone_is_blocked() -> None:
    duty = _plan(Stop(StopKind.DUTY, DUTY, "base", 54000, 54000, 57600))
    settled = _cases(replace(CASE, status=CaseStatus.SETTLED))
    assert ("A3", "block", "case:C1") in _said(duty, cases=settled)
    gone = _said(duty, cases=MemoryCases([], [], []))
    assert ("L4", "block", f"duty:{DUTY}") in gone
    of_company = _cases(debtor=replace(DEBTOR, kind=DebtorKind.COMPANY))
    assert ("L4", "block", f"duty:{DUTY}") in _said(duty, cases=of_company)


def test_a_duty_at_night_is_signed_or_barred_by_its_case() -> None:
    night = "K1-20261126-2200"
    duty = _plan(Stop(StopKind.DUTY, night, "base", 79_200, 79_200, 82_800))
    field = _field(duty_hours={"K1": (EscortHours(3, time(22), time(23), 1),)})
    assert ("T1", "sign_off", f"duty:{night}") in _said(duty, field=field)
    administrative = _cases(replace(CASE, kind=CaseKind.ADMINISTRATIVE))
    assert ("T2", "block", f"duty:{night}") in _said(duty, cases=administrative, field=field)


def test_a_duty_without_basis_asks_for_a_signature() -> None:
    duty = Stop(StopKind.DUTY, DUTY, "base", 54000, 54000, 57600)
    subject, basis = f"duty:{DUTY}", CHECKPOINT.basis
    assert basis is not None
    assert _said(_plan(duty)) == [("L4", "checklist", subject)]
    without = _field(duty_basis={"K1": replace(basis, ends_on=None)})
    assert _said(_plan(duty), field=without) == [
        ("L4", "checklist", subject),
        ("L6", "sign_off", subject),
    ]
    assert ("L4", "block", subject) in _said(_plan(duty), field=_field(duty_basis={}))
    alone = _field(teams=(replace(TEAM, officers=1),))
    assert ("B2", "block", subject) in _said(_plan(duty), field=alone)
    assert _said(_plan(duty), field=_field(duty_hours={})) == [("L6", "block", subject)]


def test_a_route_of_an_earlier_day_is_held_to_today_too() -> None:
    cases = _cases(claim=replace(CLAIM, expires_on=DAY))
    assert _said(cases=cases) == []
    after = datetime(2026, 11, 27, 0, 30, tzinfo=LOCAL)
    assert _said(cases=cases, now=after) == [("P5", "block", "claim:A1")]
    paused = _cases(replace(CASE, paused_until=DAY))
    assert _said(cases=paused, now=after) == [("N5", "block", "case:C1")]


UNKNOWN = date(2027, 3, 1)
"""A day that no calendar knows yet."""


def test_a_day_that_no_calendar_knows_is_forbidden_until_a_signed_one_is_loaded() -> None:
    now = datetime.combine(UNKNOWN, time(1), LOCAL)
    plan, fresh = _plan(day=UNKNOWN), _cases(claim=replace(CLAIM, seen_on=UNKNOWN))
    assert _said(plan, cases=fresh, now=now) == [("T3", "block", "visit:o1")]
    signed = WorkCalendar([DayOverride(UNKNOWN, DayKind.WORKDAY, "院长", NOW.date())])
    found = recheck(
        _problem(),
        plan,
        cases=fresh,
        field=_field(),
        calendar=signed,
        profile=PROFILE,
        now=now,
        areas=AT_HOME,
    )
    assert found == ()


OUTSIDE = [("A8", "warn", "visit:o1"), ("A7", "sign_off", "visit:o1")]
"""Nobody looked up in which province the place is."""


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        (_district(118.0), []),
        (_district(118.9), OUTSIDE),
        (_district(118.0, AreaKind.TOWNSHIP), OUTSIDE),
        (None, OUTSIDE),
    ],
    ids=["inside", "outside", "no-jurisdiction", "no-areas"],
)
def test_a_visit_outside_the_district_is_named(
    areas: AreaSet | None, expected: list[tuple[str, str, str]]
) -> None:
    assert _said(areas=areas) == expected


@pytest.mark.parametrize(
    ("county", "expected"),
    [("350521", OUTSIDE[:1]), ("330102", OUTSIDE), ("X1", OUTSIDE)],
    ids=["same-province", "other-province", "unknown-code"],
)
def test_the_county_that_holds_a_place_says_in_which_province_it_is(
    county: str, expected: list[tuple[str, str, str]]
) -> None:
    areas = AreaSet(
        [
            Area("350504", "示例区", AreaKind.JURISDICTION, shapely.box(118.9, 24.0, 119.0, 26.0)),
            Area(county, "示例县", AreaKind.COUNTY, shapely.box(118.0, 24.0, 118.8, 26.0)),
        ]
    )
    assert _said(areas=areas) == expected


def test_a_missing_boundary_is_told_with_the_cure() -> None:
    found = _found(None, cases=None, field=None, areas=None)
    assert all("导入辖区" in each.text and "fieldwrit import areas" in each.text for each in found)


def test_the_place_is_where_the_plan_goes() -> None:
    moved = Place(Point(118.95, 24.95), Precision.DOOR, 0.9)
    cases = _cases(claim=replace(CLAIM, place=moved))
    assert _said(cases=cases, areas=_district(118.9)) == OUTSIDE
