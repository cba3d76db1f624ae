"""Everything that is kept about one person, for that person (个人信息保护法 article 45).

What rests on a debtor is found by the references of the tables, so that a table that comes later
is not forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from data import plans
from data.cases import plain_key
from data.place_points import points_of
from data.quarantine import cells_in
from data.schema import (
    AccountRow,
    AuditEntryRow,
    Base,
    DebtorRow,
    DutyRow,
    EnforcementCaseRow,
    QuarantinedRowRow,
    SignOffRow,
    StepItemRow,
    StepRow,
)
from data.upsert import table_of
from data.work import Database
from geo.localtime import local_day
from routes.model import DebtorId

__all__ = ["NOT_YET", "WITHHELD", "HeldAbout", "held_about", "persons_named"]

WITHHELD = "（涉及他人，不提供）"
"""What stands in the place of what speaks of somebody else."""

NOT_YET = "（尚未执行，暂不提供）"
"""What stands in the place of when somebody will be visited (个人信息保护法 article 35)."""

HeldAbout = Mapping[str, list[dict[str, Any]]]
"""Rows by table; columns by their names, moments and days as ISO texts."""

_OF_OTHERS = frozenset(
    {
        ("lead", "source"),
        ("outcome", "note"),
        ("outcome_record", "content"),  # officers' words, and where they stood
        ("outcome_file", "content"),  # pictures may show others; they are shown in person
        ("namesake_decision", "results"),  # of a record that may be another person's
        ("namesake_decision", "reason"),
        ("place_decision", "earlier"),  # places of other debtors that moved with it
    }
)
_IN_ONE = 500


def persons_named(database: Database, name: str, id_number: str) -> tuple[DebtorId, ...]:
    """Return the debtors that have this name and this identity number, in every case.

    Both are asked for: a name alone may be another person's.
    """
    cipher, table = database.cipher, table_of(DebtorRow)
    query = select(table.c.id).where(
        table.c.name_hash == cipher.keyed_hash("name", plain_key(name)),
        table.c.id_number_hash == cipher.keyed_hash("id_number", plain_key(id_number)),
    )
    with database.read() as connection:
        return tuple(DebtorId(found) for found in sorted(connection.scalars(query)))


def held_about(database: Database, debtors: Iterable[DebtorId]) -> HeldAbout:
    """Return all rows about some debtors, their cases and steps, and who read them when.

    Signatures on them, rows of tables that wait with their identity number, and the visits that
    plans hold are among them.

    What speaks of somebody else stands as :data:`WITHHELD`; readers are told by their role.
    """
    ids: dict[str, list[str]] = {"debtor": list(debtors)}
    with database.read() as connection:
        found = {"debtor": _rows(connection, table_of(DebtorRow), "id", ids["debtor"])}
        for table in Base.metadata.sorted_tables:
            reached: dict[str, dict[str, Any]] = {}
            for reference in table.foreign_keys:
                of = reference.column.table.name
                if of not in ids:
                    continue
                for row in _rows(connection, table, reference.parent.name, ids[of]):
                    reached[str(row[_key(table)])] = row
            if reached:
                ids[table.name] = list(reached)
                found[table.name] = list(reached.values())
        places = found.get("place", [])
        points = points_of(connection, [row["claim_id"] for row in places])
        for row in places:
            point = points.get(row["claim_id"])
            row |= {} if point is None else {"lon": point.lon, "lat": point.lat}
        cases = sorted({str(row["case_id"]) for row in found["debtor"]})
        found["enforcement_case"] = _rows(connection, table_of(EnforcementCaseRow), "id", cases)
        found |= _steps(connection, cases, frozenset(ids["debtor"]))
        steps = sorted({str(row["id"]) for row in found["step"]})
        visits = _visits(
            connection, ids.get("address_claim", []), steps, local_day(database.clock())
        )
        found["planned_visit"] = visits
        found["quarantined_row"] = _waiting(
            connection, {plain_key(row["id_number"]) for row in found["debtor"] if row["id_number"]}
        )
        subjects = [
            *(f"case:{one}" for one in cases),
            *(f"debtor:{one}" for one in ids["debtor"]),
            *(f"claim:{one}" for one in ids.get("address_claim", ())),
        ]
        told_of = [*cases, *ids["debtor"]]
        signed = [
            *subjects,
            *(f"step:{one}" for one in steps),
            *(f"item:{one}" for one in sorted({row["id"] for row in found["step_item"]})),
            *(f"record:{row['id']}" for row in found.get("restriction", ())),
            *(f"visit:{one}" for one in sorted({row["visit"] for row in visits})),
        ]
        found["sign_off"] = _rows(connection, table_of(SignOffRow), "subject", signed)
        shared = _shared_cases(connection, cases, frozenset(ids["debtor"]))
        today = local_day(database.clock())
        found["duty"] = [_of_duty(row, shared, today) for row in _duties(connection, cases)]
        for row in found["sign_off"]:
            if row["subject"] in shared:
                row["reason"] = WITHHELD
        found = {name: rows for name, rows in found.items() if rows}
        subjects += [f"row:{row['id']}" for row in found.get("quarantined_row", ())]
        subjects += [f"step:{one}" for one in steps]
        found["audit_entry"] = _readings(connection, subjects, told_of)
    return {name: [_shown(name, row) for row in rows] for name, rows in found.items()}


def _steps(
    connection: Connection, cases: list[str], debtors: frozenset[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the steps against some debtors, and the property found in them; not a co-debtor's."""
    steps = [
        row
        for row in _rows(connection, table_of(StepRow), "case_id", cases)
        if json.loads(row["content"]).get("debtor_id") in debtors
    ]
    ids = {row["id"] for row in steps}
    items = _rows(connection, table_of(StepItemRow), "case_id", cases)
    return {"step": steps, "step_item": [row for row in items if row["step_id"] in ids]}


def _shared_cases(
    connection: Connection, cases: list[str], debtors: frozenset[str]
) -> frozenset[str]:
    """Return the subjects of cases against others too, of whom a reason may speak."""
    rows = _rows(connection, table_of(DebtorRow), "case_id", cases)
    return frozenset(f"case:{row['case_id']}" for row in rows if row["id"] not in debtors)


def _visits(
    connection: Connection, claims: list[str], steps: list[str], today: date
) -> list[dict[str, Any]]:
    """Return the stops of plans at some addresses or for some steps; of those to come not when."""
    found: list[dict[str, Any]] = []
    for action_id in plans.action_ids(connection):
        refs = {
            *plans.visits_to(connection, action_id, frozenset(claims)),
            *(f"step:{one}" for one in steps),
        }
        plan = plans.plan_naming(connection, action_id, refs)
        for route in () if plan is None else plan.routes:
            over = route.day < today
            found += [
                {
                    "action": action_id,
                    "visit": stop.ref,
                    "team": route.team if over else NOT_YET,
                    "day": route.day if over else NOT_YET,
                    "start_s": stop.start_s if over else NOT_YET,
                }
                for stop in route.stops
                if stop.ref in refs
            ]
    return found


def _duties(connection: Connection, cases: list[str]) -> list[dict[str, Any]]:
    return _rows(connection, table_of(DutyRow), "case_id", cases)


def _of_duty(row: dict[str, Any], shared: frozenset[str], today: date) -> dict[str, Any]:
    """Return a hearing, or keys to be given over, of a case: of one to come not when."""
    hidden: dict[str, Any] = {}
    if row["day"] >= today:
        hidden = dict.fromkeys(("id", "day", "start_s", "end_s", "team_id"), NOT_YET)
    if f"case:{row['case_id']}" in shared:
        places = ("label", "address_text", "lon", "lat", "found_lon", "found_lat")
        hidden |= {name: WITHHELD for name in places if row[name] is not None}
    return row | hidden


def _waiting(connection: Connection, numbers: set[str]) -> list[dict[str, Any]]:
    """Return the rows in quarantine that hold one of some identity numbers in a cell."""
    rows = connection.execute(select(table_of(QuarantinedRowRow))) if numbers else ()
    found = []
    for row in rows:
        texts = [cell[-1] if isinstance(cell, list) else cell for cell in cells_in(row.cells)]
        if not numbers.isdisjoint(map(plain_key, texts)):
            found.append(dict(row._mapping))
    return found


def _rows(
    connection: Connection, table: Table, column: str, values: list[str]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for begin in range(0, len(values), _IN_ONE):
        query = select(table).where(table.c[column].in_(values[begin : begin + _IN_ONE]))
        found += [dict(row._mapping) for row in connection.execute(query)]
    return found


def _key(table: Table) -> str:
    return next(iter(table.primary_key.columns)).name


def _readings(connection: Connection, subjects: list[str], ids: list[str]) -> list[dict[str, Any]]:
    """Return who read some subjects, or what tells of some ids among others; or of everybody."""
    entries, accounts = table_of(AuditEntryRow), table_of(AccountRow)
    found = {row["seq"]: row for row in _rows(connection, entries, "subject", subjects)}
    for row in connection.execute(select(entries).where(entries.c.detail.contains("_ids"))):
        words = {word for text in json.loads(row.detail).values() for word in str(text).split()}
        if not words.isdisjoint(ids):
            found[row.seq] = dict(row._mapping)
    for row in connection.execute(select(entries).where(entries.c.act == "case.export")):
        found[row.seq] = dict(row._mapping)
    roles = {row.id: row.role for row in connection.execute(select(accounts.c.id, accounts.c.role))}
    return [
        {"at": row["at"], "act": row["act"], "role": roles.get(row["actor"], "terminal")}
        for row in sorted(found.values(), key=lambda row: int(row["seq"]))
    ]


def _shown(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        column: _plain(WITHHELD if (name, column) in _OF_OTHERS and value else value)
        for column, value in row.items()
        if not column.endswith("hash") and column != "point"
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
