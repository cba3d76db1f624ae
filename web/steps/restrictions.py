"""What limits a debtor, entered and ended at the terminal by named persons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.restriction_values import RestrictionKind
from data.rights import RIGHTS, Right
from geo.localtime import local_day
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import RestrictionFormError
from web.person import Person
from web.record_files import read_fields
from web.restrictions import FIELDS, SIGNATURE, enter
from web.steps.accounts import person_who_may
from web.typed_text import refuse_free_text
from web.wiring import Court, using

__all__ = ["add_record", "end_record", "list_records"]


def add_record(
    settings: Settings,
    kind: RestrictionKind,
    case: str,
    record: Path,
    *,
    number: int = 1,
    person: Person,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Keep a record of a debtor of a case, once the rules let it be.

    Parameters
    ----------
    record
        JSON with texts by :data:`web.restrictions.FIELDS`: plates and places are no words of a
        command line.
    number
        Of the debtor on the case page, from 1.

    Raises
    ------
    RestrictionFormError
        If the file or a field cannot be read, or there is no such debtor.
    RestrictionError
        If a rule forbids the record, or wants it signed by a commander.
    WebError, CaseNumberError
        If there is no such case, the person's password is another, or the person may not.
    """
    fields = read_fields(record, (*FIELDS[kind], *SIGNATURE))
    refuse_free_text(fields.items(), on=local_day(clock()))
    with using(Court(settings, clock=clock)) as court:
        by = person_who_may(court.store, person, Right.RESTRICTION_WRITE)
        debtors = court.store.debtors(court.cases(case)[0].id)
        if number > len(debtors):
            raise RestrictionFormError("本案没有第 %(number)d 名被执行人，请核对", number=number)
        made = enter(
            court.store,
            debtors[number - 1].id,
            kind,
            fields,
            by=by.id,
            may_sign=Right.PLAN_RELEASE in RIGHTS[by.role],
        )
    return {"record": made, "kind": kind.value}


def list_records(settings: Settings, case: str, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Return a case's records by kind and day; no number, plate or place is among them."""
    with using(Court(settings, clock=clock)) as court:
        found = court.cases(case)[0]
        kept = court.store.restrictions.of_case(found.id)
        court.store.audit.append("cli", "restriction.list", f"case:{found.id}")
        return {
            "records": [
                {
                    "record": one.id,
                    "kind": one.kind.value,
                    "made_at": one.made_at.isoformat(),
                    "ended_at": None if one.ended_at is None else one.ended_at.isoformat(),
                }
                for one in kept
            ]
        }


def end_record(
    settings: Settings, case: str, record: str, *, person: Person, clock: Clock = system_clock
) -> dict[str, Any]:
    """End a record of a case in the name of a person.

    Raises
    ------
    StoreError
        If the case has no such record.
    WebError, CaseNumberError
        If there is no such case, the person's password is another, or the person may not.
    """
    with using(Court(settings, clock=clock)) as court:
        by = person_who_may(court.store, person, Right.RESTRICTION_WRITE)
        court.store.restrictions.end(record, of=court.cases(case)[0].id, by=by.id)
    return {"record": record, "ended": True}
