"""Facts about records, shares, displays, decisions and servers that the data rules look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from geo.messages import Message, message
from routes.data_types import DataType
from routes.decisions import Decision

__all__ = [
    "Assessment",
    "Audience",
    "AuditFacts",
    "DecisionFacts",
    "DestinationFacts",
    "DisplayFacts",
    "Host",
    "MapFacts",
    "Purpose",
    "RecordFacts",
    "ShareFacts",
    "SharedField",
    "VendorFacts",
]


class Purpose(StrEnum):
    """The court's tasks for which a record may be held."""

    FIND_DEBTOR = "find_debtor"
    FIND_PROPERTY = "find_property"
    SERVE = "serve"
    RECORD_VISIT = "record_visit"


@dataclass(frozen=True, slots=True)
class Assessment:
    """An impact assessment of personal data (个人信息保护影响评估) on record."""

    document: str
    made_on: date


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """A record, or a column of records, on a day.

    Parameters
    ----------
    subject
        ``record:ID``, or the record's own kind and id where it has one (``claim:ID``).
    linked
        Whether it belongs to the case it is held or used for; None where nobody looked.
    purpose
        None where no task of the court needs it.
    expires_on
        Last day of its term, None where it has none.
    purpose_done
        Whether the task is done, such as a case that ended.
    encrypted
        Whether it is encrypted where it is kept; None where nobody looked.
    assessment
        None where there is none.
    readable
        Fields that lie beside the encrypted ones and are not encrypted themselves.
    """

    subject: str
    data_type: DataType
    on: date
    linked: bool | None = None
    purpose: Purpose | None = None
    expires_on: date | None = None
    purpose_done: bool = False
    encrypted: bool | None = None
    assessment: Assessment | None = None
    readable: tuple[Message, ...] = ()


class SharedField(StrEnum):
    """What a share or display may show of a stop."""

    PLACE = "place"
    TIME = "time"
    HAZARD = "hazard"
    ESCORT = "escort"
    ANSWER = "answer"
    NAME = "name"
    IMAGE = "image"
    HOME = "home"
    SCHOOL = "school"
    DEBT = "debt"
    FAMILY = "family"
    CASE_NUMBER = "case_number"

    @property
    def label(self) -> Message:
        """Return the field as it is shown."""
        return _FIELDS[self]


_FIELDS = {
    SharedField.PLACE: message("停留地点"),
    SharedField.TIME: message("时间"),
    SharedField.HAZARD: message("现场提示"),
    SharedField.ESCORT: message("协助请求"),
    SharedField.ANSWER: message("答复"),
    SharedField.NAME: message("姓名"),
    SharedField.IMAGE: message("影像"),
    SharedField.HOME: message("住址"),
    SharedField.SCHOOL: message("就读学校"),
    SharedField.DEBT: message("债务"),
    SharedField.FAMILY: message("家庭情况"),
    SharedField.CASE_NUMBER: message("案号"),
}


@dataclass(frozen=True, slots=True)
class ShareFacts:
    """A share with a partner at an aware moment; what is not known is False or None.

    Parameters
    ----------
    share_id
        For the subject ``share:ID``.
    action_id
        The action it is limited to; None for a share of everything.
    shows
        Fields that the partner's page is built from.
    public_link
        Whether it opens without signing in.
    """

    share_id: str
    at: datetime
    action_id: str | None
    expires_at: datetime | None
    needs_login: bool
    watermarked: bool
    shows: frozenset[SharedField]
    public_link: bool = False

    @property
    def subject(self) -> str:
        """Return ``share:ID``."""
        return f"share:{self.share_id}"


class Audience(StrEnum):
    """Who sees a display."""

    COURT = "court"
    PARTNER = "partner"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class DisplayFacts:
    """Fields of one person that are about to be shown; ``minor`` is None where nobody knows."""

    display_id: str
    audience: Audience
    minor: bool | None
    shows: frozenset[SharedField]

    @property
    def subject(self) -> str:
        """Return ``display:ID``."""
        return f"display:{self.display_id}"


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """A coercive step and who decided it; ``decision`` is None where nobody did."""

    step_id: str
    coercive: bool
    decision: Decision | None

    @property
    def subject(self) -> str:
        """Return ``step:ID``."""
        return f"step:{self.step_id}"


class Host(StrEnum):
    """Where a server stands that is asked."""

    OWN = "own"  # 本院服务器或内网
    DOMESTIC = "domestic"  # 经核准的境内服务
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class DestinationFacts:
    """Something that is fetched from, or sent to, a server.

    Parameters
    ----------
    display_id
        For the subject ``display:ID``.
    host
        Where the server stands; None where nobody looked.
    beside_cases
        Whether it starts from a store that holds cases; None where nobody looked.
    by_administrator, roads_by_name
        What the one exception asks: a download of roads by a district's name, once.
    """

    display_id: str
    host: Host | None
    beside_cases: bool | None
    by_administrator: bool = False
    roads_by_name: bool = False

    @property
    def subject(self) -> str:
        """Return ``display:ID``."""
        return f"display:{self.display_id}"


@dataclass(frozen=True, slots=True)
class MapFacts:
    """A map that is to be given out; ``review`` is the number of its map review (审图号)."""

    display_id: str
    audience: Audience
    review: str | None

    @property
    def subject(self) -> str:
        """Return ``display:ID``."""
        return f"display:{self.display_id}"


@dataclass(frozen=True, slots=True)
class VendorFacts:
    """Work of a vendor on the system; ``contract`` names the agreement on data handling."""

    share_id: str
    contract: str | None
    keeps_copies: bool | None

    @property
    def subject(self) -> str:
        """Return ``share:ID``."""
        return f"share:{self.share_id}"


@dataclass(frozen=True, slots=True)
class AuditFacts:
    """The log of views, exports and overrides; ``intact`` is None where nobody verified it."""

    subject: str
    intact: bool | None
