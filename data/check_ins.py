"""Signs of life that teams give by themselves, each kept exactly once however often it is sent.

Nobody is followed: a check-in says what its officer tapped, and where the device was only where
the officer asked it to note that. Whoever uses a device agrees to it for a day, and may take that
back; what was told on that day goes then. A call for help asks for no leave.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from data.errors import StoreError
from data.outcome_records import Position
from data.schema import CheckInConsentRow, CheckInRow
from data.upsert import table_of
from data.work import Database, Work
from geo.localtime import local_day
from routes.live import Sign, SignKind

__all__ = ["CHECK_IN_CONSENT", "CheckIn", "CheckIns", "SentCheckIn"]

CHECK_IN_CONSENT = "1"
"""Which text of consent is shown; a new text has a new number."""

_CLOCKS_APART = timedelta(minutes=5)
_OLDEST = timedelta(days=2)
_TABLE, _CONSENT = table_of(CheckInRow), table_of(CheckInConsentRow)


@dataclass(frozen=True, slots=True)
class SentCheckIn:
    """What a device sends.

    Parameters
    ----------
    key
        Made by the device before it sends it first.
    stop
        The option or duty at which the team is; empty where it is at none.
    agreed_at
        When whoever uses the device agreed to check in on this day; None for a call for help.

    Raises
    ------
    StoreError
        If it is no sign that a team gives, or nobody agreed to it.
    """

    key: str
    team: str
    kind: SignKind
    at: datetime
    stop: str = ""
    position: Position | None = None
    agreed_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.kind is SignKind.OUTCOME:
            raise StoreError("走访结果不是签到")
        if self.agreed_at is None and self.kind is not SignKind.HELP:
            raise StoreError("签到须先取得当天的同意")


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A kept sign of life of a team."""

    id: str
    device_id: str
    team: str
    sign: Sign
    received_at: datetime
    position: Position | None = field(default=None, repr=False)


class CheckIns:
    """The check-ins of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def receive(self, sent: SentCheckIn, *, device_id: str, by: str) -> bool:
        """Keep what a device sent; whether it was new.

        Raises
        ------
        StoreError
            If its moment is in the future or days ago, or the leave for its day was taken back.
        """
        with self._database.write() as work:
            now = work.clock()
            if sent.at > now + _CLOCKS_APART:
                raise StoreError("时间在将来；请核对设备的时钟")
            if sent.at < now - _OLDEST:
                raise StoreError("签到已过期，不再保存")
            day = local_day(sent.at)
            check_in_id = work.cipher.stable_id("ci", device_id, sent.key)
            if sent.agreed_at is not None:
                _agree(work, device_id, day, sent.agreed_at, by=by)
            query = select(_TABLE.c.id).where(_TABLE.c.id == check_in_id)
            if work.connection.scalar(query) is not None:
                return False
            work.connection.execute(
                insert(_TABLE).values(
                    id=check_in_id,
                    device_id=device_id,
                    day=day,
                    team_id=sent.team,
                    kind=sent.kind.value,
                    stop=sent.stop,
                    at=min(sent.at, now),  # a device's clock may be ahead
                    received_at=now,
                    position=_position_text(sent.position),
                )
            )
            detail = {"kind": sent.kind.value, "position": sent.position is not None}
            work.record(by, "check_in.add", f"team:{sent.team}", detail)
            return True

    def withdraw(self, device_id: str, *, at: datetime, by: str) -> int:
        """Take back the leave to check in on a day; returns how many check-ins went with it.

        Parameters
        ----------
        at
            When that was said; leave that was given later stands. Calls for help stay.
        """
        day = local_day(at)
        with self._database.write() as work:
            held = work.connection.execute(
                select(_CONSENT).where(_CONSENT.c.device_id == device_id, _CONSENT.c.day == day)
            ).one_or_none()
            if held is None or held.given_at > at or held.withdrawn_at is not None:
                return 0
            work.connection.execute(
                update(_CONSENT)
                .where(_CONSENT.c.device_id == device_id, _CONSENT.c.day == day)
                .values(withdrawn_at=at)
            )
            gone = work.connection.execute(
                delete(_TABLE).where(
                    _TABLE.c.device_id == device_id,
                    _TABLE.c.day == day,
                    _TABLE.c.kind != SignKind.HELP.value,
                )
            ).rowcount
            work.record(by, "check_in.withdraw", f"device:{device_id}", {"count": gone})
            return gone

    def of_day(self, day: date) -> tuple[CheckIn, ...]:
        """Return the check-ins of a day, the oldest first."""
        with self._database.read() as connection:
            return _read(connection, day)


def _agree(work: Work, device_id: str, day: date, at: datetime, *, by: str) -> None:
    """Note that whoever uses a device agreed, where that is not noted yet."""
    of = (_CONSENT.c.device_id == device_id, _CONSENT.c.day == day)
    held = work.connection.execute(select(_CONSENT).where(*of)).one_or_none()
    if local_day(at) != day:
        raise StoreError("签到须先取得当天的同意")
    if held is not None and held.withdrawn_at is None:
        return
    if held is not None and at <= held.withdrawn_at:
        raise StoreError("当天的签到同意已撤回")
    values = {"text": CHECK_IN_CONSENT, "given_at": at, "withdrawn_at": None}
    if held is None:
        made = work.cipher.stable_id("cc", device_id, day.isoformat())
        work.connection.execute(
            insert(_CONSENT).values(id=made, device_id=device_id, day=day, **values)
        )
    else:
        work.connection.execute(update(_CONSENT).where(*of).values(**values))
    work.record(by, "check_in.agree", f"device:{device_id}", {"text": CHECK_IN_CONSENT})


def _position_text(position: Position | None) -> str | None:
    if position is None:
        return None
    return json.dumps([position.lon, position.lat, position.accuracy_m, position.at.isoformat()])


def _position(text: str | None) -> Position | None:
    if text is None:
        return None
    lon, lat, accuracy_m, at = json.loads(text)
    return Position(lon, lat, accuracy_m, datetime.fromisoformat(at))


def _read(connection: Connection, day: date) -> tuple[CheckIn, ...]:
    query = select(_TABLE).where(_TABLE.c.day == day).order_by(_TABLE.c.at, _TABLE.c.id)
    return tuple(
        CheckIn(
            row.id,
            row.device_id,
            row.team_id,
            Sign(row.id, SignKind(row.kind), row.at, row.stop),
            row.received_at,
            _position(row.position),
        )
        for row in connection.execute(query)
    )
