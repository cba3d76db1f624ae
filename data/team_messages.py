"""Short texts from a commander to a team, and when they were read; they end with their day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update

from data.crypto import new_id
from data.errors import StoreError
from data.schema import TeamMessageRow
from data.upsert import table_of
from data.work import Database
from geo.localtime import local_day
from routes.model import SecretText

__all__ = ["LONGEST_MESSAGE", "TeamMessage", "TeamMessages"]

LONGEST_MESSAGE = 140
"""How many characters a team may be asked to read on the way."""

_TABLE = table_of(TeamMessageRow)


@dataclass(frozen=True, slots=True)
class TeamMessage:
    """A text to a team on a day; ``read_at`` is when one of it said that it was read."""

    id: str
    day: date
    team: str
    text: SecretText
    sent_at: datetime
    sent_by: str
    read_at: datetime | None = None
    read_by: str | None = None


class TeamMessages:
    """The messages of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def send(self, team: str, day: date, text: str, *, by: str) -> TeamMessage:
        """Keep a text for a team; it looks for it by itself.

        Raises
        ------
        StoreError
            If the text is empty or long, or the day is past.
        """
        now, text = self._database.clock(), text.strip()
        if not 0 < len(text) <= LONGEST_MESSAGE:
            raise StoreError("消息须有 1 至 %(most)d 个字", most=LONGEST_MESSAGE)
        if day < local_day(now):
            raise StoreError("当天已过，不能再发消息")
        made = TeamMessage(new_id("tm"), day, team, SecretText(text), now, by)
        with self._database.write() as work:
            work.connection.execute(
                insert(_TABLE).values(
                    id=made.id, day=day, team_id=team, text=text, sent_at=now, sent_by=by
                )
            )
            work.record(by, "team_message.send", f"team:{team}", {"message": made.id})
        return made

    def read(self, message_id: str, *, team: str | None = None, at: datetime, by: str) -> None:
        """Note when a team read a text; the first time counts.

        Parameters
        ----------
        team
            Whose texts alone are there; None for all.

        Raises
        ------
        StoreError
            If there is no such text.
        """
        with self._database.write() as work:
            query = select(_TABLE.c.read_at, _TABLE.c.team_id).where(_TABLE.c.id == message_id)
            row = work.connection.execute(query).one_or_none()
            if row is None or team not in (None, row.team_id):
                raise StoreError("没有这条消息")
            if row.read_at is not None:
                return
            work.connection.execute(
                update(_TABLE).where(_TABLE.c.id == message_id).values(read_at=at, read_by=by)
            )
            work.record(by, "team_message.read", f"message:{message_id}")

    def to(self, team: str) -> tuple[TeamMessage, ...]:
        """Return what a team has to read today, the newest first."""
        today = local_day(self._database.clock())
        return tuple(one for one in self.of_day(today) if one.team == team)

    def of_day(self, day: date) -> tuple[TeamMessage, ...]:
        """Return the texts of a day, the newest first."""
        query = select(_TABLE).where(_TABLE.c.day == day).order_by(_TABLE.c.sent_at.desc())
        with self._database.read() as connection:
            return tuple(
                TeamMessage(
                    row.id,
                    row.day,
                    row.team_id,
                    SecretText(row.text),
                    row.sent_at,
                    row.sent_by,
                    row.read_at,
                    row.read_by,
                )
                for row in connection.execute(query)
            )
