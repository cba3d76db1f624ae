"""A case, a debtor, an address, a team and duties that every rule lets pass."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from geo.model import Point, Precision
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    CaseKind,
    CaseNumber,
    CaseStatus,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    Duty,
    DutyBasis,
    DutyKind,
    Identifier,
    Lead,
    Place,
    PlaceKind,
    SecretText,
    Situation,
    Team,
    TeamId,
)
from routes.rules import load_profile

LOCAL = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 25)
PROFILE = load_profile(None)
POINT = Point(118.61, 24.95)

CASE = Case(
    id=CaseId("C1"),
    number=CaseNumber.parse("（2026）闽0599执1号"),
    kind=CaseKind.LOAN,
    status=CaseStatus.ACTIVE,
    claim_yuan=50_000.0,
    filed_on=date(2026, 3, 2),
    basis_document="（2025）闽0599民初1号",
    basis_served_on=date(2025, 12, 1),
    performance_due_on=date(2025, 12, 31),
    notice_sent_on=date(2026, 3, 5),
    major_matter=False,
    vulnerable=(),
    objection_pending=False,
)
DEBTOR = Debtor(
    id=DebtorId("D1"),
    case_id=CASE.id,
    kind=DebtorKind.PERSON,
    name=SecretText("示例"),
    identifiers=frozenset({Identifier.NAME, Identifier.ID_NUMBER}),
    situation=Situation.ORDINARY,
)
CLAIM = AddressClaim(
    id=ClaimId("A1"),
    debtor_id=DEBTOR.id,
    text=SecretText("示例地址"),
    source=ClaimSource.HOUSEHOLD_REGISTER,
    kind=PlaceKind.HOME,
    seen_on=date(2026, 5, 1),
    basis="查询回执1号",
    identifiers=frozenset({Identifier.NAME, Identifier.KIN}),
    place=Place(POINT, Precision.DOOR, 0.9),
)
TEAM = Team(TeamId("T1"), "执行一组", 2, frozenset({"licence", "recorder"}), "car", POINT)
WHEN = datetime(2026, 11, 25, 10, 0, tzinfo=LOCAL)
CHECKPOINT = Duty(
    "U1",
    DutyKind.CHECKPOINT,
    "示例站",
    POINT,
    WHEN,
    WHEN.replace(hour=12),
    basis=DutyBasis(
        "协助执行通知书1号", DEBTOR.id, "协助查找下落", "示例站派出所值班室", date(2026, 12, 31)
    ),
)
LEAD = Lead(
    "L1",
    DEBTOR.id,
    "示例网格",
    datetime(2026, 11, 20, tzinfo=LOCAL),
    WHEN.replace(day=30),
    CLAIM.id,
)
