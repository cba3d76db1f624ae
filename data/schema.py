"""Tables of the store. Names are the project's words, one table a word.

Moments are ISO texts in UTC, days ISO dates, flags 0 or 1, so that SQLite's strict typing
holds, a row can be read by eye and sorts alike in every database. :class:`Encrypted` columns,
texts and bytes, are encrypted. ``written_at`` is when a row was added or its content last changed.
"""

# ruff: noqa: ARG002 (SQLAlchemy fixes the signatures of the column types)
from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Connection,
    Dialect,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from data.columns import LONG, REAL, TEXT
from data.crypto import FieldCipher
from data.errors import StoreError

__all__ = [
    "AccountIdentityRow",
    "AccountRow",
    "ActionRow",
    "AddressClaimRow",
    "AlarmNoteRow",
    "ApiTokenRow",
    "AreaRow",
    "AuditCheckpointRow",
    "AuditEntryRow",
    "Base",
    "CalendarDayRow",
    "CheckAnswerRow",
    "CheckInConsentRow",
    "CheckInRow",
    "CheckpointHoursRow",
    "CheckpointRow",
    "ClosureRow",
    "ColumnMapRow",
    "Day",
    "DebtorRow",
    "DutyRow",
    "Encrypted",
    "EnforcementCaseRow",
    "FieldDeviceRow",
    "GazetteerEntryRow",
    "GridLiaisonRow",
    "ImportBatchRow",
    "JobRow",
    "KnownFileRow",
    "LeadRow",
    "MeasuredLegRow",
    "NamePartRow",
    "NamesakeDecisionRow",
    "OutcomeFileRow",
    "OutcomeRecordRow",
    "OutcomeRow",
    "PlaceDecisionRow",
    "PlacePointRow",
    "PlaceRow",
    "PlanBriefRow",
    "PropertyAnswerRow",
    "QuarantinedRowRow",
    "RecoveryCodeRow",
    "RegisterRow",
    "RestrictionRow",
    "Secret",
    "SecretBytes",
    "SettingRow",
    "ShareRow",
    "SignInFailureRow",
    "SignOffRow",
    "StationHoursRow",
    "StationRow",
    "StepItemRow",
    "StepRow",
    "SupportRequestRow",
    "TeamHoursRow",
    "TeamMessageRow",
    "TeamRow",
    "TipRow",
    "TravelCorrectionRow",
    "bind_cipher",
    "cipher_of",
]

_Content = TypeVar("_Content", str, bytes)
_CIPHERS: WeakKeyDictionary[Dialect, FieldCipher] = WeakKeyDictionary()


def bind_cipher(engine: Engine, cipher: FieldCipher) -> None:
    """Let this engine read and write :class:`Encrypted` columns."""
    _CIPHERS[engine.dialect] = cipher


def cipher_of(connection: Connection) -> FieldCipher:
    """Return the cipher of the engine of a connection."""
    return _CIPHERS[connection.dialect]


class Encrypted(TypeDecorator[_Content]):
    """What is stored encrypted, bound to the name of its field."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field

    def hides(self, stored: bytes | None) -> bool:
        """Whether a key is needed for what a row holds."""
        return stored is not None


class Secret(Encrypted[str]):
    """Text that is stored encrypted."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _CIPHERS[dialect].encrypt(value, field=self.field)

    def stored(self, values: Sequence[str | None], dialect: Dialect) -> list[bytes | None]:
        """Return many values as they are stored, which costs less than one by one."""
        return _CIPHERS[dialect].encrypt_all(values, field=self.field)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else _CIPHERS[dialect].decrypt(value, field=self.field)


class SecretBytes(Encrypted[bytes]):
    """Bytes that are stored encrypted and may be many; what is emptied stays empty."""

    cache_ok = True

    def hides(self, stored: bytes | None) -> bool:
        return bool(stored)

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return _CIPHERS[dialect].seal(value, field=self.field) if value else value

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return _CIPHERS[dialect].unseal(value, field=self.field) if value else value


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC with microseconds, so that texts sort as times do."""

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise StoreError("时间缺少时区，不予保存")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


@lru_cache(maxsize=20_000)
def _day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


class Day(TypeDecorator[date]):
    """A calendar day as ISO text."""

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return _day_text(value)

    def stored(self, values: Sequence[date | None], dialect: Dialect) -> list[str | None]:
        """Return many values as they are stored, which costs less than one by one."""
        return list(map(_day_text, values))

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


class Flag(TypeDecorator[bool]):
    """Yes or no as 1 or 0."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


class Base(DeclarativeBase):
    """Root of the tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: TEXT,
        bytes: LargeBinary,
        float: REAL,
        int: Integer,
        bool: Flag,
        datetime: Moment,
        date: Day,
    }


_STRICT = {"sqlite_strict": True}


class SettingRow(Base):
    """One named value of the store itself."""

    __tablename__ = "setting"
    __table_args__ = _STRICT
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class EnforcementCaseRow(Base):
    """An enforcement case; ``vulnerable`` is health data and so encrypted.

    ``sort_key`` follows from the number: as texts, keys have the order of the numbers. Indexes end
    with the id, so that a page of a list is found without looking up the rows that it passes over.
    """

    __tablename__ = "enforcement_case"
    __table_args__ = (
        Index(None, "sort_key", "id"),
        Index(None, "kind", "sort_key", "id"),
        Index(None, "kind", "status", "sort_key", "id"),
        Index(None, "status", "sort_key", "id"),
        Index(None, "grade", "sort_key", "id"),
        _STRICT,
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    sort_key: Mapped[str | None]
    kind: Mapped[str]
    status: Mapped[str]
    claim_yuan: Mapped[float]
    filed_on: Mapped[date]
    basis_document: Mapped[str | None]
    basis_served_on: Mapped[date | None]
    performance_due_on: Mapped[date | None]
    notice_sent_on: Mapped[date | None]
    grade: Mapped[str]
    contact_logged_on: Mapped[date | None]
    paused_until: Mapped[date | None]
    major_matter: Mapped[bool | None]
    vulnerable: Mapped[str | None] = mapped_column(Secret("enforcement_case.vulnerable"))
    objection_pending: Mapped[bool | None]
    instalments: Mapped[str | None]
    ended_on: Mapped[date | None]
    content_hash: Mapped[str]


class DebtorRow(Base):
    """A debtor of one case; hashes serve exact search."""

    __tablename__ = "debtor"
    __table_args__ = (Index(None, "case_id", "id"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("enforcement_case.id"))
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(Secret("debtor.name"))
    name_hash: Mapped[str] = mapped_column(index=True)
    id_number: Mapped[str | None] = mapped_column(Secret("debtor.id_number"))
    id_number_hash: Mapped[str | None] = mapped_column(index=True)
    identifiers: Mapped[str]
    needs_female_officer: Mapped[bool]
    situation: Mapped[str | None] = mapped_column(Secret("debtor.situation"))
    languages: Mapped[str | None] = mapped_column(Secret("debtor.languages"))
    content_hash: Mapped[str]


class NamePartRow(Base):
    """A part of a name as a short keyed hash, by which it is found; debtors have the name's own."""

    __tablename__ = "name_part"
    __table_args__ = _STRICT | {"sqlite_with_rowid": False}
    part: Mapped[int] = mapped_column(LONG, primary_key=True)
    name_hash: Mapped[str] = mapped_column(primary_key=True)


class AddressClaimRow(Base):
    """One statement of where a debtor is to be found."""

    __tablename__ = "address_claim"
    __table_args__ = (Index(None, "debtor_id", "id"), Index(None, "written_at"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    debtor_id: Mapped[str] = mapped_column(ForeignKey("debtor.id"))
    text: Mapped[str] = mapped_column(Secret("address_claim.text"))
    text_hash: Mapped[str] = mapped_column(index=True)
    source: Mapped[str]
    kind: Mapped[str]
    seen_on: Mapped[date]
    basis: Mapped[str | None] = mapped_column(Secret("address_claim.basis"))
    identifiers: Mapped[str]
    expires_on: Mapped[date | None]
    military_site: Mapped[bool | None]
    content_hash: Mapped[str]
    written_at: Mapped[datetime | None]


class PlaceRow(Base):
    """In which areas the place of an address claim lies, and how surely.

    Where it lies, :class:`PlacePointRow` keeps. Rows lie in the order of the claims' ids, so that
    their order says nothing of when they were written.
    """

    __tablename__ = "place"
    __table_args__ = _STRICT | {"sqlite_with_rowid": False}
    claim_id: Mapped[str] = mapped_column(ForeignKey("address_claim.id"), primary_key=True)
    precision: Mapped[str]
    confidence: Mapped[float]
    township_code: Mapped[str | None]
    grid_code: Mapped[str | None]
    station_id: Mapped[str | None]


class PlacePointRow(Base):
    """Coordinates of an address claim's place, WGS84 degrees, by a pseudonym of the claim.

    The database keeps an index by box in step: a table ``place_box`` in SQLite, a column ``point``
    in PostgreSQL. Neither is read or written from here but by :mod:`data.claim_places`.
    """

    __tablename__ = "place_point"
    __table_args__ = _STRICT | {"sqlite_with_rowid": False}
    id: Mapped[str] = mapped_column(primary_key=True)
    claim: Mapped[str] = mapped_column(Secret("place_point.claim"))
    lon: Mapped[float]
    lat: Mapped[float]


class PlaceDecisionRow(Base):
    """Where a person said that a claim's address is, or that nobody can tell.

    ``position`` are its degrees. ``earlier`` holds the places of claims before and after it,
    ``taught`` the court's own place names before and after it, so that it can be undone; no name
    of a person is in either. All three tell where a debtor lives, and so are encrypted.
    """

    __tablename__ = "place_decision"
    __table_args__ = _STRICT
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("address_claim.id"), index=True)
    verdict: Mapped[str]
    basis: Mapped[str]
    position: Mapped[str | None] = mapped_column(Secret("place_decision.position"))
    earlier: Mapped[str] = mapped_column(Secret("place_decision.earlier"))
    taught: Mapped[str] = mapped_column(Secret("place_decision.taught"))
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    spread_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class OutcomeRow(Base):
    """What a visit found, which is encrypted, as is the note.

    The moment stays plain: outcomes are read in its order, by the day, and go by their age.
    """

    __tablename__ = "outcome"
    __table_args__ = (Index(None, "written_at"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("address_claim.id"), index=True)
    kind: Mapped[str] = mapped_column(Secret("outcome.kind"))
    at: Mapped[datetime]
    band: Mapped[str] = mapped_column(Secret("outcome.band"))
    note: Mapped[str | None] = mapped_column(Secret("outcome.note"))
    withdrawn: Mapped[bool]
    content_hash: Mapped[str]
    written_at: Mapped[datetime | None]


class OutcomeRecordRow(Base):
    """What an officer's device put on record beside an outcome, as JSON."""

    __tablename__ = "outcome_record"
    __table_args__ = _STRICT
    outcome_id: Mapped[str] = mapped_column(ForeignKey("outcome.id"), primary_key=True)
    content: Mapped[str] = mapped_column(Secret("outcome_record.content"))


class OutcomeFileRow(Base):
    """A photo or a signature that belongs to an outcome; its content is Base64."""

    __tablename__ = "outcome_file"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    outcome_id: Mapped[str] = mapped_column(ForeignKey("outcome.id"), index=True)
    kind: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[str] = mapped_column(Secret("outcome_file.content"))


class LeadRow(Base):
    """A hint from a partner or liaison."""

    __tablename__ = "lead"
    __table_args__ = (Index(None, "written_at"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    debtor_id: Mapped[str] = mapped_column(ForeignKey("debtor.id"), index=True)
    source: Mapped[str] = mapped_column(Secret("lead.source"))
    received_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("address_claim.id"), index=True)
    band: Mapped[str | None]
    withdrawn: Mapped[bool]
    content_hash: Mapped[str]
    written_at: Mapped[datetime | None]


class EndedSessionRow(Base):
    """A session that somebody ended, by a keyed hash, until its cookie would end by itself."""

    __tablename__ = "ended_session"
    __table_args__ = _STRICT
    digest: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]


class PropertyAnswerRow(Base):
    """What was answered of a debtor's property; all that tells of it is encrypted."""

    __tablename__ = "property_answer"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    debtor_id: Mapped[str] = mapped_column(ForeignKey("debtor.id"), index=True)
    kind: Mapped[str] = mapped_column(Secret("property_answer.kind"))
    holder: Mapped[str] = mapped_column(Secret("property_answer.holder"))
    detail: Mapped[str | None] = mapped_column(Secret("property_answer.detail"))
    amount_yuan: Mapped[str | None] = mapped_column(Secret("property_answer.amount_yuan"))
    answered_on: Mapped[date]
    content_hash: Mapped[str]


class KnownFileRow(Base):
    """A file that was imported and said nothing that the store does not hold since.

    The database empties this table by triggers once a case, debtor or claim is changed or taken
    away, whoever does that.
    """

    __tablename__ = "known_file"
    __table_args__ = _STRICT
    digest: Mapped[str] = mapped_column(primary_key=True)
    rows: Mapped[int]
    encoding: Mapped[str]


class StationRow(Base):
    """A police station; the telephone is that of its duty room."""

    __tablename__ = "station"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    lon: Mapped[float]
    lat: Mapped[float]
    fetched: Mapped[bool | None]
    profile: Mapped[str | None]
    content_hash: Mapped[str]


class StationHoursRow(Base):
    """Weekly hours in which a station sends escorts; seconds after local midnight."""

    __tablename__ = "station_hours"
    __table_args__ = _STRICT
    station_id: Mapped[str] = mapped_column(ForeignKey("station.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    start_s: Mapped[int] = mapped_column(primary_key=True)
    end_s: Mapped[int]
    officers: Mapped[int]


class CheckpointRow(Base):
    """A rail station or expressway exit."""

    __tablename__ = "checkpoint"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    duty_basis: Mapped[str | None]
    content_hash: Mapped[str]


class CheckpointHoursRow(Base):
    """Weekly hours in which a duty is held at a checkpoint."""

    __tablename__ = "checkpoint_hours"
    __table_args__ = _STRICT
    checkpoint_id: Mapped[str] = mapped_column(ForeignKey("checkpoint.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    start_s: Mapped[int] = mapped_column(primary_key=True)
    end_s: Mapped[int]


class TeamRow(Base):
    """Officers who go together."""

    __tablename__ = "team"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    officers: Mapped[int]
    skills: Mapped[str]
    profile: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    recorders: Mapped[int | None]
    outsiders: Mapped[int | None]
    overtime_min: Mapped[int | None]
    max_stops: Mapped[int | None]
    content_hash: Mapped[str]


class TeamHoursRow(Base):
    """A team's weekly shifts."""

    __tablename__ = "team_hours"
    __table_args__ = _STRICT
    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    start_s: Mapped[int] = mapped_column(primary_key=True)
    end_s: Mapped[int]


class DutyRow(Base):
    """A hearing, keys to be given over, or what else must be held on a day; see :mod:`data.duties`.

    The place may be somebody's home. ``found_lon`` and ``found_lat`` were found by the address.
    """

    __tablename__ = "duty"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    label: Mapped[str] = mapped_column(Secret("duty.label"))
    address_text: Mapped[str | None] = mapped_column(Secret("duty.address_text"))
    lon: Mapped[str | None] = mapped_column(Secret("duty.lon"))
    lat: Mapped[str | None] = mapped_column(Secret("duty.lat"))
    found_lon: Mapped[str | None] = mapped_column(Secret("duty.found_lon"))
    found_lat: Mapped[str | None] = mapped_column(Secret("duty.found_lat"))
    day: Mapped[date] = mapped_column(index=True)
    start_s: Mapped[int]
    end_s: Mapped[int]
    minutes: Mapped[int | None]
    skills: Mapped[str]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("enforcement_case.id"), index=True)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("team.id"), index=True)
    withdrawn: Mapped[bool]
    content_hash: Mapped[str]


class GridLiaisonRow(Base):
    """The liaison person of a grid."""

    __tablename__ = "grid_liaison"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    grid_code: Mapped[str] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(Secret("grid_liaison.name"))
    phone: Mapped[str | None] = mapped_column(Secret("grid_liaison.phone"))
    content_hash: Mapped[str]


class AreaRow(Base):
    """A polygon, as well-known binary in WGS84."""

    __tablename__ = "area"
    __table_args__ = _STRICT
    kind: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_code: Mapped[str | None]
    wkb: Mapped[bytes]
    position: Mapped[int]


class GazetteerEntryRow(Base):
    """A named place that the court added to the gazetteer."""

    __tablename__ = "gazetteer_entry"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    aliases: Mapped[str]
    township: Mapped[str | None]
    village: Mapped[str | None]
    road: Mapped[str | None]
    number: Mapped[str | None]
    content_hash: Mapped[str]


class CalendarDayRow(Base):
    """A day whose kind a signed notice sets."""

    __tablename__ = "calendar_day"
    __table_args__ = _STRICT
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    signed_by: Mapped[str]
    signed_on: Mapped[date]
    content_hash: Mapped[str]


class ActionRow(Base):
    """A problem and the plan that answers it, as compressed JSON, emptied after their time.

    They tell by the id which rules spare a person (illness, custody, service): hence encrypted.
    """

    __tablename__ = "action"
    __table_args__ = (Index(None, "released_at"), _STRICT)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    problem: Mapped[bytes] = mapped_column(SecretBytes("action.problem"))
    plan: Mapped[bytes] = mapped_column(SecretBytes("action.plan"))
    other_id: Mapped[str | None]
    approved: Mapped[bool | None]
    approval_by: Mapped[datetime | None]
    last_day: Mapped[date | None]
    override_reason: Mapped[str | None] = mapped_column(Secret("action.override_reason"))
    branch_on: Mapped[str | None]


class PlanBriefRow(Base):
    """What lists tell of a plan; SQLite would read through the plan to columns behind it."""

    __tablename__ = "plan_brief"
    __table_args__ = _STRICT
    action_id: Mapped[str] = mapped_column(ForeignKey("action.id"), primary_key=True)
    days: Mapped[str]
    visits: Mapped[int]
    expected_found: Mapped[float]


class ReplanRow(Base):
    """From which plan another was made anew, and after what.

    ``disturbances`` is JSON; it tells who has paid and which rule bars whom.
    """

    __tablename__ = "replan"
    __table_args__ = _STRICT
    action_id: Mapped[str] = mapped_column(ForeignKey("action.id"), primary_key=True)
    replaces_id: Mapped[str] = mapped_column(ForeignKey("action.id"), index=True)
    day: Mapped[date]
    at_s: Mapped[int]
    disturbances: Mapped[str] = mapped_column(Secret("replan.disturbances"))
    was_released: Mapped[bool]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class ClosureRow(Base):
    """Roads closed for a time; never deleted, only lifted."""

    __tablename__ = "closure"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    geometry: Mapped[str | None]
    roads: Mapped[str]
    direction: Mapped[str]
    begins_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class MeasuredLegRow(Base):
    """How long a way took, and the time foretold for it by tier of road: not whose, not where."""

    __tablename__ = "measured_leg"
    __table_args__ = (Index(None, "basis", "on"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[date]
    profile: Mapped[str]
    day: Mapped[str]
    band: Mapped[str]
    measured_s: Mapped[float]
    expressway_s: Mapped[float]
    arterial_s: Mapped[float]
    local_s: Mapped[float]
    lane_s: Mapped[float]
    fixed_s: Mapped[float]
    basis: Mapped[str]
    content_hash: Mapped[str]


class TravelCorrectionRow(Base):
    """Factors on travel times that someone put in use; the last one without an end holds."""

    __tablename__ = "travel_correction"
    __table_args__ = _STRICT
    seq: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    basis: Mapped[str]
    correction: Mapped[str]
    applied_at: Mapped[datetime]
    applied_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class LocatingFitRow(Base):
    """Learned numbers of the locating model that someone put in use; the one without end holds."""

    __tablename__ = "locating_fit"
    __table_args__ = _STRICT
    seq: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    basis: Mapped[str]
    fit: Mapped[str]
    applied_at: Mapped[datetime]
    applied_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class SignOffRow(Base):
    """A signature on what a rule said of a subject, until its term ends or it is withdrawn."""

    __tablename__ = "sign_off"
    __table_args__ = (Index(None, "signed_at"), Index(None, "withdrawn_at"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    reason: Mapped[str] = mapped_column(Secret("sign_off.reason"))
    document_no: Mapped[str] = mapped_column(Secret("sign_off.document_no"))
    signed_by: Mapped[str]
    signed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    digest: Mapped[str | None] = mapped_column(Secret("sign_off.digest"))


class NamesakeDecisionRow(Base):
    """What a person decided of a record after a comparison; what agreed is personal data."""

    __tablename__ = "namesake_decision"
    __table_args__ = (Index(None, "decided_at"), Index(None, "withdrawn_at"), _STRICT)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    debtor_id: Mapped[str] = mapped_column(ForeignKey("debtor.id"), index=True)
    subject: Mapped[str]
    number_hash: Mapped[str | None]
    verdict: Mapped[str]
    proposed: Mapped[str]
    results: Mapped[str] = mapped_column(Secret("namesake_decision.results"))
    log_ratio: Mapped[float]
    independent: Mapped[int]
    override: Mapped[bool]
    reason: Mapped[str] = mapped_column(Secret("namesake_decision.reason"))
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]


class CheckAnswerRow(Base):
    """What was answered to a check of the place of an address claim."""

    __tablename__ = "check_answer"
    __table_args__ = (Index(None, "entered_at"), Index(None, "withdrawn_at"), _STRICT)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("address_claim.id"), index=True)
    asked: Mapped[str]
    answer: Mapped[str]
    answered_on: Mapped[date]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]


class StepRow(Base):
    """One revision of a step of enforcement; the highest of an id holds."""

    __tablename__ = "step"
    __table_args__ = (UniqueConstraint("id", "revision"), _STRICT)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str]
    revision: Mapped[int]
    case_id: Mapped[str] = mapped_column(ForeignKey("enforcement_case.id"), index=True)
    kind: Mapped[str]
    state: Mapped[str]
    starts_at: Mapped[datetime | None]
    team_id: Mapped[str | None]
    content: Mapped[str] = mapped_column(Secret("step.content"))
    reason: Mapped[str] = mapped_column(Secret("step.reason"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class StepItemRow(Base):
    """One revision of a piece of property that a step takes; the highest of an id holds."""

    __tablename__ = "step_item"
    __table_args__ = (UniqueConstraint("id", "revision"), _STRICT)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str]
    revision: Mapped[int]
    step_id: Mapped[str] = mapped_column(index=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("enforcement_case.id"), index=True)
    withdrawn: Mapped[bool]
    content: Mapped[str] = mapped_column(Secret("step_item.content"))
    description: Mapped[str] = mapped_column(Secret("step_item.description"))
    reason: Mapped[str] = mapped_column(Secret("step_item.reason"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class RestrictionRow(Base):
    """What limits a debtor; its details are encrypted, and gone where their term is over."""

    __tablename__ = "restriction"
    __table_args__ = _STRICT
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    debtor_id: Mapped[str] = mapped_column(ForeignKey("debtor.id"), index=True)
    kind: Mapped[str]
    ends_on: Mapped[date | None]
    details: Mapped[str | None] = mapped_column(Secret("restriction.details"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class RegisterRow(Base):
    """One line of the register of data protection; free text in it is encrypted."""

    __tablename__ = "register"
    __table_args__ = _STRICT
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(index=True)
    code: Mapped[str]
    document: Mapped[str]
    on: Mapped[date]
    note: Mapped[str | None] = mapped_column(Secret("register.note"))
    leak_id: Mapped[str | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class ShareRow(Base):
    """Leave for a station to see its part of an action."""

    __tablename__ = "share"
    __table_args__ = (Index(None, "station_id", "expires_at"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    action_id: Mapped[str] = mapped_column(ForeignKey("action.id"), index=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("station.id"))
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    revoked_at: Mapped[datetime | None]


class SupportRequestRow(Base):
    """An ask to a station, with its answer."""

    __tablename__ = "support_request"
    __table_args__ = (Index(None, "answered_at"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    action_id: Mapped[str] = mapped_column(ForeignKey("action.id"), index=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("station.id"), index=True)
    kind: Mapped[str]
    ref: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    proposed_starts_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    is_duty: Mapped[bool]
    document: Mapped[str | None] = mapped_column(Secret("support_request.document"))
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[str | None]


class AccountRow(Base):
    """Someone who may sign in; the password is an argon2id hash."""

    __tablename__ = "account"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str]
    display_name: Mapped[str] = mapped_column(Secret("account.display_name"))
    station_id: Mapped[str | None]
    grid_code: Mapped[str | None]
    epoch: Mapped[int] = mapped_column(default=0)
    password_set_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_by: Mapped[str | None]
    totp_secret: Mapped[str | None] = mapped_column(Secret("account.totp_secret"))
    totp_step: Mapped[int | None]
    tour_seen_at: Mapped[datetime | None]
    team_id: Mapped[str | None]
    court_code: Mapped[str | None]


class RecoveryCodeRow(Base):
    """A code on paper that stands for the second factor once."""

    __tablename__ = "recovery_code"
    __table_args__ = _STRICT
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)


class SignInFailureRow(Base):
    """A failure to sign in of late, by a keyed hash of the name or address that was tried."""

    __tablename__ = "sign_in_failure"
    __table_args__ = _STRICT
    seq: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]


class ApiTokenRow(Base):
    """Leave for a program to read in an account's name; of its secret a keyed hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    label: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_on: Mapped[str | None]


class FieldDeviceRow(Base):
    """An officer's device that keeps packs, until it is revoked."""

    __tablename__ = "field_device"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(Secret("field_device.name"))
    added_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class CheckInConsentRow(Base):
    """A day for which whoever uses a device agreed to check in with it, until it is taken back."""

    __tablename__ = "check_in_consent"
    __table_args__ = (UniqueConstraint("device_id", "day"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("field_device.id"))
    day: Mapped[date]
    text: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class CheckInRow(Base):
    """A sign of life that a team gave by itself; where it stood only if its officer said so."""

    __tablename__ = "check_in"
    __table_args__ = (Index(None, "day", "team_id"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("field_device.id"), index=True)
    day: Mapped[date]
    team_id: Mapped[str]
    kind: Mapped[str]
    stop: Mapped[str]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    position: Mapped[str | None] = mapped_column(Secret("check_in.position"))


class AlarmNoteRow(Base):
    """Who took an alarm of a team on, and what was done."""

    __tablename__ = "alarm_note"
    __table_args__ = (UniqueConstraint("day", "team_id", "alarm"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    team_id: Mapped[str]
    alarm: Mapped[str]
    note: Mapped[str] = mapped_column(Secret("alarm_note.note"))
    at: Mapped[datetime]
    by: Mapped[str]


class TeamMessageRow(Base):
    """A short text from a commander to a team, until the end of its day."""

    __tablename__ = "team_message"
    __table_args__ = (Index(None, "day", "team_id"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    team_id: Mapped[str]
    text: Mapped[str] = mapped_column(Secret("team_message.text"))
    sent_at: Mapped[datetime]
    sent_by: Mapped[str]
    read_at: Mapped[datetime | None]
    read_by: Mapped[str | None]


class TipRow(Base):
    """What a liaison told, and what became of it; texts go when it is answered or runs out."""

    __tablename__ = "tip"
    __table_args__ = (Index(None, "received_at"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    grid_code: Mapped[str]
    about: Mapped[str] = mapped_column(Secret("tip.about"))
    place: Mapped[str] = mapped_column(Secret("tip.place"))
    seen_on: Mapped[date]
    band: Mapped[str | None]
    consent: Mapped[str]
    received_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str]
    lead_id: Mapped[str | None]


class AccountIdentityRow(Base):
    """Whom another service signs in as an account, by a keyed hash of issuer and subject.

    Until somebody came, ``open:`` and the account stand in the place of the hash.
    """

    __tablename__ = "account_identity"
    __table_args__ = _STRICT
    subject_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), unique=True)
    since: Mapped[datetime]


class AuditEntryRow(Base):
    """One link of the audit chain; the table can only grow."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "actor", "seq"), _STRICT)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str]
    prev_hash: Mapped[str]
    hash: Mapped[str]


class AuditCheckpointRow(Base):
    """An entry of the chain that was signed."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = _STRICT
    seq: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str]
    at: Mapped[datetime]
    key: Mapped[str]
    signature: Mapped[str]


class JobRow(Base):
    """Long work that somebody asked for; result and error may name files, and so are encrypted."""

    __tablename__ = "job"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    wanted: Mapped[str] = mapped_column(Secret("job.wanted"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    attempts: Mapped[int]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(Secret("job.result"))
    error: Mapped[str | None] = mapped_column(Secret("job.error"))


class ColumnMapRow(Base):
    """Which column of a foreign table is which of ours; headers of foreign tables are encrypted."""

    __tablename__ = "column_map"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(Secret("column_map.name"))
    columns: Mapped[str] = mapped_column(Secret("column_map.columns"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class ImportBatchRow(Base):
    """One import that was stored."""

    __tablename__ = "import_batch"
    __table_args__ = _STRICT
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    accepted: Mapped[int]
    corrected: Mapped[int]
    unchanged: Mapped[int]
    quarantined: Mapped[int]
    encoding: Mapped[str]


class QuarantinedRowRow(Base):
    """A row that could not be used, encrypted, with its problems."""

    __tablename__ = "quarantined_row"
    __table_args__ = (UniqueConstraint("kind", "cells_hash"), _STRICT)
    id: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("import_batch.id"), index=True)
    kind: Mapped[str]
    row: Mapped[int]
    cells: Mapped[str] = mapped_column(Secret("quarantined_row.cells"))
    cells_hash: Mapped[str]
