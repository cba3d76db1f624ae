from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routes.calendar import DayKind, DayOverride, WorkCalendar
from routes.errors import ValueRangeError
from routes.measures import Act, ActKind, Measure, MeasureKind, PoliceGear, StepId
from routes.model import (
    Case,
    CaseKind,
    Debtor,
    DebtorId,
    DebtorKind,
    DutyBasis,
    DutyKind,
    Identifier,
    PlaceKind,
    SecretText,
    Team,
    Verdict,
)
from routes.needs import measure_needs
from routes.rules import (
    RULES,
    check_district,
    check_duty,
    check_duty_hours,
    check_step,
    check_step_crew,
    check_visit,
    duty_needs,
    lawful_windows,
    visit_needs,
)
from routes.rules.signoffs import Role

from .samples import CASE, CHECKPOINT, CLAIM, DEBTOR, LOCAL, POINT, PROFILE, TEAM, TODAY, WHEN

CALENDAR = WorkCalendar()
ADMINISTRATIVE = replace(CASE, kind=CaseKind.ADMINISTRATIVE)
HOLIDAY = datetime(2026, 10, 1, 10, 0, tzinfo=LOCAL)


def said(
    case: Case = CASE,
    debtor: Debtor = DEBTOR,
    team: Team | None = TEAM,
    starts_at: datetime = WHEN,
    ends_at: datetime | None = None,
) -> list[tuple[str, Verdict]]:
    findings = check_visit(
        case,
        debtor,
        CLAIM,
        team,
        starts_at=starts_at,
        ends_at=ends_at,
        calendar=CALENDAR,
        profile=PROFILE,
        visit_id="V1",
    )
    assert all(finding.subject == "visit:V1" for finding in findings)
    return [(finding.rule, finding.verdict) for finding in findings]


def test_a_visit_in_order_has_no_finding() -> None:
    assert said() == []


def test_visit_without_id_is_named_by_its_claim() -> None:
    (first, *_) = check_visit(
        CASE, DEBTOR, CLAIM, None, starts_at=WHEN, calendar=CALENDAR, profile=PROFILE
    )
    assert first.subject == "visit:A1"


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("B1", {"skills": frozenset({"recorder"})}),
        ("B2", {"officers": 1}),
        ("B5", {"outsiders": 1}),
        ("B7", {"skills": frozenset({"licence"})}),
        ("B7", {"recorders": 0}),
    ],
)
def test_crew_that_lacks_something_is_blocked(rule: str, changes: dict[str, Any]) -> None:
    assert said(team=replace(TEAM, **changes)) == [(rule, Verdict.BLOCK)]


def test_no_team_fails_every_crew_rule() -> None:
    debtor = replace(DEBTOR, needs_female_officer=True)
    assert {rule for rule, _ in said(debtor=debtor, team=None)} == {"B1", "B2", "B4", "B7"}


def test_female_officer_only_where_needed() -> None:
    debtor = replace(DEBTOR, needs_female_officer=True)
    assert said(debtor=debtor) == [("B4", Verdict.BLOCK)]
    assert said(debtor=debtor, team=replace(TEAM, skills=TEAM.skills | {"female_officer"})) == []


@pytest.mark.parametrize(
    ("clock", "open_"),
    [((6, 59, 59), False), ((7, 0, 0), True), ((20, 59, 59), True), ((21, 0, 0), False)],
)
def test_hours_at_both_ends(clock: tuple[int, int, int], open_: bool) -> None:
    hour, minute, second = clock
    at = WHEN.replace(hour=hour, minute=minute, second=second)
    assert said(starts_at=at) == ([] if open_ else [("T1", Verdict.SIGN_OFF)])
    assert said(ADMINISTRATIVE, starts_at=at) == ([] if open_ else [("T2", Verdict.BLOCK)])


@pytest.mark.parametrize(
    ("minutes", "open_"), [(0, True), (60, True), (61, False), (240, False)], ids=str
)
def test_the_end_lies_in_the_hours_too(minutes: int, open_: bool) -> None:
    at = WHEN.replace(hour=20)
    until = at + timedelta(minutes=minutes)
    assert said(starts_at=at, ends_at=until) == ([] if open_ else [("T1", Verdict.SIGN_OFF)])
    blocked = said(ADMINISTRATIVE, starts_at=at, ends_at=until)
    assert blocked == ([] if open_ else [("T2", Verdict.BLOCK)])


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValueRangeError):
        said(ends_at=WHEN - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("inside", "other_province", "expected"),
    [
        (True, None, []),
        (True, False, []),
        (False, False, [("A8", Verdict.WARN)]),
        (False, True, [("A8", Verdict.WARN), ("A7", Verdict.SIGN_OFF)]),
        (False, None, [("A8", Verdict.WARN), ("A7", Verdict.SIGN_OFF)]),
        (None, None, [("A8", Verdict.WARN), ("A7", Verdict.SIGN_OFF)]),
        (None, False, [("A8", Verdict.WARN)]),
    ],
)
def test_a_visit_outside_the_district_is_named(
    inside: bool | None, other_province: bool | None, expected: list[tuple[str, Verdict]]
) -> None:
    found = check_district("V1", inside=inside, other_province=other_province, profile=PROFILE)
    assert [(finding.rule, finding.verdict) for finding in found] == expected
    assert all(finding.subject == "visit:V1" for finding in found)
    assert all("福建省高级人民法院" in str(f.message) for f in found if f.rule == "A7")
    assert RULES["A7"].signed_by is Role.HIGH_COURT


STEP_TEAM = replace(
    TEAM, skills=TEAM.skills | {"judicial_police", "female_officer"}, officers=4, recorders=2
)


LOOKED_INTO = {"woman_searched": False, "police_gear": PoliceGear.NONE}


def step_said(
    kind: MeasureKind, team: Team | None = STEP_TEAM, **changes: Any
) -> list[tuple[str, Verdict]]:
    step = Measure(StepId("S1"), kind, CASE.id, DEBTOR.id, **(LOOKED_INTO | changes))
    found = check_step_crew(step, team, profile=PROFILE)
    assert all(finding.subject == "step:S1" for finding in found)
    assert all(finding.verdict in RULES[finding.rule].verdicts for finding in found)
    return [(f.rule, f.verdict) for f in found if f.verdict is not Verdict.CHECKLIST]


@pytest.mark.parametrize("kind", MeasureKind)
def test_the_crew_that_a_step_needs_may_take_it(kind: MeasureKind) -> None:
    needs = measure_needs(Measure(StepId("S1"), kind, CASE.id, DEBTOR.id), DebtorKind.PERSON)
    team = Team(TEAM.id, "示例", needs.officers, needs.skills, "car", POINT, needs.recorders)
    assert step_said(kind, team) == []


POLICE_BLOCK, POLICE_SIGN = [("B3", Verdict.BLOCK)], [("B3", Verdict.SIGN_OFF)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (MeasureKind.VISIT, []),
        (MeasureKind.SERVICE, []),
        (MeasureKind.LIVE_SEIZURE, []),
        (MeasureKind.SEIZURE, []),
        (MeasureKind.SEARCH, POLICE_SIGN),
        (MeasureKind.SUMMONS, POLICE_SIGN),
        (MeasureKind.EVICTION, POLICE_SIGN),
        (MeasureKind.DETENTION, POLICE_BLOCK),
    ],
)
def test_compulsion_without_judicial_police(
    kind: MeasureKind, expected: list[tuple[str, Verdict]]
) -> None:
    assert step_said(kind, replace(STEP_TEAM, skills=TEAM.skills)) == expected


@pytest.mark.parametrize("kind", MeasureKind)
@pytest.mark.parametrize("units", [0, 1, 2])
def test_two_recording_units_where_property_or_a_home_is_taken(
    kind: MeasureKind, units: int
) -> None:
    two = {
        MeasureKind.LIVE_SEIZURE,
        MeasureKind.SEIZURE,
        MeasureKind.SEARCH,
        MeasureKind.EVICTION,
    }
    enough = units >= (2 if kind in two else 1)
    expected = [] if enough else [("B7", Verdict.BLOCK)]
    assert step_said(kind, replace(STEP_TEAM, recorders=units)) == expected


def test_recording_is_announced_at_every_step() -> None:
    step = Measure(StepId("S1"), MeasureKind.SEARCH, CASE.id, DEBTOR.id, **LOOKED_INTO)
    found = check_step_crew(step, STEP_TEAM, profile=PROFILE)
    assert [(f.rule, f.verdict) for f in found] == [("B7", Verdict.CHECKLIST)]


def test_a_woman_is_searched_by_a_woman() -> None:
    skills = STEP_TEAM.skills - {"female_officer"}
    team = replace(STEP_TEAM, skills=skills)
    assert step_said(MeasureKind.SEARCH, team, woman_searched=True) == [("B4", Verdict.BLOCK)]
    assert step_said(MeasureKind.SEARCH, team) == []
    assert step_said(MeasureKind.SEARCH, woman_searched=True) == []
    assert step_said(MeasureKind.SEARCH, woman_searched=None) == [("B4", Verdict.BLOCK)]
    assert step_said(MeasureKind.SEIZURE, team, woman_searched=None) == []


def test_weapons_and_restraints_are_for_judicial_police() -> None:
    others, police = PoliceGear.BY_OTHERS, PoliceGear.BY_POLICE
    assert step_said(MeasureKind.VISIT, police_gear=others) == [("B8", Verdict.BLOCK)]
    assert step_said(MeasureKind.VISIT, police_gear=police) == []
    assert step_said(MeasureKind.VISIT, TEAM, police_gear=police) == [("B8", Verdict.BLOCK)]
    assert step_said(MeasureKind.VISIT, TEAM) == []
    assert step_said(MeasureKind.SUMMONS, police_gear=None) == [("B8", Verdict.BLOCK)]
    assert step_said(MeasureKind.SERVICE, police_gear=None) == []


def test_no_team_fails_every_crew_rule_of_a_step() -> None:
    said = step_said(
        MeasureKind.DETENTION, None, woman_searched=True, police_gear=PoliceGear.BY_POLICE
    )
    assert {rule for rule, _ in said} == {"B1", "B2", "B3", "B4", "B7", "B8"}


@pytest.mark.parametrize(
    ("closing", "act", "blocked"),
    [
        (False, None, False),
        (True, None, True),
        (True, Act(ActKind.RECORD_SIGNED, WHEN), False),
        (True, Act(ActKind.RECORD_SIGNED, WHEN + timedelta(seconds=1)), True),
    ],
)
def test_nothing_is_closed_without_a_signed_record(
    closing: bool, act: Act | None, blocked: bool
) -> None:
    acts = () if act is None else (act,)
    step = Measure(StepId("S1"), MeasureKind.VISIT, CASE.id, DEBTOR.id, acts=acts)
    found = check_step(step, DebtorKind.PERSON, at=WHEN, profile=PROFILE, closing=closing)
    expected = [("B6", Verdict.BLOCK, "step:S1")] if blocked else []
    assert [(f.rule, f.verdict, f.subject) for f in found] == expected


def test_holiday_asks_for_a_signature_and_blocks_administrative_cases() -> None:
    assert said(starts_at=HOLIDAY) == [("T1", Verdict.SIGN_OFF)]
    assert said(ADMINISTRATIVE, starts_at=HOLIDAY) == [("T2", Verdict.BLOCK)]
    assert said(starts_at=HOLIDAY.replace(day=4)) == []  # shifted rest, no statutory day


def test_start_is_read_in_local_time() -> None:
    assert said(starts_at=datetime(2026, 11, 25, 14, 0, tzinfo=UTC)) == [
        ("T1", Verdict.SIGN_OFF)
    ]  # 22:00 in Shanghai
    assert said(starts_at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC)) == []  # 07:30


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueRangeError):
        said(starts_at=datetime(2026, 11, 25, 10, 0))  # noqa: DTZ001


@pytest.mark.parametrize("case", [CASE, ADMINISTRATIVE])
def test_a_day_that_no_calendar_knows_is_closed(case: Case) -> None:
    last = WHEN.replace(month=12, day=31, hour=20)
    assert said(case, starts_at=last) == []
    unknown = last + timedelta(hours=14)  # 10:00 on 1 January
    assert said(case, starts_at=unknown) == [("T3", Verdict.BLOCK)]
    over = said(case, starts_at=last, ends_at=last + timedelta(hours=5))
    assert ("T3", Verdict.BLOCK) in over
    monday = unknown + timedelta(days=3)
    signed = WorkCalendar([DayOverride(monday.date(), DayKind.WORKDAY, "示例", TODAY)])
    found = check_visit(
        case, DEBTOR, CLAIM, TEAM, starts_at=monday, calendar=signed, profile=PROFILE
    )
    assert found == ()


@given(
    skills=st.frozensets(
        st.sampled_from(["licence", "recorder", "female_officer", "judicial_police", "dialect"])
    ),
    officers=st.integers(1, 4),
    female=st.booleans(),
)
def test_needs_are_what_the_crew_rules_ask_for(
    skills: frozenset[str], officers: int, female: bool
) -> None:
    debtor = replace(DEBTOR, needs_female_officer=female)
    team = replace(TEAM, skills=skills, officers=officers)
    needs = visit_needs(CASE, debtor, CLAIM, PROFILE)
    fits = needs.skills <= skills and needs.min_officers <= officers
    assert fits == (said(debtor=debtor, team=team) == [])


@given(
    day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    second=st.integers(0, 86399),
    kind=st.sampled_from(CaseKind),
    place=st.sampled_from(PlaceKind),
)
def test_windows_are_the_starts_without_finding(
    day: date, second: int, kind: CaseKind, place: PlaceKind
) -> None:
    case, claim = replace(CASE, kind=kind), replace(CLAIM, kind=place)
    starts_at = datetime(day.year, day.month, day.day, tzinfo=LOCAL) + timedelta(seconds=second)
    findings = check_visit(
        case, DEBTOR, claim, TEAM, starts_at=starts_at, calendar=CALENDAR, profile=PROFILE
    )
    windows = lawful_windows(case, claim, day, calendar=CALENDAR, profile=PROFILE)
    assert any(start <= second < end for start, end in windows) == (findings == ())


def test_windows_follow_signed_days() -> None:
    closed = WorkCalendar([DayOverride(TODAY, DayKind.HOLIDAY, "示例", TODAY)])
    assert lawful_windows(CASE, CLAIM, TODAY, calendar=closed, profile=PROFILE) == ()
    assert lawful_windows(CASE, CLAIM, TODAY, calendar=CALENDAR, profile=PROFILE) == (
        (7 * 3600, 21 * 3600),
    )


def duty_said(
    duty: Any, team: Team | None = TEAM, named: Debtor | None = DEBTOR
) -> list[tuple[str, Verdict]]:
    findings = check_duty(duty, team, named=named, profile=PROFILE)
    assert all(finding.subject == "duty:U1" for finding in findings)
    return [(finding.rule, finding.verdict) for finding in findings]


def test_checkpoint_always_carries_the_reminder() -> None:
    assert duty_said(CHECKPOINT) == [("L4", Verdict.CHECKLIST)]


@pytest.mark.parametrize("basis", [None, DutyBasis(" ", DEBTOR.id, "协助", "值班室", TODAY)])
def test_checkpoint_without_basis_is_blocked_and_needs_a_signature(
    basis: DutyBasis | None,
) -> None:
    assert duty_said(replace(CHECKPOINT, basis=basis)) == [
        ("L4", Verdict.BLOCK),
        ("L4", Verdict.CHECKLIST),
        ("L6", Verdict.SIGN_OFF),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"debtor_id": None}, [("L4", Verdict.BLOCK), ("L4", Verdict.CHECKLIST)]),
        ({"purpose": " "}, [("L4", Verdict.CHECKLIST), ("L6", Verdict.SIGN_OFF)]),
        ({"liaison": None}, [("L4", Verdict.CHECKLIST), ("L6", Verdict.SIGN_OFF)]),
        ({"ends_on": None}, [("L4", Verdict.CHECKLIST), ("L6", Verdict.SIGN_OFF)]),
        (
            {"ends_on": TODAY - timedelta(days=1)},
            [("L4", Verdict.CHECKLIST), ("L6", Verdict.BLOCK)],
        ),
    ],
)
def test_checkpoint_is_for_a_named_person_under_a_paper_in_force(
    changes: dict[str, Any], expected: list[tuple[str, Verdict]]
) -> None:
    assert CHECKPOINT.basis is not None
    duty = replace(CHECKPOINT, basis=replace(CHECKPOINT.basis, **changes))
    assert duty_said(duty) == expected


@pytest.mark.parametrize(
    ("named", "allowed"),
    [
        (DEBTOR, True),
        (replace(DEBTOR, identifiers=frozenset({Identifier.BIRTH_DATE})), True),
        (None, False),
        (replace(DEBTOR, id=DebtorId("D2")), False),
        (replace(DEBTOR, kind=DebtorKind.COMPANY), False),
        (replace(DEBTOR, identifiers=frozenset({Identifier.NAME})), False),
        (replace(DEBTOR, identifiers=frozenset({Identifier.CREDIT_CODE})), False),
        (replace(DEBTOR, id_number=SecretText("000000198005170124")), False),
    ],
    ids=[
        "number",
        "birth-date",
        "not-stored",
        "another",
        "company",
        "name-only",
        "code-of-a-company",
        "number-that-cannot-be-right",
    ],
)
def test_a_checkpoint_is_for_a_natural_person_who_can_be_told_from_namesakes(
    named: Debtor | None, *, allowed: bool
) -> None:
    blocked = ("L4", Verdict.BLOCK) in duty_said(CHECKPOINT, named=named)
    assert blocked is not allowed
    hearing = replace(CHECKPOINT, kind=DutyKind.HEARING)
    assert duty_said(hearing, named=named) == []


def test_a_duty_has_no_place_for_travellers() -> None:
    assert {each.name for each in fields(DutyBasis)} == {
        "document",
        "debtor_id",
        "purpose",
        "liaison",
        "ends_on",
    }


def test_handover_needs_judicial_police() -> None:
    handover = replace(CHECKPOINT, kind=DutyKind.HANDOVER)
    assert duty_said(handover) == [("B3", Verdict.BLOCK)]
    police = replace(TEAM, skills=TEAM.skills | {"judicial_police"})
    assert duty_said(handover, police) == []
    assert {rule for rule, _ in duty_said(handover, None)} == {"B1", "B2", "B3"}


def test_keys_are_given_over_by_a_crew_of_the_field_without_police() -> None:
    keys = replace(CHECKPOINT, kind=DutyKind.KEYS, basis=None)
    assert duty_said(keys) == []
    assert {rule for rule, _ in duty_said(keys, None)} == {"B1", "B2"}


def test_hearing_binds_no_crew() -> None:
    hearing = replace(CHECKPOINT, kind=DutyKind.HEARING, basis=None)
    assert duty_said(hearing, None) == []
    assert duty_needs(hearing, PROFILE).min_officers == 1


@pytest.mark.parametrize("kind", [DutyKind.CHECKPOINT, DutyKind.HANDOVER, DutyKind.KEYS])
def test_duty_needs_let_the_crew_rules_pass(kind: DutyKind) -> None:
    duty = replace(CHECKPOINT, kind=kind, needed_skills=frozenset({"dialect"}))
    needs = duty_needs(duty, PROFILE)
    team = Team(TEAM.id, "示例", needs.min_officers, needs.skills, "car", POINT)
    assert "dialect" in needs.skills
    assert not [verdict for _, verdict in duty_said(duty, team) if verdict is Verdict.BLOCK]


def test_no_hours_of_a_court_open_the_night_to_administrative_enforcement() -> None:
    wide = replace(PROFILE, hours_s=dict.fromkeys(PlaceKind, (0, 86_400)))
    case = replace(CASE, kind=CaseKind.ADMINISTRATIVE)
    for hour, lawful in ((2, False), (5, False), (6, True), (21, True), (22, False)):
        starts_at = WHEN.replace(hour=hour)
        said = check_visit(
            case, DEBTOR, CLAIM, TEAM, starts_at=starts_at, calendar=WorkCalendar(), profile=wide
        )
        assert ("T2" not in {one.rule for one in said}) == lawful


def _hours_said(kind: DutyKind, case: Any, hour: int, day: int = 25) -> list[tuple[str, Verdict]]:
    starts_at = WHEN.replace(day=day, hour=hour)
    duty = replace(CHECKPOINT, kind=kind, starts_at=starts_at, ends_at=starts_at.replace(minute=50))
    found = check_duty_hours(duty, case, calendar=WorkCalendar(), profile=PROFILE)
    assert all(one.subject == "duty:U1" for one in found)
    return [(one.rule, one.verdict) for one in found]


@pytest.mark.parametrize("kind", list(DutyKind))
def test_a_duty_has_the_hours_of_its_case(kind: DutyKind) -> None:
    administrative = replace(CASE, kind=CaseKind.ADMINISTRATIVE)
    assert _hours_said(kind, CASE, 10) == _hours_said(kind, administrative, 10) == []
    in_field = kind in (DutyKind.CHECKPOINT, DutyKind.KEYS, DutyKind.OTHER)
    signed, barred = [("T1", Verdict.SIGN_OFF)], [("T2", Verdict.BLOCK)]
    for hour in (5, 22):
        assert _hours_said(kind, CASE, hour) == (signed if in_field else [])
        assert _hours_said(kind, None, hour) == (signed if in_field else [])
        assert _hours_said(kind, administrative, hour) == (barred if in_field else [])


@pytest.mark.parametrize("kind", list(DutyKind))
def test_a_duty_on_a_day_that_no_calendar_knows_is_closed(kind: DutyKind) -> None:
    unknown = datetime(2031, 1, 6, 10, tzinfo=WHEN.tzinfo)
    duty = replace(CHECKPOINT, kind=kind, starts_at=unknown, ends_at=unknown)
    found = check_duty_hours(duty, CASE, calendar=WorkCalendar(), profile=PROFILE)
    expected = [] if kind is DutyKind.HEARING else ["T3"]
    assert [one.rule for one in found] == expected


def test_a_signature_for_a_night_duty_holds_for_its_place_and_hours() -> None:
    night = replace(CHECKPOINT, starts_at=WHEN.replace(hour=22), ends_at=WHEN.replace(hour=23))

    def digest(duty: Any) -> str:
        (one,) = check_duty_hours(duty, CASE, calendar=WorkCalendar(), profile=PROFILE)
        return one.digest

    assert digest(night) == digest(replace(night, label="北站"))
    assert digest(night) != digest(replace(night, ends_at=WHEN.replace(hour=23, minute=30)))
    assert digest(night) != digest(replace(night, point=replace(POINT, lon=118.7)))
