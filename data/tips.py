"""What liaisons of villages tell the court, until an officer says whom it is about.

A liaison is shown nothing of any case. What is told carries the consent under which it was told and
a day on which it runs out; an officer turns it into a lead of one debtor, or puts it aside. The
liaison may take it back at any time, and the lead goes with it (LAW.md N6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, insert, select, update

from data.cases import put_leads
from data.crypto import new_id
from data.errors import StoreError
from data.schema import AddressClaimRow, DebtorRow, LeadRow, TipRow
from data.upsert import table_of
from data.work import Database, Work
from geo.localtime import local_day
from routes.model import ClaimId, DebtorId, Lead, SecretText, VisitBand

__all__ = ["CONSENT", "LONGEST", "Tip", "TipState", "Tips"]

CONSENT = "1"
"""Which text of consent is shown; a new text has a new number."""

LONGEST = timedelta(days=90)
"""How long what was told may be used at most; the court's own figure."""

_OLDEST = timedelta(days=30)
_LONGEST_TEXT = 200
_TABLE = table_of(TipRow)
_GONE = ""


class TipState(StrEnum):
    """What became of what was told."""

    OPEN = "open"
    USED = "used"
    ASIDE = "aside"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Tip:
    """What a liaison told. The texts are empty once it was answered or taken back.

    Parameters
    ----------
    about
        Whom it is about, in the liaison's words.
    place
        Where that person was seen.
    """

    id: str
    account_id: str
    grid_code: str
    about: SecretText = field(repr=False)
    place: SecretText = field(repr=False)
    seen_on: date
    band: VisitBand | None
    consent: str
    received_at: datetime
    expires_at: datetime
    state: TipState
    lead_id: str | None = None


class Tips:
    """What was told to a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        account_id: str,
        grid_code: str,
        *,
        about: str,
        place: str,
        seen_on: date,
        band: VisitBand | None,
        lasts: timedelta,
    ) -> Tip:
        """Keep what a liaison tells.

        Raises
        ------
        StoreError
            If a text is empty or long, the day in the future or a month ago, or the term beyond
            :data:`LONGEST`.
        """
        now = self._database.clock()
        about, place = about.strip(), place.strip()
        if not (0 < len(about) <= _LONGEST_TEXT and 0 < len(place) <= _LONGEST_TEXT):
            raise StoreError("请写明是谁、在哪里，各不超过 %(most)d 字", most=_LONGEST_TEXT)
        if not local_day(now) - _OLDEST <= seen_on <= local_day(now):
            raise StoreError("看到的日期须在最近 %(days)d 天内", days=_OLDEST.days)
        if not timedelta(0) < lasts <= LONGEST:
            raise StoreError("有效期须在 %(days)d 天以内", days=LONGEST.days)
        made = Tip(
            new_id("tp"),
            account_id,
            grid_code,
            SecretText(about),
            SecretText(place),
            seen_on,
            band,
            CONSENT,
            now,
            now + lasts,
            TipState.OPEN,
        )
        with self._database.write() as work:
            work.connection.execute(
                insert(_TABLE).values(
                    id=made.id,
                    account_id=account_id,
                    grid_code=grid_code,
                    about=about,
                    place=place,
                    seen_on=seen_on,
                    band=None if band is None else band.value,
                    consent=CONSENT,
                    received_at=now,
                    expires_at=made.expires_at,
                    state=made.state.value,
                )
            )
            work.record(account_id, "tip.add", f"tip:{made.id}", {"consent": CONSENT})
        return made

    def of(self, account_id: str) -> tuple[Tip, ...]:
        """Return what an account told, the newest first."""
        with self._database.read() as connection:
            return _read(connection, _TABLE.c.account_id == account_id)

    def open(self) -> tuple[Tip, ...]:
        """Return what waits for an officer and has not run out, the newest first."""
        now = self._database.clock()
        with self._database.read() as connection:
            waiting = _read(connection, _TABLE.c.state == TipState.OPEN.value)
        return tuple(tip for tip in waiting if now < tip.expires_at)

    def use(
        self, tip_id: str, debtor_id: DebtorId, claim_id: ClaimId | None, *, source: str, by: str
    ) -> Lead:
        """Make a lead of one debtor from what was told; it runs out when that does.

        Parameters
        ----------
        claim_id
            The debtor's address that it speaks for; None where it is of none that is known.
        source
            Who told, as the lead names its source.

        Raises
        ------
        StoreError
            If it does not wait any more, or the debtor or the address is not stored.
        """
        with self._database.write() as work:
            tip = _waiting(work, tip_id)
            _check_stored(work, debtor_id, claim_id)
            lead = Lead(
                work.cipher.stable_id("l", "tip", tip_id),
                debtor_id,
                source,
                tip.received_at,
                tip.expires_at,
                claim_id,
                tip.band,
            )
            put_leads(work, [lead])
            _end(work, tip_id, TipState.USED, lead.id)
            work.record(by, "tip.use", f"debtor:{debtor_id}", {"tip": tip_id, "lead": lead.id})
        return lead

    def put_aside(self, tip_id: str, *, by: str) -> None:
        """Use nothing of what was told; the texts go at once.

        Raises
        ------
        StoreError
            If it does not wait any more.
        """
        with self._database.write() as work:
            _waiting(work, tip_id)
            _end(work, tip_id, TipState.ASIDE, None)
            work.record(by, "tip.aside", f"tip:{tip_id}")

    def withdraw(self, tip_id: str, *, by: str) -> None:
        """Take back what the same account told, and with it the lead that was made of it.

        Raises
        ------
        StoreError
            If the account told nothing of this id.
        """
        with self._database.write() as work:
            found = _read(work.connection, _TABLE.c.id == tip_id)
            if not found or found[0].account_id != by:
                raise StoreError("没有这条线索")
            if found[0].state is TipState.WITHDRAWN:
                return
            lead = table_of(LeadRow)
            work.connection.execute(
                update(lead)
                .where(lead.c.id == found[0].lead_id)
                .values(withdrawn=True, written_at=work.clock())
            )
            _end(work, tip_id, TipState.WITHDRAWN, found[0].lead_id)
            work.record(by, "tip.withdraw", f"tip:{tip_id}")


def _read(connection: Connection, where: object) -> tuple[Tip, ...]:
    query = select(_TABLE).where(where).order_by(_TABLE.c.received_at.desc(), _TABLE.c.id)  # type: ignore[arg-type]
    return tuple(_tip(row._mapping) for row in connection.execute(query))


def _tip(row: RowMapping) -> Tip:
    return Tip(
        **{name: row[name] for name in ("id", "account_id", "grid_code", "seen_on", "consent")},
        about=SecretText(row["about"]),
        place=SecretText(row["place"]),
        band=None if row["band"] is None else VisitBand(row["band"]),
        received_at=row["received_at"],
        expires_at=row["expires_at"],
        state=TipState(row["state"]),
        lead_id=row["lead_id"],
    )


def _waiting(work: Work, tip_id: str) -> Tip:
    found = _read(work.connection, _TABLE.c.id == tip_id)
    if not found or found[0].state is not TipState.OPEN or found[0].expires_at <= work.clock():
        raise StoreError("这条线索已办理、撤回或过期")
    return found[0]


def _check_stored(work: Work, debtor_id: DebtorId, claim_id: ClaimId | None) -> None:
    debtor, claim = table_of(DebtorRow), table_of(AddressClaimRow)
    known = work.connection.scalar(select(debtor.c.id).where(debtor.c.id == debtor_id))
    if known is None:
        raise StoreError("库中没有这个被执行人")
    if claim_id is not None:
        of = select(claim.c.debtor_id).where(claim.c.id == claim_id)
        if work.connection.scalar(of) != debtor_id:
            raise StoreError("这个地址不是该被执行人的")


def _end(work: Work, tip_id: str, state: TipState, lead_id: str | None) -> None:
    """Say what became of it, and forget the texts."""
    values = {"state": state.value, "lead_id": lead_id, "about": _GONE, "place": _GONE}
    work.connection.execute(update(_TABLE).where(_TABLE.c.id == tip_id).values(**values))
