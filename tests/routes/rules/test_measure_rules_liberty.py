from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routes.documents import Approver, DocumentKind
from routes.measures import (
    Act,
    ActKind,
    Condition,
    Deputy,
    Measure,
    MeasureKind,
    Target,
    TargetRole,
)
from routes.model import DebtorKind, Verdict
from routes.rules import RULES
from routes.rules.clocks import Held, held_time
from routes.rules.measure_facts import has_reached, is_under
from routes.rules.signoffs import Role

from .measure_samples import (
    AT,
    DAY,
    DETENTION,
    HOUR,
    ON,
    SECOND,
    SUMMONS,
    TARGET,
    acts,
    of_step,
    paper,
    verdicts,
)

BLOCK, SIGN, TIMER = Verdict.BLOCK, Verdict.SIGN_OFF, Verdict.TIMER
LONG = {"complex_matter": True, "detention_possible": True}
APPROVAL = paper(DocumentKind.LONG_QUESTIONING)


def without(measure: Measure, kind: DocumentKind) -> dict[str, Any]:
    return {"documents": tuple(each for each in measure.documents if each.kind is not kind)}


def with_paper(measure: Measure, kind: DocumentKind, **changes: Any) -> dict[str, Any]:
    return {
        "documents": tuple(
            replace(each, **changes) if each.kind is kind else each for each in measure.documents
        )
    }


def test_steps_in_order_have_no_finding() -> None:
    assert of_step(SUMMONS) == ()
    assert of_step(DETENTION) == ()


@pytest.mark.parametrize(
    "changes",
    [
        without(SUMMONS, DocumentKind.SUMMONS_PROOF),
        without(SUMMONS, DocumentKind.SUMMONS_WARRANT),
        with_paper(SUMMONS, DocumentKind.SUMMONS_WARRANT, number=" "),
        with_paper(SUMMONS, DocumentKind.SUMMONS_WARRANT, approved_by=Approver.BUREAU_DIRECTOR),
        with_paper(SUMMONS, DocumentKind.SUMMONS_WARRANT, approved_by=None),
        with_paper(SUMMONS, DocumentKind.SUMMONS_WARRANT, approved_on=None),
        with_paper(SUMMONS, DocumentKind.SUMMONS_WARRANT, approved_on=ON + DAY),
        with_paper(SUMMONS, DocumentKind.SUMMONS_WARRANT, expires_on=ON - DAY),
        {"absence_unjustified": False},
    ],
)
def test_summons_rests_on_its_papers(changes: dict[str, Any]) -> None:
    assert verdicts("C1", of_step(SUMMONS, **changes)) == [BLOCK]


def test_warrant_of_today_that_ends_today_is_good() -> None:
    kind = DocumentKind.SUMMONS_WARRANT
    assert of_step(SUMMONS, **with_paper(SUMMONS, kind, approved_on=ON, expires_on=ON)) == ()


def test_consequences_are_told_before_force() -> None:
    assert verdicts("C2", of_step(SUMMONS, acts=())) == [Verdict.CHECKLIST]


@pytest.mark.parametrize(
    ("elapsed", "changes", "expected"),
    [
        (timedelta(0), {}, [TIMER]),
        (8 * HOUR - SECOND, {}, [TIMER]),
        (8 * HOUR, {}, [BLOCK]),
        (8 * HOUR, {"complex_matter": True}, [BLOCK]),
        (8 * HOUR - SECOND, LONG, [SIGN, TIMER]),
        (8 * HOUR, LONG, [SIGN, BLOCK]),
        (8 * HOUR, {**LONG, "documents": (*SUMMONS.documents, APPROVAL)}, [TIMER]),
        (24 * HOUR - SECOND, {**LONG, "documents": (*SUMMONS.documents, APPROVAL)}, [TIMER]),
        (24 * HOUR, {**LONG, "documents": (*SUMMONS.documents, APPROVAL)}, [BLOCK]),
        (8 * HOUR, {"documents": (*SUMMONS.documents, APPROVAL)}, [BLOCK]),
    ],
)
def test_questioning_to_the_second(
    elapsed: timedelta, changes: dict[str, Any], expected: list[Verdict]
) -> None:
    log = (Act(ActKind.CONTROLLED, AT), Act(ActKind.QUESTIONING_STARTED, AT))
    found = of_step(SUMMONS, acts=SUMMONS.acts + log, at=AT + elapsed, **changes)
    assert verdicts("C3", found) == expected


def test_questioning_that_ended_in_time_is_over() -> None:
    log = (Act(ActKind.CONTROLLED, AT), Act(ActKind.QUESTIONING_ENDED, AT + 8 * HOUR - SECOND))
    assert of_step(SUMMONS, acts=SUMMONS.acts + log, at=AT + 30 * DAY) == ()
    late = (log[0], Act(ActKind.QUESTIONING_ENDED, AT + 8 * HOUR))
    assert verdicts("C3", of_step(SUMMONS, acts=SUMMONS.acts + late, at=AT + 9 * HOUR)) == [BLOCK]


def test_questioning_without_the_moment_of_control_is_blocked() -> None:
    log = SUMMONS.acts + acts(ActKind.QUESTIONING_STARTED)
    assert verdicts("C3", of_step(SUMMONS, acts=log)) == [BLOCK]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"inside_district": False}, [Verdict.ROUTE]),
        ({"inside_district": None}, [Verdict.ROUTE]),
        ({"inside_district": False, "to_local_court": True}, []),
    ],
)
def test_summons_elsewhere_goes_to_the_local_court(
    changes: dict[str, Any], expected: list[Verdict]
) -> None:
    assert verdicts("C4", of_step(SUMMONS, **changes)) == expected


@pytest.mark.parametrize(
    ("debtor_kind", "role", "expected"),
    [
        (DebtorKind.PERSON, TargetRole.DEBTOR, []),
        (DebtorKind.PERSON, TargetRole.LEGAL_REPRESENTATIVE, [BLOCK]),
        (DebtorKind.PERSON, TargetRole.OTHER, [BLOCK]),
        (DebtorKind.COMPANY, TargetRole.DEBTOR, [BLOCK]),
        (DebtorKind.COMPANY, TargetRole.LEGAL_REPRESENTATIVE, []),
        (DebtorKind.COMPANY, TargetRole.HEAD, []),
        (DebtorKind.COMPANY, TargetRole.ACTUAL_CONTROLLER, []),
        (DebtorKind.COMPANY, TargetRole.OTHER, [BLOCK]),
    ],
)
def test_only_those_named_by_law_are_brought_in(
    debtor_kind: DebtorKind, role: TargetRole, expected: list[Verdict]
) -> None:
    found = of_step(SUMMONS, debtor_kind, target=replace(TARGET, role=role))
    assert verdicts("C5", found) == expected


def test_summons_of_nobody_is_blocked() -> None:
    assert verdicts("C5", of_step(SUMMONS, target=None)) == [BLOCK]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"documents": ()}, [BLOCK]),
        (
            with_paper(
                DETENTION, DocumentKind.DETENTION_DECISION, approved_by=Approver.BUREAU_DIRECTOR
            ),
            [BLOCK],
        ),
        ({"documents": (), "violent_emergency": True, "acts": ()}, [BLOCK]),  # ahead of time
        ({"violent_emergency": True, "acts": ()}, []),
        ({"detention_days": 1}, []),
        ({"detention_days": 16}, [BLOCK]),
        ({"detention_days": 0}, [BLOCK]),
        ({"detention_days": None}, [BLOCK]),
        ({"new_act": False}, [BLOCK]),
    ],
)
def test_detention_rests_on_the_presidents_decision(
    changes: dict[str, Any], expected: list[Verdict]
) -> None:
    assert verdicts("D1", of_step(DETENTION, **changes)) == expected


def test_notices_of_a_detention_run_until_they_are_given() -> None:
    assert verdicts("D2", of_step(DETENTION, acts=())) == [TIMER, TIMER]
    told = acts(ActKind.FAMILY_NOTICE_FAILED, ActKind.RECONSIDERATION_TOLD)
    assert verdicts("D2", of_step(DETENTION, acts=told)) == []
    log = (Act(ActKind.DETAINED, AT), Act(ActKind.RECONSIDERATION_TOLD, AT))
    (running,) = of_step(DETENTION, acts=log, at=AT + 24 * HOUR - SECOND)
    (late,) = of_step(DETENTION, acts=log, at=AT + 24 * HOUR)
    assert "2026-11-26 10:00" in str(running.message)
    assert running.message.msgid != late.message.msgid


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"inside_district": False}, [SIGN]),
        ({"inside_district": None}, [SIGN]),
        (
            {
                "inside_district": False,
                "documents": (
                    *DETENTION.documents,
                    paper(DocumentKind.ASSISTANCE_LETTER, Approver.OTHER_COURT),
                ),
            },
            [],
        ),
    ],
)
def test_detention_elsewhere_asks_the_local_court(
    changes: dict[str, Any], expected: list[Verdict]
) -> None:
    assert verdicts("D3", of_step(DETENTION, **changes)) == expected


@pytest.mark.parametrize("condition", Condition)
def test_the_ill_and_the_pregnant_are_not_detained(condition: Condition) -> None:
    target = replace(TARGET, conditions=frozenset({condition}))
    rules = {found.rule for found in of_step(DETENTION, target=target)}
    tender = {Condition.PREGNANT, Condition.NURSING_INFANT}
    assert rules == ({"D5"} if condition in tender else {"D4"})


def test_health_age_and_mandate_nobody_asked_for_block() -> None:
    found = of_step(DETENTION, target=Target(TargetRole.DEBTOR))
    assert [(each.rule, each.verdict) for each in found] == [
        ("D4", BLOCK),
        ("D5", BLOCK),
        ("D5", BLOCK),
        ("D6", BLOCK),
    ]
    assert found == of_step(DETENTION, target=None)


@pytest.mark.parametrize(
    ("born_on", "expected"),
    [
        (ON, [BLOCK]),
        (ON + DAY, [BLOCK]),
        (date(ON.year - 13, ON.month, ON.day), [BLOCK]),
        (date(ON.year - 14, ON.month, ON.day), [BLOCK]),
        (date(ON.year - 17, ON.month, ON.day), [BLOCK]),
        (date(ON.year - 18, ON.month, ON.day), [BLOCK]),
        (date(ON.year - 18, ON.month, ON.day) - DAY, []),
        (date(ON.year - 70, ON.month, ON.day) + DAY, []),
        (date(ON.year - 70, ON.month, ON.day), [BLOCK]),
        (date(ON.year - 71, ON.month, ON.day), [BLOCK]),
    ],
)
def test_ages_of_detention(born_on: date, expected: list[Verdict]) -> None:
    found = of_step(DETENTION, target=replace(TARGET, born_on=born_on))
    assert verdicts("D5", found) == expected


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(1, 90))
def test_youth_ends_after_the_birthday_and_age_begins_on_it(born_on: date, years: int) -> None:
    try:
        birthday = born_on.replace(year=born_on.year + years)
    except ValueError:
        birthday = date(born_on.year + years, 3, 1)
    assert is_under(born_on, years, birthday)
    assert not is_under(born_on, years, birthday + DAY)
    assert has_reached(born_on, years, birthday)
    assert not has_reached(born_on, years, birthday - DAY)


def spells(*hours: tuple[ActKind, float]) -> tuple[Act, ...]:
    return tuple(Act(kind, AT + hour * HOUR) for kind, hour in hours)


CONTROL, BEGIN, END, LEAVE = (
    ActKind.CONTROLLED,
    ActKind.QUESTIONING_STARTED,
    ActKind.QUESTIONING_ENDED,
    ActKind.RELEASED,
)


@pytest.mark.parametrize(
    ("log", "before", "since"),
    [
        (((CONTROL, 0), (END, 5)), 5, None),
        (((CONTROL, 0), (END, 5), (BEGIN, 6)), 0, 0),  # the pause counts
        (((CONTROL, 0), (END, 5), (CONTROL, 6)), 0, 0),
        (((CONTROL, 0), (END, 5), (LEAVE, 6)), 6, None),
        (((CONTROL, 0), (LEAVE, 5), (BEGIN, 9)), 5, 9),
        (((CONTROL, 0), (LEAVE, 5), (CONTROL, 9), (LEAVE, 11)), 7, None),
        (((BEGIN, 0), (END, 1)), 0, None),  # never under control: another finding says so
    ],
)
def test_spells_of_one_summons_add_up(
    log: tuple[tuple[ActKind, float], ...], before: float, since: float | None
) -> None:
    at = None if since is None else AT + since * HOUR
    assert held_time(replace(SUMMONS, acts=spells(*log))) == Held(before * HOUR, at)


def test_questioning_taken_up_again_is_blocked_once_its_hours_are_used() -> None:
    log = SUMMONS.acts + spells((CONTROL, 0), (LEAVE, 5), (CONTROL, 10))
    assert verdicts("C3", of_step(SUMMONS, acts=log, at=AT + 13 * HOUR - SECOND)) == [TIMER]
    assert verdicts("C3", of_step(SUMMONS, acts=log, at=AT + 13 * HOUR)) == [BLOCK]


def test_a_violent_emergency_is_reported_at_once_and_decided_after() -> None:
    urgent = {"violent_emergency": True, "documents": (), "detention_days": None}
    reported = acts(ActKind.PRESIDENT_REPORTED)
    assert verdicts("D1", of_step(DETENTION, **urgent)) == [BLOCK, SIGN]
    told = urgent | {"acts": DETENTION.acts + reported}
    assert verdicts("D1", of_step(DETENTION, **told)) == [SIGN]
    assert verdicts("D1", of_step(DETENTION, **told, closing=True)) == [BLOCK, BLOCK]
    later = paper(DocumentKind.DETENTION_DECISION, approved_on=ON + DAY)
    after = {"violent_emergency": True, "acts": DETENTION.acts + reported, "documents": (later,)}
    assert verdicts("D1", of_step(DETENTION, **after, now=AT + DAY)) == []
    assert verdicts("D1", of_step(DETENTION, **after)) == [SIGN, BLOCK]
    assert verdicts("D1", of_step(DETENTION, **after, closing=True)) == [BLOCK]
    assert verdicts("D1", of_step(DETENTION, documents=(later,))) == [BLOCK]


@pytest.mark.parametrize("measure", [SUMMONS, DETENTION])
def test_the_birthday_is_held_against_the_number_on_file(measure: Measure) -> None:
    born_on = TARGET.born_on
    untold = {"target": replace(TARGET, born_on=None)}

    def of(number: date | None, kind: DebtorKind = DebtorKind.PERSON, **changes: Any) -> Any:
        return verdicts("D5", of_step(measure, kind, number_born_on=number, **changes))

    assert of(born_on) == of(None) == of(born_on, **untold) == []
    assert of(date(1999, 9, 9)) == of(None, **untold) == [BLOCK]
    assert of(date(2015, 1, 1)) == [BLOCK, BLOCK]
    assert of(date(2015, 1, 1), **untold) == [BLOCK]
    head = {"target": replace(TARGET, role=TargetRole.LEGAL_REPRESENTATIVE)}
    assert of(date(2015, 1, 1), DebtorKind.COMPANY, **head) == []


@pytest.mark.parametrize("measure", [SUMMONS, DETENTION])
def test_deputies_are_restrained_by_permission_only(measure: Measure) -> None:
    county = replace(TARGET, deputy=Deputy.COUNTY_OR_ABOVE)
    township = replace(TARGET, deputy=Deputy.TOWNSHIP)
    permission = paper(DocumentKind.CONGRESS_PERMISSION, Approver.CONGRESS)
    assert verdicts("D6", of_step(measure, target=county)) == [BLOCK]
    own_court = (*measure.documents, replace(permission, approved_by=Approver.PRESIDENT))
    assert verdicts("D6", of_step(measure, target=county, documents=own_court)) == [BLOCK]
    allowed = (*measure.documents, permission)
    assert verdicts("D6", of_step(measure, target=county, documents=allowed)) == []
    assert verdicts("D6", of_step(measure, target=township)) == [Verdict.CHECKLIST]
    log = measure.acts + acts(ActKind.CONGRESS_REPORTED)
    assert verdicts("D6", of_step(measure, target=township, acts=log)) == []
    assert verdicts("D6", of_step(measure, target=None)) == [BLOCK]


def test_a_plain_visit_is_none_of_these_rules_business() -> None:
    assert of_step(Measure(SUMMONS.id, MeasureKind.VISIT, SUMMONS.case_id, SUMMONS.debtor_id)) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"conditions": frozenset({Condition.LIFE_THREATENING_ILLNESS})}, {"D4"}),
        ({"conditions": frozenset({Condition.ISOLATING_INFECTION})}, {"D4"}),
        ({"conditions": None}, {"D4"}),
        ({"conditions": frozenset({Condition.PREGNANT})}, set()),
        ({"born_on": date(ON.year - 12, 1, 1)}, {"D5"}),
        ({"born_on": date(ON.year - 18, ON.month, ON.day)}, {"D5"}),
        ({"born_on": date(ON.year - 18, ON.month, ON.day) - DAY}, set()),
        ({"born_on": None}, {"D5"}),
        ({"born_on": date(ON.year - 80, 1, 1)}, set()),
    ],
)
def test_children_and_the_gravely_ill_are_not_brought_in(
    changes: dict[str, Any], expected: set[str]
) -> None:
    found = of_step(SUMMONS, target=replace(TARGET, **changes))
    assert {one.rule for one in found if one.verdict is BLOCK} == expected


def test_an_emergency_is_approved_by_the_president() -> None:
    assert RULES["D1"].signed_by is Role.PRESIDENT
    sudden = {"documents": (), "violent_emergency": True}
    log = acts(ActKind.DETAINED, ActKind.PRESIDENT_REPORTED)
    assert verdicts("D1", of_step(DETENTION, acts=log, **sudden)) == [SIGN]
