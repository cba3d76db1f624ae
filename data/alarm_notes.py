"""Who took an alarm of a team on, and what was done; each alarm is taken on once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select

from data.crypto import new_id
from data.errors import StoreError
from data.schema import AlarmNoteRow
from data.upsert import table_of
from data.work import Database
from routes.model import SecretText

__all__ = ["AlarmNote", "AlarmNotes"]

_LONGEST_NOTE = 200
_LONGEST_ALARM = 80
_TABLE = table_of(AlarmNoteRow)


@dataclass(frozen=True, slots=True)
class AlarmNote:
    """An alarm of a team that somebody took on; ``alarm`` is its id as :mod:`routes.live` gives."""

    id: str
    day: date
    team: str
    alarm: str
    note: SecretText
    at: datetime
    by: str


class AlarmNotes:
    """The alarms of a store that were taken on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, team: str, day: date, alarm: str, note: str, *, by: str) -> None:
        """Take an alarm on.

        Raises
        ------
        StoreError
            If the note is empty or long, or somebody took the alarm on already.
        """
        note = note.strip()
        if not 0 < len(note) <= _LONGEST_NOTE:
            raise StoreError("请写明如何处置（不超过 %(most)d 字）", most=_LONGEST_NOTE)
        if not 0 < len(alarm) <= _LONGEST_ALARM:
            raise StoreError("没有这条警报")
        with self._database.write() as work:
            of = (_TABLE.c.day == day, _TABLE.c.team_id == team, _TABLE.c.alarm == alarm)
            if work.connection.scalar(select(_TABLE.c.id).where(*of)) is not None:
                raise StoreError("这条警报已有人处置")
            made = new_id("an")
            work.connection.execute(
                insert(_TABLE).values(
                    id=made,
                    day=day,
                    team_id=team,
                    alarm=alarm,
                    note=note,
                    at=work.clock(),
                    by=by,
                )
            )
            detail = {"alarm": alarm.partition(":")[0], "note": made}
            work.record(by, "alarm.take_on", f"team:{team}", detail)

    def of_day(self, day: date) -> tuple[AlarmNote, ...]:
        """Return what was taken on on a day, the oldest first."""
        query = select(_TABLE).where(_TABLE.c.day == day).order_by(_TABLE.c.at, _TABLE.c.id)
        with self._database.read() as connection:
            return tuple(
                AlarmNote(
                    row.id, row.day, row.team_id, row.alarm, SecretText(row.note), row.at, row.by
                )
                for row in connection.execute(query)
            )
