"""A signature holds for the facts that it was given for: a changed one asks again, no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from geo.messages import message
from geo.model import Point
from routes.calendar import WorkCalendar
from routes.documents import Approver, DocumentKind
from routes.facts import fact_text, facts_digest, facts_of
from routes.items import AssetKind, Holder, ItemUse, ThirdPartyClaim
from routes.measures import ActKind, MeasureKind, PoliceGear, TargetRole
from routes.model import (
    CaseKind,
    CaseStatus,
    ClaimId,
    Debtor,
    DebtorId,
    DebtorKind,
    Finding,
    Grade,
    TeamId,
    Verdict,
)
from routes.restrictions import Exemption, ExemptionReason, Seat, TrainClass
from routes.rules import (
    RULES,
    check_breach,
    check_case,
    check_district,
    check_duty,
    check_hours,
    check_plate_alert,
    check_record,
    check_step,
    check_step_crew,
    check_tag,
    check_vendor,
)
from routes.rules.data_facts import VendorFacts
from routes.rules.partner_rules import BreachFacts
from routes.rules.registry import rule
from tests.routes.rules.measure_samples import (
    AT,
    DETENTION,
    EVICTION,
    SEIZURE,
    SUMMONS,
    acts,
    of_item,
    paper,
)
from tests.routes.rules.samples import CASE, CHECKPOINT, CLAIM, DEBTOR, PROFILE, TEAM, TODAY, WHEN
from tests.routes.rules.test_data_rules import SENSITIVE
from tests.routes.rules.test_partner_rules import ALERT, FLAG, RULING, TAG

DAY = timedelta(days=1)
ABROAD = Point(114.06, 22.54)
Findings = tuple[Finding, ...]


def of_case(step: Any = None, starts_at: Any = None, **changes: Any) -> Findings:
    case = replace(CASE, **changes)
    return check_case(
        case, DEBTOR, (CLAIM,), on=TODAY, profile=PROFILE, step=step, starts_at=starts_at
    )


def of_crew(team: Any = TEAM, starts_at: Any = AT, **changes: Any) -> Findings:
    step = replace(SUMMONS, **changes)
    return check_step_crew(step, team, profile=PROFILE, starts_at=starts_at)


def of_step(step: Any) -> Callable[..., Findings]:
    def said(starts_at: Any = AT, **changes: Any) -> Findings:
        changed = replace(step, **changes)
        return check_step(
            changed, DebtorKind.PERSON, at=AT, starts_at=starts_at, begun=True, profile=PROFILE
        )

    return said


def of_place(point: Point = ABROAD, visit: str = "V1") -> Findings:
    return check_district(visit, inside=False, other_province=True, point=point, profile=PROFILE)


def of_duty(**changes: Any) -> Findings:
    basis = replace(CHECKPOINT.basis, purpose=None)  # type: ignore[type-var]
    duty = replace(CHECKPOINT, **({"basis": basis} | changes))
    return check_duty(duty, None, named=DEBTOR, profile=PROFILE)


def of_hours(claim: Any = CLAIM, late: timedelta = timedelta(0), **changes: Any) -> Findings:
    starts_at = WHEN.replace(hour=22) + late
    return check_hours(
        replace(CASE, **changes),
        claim,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=20),
        calendar=WorkCalendar(),
        profile=PROFILE,
        visit_id="V1",
    )


def of_flag(exemption: Exemption, **changes: Any) -> Findings:
    return check_breach(BreachFacts(replace(FLAG, exemptions=(exemption,), **changes)))


def of_vendor(**changes: Any) -> Findings:
    return check_vendor(replace(VendorFacts("S1", "协议1号", keeps_copies=False), **changes))


TOO_LONG = Exemption(
    ExemptionReason.ILLNESS, TODAY - 40 * DAY, TODAY + DAY, Approver.PRESIDENT, "批1号"
)
ELSEWHERE = {"claim_id": ClaimId("A2")}
OTHER_PERSON = {"target": replace(SUMMONS.target, role=TargetRole.HEAD)}  # type: ignore[type-var]
HOME: dict[str, Any] = {
    "use": ItemUse.ESSENTIAL_HOME,
    "asset": AssetKind.REAL_ESTATE,
    "registered_to": Holder.DEBTOR,
    "to_be_sold": True,
    "value_yuan": 20_000.0,
}
DEAR: dict[str, Any] = {"value_yuan": 20_000.0, "indivisible": True, "nothing_else": True}


@dataclass(frozen=True)
class Asks:
    """How a rule comes to ask for a signature, what must ask again, and what must not."""

    said: Callable[..., Findings]
    asks: Mapping[str, Any]
    again: tuple[Mapping[str, Any], ...]
    same: tuple[Mapping[str, Any], ...]


_STEP_AGAIN = (
    {"step": EVICTION, "starts_at": AT},  # for a visit: not for a step
    {"step": DETENTION, "starts_at": AT},
)

ASKS: Mapping[str, Asks] = {
    "A5": Asks(
        of_case,
        {"objection_pending": True},
        (*_STEP_AGAIN, {"claim_yuan": 20_000_000.0}, {"kind": CaseKind.EVICTION}),
        ({"vulnerable": ("ill",)},),
    ),
    "A6": Asks(
        of_case,
        {"major_matter": True},
        (*_STEP_AGAIN, {"kind": CaseKind.EVICTION}),
        ({"vulnerable": ("ill",)}, {"notice_sent_on": TODAY}),
    ),
    "A7": Asks(of_place, {}, ({"point": Point(114.07, 22.54)}, {"visit": "V2"}), ({},)),
    "B3": Asks(
        of_crew,
        {},
        (
            {"team": replace(TEAM, id=TeamId("T2"))},
            {"team": replace(TEAM, officers=3)},
            {"starts_at": AT + DAY},
            {"starts_at": None},
            OTHER_PERSON,
            ELSEWHERE,
            {"debtor_id": DebtorId("D2")},
            {"police_gear": PoliceGear.BY_POLICE},
            {"kind": MeasureKind.EVICTION},
        ),
        (
            {"documents": ()},
            {"acts": ()},
            {"handed_to": "P2"},
            {"team": replace(TEAM, name="一组")},
        ),
    ),
    "C3": Asks(
        of_step(SUMMONS),
        {"complex_matter": True, "detention_possible": True},
        (OTHER_PERSON, ELSEWHERE, {"starts_at": AT + DAY}, {"debtor_id": DebtorId("D2")}),
        ({"acts": acts(ActKind.CONTROLLED)}, {"notified": frozenset()}),
    ),
    "D1": Asks(
        of_step(DETENTION),
        {"documents": (), "violent_emergency": True, "acts": acts(ActKind.DETAINED, at=AT)},
        (OTHER_PERSON, ELSEWHERE, {"starts_at": AT + DAY}, {"new_act": False}),
        ({"acts": acts(ActKind.DETAINED, ActKind.PRESIDENT_REPORTED, at=AT)},),
    ),
    "D3": Asks(
        of_step(DETENTION),
        {"inside_district": False},
        (OTHER_PERSON, ELSEWHERE, {"starts_at": AT + DAY}, {"detention_days": 10}),
        ({"acts": ()},),
    ),
    "E3": Asks(
        of_case,
        {"vulnerable": ("elderly", "ill")},
        (*_STEP_AGAIN, {"vulnerable": ("elderly", "minor_alone")}),
        ({"vulnerable": ("ill", "elderly")}, {"major_matter": True}),
    ),
    "L2": Asks(
        of_flag,
        {"exemption": TOO_LONG},
        (
            {"exemption": replace(TOO_LONG, ends_on=TODAY)},
            {"on": TODAY - DAY},
            {"seat": Seat.FIRST},
            {"train": TrainClass.ORDINARY, "seat": Seat.SOFT_SLEEPER},
            {"evidence": "复函2号"},
        ),
        ({},),
    ),
    "L3": Asks(
        lambda **changes: check_tag(replace(TAG, **changes)),
        {"student": True, "campus_loan": True},
        ({"born_on": TAG.born_on + DAY}, {"debtor_id": "D2"}),  # type: ignore[operator]
        ({"on": TODAY + DAY},),
    ),
    "L6": Asks(
        of_duty,
        {},
        (
            {"starts_at": WHEN - timedelta(hours=1)},
            {"ends_at": WHEN + timedelta(hours=5)},
            {"point": Point(118.7, 25.01)},
        ),
        ({"label": "北站"},),
    ),
    "L7": Asks(
        lambda **changes: check_plate_alert(replace(ALERT, **changes)),
        {},
        ({"ruling": replace(RULING, number="裁定2号")}, {"on": TODAY + DAY}),
        ({},),
    ),
    "N3": Asks(
        of_case,
        {"grade": Grade.WHITE},
        (*_STEP_AGAIN, {"contact_logged_on": TODAY + DAY}),
        ({"status": CaseStatus.ACTIVE},),
    ),
    "P3": Asks(
        lambda **changes: check_record(replace(SENSITIVE, **changes)),
        {"assessment": None},
        ({"readable": (message("地点坐标"),)}, {"encrypted": False}),
        ({"on": TODAY + DAY},),
    ),
    "P11": Asks(of_vendor, {}, ({"contract": "协议2号"}, {"share_id": "S2"}), ({},)),
    "T1": Asks(
        of_hours,
        {},
        ({"late": timedelta(minutes=5)}, {"claim": replace(CLAIM, id=ClaimId("A2"))}),
        ({"vulnerable": ("ill",)},),
    ),
    "Z5": Asks(
        of_item,
        HOME,
        (
            {"value_yuan": 2_000_000.0},
            {"registered_to": Holder.THIRD_PARTY},
            {"third_party_claim": ThirdPartyClaim.PENDING},
            {"documents": (paper(DocumentKind.HOUSING_SAFEGUARD, expires_on=AT.date() - DAY),)},
        ),
        ({"seized_on": None},),
    ),
    "Z6": Asks(
        of_item,
        DEAR,
        (
            {"value_yuan": 20_000_000.0},
            {"described": "厂房"},
            {"debt_yuan": 8_500.0},
            {"costs_yuan": 0.0},
            {"recorded_yuan": 8_000.0},
            {"held_yuan": 500_000.0},
            {"step_kind": MeasureKind.LIVE_SEIZURE},
            {"asset": AssetKind.OTHER_RIGHT},
        ),
        ({"seized_on": None}, {"documents": (paper(DocumentKind.OWNER_CONFIRMATION),)}),
    ),
}


def signed(rule_id: str, changes: Mapping[str, Any]) -> set[str]:
    one = ASKS[rule_id]
    found = one.said(**{**one.asks, **changes})
    return {
        each.digest for each in found if each.rule == rule_id and each.verdict is Verdict.SIGN_OFF
    }


def test_every_rule_that_asks_for_a_signature_is_looked_at() -> None:
    asking = {one.id for one in RULES.values() if Verdict.SIGN_OFF in one.verdicts}
    assert set(ASKS) == asking


@pytest.mark.parametrize("rule_id", ["A0", "A1"])
def test_a_rule_that_does_not_say_what_a_signature_rests_on_is_refused(rule_id: str) -> None:
    with pytest.raises(RuntimeError, match=rule_id):
        rule(rule_id, message("示例"), Verdict.SIGN_OFF, cites=())(lambda _facts: iter(()))
    assert "A0" not in RULES


@pytest.mark.parametrize("rule_id", list(ASKS))
def test_every_signature_rests_on_something(rule_id: str) -> None:
    one = ASKS[rule_id]
    found = [each for each in one.said(**one.asks) if each.rule == rule_id]
    asked = [each for each in found if each.verdict is Verdict.SIGN_OFF]
    assert asked
    assert all(each.rests_on for each in asked)


@pytest.mark.parametrize(
    ("rule_id", "number"),
    [(rule_id, n) for rule_id, one in ASKS.items() for n in range(len(one.again))],
)
def test_a_changed_fact_asks_again(rule_id: str, number: int) -> None:
    before, after = signed(rule_id, {}), signed(rule_id, ASKS[rule_id].again[number])
    assert len(before) == len(after) == 1
    assert before != after


@pytest.mark.parametrize(
    ("rule_id", "number"),
    [(rule_id, n) for rule_id, one in ASKS.items() for n in range(len(one.same))],
)
def test_an_unchanged_fact_does_not(rule_id: str, number: int) -> None:
    assert signed(rule_id, {}) == signed(rule_id, ASKS[rule_id].same[number])


@pytest.mark.parametrize(
    ("rule_id", "changes"),
    [
        ("A5", {"objection_pending": True}),
        ("A6", {"major_matter": True}),
        ("E3", {"vulnerable": ("ill",)}),
        ("N3", {"grade": Grade.WHITE}),
    ],
)
def test_what_a_case_asks_for_a_step_is_asked_of_the_step(
    rule_id: str, changes: dict[str, Any]
) -> None:
    def asked(step: Any, starts_at: Any) -> tuple[str, str]:
        (one,) = (each for each in of_case(step, starts_at, **changes) if each.rule == rule_id)
        return one.subject, one.digest

    subject, digest = asked(EVICTION, AT)
    assert subject == "step:S1"
    assert asked(None, None)[0] == "case:C1"
    others = [
        asked(EVICTION, AT + DAY),
        asked(EVICTION, None),
        asked(replace(EVICTION, claim_id=ClaimId("A2")), AT),
        asked(replace(EVICTION, kind=MeasureKind.DETENTION), AT),
        asked(replace(EVICTION, target=SUMMONS.target), AT),
    ]
    assert digest not in {one for _, one in others}
    assert digest == asked(replace(EVICTION, documents=()), AT + timedelta(minutes=5))[1]


def test_facts_as_texts_know_no_order_of_sets_and_no_zone() -> None:
    stations: tuple[Debtor, ...] = (DEBTOR, replace(DEBTOR, identifiers=frozenset()))
    one, other = (facts_digest(facts_of(each)) for each in stations)
    assert one != other
    assert fact_text(AT) == fact_text(AT.astimezone(tz=None))
    assert fact_text(SEIZURE.notified) == fact_text(frozenset(sorted(SEIZURE.notified)))
    assert facts_digest(("a", "b")) != facts_digest(("ab",))
    assert "name" not in {one.split("=")[0] for one in facts_of(DEBTOR, but=("name",))}
