"""What of the court's things an account reaches: the other half of :mod:`data.rights`.

A right says what a role may do; this table says with whose things. A thing that is bound to a
team, a station or a grid is reached by accounts of the same one, and by those that have none; one
that is bound to an account by that account only. The thing of somebody else is answered like one
that is not there. What is bound to nothing is the whole court's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from data.model import Account

__all__ = ["BOUND", "Belonging", "Bound", "Thing", "reaches"]


class Bound(StrEnum):
    """To whom a thing may be bound."""

    TEAM = "team"
    STATION = "station"
    GRID = "grid"
    ACCOUNT = "account"


class Thing(StrEnum):
    """A kind of thing that an address, a form or a body names."""

    ACCOUNT = "account"
    CASE = "case"
    CASE_PART = "case_part"  # a debtor, a claim, a restriction, a namesake decision
    CERTIFICATE = "certificate"
    CLOSURE = "closure"
    COLUMN_MAP = "column_map"
    DEVICE = "device"  # in the administrators' register
    GRID_CONTACTS = "grid_contacts"
    GUIDE = "guide"
    JOB = "job"
    MAP_PART = "map_part"  # a tile, a road
    PLAN = "plan"
    PLAN_PART = "plan_part"  # a share, a signature, a request, a stop
    QUARANTINED_ROW = "quarantined_row"
    REGISTER_LINE = "register_line"
    STEP = "step"
    STEP_PART = "step_part"  # a paper, an entry of the log, a piece of property, a signature
    TIP = "tip"
    UPLOAD = "upload"  # a file that is compared before it is imported
    # what follows is bound
    TEAM_START = "team_start"  # where a team begins its day
    TEAM_DAY = "team_day"  # its stops, alarms and texts, and whole exports of plans
    OUTCOME = "outcome"
    STATION_START = "station_start"
    STATION_REQUEST = "station_request"
    OWN_TIP = "own_tip"
    OWN_DEVICE = "own_device"
    OWN_EXPORT = "own_export"
    OWN_TOKEN = "own_token"  # noqa: S105 (a word, not a secret)


BOUND: Mapping[Thing, frozenset[Bound]] = MappingProxyType(
    {
        **dict.fromkeys(Thing, frozenset[Bound]()),
        Thing.TEAM_DAY: frozenset({Bound.TEAM}),
        Thing.OUTCOME: frozenset({Bound.TEAM}),
        Thing.STATION_START: frozenset({Bound.STATION}),
        Thing.STATION_REQUEST: frozenset({Bound.STATION}),
        Thing.TEAM_START: frozenset({Bound.STATION}),
        Thing.OWN_TIP: frozenset({Bound.GRID, Bound.ACCOUNT}),
        Thing.OWN_DEVICE: frozenset({Bound.ACCOUNT}),
        Thing.OWN_EXPORT: frozenset({Bound.ACCOUNT, Bound.TEAM}),
        Thing.OWN_TOKEN: frozenset({Bound.ACCOUNT}),
    }
)
"""By kind of thing, to what it is bound."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """Whose one thing is: None where it is nobody's in particular, empty where of several."""

    team: str | None = None
    station: str | None = None
    grid: str | None = None
    account: str | None = None


def reaches(reader: Account, thing: Thing, of: Belonging) -> bool:
    """Whether an account may reach a thing of this belonging, as far as it may reach its kind.

    Examples
    --------
    >>> from data.model import Role
    >>> officer = Account("u1", "a", Role.OFFICER, "", team_id="T1")
    >>> [reaches(officer, Thing.TEAM_DAY, Belonging(team=each)) for each in ("T1", "T2", "", None)]
    [True, False, False, True]
    """
    held = {
        Bound.TEAM: (reader.team_id, of.team),
        Bound.STATION: (reader.station_id, of.station),
        Bound.GRID: (reader.grid_code, of.grid),
    }
    bound = BOUND[thing]
    if Bound.ACCOUNT in bound and reader.id != of.account:
        return False
    return all(
        own is None or its is None or own == its
        for each, (own, its) in held.items()
        if each in bound
    )
