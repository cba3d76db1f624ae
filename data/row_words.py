"""What the store holds of a thing, in the words of the table that it is imported from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Select, select

from data.field import basis_of, clock_at, weekly_hours
from data.imports.columns import CHOICE_WORDS, TABLES, Column, TableKind
from data.imports.weekly import weekly_text
from data.schema import (
    AddressClaimRow,
    CalendarDayRow,
    CheckpointHoursRow,
    CheckpointRow,
    DebtorRow,
    DutyRow,
    EnforcementCaseRow,
    GazetteerEntryRow,
    GridLiaisonRow,
    LeadRow,
    OutcomeRow,
    PropertyAnswerRow,
    StationHoursRow,
    StationRow,
    TeamHoursRow,
    TeamRow,
)
from data.upsert import parts_of, table_of
from geo.localtime import LOCAL_ZONE

__all__ = ["KEYS", "RowWords", "read_words"]

KEYS: Mapping[TableKind, Any] = MappingProxyType(
    {
        TableKind.CASES: DebtorRow.id,
        TableKind.STATIONS: StationRow.id,
        TableKind.CHECKPOINTS: CheckpointRow.id,
        TableKind.TEAMS: TeamRow.id,
        TableKind.DUTIES: DutyRow.id,
        TableKind.LIAISONS: GridLiaisonRow.id,
        TableKind.OUTCOMES: OutcomeRow.id,
        TableKind.LEADS: LeadRow.id,
        TableKind.GAZETTEER: GazetteerEntryRow.id,
        TableKind.CALENDAR: CalendarDayRow.day,
        TableKind.PROPERTY: PropertyAnswerRow.id,
    }
)
"""What tells whether the thing that a row speaks of is new."""

_TITLES = {  # of others the name
    TableKind.DUTIES: "id",
    TableKind.LIAISONS: "grid_code",
    TableKind.CALENDAR: "day",
}
_HELD_AS = {  # a column of the table by that of the store
    ("outcomes", "outcome"): "kind",
    ("duties", "team"): "team_id",
    ("duties", "starts"): "start_s",
    ("duties", "ends"): "end_s",
}
_HOURS: Mapping[TableKind, tuple[Any, str, str]] = MappingProxyType(
    {
        TableKind.STATIONS: (StationHoursRow, "station_id", "escort_hours"),
        TableKind.CHECKPOINTS: (CheckpointHoursRow, "checkpoint_id", "duty_hours"),
        TableKind.TEAMS: (TeamHoursRow, "team_id", "shifts"),
    }
)
_PAPER = ("document", "purpose", "liaison", "ends_on")
_OF_PAPER = ("duty_basis", "duty_purpose", "duty_liaison", "duty_ends_on")


@dataclass(frozen=True, slots=True)
class RowWords:
    """A thing as its row has it.

    Parameters
    ----------
    title
        What it is called; of what a person's case holds, the number of the case.
    values
        By header; what the store does not hold as the table has it is left out.
    case_id
        Of what a person's case holds.
    """

    title: str
    values: Mapping[str, str]
    case_id: str | None = None


def read_words(connection: Connection, kind: TableKind, keys: Iterable[Any]) -> dict[Any, RowWords]:
    """Return things of a kind other than cases by their keys."""
    key = KEYS[kind]
    table = key.parent.local_table
    query, wanted = _with_case(kind, table), sorted(set(keys))
    hours = _hours(connection, kind, wanted)
    found: dict[Any, RowWords] = {}
    for part in parts_of(wanted):
        for row in connection.execute(query.where(table.c[key.key].in_(part))):
            held = row._asdict()
            paper = _paper(held.get("duty_basis"))
            values = {
                column.header: text
                for column in TABLES[kind]
                for text in (_value(kind, column, held, paper | hours.get(held[key.key], {})),)
                if text is not None
            }
            title = held.get("case_number") or held[_TITLES.get(kind, "name")]
            found[held[key.key]] = RowWords(_text(title), values, held.get("of_case"))
    return found


def _with_case(kind: TableKind, table: Any) -> Select[Any]:
    """Return what reads rows of a table, with their case where they are of one."""
    case, debtor = table_of(EnforcementCaseRow), table_of(DebtorRow)
    number, case_id = case.c.number.label("case_number"), case.c.id.label("of_case")
    if kind is TableKind.OUTCOMES:
        claim = table_of(AddressClaimRow)
        return (
            select(table, number, case_id)
            .join(claim, claim.c.id == table.c.claim_id)
            .join(debtor, debtor.c.id == claim.c.debtor_id)
            .join(case, case.c.id == debtor.c.case_id)
        )
    if kind is TableKind.DUTIES:
        return select(table, case.c.number).outerjoin(case, case.c.id == table.c.case_id)
    if kind in (TableKind.LEADS, TableKind.PROPERTY):
        return (
            select(table, number, case_id)
            .join(debtor, debtor.c.id == table.c.debtor_id)
            .join(case, case.c.id == debtor.c.case_id)
        )
    return select(table)


def _value(
    kind: TableKind, column: Column, held: Mapping[str, Any], more: Mapping[str, str]
) -> str | None:
    if column.key in more:
        return more[column.key]
    name = _HELD_AS.get((kind.value, column.key), column.key)
    if name not in held or name in _OF_PAPER:
        return None
    value = held[name]
    if column.kind == "clock" and isinstance(value, int):
        return clock_at(value).isoformat("seconds").removesuffix(":00")
    if name == "aliases":
        return "、".join(json.loads(value or "[]"))
    if column.kind == "number" and isinstance(value, str):  # encrypted as text
        return _text(float(value))
    if column.kind == "choices" and isinstance(value, str):
        return "、".join(_word(one, column.choices) for one in value.split(",") if one)
    return _word(value, column.choices)


def _word(value: Any, choices: str) -> str:
    code = value.value if isinstance(value, Enum) else value
    return CHOICE_WORDS.get(choices, {}).get(str(code)) or _text(code)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _paper(text: str | None) -> dict[str, str]:
    """Return what stands of the paper of a duty; nobody is named there."""
    basis = basis_of(text)
    if basis is None:
        return {}
    return {key: _text(getattr(basis, name)) for key, name in zip(_OF_PAPER, _PAPER, strict=True)}


def _hours(
    connection: Connection, kind: TableKind, keys: Iterable[Any]
) -> dict[Any, dict[str, str]]:
    """Return the weekly hours of things by key, as a cell has them."""
    if kind not in _HOURS:
        return {}
    row_class, parent, header = _HOURS[kind]
    found = weekly_hours(connection, row_class, parent, keys)
    return {key: {header: weekly_text(hours)} for key, hours in found.items()}
