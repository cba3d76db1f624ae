"""Steps of enforcement in the field, what has been done of them, and to whom.

A visit only looks for the debtor; the other steps serve papers, bring a person in, or reach
for property, a home or a person's liberty. ``routes.needs`` says what each must have;
what the law asks of a step is said by ``routes.rules.measure_rules``. Nothing here allows or
forbids.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from geo.messages import Message, message
from routes.decisions import Decision
from routes.documents import Document, DocumentKind, last_signed
from routes.errors import ValueRangeError
from routes.model import CaseId, ClaimId, DebtorId, Finding

__all__ = [
    "Act",
    "ActKind",
    "Arrangement",
    "Attendee",
    "Beginning",
    "Condition",
    "Deputy",
    "Measure",
    "MeasureKind",
    "PoliceGear",
    "Recipient",
    "RecipientRole",
    "Stage",
    "StepId",
    "Target",
    "TargetRole",
]

StepId = NewType("StepId", str)


class Stage(StrEnum):
    """How deep a step reaches, from mild to severe."""

    CONTACT = "contact"
    PROPERTY = "property"
    PERSON = "person"
    HOME = "home"


class MeasureKind(StrEnum):
    """What is done at the door, from mild to severe."""

    VISIT = "visit"  # 走访
    SERVICE = "service"  # 送达
    LIVE_SEIZURE = "live_seizure"  # 活封：查封后由被执行人保管并继续使用
    SEIZURE = "seizure"  # 查封、扣押
    SEARCH = "search"  # 搜查
    SUMMONS = "summons"  # 拘传
    DETENTION = "detention"  # 司法拘留，交公安机关看管
    EVICTION = "eviction"  # 强制迁出

    @property
    def stage(self) -> Stage:
        """How deep this kind reaches."""
        return _STAGES[self]

    @property
    def seizes(self) -> bool:
        """Whether property is put under seizure, in the debtor's use or out of it."""
        return self in (MeasureKind.LIVE_SEIZURE, MeasureKind.SEIZURE)

    @property
    def may_open(self) -> bool:
        """Whether a room or box may have to be opened for it."""
        return self.seizes or self in (MeasureKind.SEARCH, MeasureKind.EVICTION)

    @property
    def coercive(self) -> bool:
        """Whether it is more than looking for somebody and handing over papers."""
        return self.stage is not Stage.CONTACT

    @property
    def restrains(self) -> bool:
        """Whether a person's liberty is restrained."""
        return self.stage is Stage.PERSON


_STAGES = {
    MeasureKind.VISIT: Stage.CONTACT,
    MeasureKind.SERVICE: Stage.CONTACT,
    MeasureKind.LIVE_SEIZURE: Stage.PROPERTY,
    MeasureKind.SEIZURE: Stage.PROPERTY,
    MeasureKind.SEARCH: Stage.PROPERTY,
    MeasureKind.SUMMONS: Stage.PERSON,
    MeasureKind.DETENTION: Stage.PERSON,
    MeasureKind.EVICTION: Stage.HOME,
}


class Attendee(StrEnum):
    """Who, outside the team, is told to be present."""

    DEBTOR_OR_ADULT_FAMILY = "debtor_or_adult_family"
    COMPANY_HEAD = "company_head"
    GRASSROOTS_DELEGATE = "grassroots_delegate"

    @property
    def label(self) -> Message:
        """Return the person's part as it is shown."""
        return _ATTENDEES[self]


_ATTENDEES = {
    Attendee.DEBTOR_OR_ADULT_FAMILY: message("被执行人或其成年家属"),
    Attendee.COMPANY_HEAD: message("法定代表人或主要负责人"),
    Attendee.GRASSROOTS_DELEGATE: message("基层组织（或工作单位）代表"),
}


class Arrangement(StrEnum):
    """What is booked or ordered before a step."""

    UNIFORM_AND_CARDS = "uniform_and_cards"
    CORDON = "cordon"
    TRANSPORT = "transport"
    STORAGE = "storage"
    RESETTLEMENT = "resettlement"
    ACCESSIBLE_VEHICLE = "accessible_vehicle"

    @property
    def label(self) -> Message:
        """Return the arrangement as it is shown."""
        return _ARRANGEMENTS[self]


_ARRANGEMENTS = {
    Arrangement.UNIFORM_AND_CARDS: message("着装并出示工作证件"),
    Arrangement.CORDON: message("禁止无关人员进入现场"),
    Arrangement.TRANSPORT: message("搬运车辆"),
    Arrangement.STORAGE: message("财物存放场所"),
    Arrangement.RESETTLEMENT: message("安置去处"),
    Arrangement.ACCESSIBLE_VEHICLE: message("无障碍车辆"),
}


class ActKind(StrEnum):
    """What was done or said during a step, in the order of its time."""

    CONSEQUENCES_TOLD = "consequences_told"  # 说明拒不到场的后果
    CONTROLLED = "controlled"  # 人身受到控制
    QUESTIONING_STARTED = "questioning_started"
    QUESTIONING_ENDED = "questioning_ended"
    RELEASED = "released"  # 让其离开
    DETAINED = "detained"
    PRESIDENT_REPORTED = "president_reported"
    CONGRESS_REPORTED = "congress_reported"
    FAMILY_NOTIFIED = "family_notified"
    FAMILY_NOTICE_FAILED = "family_notice_failed"  # 无法通知，已记录在案
    DECISION_RECEIVED = "decision_received"  # 被拘留人收到决定书
    RECONSIDERATION_TOLD = "reconsideration_told"
    RECONSIDERATION_ASKED = "reconsideration_asked"
    HANDOVER_REFUSED = "handover_refused"
    OPENING_ORDERED = "opening_ordered"
    OPENING_REFUSED = "opening_refused"
    OPENED_BY_FORCE = "opened_by_force"
    INVENTORY_SIGNED = "inventory_signed"  # 在场人签名，或拒签已记明
    INVENTORY_COPY_GIVEN = "inventory_copy_given"
    SERVICE_REFUSED = "service_refused"
    PAPERS_LEFT = "papers_left"  # 留置
    WITNESS_SIGNED = "witness_signed"
    FILMED = "filmed"
    RECORD_SIGNED = "record_signed"  # 执行笔录由在场人签名，或拒签已记明

    @property
    def prepares(self) -> bool:
        """Whether it comes before a step, which has not begun by it."""
        return self in _PREPARES

    @property
    def takes(self) -> bool:
        """Whether it is the step itself: done at its moment and not to be made good later."""
        return self in _TAKES

    @property
    def on_site(self) -> bool:
        """Whether it is done at the place among those present, as far as it is done that day."""
        return self in _TAKES or self in _SIGNED_ON_SITE


_PREPARES = frozenset(
    {
        ActKind.CONSEQUENCES_TOLD,
        ActKind.HANDOVER_REFUSED,
        ActKind.OPENING_ORDERED,
        ActKind.OPENING_REFUSED,
    }
)
_TAKES = frozenset(
    {
        ActKind.CONTROLLED,
        ActKind.QUESTIONING_STARTED,
        ActKind.DETAINED,
        ActKind.OPENED_BY_FORCE,
        ActKind.SERVICE_REFUSED,
        ActKind.PAPERS_LEFT,
    }
)
_SIGNED_ON_SITE = frozenset(
    {
        ActKind.INVENTORY_SIGNED,
        ActKind.WITNESS_SIGNED,
        ActKind.FILMED,
        ActKind.RECORD_SIGNED,
    }
)


@dataclass(frozen=True, slots=True)
class Act:
    """One entry of a step's log, at an aware moment."""

    kind: ActKind
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueRangeError("现场记录的时间须带时区")


class PoliceGear(StrEnum):
    """Whether weapons or restraints (武器、警械) come along, and who carries them."""

    NONE = "none"
    BY_POLICE = "by_police"
    BY_OTHERS = "by_others"


class TargetRole(StrEnum):
    """What the person is to the case."""

    DEBTOR = "debtor"
    LEGAL_REPRESENTATIVE = "legal_representative"
    HEAD = "head"
    ACTUAL_CONTROLLER = "actual_controller"
    OTHER = "other"


class Condition(StrEnum):
    """State of health that forbids detention."""

    MENTAL_ILLNESS = "mental_illness"
    ISOLATING_INFECTION = "isolating_infection"
    LIFE_THREATENING_ILLNESS = "life_threatening_illness"
    PREGNANT = "pregnant"
    NURSING_INFANT = "nursing_infant"  # 哺乳不满一周岁婴儿


class Deputy(StrEnum):
    """Whether the person is a people's congress deputy, and of which level."""

    NO = "no"
    TOWNSHIP = "township"
    COUNTY_OR_ABOVE = "county_or_above"


@dataclass(frozen=True, slots=True)
class Target:
    """The person a step is aimed at; what was not looked up is None.

    Parameters
    ----------
    conditions
        Empty where somebody asked and found none.
    """

    role: TargetRole
    born_on: date | None = None
    conditions: frozenset[Condition] | None = None
    deputy: Deputy | None = None


class RecipientRole(StrEnum):
    """Who takes served papers."""

    ADDRESSEE = "addressee"
    FAMILY_LIVING_THERE = "family_living_there"
    COMPANY_RECEPTION = "company_reception"  # 负责收件的人
    AGENT = "agent"  # 诉讼代理人、指定代收人
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who took the papers; ``adult`` is None where the age was not asked."""

    role: RecipientRole
    adult: bool | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the rules said of case, address and crew when a step was entered as begun.

    Records of a case hold its present state only; this is kept, so that a case that settles
    because of a step does not make the step a breach, nor one taken up again heal it. Once noted
    it is there for ever; what is noted later, such as with the team, is joined to it.
    """

    noted_at: datetime
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One planned step against one debtor, and what has been done of it.

    Parameters
    ----------
    target
        Person to be brought in, detained or searched; None where nobody is named.
    documents, notified, arrangements, acts
        What is there already.
    inside_district
        Whether it is done inside the court's district; None where nobody looked.
    absence_unjustified
        Whether failing to attend was looked into and found without good reason (summons).
    complex_matter, detention_possible
        What 24 hours of questioning rest on.
    to_local_court
        Whether the person is brought to the court of the place.
    detention_days
        Days that the decision names.
    new_act
        Whether the conduct is new, not one punished before by a detention or a fine.
    violent_emergency
        Whether violence against officers makes detention necessary at once.
    forced_opening
        Whether a room or box is to be opened by force; None where nobody looked.
    woman_searched
        Whether a woman's body may be searched; None where nobody looked.
    notice_ends_on
        Last day that the eviction notice leaves for going freely.
    recipient
        Who took the papers (service).
    mediation_statement
        Whether a mediation statement is among the papers; None where nobody looked.
    away_from_home
        Whether papers are handed over away from the debtor's home.
    police_gear
        Weapons or restraints that come along; None where nobody said.
    owed_yuan, costs_yuan
        What is still owed, and the costs of enforcement (seizure); None where nobody reckoned.
    in_operation
        Whether a company still works (seizure); None where nobody looked.
    decision
        Who decided a coercive step, and why; None where nobody did.
    handed_to
        Id of the station or detention house to which the detained person is brought.
    beginning
        What stood against it when its first act was entered; None before. It stays where the
        act is taken back.

    Raises
    ------
    ValueRangeError
        If an amount is negative or no number.
    """

    id: StepId
    kind: MeasureKind
    case_id: CaseId
    debtor_id: DebtorId
    claim_id: ClaimId | None = None
    target: Target | None = None
    documents: tuple[Document, ...] = ()
    notified: frozenset[Attendee] = frozenset()
    arrangements: frozenset[Arrangement] = frozenset()
    acts: tuple[Act, ...] = ()
    inside_district: bool | None = None
    absence_unjustified: bool = False
    complex_matter: bool = False
    detention_possible: bool = False
    to_local_court: bool = False
    detention_days: int | None = None
    new_act: bool = False
    violent_emergency: bool = False
    forced_opening: bool | None = None
    woman_searched: bool | None = None
    notice_ends_on: date | None = None
    recipient: Recipient | None = None
    mediation_statement: bool | None = None
    away_from_home: bool = False
    police_gear: PoliceGear | None = None
    owed_yuan: float | None = None
    costs_yuan: float | None = None
    in_operation: bool | None = None
    decision: Decision | None = None
    handed_to: str | None = None
    beginning: Beginning | None = None

    def __post_init__(self) -> None:
        for amount in (self.owed_yuan, self.costs_yuan):
            if amount is not None and not 0.0 <= amount < float("inf"):
                raise ValueRangeError(
                    "债权余额和执行费用须为不小于零的数（步骤 %(id)s）", id=self.id
                )

    @property
    def logged(self) -> bool:
        """Whether an act of it is on record, besides what comes before a step."""
        return any(not act.kind.prepares for act in self.acts)

    @property
    def under_way(self) -> bool:
        """Whether an act of it is on record, or was and has been taken back."""
        return self.logged or self.beginning is not None

    def first(self, kind: ActKind, *, until: datetime | None = None) -> datetime | None:
        """Return when this was first done, at ``until`` the latest; None where it was not."""
        moments = (act.at for act in self.acts if act.kind is kind)
        return min((at for at in moments if until is None or at <= until), default=None)

    def document(self, kind: DocumentKind) -> Document | None:
        """Return the document of this kind that was signed last, None where there is none."""
        return last_signed(self.documents, kind)
