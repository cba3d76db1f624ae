"""What limits a debtor, as it is kept: asked of the rules first, ended by a person, never deleted.

Numbers, plates and places are encrypted in one field. What a rule blocks is not kept, and what it
wants signed is kept only with the signature. A vehicle's alert is emptied when its term is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from data.crypto import new_id
from data.errors import StoreError
from data.restriction_values import (
    Restriction,
    RestrictionKind,
    kind_of,
    read_restriction,
    write_restriction,
)
from data.schema import DebtorRow, RestrictionRow
from data.signed_records import Signature, keep_signed
from data.upsert import table_of
from data.work import Database, Work
from geo.localtime import local_day
from routes.errors import ValueRangeError
from routes.identity import read_number
from routes.model import CaseId, DebtorId, DebtorKind, Finding
from routes.restrictions import (
    BreachFlag,
    ConsumptionOrder,
    DishonestEntry,
    Exemption,
    Observation,
    Seat,
    TrainClass,
    VehicleAlert,
    VehicleSeizure,
)
from routes.rules import check_breach, check_plate_alert, check_tag, refuse_text
from routes.rules.partner_rules import BreachFacts, PlateFacts, TagFacts

__all__ = ["KeptRestriction", "Restrictions"]


@dataclass(frozen=True, slots=True)
class KeptRestriction:
    """A record with its id; ``value`` is None once it was emptied at the end of its term."""

    id: str
    debtor_id: DebtorId
    kind: RestrictionKind
    value: Restriction | None
    made_at: datetime
    made_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None


class Restrictions:
    """Which orders, exemptions, lists, breaches and alerts stand for which debtor."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, value: ConsumptionOrder | Exemption | VehicleSeizure, *, of: DebtorId, by: str
    ) -> str:
        """Keep what a paper of the court orders or allows, and return its id.

        Raises
        ------
        StoreError
            If the debtor is not stored, or an exemption lacks the president's approval.
        """
        if isinstance(value, Exemption) and not value.approved:
            raise StoreError("暂时解除或宽限须经院长批准并有批准文号，未批准的不作数；请补全后登记")
        with self._database.write() as work:
            _debtor(work.connection, of)
            return _keep(work, new_id("r"), value, of=of, by=by)

    def list_dishonest(
        self,
        entry: DishonestEntry,
        *,
        of: DebtorId,
        student: bool | None,
        campus_loan: bool | None,
        by: str,
        signature: Signature | None = None,
    ) -> str:
        """Keep an entry on the list of dishonest debtors, and return its id.

        The birth date is read from the identity number on file and from nowhere else.

        Raises
        ------
        RestrictionError
            If a rule forbids the entry, or wants it signed and it is not.
        StoreError
            If the debtor is not stored.
        """
        with self._database.write() as work:
            row = _debtor(work.connection, of)
            _not_after_today(work, entry.listed_on)
            facts = TagFacts(
                of,
                DebtorKind(row.kind),
                _born_on(row.id_number),
                student,
                campus_loan,
                entry.listed_on,
            )
            return self._keep_lawful(
                work, new_id("r"), entry, check_tag(facts), of=of, by=by, signature=signature
            )

    def note_breach(
        self,
        *,
        of: DebtorId,
        on: date,
        observation: Observation,
        train: TrainClass | None,
        seat: Seat | None,
        evidence: str,
        by: str,
        signature: Signature | None = None,
    ) -> str:
        """Keep a note that the debtor broke the limits on trains, and return its id.

        Order and exemptions are those on record. Only kind of train and seat are kept, with the
        number of the document that shows them; a list of travellers is refused.

        Raises
        ------
        RestrictionError
            If it is no breach, or an exemption has to be looked into first.
        StoreError
            If the debtor is not stored.
        """
        with self._database.write() as work:
            _debtor(work.connection, of)
            _not_after_today(work, on)
            flag = BreachFlag(
                new_id("r"),
                of,
                on,
                observation,
                train=train,
                seat=seat,
                evidence=evidence,
                **_order_and_exemptions(work.connection, of, on),
            )
            subject, today = f"record:{flag.id}", local_day(work.clock())
            barred = refuse_text(evidence, subject=subject, on=today)
            said = check_breach(BreachFacts(flag)) + (() if barred is None else (barred,))
            return self._keep_lawful(work, flag.id, flag, said, of=of, by=by, signature=signature)

    def keep_alert(
        self,
        alert: VehicleAlert,
        *,
        of: DebtorId,
        vehicles: int,
        with_history: bool | None,
        raw: bool | None,
        by: str,
        signature: Signature | None = None,
    ) -> str:
        """Keep one notice on a vehicle under a seizure ruling that is on record; return its id.

        Raises
        ------
        RestrictionError
            If a rule forbids it, or it is not signed.
        StoreError
            If debtor or seizure are not stored, or the term outlasts the ruling's.
        """
        with self._database.write() as work:
            _not_after_today(work, alert.on)
            held = next(
                (
                    one
                    for one in _read(work.connection, of=of)
                    if one.id == alert.seizure_id and one.ended_at is None
                ),
                None,
            )
            seizure = None if held is None else held.value
            ruling = seizure.ruling if isinstance(seizure, VehicleSeizure) else None
            if ruling is not None and ruling.expires_on and alert.ends_on > ruling.expires_on:
                raise StoreError("车辆预警的截止日期不得晚于查封期限届满日，请核对")
            if _alerts_on(work.connection, of, alert.seizure_id):
                raise StoreError("该车已有一条未到期的预警，不得积累行踪；请先结束原预警")
            made = new_id("r")
            facts = PlateFacts(f"record:{made}", ruling, vehicles, with_history, raw, alert.on)
            return self._keep_lawful(
                work,
                made,
                alert,
                check_plate_alert(facts),
                of=of,
                by=by,
                signature=signature,
            )

    def end(self, restriction_id: str, *, of: CaseId, by: str) -> None:
        """End a record of a case now: lifted, taken off, withdrawn; an alert is emptied too.

        One that was ended stays as it is.

        Raises
        ------
        StoreError
            If it is not stored, or of another case.
        """
        with self._database.write() as work:
            held = next(
                (one for one in _read(work.connection, case_id=of) if one.id == restriction_id),
                None,
            )
            if held is None:
                raise StoreError("记录 %(id)s 不在本案中；请刷新页面后核对", id=restriction_id)
            if held.ended_at is None:
                _end(work, held, by)

    def of_case(self, case_id: CaseId) -> tuple[KeptRestriction, ...]:
        """Return the records of a case's debtors, ended ones included, the first made first."""
        with self._database.read() as connection:
            return _read(connection, case_id=case_id)

    def standing_counts(self) -> Mapping[RestrictionKind, int]:
        """Return how many records of each kind nobody ended and no term did."""
        table, today = table_of(RestrictionRow), local_day(self._database.clock())
        query = (
            select(table.c.kind, func.count())
            .where(
                table.c.ended_at.is_(None), table.c.ends_on.is_(None) | (table.c.ends_on >= today)
            )
            .group_by(table.c.kind)
        )
        with self._database.read() as connection:
            found = {RestrictionKind(kind): count for kind, count in connection.execute(query)}
        return {kind: found.get(kind, 0) for kind in RestrictionKind}

    def _keep_lawful(
        self,
        work: Work,
        made: str,
        value: Restriction,
        said: tuple[Finding, ...],
        *,
        of: DebtorId,
        by: str,
        signature: Signature | None,
    ) -> str:
        """Keep a record that no rule blocks, with the signature where one is asked for."""
        keep_signed(work, said, signature, by=by)
        return _keep(work, made, value, of=of, by=by)


def _debtor(connection: Connection, debtor_id: DebtorId) -> Any:
    query = select(DebtorRow.kind, DebtorRow.id_number).where(DebtorRow.id == debtor_id)
    row: Any = connection.execute(query).one_or_none()
    if row is None:
        raise StoreError("被执行人 %(id)s 不在库中；请刷新页面后重试", id=debtor_id)
    return row


def _not_after_today(work: Work, day: date) -> None:
    if day > local_day(work.clock()):
        raise StoreError("日期 %(day)s 晚于今天，请核对", day=day.isoformat())


def _born_on(number: str | None) -> date | None:
    if number is None:
        return None
    try:
        return read_number(number).born_on
    except ValueRangeError:
        return None


def _order_and_exemptions(connection: Connection, of: DebtorId, on: date) -> dict[str, Any]:
    """Return the order that held on a day, or the last one, and the exemptions that held on it."""
    kept = _read(connection, of=of)
    orders = [(one, one.value) for one in kept if isinstance(one.value, ConsumptionOrder)]
    exemptions = tuple(
        one.value for one in kept if isinstance(one.value, Exemption) and _stood(one, on)
    )
    if not orders:
        return {"exemptions": exemptions}
    found, order = max(orders, key=lambda pair: (_holds(pair[0], pair[1], on), pair[0].made_at))
    return {
        "order_document": order.document,
        "order_served_on": order.served_on,
        "order_ends_on": _last_day(found, order),
        "exemptions": exemptions,
    }


def _stood(kept: KeptRestriction, on: date) -> bool:
    """Return whether nobody had ended a record before a day; the day of its end still counts."""
    return kept.ended_at is None or on <= local_day(kept.ended_at)


def _last_day(kept: KeptRestriction, order: ConsumptionOrder) -> date | None:
    """Return the last day of an order: of its term, or the day before it was lifted."""
    lifted = None if kept.ended_at is None else local_day(kept.ended_at) - timedelta(days=1)
    return min((day for day in (lifted, order.ends_on) if day is not None), default=None)


def _holds(kept: KeptRestriction, order: ConsumptionOrder, on: date) -> bool:
    last = _last_day(kept, order)
    return order.served_on is not None and order.served_on <= on and (last is None or on <= last)


def _alerts_on(connection: Connection, of: DebtorId, seizure_id: str) -> bool:
    return any(
        isinstance(one.value, VehicleAlert) and one.value.seizure_id == seizure_id
        for one in _read(connection, of=of)
        if one.ended_at is None
    )


def _keep(work: Work, made: str, value: Restriction, *, of: DebtorId, by: str) -> str:
    kind = kind_of(value)
    work.connection.execute(
        insert(RestrictionRow).values(
            id=made,
            debtor_id=of,
            kind=kind.value,
            ends_on=getattr(value, "ends_on", None),
            details=write_restriction(value),
            made_at=work.clock(),
            made_by=by,
        )
    )
    work.record(by, "restriction.add", f"record:{made}", {"kind": kind.value, "debtor": of})
    return made


def _end(work: Work, held: KeptRestriction, by: str) -> None:
    values: dict[str, Any] = {"ended_at": held.ended_at or work.clock()}
    values["ended_by"] = held.ended_by or by
    if held.kind is RestrictionKind.ALERT:
        values["details"] = None  # the plate's whereabouts have served
    work.connection.execute(
        update(RestrictionRow).where(RestrictionRow.id == held.id).values(**values)
    )
    work.record(by, "restriction.end", f"record:{held.id}", {"kind": held.kind.value})


def _read(
    connection: Connection,
    *,
    of: DebtorId | None = None,
    case_id: CaseId | None = None,
    id: str | None = None,  # noqa: A002 (the column's name)
) -> tuple[KeptRestriction, ...]:
    table = table_of(RestrictionRow)
    query = select(table).order_by(table.c.seq)
    if of is not None:
        query = query.where(table.c.debtor_id == of)
    if id is not None:
        query = query.where(table.c.id == id)
    if case_id is not None:
        query = query.join(DebtorRow, DebtorRow.id == table.c.debtor_id)
        query = query.where(DebtorRow.case_id == case_id)
    return tuple(map(_kept, connection.execute(query)))


def _kept(row: Any) -> KeptRestriction:
    kind = RestrictionKind(row.kind)
    return KeptRestriction(
        row.id,
        DebtorId(row.debtor_id),
        kind,
        None if row.details is None else read_restriction(kind, row.details),
        row.made_at,
        row.made_by,
        row.ended_at,
        row.ended_by,
    )
