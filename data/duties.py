"""Hearings, keys to be given over and other duties of single days, as the court entered them.

Of what is told of them a place may be somebody's home, so text and position are encrypted. A
position that was found by the address stands apart from one that was stated, and goes when the
row changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from data.model import PutCounts
from data.schema import DutyRow, EnforcementCaseRow
from data.upsert import in_columns, put_sealed, seal_rows, table_of
from data.work import Work
from geo.localtime import moment_at
from geo.model import Point
from routes.errors import ValueRangeError
from routes.model import CaseId, Duty, DutyKind, SecretText, TeamId

__all__ = [
    "EnteredDuty",
    "case_numbers",
    "duties_on",
    "put_duties",
    "read_entered",
    "set_duty_places",
    "unplaced",
]


@dataclass(frozen=True, slots=True)
class EnteredDuty:
    """A duty as a row of the table of duties has it.

    Parameters
    ----------
    start_s, end_s
        Seconds after local midnight between which it is held.
    address
        Text of its place; by it the position is found where ``point`` is None.
    point
        As the row states it.
    minutes
        How long it takes; None: from start to end.
    """

    id: str
    kind: DutyKind
    label: SecretText
    day: date
    start_s: int
    end_s: int
    address: SecretText | None = None
    point: Point | None = None
    minutes: int | None = None
    skills: frozenset[str] = frozenset()
    case_id: CaseId | None = None
    team_id: TeamId | None = None
    withdrawn: bool = False

    def __post_init__(self) -> None:
        if self.start_s >= self.end_s:
            raise ValueRangeError("勤务 %(id)s 的开始须早于结束", id=self.id)
        if self.address is None and self.point is None:
            raise ValueRangeError("勤务 %(id)s 须写明地点或经纬度", id=self.id)

    @property
    def duty_id(self) -> str:
        """The id by which plans know it; another day is another duty."""
        return f"{self.id}-{self.day:%Y%m%d}"


def put_duties(work: Work, duties: Iterable[EnteredDuty]) -> PutCounts:
    """Add or replace duties by their ids."""
    rows = [
        {
            "id": one.id,
            "kind": one.kind.value,
            "label": one.label.reveal(),
            "address_text": None if one.address is None else one.address.reveal(),
            **_position("lon", "lat", one.point),
            "day": one.day,
            "start_s": one.start_s,
            "end_s": one.end_s,
            "minutes": one.minutes,
            "skills": ",".join(sorted(one.skills)),
            "case_id": one.case_id,
            "team_id": one.team_id,
            "withdrawn": one.withdrawn,
        }
        for one in duties
    ]
    nowhere = {name: [None] * len(rows) for name in ("found_lon", "found_lat")}
    dialect = work.connection.dialect
    sealed = seal_rows(work.cipher, dialect, DutyRow, in_columns(rows), derived=nowhere)
    return put_sealed(work, sealed)


def read_entered(
    connection: Connection, days: Collection[date] | None = None
) -> tuple[EnteredDuty, ...]:
    """Return the duties of some days or all in the order of their ids, withdrawn ones too."""
    query = select(table_of(DutyRow)).order_by(DutyRow.id)
    if days is not None:
        query = query.where(DutyRow.day.in_(sorted(days)))
    return tuple(_entered(row) for row in connection.execute(query))


def unplaced(connection: Connection, *, since: date) -> tuple[EnteredDuty, ...]:
    """Return the duties from a day on that have an address and no position yet."""
    table = table_of(DutyRow)
    query = select(table).where(
        table.c.day >= since, table.c.lon.is_(None), table.c.found_lon.is_(None)
    )
    found = (_entered(row) for row in connection.execute(query.order_by(table.c.id)))
    return tuple(one for one in found if not one.withdrawn)


def set_duty_places(work: Work, points: Mapping[str, Point]) -> None:
    """Keep where the addresses of duties are, by their ids."""
    table = table_of(DutyRow)
    for duty_id, point in points.items():
        work.connection.execute(
            table.update()
            .where(table.c.id == duty_id)
            .values(**_position("found_lon", "found_lat", point))
        )


def duties_on(connection: Connection, day: date) -> tuple[Duty, ...]:
    """Return the duties of a day whose position is known, by their start."""
    table = table_of(DutyRow)
    query = select(table).where(table.c.day == day).order_by(table.c.start_s, table.c.id)
    made = []
    for row in connection.execute(query):
        one = _entered(row)
        point = one.point or _point(row.found_lon, row.found_lat)
        if point is None or one.withdrawn:
            continue
        made.append(
            Duty(
                id=one.duty_id,
                kind=one.kind,
                label=one.label.reveal(),
                point=point,
                starts_at=moment_at(day, one.start_s),
                ends_at=moment_at(day, one.end_s),
                needed_skills=one.skills,
                service_s=None if one.minutes is None else 60 * one.minutes,
                case_id=one.case_id,
                team_id=one.team_id,
            )
        )
    return tuple(made)


def case_numbers(connection: Connection, duties: Sequence[EnteredDuty]) -> dict[CaseId, str]:
    """Return the numbers of the cases for which duties are held."""
    wanted = {one.case_id for one in duties if one.case_id is not None}
    table = table_of(EnforcementCaseRow)
    query = select(table.c.id, table.c.number).where(table.c.id.in_(sorted(wanted)))
    return {CaseId(row.id): row.number for row in connection.execute(query)} if wanted else {}


def _position(lon: str, lat: str, point: Point | None) -> dict[str, str | None]:
    """Return a position as the columns of these names keep it; each digit stays."""
    if point is None:
        return {lon: None, lat: None}
    return {lon: repr(float(point.lon)), lat: repr(float(point.lat))}


def _point(lon: str | None, lat: str | None) -> Point | None:
    return None if lon is None or lat is None else Point(float(lon), float(lat))


def _entered(row: object) -> EnteredDuty:
    held = row._mapping  # type: ignore[attr-defined]
    return EnteredDuty(
        id=held["id"],
        kind=DutyKind(held["kind"]),
        label=SecretText(held["label"]),
        day=held["day"],
        start_s=held["start_s"],
        end_s=held["end_s"],
        address=None if held["address_text"] is None else SecretText(held["address_text"]),
        point=_point(held["lon"], held["lat"]),
        minutes=held["minutes"],
        skills=frozenset(code for code in held["skills"].split(",") if code),
        case_id=None if held["case_id"] is None else CaseId(held["case_id"]),
        team_id=None if held["team_id"] is None else TeamId(held["team_id"]),
        withdrawn=held["withdrawn"],
    )
