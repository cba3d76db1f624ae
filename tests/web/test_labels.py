"""Words for codes: each vocabulary has one for every member of what it names."""

from __future__ import annotations

from enum import Enum

import pytest

from data.desk_queue import Bar, Unsure
from data.imports.columns import TableKind
from data.jobs import JobKind, JobState
from data.measures import StepState
from data.model import Role
from data.outcome_records import FileKind
from data.place_decisions import PlaceBasis
from data.register import LeakStep, RegisterKind
from data.restriction_values import RestrictionKind
from data.retention import Kept
from data.rights import Right
from data.sent_outcomes import WithdrawnFor
from data.tips import TipState
from geo.model import HourBand, Precision, TrafficDay
from routes.calendar import DayKind
from routes.case_steps import CaseAge, CaseStep
from routes.data_types import DataType
from routes.documents import Approver, DocumentKind
from routes.items import AssetKind, Holder, ItemUse, ThirdPartyClaim
from routes.live import AlarmKind, SignKind, StopState, TeamState
from routes.locating.parameters import DayType
from routes.measures import (
    ActKind,
    Arrangement,
    Attendee,
    Condition,
    Deputy,
    MeasureKind,
    PoliceGear,
    RecipientRole,
    TargetRole,
)
from routes.model import (
    CaseKind,
    CaseStatus,
    ClaimSource,
    DebtorKind,
    DutyKind,
    Grade,
    Identifier,
    NamesakeVerdict,
    OutcomeKind,
    PlaceKind,
    Verdict,
    VisitBand,
)
from routes.planning.campaigns import CampaignKind
from routes.planning.changes import ChangeKind
from routes.planning.problem import StopKind, UnassignedReason
from routes.property_answers import PropertyKind
from routes.seasons import default_seasons
from routes.support import SupportKind, SupportState
from web.labels import LABELS

_NAMED: dict[str, type[Enum]] = {
    "case_kind": CaseKind,
    "case_status": CaseStatus,
    "grade": Grade,
    "case_age": CaseAge,
    "case_step": CaseStep,
    "debtor_kind": DebtorKind,
    "place_kind": PlaceKind,
    "claim_source": ClaimSource,
    "identifier": Identifier,
    "outcome": OutcomeKind,
    "tip_state": TipState,
    "file_kind": FileKind,
    "visit_band": VisitBand,
    "day_type": DayType,
    "day_kind": DayKind,
    "precision": Precision,
    "stop_kind": StopKind,
    "duty_kind": DutyKind,
    "unassigned_reason": UnassignedReason,
    "verdict": Verdict,
    "campaign_kind": CampaignKind,
    "support_kind": SupportKind,
    "support_state": SupportState,
    "traffic_day": TrafficDay,
    "hour_band": HourBand,
    "withdrawn_for": WithdrawnFor,
    "namesake": NamesakeVerdict,
    "register": RegisterKind,
    "leak_step": LeakStep,
    "data_type": DataType,
    "restriction": RestrictionKind,
    "job_kind": JobKind,
    "unsure": Unsure,
    "visit_bar": Bar,
    "place_basis": PlaceBasis,
    "kept_rule": Kept,
    "kept": Kept,
    "job_state": JobState,
    "import_kind": TableKind,
    "property_kind": PropertyKind,
    "right": Right,
    "role": Role,
    "plan_change": ChangeKind,
    "team_state": TeamState,
    "stop_state": StopState,
    "sign_kind": SignKind,
    "alarm_kind": AlarmKind,
    "measure_kind": MeasureKind,
    "step_state": StepState,
    "act_kind": ActKind,
    "target_role": TargetRole,
    "condition": Condition,
    "deputy": Deputy,
    "recipient_role": RecipientRole,
    "police_gear": PoliceGear,
    "asset_kind": AssetKind,
    "item_use": ItemUse,
    "holder": Holder,
    "third_party_claim": ThirdPartyClaim,
    "attendee": Attendee,
    "arrangement": Arrangement,
    "document_kind": DocumentKind,
    "approver": Approver,
}


@pytest.mark.parametrize("vocabulary", _NAMED)
def test_no_member_is_without_a_word(vocabulary: str) -> None:
    assert {one.value for one in _NAMED[vocabulary]} - set(LABELS[vocabulary]) == set()


def test_the_shipped_seasons_have_words() -> None:
    shipped = {one.name for one in default_seasons().seasons}
    assert set(LABELS["season"]) == shipped
