"""Values that the store keeps besides those of the lower layers: accounts, shares, audit."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from geo.messages import Message
from routes.model import ActionId, SecretText

__all__ = [
    "Account",
    "AccountChange",
    "Action",
    "AuditEntry",
    "BranchOn",
    "CalendarDay",
    "Counts",
    "ImportBatch",
    "PutCounts",
    "QuarantinedRow",
    "Role",
    "Share",
]


class Role(StrEnum):
    """What an account is for; rights hang on it."""

    OFFICER = "officer"
    COMMANDER = "commander"
    POLICE_LIAISON = "police_liaison"
    GRID_LIAISON = "grid_liaison"
    AUDITOR = "auditor"
    ADMIN = "admin"


class AccountChange(StrEnum):
    """What an administrator may do with an account that is there."""

    DISABLE = "disable"
    ENABLE = "enable"
    UNLOCK = "unlock"
    PASSWORD = "password"  # noqa: S105 (a word, not a secret)
    SECOND_FACTOR_OFF = "second-factor-off"
    SERVICE_ON = "service-on"  # the court's own service may sign in as it
    SERVICE_OFF = "service-off"


class BranchOn(StrEnum):
    """What two plans of one day wait for."""

    APPROVAL = "approval"  # signatures
    SUPPORT = "support"  # the answers of stations
    ANSWERS = "answers"  # both

    @property
    def on_signatures(self) -> bool:
        """Whether the plan for a yes holds what is to be signed."""
        return self is not BranchOn.SUPPORT

    @property
    def on_stations(self) -> bool:
        """Whether the plan for a yes holds what stations are asked for."""
        return self is not BranchOn.APPROVAL


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who may sign in. A police liaison has a station, a grid liaison a grid.

    An officer may belong to a team (``team_id``), and sees the days of that team only. An account
    of another court than the store's (``elsewhere``) may not sign in. Sessions and pages of an
    earlier ``epoch`` have ended.
    """

    id: str
    username: str
    role: Role
    display_name: str = field(repr=False)
    station_id: str | None = None
    grid_code: str | None = None
    epoch: int = 0
    password_set_at: datetime | None = None
    disabled_at: datetime | None = None
    tour_seen_at: datetime | None = None
    team_id: str | None = None
    court_code: str | None = None
    elsewhere: bool = False

    @property
    def usable(self) -> bool:
        """Whether it may sign in: it was not ended, and is of the store's court."""
        return self.disabled_at is None and not self.elsewhere


@dataclass(frozen=True, slots=True)
class Action:
    """A stored plan's life: made, then released by a named account.

    One of two that were made around an answer names the ``other``, what they wait for
    (``branch_on``), whether it is the one for a yes (``approved``), and by when that will be
    known. ``override_reason`` tells why it was released although another plan was advised.
    """

    id: ActionId
    made_at: datetime
    made_by: str
    released_at: datetime | None = None
    released_by: str | None = None
    other_id: ActionId | None = None
    approved: bool | None = None
    approval_by: datetime | None = None
    override_reason: str | None = field(default=None, repr=False)
    branch_on: BranchOn | None = None


@dataclass(frozen=True, slots=True)
class PlanBrief:
    """What a list tells of a stored plan.

    Parameters
    ----------
    days
        Of its shifts, in order.
    visits
        Those that it makes; one of two teams together is one.
    expected_found
        Sum of the probabilities that a debtor is found.
    """

    days: tuple[date, ...]
    visits: int
    expected_found: float


@dataclass(frozen=True, slots=True)
class Share:
    """Leave for one station to see its own stops of one action until ``expires_at``."""

    id: str
    action_id: ActionId
    station_id: str
    expires_at: datetime
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        """Whether the share may be used at this moment."""
        return self.revoked_at is None and self.created_at <= at < self.expires_at


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something an account did. ``subject`` and ``detail`` hold ids and counts only."""

    seq: int
    at: datetime
    actor: str
    act: str
    subject: str
    detail: Mapping[str, str | int | float | bool | None] = field(
        default_factory=lambda: MappingProxyType({})
    )
    prev_hash: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day whose kind a signed notice sets: ``holiday``, ``rest_day`` or ``workday``."""

    day: date
    kind: str
    name: str
    signed_by: str
    signed_on: date


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """One import that was stored, with what became of its rows."""

    id: str
    kind: str
    at: datetime
    actor: str
    accepted: int
    corrected: int
    unchanged: int
    quarantined: int
    encoding: str


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that an import could not use, kept until someone mends it.

    ``cells`` is the row as read, a JSON array of pairs of header and text; ``problems`` lists
    sentences without personal data.
    """

    id: str
    batch_id: str
    kind: str
    sheet: str
    row: int
    cells: SecretText
    problems: tuple[Message, ...]

    @property
    def named_cells(self) -> tuple[tuple[str, str], ...]:
        """Headers and texts; empty where an earlier version kept the texts only."""
        pairs = json.loads(self.cells.reveal())
        if not all(isinstance(pair, list) for pair in pairs):
            return ()
        return tuple((header, text) for header, text in pairs)


@dataclass(frozen=True, slots=True)
class PutCounts:
    """What became of the objects that were put: new, changed, the same as before.

    ``written`` holds the keys of the new and changed ones, ``new`` those of the new ones.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    written: frozenset[Hashable] = field(default=frozenset(), compare=False, repr=False)
    new: frozenset[Hashable] = field(default=frozenset(), compare=False, repr=False)

    def __add__(self, other: PutCounts) -> PutCounts:
        return PutCounts(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.written | other.written,
            self.new | other.new,
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each the store holds; ``geocoded`` counts address claims with a place."""

    cases: int
    debtors: int
    address_claims: int
    geocoded: int
    outcomes: int
    leads: int
    stations: int
    checkpoints: int
    teams: int
    liaisons: int
    duties: int
    areas: int
    gazetteer_entries: int
    actions: int
    accounts: int
    quarantined_rows: int
    audit_entries: int
