"""Frozen, validated values of the field work. No framework is imported here.

Identifiers are opaque texts. Names, telephones and identity numbers are wrapped in
:class:`SecretText`, which never shows its content by accident.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from geo.messages import Message
from geo.model import Candidate, HourBand, Point, Precision
from routes.errors import CaseNumberError, ValueRangeError
from routes.ids import ActionId, CaseId, ClaimId, DebtorId, TeamId
from routes.support import NEXT_STATES, SupportKind, SupportRequest, SupportState

__all__ = [
    "NEXT_STATES",
    "ActionId",
    "AddressClaim",
    "Case",
    "CaseId",
    "CaseKind",
    "CaseNumber",
    "CaseNumberEnd",
    "CaseStatus",
    "Checkpoint",
    "ClaimId",
    "ClaimSource",
    "Debtor",
    "DebtorId",
    "DebtorKind",
    "Duty",
    "DutyBasis",
    "DutyKind",
    "EscortHours",
    "Finding",
    "Grade",
    "Identifier",
    "Instalment",
    "Lead",
    "Liaison",
    "NamesakeRuling",
    "NamesakeVerdict",
    "Outcome",
    "OutcomeKind",
    "Place",
    "PlaceKind",
    "SecretText",
    "Shift",
    "Situation",
    "Station",
    "SupportKind",
    "SupportRequest",
    "SupportState",
    "Team",
    "TeamId",
    "Verdict",
    "VisitBand",
    "travel_band",
]


@dataclass(frozen=True, slots=True, repr=False)
class SecretText:
    """Personal text that shows as ``***``; ask for it by :meth:`reveal`, and audit that."""

    _value: str

    def reveal(self) -> str:
        """Return the content. The caller records who read it and why."""
        return self._value

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "SecretText('***')"


_CASE_NUMBER = re.compile(
    r"^\((?P<year>\d{4})\)(?P<court>[一-龥]\d{2,4}|最高法)(?P<kind>[一-龥]{1,4})(?P<seq>\d{1,6})号"
    r"(?:之(?P<part>[一二三四五六七八九十]+))?$"
)
_NUMBER_END = re.compile(
    r"^(?:\((?P<year>\d{4})\)|(?P<bare>\d{4})(?=[一-龥]))?(?P<court>[一-龥]\d{2,4}|最高法)?"
    r"(?P<kind>[一-龥]{1,4})?(?P<seq>\d{1,6})号?(?:之(?P<part>[一二三四五六七八九十]+))?$"
)


@dataclass(frozen=True, slots=True, order=True)
class CaseNumber:
    """A case number such as （2022）闽0504执123号, in parts.

    Source of the form: 最高人民法院 法〔2015〕137号, 关于人民法院案件案号的若干规定.
    """

    year: int
    court: str
    kind: str
    seq: int
    part: str = ""

    @classmethod
    def parse(cls, text: str) -> CaseNumber:
        """Read a case number, full or half width, with or without blanks.

        Raises
        ------
        CaseNumberError
            If the text has another form.

        Examples
        --------
        >>> str(CaseNumber.parse("(2022) 闽0504执 123 号"))
        '（2022）闽0504执123号'
        """
        plain = text.replace("（", "(").replace("）", ")")
        if _OTHER_FORM.search(plain):
            plain = re.sub(r"\s+", "", plain.translate(_TO_HALF_WIDTH))
            for left, right in (("〔", "〕"), ("[", "]"), ("【", "】")):
                plain = plain.replace(left, "(").replace(right, ")")
        match = _CASE_NUMBER.match(plain)
        if match is None:
            raise CaseNumberError("案号无法识别，应形如“（2022）闽0504执123号”")
        return cls(
            int(match["year"]),
            match["court"],
            match["kind"],
            int(match["seq"]),
            match["part"] or "",
        )

    @property
    def sort_key(self) -> str:
        """Return a text; by their code points such texts have the order of the numbers.

        Examples
        --------
        >>> numbers = [CaseNumber(2026, "闽0504", "执", seq) for seq in (9, 10)]
        >>> numbers[0].sort_key < numbers[1].sort_key
        True
        """
        return "\x1f".join(
            (f"{self.year:04d}", self.court, self.kind, f"{self.seq:06d}", self.part)
        )

    def __str__(self) -> str:
        part = f"之{self.part}" if self.part else ""
        return f"（{self.year}）{self.court}{self.kind}{self.seq}号{part}"


@dataclass(frozen=True, slots=True)
class CaseNumberEnd:
    """The end of a case number, as people say it: None is what was not said."""

    seq: int
    year: int | None = None
    court: str | None = None
    kind: str | None = None
    part: str | None = None

    @classmethod
    def parse(cls, text: str) -> CaseNumberEnd | None:
        """Read the last figures, with or without court, year and 号; None where it is no such end.

        Examples
        --------
        >>> one = CaseNumber.parse("（2022）闽0504执123号")
        >>> [CaseNumberEnd.parse(end).is_of(one) for end in ("123", "闽0504执123", "执23号")]
        [True, True, False]
        """
        match = _NUMBER_END.match(re.sub(r"\s+", "", text.translate(_TO_HALF_WIDTH)))
        if match is None:
            return None
        year = match["year"] or match["bare"]
        return cls(
            int(match["seq"]),
            None if year is None else int(year),
            match["court"],
            match["kind"],
            match["part"],
        )

    def is_of(self, one: CaseNumber) -> bool:
        """Whether a case number ends so."""
        told = (self.year, self.court, self.kind, self.seq, self.part)
        held = (one.year, one.court, one.kind, one.seq, one.part)
        return all(said in (None, is_so) for said, is_so in zip(told, held, strict=True))


_OTHER_FORM = re.compile(r"[\s！-～〔〕\[\]【】]")
_TO_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


class CaseKind(StrEnum):
    """What the claim is about; livelihood kinds come first in the value of a visit."""

    WAGES = "wages"  # 劳动报酬
    SUPPORT = "support"  # 赡养、抚养、扶养费
    INJURY = "injury"  # 人身损害赔偿
    LOAN = "loan"  # 民间借贷
    BANK = "bank"  # 金融借款
    LEASE = "lease"  # 租赁
    SALE = "sale"  # 买卖
    EVICTION = "eviction"  # 腾退
    ADMINISTRATIVE = "administrative"  # 非诉行政执行
    OTHER = "other"

    @property
    def is_livelihood(self) -> bool:
        """Whether wages, support or injury: the kinds that are served first."""
        return self in (CaseKind.WAGES, CaseKind.SUPPORT, CaseKind.INJURY)


class CaseStatus(StrEnum):
    """Where the enforcement stands."""

    ACTIVE = "active"  # 执行中
    STAYED = "stayed"  # 中止、暂缓
    SETTLED = "settled"  # 和解履行中
    PAUSED = "paused"  # 分期、信用修复、承诺履行期内
    ENDED = "ended"  # 终结、结案
    BANKRUPTCY = "bankruptcy"  # 破产受理


class Grade(StrEnum):
    """The court's own list of debtors (policy N2 to N4)."""

    NONE = "none"
    RED = "red"  # 守信，不走访
    WHITE = "white"  # 先联系
    BLACK = "black"  # 优先


class DebtorKind(StrEnum):
    """Natural person or company."""

    PERSON = "person"
    COMPANY = "company"


class Situation(StrEnum):
    """Whether an institution holds the debtor, through which papers are then served."""

    ORDINARY = "ordinary"
    MILITARY_SERVICE = "military_service"  # 现役军人
    IMPRISONED = "imprisoned"  # 被监禁
    COMPULSORY_EDUCATION = "compulsory_education"  # 被采取强制性教育措施


class PlaceKind(StrEnum):
    """What a place is to the debtor; decides when presence is likely."""

    HOME = "home"
    WORK = "work"
    BUSINESS = "business"
    REGISTERED = "registered"


class ClaimSource(StrEnum):
    """Where an address claim comes from."""

    APPLICANT = "applicant"  # 申请人提供
    JUDGMENT = "judgment"  # 裁判文书
    HOUSEHOLD_REGISTER = "household_register"  # 户籍
    RESIDENCE_PERMIT = "residence_permit"  # 居住证
    LEASE = "lease"  # 租赁备案
    COMPANY_REGISTER = "company_register"  # 市场主体登记
    SOCIAL_INSURANCE = "social_insurance"  # 社保缴纳单位
    VEHICLE_REGISTER = "vehicle_register"
    UTILITY = "utility"  # 水电气
    LIAISON = "liaison"  # 网格联络员
    DELIVERY_CONFIRMED = "delivery_confirmed"  # 送达地址确认书
    PROPERTY_REGISTER = "property_register"
    OTHER = "other"


class Identifier(StrEnum):
    """An independent identifier that the namesake gate counts (policy N1)."""

    NAME = "name"
    ID_NUMBER = "id_number"
    BIRTH_DATE = "birth_date"
    KIN = "kin"
    ADDRESS_HISTORY = "address_history"
    PHONE_TAIL = "phone_tail"
    PHOTO = "photo"
    CREDIT_CODE = "credit_code"


class NamesakeVerdict(StrEnum):
    """Whether a record is of the debtor or of a namesake."""

    DIFFERENT = "different"
    UNSURE = "unsure"
    SAME = "same"


class VisitBand(StrEnum):
    """Part of a day in which a visit is tried; see ``routes.bands`` for hours."""

    DAWN = "dawn"
    MORNING = "morning"
    MIDDAY = "midday"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class OutcomeKind(StrEnum):
    """What a visit found."""

    FOUND = "found"
    LIVES_HERE_ABSENT = "lives_here_absent"
    MOVED = "moved"
    NO_SUCH_ADDRESS = "no_such_address"
    NAMESAKE = "namesake"
    REFUSED = "refused"
    CLOSED = "closed"
    WRONG_BAND = "wrong_band"


class DutyKind(StrEnum):
    """A task fixed in place and time."""

    CHECKPOINT = "checkpoint"
    HEARING = "hearing"
    HANDOVER = "handover"  # of a person who is detained
    KEYS = "keys"  # of a home or shop, to who is entitled to it
    OTHER = "other"


class Verdict(StrEnum):
    """What a finding asks for (LAW.md, Verdicts)."""

    BLOCK = "block"
    SIGN_OFF = "sign_off"
    WARN = "warn"
    TIMER = "timer"
    CHECKLIST = "checklist"
    ROUTE = "route"


@dataclass(frozen=True, slots=True)
class Place:
    """A geocoded address of a claim."""

    point: Point
    precision: Precision
    confidence: float
    township_code: str | None = None
    grid_code: str | None = None
    station_id: str | None = None

    @classmethod
    def from_candidate(cls, candidate: Candidate, *, station_id: str | None = None) -> Place:
        """Take the position of a geocoder's candidate."""
        return cls(
            candidate.point,
            candidate.precision,
            candidate.confidence,
            candidate.township_code,
            candidate.grid_code,
            station_id,
        )


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment of a plan: the last day for it, and the day it came in, None before."""

    due_on: date
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An enforcement case, without its parties' personal data.

    ``basis_document`` is the effective instrument's number, ``None`` where it is missing.
    ``vulnerable`` lists codes such as ``minor_alone``, ``elderly``, ``disabled``, ``pregnant``,
    ``ill``: they ask for a sign-off, never for less care; empty where somebody asked and found
    nobody. ``objection_pending`` tells of an objection to the conduct of enforcement. What nobody
    asked of these and of ``major_matter`` is None. ``instalments`` are an agreed plan of payments
    (蓄水养鱼), in any order.
    """

    id: CaseId
    number: CaseNumber
    kind: CaseKind
    status: CaseStatus
    claim_yuan: float
    filed_on: date
    basis_document: str | None = None
    basis_served_on: date | None = None
    performance_due_on: date | None = None
    notice_sent_on: date | None = None
    grade: Grade = Grade.NONE
    contact_logged_on: date | None = None
    paused_until: date | None = None
    major_matter: bool | None = None
    vulnerable: tuple[str, ...] | None = None
    objection_pending: bool | None = None
    instalments: tuple[Instalment, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.claim_yuan < math.inf:
            raise ValueRangeError(
                "执行标的额须为不小于零的有限数（案件编号 %(id)s），请按立案材料改正", id=self.id
            )


@dataclass(frozen=True, slots=True)
class Debtor:
    """A person or company owing performance in one case.

    ``situation`` is None until asked. ``languages`` are skills of a team, such as ``dialect``, all
    of which it takes to be understood.
    """

    id: DebtorId
    case_id: CaseId
    kind: DebtorKind
    name: SecretText
    id_number: SecretText | None = None
    identifiers: frozenset[Identifier] = frozenset({Identifier.NAME})
    needs_female_officer: bool = False
    situation: Situation | None = None
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NamesakeRuling:
    """What a person decided last of an address, after a comparison; see ``routes.namesake``."""

    verdict: NamesakeVerdict
    matched: frozenset[Identifier]
    mismatched: frozenset[Identifier] = frozenset()


@dataclass(frozen=True, slots=True)
class AddressClaim:
    """One statement "debtor D is to be found at text T", with source and date.

    ``basis`` names the document that makes the use of this address lawful (policy N7).
    ``identifiers`` are those that its table says were matched for this address, ``ruling`` is
    the decision on a comparison where there is one. ``military_site`` says that the place is one
    of the armed forces.
    """

    id: ClaimId
    debtor_id: DebtorId
    text: SecretText
    source: ClaimSource
    kind: PlaceKind
    seen_on: date
    basis: str | None = None
    identifiers: frozenset[Identifier] = frozenset()
    place: Place | None = None
    expires_on: date | None = None
    military_site: bool = False
    ruling: NamesakeRuling | None = None


@dataclass(frozen=True, slots=True)
class EscortHours:
    """Hours on one weekday (0 = Monday) in which a station can send an escort."""

    weekday: int
    start: time
    end: time
    officers: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueRangeError("星期 %(weekday)s 不在 0 至 6 之间", weekday=self.weekday)
        if self.start >= self.end:
            raise ValueRangeError("协助时段的开始时间须早于结束时间")
        if self.officers < 1:
            raise ValueRangeError("协助警力须至少一人")


@dataclass(frozen=True, slots=True)
class Station:
    """A police station with its escort calendar; the territory is an area of this code.

    ``phone`` is that of its duty room; None where the court was told none. ``fetched`` says that
    its officers have no car and are fetched at the station; ``profile`` is the vehicle by which
    they come by themselves, empty where their way need not be counted.
    """

    id: str
    name: str
    point: Point
    escort_hours: tuple[EscortHours, ...] = ()
    phone: str | None = field(default=None, repr=False)
    fetched: bool = False
    profile: str = ""

    def __post_init__(self) -> None:
        if self.fetched and self.profile:
            raise ValueRangeError(
                "派出所 %(id)s 既写明到所接人，又写明出警交通方式，请只填一项", id=self.id
            )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A rail station or expressway exit where a duty is held. It never lists travellers."""

    id: str
    name: str
    kind: str  # "rail" or "expressway"
    point: Point


@dataclass(frozen=True, slots=True)
class Liaison:
    """A village's liaison person; the telephone is personal data."""

    id: str
    grid_code: str
    name: SecretText
    phone: SecretText | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """Two or more officers who go together.

    ``skills`` are codes such as ``licence`` (执行公务证), ``female_officer``, ``locksmith``,
    ``judicial_police``, ``recorder``, ``dialect``. ``recorders`` counts recording units, where
    there is a ``recorder``; ``outsiders`` counts members who are neither court staff nor police.
    A shift may last ``overtime_min`` beyond its end and holds ``max_stops`` stops, None for any
    number.
    """

    id: TeamId
    name: str
    officers: int
    skills: frozenset[str]
    profile: str
    base: Point
    recorders: int = 1
    outsiders: int = 0
    overtime_min: int = 0
    max_stops: int | None = None

    def __post_init__(self) -> None:
        if self.officers < 1:
            raise ValueRangeError("执行小组 %(id)s 的人数须至少一人", id=self.id)
        if self.recorders < 0 or self.outsiders < 0:
            raise ValueRangeError("执行小组 %(id)s 的记录设备数和外部人员数不能为负数", id=self.id)
        if self.overtime_min < 0 or (self.max_stops is not None and self.max_stops < 1):
            raise ValueRangeError(
                "执行小组 %(id)s 的可加班时间不能为负数，每班停留数须至少一处", id=self.id
            )


@dataclass(frozen=True, slots=True)
class Shift:
    """A team's working hours on one day; times are Asia/Shanghai, aware."""

    team_id: TeamId
    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueRangeError("班次时间须带时区")
        if self.starts_at >= self.ends_at:
            raise ValueRangeError("班次的开始时间须早于结束时间（小组 %(id)s）", id=self.team_id)


@dataclass(frozen=True, slots=True)
class DutyBasis:
    """The court's paper behind a duty at a checkpoint. It never lists travellers.

    Parameters
    ----------
    document
        Number of the assistance notice or the agreement.
    debtor_id
        The one person that the paper names, by id only.
    purpose
        What the partner is asked for.
    liaison
        The partner's office or post that answers; never a person's name.
    ends_on
        Last day of the paper.
    """

    document: str
    debtor_id: DebtorId | None = None
    purpose: str | None = None
    liaison: str | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """A task fixed in place and time that some team must hold.

    Parameters
    ----------
    starts_at, ends_at
        Between which it is held.
    service_s
        How long it takes; None: from start to end.
    case_id
        Case for which it is held, where its paper names no debtor.
    team_id
        The team that must hold it; None: any.
    """

    id: str
    kind: DutyKind
    label: str
    point: Point
    starts_at: datetime
    ends_at: datetime
    checkpoint_id: str | None = None
    basis: DutyBasis | None = None
    needed_skills: frozenset[str] = frozenset()
    service_s: int | None = None
    case_id: CaseId | None = None
    team_id: TeamId | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """A lawful hint from a partner or liaison, with source and expiry."""

    id: str
    debtor_id: DebtorId
    source: str
    received_at: datetime
    expires_at: datetime
    claim_id: ClaimId | None = None
    band: VisitBand | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a visit found."""

    id: str
    claim_id: ClaimId
    kind: OutcomeKind
    at: datetime
    band: VisitBand
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one subject.

    Parameters
    ----------
    rule
        Id in LAW.md, such as ``A1`` or ``N1``.
    subject
        What it speaks of: ``case:ID``, ``claim:ID``, ``visit:ID``, ``team:ID``.
    message
        What is wrong, and the cure.
    citation
        Instrument and article only.
    rests_on
        Facts that a signature answers and the sentence leaves out, such as the hours of a duty.
        They are compared and never shown.
    """

    rule: str
    verdict: Verdict
    subject: str
    message: Message
    citation: str
    rests_on: tuple[str, ...] = field(default=(), repr=False)

    @property
    def digest(self) -> str:
        """64 digits that stand for what is said, whatever the reader's language.

        Equal where rule, subject, sentence, its facts and :attr:`rests_on` are equal.
        """
        said = [self.rule, self.subject, _plain(self.message), self.rests_on]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: object) -> object:
    """Return a fact of a message in a form that JSON holds."""
    if isinstance(value, Message):
        return [value.msgid, [[name, _plain(fact)] for name, fact in value.facts]]
    return value if isinstance(value, int | float) else str(value)


def travel_band(second_of_day: int) -> HourBand:
    """Return the hour band in which a road's speed is read at this local second.

    Morning peak is 07:00-09:00, evening peak 17:00-19:00, night 21:00-06:00; how slow a band
    is on a workday and on a day of rest, the speeds of the roads say.
    """
    hour = second_of_day / 3600.0
    if hour < 6.0 or hour >= 21.0:
        return HourBand.NIGHT
    if 7.0 <= hour < 9.0:
        return HourBand.MORNING_PEAK
    if 17.0 <= hour < 19.0:
        return HourBand.EVENING_PEAK
    return HourBand.MIDDAY
