from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from geo.messages import message
from routes.data_types import DataType
from routes.decisions import Decision
from routes.measures import MeasureKind
from routes.model import CaseStatus, DebtorKind, Finding, Verdict
from routes.rules import (
    check_audit,
    check_claim,
    check_decision,
    check_destination,
    check_display,
    check_map,
    check_record,
    check_share,
    check_step,
    check_vendor,
)
from routes.rules.data_facts import (
    Assessment,
    Audience,
    AuditFacts,
    DecisionFacts,
    DestinationFacts,
    DisplayFacts,
    Host,
    MapFacts,
    Purpose,
    RecordFacts,
    SharedField,
    ShareFacts,
    VendorFacts,
)

from .measure_samples import SUMMONS
from .samples import CASE, CLAIM, DEBTOR, PROFILE, TODAY, WHEN

DAY = timedelta(days=1)
B, S, W, C = Verdict.BLOCK, Verdict.SIGN_OFF, Verdict.WARN, Verdict.CHECKLIST
RECORD = RecordFacts("record:R1", DataType.ADDRESS, TODAY, linked=True, purpose=Purpose.FIND_DEBTOR)
SENSITIVE = replace(
    RECORD,
    data_type=DataType.VISIT_HISTORY,
    encrypted=True,
    assessment=Assessment("评估1号", TODAY - DAY),
)
SHARE = ShareFacts(
    "S1",
    WHEN,
    "A1",
    WHEN + DAY,
    needs_login=True,
    watermarked=True,
    shows=frozenset({SharedField.PLACE, SharedField.TIME, SharedField.HAZARD}),
)
DISPLAY = DisplayFacts("P1", Audience.PARTNER, False, frozenset({SharedField.HOME}))
DECISION = Decision("step:M1", "u1", WHEN, "拒不履行", (message("地址可信度"),))
STEP = DecisionFacts("M1", True, DECISION)
TILES = DestinationFacts("tiles", Host.OWN, True)
ROADS = DestinationFacts("roads", Host.ELSEWHERE, False, by_administrator=True, roads_by_name=True)


def said(found: tuple[Finding, ...]) -> list[tuple[str, Verdict]]:
    assert all(finding.message.msgid and finding.citation for finding in found)
    return [(finding.rule, finding.verdict) for finding in found]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (RECORD, []),
        (replace(RECORD, linked=None), [("P1", B)]),
        (replace(RECORD, linked=False), [("P1", B)]),
        (replace(RECORD, purpose=None), [("P1", B)]),
        (replace(RECORD, data_type=DataType.NEIGHBOUR), [("P2", B)]),
        (SENSITIVE, []),
        (replace(SENSITIVE, encrypted=None), [("P3", B)]),
        (replace(SENSITIVE, assessment=None), [("P3", S)]),
        (replace(SENSITIVE, assessment=Assessment(" ", TODAY)), [("P3", S)]),
        (replace(SENSITIVE, assessment=Assessment("1号", TODAY + DAY)), [("P3", S)]),
        (replace(SENSITIVE, assessment=Assessment("1号", TODAY - 1094 * DAY)), []),
        (replace(SENSITIVE, assessment=Assessment("1号", TODAY - 1095 * DAY)), [("P3", W)]),
        (replace(RECORD, expires_on=TODAY), []),
        (replace(RECORD, expires_on=TODAY - DAY), [("P5", B)]),
        (replace(RECORD, purpose_done=True), [("P5", B)]),
    ],
)
def test_record(facts: RecordFacts, expected: list[tuple[str, Verdict]]) -> None:
    assert said(check_record(facts)) == expected


def test_an_address_of_a_case_that_ended_is_used_no_more() -> None:
    ended = replace(CASE, status=CaseStatus.ENDED)
    assert said(check_claim(ended, DEBTOR, CLAIM, on=TODAY, profile=PROFILE)) == [("P5", B)]


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"public_link": True}, 1),
        ({"needs_login": False}, 1),
        ({"action_id": None}, 1),
        ({"action_id": " "}, 1),
        ({"expires_at": None}, 1),
        ({"expires_at": WHEN}, 1),
        ({"expires_at": WHEN + timedelta(seconds=1)}, 0),
        ({"watermarked": False}, 1),
        ({"shows": SHARE.shows | {SharedField.DEBT, SharedField.FAMILY}}, 2),
    ],
)
def test_share(changes: dict[str, Any], count: int) -> None:
    assert said(check_share(replace(SHARE, **changes))) == [("P6", B)] * count


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"minor": True}, 1),
        ({"minor": None}, 1),
        ({"minor": True, "audience": Audience.COURT}, 0),
        ({"minor": True, "audience": Audience.PUBLIC}, 1),
        ({"minor": True, "shows": frozenset({SharedField.TIME})}, 0),
        ({"minor": True, "shows": frozenset(SharedField)}, 4),
    ],
)
def test_display(changes: dict[str, Any], count: int) -> None:
    assert said(check_display(replace(DISPLAY, **changes))) == [("P7", B)] * count


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"decision": None}, 1),
        ({"decision": None, "coercive": False}, 0),
        ({"step_id": "M2"}, 1),
        ({"decision": replace(DECISION, factors=())}, 1),
        ({"decision": replace(DECISION, override=True)}, 0),
    ],
)
def test_decision(changes: dict[str, Any], count: int) -> None:
    assert said(check_decision(replace(STEP, **changes))) == [("P8", B)] * count


def test_a_coercive_step_asks_for_a_decision_and_a_visit_does_not() -> None:
    for kind in MeasureKind:
        found = check_step(
            replace(SUMMONS, kind=kind, decision=None),
            DebtorKind.PERSON,
            at=WHEN,
            profile=PROFILE,
        )
        assert ("P8" in {each.rule for each in found}) is kind.coercive


@pytest.mark.parametrize(
    ("facts", "count"),
    [
        (TILES, 0),
        (replace(TILES, host=Host.DOMESTIC), 0),
        (replace(TILES, host=Host.ELSEWHERE), 1),
        (replace(TILES, host=None), 1),
        (ROADS, 0),
        (replace(ROADS, by_administrator=False), 1),
        (replace(ROADS, beside_cases=True), 1),
        (replace(ROADS, beside_cases=None), 1),
        (replace(ROADS, roads_by_name=False), 1),
    ],
)
def test_destination(facts: DestinationFacts, count: int) -> None:
    assert said(check_destination(facts)) == [("P9", B)] * count


@pytest.mark.parametrize(
    ("audience", "review", "count"),
    [
        (Audience.PUBLIC, None, 1),
        (Audience.PUBLIC, " ", 1),
        (Audience.PUBLIC, "审图号1号", 0),
        (Audience.PARTNER, None, 0),
    ],
)
def test_map(audience: Audience, review: str | None, count: int) -> None:
    assert said(check_map(MapFacts("M1", audience, review))) == [("P10", B)] * count


@pytest.mark.parametrize(
    ("contract", "copies", "expected"),
    [
        ("协议1号", False, [S]),
        (None, False, [S]),
        ("协议1号", None, [B, S]),
        ("协议1号", True, [B, S]),
    ],
)
def test_vendor(contract: str | None, copies: bool | None, expected: list[Verdict]) -> None:
    found = said(check_vendor(VendorFacts("V1", contract, copies)))
    assert found == [("P11", verdict) for verdict in expected]


@pytest.mark.parametrize(("intact", "expected"), [(True, [C]), (None, [W, C]), (False, [W, C])])
def test_audit_always_reminds(intact: bool | None, expected: list[Verdict]) -> None:
    found = said(check_audit(AuditFacts("share:S1", intact)))
    assert found == [("P12", verdict) for verdict in expected]


def test_an_assessment_of_a_leap_day_counts() -> None:
    made = Assessment("1号", date(2024, 2, 29))
    assert said(check_record(replace(SENSITIVE, assessment=made))) == []
